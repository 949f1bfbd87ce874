//! What a send and an event cost as chats and messages grow, each number with a simulator and a session of its own.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::session::{self, Programs};
use super::{Options, write};
use crate::Fallible;
use crate::cargo::Workspace;
use crate::plot::{self, Plot};
use crate::suite::Suite;

/// What grows, how it is called in a heading, and how far.
const SERIES: [(&str, &str, &[u64]); 2] = [
    ("chats", "chats, with a message each", &[10, 100, 1_000, 10_000]),
    ("messages", "messages in the page's database, in 100 chats", &[1_000, 10_000, 100_000]),
];
/// The most of a quick run.
const QUICK: u64 = 10_000;

/// Where a figure is, and its heading.
const COLUMNS: [(&str, &str); 10] = [
    ("/send_sequential_ms/p50", "send: p50, ms"),
    ("/send_sequential_ms/cpu_ms_per_send/host", "send: processor of the host, ms"),
    ("/send_sequential_ms/cpu_ms_per_send/chromium", "send: processor of the browser, ms"),
    ("/inbound_steady/latency_ms/p50", "event: p50, ms"),
    ("/inbound_steady/cpu_ms_per_message/host", "event: processor of the host, ms"),
    ("/inbound_steady/cpu_ms_per_message/chromium", "event: processor of the browser, ms"),
    ("/host_rss_seeded_mib", "host before the session, MiB"),
    ("/memory_idle/host_rss_mib", "host, MiB"),
    ("/memory_idle/chromium_pss/mib", "browser, MiB"),
    ("/scan_to_ready_ms/value", "scan → ready, ms"),
];

pub(super) fn run(
    suite: &mut Suite,
    workspace: &Workspace,
    out: &Path,
    browser: &Path,
    options: &Options,
) -> Fallible<()> {
    let Some(Programs { wa_sim, session }) = session::build(suite) else { return Ok(()) };
    let mut reports = Vec::new();
    for (what, _, counts) in SERIES {
        for count in counts.iter().filter(|count| !options.quick || **count <= QUICK) {
            let mut command = Command::new(&session);
            let command = command.env("CHROME_PATH", browser);
            let name = format!("bench: growth, {count} {what}");
            reports.extend(session::measure(suite, workspace, &name, &wa_sim, options, command, |it, base| {
                it.args([base, "--growth", what, &count.to_string()]);
            })?);
        }
    }
    let table = table(&reports);
    println!("\n{table}");
    write(&out.join("growth.json"), &format!("{:#}\n", json!(reports)))?;
    write(&out.join("growth.md"), &table)?;
    write(&out.join("growth.svg"), &plot::svg(&plots(&reports)))
}

/// The reports of one series, with their counts.
fn of<'a>(reports: &'a [Value], what: &'a str) -> impl Iterator<Item = (f64, &'a Value)> {
    reports.iter().filter(move |report| report["what"] == what).filter_map(|it| Some((it["count"].as_f64()?, it)))
}

fn figure(report: &Value, at: &str) -> f64 {
    report.pointer(at).and_then(Value::as_f64).unwrap_or(f64::NAN)
}

/// As Markdown, a row for each number.
fn table(reports: &[Value]) -> String {
    let headings: Vec<&str> = COLUMNS.iter().map(|(_, heading)| *heading).collect();
    let mut lines = vec![format!("| | {} |", headings.join(" | ")), format!("|---|{}", "---|".repeat(COLUMNS.len()))];
    for (what, heading, _) in SERIES {
        for (count, report) in of(reports, what) {
            let cells: Vec<String> = COLUMNS.iter().map(|(at, _)| format!("{:.2}", figure(report, at))).collect();
            lines.push(format!("| {count} {heading} | {} |", cells.join(" | ")));
        }
    }
    lines.join("\n") + "\n"
}

/// A line for each figure of each series; to the right the count grows by its logarithm.
fn plots(reports: &[Value]) -> Vec<Plot> {
    let mut plots = Vec::new();
    for (what, heading, _) in SERIES {
        let counts: Vec<f64> = of(reports, what).map(|(count, _)| count).collect();
        let (Some(first), Some(last)) = (counts.first(), counts.last()) else { continue };
        let place = |count: f64| if last > first { (count / first).log10() / (last / first).log10() } else { 0.0 };
        for (at, figure_heading) in COLUMNS {
            plots.push(Plot {
                heading: format!("{figure_heading}, from {first} to {last} {heading}"),
                points: of(reports, what).map(|(count, report)| (place(count), figure(report, at))).collect(),
                end: format!("{last} {what}"),
                colour: "#2b6cb0",
            });
        }
    }
    plots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_for_each_number_and_a_line_for_each_figure() {
        let report = |what: &str, count: u64| json!({"what": what, "count": count, "send_sequential_ms": {"p50": 2.5}});
        let reports = [report("chats", 10), report("chats", 100), report("chats", 1000), report("messages", 1000)];
        let table = table(&reports);
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(rows.len(), 4);
        assert!(rows[1].starts_with("| 100 chats, with a message each | 2.50 | NaN |"), "{}", rows[1]);
        let plots = plots(&reports);
        assert_eq!(plots.len(), 2 * COLUMNS.len());
        assert_eq!(plots[0].points, [(0.0, 2.5), (0.5, 2.5), (1.0, 2.5)]);
    }
}
