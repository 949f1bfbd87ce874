//! The simulator as a process of its own, as any other language would use it.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::Fallible;
use crate::process::Group;

const START_LIMIT: Duration = Duration::from_secs(30);

/// A running `wa-sim`; ends when dropped.
pub(crate) struct Simulator {
    pub(crate) base: String,
    _process: Group,
}

impl Simulator {
    /// Starts `program` on a free port and waits for the line that tells its address.
    pub(crate) fn start(program: &Path, log: &Path) -> Fallible<Self> {
        let log = File::create(log).map_err(|error| format!("{}: {error}", log.display()))?;
        let mut command = Command::new(program);
        command.args(["--json", "--port", "0"]).stdout(Stdio::piped()).stderr(log);
        let mut process = Group::spawn(&mut command).map_err(|error| format!("{}: {error}", program.display()))?;
        let stdout = process.leader().stdout.take().ok_or("the simulator's output is closed")?;
        let (lines, first) = mpsc::channel();
        thread::spawn(move || {
            // Read to the end, so that the simulator never waits for us.
            BufReader::new(stdout).lines().map_while(Result::ok).for_each(|line| drop(lines.send(line)));
        });
        let line = first.recv_timeout(START_LIMIT).map_err(|_| "the simulator did not tell its address".to_owned())?;
        let address: Value =
            serde_json::from_str(&line).map_err(|error| format!("the simulator's first line: {error}"))?;
        let base = address["base"].as_str().ok_or("the simulator's first line has no `base`")?.to_owned();
        Ok(Self { base, _process: process })
    }
}
