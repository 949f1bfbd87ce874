//! The browser process: found, launched, watched, ended.

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::error::Error;
use crate::page::script::ScriptConfig;
use crate::page::{Page, PageEvent};

/// How to launch.
pub(crate) struct LaunchOptions {
    /// The program; `None` looks for it.
    pub(crate) executable: Option<PathBuf>,
    /// `<session_path>/session-<name>`, made with mode 0700 when missing.
    pub(crate) session_dir: PathBuf,
    /// The address [`Page::navigate`] goes to.
    pub(crate) page_url: String,
    /// Added to the arguments; `--enable-features` and `--disable-features` are merged with ours.
    pub(crate) extra_args: Vec<String>,
    /// The user agent; `None` takes the browser's own, without its word for headless.
    pub(crate) user_agent: Option<String>,
    /// `None`: the sandbox is off only for root.
    pub(crate) no_sandbox: Option<bool>,
    /// From spawning to the prepared page.
    pub(crate) launch_deadline: Duration,
    /// What is injected.
    pub(crate) script: ScriptConfig,
}

/// A browser with its prepared page.
pub(crate) struct Running {
    pub(crate) page: Page,
    /// Bounded. While nobody takes events, the browser keeps them and calls get no answer, so never await a call in the
    /// task that drains this.
    pub(crate) events: mpsc::Receiver<PageEvent>,
    pub(crate) process: Process,
}

/// The browser process. Dropping it ends the browser in the background.
pub(crate) struct Process {}

impl Process {
    /// The process id of the browser.
    pub(crate) fn pid(&self) -> u32 {
        todo!()
    }

    /// Ends the browser: asks it, closes the pipe, SIGTERM, SIGKILL; waits for its end and releases the session directory.
    /// Never takes longer than `deadline` plus one second. Says whether it ended without a signal.
    pub(crate) async fn close(self, deadline: Duration) -> Closed {
        todo!()
    }
}

/// How the browser ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// By itself: everything it had to store is stored.
    Gracefully,
    /// By a signal, or before we asked.
    Killed,
}

/// Starts the browser and prepares its page (binding and script installed), but does not navigate.
///
/// # Errors
/// `browser_not_found`, `browser_launch`, `profile_locked`, `config`.
pub(crate) async fn launch(opts: LaunchOptions) -> Result<Running, Error> {
    todo!()
}
