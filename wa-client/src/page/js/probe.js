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
  /** Rarely used modules may come late; after that they are looked up when they are needed. */
  endMs: 120_000,
};

/** Calls `onUsable` once, when all core capabilities are there, and `onSurvey` after each look that found something. */
function startProbe(onUsable, onSurvey) {
  const begun = performance.now();
  const seen = { told: '', usable: false, growth: 0, grownAt: begun, comingSince: null, bootSince: null };
  let pause = PROBE.firstMs;

  const look = guard('probe', () => {
    const now = performance.now();
    const again = now - begun < PROBE.endMs && step(seen, now, onUsable, onSurvey);
    if (!again) return;
    setTimeout(look, pause);
    pause = Math.min(pause * 1.3, PROBE.longestMs);
  });
  look();
}

/** One look; says whether to look again. */
function step(seen, now, onUsable, onSurvey) {
  if (!loaderReady()) return true;
  const { size, present, needed } = inventory();
  const coming = present === null || present >= needed / 2;
  if (!coming) return true;
  seen.comingSince ??= now;

  // A module runs when it is first asked for. The page shall do that itself, in its own order: `Debug` is set when it
  // has come so far, but not in every build.
  const booted = window.Debug?.VERSION !== undefined;
  if (present === null || present === needed) seen.bootSince ??= now;
  const mayRun = booted || (seen.bootSince !== null && now - seen.bootSince >= PROBE.bootMs);
  const report = mayRun ? survey() : [];
  const found = report.filter((line) => line.status !== 'missing');

  if (size + found.length > seen.growth) {
    seen.growth = size + found.length;
    seen.grownAt = now;
  }
  const quiet = document.readyState === 'complete' && now - seen.grownAt >= PROBE.settleMs;
  const settled = quiet || now - seen.comingSince >= PROBE.patienceMs;
  if (!mayRun && !settled) return true;

  const lines = report.length ? report : survey();
  const usable = lines.every((line) => !line.core || line.status !== 'missing');
  const whole = lines.every((line) => line.status !== 'missing');
  if (!usable && !settled) return true;
  tellProbe(seen, lines, whole || settled);
  if (usable && !seen.usable) {
    seen.usable = true;
    onUsable();
  }
  if (seen.usable) onSurvey();
  return !whole;
}

function tellProbe(seen, report, complete) {
  const told = JSON.stringify([report.map((line) => line.status), complete]);
  if (told === seen.told) return;
  seen.told = told;
  emit('probe', { version: pageVersion(), complete, report });
}

function pageVersion() {
  const version = maybe('version') ?? window.Debug?.VERSION;
  return version === undefined ? undefined : String(version);
}
