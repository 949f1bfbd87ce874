//! What the borders to other languages cost, all of them in one run on one machine.
//!
//! Each language has a program that does the same (`benches/src/bin/border.rs`, `benches/borders/`). They run in turn, several
//! times, each against a simulator of its own; the table shows medians with the least and the most.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::contender::{Contender, Languages, json};
use super::figures::shown;
use super::{Options, empty, write};
use crate::Fallible;
use crate::cargo::Workspace;
use crate::simulator::Simulator;
use crate::suite::Suite;

const RUN_LIMIT: Duration = Duration::from_secs(300);
const ROUNDS: usize = 3;

/// What is measured: the field, its heading, and by what to divide it for people.
const COLUMNS: [(&str, &str, f64); 5] = [
    ("status_ns", "status call, µs", 1e3),
    ("awaited_ns", "awaited call, µs", 1e3),
    ("event_ns", "event, µs", 1e3),
    ("rss_kb", "process, MB", 1e3),
    ("idle_client_kb", "idle client, kB", 1.0),
];

pub(super) fn run(
    suite: &mut Suite,
    workspace: &Workspace,
    out: &Path,
    browser: &Path,
    languages: &Languages,
    options: &Options,
) -> Fallible<()> {
    let contenders = languages.contenders(suite, workspace, out, "border", "border");
    let (Some(mut contenders), Some(wa_sim)) = (contenders, languages.program("wa-sim")) else { return Ok(()) };
    for round in 1..=options.rounds.unwrap_or(ROUNDS) {
        for contender in &mut contenders {
            measure(suite, workspace, contender, round, wa_sim, browser)?;
        }
    }
    let table = table(&contenders);
    println!("\n{table}");
    write(&out.join("borders.json"), &json(&contenders))?;
    write(&out.join("borders.md"), &table)
}

fn measure(
    suite: &mut Suite,
    workspace: &Workspace,
    contender: &mut Contender,
    round: usize,
    wa_sim: &Path,
    browser: &Path,
) -> Fallible<()> {
    let simulator = Simulator::start(wa_sim, &workspace.scratch.join("wa-sim-bench.log"))?;
    let data = empty(workspace.scratch.join(format!("bench/data-{}-{round}", contender.language)))?;
    let line = contender.line(&simulator.base);
    let mut command = Command::new(&line[0]);
    command.args(&line[1..]).current_dir(&data);
    // cargo puts the libraries of debug builds there for those that it runs, and they would come first.
    command.env_remove("LD_LIBRARY_PATH");
    let name = format!("bench: {}, round {round}", contender.language);
    let output = suite.build(&name, RUN_LIMIT, command.env("CHROME_PATH", browser).env("TMPDIR", &data));
    let result = output.as_deref().and_then(|text| serde_json::from_str(text.lines().last()?).ok());
    match result {
        Some(result) => contender.results.push(result),
        None if output.is_some() => suite.fail(&name, "it printed no figures"),
        None => {}
    }
    fs::remove_dir_all(&data).map_err(|error| format!("{}: {error}", data.display()))
}

/// As Markdown: medians, and in brackets the least and the most; then what each adds to Rust.
fn table(contenders: &[Contender]) -> String {
    let heading: Vec<&str> = COLUMNS.iter().map(|(_, heading, _)| *heading).collect();
    let mut lines = vec![
        format!("| | {} | events a second | added: status, awaited, event, µs |", heading.join(" | ")),
        format!("|---|{}---|---|", "---|".repeat(COLUMNS.len())),
    ];
    for contender in contenders {
        let cell = |(field, _, unit): &(&str, &str, f64)| shown(contender.figure(field).map(|spread| spread / *unit));
        let cells: Vec<String> = COLUMNS.iter().map(cell).collect();
        let middle = |of: &Contender, field: &str| of.figure(field).map_or(f64::NAN, |spread| spread.middle);
        let a_second = 1e9 / middle(contender, "event_ns");
        let added = |field: &str| (middle(contender, field) - middle(&contenders[0], field)) / 1e3;
        let added = ["status_ns", "awaited_ns", "event_ns"].map(|field| format!("{:.2}", added(field)));
        lines.push(format!(
            "| {} | {} | {a_second:.0} | {} |",
            contender.language,
            cells.join(" | "),
            added.join(", ")
        ));
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_medians_and_what_is_added_is_told() {
        let mut rust = Contender::new("Rust", "");
        let mut other = Contender::new("C", "");
        let result = |ns: u64| serde_json::json!({"status_ns": ns, "awaited_ns": ns, "event_ns": ns, "rss_kb": 1000, "idle_client_kb": 1});
        rust.results = [3000, 1000, 2000].map(result).into();
        other.results = [2500, 2500, 2500].map(result).into();
        let table = table(&[rust, other]);
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert!(
            rows[0].starts_with("| Rust | 2.00 (1.00–3.00) |") && rows[0].ends_with("| 500000 | 0.00, 0.00, 0.00 |")
        );
        assert!(rows[1].ends_with("| 400000 | 0.50, 0.50, 0.50 |"), "{}", rows[1]);
    }
}
