//! What all requests share.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use tokio::sync::watch;
use tracing::Instrument as _;
use wa_client::{
    Client, ConnectionSnapshot, ConnectionStatus, DisconnectReason, Error, ErrorKind, EventStream, Phase, PhoneNumber,
    QrCode, Timestamp,
};

use crate::auth::Auth;
use crate::error::ApiError;
use crate::metrics::Metrics;
use crate::texts;

/// The session and what belongs to it. Clones are handles on the same.
#[derive(Clone)]
pub struct AppState {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    auth: Auth,
    metrics: Arc<Metrics>,
    newest_event: AtomicU64,
    stopping: watch::Sender<bool>,
}

impl fmt::Debug for AppState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppState").field("client", self.client()).finish_non_exhaustive()
    }
}

impl AppState {
    /// State for [`app`](crate::app). Counts the events of `client` from now on. Needs a Tokio runtime.
    ///
    /// # Errors
    /// When the metrics cannot be set up, which they can.
    pub fn new(client: Client, auth: Auth) -> prometheus::Result<Self> {
        let metrics = Arc::new(Metrics::new()?);
        // The first number decodes the numbering plans of the world, too long for a thread that serves others.
        tokio::task::spawn_blocking(|| "5511999999999".parse::<PhoneNumber>().is_ok());
        let events = client.events();
        let (stopping, _) = watch::channel(false);
        let inner = Arc::new(Inner { client, auth, metrics, newest_event: AtomicU64::new(0), stopping });
        let counted = Arc::downgrade(&inner);
        tokio::spawn(async move {
            let mut by_qr = true;
            while let Some(envelope) = events.next().await {
                let Some(inner) = counted.upgrade() else { return };
                inner.metrics.event(&envelope.event, &mut by_qr);
                inner.newest_event.store(envelope.seq, Ordering::Relaxed);
            }
        });
        Ok(Self { inner })
    }

    /// The session.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.inner.client
    }

    /// What is counted.
    #[must_use]
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.inner.metrics
    }

    pub(crate) fn auth(&self) -> &Auth {
        &self.inner.auth
    }

    /// Starts the session in the background; what becomes of it shows in the status.
    pub fn start(&self) {
        let client = self.client().clone();
        self.watch("initialize", async move { client.initialize().await });
    }

    /// Starts it anew in the background.
    pub(crate) fn restart(&self) {
        let client = self.client().clone();
        self.watch("reconnect", async move { client.reconnect().await });
    }

    fn watch(&self, what: &'static str, start: impl Future<Output = wa_client::Result<()>> + Send + 'static) {
        let log = async move {
            match start.await {
                Ok(()) => tracing::info!(what, "the session is up"),
                Err(error) => {
                    tracing::warn!(what, code = error.code(), reason = error.message(), "the session is not up")
                }
            }
        };
        tokio::spawn(log.in_current_span());
    }

    /// Ends all streams of events, so that a server which waits for its connections can end.
    pub fn stop(&self) {
        self.inner.stopping.send_replace(true);
    }

    /// Waits for [`stop`](Self::stop).
    pub fn stopped(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut stopping = self.inner.stopping.subscribe();
        async move {
            // Without a sender it is over as well.
            let _ = stopping.wait_for(|stopping| *stopping).await;
        }
    }

    /// The status of the session; of the process that runs it, when this one does not.
    pub(crate) async fn snapshot(&self) -> ConnectionSnapshot {
        let own = self.client().connection_status();
        if !may_run_elsewhere(&own) {
            return own;
        }
        match self.client().cached_status().await.filter(|cached| counts(cached, &own)) {
            Some(mut cached) => {
                // Nobody takes it back when its process is gone.
                if cached.qr_code_expiry.is_some_and(|expiry| expiry <= now()) {
                    cached.has_qr_code = false;
                    cached.qr_code_expiry = None;
                }
                cached
            }
            None => own,
        }
    }

    /// The QR code that can be scanned now; from the cache when another process runs the session.
    pub(crate) async fn qr_code(&self) -> Option<QrCode> {
        self.client().qr_code().await
    }

    /// Whether an account is linked, by a snapshot of [`snapshot`](Self::snapshot).
    pub(crate) fn is_authenticated(&self, snapshot: &ConnectionSnapshot) -> bool {
        self.client().is_authenticated()
            || matches!(snapshot.status, ConnectionStatus::Authenticated | ConnectionStatus::Ready)
    }

    /// The library's error for a client; when no session runs, with how to start one.
    pub(crate) fn explain(&self, error: Error) -> ApiError {
        let hint =
            (error.kind() == ErrorKind::NotReady).then(|| texts::not_running(&self.client().connection_status()));
        match hint.flatten() {
            Some(hint) => ApiError::from(error).with_message(hint),
            None => error.into(),
        }
    }

    /// The events behind number `seq`. A number that this process has not reached is one of an earlier process, whose events
    /// were counted from 1 as well: then everything that is kept is new.
    pub(crate) fn events_after(&self, seq: u64) -> EventStream {
        let newest = self.inner.newest_event.load(Ordering::Relaxed);
        self.client().events_after(if seq > newest { 0 } else { seq })
    }
}

fn may_run_elsewhere(own: &ConnectionSnapshot) -> bool {
    matches!(own.phase, Phase::Stopped | Phase::Failed { reason: DisconnectReason::ProfileLocked })
}

/// Of a session that ran here and was stopped here, the cache may hold what it could not be told the end of.
fn counts(cached: &ConnectionSnapshot, own: &ConnectionSnapshot) -> bool {
    match own.reason {
        None | Some(DisconnectReason::ProfileLocked) => true,
        Some(_) => cached.last_updated > own.last_updated,
    }
}

/// The clock on the wall.
pub(crate) fn now() -> Timestamp {
    SystemTime::now().into()
}
