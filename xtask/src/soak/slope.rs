//! Does a figure grow for ever? The median of all slopes between two samples (Theil and Sen) says so whatever single samples
//! do, and looks at the second half only, when everything has warmed up.

/// What a figure may grow by over the second half of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limit {
    /// What breathes: caches that fill, collectors that come later.
    pub(crate) floor: f64,
    /// What each message is remembered with, by design.
    pub(crate) per_message: f64,
}

impl Limit {
    pub(crate) const fn new(floor: f64, per_message: f64) -> Self {
        Self { floor, per_message }
    }
}

/// What the second half of a series shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Verdict {
    /// In units of the figure an hour.
    pub(crate) per_hour: f64,
    /// By how much it grew over the half, along its slope.
    pub(crate) growth: f64,
    pub(crate) allowed: f64,
}

impl Verdict {
    pub(crate) fn passes(&self) -> bool {
        self.growth <= self.allowed
    }
}

/// As many samples as are compared with each other.
const MOST: usize = 400;

/// Judges `(seconds, value)` in order of time. `messages`: how many went through in the whole run. `None` for too few samples.
pub(crate) fn judge(series: &[(f64, f64)], messages: f64, limit: Limit) -> Option<Verdict> {
    let (first, last) = (series.first()?.0, series.last()?.0);
    let half: Vec<_> = series.iter().copied().filter(|(at, _)| *at >= first + (last - first) / 2.0).collect();
    let every = half.len().div_ceil(MOST).max(1);
    let kept: Vec<_> = half.iter().copied().step_by(every).collect();
    let slope = median_slope(&kept)?;
    let span = kept.last()?.0 - kept.first()?.0;
    let allowed = limit.floor + limit.per_message * messages / 2.0;
    Some(Verdict { per_hour: slope * 3600.0, growth: slope * span, allowed })
}

fn median_slope(samples: &[(f64, f64)]) -> Option<f64> {
    let mut slopes = Vec::new();
    for (index, (at, value)) in samples.iter().enumerate() {
        let later = samples[index + 1..].iter().filter(|(then, _)| then > at);
        slopes.extend(later.map(|(then, other)| (other - value) / (then - at)));
    }
    // Two samples make no trend.
    if samples.len() < 5 || slopes.is_empty() {
        return None;
    }
    let middle = slopes.len() / 2;
    Some(*slopes.select_nth_unstable_by(middle, f64::total_cmp).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RSS: Limit = Limit::new(4.0, 0.0);
    const COUNT: Limit = Limit::new(4.0, 0.0);

    /// A sample a second, with noise that repeats.
    fn series(seconds: u32, value: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
        (0..seconds).map(|second| (f64::from(second), value(f64::from(second)))).collect()
    }

    fn noise(at: f64) -> f64 {
        ((at * 12.9898).sin() * 43758.5453).fract()
    }

    fn passes(series: &[(f64, f64)], limit: Limit) -> bool {
        judge(series, 0.0, limit).unwrap().passes()
    }

    #[test]
    fn what_stays_passes_whatever_single_samples_do() {
        assert!(passes(&series(1800, |at| 100.0 + 5.0 * noise(at)), RSS));
        assert!(passes(&series(180, |at| 100.0 + 5.0 * noise(at)), RSS));
        assert!(
            passes(&series(1800, |at| if (at as u32).is_multiple_of(50) { 500.0 } else { 100.0 }), RSS),
            "outliers"
        );
        assert!(passes(&series(1800, |at| 100.0 + at % 120.0 / 10.0), RSS), "a collector that comes every two minutes");
        assert!(passes(&series(1800, |at| if at < 600.0 { at / 10.0 } else { 60.0 }), RSS), "warming up");
        assert!(passes(&series(1800, |at| 500.0 - at / 10.0), RSS), "falling");
    }

    #[test]
    fn a_leak_fails() {
        assert!(!passes(&series(1800, |at| 100.0 + at / 100.0), RSS), "36 an hour");
        assert!(!passes(&series(1800, |at| 100.0 + at / 100.0 + 5.0 * noise(at)), RSS), "in noise");
        assert!(!passes(&series(1800, |at| 100.0 + at / 60.0 + at % 120.0 / 10.0), RSS), "below a saw");
        assert!(!passes(&series(180, |at| 100.0 + at / 10.0), RSS), "in a short run");
        assert!(!passes(&series(1800, |at| 30.0 + (at / 60.0).floor()), COUNT), "a descriptor a minute");
    }

    #[test]
    fn what_is_remembered_by_design_is_allowed_and_no_more() {
        let grown = series(1800, |at| 100.0 + at / 100.0);
        // Eighteen in all, nine of them in the second half.
        let judged = |per_message| judge(&grown, 3600.0, Limit::new(1.0, per_message)).unwrap();
        assert!(judged(0.005).passes() && !judged(0.004).passes());
        assert!((judged(0.0).growth - 9.0).abs() < 0.1 && (judged(0.0).per_hour - 36.0).abs() < 0.1);
    }

    #[test]
    fn too_few_samples_are_no_verdict() {
        assert_eq!(judge(&[], 0.0, RSS), None);
        assert_eq!(judge(&series(6, |at| at), 0.0, RSS), None);
    }
}
