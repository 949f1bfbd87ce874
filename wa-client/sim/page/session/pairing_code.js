'use strict';

// Linking by a code that is typed into the phone.
{
  const { module, use, wire } = __sim;
  const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTVWXYZ';
  const CODE_LIFE_MS = 180000;
  const MAX_HELLOS = 3;
  const EVENT = 'link_device_events:';

  module('WAWebPairingType', (exports) => {
    exports.PairingType = window.require('$InternalEnum').Mirrored(['QR_CODE', 'ALT_DEVICE_LINKING', 'SHORTCAKE_PASSKEY']);
  });

  module('WAWebLinkDeviceEvents', (exports) => {
    const EventEmitter = use('WAWebEventEmitter').default;
    exports.WAWebLinkDeviceEvents = new EventEmitter();
  });

  const events = () => use('WAWebLinkDeviceEvents').WAWebLinkDeviceEvents;

  class NamedError extends Error {
    constructor(name, message, extra) {
      super(message);
      this.name = name;
      Object.assign(this, extra);
    }
  }

  // What the server says to a companion hello, by the name the page gives it.
  const IQ_ERRORS = {
    400: 'IQErrorBadRequest',
    403: 'IQErrorForbidden',
    429: 'IQErrorRateOverlimit',
    500: 'IQErrorInternalServerError',
    501: 'IQErrorFeatureNotAvailable',
  };

  /** Eight characters out of five random bytes. */
  function newCode() {
    const bytes = crypto.getRandomValues(new Uint8Array(5));
    const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    return bits.match(/.{5}/g).map((five) => ALPHABET[parseInt(five, 2)]).join('');
  }

  const invariant = (number) =>
    new NamedError('Invariant Violation', `Minified invariant #${number}; %s Params: %s`);

  module('WAWebAltDeviceLinkingIq', (exports) => {
    exports.CompanionHelloError = class extends NamedError {
      constructor(message, type) {
        super('CompanionHelloError', message, { type });
      }
    };
    exports.CompanionFinishError = class extends NamedError {
      constructor(message) { super('CompanionFinishError', message); }
    };

    /** Announces a code; resolves with the server's ref. The phone goes out as it is. */
    exports.sendCompanionHello = async ({ phone, code, shouldPush }) => {
      try {
        const hello = { phone: String(phone), code, notify: Boolean(shouldPush) };
        const { ref } = await wire.request('pairing_code', hello, { unlinked: true });
        return new TextEncoder().encode(ref);
      } catch (error) {
        const name = IQ_ERRORS[error.status] || 'IQErrorInternalServerError';
        throw new exports.CompanionHelloError(
          `alt pairing: Got an error from alt paring: companion hello: ${name}`,
          { name },
        );
      }
    };
  });

  module('WAWebAltDeviceLinkingApi', (exports) => {
    const { PairingType } = use('WAWebPairingType');
    let pairingType = PairingType.QR_CODE;
    let linking = fresh('NotStarted');

    function fresh(stage) {
      return { stage, ref: null, phone: null, madeAt: null, hellos: 0 };
    }

    exports.InvalidRefError = class extends NamedError {
      constructor(message) { super('InvalidRefError', message); }
    };
    exports.OldCodeError = class extends NamedError {
      constructor(message) { super('OldCodeError', message); }
    };
    exports.MaxPrimaryHelloError = class extends NamedError {
      constructor(message) { super('MaxPrimaryHelloError', message); }
    };

    exports.getPairingType = () => pairingType;
    exports.setPairingType = (type) => {
      pairingType = type;
    };
    exports.getCurrentRef = () => linking.ref;

    exports.initializeAltDeviceLinking = async () => {
      linking = fresh('NotStarted');
      await use('WAWebUserPrefsMultiDevice').setADVSecretKey();
      linking.stage = 'Initialized';
      exports.setPairingType(PairingType.ALT_DEVICE_LINKING);
    };

    exports.initializeQRLinking = async () => {
      linking = fresh('NotStarted');
      await use('WAWebAdvSignatureApi').generateADVSecretKey();
      exports.setPairingType(PairingType.QR_CODE);
    };

    exports.startAltLinkingFlow = async (phone, shouldPush) => {
      const noise = await use('WAWebUserPrefsInfoStore').waNoiseInfo.get();
      if (noise === null) throw new NamedError('NoiseInfoIsNullError', 'alt pairing: noise info is null');
      const mine = linking;
      mine.phone = phone;
      mine.madeAt = Date.now();
      if (mine.stage !== 'Initialized') throw invariant(75727);
      const code = newCode();
      if (phone === undefined || phone === null) throw invariant(67482);
      mine.ref = await use('WAWebAltDeviceLinkingIq').sendCompanionHello({ phone, code, shouldPush });
      if (mine.ref === null) {
        throw new NamedError('MissingCachedRefError', 'alt pairing:could not get ref from companion hello');
      }
      mine.stage = 'AfterSendCompanionHello';
      return code;
    };

    /** The phone answered with the code of this ref. */
    exports.handlePrimaryHello = async (ref) => {
      events().trigger(`${EVENT}primary_hello_received`);
      try {
        linking.hellos += 1;
        if (linking.stage === 'AfterSendCompanionFinish') {
          if (linking.hellos > MAX_HELLOS) {
            throw new exports.MaxPrimaryHelloError('alt pairing: reached max allowed primary hello attempts per code');
          }
          linking.stage = 'AfterSendCompanionHello';
        }
        if (linking.stage !== 'AfterSendCompanionHello') throw invariant(75728);
        if (new TextDecoder().decode(linking.ref) !== ref) {
          throw new exports.InvalidRefError('alt pairing: handle primary hello: received unexpected ref');
        }
        if (Date.now() - linking.madeAt > CODE_LIFE_MS) {
          throw new exports.OldCodeError('alt pairing: cannot process primaryHello for an old code');
        }
        await use('WAWebAdvSignatureApi').generateADVSecretKey();
        linking.stage = 'AfterSendCompanionFinish';
      } catch (error) {
        events().trigger(`${EVENT}error_alt_linking`);
        throw error;
      }
    };
  });

  module('WAWebLinkDeviceAction', (exports) => {
    exports.resetLinkDeviceState = async ({ linkDeviceMethod }) => {
      const { PairingType } = use('WAWebPairingType');
      const api = use('WAWebAltDeviceLinkingApi');
      use('WAWebBackendEventBus').BackendEventBus.triggerRefreshQR();
      if (linkDeviceMethod === PairingType.ALT_DEVICE_LINKING) await api.initializeAltDeviceLinking();
      else await api.initializeQRLinking();
      api.setPairingType(linkDeviceMethod);
    };
    exports.genLinkDeviceCodeForPhoneNumber = (phone, shouldPush) =>
      use('WAWebAltDeviceLinkingApi').startAltLinkingFlow(phone, shouldPush);
    exports.refreshAltLinkingCode = () => events().trigger(`${EVENT}refresh_alt_linking_code`);
    exports.forceManualRefresh = () => events().trigger(`${EVENT}force_manual_refresh`);
    exports.errorAltLinking = () => events().trigger(`${EVENT}error_alt_linking`);
    exports.primaryHelloReceivedAltLinking = () => events().trigger(`${EVENT}primary_hello_received`);
  });

  wire.on('pairing_hello', ({ ref }) => use('WAWebAltDeviceLinkingApi').handlePrimaryHello(ref));
}
