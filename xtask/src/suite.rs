//! A run of stages: each is a child process with a deadline, a log, a line on the terminal and its counts.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::console::Stage;
use crate::process::{self, End};
use crate::tally::{self, Runner, Tally};

const TAIL: usize = 60;

pub(crate) struct Suite {
    logs: PathBuf,
    total: Tally,
    started: Instant,
}

impl Suite {
    pub(crate) fn new(logs: &Path) -> Self {
        Self { logs: logs.to_owned(), total: Tally::default(), started: Instant::now() }
    }

    /// Runs one stage and adds up its counts; `true` when nothing failed.
    pub(crate) fn stage(&mut self, name: &str, runner: Runner, limit: Duration, command: &mut Command) -> bool {
        self.run(name, runner, limit, command).is_some()
    }

    /// The same for a command whose standard output is for us; `None` when it failed.
    pub(crate) fn build(&mut self, name: &str, limit: Duration, command: &mut Command) -> Option<String> {
        self.run(name, Runner::Check, limit, command)
    }

    fn run(&mut self, name: &str, runner: Runner, limit: Duration, command: &mut Command) -> Option<String> {
        let (log, stdout) = (self.file(name, "log"), self.file(name, "out"));
        let mut stage = Stage::start(name);
        let end = process::run(command, &log, &stdout, limit, || stage.tick());
        let text = fs::read(&stdout).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let (tally, problem) = judge(name, runner, &end, limit, &text);
        let ok = tally.failed == 0;
        stage.finish(
            if ok { "ok" } else { "FAIL" },
            &if runner == Runner::Check { String::new() } else { tally.line() },
        );
        if !ok {
            problem.iter().for_each(|problem| println!("      {problem}"));
            tally
                .failures
                .iter()
                .filter(|failure| *failure != name)
                .for_each(|failure| println!("      failed: {failure}"));
            // A check says on standard error what is wrong, if it says anything there.
            if !show_tail(&log) || runner != Runner::Check {
                show_tail(&stdout);
            }
        }
        self.total.add(&tally);
        ok.then_some(text)
    }

    /// Counts something that could not even be started.
    pub(crate) fn fail(&mut self, name: &str, why: &str) {
        Stage::start(name).finish("FAIL", why);
        self.total.add(&Tally { failed: 1, failures: vec![name.to_owned()], ..Tally::default() });
    }

    /// Says that something was left out and why.
    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        Stage::start(name).finish("--", &format!("skipped: {why}"));
        self.total.skipped += 1;
    }

    /// The closing lines; `true` when nothing failed.
    pub(crate) fn close(self) -> bool {
        if !self.total.failures.is_empty() {
            println!("\nFailed:");
            self.total.failures.iter().for_each(|name| println!("  {name}"));
        }
        let seconds = self.started.elapsed().as_secs();
        println!("\nTook {} min {:02} s. Logs: {}", seconds / 60, seconds % 60, self.logs.display());
        println!("{}", self.total.line());
        self.total.failed == 0
    }

    fn file(&self, name: &str, extension: &str) -> PathBuf {
        self.logs.join(format!("{}.{extension}", slug(name)))
    }
}

/// Prints the end of a log; `false` when there is nothing in it.
fn show_tail(path: &Path) -> bool {
    let text = fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    if lines.is_empty() {
        return false;
    }
    println!("      end of {}:", path.display());
    lines.iter().skip(lines.len().saturating_sub(TAIL)).for_each(|line| println!("      | {line}"));
    true
}

/// File name of a stage.
fn slug(name: &str) -> String {
    let plain = name.replace(|character: char| !character.is_ascii_alphanumeric() && character != '_', "-");
    plain.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// The counts of a run, and what was wrong with the run itself: one that ended badly is a failure whatever its output says.
fn judge(name: &str, runner: Runner, end: &io::Result<End>, limit: Duration, output: &str) -> (Tally, Option<String>) {
    let counts = tally::read(runner, output);
    let problem = match end {
        Ok(End::Success) if counts.is_none() => Some("it ended without its closing line".to_owned()),
        Ok(End::Success) => None,
        Ok(End::Failure(Some(code))) => Some(format!("it ended with exit status {code}")),
        Ok(End::Failure(None)) => Some("it was killed by a signal".to_owned()),
        Ok(End::TimedOut) => Some(format!("it was stopped after its limit of {} s", limit.as_secs())),
        Err(error) => Some(format!("it could not be run: {error}")),
    };
    let mut tally = counts.unwrap_or_default();
    if problem.is_some() && tally.failed == 0 {
        tally.failed = 1;
        tally.failures.push(name.to_owned());
    } else if runner == Runner::Check {
        tally.passed = 1;
    }
    (tally, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(5);
    const GOOD: &str = "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out";
    const BAD: &str = "test a ... FAILED\ntest result: FAILED. 1 passed; 1 failed; 0 ignored";

    fn line(runner: Runner, end: io::Result<End>, output: &str) -> String {
        judge("stage", runner, &end, LIMIT, output).0.line()
    }

    #[test]
    fn a_run_that_ended_badly_is_a_failure_whatever_it_printed() {
        assert_eq!(line(Runner::Rust, Ok(End::Success), GOOD), "2 passed, 0 failed");
        assert_eq!(line(Runner::Rust, Ok(End::Failure(Some(101))), BAD), "1 passed, 1 failed");
        assert_eq!(line(Runner::Rust, Ok(End::Failure(None)), GOOD), "2 passed, 1 failed");
        assert_eq!(line(Runner::Rust, Ok(End::TimedOut), "test a ... ok"), "0 passed, 1 failed");
        assert_eq!(line(Runner::Rust, Ok(End::Success), "nothing"), "0 passed, 1 failed");
        assert_eq!(line(Runner::Check, Ok(End::Success), ""), "1 passed, 0 failed");
        assert_eq!(line(Runner::Check, Ok(End::Failure(Some(1))), ""), "0 passed, 1 failed");
        assert_eq!(line(Runner::Check, Err(io::Error::other("gone")), ""), "0 passed, 1 failed");
    }

    #[test]
    fn stage_names_become_file_names() {
        assert_eq!(slug("wa-client: tests/login (browser)"), "wa-client-tests-login-browser");
    }
}
