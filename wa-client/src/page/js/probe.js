'use strict';

// Finds out when the page can be used. Its modules register bit by bit and no event says so, hence a short timer.

const PROBE = {
  /** First and longest pause between two looks. */
  firstMs: 20,
  longestMs: 250,
  /** Nothing new for so long, once the application's modules are coming in: what is missing stays missing. */
  settleMs: 1500,
  /** The same, however much else is still coming in. */
  patienceMs: 10_000,
  /** How long to wait for the page to run its own modules first. */
  bootMs: 1500,
  /** How long to look closely. Each change of the page's mode brings other modules, and opens the eyes again. */
  lookMs: 30_000,
  /** Between two looks afterwards, for what may still come. */
  slowMs: 10_000,
};

const probing = { told: '', usable: false, growth: 0, grownAt: 0, comingSince: null, presentSince: null, until: 0, timer: null };

/** Calls `onUsable` once, when all core capabilities are there, and `onSurvey` after each look from then on. */
function startProbe(onUsable, onSurvey) {
  Object.assign(probing, { onUsable, onSurvey });
  lookClosely();
  look(PROBE.firstMs);
}

/** The page has come further: looks until everything is found that it needs now. */
function lookAgain() {
  lookClosely();
  clearTimeout(probing.timer);
  probing.timer = setTimeout(look, 0, PROBE.firstMs);
}

function lookClosely() {
  const now = performance.now();
  Object.assign(probing, { until: now + PROBE.lookMs, grownAt: now, comingSince: null });
}

function look(pause) {
  probing.timer = null;
  let more = true;
  guard('probe', () => {
    more = step(performance.now());
  })();
  if (!more) return;
  const closely = performance.now() < probing.until;
  probing.timer = setTimeout(look, closely ? pause : PROBE.slowMs, Math.min(pause * 1.3, PROBE.longestMs));
}

/** One look; says whether something is still to come. */
function step(now) {
  if (!loaderReady()) return true;
  const { size, present, needed } = inventory();
  if (present !== null && present < needed / 2) return true;
  probing.comingSince ??= now;

  // A module runs when it is first asked for. The page shall do that itself, in its own order: `Debug` is set when it
  // has come so far, but not in every build.
  if (present === null || present === needed) probing.presentSince ??= now;
  const waited = probing.presentSince !== null && now - probing.presentSince >= PROBE.bootMs;
  const mayRun = window.Debug?.VERSION !== undefined || waited;
  let report = mayRun ? survey() : [];

  const found = size + report.filter((line) => line.status !== 'missing').length;
  if (found > probing.growth) Object.assign(probing, { growth: found, grownAt: now });
  const quiet = document.readyState === 'complete' && now - probing.grownAt >= PROBE.settleMs;
  const settled = quiet || now - probing.comingSince >= PROBE.patienceMs;
  if (!mayRun && !settled) return true;

  if (!mayRun) report = survey();
  const whole = report.every((line) => line.status !== 'missing');
  const usable = whole || report.every((line) => !line.core || line.status !== 'missing');
  if (usable || settled) tellProbe(report, whole || settled);
  if (usable && !probing.usable) {
    probing.usable = true;
    probing.onUsable();
  }
  if (probing.usable) probing.onSurvey();
  return !whole;
}

function tellProbe(report, complete) {
  const told = JSON.stringify([report.map((line) => [line.status, line.core]), complete]);
  if (told === probing.told) return;
  probing.told = told;
  emit('probe', { version: pageVersion(), complete, report });
}

function pageVersion() {
  const version = maybe('version') ?? window.Debug?.VERSION;
  return version === undefined ? undefined : String(version);
}
