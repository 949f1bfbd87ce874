//! What the borders to other languages cost, all of them in one run on one machine.
//!
//! Each language has a program that does the same (`benches/src/bin/border.rs`, `benches/borders/`). They run in turn, several
//! times, each against a simulator of its own; the table shows medians with the least and the most.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::{Options, empty, write};
use crate::bindings::{node, python};
use crate::cargo::{self, Workspace};
use crate::simulator::Simulator;
use crate::suite::Suite;
use crate::tally::Runner;
use crate::{Fallible, setup};

const BUILD_LIMIT: Duration = Duration::from_secs(1200);
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

/// A language and the program that measures it.
struct Contender {
    language: &'static str,
    program: PathBuf,
    before: Vec<PathBuf>,
    after: Vec<PathBuf>,
    results: Vec<Value>,
}

impl Contender {
    fn new(language: &'static str, program: impl Into<PathBuf>) -> Self {
        Self { language, program: program.into(), before: Vec::new(), after: Vec::new(), results: Vec::new() }
    }

    /// The middle, the least and the most of one figure.
    fn figure(&self, field: &str) -> [f64; 3] {
        let mut values: Vec<f64> = self.results.iter().filter_map(|result| result[field].as_f64()).collect();
        values.sort_by(f64::total_cmp);
        match values.as_slice() {
            [] => [f64::NAN; 3],
            values => [values[values.len() / 2], values[0], values[values.len() - 1]],
        }
    }
}

pub(super) fn run(
    suite: &mut Suite,
    workspace: &Workspace,
    out: &Path,
    browser: &Path,
    options: &Options,
) -> Fallible<()> {
    setup::python(&workspace.scratch)?;
    setup::curl(&workspace.scratch)?;
    let Some((wa_sim, mut contenders)) = prepare(suite, workspace, out, browser) else { return Ok(()) };
    for round in 1..=options.rounds.unwrap_or(ROUNDS) {
        for contender in &mut contenders {
            measure(suite, workspace, contender, round, &wa_sim, browser)?;
        }
    }
    let table = table(&contenders);
    println!("\n{table}");
    let results = contenders.iter().map(|it| (it.language.to_owned(), Value::from(it.results.clone())));
    let json = Value::from_iter(results);
    write(&out.join("borders.json"), &format!("{json:#}\n"))?;
    write(&out.join("borders.md"), &table)
}

/// The simulator's program and one contender a language.
fn prepare(suite: &mut Suite, workspace: &Workspace, out: &Path, browser: &Path) -> Option<(PathBuf, Vec<Contender>)> {
    let mut build = cargo::command(&["build", "--release", "--message-format=json-render-diagnostics"]);
    build.args(["-p", "wa-client-benches", "-p", "wa-client-sim", "-p", "wa-client-c", "--bins", "--lib"]);
    let messages = suite.build("bench: build", BUILD_LIMIT, &mut build)?;
    let programs = cargo::executables(&messages);
    let program = |name: &str| Some(programs.iter().find(|program| program.target == name)?.path.clone());
    let (wa_sim, border) = (program("wa-sim")?, program("border")?);
    let libraries = border.parent()?.to_owned();
    let c = out.join("border-c");
    let mut compile = Command::new("cc");
    compile.args(["-std=c11", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-pthread", "-o"]).arg(&c);
    compile.arg(workspace.root.join("benches/borders/border.c")).arg("-I").arg(workspace.root.join("include"));
    compile.arg("-L").arg(&libraries).arg(format!("-Wl,-rpath,{}", libraries.display())).arg("-lwa_client_c");
    if !suite.stage("bench: C program", Runner::Check, RUN_LIMIT, &mut compile) {
        return None;
    }
    let interpreter = python::interpreter(suite, workspace, browser)?;
    let project = node::project(suite, workspace)?;
    let rust = Contender::new("Rust", border);
    let mut in_c = Contender::new("C", c);
    in_c.after.push(out.to_owned());
    let mut in_python = Contender::new("Python", interpreter);
    in_python.before.push(workspace.root.join("benches/borders/border.py"));
    let mut in_node = Contender::new("Node", "node");
    in_node.before.push(workspace.root.join("benches/borders/border.mjs"));
    in_node.after.push(project);
    Some((wa_sim, vec![rust, in_c, in_python, in_node]))
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
    let mut command = Command::new(&contender.program);
    command.args(&contender.before).arg(&simulator.base).args(&contender.after).current_dir(&data);
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
        let cell = |(field, _, unit): &(&str, &str, f64)| {
            let [middle, least, most] = contender.figure(field).map(|value| value / unit);
            format!("{middle:.2} ({least:.2}–{most:.2})")
        };
        let cells: Vec<String> = COLUMNS.iter().map(cell).collect();
        let a_second = 1e9 / contender.figure("event_ns")[0];
        let added = |field: &str| (contender.figure(field)[0] - contenders[0].figure(field)[0]) / 1e3;
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
