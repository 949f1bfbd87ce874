//! Runs one of our programs and reads what it prints, a QR code included.

#![allow(dead_code, reason = "each test binary uses its own part")]

use std::ffi::OsStr;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// Longer than anything a program does against the simulator.
const LIMIT: Duration = Duration::from_secs(60);

pub(crate) struct Program {
    child: Child,
    out: Lines<BufReader<ChildStdout>>,
}

impl Program {
    /// Starts `program` in `directory`. When the test ends early, it is killed.
    pub(crate) fn start<S: AsRef<OsStr>>(
        program: &str,
        directory: &Path,
        args: impl IntoIterator<Item = S>,
        env: &[(&str, &str)],
    ) -> Self {
        let mut child = Command::new(program)
            .current_dir(directory)
            .args(args)
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let out = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { child, out }
    }

    /// The next line; `None` at the end of the output.
    pub(crate) async fn line(&mut self) -> Option<String> {
        timeout(LIMIT, self.out.next_line()).await.expect("a line in time").expect("the output is readable")
    }

    /// Reads until a line holds `text`, and returns that line.
    pub(crate) async fn line_with(&mut self, text: &str) -> String {
        let mut before = Vec::new();
        while let Some(line) = self.line().await {
            if line.contains(text) {
                return line;
            }
            before.push(line);
        }
        panic!("no line with {text:?}, but {before:#?} and {}", self.errors().await);
    }

    /// Reads until a QR code has been drawn, and returns what is in it.
    pub(crate) async fn qr(&mut self) -> String {
        let mut drawn: Vec<Vec<char>> = Vec::new();
        while let Some(line) = self.line().await {
            if line.chars().any(|c| "█▀▄".contains(c)) {
                drawn.push(line.chars().collect());
            } else if !drawn.is_empty() {
                return scan(&drawn);
            }
        }
        panic!("no QR code, but {}", self.errors().await);
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> i32 {
        self.child.id().expect("still running").try_into().expect("a pid")
    }

    /// Signals it, as a terminal (`INT`) or a service manager (`TERM`) does.
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.pid()).expect("a pid");
        rustix::process::kill_process(pid, signal).expect("it can be signalled");
    }

    /// Waits for its end; what it printed besides lines already read, and what it complained about.
    pub(crate) async fn end(mut self) -> (ExitStatus, String, String) {
        let mut rest = String::new();
        while let Some(line) = self.line().await {
            rest.push_str(&line);
            rest.push('\n');
        }
        let errors = self.errors().await;
        let status = timeout(LIMIT, self.child.wait()).await.expect("it ends in time").expect("it can be waited for");
        (status, rest, errors)
    }

    async fn errors(&mut self) -> String {
        let mut errors = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            let read = timeout(LIMIT, stderr.read_to_string(&mut errors));
            read.await.expect("it ends in time").expect("text");
        }
        errors
    }
}

/// What a camera reads from a code drawn in half blocks on a dark terminal.
fn scan(lines: &[Vec<char>]) -> String {
    const SCALE: usize = 4;
    let light = |x: usize, y: usize| match (lines[y / 2].get(x), y % 2) {
        (Some('█'), _) | (Some('▀'), 0) | (Some('▄'), 1) => 0xff,
        _ => 0x00,
    };
    let (width, height) = (lines[0].len(), lines.len() * 2);
    let grey = |x, y| light(x / SCALE, y / SCALE);
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width * SCALE, height * SCALE, grey);
    let codes = picture.detect_grids();
    assert_eq!(codes.len(), 1, "one code on the terminal");
    codes[0].decode().expect("a readable code").1
}
