//! The npm package.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::cargo::Workspace;
use crate::suite::Suite;
use crate::tally::Runner;

/// A first release build compiles the whole protocol of the browser with optimisations.
const BUILD_LIMIT: Duration = Duration::from_secs(1800);
const INSTALL_LIMIT: Duration = Duration::from_secs(300);
const TYPES_LIMIT: Duration = Duration::from_secs(120);
const TEST_LIMIT: Duration = Duration::from_secs(420);

/// As users compile: `node16` for both kinds of modules, then as bundlers look for modules; the last one is the package's own
/// code against the types of its native half.
const TYPES: [&str; 3] = ["tsconfig.json", "tsconfig.bundler.json", "tsconfig.inside.json"];

/// Builds it, installs it where nothing else is, and runs its tests with `browser`.
pub(crate) fn run(suite: &mut Suite, workspace: &Workspace, browser: &Path) {
    let Some(project) = project(suite, workspace) else { return };
    let source = source(workspace);
    for config in TYPES {
        let mut types = Command::new("node");
        types.arg("node_modules/typescript/bin/tsc").arg("-p").arg(Path::new("tests/types").join(config));
        let name = format!("node: types, {}", config.trim_end_matches(".json"));
        // tsc says on standard output what is wrong.
        suite.stage(&name, Runner::Check, TYPES_LIMIT, types.current_dir(&project));
    }
    let files = fs::read_dir(source.join("tests")).into_iter().flatten().flatten();
    let mut tests: Vec<_> = files.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    tests.retain(|name| name.ends_with(".test.mjs"));
    tests.sort();
    if tests.is_empty() {
        return suite.fail("node: tests", "there are none in bindings/node/tests");
    }
    for test in tests {
        let mut node = Command::new("node");
        node.args(["--expose-gc", "--test", "--test-reporter=tap"]).arg(Path::new("tests").join(&test));
        node.env("CHROME_PATH", browser).current_dir(&project);
        suite.stage(&format!("node: {}", test.trim_end_matches(".test.mjs")), Runner::Node, TEST_LIMIT, &mut node);
    }
}

fn source(workspace: &Workspace) -> PathBuf {
    workspace.root.join("bindings/node")
}

/// Builds the package and installs its tarball into an empty project: the directory of that.
pub(crate) fn project(suite: &mut Suite, workspace: &Workspace) -> Option<PathBuf> {
    let scripts = source(workspace).join("scripts");
    let mut build = Command::new("node");
    build.arg(scripts.join("build.cjs")).arg("--check");
    if !suite.stage("node: build", Runner::Check, BUILD_LIMIT, &mut build) {
        return None;
    }
    let project = workspace.scratch.join("node-test");
    let mut install = Command::new("node");
    install.arg(scripts.join("project.cjs")).arg(&project);
    suite.stage("node: package and project", Runner::Check, INSTALL_LIMIT, &mut install).then_some(project)
}
