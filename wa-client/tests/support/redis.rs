//! A real redis-server on a free port of loopback, with a directory of its own; it ends with the test.

#![allow(dead_code, reason = "each test binary uses its own part")]

use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(20);

pub(crate) struct RedisServer {
    child: Option<Child>,
    port: u16,
    directory: TempDir,
    options: Vec<String>,
}

impl RedisServer {
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// Started with more options, for instance `["--requirepass", "secret"]`.
    pub(crate) async fn with(options: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a directory for temporary files");
        let options = options.iter().map(ToString::to_string).collect();
        let mut server = Self { child: None, port: 0, directory, options };
        // Between finding a free port and using it, somebody else may take it.
        for _ in 0..10 {
            server.port = free_port();
            if server.spawn().await {
                return server;
            }
        }
        panic!("redis-server does not start");
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Ends it at once, as a crash would.
    pub(crate) async fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().await.expect("it ends");
        }
    }

    /// Starts it again at the same port, empty.
    pub(crate) async fn restart(&mut self) {
        self.stop().await;
        assert!(self.spawn().await, "the port is still free");
    }

    /// Starts it again at the same port with other options.
    pub(crate) async fn restart_with(&mut self, options: &[&str]) {
        self.options = options.iter().map(ToString::to_string).collect();
        self.restart().await;
    }

    /// Stands still, while the system goes on accepting connections for it.
    pub(crate) fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let pid = self.child.as_ref().and_then(Child::id).expect("it runs");
        let pid = Pid::from_raw(pid.try_into().expect("a pid")).expect("a pid");
        rustix::process::kill_process(pid, signal).expect("it can be signalled");
    }

    /// What `redis-cli` prints for a command.
    pub(crate) async fn cli(&self, args: &[&str]) -> String {
        let mut command = Command::new("redis-cli");
        command.args(["-p", &self.port.to_string()]).args(args).stdin(Stdio::null());
        let output = timeout(LIMIT, command.output()).await.expect("an answer in time").expect("redis-cli runs");
        String::from_utf8(output.stdout).expect("text").trim_end_matches('\n').to_owned()
    }

    /// Whether it came up; it prints a line when it does.
    async fn spawn(&mut self) -> bool {
        let mut command = Command::new("redis-server");
        command.args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        command.arg("--dir").arg(self.directory.path()).args(&self.options);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("redis-server is installed");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let up = async {
            while let Some(line) = lines.next_line().await.expect("text") {
                if line.contains("Ready to accept connections") {
                    return true;
                }
            }
            false
        };
        let up = timeout(LIMIT, up).await.expect("it comes up or ends");
        // It goes on writing, and must not wait for a reader.
        tokio::spawn(async move { while lines.next_line().await.is_ok_and(|line| line.is_some()) {} });
        self.child = up.then_some(child);
        up
    }
}

/// A port that nobody uses right now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}
