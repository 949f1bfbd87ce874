//! The service, tried from outside by a tool that makes requests out of its description.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::cargo::{Executable, Workspace};
use crate::suite::Suite;
use crate::tally::Runner;

const INSTALL_LIMIT: Duration = Duration::from_secs(300);
const RUN_LIMIT: Duration = Duration::from_secs(420);

/// The name of the test program that runs it.
pub(crate) const PROGRAM: &str = "schemathesis";

/// Installs the tool into an environment of its own and runs `program` with it.
pub(crate) fn run(suite: &mut Suite, workspace: &Workspace, program: &Executable) {
    let environment = workspace.scratch.join("venv");
    let python = environment.join("bin/python");
    let list = program.package.join("tests/requirements.txt");
    // An environment that a failed run has left half made is made anew.
    let tool = environment.join("bin/st");
    if !tool.is_file() {
        let mut make = Command::new("python3");
        make.args(["-m", "venv", "--clear"]).arg(&environment);
        if !suite.stage("schemathesis: environment", Runner::Check, INSTALL_LIMIT, &mut make) {
            return;
        }
    }
    if !suite.stage("schemathesis: packages", Runner::Check, INSTALL_LIMIT, &mut install(&python, &list)) {
        return;
    }
    let mut command = Command::new(&program.path);
    command.arg("--ignored").current_dir(&program.package).env("CARGO_MANIFEST_DIR", &program.package);
    command.env("SCHEMATHESIS", tool).env("RUST_BACKTRACE", "0");
    suite.stage("schemathesis: the service", Runner::Rust, RUN_LIMIT, &mut command);
}

fn install(python: &Path, list: &Path) -> Command {
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(list);
    pip
}
