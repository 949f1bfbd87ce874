//! The threads that the core runs on: made with the first client, stopped before the interpreter ends, never used after a fork.
//!
//! Threads of the runtime never wait for Python's interpreter lock. One more thread tells Python what is done.

use std::future::Future;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use pyo3::prelude::*;
use tokio::runtime::{Handle, Runtime};
use tokio::time::timeout;
use wa_client::{Client, Error, ErrorKind, Result};

use crate::pending::Slot;

/// How long sessions may take to close when the interpreter ends, and threads after that. The core's own deadlines come first.
const CLOSING: Duration = Duration::from_secs(20);
const STOPPING: Duration = Duration::from_secs(2);

/// Only held with the interpreter attached and for moments, so that no fork out of Python finds it locked.
static ENGINE: Mutex<State> = Mutex::new(State::Idle);

enum State {
    Idle,
    Running(Box<Engine>),
    /// The interpreter of this process is ending.
    Stopped(u32),
}

struct Engine {
    link: Arc<Link>,
    runtime: Runtime,
    notifier: JoinHandle<()>,
}

/// What clients, calls and streams hold of the threads.
pub(crate) struct Link {
    pid: u32,
    pub(crate) runtime: Handle,
    notes: Sender<Note>,
    clients: Mutex<Vec<Weak<Client>>>,
    closing: Mutex<Vec<tokio::task::JoinHandle<()>>>,
}

enum Note {
    Done(Arc<Slot>),
    Stop,
}

impl Link {
    /// The threads of this process; `internal` when they cannot be made, `stopped` when the interpreter ends.
    pub(crate) fn current() -> Result<Arc<Self>> {
        let mut state = lock(&ENGINE);
        match &*state {
            State::Running(engine) if engine.link.is_ours() => return Ok(Arc::clone(&engine.link)),
            State::Stopped(pid) if *pid == std::process::id() => {
                return Err(Error::new(ErrorKind::Stopped, "new_client", "the interpreter is ending"));
            }
            _ => {}
        }
        let engine = Engine::start()?;
        let link = Arc::clone(&engine.link);
        // The threads of the parent do not exist here: their remains must not be touched, not even to be dropped.
        std::mem::forget(std::mem::replace(&mut *state, State::Running(Box::new(engine))));
        Ok(link)
    }

    /// Whether this is the process that made it, and not a fork of it.
    pub(crate) fn is_ours(&self) -> bool {
        self.pid == std::process::id()
    }

    /// # Errors
    /// `stopped` in a process that was forked from the one that made it.
    pub(crate) fn check(&self, operation: &'static str) -> Result<()> {
        if self.is_ours() {
            return Ok(());
        }
        let what = "this client belongs to the process before the fork; make a new one after it";
        Err(Error::new(ErrorKind::Stopped, operation, what))
    }

    /// Has Python told that `slot` is done.
    pub(crate) fn note(&self, slot: Arc<Slot>) {
        // Fails when the interpreter ends: then nobody is there to be told.
        let _ = self.notes.send(Note::Done(slot));
    }

    pub(crate) fn register(&self, client: &Arc<Client>) {
        let mut clients = lock(&self.clients);
        clients.retain(|client| client.strong_count() > 0);
        clients.push(Arc::downgrade(client));
    }

    /// Ends the session of a client that nobody holds any more.
    pub(crate) fn close(&self, client: Arc<Client>) {
        let task = self.runtime.spawn(async move { client.shutdown().await });
        let mut closing = lock(&self.closing);
        closing.retain(|task| !task.is_finished());
        closing.push(task);
    }

    /// Everything that is still to be closed.
    fn open(&self) -> impl Future<Output = ()> + use<> {
        let clients: Vec<_> = lock(&self.clients).drain(..).filter_map(|client| client.upgrade()).collect();
        let mut tasks: Vec<_> = lock(&self.closing).drain(..).collect();
        tasks.extend(clients.into_iter().map(|client| self.runtime.spawn(async move { client.shutdown().await })));
        async move {
            for task in tasks {
                let _ = task.await;
            }
        }
    }
}

impl Engine {
    fn start() -> Result<Self> {
        let failed = |error: std::io::Error| {
            Error::new(ErrorKind::Internal, "new_client", "threads cannot be started").with_source(error)
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .thread_name("wa-client")
            .enable_all()
            .build()
            .map_err(failed)?;
        let (notes, inbox) = channel();
        let notifier = std::thread::Builder::new().name("wa-client-notify".into());
        let notifier = notifier.spawn(move || tell(&inbox)).map_err(failed)?;
        let link = Arc::new(Link {
            pid: std::process::id(),
            runtime: runtime.handle().clone(),
            notes,
            clients: Mutex::default(),
            closing: Mutex::default(),
        });
        Ok(Self { link, runtime, notifier })
    }
}

/// Calls back into Python, many at a time.
fn tell(inbox: &Receiver<Note>) {
    let mut running = true;
    while running && let Ok(first) = inbox.recv() {
        let mut notes = Some(first);
        Python::try_attach(|py| {
            while let Some(note) = notes.take() {
                match note {
                    Note::Done(slot) => slot.tell(py),
                    Note::Stop => running = false,
                }
                notes = inbox.try_recv().ok();
            }
        });
        // Not attached: the interpreter is gone or going.
        running &= notes.is_none();
    }
}

/// Closes every session and stops all threads. Called when the interpreter ends; new clients are refused from then on.
#[pyfunction(name = "_stop")]
pub(crate) fn stop(py: Python<'_>) {
    let stopped = State::Stopped(std::process::id());
    let engine = match std::mem::replace(&mut *lock(&ENGINE), stopped) {
        State::Running(engine) if engine.link.is_ours() => engine,
        // Of the parent: see `Link::current`.
        other => return std::mem::forget(other),
    };
    py.detach(|| {
        let Engine { link, runtime, notifier } = *engine;
        let _ = runtime.block_on(async { timeout(CLOSING, link.open()).await });
        runtime.shutdown_timeout(STOPPING);
        let _ = link.notes.send(Note::Stop);
        let _ = notifier.join();
    });
}

/// A panic elsewhere leaves these plain values whole.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
