'use strict';

// Small shared modules that clients look up by the shape of their exports.
{
  const { module } = __sim;

  module('WATimeUtils', (exports) => {
    exports.unixTime = () => Math.floor(Date.now() / 1000);
    exports.unixTimeMs = () => Date.now();
    exports.castToUnixTime = (value) => value;
    exports.happenedWithin = (seconds, range) => exports.unixTime() - seconds < range;
  });
}
