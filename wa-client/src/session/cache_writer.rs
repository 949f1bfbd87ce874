//! Keeps the cache in step with the session, off every critical path.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::clock::wall;
use super::request::View;
use crate::cache::{Cache, qr_key, status_key};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Event;
use crate::stream::EventHub;

/// Writes the newest view whenever it has changed, until the session has ended. While the cache fails, newer views replace
/// older ones; an outage is reported once.
pub(crate) async fn run(cache: Arc<dyn Cache>, mut views: watch::Receiver<View>, hub: EventHub, limit: Duration) {
    let mut degraded = false;
    loop {
        let view = views.borrow_and_update().clone();
        let result = match timeout(limit, write(&*cache, &view)).await {
            Ok(result) => result,
            Err(_) => Err(Error::new(ErrorKind::Cache, "write_cache", "no answer in time")),
        };
        match result {
            Ok(()) => degraded = false,
            Err(error) if !std::mem::replace(&mut degraded, true) => {
                tracing::warn!(error = %error, "the cache fails");
                hub.emit(wall(), Event::CacheDegraded);
            }
            Err(_) => {}
        }
        if views.changed().await.is_err() {
            return;
        }
    }
}

async fn write(cache: &dyn Cache, view: &View) -> Result<()> {
    let session = &view.snapshot.session;
    let internal =
        |error| Error::new(ErrorKind::Internal, "write_cache", "cannot be written as JSON").with_source(error);
    let status = serde_json::to_string(&view.snapshot).map_err(internal)?;
    cache.set(&status_key(session), &status, None).await?;
    match view.qr.as_ref().filter(|qr| qr.is_valid_at(wall())) {
        Some(qr) => {
            let left = qr.expires_at.saturating_since(wall());
            cache.set(&qr_key(session), &serde_json::to_string(qr).map_err(internal)?, Some(left)).await
        }
        None => cache.delete(&qr_key(session)).await,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::cache::{CacheFuture, MemoryCache};
    use crate::model::{ConnectionSnapshot, QrCode};

    /// A cache that can be out of order.
    #[derive(Debug)]
    struct Shaky {
        broken: AtomicBool,
        inner: MemoryCache,
    }

    impl Shaky {
        fn check(&self) -> Result<()> {
            if self.broken.load(Ordering::SeqCst) {
                return Err(Error::new(ErrorKind::Cache, "test", "out of order"));
            }
            Ok(())
        }
    }

    impl Cache for Shaky {
        fn get<'a>(&'a self, key: &'a str) -> CacheFuture<'a, Option<String>> {
            self.inner.get(key)
        }

        fn set<'a>(&'a self, key: &'a str, value: &'a str, ttl: Option<Duration>) -> CacheFuture<'a, ()> {
            Box::pin(async move {
                self.check()?;
                self.inner.set(key, value, ttl).await
            })
        }

        fn delete<'a>(&'a self, key: &'a str) -> CacheFuture<'a, ()> {
            self.inner.delete(key)
        }
    }

    #[tokio::test]
    async fn the_newest_view_is_kept_and_an_outage_is_told_once() {
        let cache = Arc::new(Shaky { broken: AtomicBool::new(false), inner: MemoryCache::new() });
        let hub = EventHub::new("default", 16, 0);
        let events = hub.subscribe();
        let snapshot = ConnectionSnapshot::stopped("default", wall());
        let qr = QrCode::new("payload".into(), wall(), wall() + Duration::from_secs(60), 1, 6);
        let (views, view) = watch::channel(View { snapshot, qr: Some(qr), report: None });
        let limit = Duration::from_secs(1);
        let writer = tokio::spawn(run(Arc::clone(&cache) as Arc<dyn Cache>, view, hub, limit));
        let key = qr_key("default");
        while cache.get(&key).await.unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        cache.broken.store(true, Ordering::SeqCst);
        views.send_modify(|view| view.qr = None);
        assert_eq!(events.next().await.unwrap().event, Event::CacheDegraded);
        views.send_modify(|view| view.snapshot.reconnect_attempts = 1);
        tokio::task::yield_now().await;
        cache.broken.store(false, Ordering::SeqCst);
        views.send_modify(|view| view.snapshot.reconnect_attempts = 2);
        drop(views);
        writer.await.unwrap();
        assert!(events.try_next().is_none(), "told once");
        assert!(cache.get(&key).await.unwrap().is_none());
        assert!(cache.get(&status_key("default")).await.unwrap().unwrap().contains("\"reconnectAttempts\":2"));
    }
}
