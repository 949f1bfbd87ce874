'use strict';

const { native } = require('./lib/native.cjs');
const { Client } = require('./lib/client.cjs');
const { WaError, invalid, sync, text } = require('./lib/error.cjs');

/** Draws QR codes; the payload is that of a `qr` event. */
const qr = Object.freeze({
  terminal: (payload) => draw('qr_terminal', payload, native.qrTerminal),
  svg: (payload) => draw('qr_svg', payload, native.qrSvg),
  png(payload, scale) {
    // Counts cross as 32 bits; others would arrive as another number.
    if (!Number.isInteger(scale) || scale < 0 || scale > 1024) throw invalid('qr_png', 'scale must be 1 to 64');
    return draw('qr_png', payload, native.qrPng, scale);
  },
  dataURL: (payload) => draw('qr_data_url', payload, native.qrDataURL),
});

function draw(operation, payload, call, ...more) {
  text(operation, 'payload', payload);
  return sync(operation, () => call(payload, ...more));
}

function parsePhone(number) {
  text('parse_phone', 'text', number);
  return sync('parse_phone', () => native.parsePhone(number));
}

function mask(hidden) {
  text('mask', 'text', hidden);
  return sync('mask', () => native.mask(hidden));
}

module.exports = {
  Client,
  ERROR_CODES: Object.freeze(native.errorCodes().map((code) => `WA_${code.toUpperCase()}`)),
  EVENT_NAMES: Object.freeze(native.eventNames()),
  WaError,
  mask,
  parsePhone,
  qr,
  version: native.version(),
};
