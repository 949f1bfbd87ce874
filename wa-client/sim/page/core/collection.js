'use strict';

__sim.module('WAWebCollection', (exports) => {
  const EventEmitter = __sim.use('WAWebEventEmitter').default;

  /**
   * An indexed list of models of `static model`, kept in the order of `static comparator` when
   * there is one. Passes the events of its members on. There is no `.models`.
   */
  class Collection extends EventEmitter {
    constructor(models, options = {}) {
      super();
      const { model, comparator } = this.constructor;
      if (!model) throw new Error('Collection initialized without model');
      this.modelClass = model;
      this.parent = options.parent;
      this._comparator = comparator;
      this._models = [];
      this._index = new Map();
      Object.defineProperty(this, 'length', { get: () => this._models.length });
      if (models) this.add(models, { silent: true });
    }

    /** Adds what is new; existing models only change with `merge: true`. Returns the models. */
    add(models, options) {
      const list = Array.isArray(models) ? models : models ? [models] : [];
      return this.set(list, { add: true, remove: false, merge: false, ...options });
    }

    set(models, options) {
      if (!models) return [];
      const settings = { add: true, remove: true, merge: true, ...options };
      const result = [];
      const added = [];
      for (const entry of Array.isArray(models) ? models : [models]) {
        if (!entry || !entry.id) continue;
        let model = this.get(entry.id);
        if (model) {
          if (settings.merge === true && entry !== model) {
            model.set(entry instanceof this.modelClass ? entry.attributes : entry, { merge: true });
          }
        } else if (settings.add === true) {
          model = this._prepare(entry, settings);
          this._adopt(model);
          added.push(model);
        }
        if (model) result.push(model);
      }
      if (settings.remove === true) {
        const keep = new Set(result);
        const gone = this._models.filter((model) => !keep.has(model));
        if (gone.length) this.remove(gone, settings);
      }
      if (added.length) this._place(added, settings);
      return result;
    }

    remove(models, options = {}) {
      const removed = [];
      for (const entry of Array.isArray(models) ? models.slice() : [models]) {
        const model = entry && this.get(entry instanceof this.modelClass ? entry.id : entry);
        if (!model) continue;
        this._index.delete(String(model.id));
        const index = this._models.lastIndexOf(model);
        this._models.splice(index, 1);
        if (options.silent !== true) model.trigger('remove', model, this, { ...options, index });
        this._release(model);
        removed.push(model);
      }
      return removed;
    }

    reset() {
      const old = this._models;
      this._models = [];
      this._index.clear();
      for (const model of old) this._release(model);
      this.trigger('reset', this);
    }

    sort(options = {}) {
      const order = options.comparator || this._comparator;
      this._models.sort(order.bind(this));
      if (options.silent !== true) this.trigger('sort', this, options);
      return this;
    }

    replaceId(oldId, newId) {
      const model = this.get(oldId);
      if (!model) return;
      this._index.delete(String(oldId));
      model.set({ id: newId });
      this._index.set(String(model.id), model);
    }

    /** By text, or by an object through its string conversion. */
    get(id) {
      return this._index.get(String(id));
    }

    assertGet(id) {
      const model = this.get(id);
      if (!model) console.error(`${this.constructor.name}: no model for the id asked`);
      return model;
    }

    at(index) { return this._models[index]; }
    head() { return this._models[0]; }
    last() { return this._models[this._models.length - 1]; }
    /** The live array. */
    getModelsArray() { return this._models; }
    toArray() { return this._models.slice(); }
    slice(from, to) { return this._models.slice(from, to); }
    indexOf(model, from) { return this._models.indexOf(model, from); }
    lastIndexOf(model, from) { return this._models.lastIndexOf(model, from); }
    includes(model) { return model instanceof this.modelClass && this.get(model.id) !== undefined; }
    isModel(value) { return value instanceof this.modelClass; }
    forEach(each) { this._models.forEach(each); }
    map(each) { return this._models.map(each); }
    filter(test) { return this._models.filter(test); }
    findFirst(test) { return this._models.find(test); }
    findLast(test) { return this._models.findLast(test); }
    some(test) { return this._models.some(test); }
    every(test) { return this._models.every(test); }
    reduce(step, initial) { return this._models.reduce(step, initial); }
    countWhere(test) { return this._models.reduce((count, model) => count + (test(model) ? 1 : 0), 0); }
    where(values) {
      return this.filter((model) => Object.keys(values).every((name) => model.get(name) === values[name]));
    }

    serialize() { return this._models.map((model) => model.toJSON()); }
    toJSON() { return this.serialize(); }

    _prepare(entry, options) {
      if (entry instanceof this.modelClass) return entry;
      const Model = this.modelClass;
      return new Model(entry, { ...options, collection: this });
    }

    _adopt(model) {
      this._index.set(String(model.id), model);
      if (!model.collection) model.collection = this;
      model.on('all', this._onModelEvent, this);
    }

    _release(model) {
      if (model.collection === this) model.collection = undefined;
      model.off('all', this._onModelEvent, this);
    }

    _place(added, options) {
      if (typeof options.at === 'number') {
        this._models.splice(options.at, 0, ...added);
      } else if (this._comparator && options.sort !== false) {
        this._insertSorted(added);
      } else {
        for (const model of added) this._models.push(model);
      }
      if (options.silent === true) return;
      for (const model of added) model.trigger('add', model, this, options);
      if (this._comparator && options.sort !== false) this.trigger('sort', this, options);
    }

    // A few newcomers are put where they belong, so that a burst into a long list stays cheap.
    _insertSorted(added) {
      const order = this._comparator.bind(this);
      if (added.length > 64 && added.length * 8 > this._models.length) {
        for (const model of added) this._models.push(model);
        this._models.sort(order);
        return;
      }
      for (const model of added) {
        let low = 0;
        let high = this._models.length;
        if (high === 0 || order(this._models[high - 1], model) <= 0) low = high;
        while (low < high) {
          const middle = (low + high) >>> 1;
          if (order(this._models[middle], model) <= 0) low = middle + 1;
          else high = middle;
        }
        this._models.splice(low, 0, model);
      }
    }

    _onModelEvent(event, model, other, options) {
      if ((event === 'add' || event === 'remove') && other !== this) return;
      if (event === 'destroy') this.remove(model, options);
      this.trigger.apply(this, arguments);
    }
  }

  exports.default = Collection;
});

__sim.module('WAWebBaseCollection', (exports) => {
  const { use } = __sim;
  const Collection = use('WAWebCollection').default;

  /**
   * A collection whose models can be looked up elsewhere: a subclass with `findImpl(id, options)`
   * (async, gives the data) supports `find` and `update`.
   */
  class BaseCollection extends Collection {
    constructor(models, options) {
      super(models, options);
      this._inflight = new Map();
    }

    set(models, options) {
      if (use('WAWebConnModel').Conn.blockStoreAdds) {
        throw new (use('WAWebBackendErrors').LogoutDrop)('adding to store when blocking store adds');
      }
      return super.set(models, options);
    }

    gadd(idOrValues, options) {
      if (this.modelClass.prototype.isIdType(idOrValues)) {
        return this.get(idOrValues) || this.add({ id: idOrValues }, options)[0];
      }
      if (!idOrValues.id) throw new Error('gadd called without an id attr (id)');
      return this.add(idOrValues, { ...options, merge: true })[0];
    }

    find(id, options) {
      if (!id) return Promise.reject(new Error('called find without an id'));
      const known = this.get(id);
      if (known && !known.stale) return Promise.resolve(known);
      return this._query(String(id), () => this.findImpl(id, options));
    }

    update(id, options) {
      if (!id) return Promise.reject(new Error('called update without an id'));
      return this._query(`force-${id}`, () => this.findImpl(id, options));
    }

    delete() {
      this._inflight.clear();
      this.reset();
    }

    _query(key, ask) {
      const running = this._inflight.get(key);
      if (running) return running;
      const answer = (async () => {
        const data = await ask();
        const models = this.add(data, { merge: true });
        return Array.isArray(data) ? models : models[0];
      })().finally(() => this._inflight.delete(key));
      this._inflight.set(key, answer);
      return answer;
    }
  }

  exports.BaseCollection = BaseCollection;
});
