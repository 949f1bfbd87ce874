'use strict';

// `$InternalEnum`: members are not enumerable, so `Object.keys(E)` is empty and JSON sees `{}`.
{
  class InternalEnum {
    constructor(entries) {
      for (const [name, value] of Object.entries(entries)) {
        Object.defineProperty(this, name, { value, enumerable: false });
      }
      const names = new Map(Object.entries(entries).map(([name, value]) => [value, name]));
      hide(this, 'isValid', (value) => names.has(value));
      hide(this, 'cast', (value) => (names.has(value) ? value : undefined));
      hide(this, 'members', () => names.keys());
      hide(this, 'getName', (value) => names.get(value));
      Object.freeze(this);
    }
  }

  function hide(target, name, value) {
    Object.defineProperty(target, name, { value, enumerable: false });
  }

  const create = (entries) => new InternalEnum(entries);
  create.Mirrored = (names) => create(Object.fromEntries(names.map((name) => [name, name])));

  // CommonJS in the real page: `require` hands out the function itself.
  window.__d('$InternalEnum', [], (_g, _r, _rd, _rl, module) => {
    module.exports = create;
  }, 0);
}
