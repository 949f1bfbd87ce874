'use strict';

// The module system of the page. `__sim` is a lexical global on purpose: it is visible to the
// simulator's own scripts and adds nothing to `window`.
const __sim = {
  /** Page settings the server wrote into this document. */
  config: JSON.parse(document.getElementById('sim-config').textContent),
};

{
  const ES_MODULE = 64;
  const NEW_IMPORTS = 32;

  const modulesMap = Object.create(null); // id -> record, what clients enumerate
  const records = Object.create(null); // the same, with those a fault hides
  const waiting = []; // requireLazy calls whose modules are not all there yet

  class ModuleError extends Error {
    constructor(format, ...params) {
      super(format);
      this.name = 'ModuleError';
      this.messageFormat = format;
      this.messageParams = params;
    }
  }

  // ---- ErrorGuard -------------------------------------------------------------------------

  let guardDepth = 0;
  let skipGuard = false;
  const errorListeners = [];

  function reportError(error) {
    for (const listener of errorListeners) listener(error);
    const params = error.messageParams || [];
    const text = params.reduce((format, value) => format.replace('%s', value), String(error.message));
    console.error(`ErrorUtils caught an error:\n\n${text}`);
  }

  const ErrorGuard = {
    applyWithGuard(fn, context, args) {
      if (skipGuard) return fn.apply(context, args || []);
      guardDepth += 1;
      try {
        return fn.apply(context, args || []);
      } catch (error) {
        reportError(error);
        return undefined;
      } finally {
        guardDepth -= 1;
      }
    },
    guard(fn, _options) {
      return function guarded(...args) {
        return ErrorGuard.applyWithGuard(fn, this, args);
      };
    },
    inGuard: () => guardDepth > 0,
    skipGuardGlobal(on) {
      skipGuard = on === true;
    },
    addListener(listener) {
      errorListeners.push(listener);
    },
    removeListener(listener) {
      const at = errorListeners.indexOf(listener);
      if (at >= 0) errorListeners.splice(at, 1);
    },
    reportError,
  };

  // ---- registry ---------------------------------------------------------------------------

  function register(id, dependencies, factory, flags) {
    if (records[id]) return; // the first registration wins, as bundles may overlap
    const record = {
      id,
      dependencies: dependencies || [],
      factory,
      flags: flags || 0,
      exports: undefined,
      factoryRun: false,
      failed: null,
      changes: null, // what faults change about it for code outside the page's own bundles
    };
    records[id] = record;
    if (arriving) arriving.push(record);
    else publish([record]);
  }

  let arriving = null; // modules of a bundle of which clients see nothing yet

  function publish(list) {
    for (const record of list) modulesMap[record.id] = record;
    for (const record of list) __sim.onRegister?.(record);
    for (let i = waiting.length - 1; i >= 0; i -= 1) {
      if (waiting[i].names.every((name) => modulesMap[name])) {
        const [{ names, callback }] = waiting.splice(i, 1);
        queueMicrotask(() => callback(...names.map(requireModule)));
      }
    }
  }

  function run(record) {
    if (record.failed) throw new ModuleError('Requiring module "%s" which threw an exception', record.id);
    if (record.factoryRun) return record;
    const missing = record.dependencies.filter((name) => !name.startsWith('cr:') && !records[name]);
    if (missing.length) {
      throw new ModuleError(
        'Requiring module "%s" with unresolved dependencies: %s',
        record.id,
        missing.join(', '),
      );
    }
    const module = { exports: {} };
    record.exports = module.exports;
    record.factoryRun = true; // before the factory, so that circular imports see what is there
    try {
      if (record.flags & NEW_IMPORTS) {
        record.factory(window, strictRequire, strictDefault, strictNamespace, requireLazy, module, module.exports);
      } else {
        record.factory(window, strictRequire, strictRequire, requireLazy, module, module.exports);
      }
      record.exports = module.exports;
    } catch (error) {
      record.failed = error;
      record.exports = undefined;
      throw error;
    }
    __sim.onLoad?.(record);
    return record;
  }

  /** What code outside the page's own bundles gets to see of a module. */
  const visible = (record) => (record.changes ? __sim.changed(record) : record.exports);

  const isEs = (record) => (record.flags & ES_MODULE) !== 0;
  const whole = (record) => visible(record);
  const byDefaultRule = (record) => {
    const exports = visible(record);
    return isEs(record) && Object.hasOwn(exports, 'default') ? exports.default : exports;
  };
  const onlyDefault = (record) => {
    if (!isEs(record)) return visible(record);
    const exports = visible(record);
    return Object.hasOwn(exports, 'default') ? exports.default : null;
  };

  function lookUp(id, view) {
    const record = modulesMap[id];
    if (record) return view(run(record));
    __sim.onUnknown?.(id);
    throw new ModuleError('Requiring unknown module "%s"', id);
  }

  // Unguarded callers (console, debugger, injected scripts) get `undefined` and a console line;
  // inside a guard, or when the page is configured so, the error travels.
  function lenient(id, view) {
    try {
      return lookUp(id, view);
    } catch (error) {
      if (skipGuard || guardDepth > 0 || __sim.config.unknownModules === 'throw') throw error;
      reportError(error);
      return undefined;
    }
  }

  const strictRequire = (id) => lookUp(id, byDefaultRule);
  const strictDefault = (id) => lookUp(id, onlyDefault);
  const strictNamespace = (id) => lookUp(id, whole);

  function requireModule(id) {
    return lenient(id, byDefaultRule);
  }

  function importDefault(id) {
    return lenient(id, onlyDefault);
  }

  function importNamespace(id) {
    return lenient(id, whole);
  }

  function requireLazy(names, callback) {
    if (names.every((name) => modulesMap[name])) {
      callback(...names.map(requireModule));
    } else {
      waiting.push({ names: names.slice(), callback });
    }
  }

  register('__debug', [], (_g, _r, _rd, _rl, module) => {
    module.exports = { modulesMap };
  }, 0);

  window.__d = register;
  window.require = requireModule;
  window.importDefault = importDefault;
  window.importNamespace = importNamespace;
  window.requireLazy = requireLazy;
  window.ErrorGuard = ErrorGuard;

  // ---- for the simulator's own files --------------------------------------------------------

  /**
   * Registers a page module: `build(exports)` runs on first use and fills the exports;
   * `exports.default` makes it a module with a default export.
   */
  __sim.module = (name, build) => {
    window.__d(name, [], (...parameters) => build(parameters[6]), 98);
  };

  /** Bundles arrive whole: clients see what is registered in between when the bundle is closed. */
  __sim.bundle = {
    open() {
      arriving = [];
    },
    close() {
      const list = arriving;
      arriving = null;
      publish(list);
    },
  };

  /**
   * The exports of a page module, whatever faults hide it from clients: a fault stands for a
   * new version of the page, whose own code knows its new names.
   */
  __sim.use = (name) => {
    const record = records[name];
    if (!record) throw new ModuleError('Requiring unknown module "%s"', name);
    return run(record).exports;
  };

  __sim.registry = { modulesMap, records, ModuleError };
}
