//! The handle on a session, with all that runs for it.

use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use wa_client::{Client, Config, Error, ErrorKind, Result};

use crate::call::{Completion, complete};
use crate::code::WaCode;
use crate::error::WaError;
use crate::guard::{self, c_text};
use crate::options::WaOptions;
use crate::thread::{Worker, block_on};
use crate::value::{WaValue, json};

/// A handle on one session: one WhatsApp account in one browser. It brings its own threads and leaves none behind. All
/// functions may be called from any thread, several at once, also inside callbacks.
pub struct WaClient {
    pub(crate) shared: Arc<Shared>,
    session: CString,
}

/// What the threads of a client have in common. Outlives the handle where a call is still under way in another thread.
pub(crate) struct Shared {
    pub(crate) client: Client,
    pub(crate) handle: Handle,
    runtime: Mutex<Option<Runtime>>,
    /// Ends every call that does not end by itself.
    pub(crate) cancel: CancellationToken,
    /// Held by every call that is under way.
    pub(crate) alive: watch::Sender<()>,
    completions: Mutex<Option<(mpsc::Sender<Completion>, Arc<Worker>)>>,
    dispatchers: Mutex<Vec<Arc<Worker>>>,
}

/// A write to a browser that has just ended shall fail, not end the program: in C, unlike in Rust, nobody ignores `SIGPIPE`.
/// Only threads of the library are changed, so it stays the program's own matter everywhere else.
#[cfg(unix)]
fn block_sigpipe() {
    use nix::sys::signal::{SigSet, Signal};
    let mut broken_pipe = SigSet::empty();
    broken_pipe.add(Signal::SIGPIPE);
    // It can only fail for a mask that is none.
    let _ = broken_pipe.thread_block();
}

#[cfg(not(unix))]
fn block_sigpipe() {}

/// How many threads work for one client besides those that run user code. The page is elsewhere, so there is little to do.
const WORKERS: usize = 2;

/// How long freeing waits for what ends on its own account.
const PATIENCE: Duration = Duration::from_secs(5);

impl WaClient {
    fn new(config: Config) -> Result<Self> {
        let failed = |e| Error::new(ErrorKind::Internal, "build", "no threads can be started").with_source(e);
        let runtime = Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .thread_name("wa-client")
            .on_thread_start(block_sigpipe)
            .enable_all()
            .build()
            .map_err(failed)?;
        let handle = runtime.handle().clone();
        let client = {
            let _entered = handle.enter();
            Client::builder().config(config).build()?
        };
        let session = c_text(client.session());
        let shared = Shared {
            client,
            handle,
            runtime: Mutex::new(Some(runtime)),
            cancel: CancellationToken::new(),
            alive: watch::Sender::new(()),
            completions: Mutex::default(),
            dispatchers: Mutex::default(),
        };
        Ok(Self { shared: Arc::new(shared), session })
    }

    /// A clone for a task.
    pub(crate) fn core(&self) -> Client {
        self.shared.client.clone()
    }
}

impl Shared {
    /// Where the thread that tells answers takes them from; it is started with the first call.
    pub(crate) fn completions(&self, operation: &'static str) -> Result<mpsc::Sender<Completion>> {
        let mut completions = lock(&self.completions);
        if let Some((sender, _)) = &*completions {
            return Ok(sender.clone());
        }
        let (sender, receiver) = mpsc::channel();
        let worker = Worker::spawn(operation, "wa-completions", || complete(receiver))?;
        *completions = Some((sender.clone(), worker));
        Ok(sender)
    }

    /// Remembers a thread that tells events, to wait for it at the end.
    pub(crate) fn dispatcher(&self, worker: &Arc<Worker>) {
        let mut dispatchers = lock(&self.dispatchers);
        dispatchers.retain(|other| !other.is_over());
        dispatchers.push(Arc::clone(worker));
    }

    /// Ends everything. The session first, for it answers what is under way.
    fn close(&self) {
        let Some(runtime) = lock(&self.runtime).take() else { return };
        let client = self.client.clone();
        // Page and browser have their deadline each, and the browser one more to be ended by force.
        let limit = 3 * client.config().deadlines.close + PATIENCE;
        let _ = block_on(runtime.spawn(async move { timeout(limit, client.shutdown()).await }));
        self.cancel.cancel();
        let alive = self.alive.clone();
        let _ = block_on(runtime.spawn(async move { timeout(PATIENCE, alive.closed()).await }));
        runtime.shutdown_timeout(PATIENCE);
        let completions = lock(&self.completions).take();
        if let Some((sender, worker)) = completions {
            drop(sender);
            worker.join();
        }
        let dispatchers = std::mem::take(&mut *lock(&self.dispatchers));
        dispatchers.iter().for_each(|worker| worker.join());
    }
}

/// A panic elsewhere leaves these fields whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes a client with these options, which are not changed and may be freed afterwards; NULL stands for the defaults. Nothing
/// is started before wa_client_initialize, apart from two threads. Free it with wa_client_free.
///
/// Fails with WA_CODE_CONFIG, naming the setting, when the options make no sense.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_new(
    options: *const WaOptions,
    client: *mut *mut WaClient,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("build", error, || {
        // SAFETY: NULL or a place for one pointer.
        unsafe { guard::wanted("build", "client", client) }?;
        // SAFETY: NULL or live options.
        let config = unsafe { options.as_ref() }.map_or_else(|| Ok(Config::default()), WaOptions::config)?;
        let made = WaClient::new(config)?;
        // SAFETY: it was there a moment ago.
        unsafe { guard::give(client, Some(made)) };
        Ok(())
    })
}

/// Shuts the session down as wa_client_shutdown does, ends all threads of the client and frees it. Session data is kept. NULL
/// is fine.
///
/// Calls that are under way in other threads end with WA_CODE_STOPPED or WA_CODE_DISCONNECTED; new ones must not be made. Every
/// completion callback that is still due is called, every subscription ends, and their threads are waited for. Handles of
/// subscriptions and calls stay valid and are freed as always.
///
/// May be called inside a callback of the same client. Then it does not wait for the thread that this callback runs on, which
/// ends soon after the callback has returned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_free(client: *mut WaClient) {
    guard::value((), || {
        // SAFETY: NULL or a client of ours that is not used again.
        if let Some(client) = unsafe { guard::take(client) } {
            client.shared.close();
        }
    });
}

/// The name of the session. Lives as long as the client; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_session(client: *const WaClient) -> *const c_char {
    // SAFETY: NULL or a live client.
    guard::value(ptr::null(), || unsafe { client.as_ref() }.map_or(ptr::null(), |client| client.session.as_ptr()))
}

/// The settings in use, with the defaults: the fields of wa_options_set_json, except "redisUrl", which may hold a password.
/// Free them with wa_value_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wa_client_config(
    client: *const WaClient,
    config: *mut *mut WaValue,
    error: *mut *mut WaError,
) -> WaCode {
    guard::code("config", error, || {
        // SAFETY: as documented for C.
        let client = unsafe {
            guard::wanted("config", "config", config)?;
            guard::handle("config", "client", client)?
        };
        let value = WaValue::new(json("config", client.shared.client.config())?);
        // SAFETY: it was there a moment ago.
        unsafe { guard::give(config, Some(value)) };
        Ok(())
    })
}
