//! The world and the sockets it talks through, behind one lock.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::mpsc::UnboundedSender;

use crate::assets::Assets;
use crate::world::{Output, PageId, World};

/// What a page's socket task is told to do.
#[derive(Debug)]
pub(crate) enum Out {
    Frame(Value),
    Close,
}

struct Inner {
    world: World,
    links: HashMap<PageId, UnboundedSender<Out>>,
}

pub(crate) struct Shared {
    inner: Mutex<Inner>,
    pub(crate) token: Option<String>,
    pub(crate) assets: Assets,
}

impl Shared {
    pub(crate) fn new(seed: Option<u64>, token: Option<String>, assets: Assets) -> Self {
        let inner = Inner { world: World::new(seed.unwrap_or_else(rand::random)), links: HashMap::new() };
        Self { inner: Mutex::new(inner), token, assets }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `f` alone and hands what the world said to the sockets, in order.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut World) -> R) -> R {
        let mut inner = self.lock();
        let result = f(&mut inner.world);
        for output in inner.world.take_output() {
            match output {
                Output::Frame(page, frame) => {
                    if let Some(link) = inner.links.get(&page) {
                        let _ = link.send(Out::Frame(frame));
                    }
                }
                Output::Close(page) => {
                    if let Some(link) = inner.links.remove(&page) {
                        let _ = link.send(Out::Close);
                    }
                }
            }
        }
        result
    }

    pub(crate) fn open(&self, link: UnboundedSender<Out>) -> PageId {
        let page = self.with(World::page_opened);
        self.lock().links.insert(page, link);
        page
    }

    pub(crate) fn closed(&self, page: PageId) {
        self.lock().links.remove(&page);
        self.with(|w| w.page_closed(page));
    }
}
