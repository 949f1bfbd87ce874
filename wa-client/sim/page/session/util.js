'use strict';

// Small shared modules that clients look up by the shape of their exports.
{
  const { module } = __sim;

  // Bundles that arrive late: here every module is on the page, so a load is only asynchronous.
  const deferred = (name) => ({
    load: async () => window.require(name),
    onReady(callback) {
      window.requireLazy([name], callback);
    },
    getModuleIfRequireable: () => (name in __sim.registry.modulesMap ? window.require(name) : null),
    __setRef() {
      return this;
    },
  });

  module('requireDeferred', (exports) => {
    exports.default = deferred;
  });

  module('JSResource', (exports) => {
    exports.default = deferred;
  });

  module('Bootloader', (exports) => {
    exports.loadModules = (names, callback) => window.requireLazy(names, callback);
  });

  module('WATimeUtils', (exports) => {
    exports.unixTime = () => Math.floor(Date.now() / 1000);
    exports.unixTimeMs = () => Date.now();
    exports.castToUnixTime = (value) => value;
    exports.happenedWithin = (seconds, range) => exports.unixTime() - seconds < range;
  });
}
