//! The library for C and C++, installed as users install it.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::cargo::Workspace;
use crate::setup;
use crate::suite::Suite;
use crate::tally::Runner;

/// The last that is built with a cargo of our toolchain.
const CARGO_C: &str = "0.10.24+cargo-0.98.0";
const BUILD_LIMIT: Duration = Duration::from_secs(900);
const RUN_LIMIT: Duration = Duration::from_secs(300);

/// Installs the library at an empty place, and builds and runs programs against that, outside of the tree. A browser is not needed:
/// the library's own tests do the rest.
pub(crate) fn run(suite: &mut Suite, workspace: &Workspace) {
    let tools = workspace.scratch.join("cargo-c");
    let cinstall = tools.join("bin/cargo-cinstall");
    let version = CARGO_C.split('+').next().unwrap_or_default();
    let present = setup::output(Command::new(&cinstall).args(["cinstall", "--version"]));
    if !present.is_some_and(|answer| answer.contains(version)) {
        let built = workspace.scratch.join("cargo-c-build");
        if !suite.stage("c: cargo-c", Runner::Check, BUILD_LIMIT, &mut cargo_c(&tools, &built)) {
            return;
        }
        // A gigabyte that nobody needs again.
        let _ = std::fs::remove_dir_all(&built);
    }
    let prefix = workspace.scratch.join("c-prefix");
    // What an earlier version installed must not help.
    if prefix.exists() && std::fs::remove_dir_all(&prefix).is_err() {
        return suite.fail("c: cargo cinstall", "what was installed before cannot be removed");
    }
    let mut install = Command::new(&cinstall);
    install.args(["cinstall", "--package", "wa-client-c", "--debug", "--locked", "--prefix"]).arg(&prefix);
    if suite.stage("c: cargo cinstall", Runner::Check, BUILD_LIMIT, install.current_dir(&workspace.root)) {
        let mut outside = Command::new("sh");
        outside.arg("bindings/c/tests/installed.sh").arg(&prefix).current_dir(&workspace.root);
        suite.stage("c: programs outside of the tree", Runner::Check, RUN_LIMIT, &mut outside);
    }
}

/// Without optimization, which takes a third of the time. Programs go below `tools`, what is built on the way into `built`.
fn cargo_c(tools: &Path, built: &Path) -> Command {
    let mut install =
        crate::cargo::command(&["install", "cargo-c", "--version", CARGO_C, "--locked", "--debug", "--root"]);
    install.arg(tools).env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_TARGET_DIR", built);
    install
}
