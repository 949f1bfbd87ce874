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
use crate::model::{DisconnectReason, Phase, QrCode, Timestamp};
use crate::stream::EventHub;

/// How soon a failed write is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// How often the same is written again: a cache may have forgotten it without failing.
const REFRESH: Duration = Duration::from_secs(30);

/// Writes the newest view whenever it has changed, and now and then, until the session has ended. While the cache fails,
/// newer views replace older ones; an outage is reported once.
pub(crate) async fn run(cache: Arc<dyn Cache>, mut views: watch::Receiver<View>, hub: EventHub, limit: Duration) {
    let (mut degraded, mut running) = (false, false);
    loop {
        let view = views.borrow_and_update().clone();
        // Written again while nothing changes as long as it is ours, an end included.
        let ours = is_ours(&view.snapshot.phase, &mut running);
        loop {
            if ours {
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
            let again = match (degraded, running) {
                (true, _) => RETRY,
                (false, true) => REFRESH,
                // The end is told. From now on another process may run the session and write here.
                (false, false) => Duration::MAX,
            };
            match timeout(again, views.changed()).await {
                Ok(Ok(())) => break,
                Ok(Err(_)) => return,
                Err(_) => {}
            }
        }
    }
}

/// Whether this process has something to say of the session. Until it holds the session's directory, another process may
/// be running it, whose status and code must stay.
fn is_ours(phase: &Phase, running: &mut bool) -> bool {
    match phase {
        Phase::Stopped => std::mem::take(running),
        Phase::StartingBrowser => *running,
        Phase::Failed { reason } => {
            *running = false;
            *reason != DisconnectReason::ProfileLocked
        }
        _ => {
            *running = true;
            true
        }
    }
}

/// How long a code may stay in the cache: never longer than it lives, also when the clock was set back meanwhile.
fn left(qr: &QrCode, now: Timestamp) -> Duration {
    qr.expires_at.saturating_since(now.max(qr.generated_at))
}

async fn write(cache: &dyn Cache, view: &View) -> Result<()> {
    let session = &view.snapshot.session;
    let internal =
        |error| Error::new(ErrorKind::Internal, "write_cache", "cannot be written as JSON").with_source(error);
    let status = serde_json::to_string(&view.snapshot).map_err(internal)?;
    cache.set(&status_key(session), &status, None).await?;
    match view.qr.as_ref().filter(|qr| qr.is_valid_at(wall())) {
        Some(qr) => {
            let left = left(qr, wall());
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
    use crate::model::{ConnectionSnapshot, ConnectionStatus};

    fn snapshot(status: ConnectionStatus, phase: Phase) -> ConnectionSnapshot {
        ConnectionSnapshot::new("default", status, phase, wall())
    }

    #[test]
    fn a_code_does_not_outlive_itself_when_the_clock_is_set() {
        let (made, minute, day) = (wall(), Duration::from_secs(60), Duration::from_secs(86_400));
        let qr = QrCode::new("payload".into(), made, made + minute, 1, 6);
        assert_eq!(left(&qr, made + minute / 2), minute / 2);
        assert_eq!(left(&qr, made - day), minute, "set back by a day");
        assert_eq!(left(&qr, made + day), Duration::ZERO, "set ahead by a day");
    }

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
        let snapshot = snapshot(ConnectionStatus::QrReady, Phase::WaitingForScan);
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

    #[tokio::test(start_paused = true)]
    async fn after_an_outage_the_same_is_written_without_a_change() {
        let cache = Arc::new(Shaky { broken: AtomicBool::new(true), inner: MemoryCache::new() });
        let hub = EventHub::new("default", 16, 0);
        let events = hub.subscribe();
        let ready = snapshot(ConnectionStatus::Ready, Phase::Ready);
        let (_views, view) = watch::channel(View { snapshot: ready, qr: None, report: None });
        tokio::spawn(run(Arc::clone(&cache) as Arc<dyn Cache>, view, hub, Duration::from_secs(1)));
        assert_eq!(events.next().await.unwrap().event, Event::CacheDegraded);
        cache.broken.store(false, Ordering::SeqCst);
        let key = status_key("default");
        tokio::time::advance(RETRY).await;
        while cache.get(&key).await.unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        // And what the cache forgot without failing comes back as well.
        cache.inner.delete(&key).await.unwrap();
        tokio::time::advance(REFRESH).await;
        while cache.get(&key).await.unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        assert!(events.try_next().is_none(), "told once");
    }

    #[test]
    fn what_another_process_wrote_stays_until_the_session_is_ours() {
        let locked = || Phase::Failed { reason: DisconnectReason::ProfileLocked };
        let crashed = || Phase::Failed { reason: DisconnectReason::BrowserCrashed };
        for (phases, expected) in [
            (vec![Phase::Stopped, Phase::StartingBrowser, locked()], vec![false, false, false]),
            (vec![Phase::StartingBrowser, crashed()], vec![false, true]),
            (
                vec![Phase::StartingBrowser, Phase::LoadingPage, Phase::Ready, Phase::Stopped],
                vec![false, true, true, true],
            ),
            (vec![Phase::Ready, Phase::StartingBrowser, Phase::Stopped], vec![true, true, true]),
            (vec![Phase::Ready, Phase::Stopped, Phase::StartingBrowser, locked()], vec![true, true, false, false]),
        ] {
            let mut running = false;
            let ours: Vec<_> = phases.iter().map(|phase| is_ours(phase, &mut running)).collect();
            assert_eq!(ours, expected, "{phases:?}");
        }
    }
}
