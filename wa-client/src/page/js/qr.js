'use strict';

// The QR code, rebuilt as the page draws it (`WAWebLinkDeviceQrcode.react`).

const qr = { generation: 0, ref: undefined, secret: undefined, payload: undefined, attempt: 0, of: 6 };

const CAMERA_PREFIX = 'https://wa.me/settings/linked_devices#';
const HELP_SUFFIX = ',https://faq.whatsapp.com/r/ld';

function base64(buffer) {
  const bytes = ArrayBuffer.isView(buffer)
    ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    : new Uint8Array(buffer);
  return btoa(String.fromCharCode(...bytes));
}

/** The five values with their ending, and the secret alone; undefined while one is missing, as in pairing by code. */
async function qrPayload(ref) {
  const noise = await use('noise_keys').get();
  const identity = await use('identity_keys').getRegistrationInfo();
  const secret = await Promise.resolve().then(use('adv_secret')).catch(() => undefined);
  if (!noise || !identity || typeof secret !== 'string' || !secret) return undefined;
  const plain = [
    ref, base64(noise.staticKeyPair.pubKey), base64(identity.identityKeyPair.pubKey), secret, use('device_platform'),
  ].join(',');
  if (asks('qr_for_camera', (test) => test())) return { secret, payload: CAMERA_PREFIX + plain };
  return { secret, payload: asks('knobs', (knobs) => knobs._('770')) ? plain + HELP_SUFFIX : plain };
}

/** A switch of the page. One that is gone, that the page does not know (it throws), or that is no switch any more, is off. */
function asks(name, question) {
  try {
    const answer = question(use(name));
    return typeof answer !== 'object' && Boolean(answer);
  } catch {
    return false;
  }
}

/** A ref stays in the model when the connection that it belongs to is gone. */
function qrUsable(ref) {
  return Boolean(ref) && use('connection').ref === ref && use('socket').state === 'UNPAIRED' && !use('registered')();
}

/** Shows the code of the present ref, unless a newer one has come meanwhile. */
async function showQr() {
  const connection = use('connection');
  const { ref, refTTL, refExpiry } = connection;
  if (!ref) return;
  qr.generation += 1;
  const generation = qr.generation;
  const made = await qrPayload(ref);
  if (!made || generation !== qr.generation || !qrUsable(ref) || made.payload === qr.payload) return;
  // A batch has its own secret; within a batch the secret may change under the same ref.
  if (ref !== qr.ref) qr.attempt = made.secret === qr.secret ? qr.attempt + 1 : 1;
  qr.of = Math.max(qr.of, qr.attempt);
  Object.assign(qr, { ref, secret: made.secret, payload: made.payload });
  const ttlMs = Number(refTTL) || 0;
  const expiresAt = Math.round(Number(refExpiry) || Date.now() + ttlMs);
  emit('qr', { payload: made.payload, ttlMs, expiresAt, attempt: qr.attempt, of: qr.of });
}

function tellIdle() {
  if (qr.attempt) qr.of = qr.attempt;
  forgetQr();
  emit('qr_idle');
}

/** So that the same ref is shown again after something else was on the screen. */
function forgetQr() {
  qr.generation += 1;
  qr.payload = undefined;
}

function watchQr() {
  const show = guard('qr', showQr);
  listen('connection', 'change:ref', show);
  guard('qr', () => maybe('adv_secret_events')?.on('change', show))();
  listen('socket', 'change:state', guard('qr', (_socket, state) => {
    if (state === 'UNPAIRED_IDLE') tellIdle();
    // The page sets it after the ref (`WAWebHandlePairDevice`).
    else if (state === 'UNPAIRED') show();
  }));
  if (use('registered')()) return;
  if (use('socket').state === 'UNPAIRED_IDLE') tellIdle();
  else show();
}
