'use strict';

// What a human sees before the account is linked: the QR code.
{
  const { module, use, config, dom, prefs } = __sim;
  const { el } = dom;
  const FAQ = ',https://faq.whatsapp.com/r/ld';
  const NATIVE = 'https://wa.me/settings/linked_devices#';
  const MODULE_PX = 5;
  const QUIET = 4;

  /** The full text of the QR code, or null while there is none. */
  function qrText() {
    const { ref } = use('WAWebConnModel').Conn;
    const secret = use('WAWebUserPrefsMultiDevice').getADVSecretKey();
    const identity = prefs.identity();
    if (!ref || !secret || !identity) return null;
    const text = [
      ref,
      prefs.noise().pubKey,
      use('WABase64').encodeB64(identity.pubKey),
      secret,
      use('WAWebCompanionRegClientUtils').DEVICE_PLATFORM,
    ].join(',');
    if (use('WAWebNativeCameraQRLinkedDeviceUtils').isNativeCameraQRLinkedDeviceTest()) return NATIVE + text;
    return window.require('justknobx')._('770') ? text + FAQ : text;
  }

  function draw(canvas, text) {
    const code = __sim.qrCode(text);
    const width = (code.size + 2 * QUIET) * MODULE_PX;
    canvas.width = width;
    canvas.height = width;
    const paint = canvas.getContext('2d');
    paint.fillStyle = '#fff';
    paint.fillRect(0, 0, width, width);
    paint.fillStyle = '#111b21';
    for (let y = 0; y < code.size; y += 1) {
      for (let x = 0; x < code.size; x += 1) {
        if (code.get(x, y)) paint.fillRect((x + QUIET) * MODULE_PX, (y + QUIET) * MODULE_PX, MODULE_PX, MODULE_PX);
      }
    }
  }

  const canvas = el('canvas', { 'aria-label': 'Scan this QR code to link a device', role: 'img' });
  const frame = el('div', { 'data-testid': 'link-device-qr-code', class: 'qr' }, canvas);
  const note = el('p', { class: 'note' });
  const reload = el('button', {
    class: 'reload',
    click: () => use('WAWebBackendEventBus').BackendEventBus.triggerRefreshQR(),
  }, 'Reload QR code');

  const view = el(
    'section', { class: 'link' },
    el('div', { class: 'card' },
      el('div', { class: 'how' },
        el('h1', {}, 'Link a device'),
        el('ol', {},
          el('li', {}, 'Open the app on your phone'),
          el('li', {}, 'Go to Settings, then Linked devices'),
          el('li', {}, 'Point the camera at this code')),
        el('p', { class: 'fine' }, `This page is a simulator (${config.waVersion}). Nothing here reaches a real account.`)),
      el('div', { class: 'code' }, frame, note, reload)),
  );

  let mounted = false; // a code was on screen; `Cmd` hears of the first one

  /** Redraws the code; called on every change of ref, secret or socket state. */
  function render() {
    const text = qrText();
    const idle = use('WAWebSocketModel').Socket.state === 'UNPAIRED_IDLE';
    reload.hidden = !idle;
    frame.classList.toggle('stale', idle || !text);
    note.textContent = idle ? 'This code has expired.' : text ? '' : 'Waiting for a code …';
    if (!text) frame.removeAttribute('data-ref');
    if (!text || frame.getAttribute('data-ref') === text) return;
    if (!mounted) __sim.tellCmd('initial_load_ready_from_bridge');
    mounted = true;
    frame.setAttribute('data-ref', text);
    draw(canvas, text);
  }

  module('WAWebLinkDeviceQrcode.react', (exports) => {
    exports.default = function LinkDeviceQrcode() {
      return frame;
    };
  });

  __sim.linkView = { view, render };
}
