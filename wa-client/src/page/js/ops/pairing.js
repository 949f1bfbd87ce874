'use strict';

function refuseWhenLinked() {
  if (use('registered')()) throw failure('already_authenticated', 'an account is linked');
}

/** A new batch of refs with a new secret; the codes follow as events. */
operation('qr_refresh', async (_args, turn) => {
  refuseWhenLinked();
  // A page that takes itself for offline throws them away (`WAWebHandlePairDevice`), and looks again only when the system
  // tells it of a change (`WAWebNetworkStatus`).
  const network = maybe('network');
  if (network?.online === false) await turn.within(network.checkOnline());
  turn.check();
  forgetQr();
  use('backend_events').triggerRefreshQR();
});

/** `WAWebAltDeviceLinkingApi`: each code needs a fresh preparation, and the page must be as far as showing a QR code. */
operation('pairing_code', async (args, turn) => {
  refuseWhenLinked();
  if (!/^\d{5,20}$/.test(String(args.phone))) throw failure('invalid_phone', 'a phone number has digits only');
  if (!use('connection').ref) throw failure('not_ready', 'the page is not connected to the server yet');
  use('pairing_set_type')(use('pairing_type').ALT_DEVICE_LINKING);
  forgetQr();
  await turn.within(use('pairing_prepare')());
  try {
    return { code: String(await turn.within(use('pairing_code')(String(args.phone), args.notify !== false))) };
  } catch (error) {
    throw pairingFailure(error);
  }
});

function pairingFailure(error) {
  if (error?.name === 'NoiseInfoIsNullError') return failure('not_ready', 'the page has no device keys yet');
  if (error?.type?.name === 'IQErrorBadRequest') return failure('invalid_phone', 'the server refuses this number');
  return error;
}

operation('pairing_cancel', async (_args, turn) => {
  refuseWhenLinked();
  await turn.within(use('pairing_cancel')());
  use('pairing_set_type')(use('pairing_type').QR_CODE);
  forgetQr();
  if (use('socket').state === 'UNPAIRED') await turn.within(showQr());
  else use('backend_events').triggerRefreshQR();
});
