'use strict';

__sim.module('WAWebEventEmitter', (exports) => {
  const BLANKS = /\s+/;

  /** Calls `each(name)` for every name of a blank-separated list. */
  function eachName(names, each) {
    if (!BLANKS.test(names)) return each(names);
    for (const name of names.split(BLANKS)) if (name) each(name);
    return undefined;
  }

  /**
   * Synchronous emitter under every model and collection. What a listener throws goes up into
   * the code that triggered the event.
   */
  class EventEmitter {
    on(names, fn, context) {
      return subscribe(this, names, fn, context, false);
    }

    once(names, fn, context) {
      return subscribe(this, names, fn, context, true);
    }

    off(names, fn, context) {
      if (!this._events) return this;
      const matches = (entry) =>
        (fn === undefined || fn === null || entry.fn === fn) &&
        (context === undefined || context === null || entry.context === context);
      const drop = (name) => {
        const list = this._events.get(name);
        if (!list) return;
        const rest = list.filter((entry) => !matches(entry));
        if (rest.length) this._events.set(name, rest);
        else this._events.delete(name);
      };
      if (names === undefined || names === null) [...this._events.keys()].forEach(drop);
      else eachName(names, drop);
      return this;
    }

    trigger(names, ...args) {
      if (!this._events) return this;
      eachName(names, (name) => {
        // Lists are replaced, never changed in place: what is subscribed now is what runs.
        const direct = this._events.get(name);
        const all = name === 'all' ? undefined : this._events.get('all');
        if (direct) run(this, name, direct, args);
        if (all) run(this, 'all', all, [name, ...args]);
      });
      return this;
    }

    listenTo(other, names, fn) {
      if (other) {
        (this._listeningTo ||= new Set()).add(other);
        other.on(names, fn, this);
      }
      return this;
    }

    listenToOnce(other, names, fn) {
      if (other) {
        (this._listeningTo ||= new Set()).add(other);
        other.once(names, fn, this);
      }
      return this;
    }

    listenToAndRun(other, names, fn) {
      this.listenTo(other, names, fn);
      fn.call(this);
      return this;
    }

    stopListening(other, names, fn) {
      if (!this._listeningTo) return this;
      const targets = other ? [other] : [...this._listeningTo];
      for (const target of targets) {
        target.off(names, fn, this);
        if (!names && !fn) this._listeningTo.delete(target);
      }
      return this;
    }

    isListening(name) {
      return this.getListenersCount(name) > 0;
    }

    getListenersCount(name) {
      if (!this._events) return 0;
      if (name !== undefined) return this._events.get(name)?.length || 0;
      let count = 0;
      for (const list of this._events.values()) count += list.length;
      return count;
    }
  }

  function subscribe(emitter, names, fn, context, once) {
    if (fn === null || fn === undefined) return emitter;
    if (typeof fn !== 'function') throw new Error('Callback parameter passed is not a function');
    const events = (emitter._events ||= new Map());
    eachName(names, (name) => {
      events.set(name, [...(events.get(name) || []), { fn, context, once }]);
    });
    return emitter;
  }

  function run(emitter, name, list, args) {
    for (const entry of list) {
      if (entry.once) emitter.off(name, entry.fn, entry.context);
      entry.fn.apply(entry.context || emitter, args);
    }
  }

  const { prototype } = EventEmitter;
  prototype.bind = prototype.on;
  prototype.unbind = prototype.off;
  prototype.removeListener = prototype.off;
  prototype.removeAllListeners = prototype.off;

  exports.default = EventEmitter;
});
