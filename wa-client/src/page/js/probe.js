'use strict';

// Finds out when the page can be used. Its modules register bit by bit and no event says so, hence a short timer.

const PROBE = {
  /** First and longest pause between two looks. */
  firstMs: 20,
  longestMs: 250,
  /** Nothing new for so long, once the application's modules are coming in: what is missing stays missing. */
  settleMs: 1500,
  /** The same, however much else is still coming in, once the document is complete. */
  patienceMs: 4000,
  /** The same, when the document never gets there. */
  documentMs: 10_000,
  /** How long to wait for the page to run its own modules first. */
  bootMs: 1500,
  /** How long to look closely. Each change of the page's mode brings other modules, and opens the eyes again. */
  lookMs: 30_000,
  /** Between two looks afterwards, for what may still come. */
  slowMs: 10_000,
};

const probing = { told: '', usable: false, growth: 0, grownAt: 0, comingSince: null, completeSince: null, presentSince: null, until: 0, timer: null, at: null };

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
  Object.assign(probing, { until: now + PROBE.lookMs, grownAt: now, comingSince: null, completeSince: null });
}

function look(pause) {
  probing.timer = null;
  let more = true;
  guard('probe', () => {
    more = step(performance.now());
  })();
  if (!more || probing.timer) return;
  const closely = performance.now() < probing.until;
  probing.timer = setTimeout(look, closely ? pause : PROBE.slowMs, Math.min(pause * 1.3, PROBE.longestMs));
}

/** One look; says whether something is still to come. */
function step(now) {
  if (!loaderReady()) return true;
  const { size, present, needed } = inventory();
  if (present !== null && present < needed / 2) return true;
  probing.comingSince ??= now;
  const complete = document.readyState === 'complete';
  if (complete) probing.completeSince ??= now;

  // A module runs when it is first asked for. The page shall do that itself, in its own order: `Debug` is set when it
  // has come so far, but not in every build.
  if (present === null || present === needed) probing.presentSince ??= now;
  const waited = probing.presentSince !== null && now - probing.presentSince >= PROBE.bootMs;
  const mayRun = window.Debug?.VERSION !== undefined || waited;
  const trials = mayRun ? tryOn(now - (probing.at ?? now)) : { open: false, soon: false };
  probing.at = now;
  let report = mayRun ? survey() : [];

  const found = size + report.filter((line) => line.status !== 'missing').length;
  if (found > probing.growth) Object.assign(probing, { growth: found, grownAt: now });
  const quiet = complete && now - probing.grownAt >= PROBE.settleMs;
  const late = complete && now - probing.completeSince >= PROBE.patienceMs;
  const settled = !trials.soon && (quiet || late || now - probing.comingSince >= PROBE.documentMs);
  if (!mayRun && !settled) return true;

  if (!mayRun) report = survey();
  const whole = report.every((line) => line.status !== 'missing');
  const usable = whole || report.every((line) => !line.core || line.status !== 'missing');
  // What was usable and is not any more is told at once, and is final when nothing can be expected to change it.
  if (usable || settled || probing.usable) tellProbe(report, (whole && !trials.soon) || settled);
  if (usable && !probing.usable) {
    probing.usable = true;
    probing.onUsable();
  }
  if (probing.usable) probing.onSurvey();
  return !whole || trials.open;
}

function tellProbe(report, complete) {
  const told = JSON.stringify([report.map((line) => [line.status, line.core, line.module, line.problem]), complete]);
  if (told === probing.told) return;
  probing.told = told;
  emit('probe', { version: pageVersion(), complete, report });
}

function pageVersion() {
  const version = maybe('version') ?? window.Debug?.VERSION;
  return version === undefined ? undefined : String(version);
}
