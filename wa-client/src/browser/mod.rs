//! The browser process: found, launched, watched, ended.

#[cfg(not(unix))]
compile_error!("the browser is driven through inherited pipes, which so far only works on Unix systems");

mod args;
mod environment;
mod find;
pub(crate) mod identity;
mod in_use;
mod pipe;
mod private;
mod proc;
mod process;
mod profile;
#[cfg(all(test, feature = "__browser-tests"))]
mod tests;

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use command_fds::CommandFdExt;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::error::{Error, ErrorKind};
use crate::page::engine::{CommandError, Engine};
use crate::page::script::{self, ScriptConfig};
use crate::page::{Page, PageEvent, Preparation, WANTED, prepare};
#[cfg(any(test, feature = "__fuzz"))]
pub(crate) use pipe::Frames;
pub(crate) use process::{Exit, Process};
pub(crate) use profile::{SessionDir, read_state, write_state};

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

/// A browser with its prepared page. Dropping it, or only its `events`, ends the browser in the background.
pub(crate) struct Running {
    pub(crate) page: Page,
    /// Bounded. While nobody takes events, the browser keeps them and calls get no answer, so never await a call in the
    /// task that drains this.
    pub(crate) events: mpsc::Receiver<PageEvent>,
    pub(crate) process: Process,
}

/// Starts the browser and prepares its page (identity, binding and script), but does not navigate. When `given_up` comes
/// first, the browser is ended and gone when this returns. Dropping the future leaves nothing behind either.
///
/// # Errors
/// `cancelled` when given up, `browser_not_found` (also for one that is too old), `profile_locked`, `session_corrupt`, `config`, and `browser_launch` for everything else.
#[tracing::instrument(level = "debug", skip_all)]
pub(crate) async fn launch(opts: LaunchOptions, given_up: impl Future<Output = ()>) -> Result<Running, Error> {
    let source = script::source(&opts.script);
    launch_with(opts, source, given_up).await
}

async fn launch_with(
    opts: LaunchOptions,
    source: String,
    given_up: impl Future<Output = ()>,
) -> Result<Running, Error> {
    let give_up = Instant::now() + opts.launch_deadline;
    let left = || give_up.saturating_duration_since(Instant::now());
    let program = find::find(opts.executable.as_deref(), |name| std::env::var_os(name))?;
    let session = SessionDir::open(&opts.session_dir).await?;
    let no_sandbox = opts.no_sandbox.unwrap_or_else(|| rustix::process::geteuid().is_root());
    if no_sandbox {
        tracing::warn!("the browser runs without its sandbox");
    }
    let arguments = args::build(&args::Arguments {
        profile: session.path(),
        user_agent: opts.user_agent.as_deref(),
        no_sandbox,
        small_shm: small_shm(),
        extra: &opts.extra_args,
    })?;

    let (pipe, mut theirs) = pipe::open().map_err(failed("no pipes"))?;
    theirs.extend(environment::withheld().map_err(failed("no descriptors"))?);
    let (url, bridge) = pipe::bridge(pipe).await.map_err(failed("no loopback socket"))?;
    let mut command = environment::command(&program, arguments, std::env::vars_os());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
    command.fd_mappings(theirs).map_err(failed("no descriptors"))?;
    let child = command.spawn().map_err(failed("the program did not start"))?;
    // It keeps their ends of the pipes open.
    drop(command);
    if let Some(Err(error)) = child.id().and_then(|pid| pid.try_into().ok()).map(|pid| session.note_browser(pid)) {
        tracing::debug!(error = %error.kind(), "the browser is not noted in the lock");
    }
    // Nothing is awaited between the start of the program and this: from here on it ends with its owner.
    let mut process = Process::new(child, session, bridge).map_err(failed("the program ended at once"))?;

    let exit = process.exit();
    let preparation =
        Preparation { url: opts.page_url, user_agent: opts.user_agent, script: opts.script, source, exit };
    let prepared = async {
        let (engine, events) = Engine::connect(&url, WANTED, left()).await?;
        let version = engine.command(None, "Browser.getVersion", json!({}), left()).await?;
        if identity::is_too_old(&version) {
            return Err(Unfit::TooOld);
        }
        let page = prepare(&engine, events, preparation, &version, left()).await?;
        Ok::<_, Unfit>((engine, page))
    };
    let prepared = tokio::select! {
        prepared = prepared => prepared,
        () = given_up => {
            process.close(CLOSE_AFTER_FAILURE).await;
            return Err(Error::new(ErrorKind::Cancelled, "launch", "the start was given up"));
        }
    };
    match prepared {
        Ok((engine, (page, events))) => {
            process.speaks(engine);
            tracing::debug!(pid = process.pid(), "the browser is ready");
            Ok(Running { page, events, process })
        }
        Err(error) => Err(launch_error(process, error).await),
    }
}

/// Why a browser that has started is of no use.
enum Unfit {
    Command(CommandError),
    TooOld,
}

impl From<CommandError> for Unfit {
    fn from(error: CommandError) -> Self {
        Self::Command(error)
    }
}

/// Ends a browser that did not get ready, and tells why it did not.
async fn launch_error(process: Process, unfit: Unfit) -> Error {
    let exit = process.exit();
    process.close(CLOSE_AFTER_FAILURE).await;
    let exit = exit.borrow().clone().unwrap_or_default();
    let error = match unfit {
        Unfit::Command(error) => error,
        Unfit::TooOld => {
            let message = format!("the browser is too old: Chromium {} or newer is needed", identity::OLDEST);
            return Error::new(ErrorKind::BrowserNotFound, "launch", message);
        }
    };
    let reason = match error {
        CommandError::Timeout { .. } => "the browser did not get ready in time".to_owned(),
        CommandError::Closed => match (exit.code, exit.signal) {
            (Some(PROFILE_IN_USE), _) => {
                return Error::new(ErrorKind::ProfileLocked, "launch", "the session directory is in use by a browser");
            }
            (Some(code), _) => format!("the browser ended with code {code}"),
            (_, Some(signal)) => format!("the browser was ended by signal {signal}"),
            _ => "the browser closed its pipe".to_owned(),
        },
        CommandError::Refused { message, .. } => format!("the browser refused a command: {message}"),
    };
    let mut message = reason;
    if exit.stderr.contains("No usable sandbox") {
        message.push_str("; its sandbox needs user namespaces: allow them, or set no_sandbox");
    }
    if !exit.stderr.is_empty() {
        message.push_str("; it wrote: ");
        message.push_str(&exit.stderr);
    }
    Error::new(ErrorKind::BrowserLaunch, "launch", message)
}

/// The exit code of a Chromium whose profile another one uses.
const PROFILE_IN_USE: i32 = 21;
const CLOSE_AFTER_FAILURE: Duration = Duration::from_secs(2);

fn failed<E: std::error::Error + Send + Sync + 'static>(what: &'static str) -> impl FnOnce(E) -> Error {
    move |error| Error::new(ErrorKind::BrowserLaunch, "launch", format!("{what}: {error}")).with_source(error)
}

/// Containers often have 64 MB of shared memory, too little for a large page.
fn small_shm() -> bool {
    const ENOUGH: u64 = 256 << 20;
    cfg!(target_os = "linux")
        && rustix::fs::statvfs("/dev/shm").is_ok_and(|fs| fs.f_blocks.saturating_mul(fs.f_frsize) < ENOUGH)
}
