//! Clients that none of us wrote, unmodified from npm, driven through their scenarios against the simulator.
//!
//! The driver of whatsapp-web.js lies beside the checkout and is run from there; where it is absent, its stages are
//! skipped. That of wa-js is one of the simulator's tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::Fallible;
use crate::cargo::Workspace;
use crate::simulator::Simulator;
use crate::suite::Suite;
use crate::tally::Runner;

const INSTALL_LIMIT: Duration = Duration::from_secs(300);
const DRIVE_LIMIT: Duration = Duration::from_secs(420);

pub(crate) fn run(suite: &mut Suite, workspace: &Workspace, wa_sim: &Path, browser: &Path) {
    let source = workspace.root.join("../shared/conformance/wwebjs");
    if source.join("drive.mjs").is_file() {
        whatsapp_web_js(suite, workspace, &source, wa_sim, browser);
    } else {
        suite.skip("conformance: whatsapp-web.js", "there is no ../shared/conformance/wwebjs/drive.mjs");
    }
    wa_js(suite, workspace, wa_sim, browser);
}

/// The driver's directory and its installed packages, for a bench; `None` when there is no driver or npm failed.
pub(crate) fn peer(suite: &mut Suite, workspace: &Workspace) -> Option<(PathBuf, PathBuf)> {
    let source = workspace.root.join("../shared/conformance/wwebjs");
    if !source.join("bench.mjs").is_file() {
        suite.skip("bench: whatsapp-web.js", "there is no ../shared/conformance/wwebjs/bench.mjs");
        return None;
    }
    let packages = workspace.scratch.join("conformance");
    install(suite, "bench: packages", &source, &packages).then_some((source, packages))
}

fn whatsapp_web_js(suite: &mut Suite, workspace: &Workspace, source: &Path, wa_sim: &Path, browser: &Path) {
    let packages = workspace.scratch.join("conformance");
    if !install(suite, "conformance: packages", source, &packages) {
        return;
    }
    for via in ["constant", "resolver"] {
        let name = format!("conformance: whatsapp-web.js, {via}");
        // A simulator of its own for each run, so that one cannot help the other.
        let simulator = match Simulator::start(wa_sim, &workspace.scratch.join(format!("wa-sim-{via}.log"))) {
            Ok(simulator) => simulator,
            Err(why) => {
                suite.fail(&name, &why);
                continue;
            }
        };
        let mut driver = Command::new("node");
        driver.arg(source.join("drive.mjs")).args(["--verbose", "--via", via, "--base", &simulator.base]);
        // Its own patience is for a machine that does nothing else.
        driver.args(["--timeout-scale", "2"]);
        driver.arg("--chromium").arg(browser).env("NODE_PATH", packages.join("node_modules"));
        suite.stage(&name, Runner::Driver, DRIVE_LIMIT, driver.current_dir(&packages));
    }
}

/// In both forms of address and with both shapes of keys, one after the other in one run.
fn wa_js(suite: &mut Suite, workspace: &Workspace, wa_sim: &Path, browser: &Path) {
    let name = "conformance: wa-js";
    let source = workspace.root.join("wa-client/sim/tests/clients");
    let packages = workspace.scratch.join("clients");
    if !install(suite, "conformance: packages of wa-js", &source, &packages) {
        return;
    }
    let simulator = match Simulator::start(wa_sim, &workspace.scratch.join("wa-sim-wa-js.log")) {
        Ok(simulator) => simulator,
        Err(why) => return suite.fail(name, &why),
    };
    let mut driver = Command::new("node");
    driver.arg(source.join("wajs.mjs")).args(["--verbose", "--timeout-scale", "2", "--base", &simulator.base]);
    driver.arg("--chromium").arg(browser).env("NODE_PATH", packages.join("node_modules"));
    suite.stage(name, Runner::Driver, DRIVE_LIMIT, driver.current_dir(&packages));
}

/// Puts the packages that `source` lists into `packages`.
fn install(suite: &mut Suite, name: &str, source: &Path, packages: &Path) -> bool {
    if let Err(why) = prepare(source, packages) {
        suite.fail(name, &why);
        return false;
    }
    let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(packages).env("PUPPETEER_SKIP_DOWNLOAD", "1");
    suite.stage(name, Runner::Check, INSTALL_LIMIT, &mut npm)
}

/// Copies the lists of packages next to where npm will put them: the driver's own directory stays as it is.
fn prepare(source: &Path, packages: &Path) -> Fallible<()> {
    let copy = |name: &str| fs::copy(source.join(name), packages.join(name));
    fs::create_dir_all(packages)
        .and_then(|()| copy("package.json"))
        .and_then(|_| copy("package-lock.json"))
        .map(drop)
        .map_err(|error| format!("{}: {error}", packages.display()))
}
