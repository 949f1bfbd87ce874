'use strict';

// A page may keep a name and change what is behind it. What can be asked without any effect is asked before anybody relies on
// it; a place that does not answer as it should is left aside as if it were gone.

function isLinked() {
  try {
    return maybe('registered')?.() === true;
  } catch {
    return false;
  }
}

/** Asks, for each place of a capability that is there and not yet known as broken, until one answers as it should. */
function tryPlaces(name, question) {
  CAPABILITIES.get(name).at.forEach((place) => broken.delete(labelOf(name, place)));
  for (let found = locate(name); found; found = locate(name)) {
    let problem;
    try {
      if (question(found.value)) return;
      problem = 'answers otherwise';
    } catch {
      problem = 'fails when asked';
    }
    broken.set(labelOf(name, found.place), problem);
  }
}

/** What answers at once is asked at each look: a page that is still starting may do better next time. */
function tryAtOnce() {
  tryPlaces('registered', (ask) => isNothing(ask()) || typeof ask() === 'boolean');
  tryPlaces('own_number', (ask) => isAddress(ask()));
  tryPlaces('own_lid', (ask) => isAddress(ask()));
  const own = isLinked() ? { pn: addressOf(maybe('own_number')?.()), lid: addressOf(maybe('own_lid')?.()) } : {};
  const known = own.pn ?? own.lid;
  if (!known) return;
  tryPlaces('create_wid', (make) => addressOf(make(known)) === known);
  const make = maybe('create_wid');
  if (!make) return;
  tryPlaces('is_me', (ask) => typeof ask(make(known)) === 'boolean');
  if (own.pn) tryPlaces('lid_of_number', (ask) => isAddress(ask(make(own.pn))));
  if (own.lid) tryPlaces('number_of_lid', (ask) => isAddress(ask(make(own.lid))));
}

/** How long an answer that comes later may take, counted in looks, so that a page that stands still is not blamed. */
const TRIAL_MS = 2500;
const LONGEST_LOOK_MS = 500;

const NOT_BEGUN = { begun: false, asking: false, done: false, failed: false, spent: 0, problem: undefined };

/** The page has come as far as showing a code: before, it may not have what it stores its keys with. */
const showsCode = () => Boolean(maybe('connection')?.ref);

/** What a code is made of. None is needed when the account is linked, and there is no secret while a pairing code is out. */
const TRIALS = [
  {
    name: 'noise_keys',
    when: showsCode,
    ask: (keys) => keys.get(),
    fits: (keys) => isNothing(keys) || isKey(keys.staticKeyPair?.pubKey),
  },
  {
    name: 'identity_keys',
    when: showsCode,
    ask: (store) => store.getRegistrationInfo(),
    fits: (info) => isNothing(info) || isKey(info.identityKeyPair?.pubKey),
  },
  {
    name: 'adv_secret',
    when: () => showsCode() && !pairing.begun,
    ask: (secret) => secret(),
    fits: (secret) => typeof secret === 'string' && secret !== '',
  },
].flatMap((trial) => CAPABILITIES.get(trial.name).at.map((place) => ({ ...trial, place, ...NOT_BEGUN })));

/** Goes on with the trials: whether some are still to be decided, and whether some can be before long. */
function tryOn(passed) {
  if (isLinked()) return { open: false, soon: false };
  for (const trial of TRIALS) if (!trial.done) guard('trial', tryOne)(trial, Math.min(passed, LONGEST_LOOK_MS));
  const open = TRIALS.filter((trial) => !trial.done);
  return { open: open.length > 0, soon: open.some((trial) => trial.begun && !trial.failed) };
}

/** All places of a capability are asked at the same time: the next shall be known when the first does not answer. */
function tryOne(trial, passed) {
  const found = lookInto(trial.place);
  if (!found || CAPABILITIES.get(trial.name).shape(found.value) || !trial.when()) return;
  if (trial.begun) trial.spent += passed;
  trial.begun = true;
  if (trial.spent >= TRIAL_MS && !trial.failed) {
    trial.failed = true;
    broken.set(labelOf(trial.name, trial.place), trial.problem);
    // The code that waits for it has to be made from another place.
    guard('qr', showQr)();
  }
  if (!trial.asking) ask(trial, found.value);
}

async function ask(trial, value) {
  trial.asking = true;
  trial.problem = 'does not answer';
  try {
    trial.done = trial.fits(await trial.ask(value));
    trial.problem = 'answers otherwise';
  } catch {
    trial.problem = 'fails when asked';
  }
  trial.asking = false;
  if (trial.done) broken.delete(labelOf(trial.name, trial.place));
}

/** A listener of ours could not be attached to what is there. */
function breakDown(name, problem) {
  const found = locate(name);
  if (found) broken.set(labelOf(name, found.place), problem);
}
