'use strict';

// One tab per profile: the newest takes the lock `whatsapp-mutex`, the older one falls silent.
{
  const KEY = 'whatsapp-mutex';
  const STALE_MS = 1000;
  const me = crypto.randomUUID();
  let owner = false;
  let onTaken = () => {};

  const read = () => {
    try {
      return JSON.parse(localStorage.getItem(KEY));
    } catch {
      return null;
    }
  };
  const write = (phase) => localStorage.setItem(KEY, JSON.stringify({ owner: me, phase }));

  window.addEventListener('storage', (event) => {
    if (event.key !== KEY || !owner) return;
    const lock = read();
    if (!lock || lock.owner === me) return;
    owner = false;
    onTaken();
    // Tells the newcomer that it need not wait; the value stays the newcomer's.
    localStorage.setItem(KEY, JSON.stringify({ ...lock, phase: 'free' }));
  });

  window.addEventListener('pagehide', () => {
    if (owner) localStorage.removeItem(KEY);
  });

  __sim.tab = {
    /** Resolves when this document holds the lock. `taken` is called once when it loses it. */
    async take(taken) {
      onTaken = taken;
      const held = read();
      write('take');
      if (held && held.owner !== me) {
        await new Promise((resolve) => {
          const freed = (event) => {
            if (event.key === KEY && read()?.phase === 'free') done();
          };
          const timer = setTimeout(done, STALE_MS);
          function done() {
            clearTimeout(timer);
            window.removeEventListener('storage', freed);
            resolve();
          }
          window.addEventListener('storage', freed);
        });
      }
      owner = true;
      write('held');
    },
  };
}
