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
use crate::model::{DisconnectReason, Phase};
use crate::stream::EventHub;

/// Between two attempts to write what could not be written.
const RETRY: Duration = Duration::from_secs(2);

/// Writes the newest view whenever it has changed since `views` was made, until the session has ended. While the cache fails, newer views replace
/// older ones, and the newest is tried again; an outage is reported once.
pub(crate) async fn run(cache: Arc<dyn Cache>, mut views: watch::Receiver<View>, hub: EventHub, limit: Duration) {
    let mut degraded = false;
    let mut ours = false;
    loop {
        let over = if degraded {
            timeout(RETRY, views.changed()).await.unwrap_or(Ok(())).is_err()
        } else {
            views.changed().await.is_err()
        };
        if over {
            return;
        }
        let view = views.borrow_and_update().clone();
        if !is_news(&view, &mut ours) {
            continue;
        }
        let result = match timeout(limit, write(&*cache, &view)).await {
            Ok(result) => result,
            Err(_) => Err(Error::new(ErrorKind::Cache, "write_cache", "no answer in time")),
        };
        match result {
            Ok(()) if std::mem::take(&mut degraded) => tracing::info!("the cache is back"),
            Ok(()) => {}
            Err(error) if !std::mem::replace(&mut degraded, true) => {
                tracing::warn!(error = %error, "the cache fails");
                hub.emit(wall(), Event::CacheDegraded);
            }
            Err(_) => {}
        }
    }
}

/// Another process may run the session. Until its profile is ours, there is nothing to say to others.
fn is_news(view: &View, ours: &mut bool) -> bool {
    match &view.snapshot.phase {
        Phase::StartingBrowser => *ours,
        Phase::Failed { reason: DisconnectReason::ProfileLocked } => false,
        Phase::Stopped | Phase::Failed { .. } => {
            *ours = false;
            true
        }
        _ => {
            *ours = true;
            true
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
        let mut snapshot = ConnectionSnapshot::stopped("default", wall());
        snapshot.phase = Phase::WaitingForScan;
        let (views, view) = watch::channel(View { snapshot, qr: None, report: None });
        let limit = Duration::from_secs(1);
        let writer = tokio::spawn(run(Arc::clone(&cache) as Arc<dyn Cache>, view, hub, limit));
        let key = qr_key("default");
        let qr = QrCode::new("payload".into(), wall(), wall() + Duration::from_secs(60), 1, 6);
        views.send_modify(|view| view.qr = Some(qr));
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

    #[tokio::test(start_paused = true)]
    async fn what_could_not_be_written_is_tried_again_by_itself() {
        let cache = Arc::new(Shaky { broken: AtomicBool::new(true), inner: MemoryCache::new() });
        let hub = EventHub::new("default", 16, 0);
        let events = hub.subscribe();
        let (views, view) =
            watch::channel(View { snapshot: ConnectionSnapshot::stopped("default", wall()), qr: None, report: None });
        tokio::spawn(run(Arc::clone(&cache) as Arc<dyn Cache>, view, hub, Duration::from_secs(1)));
        views.send_modify(|view| view.snapshot.phase = Phase::Ready);
        assert_eq!(events.next().await.unwrap().event, Event::CacheDegraded);
        cache.broken.store(false, Ordering::SeqCst);
        let written = async {
            while cache.get(&status_key("default")).await.unwrap().is_none() {
                tokio::task::yield_now().await;
                tokio::time::advance(Duration::from_millis(100)).await;
            }
        };
        timeout(Duration::from_secs(10), written).await.expect("nothing else has changed");
    }

    #[test]
    fn a_process_that_does_not_run_the_session_says_nothing() {
        let mut ours = false;
        let mut news = |phase: Phase| {
            let mut snapshot = ConnectionSnapshot::stopped("default", wall());
            snapshot.phase = phase;
            is_news(&View { snapshot, qr: None, report: None }, &mut ours)
        };
        assert!(!news(Phase::StartingBrowser));
        assert!(!news(Phase::Failed { reason: DisconnectReason::ProfileLocked }));
        assert!(news(Phase::Failed { reason: DisconnectReason::Other }), "no browser is news to everybody");
        assert!(news(Phase::LoadingPage) && news(Phase::StartingBrowser), "a restart of what is ours");
        assert!(news(Phase::Stopped) && !news(Phase::StartingBrowser));
    }
}
