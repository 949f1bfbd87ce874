//! `cargo xtask demo`: the service is linked by QR code to a simulated phone, a message goes out, an answer comes in, a restart
//! needs no QR code.

use std::time::{Duration, Instant};

use crate::cargo::{self, Workspace};
use crate::console::Stage;
use crate::process::{self, End, Group};
use crate::simulator::Simulator;
use crate::{Fallible, setup};

const BUILD_LIMIT: Duration = Duration::from_secs(900);
const RUN_LIMIT: Duration = Duration::from_secs(180);
/// With `--stay` a person ends it; this only keeps a forgotten one from running for ever.
const STAY_LIMIT: Duration = Duration::from_secs(24 * 3600);

/// Runs the demonstration; `Ok(false)` when one of its steps failed.
pub(crate) fn run(stay: bool) -> Fallible<bool> {
    let workspace = Workspace::locate()?;
    let browser = setup::browser(&workspace.scratch)?;

    let mut stage = Stage::start("build (minutes at first)");
    let (log, out) = (workspace.scratch.join("demo-build.log"), workspace.scratch.join("demo-build.out"));
    // All of it, as the tests do: fewer features would build the long dependencies a second time.
    let mut build = cargo::command(&["build", "--workspace", "--all-features"]);
    // The bindings are for other languages, and need what those bring.
    build.args(["c", "node", "python"].map(|language| format!("--exclude=wa-client-{language}")));
    build.arg("--message-format=json-render-diagnostics").current_dir(&workspace.root);
    let end = process::run(&mut build, &log, &out, BUILD_LIMIT, || stage.tick());
    let built = matches!(end, Ok(End::Success));
    stage.finish(if built { "ok" } else { "FAIL" }, "");
    let read = |path| std::fs::read_to_string(path).map_err(|error| error.to_string());
    if !built {
        return Err(format!("the build failed:\n{}", read(&log)?));
    }
    let programs = cargo::executables(&read(&out)?);
    let program = |name: &str| {
        let found = programs.iter().find(|program| program.kind == "bin" && program.target == name);
        found.map(|program| &program.path).ok_or_else(|| format!("the build has no program {name}"))
    };

    let stage = Stage::start("simulator");
    let simulator = Simulator::start(program("wa-sim")?, &workspace.scratch.join("wa-sim-demo.log"))?;
    stage.finish("ok", &simulator.base);

    let mut demo = std::process::Command::new(program("demo")?);
    demo.args(["--simulator", &simulator.base])
        .arg("--service")
        .arg(program("axum-server")?)
        .env("CHROME_PATH", browser);
    if stay {
        demo.arg("--stay");
    }
    let limit = if stay { STAY_LIMIT } else { RUN_LIMIT };
    let mut demo = Group::spawn(&mut demo).map_err(|error| format!("the demo program: {error}"))?;
    match demo.wait(Instant::now() + limit, || ()).map_err(|error| error.to_string())? {
        Some(status) => Ok(status.success()),
        None => Err(format!("the demo did not end within {} s", limit.as_secs())),
    }
}
