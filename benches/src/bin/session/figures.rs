//! Numbers of a run.

use std::time::Duration;

use serde_json::{Value, json};

/// Milliseconds of a time.
pub(crate) fn ms(time: Duration) -> f64 {
    rounded(time.as_secs_f64() * 1e3)
}

/// Three places are more than any of it can be trusted.
pub(crate) fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

/// What a list of times is like, in milliseconds.
pub(crate) fn stats(times: &[Duration]) -> Value {
    let mut times: Vec<f64> = times.iter().map(|time| ms(*time)).collect();
    times.sort_by(f64::total_cmp);
    let Some((least, most)) = times.first().zip(times.last()) else { return Value::Null };
    let mean = rounded(times.iter().sum::<f64>() / times.len() as f64);
    let [p50, p90, p99] = [0.5, 0.9, 0.99].map(|share| quantile(&times, share));
    json!({"n": times.len(), "min": least, "p50": p50, "p90": p90, "p99": p99, "max": most, "mean": mean})
}

/// The value that this share of the sorted values does not exceed.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = (sorted.len() as f64 * share).ceil() as usize;
    sorted[at.clamp(1, sorted.len()) - 1]
}

/// How many a second.
pub(crate) fn rate(count: usize, time: Duration) -> f64 {
    rounded(count as f64 / time.as_secs_f64())
}
