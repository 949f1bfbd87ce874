//! `cargo xtask soak`: traffic and light faults for as long as one likes, watched from outside. Whatever grows without end fails.
//!
//! The session (`benches/examples/soak.rs`) and the simulator are processes of their own, so that what is measured is the
//! library and its browser alone.

mod report;
mod sample;
mod slope;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cargo::{self, Executable, Workspace};
use crate::console::Stage;
use crate::process::{self, End, Group};
use crate::simulator::Simulator;
use crate::suite::Suite;
use crate::tally::Runner;
use crate::{Fallible, setup};
use report::Figure;
use slope::Limit;

const MINUTES: u64 = 30;
/// In a run of all tests.
const SHORT: u64 = 3;
const BUILD_LIMIT: Duration = Duration::from_secs(1200);
/// Start, link, the last messages and the end, beside the time that is watched.
const AROUND: Duration = Duration::from_secs(180);
/// A run is looked at about so often.
const SAMPLES: u32 = 600;
const SAMPLE_LEAST: Duration = Duration::from_millis(500);

/// What each figure may grow by over the second half, in the order of the samples.
///
/// Memory: the outbox and the inbox remember the last 20,000 messages each, and the page keeps the history of its chats and
/// what it loads of it for a search; collectors and the allocator come when they please. Threads: a pool starts and ends some.
/// Descriptors: pipes and sockets of one browser more. Processes: a renderer that is about to end beside the one that follows
/// it. Files: what a browser opens for a moment.
const LIMITS: [Limit; sample::FIGURES.len()] = [
    Limit::new(6.0, 0.004),
    Limit::new(80.0, 0.03),
    Limit::new(4.0, 0.0),
    Limit::new(8.0, 0.0),
    Limit::new(2.0, 0.0),
    Limit::new(4.0, 0.0),
];

/// The programs of a soak.
struct Programs {
    host: PathBuf,
    simulator: PathBuf,
}

impl Programs {
    fn find(programs: &[Executable]) -> Option<Self> {
        let program = |kind: &str, name: &str| {
            let found = programs.iter().find(|it| !it.harness && it.kind == kind && it.target == name);
            found.map(|it| it.path.clone())
        };
        Some(Self { host: program("example", "soak")?, simulator: program("bin", "wa-sim")? })
    }
}

/// What the person wants.
pub(crate) struct Options {
    minutes: u64,
    built: Option<Programs>,
}

impl Options {
    /// From the arguments after `soak`.
    pub(crate) fn parse(arguments: &[&str]) -> Fallible<Self> {
        let mut options = Self { minutes: MINUTES, built: None };
        let (mut host, mut simulator) = (None, None);
        let mut rest = arguments.iter();
        while let Some(name) = rest.next() {
            let value = rest.next().ok_or_else(|| format!("{name}: a value is missing"))?;
            match *name {
                "--minutes" => match value.parse() {
                    Ok(minutes) if (1..=7 * 24 * 60).contains(&minutes) => options.minutes = minutes,
                    _ => return Err("--minutes: 1 to 10080".to_owned()),
                },
                "--host" => host = Some(PathBuf::from(value)),
                "--simulator" => simulator = Some(PathBuf::from(value)),
                _ => return Err(format!("unknown argument: {name}")),
            }
        }
        options.built = host.zip(simulator).map(|(host, simulator)| Programs { host, simulator });
        Ok(options)
    }
}

/// The short soak as one stage of all tests, with what has been built already.
pub(crate) fn stage(suite: &mut Suite, programs: &[Executable], browser: &Path) {
    let name = format!("soak, {SHORT} min");
    let Some(programs) = Programs::find(programs) else { return suite.fail(&name, "the build lacks its programs") };
    let Ok(ours) = std::env::current_exe() else { return suite.fail(&name, "xtask does not find itself") };
    let mut command = Command::new(ours);
    command.args(["soak", "--minutes", &SHORT.to_string(), "--host"]).arg(programs.host);
    command.arg("--simulator").arg(programs.simulator).env("CHROME_PATH", browser);
    suite.stage(&name, Runner::Check, Duration::from_secs(SHORT * 60) + 2 * AROUND, &mut command);
}

/// Runs a soak; `Ok(false)` when something was lost or grows.
pub(crate) fn run(options: Options) -> Fallible<bool> {
    if cfg!(not(target_os = "linux")) {
        return Err("a soak reads /proc, which only Linux has".to_owned());
    }
    let workspace = Workspace::locate()?;
    let browser = setup::browser(&workspace.scratch)?;
    let programs = match options.built {
        Some(programs) => programs,
        None => build(&workspace)?,
    };
    let out = workspace.scratch.parent().unwrap_or(&workspace.scratch).join("soak");
    fs::create_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    let duration = Duration::from_secs(options.minutes * 60);
    let (samples, traffic) = watch(&programs, &browser, &out, duration)?;

    let messages = ["sent", "received"].iter().filter_map(|name| traffic[*name].as_f64()).sum();
    let mut figures = Figure::all(&samples);
    for (figure, limit) in figures.iter_mut().zip(LIMITS) {
        figure.verdict = slope::judge(&figure.series, messages, limit);
    }
    let minutes = duration.as_secs_f64() / 60.0;
    let table = report::markdown(&figures, minutes, &traffic);
    println!("\n{table}");
    let json = report::json(&figures, minutes, &traffic);
    fs::write(out.join("soak.svg"), report::svg(&figures))
        .and_then(|()| fs::write(out.join("summary.md"), table))
        .and_then(|()| fs::write(out.join("summary.json"), format!("{json}\n")))
        .map_err(|error| format!("{}: {error}", out.display()))?;
    println!("Written to {}", out.display());
    Ok(figures.iter().all(Figure::passes))
}

/// As `cargo xtask demo` builds: fewer features would build the long dependencies a second time.
fn build(workspace: &Workspace) -> Fallible<Programs> {
    let mut stage = Stage::start("build (minutes at first)");
    let (log, out) = (workspace.scratch.join("soak-build.log"), workspace.scratch.join("soak-build.out"));
    let mut build = cargo::command(&["build", "--workspace", "--all-features", "--bins", "--examples"]);
    build.args(["c", "node", "python"].map(|language| format!("--exclude=wa-client-{language}")));
    build.arg("--message-format=json-render-diagnostics").current_dir(&workspace.root);
    let end = process::run(&mut build, &log, &out, BUILD_LIMIT, || stage.tick());
    let built = matches!(end, Ok(End::Success));
    stage.finish(if built { "ok" } else { "FAIL" }, "");
    let read = |path| fs::read_to_string(path).map_err(|error| error.to_string());
    if !built {
        return Err(format!("the build failed:\n{}", read(&log)?));
    }
    Programs::find(&cargo::executables(&read(&out)?)).ok_or_else(|| "the build lacks the soak's programs".to_owned())
}

/// Runs the session and samples it until it ends; its samples, and what it says of its traffic.
fn watch(
    programs: &Programs,
    browser: &Path,
    out: &Path,
    duration: Duration,
) -> Fallible<(Vec<sample::Sample>, Value)> {
    let simulator = Simulator::start(&programs.simulator, &out.join("wa-sim.log"))?;
    let [data, temporary] = ["data", "tmp"].map(|name| out.join(name));
    for directory in [&data, &temporary] {
        let _ = fs::remove_dir_all(directory);
        fs::create_dir_all(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    }
    let (log, stdout) = (out.join("host.log"), out.join("host.out"));
    let file = |path: &Path| File::create(path).map_err(|error| format!("{}: {error}", path.display()));
    let mut host = Command::new(&programs.host);
    host.arg(&simulator.base).arg(duration.as_secs().to_string()).arg(&data);
    host.env("CHROME_PATH", browser).env("TMPDIR", &temporary).stdout(file(&stdout)?).stderr(file(&log)?);
    let mut host = Group::spawn(&mut host).map_err(|error| format!("{}: {error}", programs.host.display()))?;
    let (pid, began) = (host.leader().id(), Instant::now());
    let every = (duration / SAMPLES).max(SAMPLE_LEAST);
    let (mut samples, mut next) = (Vec::new(), began);
    let mut stage = Stage::start("soak");
    let ended = host.wait(began + duration + AROUND, || {
        stage.tick();
        // What comes after the traffic is the end of the browser, not a figure of its life.
        if Instant::now() >= next && began.elapsed() < duration {
            samples.extend(sample::take(pid, &data, &temporary, began.elapsed()));
            next += every;
        }
    });
    let ended = ended.map_err(|error| error.to_string())?;
    let well = ended.is_some_and(|status| status.success());
    stage.finish(if well { "ok" } else { "FAIL" }, &format!("{} samples", samples.len()));
    drop(host);
    let text = fs::read_to_string(&stdout).unwrap_or_default();
    if !well {
        let log = fs::read_to_string(&log).unwrap_or_default();
        return Err(format!("the session did not live through it: {}\n{text}", log.trim_end()));
    }
    let traffic = text.lines().last().and_then(|line| serde_json::from_str(line).ok());
    for directory in [&data, &temporary] {
        let _ = fs::remove_dir_all(directory);
    }
    Ok((samples, traffic.ok_or("the session printed no figures")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments() {
        assert_eq!(Options::parse(&[]).map(|it| it.minutes), Ok(MINUTES));
        assert_eq!(Options::parse(&["--minutes", "3"]).map(|it| it.minutes), Ok(3));
        assert!(Options::parse(&["--minutes", "3", "--host", "a", "--simulator", "b"]).unwrap().built.is_some());
        for wrong in [&["--minutes"][..], &["--minutes", "0"], &["--minutes", "x"], &["--hours", "3"]] {
            assert!(Options::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
