//! The floor: an empty round trip over the debugging protocol, with nothing of the library in between.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, PipeReader, PipeWriter, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use command_fds::{CommandFdExt as _, FdMapping};
use serde_json::{Value, json};

use crate::Fallible;

/// A browser with an empty page, and our two ends of its pipe.
struct Browser {
    child: Child,
    commands: PipeWriter,
    answers: BufReader<PipeReader>,
    last: u64,
}

/// How long an expression takes to come back from an empty page.
pub(crate) fn round_trips(browser: &Path, profile: &Path, count: usize) -> Fallible<Vec<Duration>> {
    let mut browser = Browser::start(browser, profile)?;
    let targets = browser.ask("Target.getTargets", &json!({}), None)?;
    let page = targets["targetInfos"].as_array().into_iter().flatten().find(|target| target["type"] == "page");
    let target = page.ok_or("the browser has no page")?["targetId"].clone();
    let attached = browser.ask("Target.attachToTarget", &json!({"targetId": target, "flatten": true}), None)?;
    let session = attached["sessionId"].as_str().ok_or("the page has no session")?.to_owned();
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let start = Instant::now();
        browser.ask("Runtime.evaluate", &json!({"expression": "0", "returnByValue": true}), Some(&session))?;
        times.push(start.elapsed());
    }
    browser.ask("Browser.close", &json!({}), None)?;
    browser.child.wait()?;
    Ok(times)
}

impl Browser {
    fn start(program: &Path, profile: &Path) -> io::Result<Self> {
        let (commands, ours) = io::pipe()?;
        let (from_browser, answers) = io::pipe()?;
        let mut command = Command::new(program);
        command.args(["--no-sandbox", "--no-first-run", "--disable-gpu", "--disable-quic", "--disable-sync"]);
        command.args(["--disable-background-networking", "--disable-component-update", "--ozone-platform=headless"]);
        command.args(["--window-size=1280,900", "--ozone-override-screen-size=1280,900", "--remote-debugging-pipe"]);
        command.arg(format!("--user-data-dir={}", profile.display())).arg("about:blank");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(profile.with_extension("log"))?);
        let mappings = vec![
            FdMapping { parent_fd: commands.into(), child_fd: 3 },
            FdMapping { parent_fd: answers.into(), child_fd: 4 },
        ];
        let child = command.fd_mappings(mappings).map_err(io::Error::other)?.spawn()?;
        Ok(Self { child, commands: ours, answers: BufReader::new(from_browser), last: 0 })
    }

    /// One command and its answer; events in between are passed over.
    fn ask(&mut self, method: &str, params: &Value, session: Option<&str>) -> Fallible<Value> {
        self.last += 1;
        let mut command = json!({"id": self.last, "method": method, "params": params});
        if let Some(session) = session {
            command["sessionId"] = session.into();
        }
        let mut bytes = serde_json::to_vec(&command)?;
        bytes.push(0);
        self.commands.write_all(&bytes)?;
        loop {
            let mut message = Vec::new();
            if self.answers.read_until(0, &mut message)? == 0 {
                return Err("the browser ended".into());
            }
            message.pop();
            let mut message: Value = serde_json::from_slice(&message)?;
            if message["id"] == self.last {
                return Ok(message["result"].take());
            }
        }
    }
}
