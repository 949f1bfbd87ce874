'use strict';

function refuseWhenLinked() {
  if (use('registered')()) throw failure('already_authenticated', 'an account is linked');
}

/** How long the page may take to find out whether it is online; it fetches one small file. */
const ONLINE_MS = 3000;

/**
 * A page that takes itself for offline throws new refs away (`WAWebHandlePairDevice`), and looks again only when the system
 * tells it of a change (`WAWebNetworkStatus`).
 */
async function lookForNetwork() {
  const network = maybe('network');
  if (network?.online !== false) return;
  const limit = new Turn(ONLINE_MS);
  try {
    await limit.within(network.checkOnline());
  } catch (error) {
    fault('network', error);
  } finally {
    limit.end();
  }
}

/** A new batch of refs with a new secret; the codes follow as events. */
operation('qr_refresh', async (_args, turn) => {
  refuseWhenLinked();
  await lookForNetwork();
  turn.check();
  forgetQr();
  use('backend_events').triggerRefreshQR();
});

/** Whether the page was asked to make a pairing code: it shows no QR code from then on. */
const pairing = { begun: false };

/** `WAWebAltDeviceLinkingApi`: each code needs a fresh preparation, and the page must be as far as showing a QR code. */
operation('pairing_code', async (args, turn) => {
  refuseWhenLinked();
  if (!/^\d{5,20}$/.test(String(args.phone))) throw failure('invalid_phone', 'a phone number has digits only');
  if (!use('connection').ref) throw failure('not_ready', 'the page is not connected to the server yet');
  // All of it is needed: nothing is begun that cannot be brought to its end.
  const [setType, types, prepare, make] = ['set_type', 'type', 'prepare', 'code'].map((step) => use(`pairing_${step}`));
  pairing.begun = true;
  setType(types.ALT_DEVICE_LINKING);
  forgetQr();
  await turn.within(prepare());
  try {
    const code = await turn.within(make(String(args.phone), args.notify !== false));
    if (!/^[0-9A-Z]{8}$/i.test(code)) throw failure('page', 'the page answered without a code');
    return { code };
  } catch (error) {
    throw pairingFailure(error);
  }
});

function pairingFailure(error) {
  if (error?.name === 'NoiseInfoIsNullError') return failure('not_ready', 'the page has no device keys yet');
  if (error?.type?.name === 'IQErrorBadRequest') return failure('invalid_phone', 'the server refuses this number');
  return error;
}

/** How long the page may take to go back to QR codes; it has nothing to ask anybody. */
const LEAVE_PAIRING_MS = 2000;

/** False when the page cannot: then only a new batch has a secret again. */
async function leavePairing() {
  const limit = new Turn(LEAVE_PAIRING_MS);
  const back = guard('pairing_cancel', () => use('pairing_set_type')(use('pairing_type').QR_CODE));
  try {
    await limit.within(use('pairing_cancel')());
    return true;
  } catch (error) {
    fault('pairing_cancel', error);
    return false;
  } finally {
    limit.end();
    back();
    pairing.begun = false;
  }
}

operation('pairing_cancel', async (_args, turn) => {
  refuseWhenLinked();
  const shown = !pairing.begun || (await turn.within(leavePairing()));
  forgetQr();
  if (shown && use('socket').state === 'UNPAIRED') await turn.within(showQr());
  else use('backend_events').triggerRefreshQR();
});
