//! `cargo xtask test`: fast checks first, then everything that needs a browser.

use std::process::Command;
use std::time::Duration;

use crate::cargo::{self, Executable, Workspace};
use crate::suite::Suite;
use crate::tally::Runner;
use crate::{Fallible, bindings, conformance, schemathesis, setup, soak};

/// A first build compiles the whole protocol of the browser, which takes minutes on a small machine.
const BUILD_LIMIT: Duration = Duration::from_secs(900);
const QUICK_LIMIT: Duration = Duration::from_secs(120);
const BROWSER_LIMIT: Duration = Duration::from_secs(420);
/// For the programs that try every fault, the first of them at every moment.
const FAULTS_LIMIT: Duration = Duration::from_secs(2400);
/// For the program that lets faults strike for five minutes; what is in doubt then is settled message by message.
const EXACTLY_ONCE_LIMIT: Duration = Duration::from_secs(900);

/// Test programs (package directory, name) that need no browser although they are integration tests.
const WITHOUT_BROWSER: [(&str, &str); 8] = [
    ("wa-client", "repo"),
    ("wa-client", "bindings"),
    ("wa-client", "documents"),
    ("wa-client", "leak_check"),
    ("sim", "contract"),
    ("axum-server", "api"),
    ("axum-server", "any_request"),
    ("c", "header"),
];

/// Runs everything; `Ok(false)` when something failed, `Err` when it could not even begin.
pub(crate) fn run(quick: bool) -> Fallible<bool> {
    let workspace = Workspace::locate()?;
    setup::toolchain()?;
    setup::node()?;
    let browser = if quick { None } else { Some(setup::browser(&workspace.scratch)?) };
    if !quick {
        setup::redis(&workspace.scratch)?;
        setup::curl(&workspace.scratch)?;
        setup::c(&workspace.scratch)?;
    }
    // Also for a quick run: the lints look at the binding for Python, which asks an interpreter.
    setup::python(&workspace.scratch)?;

    let mut suite = Suite::new(&workspace.scratch);
    checks(&mut suite, &workspace);
    script_tests(&mut suite, &workspace);

    // One build of everything with every feature; each program is then run by itself, with a limit of its own.
    let mut build = cargo::command(&["test", "--workspace", "--no-run", "--message-format=json-render-diagnostics"]);
    build.args(features(quick));
    let Some(messages) = suite.build("build", BUILD_LIMIT, &mut build) else { return Ok(suite.close()) };
    let (outside, programs): (Vec<_>, Vec<_>) =
        cargo::executables(&messages).into_iter().partition(|program| program.target == schemathesis::PROGRAM);
    let (browserless, browsing): (Vec<_>, Vec<_>) = programs.iter().filter(|it| it.harness).partition(needs_no_browser);
    // With every feature, the library's unit tests drive a browser too.
    let limit = if quick { QUICK_LIMIT } else { BROWSER_LIMIT };
    browserless.iter().for_each(|program| run_program(&mut suite, program, limit));
    let mut examples = cargo::command(&["test", "--workspace", "--doc"]);
    suite.stage("documentation examples", Runner::Rust, BUILD_LIMIT, examples.args(features(quick)));

    let Some(browser) = browser else {
        suite.skip("tests in the browser", "left out by --quick");
        return Ok(suite.close());
    };
    for program in browsing {
        let limit = match program.target.as_str() {
            "faults" | "system" => FAULTS_LIMIT,
            "exactly_once" => EXACTLY_ONCE_LIMIT,
            _ => BROWSER_LIMIT,
        };
        run_program(&mut suite, program, limit);
    }
    soak::stage(&mut suite, &programs, &browser);
    outside.iter().for_each(|program| schemathesis::run(&mut suite, &workspace, program));
    bindings::c::run(&mut suite, &workspace);
    bindings::python::run(&mut suite, &workspace, &browser);
    bindings::node::run(&mut suite, &workspace, &browser);
    match programs.iter().find(|program| !program.harness && program.target == "wa-sim") {
        Some(wa_sim) => conformance::run(&mut suite, &workspace, &wa_sim.path, &browser),
        None => suite.fail("conformance", "the build has no wa-sim"),
    }
    Ok(suite.close())
}

/// What is said about the code without running it.
fn checks(suite: &mut Suite, workspace: &Workspace) {
    let mut format = cargo::command(&["fmt", "--all", "--check", "--", "--color=never"]);
    suite.stage("format", Runner::Check, QUICK_LIMIT, &mut format);
    if setup::output(&mut cargo::command(&["deny", "--version"])).is_some() {
        let mut deny = cargo::command(&["deny", "--workspace", "check", "bans", "licenses", "sources"]);
        suite.stage("licences and dependencies", Runner::Check, QUICK_LIMIT, deny.current_dir(&workspace.root));
    } else {
        suite.skip("licences and dependencies", "cargo-deny is not installed (`cargo install cargo-deny`)");
    }
    let mut clippy = cargo::command(&["clippy", "--workspace", "--all-targets", "--all-features", "--", "-Dwarnings"]);
    suite.stage("lints", Runner::Check, BUILD_LIMIT, &mut clippy);
    let mut plain = cargo::command(&["clippy", "--workspace", "--all-targets", "--", "-Dwarnings"]);
    suite.stage("lints, default features", Runner::Check, BUILD_LIMIT, &mut plain);
    let mut doc = cargo::command(&["doc", "--workspace", "--no-deps", "--all-features"]);
    suite.stage("documentation", Runner::Check, BUILD_LIMIT, doc.env("RUSTDOCFLAGS", "-Dwarnings"));
}

/// The injected script by itself, in Node.
fn script_tests(suite: &mut Suite, workspace: &Workspace) {
    let name = "injected script";
    let directory = workspace.root.join("wa-client/tests/bridge_js");
    let files = std::fs::read_dir(&directory).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<_> = files.filter(|path| path.to_string_lossy().contains(".test.")).collect();
    if files.is_empty() {
        return suite.skip(name, "there are no tests in wa-client/tests/bridge_js");
    }
    files.sort();
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=tap"]).args(files).current_dir(&workspace.root);
    suite.stage(name, Runner::Node, QUICK_LIMIT, &mut node);
}

/// A feature that brings tests in the browser must not reach a quick run.
fn features(quick: bool) -> &'static [&'static str] {
    if quick { &["--features", "wa-client/cli"] } else { &["--all-features"] }
}

fn needs_no_browser(program: &&Executable) -> bool {
    program.kind != "test" || WITHOUT_BROWSER.contains(&(program.package_name(), &program.target))
}

/// One test program, started as cargo would start it.
fn run_program(suite: &mut Suite, program: &Executable, limit: Duration) {
    let name = match program.kind.as_str() {
        "test" => format!("{}: tests/{}", program.package_name(), program.target),
        "bin" => format!("{}: unit tests of {}", program.package_name(), program.target),
        _ => format!("{}: unit tests", program.package_name()),
    };
    let mut command = Command::new(&program.path);
    command.current_dir(&program.package).env("CARGO_MANIFEST_DIR", &program.package);
    // The end of the log is shown when something fails: it should be what failed, not where the runtime was.
    command.env("RUST_BACKTRACE", "0");
    suite.stage(&name, Runner::Rust, limit, &mut command);
}
