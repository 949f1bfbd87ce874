'use strict';

// Version, browser and platform facts.
{
  const { module, use, config } = __sim;

  module('WAWebBuildConstants', (exports) => {
    const version = config.waVersion;
    const [primary, secondary, tertiary] = version.split('.');
    exports.VERSION_STR = version;
    exports.VERSION_BASE = version;
    exports.VERSION_PRIMARY = primary;
    exports.VERSION_SECONDARY = secondary;
    exports.VERSION_TERTIARY = tertiary;
    exports.DYN_ORIGIN = `${location.origin}/`;
    exports.WINDOWS_OFFLINE = false;
  });

  module('WAWebUpdaterVersion', (exports) => {
    exports.SANITIZED_VERSION_STR = use('WAWebBuildConstants').VERSION_STR;
  });

  module('WAWebBrowserInfo', (exports) => {
    // The device name shown on the phone is read from here when the client payload is built.
    exports.default = () => ({ name: browserName(), os: osName(), version: navigator.appVersion });
  });

  function browserName() {
    const agent = navigator.userAgent;
    for (const [name, pattern] of [
      ['Edge', /Edg\//], ['Opera', /OPR\//], ['Firefox', /Firefox\//], ['Chrome', /(^|[^a-z])Chrome\//], ['Safari', /Safari\//],
    ]) {
      if (pattern.test(agent)) return name;
    }
    return 'other';
  }

  function osName() {
    if (/Windows/.test(navigator.userAgent)) return 'Windows';
    return /Mac OS/.test(navigator.userAgent) ? 'Mac OS' : 'Linux';
  }

  module('WAWebCompanionRegClientUtils', (exports) => {
    const numbers = { Chrome: '1', Edge: '2', Firefox: '3', Opera: '5', Safari: '6' };
    const headless = navigator.userAgent.includes('HeadlessChrome');
    exports.DEVICE_PLATFORM = headless ? '9' : numbers[browserName()] || '9';
  });

  module('WAWebMobilePlatforms', (exports) => {
    exports.PLATFORMS = { ANDROID: 'android', IPHONE: 'iphone', IPAD: 'ipad', SMBA: 'smba', SMBI: 'smbi' };
    exports.isSMB = () => use('WAWebConnModel').Conn.isSMB === true;
  });

  module('WABase64', (exports) => {
    const bytesOf = (data) =>
      data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    exports.encodeB64 = (data) => {
      let text = '';
      const bytes = bytesOf(data);
      for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
      return btoa(text);
    };
    exports.decodeB64 = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0)).buffer;
    exports.encodeB64UrlSafe = (data) =>
      exports.encodeB64(data).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
    exports.decodeB64UrlSafe = (text) => exports.decodeB64(text.replaceAll('-', '+').replaceAll('_', '/'));
  });

  // The three QR endings depend on these two.
  module('WAWebNativeCameraQRLinkedDeviceUtils', (exports) => {
    exports.isNativeCameraQRLinkedDeviceTest = () => config.qrEnding === 'link';
  });

  module('justknobx', (exports) => {
    exports.default = { _: (knob) => knob === '770' && config.qrEnding === 'faq' };
  });
}
