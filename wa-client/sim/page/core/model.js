'use strict';

__sim.module('WAWebBaseModel', (exports) => {
  const EventEmitter = __sim.use('WAWebEventEmitter').default;

  const PROP = 'prop';
  const SESSION = 'session';
  const DERIVED = 'derived';
  const COLLECTION = 'collection';

  // What a derived attribute holds before it was first computed; the old value of its first event.
  const INIT = {};

  /** A serialised attribute. */
  const prop = (defaultValue) => ({ kind: PROP, defaultValue });
  /** An attribute of this document only. */
  const session = (defaultValue) => ({ kind: SESSION, defaultValue });
  /** An attribute computed from `deps` by `fn`, with the model as `this`. */
  const derived = (fn, deps) => ({ kind: DERIVED, fn, deps });
  /** A nested collection, made with `{parent: model}`. */
  const collection = (collectionClass) => ({ kind: COLLECTION, collectionClass });

  const EMPTY = Object.freeze({
    definition: Object.freeze({}), props: [], session: [], derived: [], collections: [], defaults: [], dependents: new Map(),
  });

  /**
   * Base of all models. A subclass lists its attributes in `static attributes` (made with `prop`,
   * `session`, `derived`, `collection`) and is passed to `defineModel` once. Values live at
   * `__x_<name>` and are read through prototype getters that tolerate a bare prototype.
   */
  class BaseModel extends EventEmitter {
    constructor(values, options = {}) {
      super();
      this.__initialized = false;
      this.revisionNumber = 1;
      this.parent = options.parent;
      this.collection = options.collection;
      const schema = this._schema;
      for (const name of schema.derived) this[`__x_${name}`] = INIT;
      for (const name of schema.collections) {
        const CollectionClass = schema.definition[name].collectionClass;
        this[name] = new CollectionClass(null, { parent: this });
      }
      for (const [name, value] of schema.defaults) {
        this[`__x_${name}`] = typeof value === 'function' ? value() : value;
      }
      if (values) this.set(values, { silent: true });
      this.initialize();
      this.__initialized = true;
    }

    initialize() {}

    get isState() {
      return true;
    }

    get attributes() {
      const result = {};
      for (const name of [...this._schema.props, ...this._schema.session]) {
        if (this[name] !== undefined) result[name] = this[name];
      }
      return result;
    }

    get(name) {
      return this[name];
    }

    set(nameOrValues, valueOrOptions, maybeOptions) {
      const single = typeof nameOrValues === 'string';
      const values = single ? { [nameOrValues]: valueOrOptions } : nameOrValues;
      const options = (single ? maybeOptions : valueOrOptions) || {};
      this.revisionNumber += 1;
      const changes = [];
      const affected = new Set();
      for (const name of Object.keys(values)) {
        // A merge never takes known values away.
        if (options.merge && values[name] === undefined) continue;
        store(this, name, values[name], changes, affected);
      }
      for (const name of this._schema.derived) {
        if (affected.has(name)) recompute(this, name, changes, affected);
      }
      if (this.__initialized && changes.length && options.silent !== true) announce(this, changes);
      return this;
    }

    unset(names, options) {
      const values = {};
      for (const name of [].concat(names)) values[name] = undefined;
      this.set(values, options);
    }

    clear() {
      this.unset([...this._schema.props, ...this._schema.session]);
    }

    reset() {
      this.set(Object.fromEntries(this._schema.defaults.map(([name]) => [name, this.getDefault(name)])));
    }

    delete() {
      this.stopListening();
    }

    getDefault(name) {
      const value = this._schema.definition[name]?.defaultValue;
      return typeof value === 'function' ? value() : value;
    }

    /** Adopts a child model: its events come up as `change:<name>.<attribute>`. */
    addChild(name, child) {
      this.set({ [name]: child }, { silent: true });
      this.listenTo(child, 'all', (event, model, value) => {
        if (event.startsWith('change:')) this.trigger(`change:${name}.${event.slice(7)}`, model, value);
        else if (event === 'change') this.trigger('change', this);
      });
    }

    serialize() {
      const result = {};
      for (const name of this._schema.props) result[name] = this[name];
      for (const name of this._schema.collections) result[name] = this[name].serialize();
      return result;
    }

    toJSON() {
      return this.serialize();
    }

    safe() {
      return this;
    }

    unsafe() {
      return this;
    }

    isIdType(id) {
      const { idClass } = this.constructor;
      return idClass ? id instanceof idClass : typeof id === 'string';
    }
  }
  BaseModel.prototype._schema = EMPTY;

  function store(model, name, value, changes, affected) {
    const attribute = model._schema.definition[name];
    if (!attribute) {
      model[name] = value; // undeclared: a plain member without events
      return;
    }
    if (attribute.kind === DERIVED) throw new Error(`Attempting to directly set derived property: ${name}`);
    if (attribute.kind === COLLECTION) {
      model[name].set(value);
      return;
    }
    const key = `__x_${name}`;
    const old = model[key];
    if (old === value) return;
    model[key] = value;
    changes.push([name, value, old]);
    for (const dependent of model._schema.dependents.get(name) || []) affected.add(dependent);
  }

  function recompute(model, name, changes, affected) {
    const key = `__x_${name}`;
    const old = model[key];
    const value = model._schema.definition[name].fn.call(model);
    if (value === old) return;
    model[key] = value;
    changes.push([name, value, old]);
    for (const dependent of model._schema.dependents.get(name) || []) affected.add(dependent);
  }

  function announce(model, changes) {
    for (const [name, , old] of changes) model.trigger(`change:${name}`, model, model[name], old);
    model.trigger('change', model);
  }

  /**
   * Installs the accessors for `static attributes` of a model class and its ancestors.
   * `proxyName`, by which clients tell model classes apart, follows from the name of the class.
   */
  function defineModel(modelClass) {
    const definition = {};
    for (let at = modelClass; at && at !== BaseModel; at = Object.getPrototypeOf(at)) {
      for (const [name, attribute] of Object.entries(Object.hasOwn(at, 'attributes') ? at.attributes : {})) {
        if (!definition[name]) definition[name] = attribute;
      }
    }
    const names = (kind) => Object.keys(definition).filter((name) => definition[name].kind === kind);
    const dependents = new Map();
    for (const name of names(DERIVED)) {
      for (const dep of definition[name].deps) dependents.set(dep, [...(dependents.get(dep) || []), name]);
    }
    modelClass.prototype._schema = {
      definition,
      props: names(PROP),
      session: names(SESSION),
      derived: names(DERIVED),
      collections: names(COLLECTION),
      defaults: Object.entries(definition)
        .filter(([, attribute]) => attribute.defaultValue !== undefined)
        .map(([name, attribute]) => [name, attribute.defaultValue]),
      dependents,
    };
    for (const [name, attribute] of Object.entries(definition)) {
      Object.defineProperty(modelClass.prototype, name, accessor(name, attribute));
    }
    modelClass.prototype.proxyName = modelClass.name.charAt(0).toLowerCase() + modelClass.name.slice(1);
    return modelClass;
  }

  function accessor(name, attribute) {
    const key = `__x_${name}`;
    if (attribute.kind === COLLECTION) return { value: undefined, writable: true, configurable: true };
    if (attribute.kind === DERIVED) {
      return {
        configurable: true,
        get() {
          if (!Object.hasOwn(this, key)) return undefined;
          return this[key] === INIT ? attribute.fn.call(this) : this[key];
        },
        set() {
          throw new TypeError(`'${name}' is a derived property, it can't be set directly.`);
        },
      };
    }
    return {
      configurable: true,
      get() {
        return this[key];
      },
      set(value) {
        this.set({ [name]: value });
      },
    };
  }

  exports.BaseModel = BaseModel;
  exports.defineModel = defineModel;
  exports.prop = prop;
  exports.session = session;
  exports.derived = derived;
  exports.collection = collection;
  exports.idTypeToString = String;
});

__sim.module('WAWebStateUtils', (exports) => {
  /** The model behind a wrapper; here models are their own wrappers. */
  exports.unproxy = (model) => model;
});
