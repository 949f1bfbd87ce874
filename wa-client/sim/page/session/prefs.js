'use strict';

// What the session keeps: localStorage and `user-prefs`, both read through memory, so that an
// edit from outside has no effect before the next document.
{
  const { module, use, store } = __sim;
  const PREFIX_KEYS = ['last-wid-md', 'WALid', 'WANoiseInfo', 'WANoiseInfoIv', 'WAWebEncKeySalt', 'WebEncKeySalt', 'me-display-name', 'last-pushname'];
  const SIGNAL = ['signal-storage', 'signal-meta-store'];

  const local = new Map();
  for (const key of PREFIX_KEYS) {
    const text = localStorage.getItem(key);
    if (text !== null) local.set(key, parse(text));
  }

  function parse(text) {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  }

  function setLocal(key, value) {
    local.set(key, value);
    localStorage.setItem(key, JSON.stringify(value));
  }

  const randomBytes = (count) => crypto.getRandomValues(new Uint8Array(count)).buffer;
  const base64 = (bytes) => use('WABase64').encodeB64(bytes);
  const bytes = (text) => use('WABase64').decodeB64(text);

  const userPrefs = new Map(); // cache of the table `user-prefs`
  let identity = null; // {pubKey, privKey} as ArrayBuffers
  let loggedIn = false;

  const prefs = {
    get registered() {
      return Boolean(local.get('WANoiseInfo') && local.get('last-wid-md'));
    },

    get: (key) => userPrefs.get(key),
    set(key, value) {
      userPrefs.set(key, value);
      store.put('user-prefs', { key, value });
    },
    remove(key) {
      userPrefs.delete(key);
      store.remove('user-prefs', key);
    },

    local: (key) => local.get(key),
    setLocal,

    /** Reads what is on disk and makes the keys a new device needs. */
    async load() {
      for (const { key, value } of await store.getAll('user-prefs')) userPrefs.set(key, value);
      const kept = await store.readSide(...SIGNAL, 'signal_static_pubkey');
      identity = kept?.value || { pubKey: randomBytes(32), privKey: randomBytes(32) };
      if (!kept) await store.writeSide(...SIGNAL, { key: 'signal_static_pubkey', value: identity });
      if (!local.get('WANoiseInfo')) {
        setLocal('WANoiseInfo', { pubKey: base64(randomBytes(32)), privKey: base64(randomBytes(32)) });
        setLocal('WANoiseInfoIv', base64(randomBytes(16)));
        setLocal('WAWebEncKeySalt', base64(randomBytes(16)));
        setLocal('WebEncKeySalt', base64(randomBytes(16)));
      }
    },

    noise: () => local.get('WANoiseInfo'),
    identity: () => identity,

    /** What the phone handed over: from here on this device is registered. */
    register({ phone, device, lid, platform, pushname, token }) {
      setLocal('last-wid-md', `${phone}:${device}@c.us`);
      const [lidUser] = lid.split('@');
      setLocal('WALid', `${lidUser.split(':')[0]}:${device}@lid`);
      prefs.set('WAToken', token);
      prefs.set('WAPlatform', platform);
      if (pushname) setLocal('last-pushname', pushname);
    },

    /** What the server knows this device by, or null. */
    credentials() {
      if (!prefs.registered) return null;
      const [user, device] = local.get('last-wid-md').split('@')[0].split(':');
      return { phone: user, device: Number(device), token: userPrefs.get('WAToken') || null };
    },

    setLoggedIn() {
      loggedIn = true;
    },
    isLoggedIn: () => loggedIn,

    /** First step of an own logout: the disk forgets, the cache still answers. */
    dropKeysOnDisk() {
      localStorage.removeItem('WebEncKeySalt');
      localStorage.removeItem('WANoiseInfo');
    },

    /** Called whenever the ADV secret changes, for the simulator's own parts. */
    onSecret: new Set(),

    /** Forgets the credentials, on disk and in memory. */
    clear() {
      for (const key of PREFIX_KEYS) {
        local.delete(key);
        localStorage.removeItem(key);
      }
      userPrefs.clear();
      loggedIn = false;
    },
  };
  __sim.prefs = prefs;

  module('WAWebUserPrefsMultiDevice', (exports) => {
    const EventEmitter = use('WAWebEventEmitter').default;
    exports.isRegistered = () => prefs.registered;
    exports.getNoiseInfo = () => prefs.noise();
    // Fires only when the server asks for another secret under the same ref, not whenever there is another one.
    exports.advSecretEventEmitter = new EventEmitter();
    exports.getADVSecretKey = () => prefs.get('WAAdvSecretKey') ?? null;
    exports.setADVSecretKey = async (secret) => {
      if (secret === undefined || secret === null) prefs.remove('WAAdvSecretKey');
      else prefs.set('WAAdvSecretKey', secret);
      for (const changed of prefs.onSecret) changed();
    };
    exports.getPairingTimestamp = () => prefs.get('WAPairingTimestamp') ?? null;
    exports.getRoutingInfo = () => prefs.get('WARoutingInfo');
    exports.getWebEncSalt = () => prefs.local('WAWebEncKeySalt');
  });

  module('WAWebAdvSignatureApi', (exports) => {
    exports.getADVSecretKey = async () => {
      const secret = use('WAWebUserPrefsMultiDevice').getADVSecretKey();
      if (secret === null) throw new Error('secretKey is null or undefined');
      return secret;
    };
    exports.setADVSignedIdentity = async (signed) => {
      prefs.set('WAAdvSignedIdentity', signed);
    };
    exports.getADVSignedIdentity = async () => prefs.get('WAAdvSignedIdentity') ?? null;
    exports.generateADVSecretKey = async () => {
      await use('WAWebUserPrefsMultiDevice').setADVSecretKey(base64(randomBytes(32)));
    };
  });

  module('WAWebUserPrefsInfoStore', (exports) => {
    exports.waNoiseInfo = {
      get: async () => {
        const noise = prefs.noise();
        return noise
          ? { staticKeyPair: { pubKey: bytes(noise.pubKey), privKey: bytes(noise.privKey) }, recoveryToken: null }
          : null;
      },
    };
  });

  module('WAWebSignalStoreApi', (exports) => {
    exports.waSignalStore = {
      getRegistrationInfo: async () => (identity ? { registrationId: 1, identityKeyPair: identity } : null),
    };
  });

  module('WAWebUserPrefsIsLoggedIn', (exports) => {
    exports.isLoggedIn = () => prefs.isLoggedIn();
  });

  module('WAWebUserPrefsMeUser', (exports) => {
    const wid = (text) => use('WAWebWidFactory').createWid(text);
    const user = (deviceWid) => deviceWid && use('WAWebWidFactory').asUserWidOrThrow(deviceWid);
    const orThrow = (value, what) => {
      if (!value) throw new Error(`${what} is not set`);
      return value;
    };

    exports.getMaybeMeDevicePn = () => (prefs.local('last-wid-md') ? wid(prefs.local('last-wid-md')) : undefined);
    exports.getMaybeMeDeviceLid = () => (prefs.local('WALid') ? wid(prefs.local('WALid')) : null);
    exports.getMaybeMePnUser = () => user(exports.getMaybeMeDevicePn());
    exports.getMaybeMeLidUser = () => user(exports.getMaybeMeDeviceLid());
    exports.getMePnUserOrThrow_DO_NOT_USE = () => orThrow(exports.getMaybeMePnUser(), 'me user');
    exports.getMeLidUserOrThrow = () => orThrow(exports.getMaybeMeLidUser(), 'me lid');
    exports.getMeUserOrThrow = () => exports.getMePnUserOrThrow_DO_NOT_USE();
    exports.getMeDevicePnOrThrow_DO_NOT_USE = () => orThrow(exports.getMaybeMeDevicePn(), 'me device');
    exports.getMeDeviceLidOrThrow = () => orThrow(exports.getMaybeMeDeviceLid(), 'me device lid');
    exports.getMaybeMeDisplayName = () => prefs.local('me-display-name') ?? prefs.local('last-pushname');
    exports.isMeUserRestored = () => prefs.registered;

    const same = (a, b) => Boolean(a && b && String(a) === String(b));
    exports.isMePnUser = (candidate) => same(candidate, exports.getMaybeMePnUser());
    exports.isMeLidUser = (candidate) => same(candidate, exports.getMaybeMeLidUser());
    exports.isMeDevice = (candidate) =>
      same(candidate, exports.getMaybeMeDevicePn()) || same(candidate, exports.getMaybeMeDeviceLid());
    exports.isMePrimary = (candidate) => exports.isMePnUser(candidate) || exports.isMeLidUser(candidate);
    exports.isMeAccount = (candidate) => {
      if (!candidate || !candidate.isUser?.()) return false;
      const asUser = use('WAWebWidFactory').asUserWidOrThrow(candidate);
      return exports.isMePnUser(asUser) || exports.isMeLidUser(asUser);
    };
  });
}
