//! The service as a process of its own, as operators run it.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::http::Http;
use super::{PATIENCE, Rig, SECRET};

/// The service, running.
pub(crate) struct Running {
    pub(crate) http: Http,
    child: Child,
    out: JoinHandle<Vec<String>>,
    err: JoinHandle<Vec<String>>,
}

/// How it ended.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) took: Duration,
    pub(crate) out: Vec<String>,
    pub(crate) err: Vec<String>,
}

/// The program with what every test sets, in a directory of its own.
pub(crate) fn command(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_axum-server"));
    for name in axum_server::Settings::VARIABLES.iter().filter(|name| **name != "CHROME_PATH") {
        command.env_remove(name);
    }
    command
        .current_dir(directory)
        .env("PORT", "0")
        .env("WHATSAPP_LOG_FORMAT", "json")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// All lines, so that the process is never kept waiting for a reader; the address that the log tells goes to `found`.
fn drain(
    from: impl AsyncRead + Send + Unpin + 'static,
    found: Option<tokio::sync::oneshot::Sender<String>>,
) -> JoinHandle<Vec<String>> {
    let mut found = found;
    tokio::spawn(async move {
        let (mut lines, mut all) = (BufReader::new(from).lines(), Vec::new());
        while let Ok(Some(line)) = lines.next_line().await {
            if line.contains("\"listening\"")
                && let Some(found) = found.take()
            {
                let line: serde_json::Value = serde_json::from_str(&line).expect("JSON");
                let _ = found.send(line["address"].as_str().expect("an address").to_owned());
            }
            all.push(line);
        }
        all
    })
}

impl Running {
    /// Starts what `command` says, with this token for its calls.
    pub(crate) async fn spawn(mut command: Command, token: &str) -> Self {
        let mut child = command.spawn().expect("the program starts");
        let (found, address) = tokio::sync::oneshot::channel();
        let out = drain(child.stdout.take().expect("piped"), Some(found));
        let err = drain(child.stderr.take().expect("piped"), None);
        let address = timeout(PATIENCE, address).await.expect("it listens in time");
        let Ok(address) = address else { panic!("it does not listen: {:?}", err.await) };
        Self { http: Http::new(address, token), child, out, err }
    }

    /// Starts it on the simulator and the session directory of a rig.
    pub(crate) async fn start(rig: &Rig, env: &[(&str, &str)]) -> Self {
        let mut command = command(&rig.config.session_path);
        command
            .env("WHATSAPP_WEB_URL", &rig.config.page_url)
            .env("WHATSAPP_SESSION_PATH", &rig.config.session_path)
            .env("WHATSAPP_JWT_SECRET", SECRET)
            .env("WHATSAPP_MAX_PER_MINUTE", "0")
            .env("WHATSAPP_MAX_PER_DAY", "0")
            .envs(env.iter().copied());
        let token = axum_server::Auth::new(SECRET.as_bytes()).issue(Duration::from_secs(600)).expect("a token");
        Self::spawn(command, &token).await
    }

    /// Lets the simulated phone scan the first code; returns when messages can be sent.
    pub(crate) async fn link(&self, rig: &Rig) {
        let mut events = self.http.events("?after=0").await;
        let qr = events.until("qr").await.pop().expect("a code");
        let payload = qr.data["data"]["payload"].as_str().expect("text");
        super::leak::secret("QR payload", payload);
        rig.sim.scan(payload).await.expect("the phone accepts the code");
        events.until("ready").await;
    }

    /// Tells it to end, as a service manager does.
    pub(crate) fn terminate(&self) -> Instant {
        self.signal(Signal::TERM);
        Instant::now()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = self.child.id().expect("still running");
        let pid = Pid::from_raw(pid.try_into().expect("a pid")).expect("a pid");
        kill_process(pid, signal).expect("it can be signalled");
    }

    /// Waits for the end.
    pub(crate) async fn ended(mut self, since: Instant) -> Ended {
        let status =
            timeout(PATIENCE, self.child.wait()).await.expect("it ends in time").expect("it can be waited for");
        let took = since.elapsed();
        let out = timeout(PATIENCE, self.out).await.expect("its output ends").expect("no panic");
        let err = timeout(PATIENCE, self.err).await.expect("its output ends").expect("no panic");
        Ended { status, took, out, err }
    }

    pub(crate) async fn stop(self) -> Ended {
        let since = self.terminate();
        self.ended(since).await
    }
}

/// Processes that were started with this directory in their arguments.
pub(crate) fn processes_on(directory: &Path) -> Vec<String> {
    let directory = directory.to_str().expect("text");
    let read = std::fs::read_dir("/proc").expect("a list of processes").filter_map(Result::ok);
    let lines = read.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(directory))
        .collect()
}
