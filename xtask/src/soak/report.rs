//! The outcome of a soak: a plot, a table, and the same as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::sample::{FIGURES, Sample};
use super::slope::Verdict;
use crate::plot::{self, Plot};

/// One figure over the whole run, and what is said of it.
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    pub(crate) heading: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) series: Vec<(f64, f64)>,
    pub(crate) verdict: Option<Verdict>,
}

impl Figure {
    /// The figures of a run, not judged yet.
    pub(crate) fn all(samples: &[Sample]) -> Vec<Self> {
        let series = |index: usize| samples.iter().map(|sample| (sample.at, sample.values[index])).collect();
        let figures = FIGURES.iter().enumerate();
        figures
            .map(|(index, &(name, heading, unit))| Self { name, heading, unit, series: series(index), verdict: None })
            .collect()
    }

    pub(crate) fn passes(&self) -> bool {
        self.verdict.is_some_and(|verdict| verdict.passes())
    }

    fn range(&self) -> (f64, f64) {
        let values = self.series.iter().map(|(_, value)| *value);
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| (least.min(value), most.max(value)))
    }
}

/// The table for people.
pub(crate) fn markdown(figures: &[Figure], minutes: f64, traffic: &Value) -> String {
    let mut text = format!("# Soak, {minutes:.0} min\n\nTraffic: `{traffic}`\n\n");
    text.push_str("| | First | Least | Most | Last | Slope an hour | Growth in the second half | Allowed | |\n");
    text.push_str("|---|---|---|---|---|---|---|---|---|\n");
    for figure in figures {
        let (least, most) = figure.range();
        let ends = [figure.series.first(), figure.series.last()].map(|end| end.map_or(f64::NAN, |(_, value)| *value));
        let (slope, growth, allowed) = figure
            .verdict
            .map_or((f64::NAN, f64::NAN, f64::NAN), |verdict| (verdict.per_hour, verdict.growth, verdict.allowed));
        let unit = if figure.unit.is_empty() { String::new() } else { format!(", {}", figure.unit) };
        let _ = writeln!(
            text,
            "| {}{unit} | {:.1} | {least:.1} | {most:.1} | {:.1} | {slope:.2} | {growth:.2} | {allowed:.1} | {} |",
            figure.heading,
            ends[0],
            ends[1],
            if figure.passes() { "ok" } else { "GROWS" }
        );
    }
    text
}

/// The same for programs, with all samples.
pub(crate) fn json(figures: &[Figure], minutes: f64, traffic: &Value) -> Value {
    let entry = |figure: &Figure| {
        let (least, most) = figure.range();
        let verdict = figure
            .verdict
            .map(|verdict| json!({"perHour": verdict.per_hour, "growth": verdict.growth, "allowed": verdict.allowed}));
        let value = json!({
            "unit": figure.unit, "least": least, "most": most, "verdict": verdict, "passes": figure.passes(),
            "samples": figure.series,
        });
        (figure.name.to_owned(), value)
    };
    json!({"minutes": minutes, "traffic": traffic, "figures": Value::from_iter(figures.iter().map(entry))})
}

/// One small plot for each figure, below each other.
pub(crate) fn svg(figures: &[Figure]) -> String {
    let plots: Vec<Plot> = figures.iter().map(plot).collect();
    plot::svg(&plots)
}

fn plot(figure: &Figure) -> Plot {
    let (least, most) = figure.range();
    let end = figure.series.last().map_or(1.0, |(at, _)| at.max(1.0));
    Plot {
        heading: format!("{} ({least:.1} to {most:.1} {})", figure.heading, figure.unit),
        points: figure.series.iter().map(|(at, value)| (at / end, *value)).collect(),
        end: format!("{:.1} min", end / 60.0),
        colour: if figure.passes() { "#2b6cb0" } else { "#c53030" },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_is_marked_in_table_and_plot() {
        let samples: Vec<Sample> =
            (0..20).map(|n| Sample { at: f64::from(n), values: [100.0, f64::from(n), 1.0, 2.0, 3.0, 4.0] }).collect();
        let mut figures = Figure::all(&samples);
        for figure in &mut figures {
            let growth = if figure.name == "browserRss" { 9.0 } else { 0.0 };
            figure.verdict = Some(Verdict { per_hour: growth, growth, allowed: 4.0 });
        }
        let traffic = json!({"sent": 3});
        let table = markdown(&figures, 1.0, &traffic);
        let grows: Vec<&str> = table.lines().filter(|line| line.ends_with("| GROWS |")).collect();
        assert_eq!(grows.len(), 1);
        assert!(grows[0].starts_with("| Browser, resident memory of all processes, MiB | 0.0 | 0.0 | 19.0 | 19.0 |"));
        let plot = svg(&figures);
        assert_eq!((plot.matches("<polyline").count(), plot.matches("#c53030").count()), (6, 1));
        let json = json(&figures, 1.0, &traffic);
        assert_eq!(json["figures"]["hostThreads"]["samples"].as_array().unwrap().len(), 20);
        assert_eq!(json["figures"]["browserRss"]["passes"], false);
        assert!(!Figure::all(&samples)[0].passes(), "without a verdict nothing is said to be well");
    }
}
