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
