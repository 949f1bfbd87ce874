'use strict';

// What the page keeps on disk, under the names of the real page. Reads go through memory:
// `open()` loads what is needed before anything else runs; writes are collected and go out in
// one transaction at a time.
{
  const DATABASES = {
    'model-storage': {
      'user-prefs': 'key', chat: 'id', message: 'id', contact: 'id', 'group-metadata': 'id', reactions: 'id',
    },
    'signal-storage': { 'signal-meta-store': 'key' },
    wawc: { user: 'key' },
    wawc_db_enc: { keys: 'id' },
    'worker-storage': { state: 'key' },
    'jobs-storage': { jobs: 'id' },
    'offd-storage': { logs: 'id' },
    'fts-storage': { index: 'id' },
    'lru-media-storage-idb': { media: 'id' },
    'status-storage': { status: 'id' },
    sw: { meta: 'key' },
  };
  const MODEL = 'model-storage';

  let opening = null;
  const open = new Map(); // database name -> IDBDatabase
  let pending = new Map(); // store of model-storage -> Map(key -> record or null for a delete)
  let pendingDone = null; // settles when `pending`, as it is now, is on disk
  let latest = Promise.resolve(); // the same for the newest write
  let flushing = null;
  let closed = false;

  function openDatabase(name) {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => {
        for (const [store, keyPath] of Object.entries(DATABASES[name])) {
          request.result.createObjectStore(store, { keyPath });
        }
      };
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const database = request.result;
        database.onversionchange = () => database.close();
        open.set(name, database);
        resolve(database);
      };
    });
  }

  function done(transaction) {
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
      transaction.onerror = () => reject(transaction.error);
    });
  }

  async function writeOut() {
    await Promise.resolve(); // one microtask: gather what the running task still has to say
    while (pending.size && !closed) {
      const batch = pending;
      const { settle } = pendingDone;
      pending = new Map();
      pendingDone = null;
      try {
        await write(batch);
      } finally {
        settle(); // also when it failed: nobody is to wait for ever
      }
    }
  }

  async function write(batch) {
    const database = await store.open();
    if (closed) return;
    const transaction = database.transaction([...batch.keys()], 'readwrite');
    for (const [name, records] of batch) {
      const target = transaction.objectStore(name);
      for (const [key, record] of records) {
        if (record === null) target.delete(key);
        else target.put(record);
      }
    }
    await done(transaction);
  }

  function deferred() {
    const result = {};
    result.promise = new Promise((resolve) => {
      result.settle = resolve;
    });
    return result;
  }

  function change(name, key, record) {
    if (closed) return;
    let records = pending.get(name);
    if (!records) pending.set(name, (records = new Map()));
    records.set(key, record);
    pendingDone ||= deferred();
    latest = pendingDone.promise;
    flushing ||= writeOut()
      .catch((error) => console.error(`storage: ${error?.name}`))
      .finally(() => {
        flushing = null;
      });
  }

  const store = {
    /** Opens the databases; resolves with `model-storage`. */
    open() {
      opening ||= Promise.all(Object.keys(DATABASES).map(openDatabase));
      return opening.then(() => open.get(MODEL));
    },

    /** Stores a plain record of `model-storage` under its `id` (`key` in `user-prefs`). */
    put(name, record) {
      change(name, record[DATABASES[MODEL][name]], record);
    },

    /** Deletes a record of `model-storage`. */
    remove(name, key) {
      change(name, key, null);
    },

    /** All records of one store as they are on disk. */
    async getAll(name) {
      const database = await store.open();
      return new Promise((resolve, reject) => {
        const request = database.transaction(name).objectStore(name).getAll();
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    },

    /** Resolves when everything written so far is on disk; what comes later is not waited for. */
    async flush() {
      await latest;
    },

    /** Reads one record of a small side database (`signal-storage`, …). */
    async readSide(databaseName, name, key) {
      await store.open();
      return new Promise((resolve, reject) => {
        const request = open.get(databaseName).transaction(name).objectStore(name).get(key);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    },

    /** Writes one record of a small side database. */
    async writeSide(databaseName, name, record) {
      await store.open();
      const transaction = open.get(databaseName).transaction(name, 'readwrite');
      transaction.objectStore(name).put(record);
      await done(transaction);
    },

    /**
     * Deletes every database of this origin. With `reopen` the page goes on with empty ones,
     * else nothing is written any more.
     */
    async purge({ reopen = false } = {}) {
      closed = true;
      pendingDone?.settle();
      pendingDone = null;
      pending.clear();
      for (const database of open.values()) database.close();
      open.clear();
      opening = null;
      const names = (await indexedDB.databases()).map(({ name }) => name);
      await Promise.all(names.map((name) => new Promise((resolve) => {
        const request = indexedDB.deleteDatabase(name);
        // A blocked delete goes through as soon as the other tab closes; no need to wait for it.
        request.onsuccess = request.onerror = request.onblocked = () => resolve();
      })));
      closed = !reopen;
    },
  };

  __sim.store = store;
}
