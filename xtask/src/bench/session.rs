//! Ours and theirs in turn, on the same simulator program and the same browser.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::figures::{Compared, ROWS, table};
use super::{Options, chart, empty, phases, write};
use crate::Fallible;
use crate::cargo::{self, Workspace};
use crate::conformance;
use crate::simulator::Simulator;
use crate::suite::Suite;

const BUILD_LIMIT: Duration = Duration::from_secs(1200);
const RUN_LIMIT: Duration = Duration::from_secs(900);
const ROUNDS: usize = 3;

pub(super) fn run(
    suite: &mut Suite,
    workspace: &Workspace,
    out: &Path,
    browser: &Path,
    options: &Options,
) -> Fallible<()> {
    let Some(Programs { wa_sim, session }) = build(suite) else { return Ok(()) };
    let peer = conformance::peer(suite, workspace);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 1..=options.rounds.unwrap_or(ROUNDS) {
        let mut command = Command::new(&session);
        let name = format!("bench: session, round {round}");
        ours.extend(measure(
            suite,
            workspace,
            &name,
            &wa_sim,
            options,
            command.env("CHROME_PATH", browser),
            |it, base| {
                it.arg(base);
            },
        )?);
        let Some((source, packages)) = &peer else { continue };
        let mut command = Command::new("node");
        command.arg("--expose-gc").arg(source.join("bench.mjs")).arg("--chromium").arg(browser);
        command.env("NODE_PATH", packages.join("node_modules")).current_dir(packages);
        let name = format!("bench: whatsapp-web.js, round {round}");
        theirs.extend(measure(suite, workspace, &name, &wa_sim, options, &mut command, |it, base| {
            it.args(["--base", base]);
        })?);
    }
    let compared = Compared::all(ROWS, &ours, &theirs);
    let table = format!("{}\n{}", table(&compared), phases::table(&ours));
    println!("\n{table}");
    write(&out.join("session.json"), &format!("{:#}\n", json!({"wa-client": ours, "whatsapp-web.js": theirs})))?;
    write(&out.join("session.md"), &table)?;
    write(&out.join("session.svg"), &chart::svg(&compared))
}

/// What is measured with.
pub(super) struct Programs {
    pub(super) wa_sim: PathBuf,
    pub(super) session: PathBuf,
}

pub(super) fn build(suite: &mut Suite) -> Option<Programs> {
    let mut build = cargo::command(&["build", "--release", "--message-format=json-render-diagnostics"]);
    build.args(["-p", "wa-client-benches", "-p", "wa-client-sim", "--bins"]);
    let messages = suite.build("bench: build", BUILD_LIMIT, &mut build)?;
    let programs = cargo::executables(&messages);
    let program = |name: &str| programs.iter().find(|program| program.target == name).map(|it| it.path.clone());
    let found = program("wa-sim").zip(program("session"));
    if found.is_none() {
        suite.fail("bench: build", "it made no programs");
    }
    found.map(|(wa_sim, session)| Programs { wa_sim, session })
}

/// One run against a simulator of its own: what it reports.
pub(super) fn measure(
    suite: &mut Suite,
    workspace: &Workspace,
    name: &str,
    wa_sim: &Path,
    options: &Options,
    command: &mut Command,
    address: impl FnOnce(&mut Command, &str),
) -> Fallible<Option<Value>> {
    let simulator = Simulator::start(wa_sim, &workspace.scratch.join("wa-sim-bench.log"))?;
    let data: PathBuf = empty(workspace.scratch.join("bench/data"))?;
    if options.quick {
        command.arg("--quick");
    }
    address(command, &simulator.base);
    let output = suite.build(name, RUN_LIMIT, command.env("TMPDIR", &data));
    let report = output.as_deref().and_then(|text| serde_json::from_str(&text[text.find('{')?..]).ok());
    if output.is_some() && report.is_none() {
        suite.fail(name, "it printed no figures");
    }
    Ok(report)
}
