//! The program `wa-client` as a host of its own, so that what it opens is told from what the simulator opens.

use std::path::PathBuf;

use rustix::process::Signal;
use serde_json::json;
use tempfile::TempDir;
use wa_client_sim::{SimClient, Simulator};

use crate::program::Program;
use crate::support::processes;

pub(crate) const OWN: &str = "5511900000001";
pub(crate) const FRIEND: &str = "5511988887777";

/// Starts the program the way a shell does. What it complains about goes into a file, because at the most verbose that is more
/// than a pipe holds.
const SHELL: &str = r#"exec "$@" 2>>complaints"#;

pub(crate) struct Bench {
    // Closed at the end of the test, not before.
    _simulator: Simulator,
    pub(crate) phone: SimClient,
    base: String,
    directory: TempDir,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        let simulator = Simulator::start().await.expect("the simulator starts");
        let phone = simulator.client();
        phone.accounts(json!([{"number": FRIEND, "registered": true}])).await.expect("a friend");
        let base = format!("{}/", simulator.base().trim_end_matches('/'));
        Self { _simulator: simulator, phone, base, directory: tempfile::tempdir().expect("a directory") }
    }

    /// Where the program runs; the sessions are in `sessions` below it.
    pub(crate) fn home(&self) -> PathBuf {
        self.directory.path().canonicalize().expect("a directory")
    }

    pub(crate) fn profile(&self) -> PathBuf {
        self.home().join("sessions/session-default")
    }

    /// Runs a command of the program behind lines of a shell, with more variables.
    pub(crate) fn run(&self, shell: &str, env: &[(&str, &str)], args: &[&str]) -> Program {
        let script = format!("{shell}\n{SHELL}");
        let all = ["-c", &script, "sh", env!("CARGO_BIN_EXE_wa-client"), "--session-path", "sessions", "--page-url"];
        let all = all.iter().copied().chain([self.base.as_str()]).chain(args.iter().copied());
        Program::start("/bin/sh", &self.home(), all, env)
    }

    /// What all runs so far have complained about, logs included.
    pub(crate) fn complaints(&self) -> String {
        std::fs::read_to_string(self.home().join("complaints")).expect("the file of complaints")
    }

    /// Links the account by what the terminal shows, and gives that.
    pub(crate) async fn link(&self, shell: &str, env: &[(&str, &str)]) -> String {
        let mut login = self.run(shell, env, &["login"]);
        let payload = login.qr().await;
        assert!(self.phone.scan(&payload).await.expect("the phone scans").linked);
        login.line_with("Ready.").await;
        let (status, ..) = login.end().await;
        assert!(status.success(), "{}", self.complaints());
        payload
    }

    /// A program that is connected and prints events until told to end.
    pub(crate) async fn listen(&self, shell: &str, env: &[(&str, &str)]) -> Program {
        let mut listen = self.run(shell, env, &["listen"]);
        listen.line_with(r#""event":"ready""#).await;
        listen
    }

    /// The main process of the browser.
    pub(crate) fn browser(&self) -> i32 {
        let browsers = processes::browsers(&self.profile());
        assert_eq!(browsers.len(), 1, "one browser works on the profile");
        browsers[0]
    }

    /// Every process of the browser: those of its group, and those that descend from it.
    pub(crate) fn browser_tree(&self) -> Vec<i32> {
        let mut tree = processes::group(self.browser());
        tree.extend(processes::descendants(self.browser()));
        tree.sort_unstable();
        tree.dedup();
        assert!(tree.len() > 3, "a browser with a page has helpers: {tree:?}");
        tree
    }
}

/// Ends a listening program as a service manager does.
pub(crate) async fn stop(listen: Program) {
    listen.signal(Signal::TERM);
    let (status, ..) = listen.end().await;
    assert!(status.success(), "{status}");
}
