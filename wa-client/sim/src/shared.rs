//! The world and the sockets it talks through, behind one lock.
//!
//! Nothing awaits while it holds the lock, so calls and frames take effect one after the other, in arrival order.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::assets::Assets;
use crate::world::network::Network;
use crate::world::{Output, PageId, World};

/// What a page's socket task is told to do. The queue has no bound: what a test asks for must not be lost, and the
/// test decides how much it is.
#[derive(Debug)]
pub(crate) enum Out {
    Frame(Value),
    /// Close in order, after what was said before.
    Close,
    /// Break off at once.
    Cut,
}

struct Inner {
    world: World,
    links: HashMap<(PageId, u64), UnboundedSender<Out>>,
    /// Newest socket of each page.
    newest: HashMap<PageId, u64>,
}

pub(crate) struct Shared {
    inner: Mutex<Inner>,
    /// Counts the calls and frames, for those who wait for a change of the world.
    changed: watch::Sender<u64>,
    network: watch::Sender<Network>,
    stop: watch::Sender<bool>,
    started: (Instant, u64),
    pub(crate) token: Option<String>,
    pub(crate) assets: Assets,
}

impl Shared {
    pub(crate) fn new(seed: Option<u64>, token: Option<String>, assets: Assets) -> Self {
        let world = World::new(seed.unwrap_or_else(rand::random));
        let unix =
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(0));
        Self {
            inner: Mutex::new(Inner { world, links: HashMap::new(), newest: HashMap::new() }),
            changed: watch::Sender::new(0),
            network: watch::Sender::new(Network::default()),
            stop: watch::Sender::new(false),
            started: (Instant::now(), unix),
            token,
            assets,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Unix milliseconds on a clock that does not jump.
    fn now_ms(&self) -> u64 {
        let (start, unix) = self.started;
        unix + u64::try_from(start.elapsed().as_millis()).unwrap_or(0)
    }

    /// Runs `f` alone and hands what the world said to the sockets, in order.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut World) -> R) -> R {
        let mut inner = self.lock();
        let result = self.apply(&mut inner, f);
        drop(inner);
        self.changed.send_modify(|n| *n += 1);
        result
    }

    fn apply<R>(&self, inner: &mut Inner, f: impl FnOnce(&mut World) -> R) -> R {
        inner.world.set_now(self.now_ms());
        let result = f(&mut inner.world);
        for output in inner.world.take_output() {
            let (page, out) = match output {
                Output::Frame(page, frame) => (page, Out::Frame(frame)),
                Output::Close(page) => (page, Out::Close),
                Output::Cut(page) => (page, Out::Cut),
            };
            let Some(&socket) = inner.newest.get(&page) else { continue };
            let last = !matches!(out, Out::Frame(_));
            if let Some(link) = inner.links.get(&(page, socket)) {
                // A socket that just went away hears of it elsewhere.
                let _ = link.send(out);
            }
            if last {
                inner.links.remove(&(page, socket));
            }
        }
        let network = inner.world.network();
        self.network.send_if_modified(|known| std::mem::replace(known, network) != network);
        result
    }

    pub(crate) fn seq(&self) -> u64 {
        self.lock().world.seq()
    }

    /// A page's socket is there; what the world says to the page goes to `link` from now on.
    pub(crate) fn open(&self, load: Option<u64>, link: UnboundedSender<Out>) -> (PageId, u64) {
        let mut inner = self.lock();
        let (page, socket) = self.apply(&mut inner, |w| w.page_opened(load));
        inner.newest.insert(page, socket);
        inner.links.insert((page, socket), link);
        drop(inner);
        self.changed.send_modify(|n| *n += 1);
        (page, socket)
    }

    pub(crate) fn closed(&self, page: PageId, socket: u64) {
        self.lock().links.remove(&(page, socket));
        self.with(|w| w.page_closed(page, socket));
    }

    /// Ends the server and every page's socket.
    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    pub(crate) async fn stopped(&self) {
        // It cannot fail: the sender lives as long as `self`.
        let _ = self.stop.subscribe().wait_for(|s| *s).await;
    }

    pub(crate) fn network(&self) -> watch::Receiver<Network> {
        self.network.subscribe()
    }

    /// Waits until `f` has an answer; `None` when it has none in time.
    pub(crate) async fn wait_until<T>(&self, limit: Duration, mut f: impl FnMut(&World) -> Option<T>) -> Option<T> {
        let mut changed = self.changed.subscribe();
        let deadline = Instant::now() + limit;
        loop {
            changed.mark_unchanged();
            if let Some(found) = f(&self.lock().world) {
                return Some(found);
            }
            tokio::time::timeout_at(deadline, changed.changed()).await.ok()?.ok()?;
        }
    }
}

/// Runs what is due, as long as somebody holds the world.
pub(crate) async fn run_jobs(shared: Arc<Shared>) {
    let mut changed = shared.changed.subscribe();
    loop {
        changed.mark_unchanged();
        let due = shared.lock().world.next_due();
        let wait = due.map(|due| Duration::from_millis(due.saturating_sub(shared.now_ms())));
        match wait {
            Some(Duration::ZERO) => shared.with(World::run_due),
            Some(wait) => {
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    _ = changed.changed() => {}
                }
            }
            None => {
                if changed.changed().await.is_err() {
                    return;
                }
            }
        }
    }
}
