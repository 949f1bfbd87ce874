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

  function renameModule(entry) {
    const { module, to } = entry.fault;
    hideModule(entry);
    const back = entry.undo;
    const record = registry.records[module];
    if (record) registry.modulesMap[to] = record;
    entry.undo = () => {
      delete registry.modulesMap[to];
      back();
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
      case 'shape': {
        if (fault.calls) call();
        return fault.async ? Promise.resolve(fault.result) : fault.result;
      }
      default: // never
        return new Promise(() => {});
    }
  }

  // ---- faults that only code outside the page sees ------------------------------------------
  // They stand for a new version of the page, whose own code knows its new names and shapes.

  /** Enters a change: at `path` of the exports, code outside finds what `find(value, holder)` answers. */
  function change(entry, path, find) {
    const record = registry.records[entry.fault.module];
    if (!record) return;
    record.changes ||= new Map();
    record.changes.set(path, find);
    const before = entry.undo;
    entry.undo = () => {
      before?.();
      record.changes?.delete(path);
      if (record.changes?.size === 0) record.changes = null;
    };
  }

  /** Not there at all, for `in` and for lists of names as well. */
  function hideExport(entry) {
    change(entry, entry.fault.export, Object.assign(() => void hit(entry), { hidden: true }));
  }

  function renameExport(entry) {
    const { export: path, to } = entry.fault;
    const names = path.split('.');
    const from = names.pop();
    hideExport(entry);
    change(entry, [...names, to].join('.'), (_value, holder) => holder[from]);
  }

  function changeResult(entry) {
    const { fault } = entry;
    const made = new WeakMap(); // original -> what stands in for it: the same each time it is asked for
    change(entry, fault.export, (original) => {
      if (typeof original !== 'function') return original;
      if (made.has(original)) return made.get(original);
      const replacement = function changed(...args) {
        const call = () => original.apply(this, args);
        return hit(entry) ? effect(fault, call) : call();
      };
      Object.setPrototypeOf(replacement, original);
      if (original.prototype) replacement.prototype = original.prototype;
      made.set(original, replacement);
      return replacement;
    });
  }

  function changeShape(entry) {
    const { fault } = entry;
    if (fault.value === undefined) changeResult(entry);
    else change(entry, fault.export, (original) => (hit(entry) ? fault.value : original));
  }

  const changeOrReplace = (entry) => (entry.fault.drift ? changeResult(entry) : replaceFunction(entry));

  /** An object with changes in it, or further inside. */
  function seen(target, changes, prefix = '') {
    const replaced = new Map(); // what code outside has put there itself
    const at = (key) => (typeof key === 'string' ? changes.get(prefix + key) : undefined);
    const inside = (key) => typeof key === 'string' && [...changes.keys()].some((path) => path.startsWith(`${prefix}${key}.`));
    return new Proxy(target, {
      get(_target, key) {
        if (replaced.has(key)) return replaced.get(key);
        const value = Reflect.get(target, key);
        const found = at(key);
        if (found) return found(value, target);
        const object = value !== null && (typeof value === 'object' || typeof value === 'function');
        return object && inside(key) ? seen(value, changes, `${prefix}${key}.`) : value;
      },
      set(_target, key, value) {
        if (!at(key)) return Reflect.set(target, key, value);
        replaced.set(key, value);
        return true;
      },
      has: (_target, key) => !at(key)?.hidden && Reflect.has(target, key),
      ownKeys: () => Reflect.ownKeys(target).filter((key) => !at(key)?.hidden),
      getOwnPropertyDescriptor: (_target, key) => (at(key)?.hidden ? undefined : Reflect.getOwnPropertyDescriptor(target, key)),
    });
  }

  const views = new WeakMap(); // changes of a module -> how it looks with them

  __sim.changed = (record) => {
    let view = views.get(record.changes);
    if (view?.exports !== record.exports) {
      view = { exports: record.exports, object: seen(record.exports, record.changes) };
      views.set(record.changes, view);
    }
    return view.object;
  };

  const ON_MODULES = {
    missing_module: hideModule,
    rename_module: renameModule,
    missing_export: hideExport,
    rename_export: renameExport,
    shape: changeShape,
    throw: changeOrReplace,
    delay: changeOrReplace,
    never: changeOrReplace,
  };
  const HIDING = ['missing_module', 'rename_module'];
  const SEEN_FROM_OUTSIDE = ['missing_export', 'rename_export', 'shape'];
  const CALLED = ['throw', 'delay', 'never'];

  __sim.onRegister = (record) => {
    for (const entry of entriesFor(record.id, ...HIDING, ...SEEN_FROM_OUTSIDE, ...CALLED)) {
      if (!CALLED.includes(entry.fault.kind) || entry.fault.drift) ON_MODULES[entry.fault.kind](entry);
    }
  };
  __sim.onLoad = (record) => {
    for (const entry of entriesFor(record.id, ...CALLED)) if (!entry.fault.drift) replaceFunction(entry);
  };
  __sim.onUnknown = (id) => {
    for (const entry of entriesFor(id, ...HIDING)) hit(entry);
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

  /** From now on, or no longer. */
  const known = (fault, on) => wire.send({ t: 'fault_known', fault, on });

  wire.on('fault', (fault) => {
    if (fault.kind === 'clear') {
      for (const id of fault.fault ? [fault.fault] : [...active.keys()]) {
        remove(id);
        known(id, false);
      }
      return undefined;
    }
    if (AT_ONCE[fault.kind]) return AT_ONCE[fault.kind](fault);
    install(fault);
    return known(fault.fault, true);
  });

  for (const fault of config.faults || []) install(fault);
}
