'use strict';

// Faults a test asked for. Those on modules sit in the loader's hooks and hold for modules that
// load later; the others happen at once.
{
  const { config, registry, wire, store } = __sim;
  const active = new Map(); // fault id -> {fault, hits, undo}

  /** Counts an effect; false when the fault is worn out. */
  function hit(entry) {
    const { fault } = entry;
    if (fault.max !== undefined && fault.max !== null && entry.hits >= fault.max) return false;
    entry.hits += 1;
    wire.send({ t: 'fault_hit', fault: fault.fault });
    if (fault.max !== undefined && fault.max !== null && entry.hits >= fault.max) queueMicrotask(() => entry.undo?.());
    return true;
  }

  const entriesFor = (module, ...kinds) =>
    [...active.values()].filter(({ fault }) => fault.module === module && kinds.includes(fault.kind));

  // ---- faults on modules ------------------------------------------------------------------

  function hideModule(entry) {
    const { module } = entry.fault;
    const record = registry.records[module];
    if (record) delete registry.modulesMap[module];
    entry.undo = () => {
      const known = registry.records[module];
      if (known) registry.modulesMap[module] = known;
    };
  }

  function hideExport(entry) {
    const record = registry.records[entry.fault.module];
    if (!record) return;
    (record.hiddenExports ||= new Set()).add(entry.fault.export);
    entry.undo = () => {
      record.hiddenExports?.delete(entry.fault.export);
      if (record.hiddenExports?.size === 0) record.hiddenExports = null;
    };
  }

  /** Finds the object that holds `a.b.c` of a module's exports, and the last name. */
  function place(record, path) {
    const names = path.split('.');
    const last = names.pop();
    let holder = record.exports;
    for (const name of names) holder = holder?.[name];
    return holder && typeof holder[last] === 'function' ? { holder, last } : null;
  }

  function replaceFunction(entry) {
    const { fault } = entry;
    const record = registry.records[fault.module];
    if (!record?.factoryRun || entry.undo) return;
    const found = place(record, fault.export);
    if (!found) return;
    const { holder, last } = found;
    const original = holder[last];
    const own = Object.hasOwn(holder, last);
    const replacement = function faulty(...args) {
      if (!hit(entry)) return original.apply(this, args);
      return effect(fault, () => original.apply(this, args));
    };
    // A constructor keeps its static members and its prototype.
    Object.setPrototypeOf(replacement, original);
    if (original.prototype) replacement.prototype = original.prototype;
    holder[last] = replacement;
    entry.undo = () => {
      entry.undo = null;
      if (holder[last] !== replacement) return; // somebody has wrapped it since; it passes through
      if (own) holder[last] = original;
      else delete holder[last];
    };
  }

  function effect(fault, call) {
    switch (fault.kind) {
      case 'throw': {
        const error = new Error(fault.message || 'fault');
        if (fault.name) error.name = fault.name;
        if (fault.async) return Promise.reject(error);
        throw error;
      }
      case 'delay':
        return new Promise((resolve) => setTimeout(resolve, fault.ms)).then(call);
      default: // never
        return new Promise(() => {});
    }
  }

  const ON_MODULES = {
    missing_module: hideModule,
    missing_export: hideExport,
    throw: replaceFunction,
    delay: replaceFunction,
    never: replaceFunction,
  };

  __sim.onRegister = (record) => {
    for (const entry of entriesFor(record.id, 'missing_module', 'missing_export')) ON_MODULES[entry.fault.kind](entry);
  };
  __sim.onLoad = (record) => {
    for (const entry of entriesFor(record.id, 'throw', 'delay', 'never')) replaceFunction(entry);
  };
  __sim.onUnknown = (id) => {
    for (const entry of entriesFor(id, 'missing_module')) hit(entry);
  };
  __sim.onHidden = (record, name) => {
    for (const entry of entriesFor(record.id, 'missing_export')) if (entry.fault.export === name) hit(entry);
  };

  // ---- faults that happen at once ---------------------------------------------------------

  const AT_ONCE = {
    reload: () => location.reload(),
    navigate: ({ path }) => {
      location.href = path;
    },
    hang: ({ ms }) => {
      const until = performance.now() + ms;
      while (performance.now() < until);
    },
    oom: () => {
      const kept = [];
      for (;;) kept.push(new Array(1 << 20).fill(kept.length));
    },
    wipe_storage: async () => {
      localStorage.clear(); // what is in memory lives on until the next document
      await store.purge({ reopen: true });
    },
    dialog: ({ text }) => setTimeout(() => window.alert(text || 'fault'), 0),
    iframes: async ({ count }) => {
      for (let i = 0; i < count; i += 1) {
        const frame = document.createElement('iframe');
        const next = () => new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
        frame.src = i % 2 ? '/status.json' : 'about:blank';
        document.body.append(frame); // an empty document is there at once
        if (i % 2) await next();
        frame.contentWindow.location.href = `/status.json?${i}`;
        if (i % 3) await next();
        frame.remove(); // a third of them in the middle of it
      }
    },
    console_error: ({ message }) => console.error(message || 'fault'),
    unhandled_rejection: ({ message }) => {
      Promise.reject(new Error(message || 'fault'));
    },
  };

  // ---- coming and going -------------------------------------------------------------------

  function install(fault) {
    const act = ON_MODULES[fault.kind];
    if (!act) return;
    const entry = { fault, hits: 0, undo: null };
    active.set(fault.fault, entry);
    act(entry);
  }

  function remove(id) {
    active.get(id)?.undo?.();
    active.delete(id);
  }

  wire.on('fault', (fault) => {
    if (fault.kind === 'clear') {
      for (const id of fault.fault ? [fault.fault] : [...active.keys()]) remove(id);
      return undefined;
    }
    if (AT_ONCE[fault.kind]) return AT_ONCE[fault.kind](fault);
    return install(fault);
  });

  for (const fault of config.faults || []) install(fault);
}
