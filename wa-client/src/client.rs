//! The handle on a session.

use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;
use tracing::Instrument as _;

use crate::builder::ClientBuilder;
use crate::cache::{Cache, MAX_VALUE, qr_key, status_key};
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::event::EventEnvelope;
use crate::model::{CapabilityReport, ConnectionSnapshot, ConnectionStatus, Phase, QrCode};
use crate::session::clock::wall;
use crate::session::effect::Answer;
use crate::session::fault::Fault;
use crate::session::input::{Command, Ticket, Tickets};
use crate::session::request::{Request, View};
use crate::session::{actor, cache_writer};
use crate::stream::{EventHub, EventStream, Subscription};

/// A handle on one session: one WhatsApp account in one browser.
///
/// Clone it, don't wrap it: clones are handles on the same session. When the last one is dropped, the session ends in the
/// background; [`shutdown`](Self::shutdown) does that visibly. Session data is kept unless [`logout`](Self::logout) is called.
///
/// Calls made before [`initialize`](Self::initialize) fail with `not_ready`; they do not hang. Every call ends, at the latest
/// after the deadlines of [`Config`].
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    config: Arc<Config>,
    cache: Arc<dyn Cache>,
    hub: EventHub,
    requests: mpsc::Sender<Request>,
    tickets: Tickets,
    view: watch::Receiver<View>,
    /// Closed when the cache has got everything.
    written: watch::Receiver<()>,
}

impl Client {
    /// Starts to describe a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    pub(crate) fn start(config: Arc<Config>, cache: Arc<dyn Cache>) -> Self {
        let hub = EventHub::new(config.session.clone(), config.event_queue, config.event_replay);
        let (requests, view, tickets) = actor::spawn(Arc::clone(&config), hub.clone());
        let (writing, written) = watch::channel(());
        let writer = cache_writer::run(Arc::clone(&cache), view.clone(), hub.clone(), config.cache_timeout);
        tokio::spawn(async move {
            let _writing = writing;
            writer.await;
        });
        Self { inner: Arc::new(Inner { config, cache, hub, requests, tickets, view, written }) }
    }

    /// The name of the session.
    #[must_use]
    pub fn session(&self) -> &str {
        &self.inner.config.session
    }

    /// The settings in use.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// Starts the session: browser, page, check of the page.
    ///
    /// Returns as soon as a code can be scanned (`QR_READY`) or a stored session was recognised (`AUTHENTICATED`, `READY`);
    /// [`wait_ready`](Self::wait_ready) and the event `ready` tell when messages can be sent. A start that fails for a passing
    /// reason is tried again as [`Config::reconnect`] says before this fails. Does nothing when the session is up already.
    ///
    /// # Errors
    /// `browser_not_found`, `browser_launch`, `profile_locked`, `session_corrupt`, `config`, `incompatible_page` (see
    /// [`Error::missing`]), `timeout` (see [`Error::phase`]), `page`, `cancelled` when `disconnect`, `reconnect` or `shutdown`
    /// is called meanwhile, `stopped`.
    pub async fn initialize(&self) -> Result<()> {
        self.command("initialize", Command::Initialize).await.map(drop)
    }

    /// Waits until messages can be sent. The wait has no deadline of its own, because somebody may have to scan a code first;
    /// wrap it in `tokio::time::timeout` where one is needed.
    ///
    /// # Errors
    /// `not_ready` when no session runs, `disconnected` when it ends meanwhile, `stopped`.
    pub async fn wait_ready(&self) -> Result<()> {
        if self.inner.requests.is_closed() {
            return Err(stopped("wait_ready"));
        }
        let mut view = self.inner.view.clone();
        let over =
            |view: &View| view.snapshot.ready || matches!(view.snapshot.phase, Phase::Stopped | Phase::Failed { .. });
        let running = !over(&view.borrow()) || view.borrow().snapshot.ready;
        let last = view.wait_for(over).await.map_err(|_| stopped("wait_ready"))?;
        if last.snapshot.ready {
            return Ok(());
        }
        let kind = if running { ErrorKind::Disconnected } else { ErrorKind::NotReady };
        Err(Error::new(kind, "wait_ready", last.snapshot.message.clone()).with_phase(last.snapshot.phase.clone()))
    }

    /// The QR code that can be scanned now; `None` when the account is linked or none is valid. Never one that has expired.
    ///
    /// When no session runs in this process, the cache is asked, so that one process can show the code of another.
    pub async fn qr_code(&self) -> Option<QrCode> {
        let (qr, running) = {
            let view = self.inner.view.borrow();
            (view.qr.clone(), !matches!(view.snapshot.phase, Phase::Stopped | Phase::Failed { .. }))
        };
        let qr = if qr.is_some() || running { qr } else { self.cached(&qr_key(self.session())).await };
        qr.filter(|qr: &QrCode| qr.is_valid_at(wall()))
    }

    /// What the cache holds about this session, written by the process that runs it: for one that does not. `None` when there
    /// is nothing, or no answer within [`Config::cache_timeout`].
    pub async fn cached_status(&self) -> Option<ConnectionSnapshot> {
        self.cached(&status_key(self.session())).await
    }

    /// What is stored under `key`, if it makes sense.
    async fn cached<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let read = timeout(self.inner.config.cache_timeout, self.inner.cache.get(key)).await;
        let json = read.ok()?.ok()?.filter(|json| json.len() <= MAX_VALUE)?;
        serde_json::from_str(&json).ok()
    }

    /// Makes the page start a new batch of QR codes and returns the first of it.
    ///
    /// # Errors
    /// `already_authenticated`, `not_ready` when no session runs or a pairing code is being made, `timeout`, `page`,
    /// `disconnected`, `cancelled`, `stopped`; while the session starts, what its start fails with, see
    /// [`initialize`](Self::initialize).
    pub async fn generate_qr_code(&self) -> Result<QrCode> {
        match self.command("generate_qr_code", Command::GenerateQr).await? {
            Answer::Qr(qr) => Ok(qr),
            _ => Err(Error::new(ErrorKind::Internal, "generate_qr_code", "answered without a code")),
        }
    }

    /// Whether an account is linked, as far as is known now.
    #[must_use]
    pub fn is_authenticated(&self) -> bool {
        let view = self.inner.view.borrow();
        match view.snapshot.status {
            ConnectionStatus::Authenticated | ConnectionStatus::Ready => true,
            // On the way back: the account is known from before.
            ConnectionStatus::Connecting => view.snapshot.me.is_some(),
            _ => false,
        }
    }

    /// Everything about the session at this moment. Costs nothing.
    #[must_use]
    pub fn connection_status(&self) -> ConnectionSnapshot {
        self.inner.view.borrow().snapshot.clone()
    }

    /// What the check of the present page found; `None` before a page was loaded.
    #[must_use]
    pub fn capability_report(&self) -> Option<CapabilityReport> {
        self.inner.view.borrow().report.clone()
    }

    /// Starts the session if none runs, and returns what the check of the page found, also when the page cannot be used. Waits
    /// until the page has shown everything it has, at most for [`Deadlines::probe`](crate::Deadlines::probe).
    ///
    /// # Errors
    /// Those of [`initialize`](Self::initialize), except `incompatible_page`.
    pub async fn doctor(&self) -> Result<CapabilityReport> {
        let started = self.initialize().await;
        let mut view = self.inner.view.clone();
        let complete = |view: &View| view.report.as_ref().is_some_and(|report| report.complete);
        if started.is_ok() {
            // What is known by then is of use as well.
            let _ = timeout(self.inner.config.deadlines.probe, view.wait_for(complete)).await;
        }
        match (self.capability_report(), started) {
            (Some(report), _) => Ok(report),
            (None, Err(error)) => Err(error),
            (None, Ok(())) => Err(Error::new(ErrorKind::Internal, "doctor", "the page was not checked")),
        }
    }

    /// Closes the browser and cancels planned attempts. The account stays linked and its session data stays.
    ///
    /// # Errors
    /// `stopped`.
    pub async fn disconnect(&self) -> Result<()> {
        self.command("disconnect", Command::Disconnect).await.map(drop)
    }

    /// Closes the browser, forgets failed attempts and starts again. Returns as [`initialize`](Self::initialize) does; works in
    /// every state.
    ///
    /// # Errors
    /// Those of [`initialize`](Self::initialize).
    pub async fn reconnect(&self) -> Result<()> {
        self.command("reconnect", Command::Reconnect).await.map(drop)
    }

    /// Unlinks this device from the account, closes the browser and deletes the session data.
    ///
    /// # Errors
    /// `not_ready` when no session runs, `not_authenticated` when no account is linked, `timeout` and `page` when the page did
    /// not log out (then nothing is deleted), `disconnected`, `cancelled`, `session_corrupt` when the data cannot be deleted,
    /// `stopped`.
    pub async fn logout(&self) -> Result<()> {
        self.command("logout", Command::Logout).await.map(drop)
    }

    /// Ends the session for good: closes the browser, keeps the session data, ends all streams of events. Calls made afterwards
    /// fail with `stopped`; calling it again is fine.
    pub async fn shutdown(&self) {
        // When the actor is gone, what was asked for has been done.
        let _ = self.command("shutdown", Command::Shutdown).await;
        self.inner.requests.closed().await;
        // The last status reaches the cache, if that answers: one write may be under way before it.
        let _ = timeout(2 * self.inner.config.cache_timeout, self.inner.written.clone().wait_for(|_| false)).await;
    }

    /// A subscription to all events from now on.
    #[must_use]
    pub fn events(&self) -> EventStream {
        self.inner.hub.subscribe()
    }

    /// A subscription that starts behind event number `seq`, as far as [`Config::event_replay`] reaches back; what is lost
    /// comes as `lagged`.
    #[must_use]
    pub fn events_after(&self, seq: u64) -> EventStream {
        self.inner.hub.subscribe_after(seq)
    }

    /// Calls `callback` with every event of that name (`"*"`: every event), in order, until the subscription is dropped; see
    /// [`EventStream::on`].
    ///
    /// # Errors
    /// `invalid_argument` when there is no such event, or outside of a Tokio runtime.
    pub fn on<F>(&self, name: &str, callback: F) -> Result<Subscription>
    where
        F: FnMut(&EventEnvelope) + Send + 'static,
    {
        self.events().on(name, callback)
    }

    pub(crate) async fn command(&self, operation: &'static str, command: Command) -> Result<Answer> {
        let span = tracing::info_span!("operation", name = operation, session = self.session());
        async {
            let (reply, answer) = oneshot::channel();
            self.request(operation, Request::Command(command, reply)).await?;
            let result = answer.await.map_err(|_| stopped(operation))?;
            result.map_err(|fault: Fault| {
                tracing::debug!(kind = %fault.kind, "failed");
                fault.into_error(operation)
            })
        }
        .instrument(span)
        .await
    }

    pub(crate) fn ticket(&self) -> Ticket {
        self.inner.tickets.next()
    }

    /// For what need not arrive: nobody waits for it.
    pub(crate) fn try_request(&self, request: Request) {
        let _ = self.inner.requests.try_send(request);
    }

    pub(crate) async fn request(&self, operation: &'static str, request: Request) -> Result<()> {
        // At once where possible: sending with `await` may yield to others, and callers that started together would change places.
        match self.inner.requests.try_send(request) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(request)) => self.inner.requests.send(request).await.map_err(|_| stopped(operation)),
            Err(TrySendError::Closed(_)) => Err(stopped(operation)),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let view = self.inner.view.borrow();
        f.debug_struct("Client").field("session", &self.session()).field("status", &view.snapshot.status).finish()
    }
}

/// The session has been shut down.
pub(crate) fn stopped(operation: &'static str) -> Error {
    Error::new(ErrorKind::Stopped, operation, "the client is shut down")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::SendMessage;

    fn shared<T: Send + Sync + Clone + fmt::Debug + 'static>() {}
    fn sent<T: Send + fmt::Debug + 'static>() {}

    #[test]
    fn handles_go_anywhere() {
        shared::<Client>();
        sent::<SendMessage>();
        sent::<ClientBuilder>();
        sent::<EventStream>();
        sent::<Subscription>();
    }

    #[test]
    fn a_client_needs_a_runtime() {
        let error = Client::builder().build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
    }

    #[tokio::test]
    async fn what_another_process_wrote_can_be_read() {
        let cache = Arc::new(crate::cache::MemoryCache::new());
        let client = Client::builder().session("test").cache(Arc::clone(&cache)).build().unwrap();
        assert_eq!((client.cached_status().await, client.qr_code().await), (None, None));
        let theirs = ConnectionSnapshot::new("test", ConnectionStatus::QrReady, Phase::WaitingForScan, wall());
        let qr = QrCode::new("payload".into(), wall(), wall() + std::time::Duration::from_secs(60), 1, 6);
        cache.set(&status_key("test"), &serde_json::to_string(&theirs).unwrap(), None).await.unwrap();
        cache.set(&qr_key("test"), &serde_json::to_string(&qr).unwrap(), None).await.unwrap();
        let theirs_again = theirs.clone();
        assert_eq!((client.cached_status().await, client.qr_code().await), (Some(theirs), Some(qr)));
        let padded = format!("{}{}", serde_json::to_string(&theirs_again).unwrap(), " ".repeat(MAX_VALUE));
        cache.set(&status_key("test"), &padded, None).await.unwrap();
        assert_eq!(client.cached_status().await, None, "nobody writes that much");
        for key in [status_key("test"), qr_key("test")] {
            cache.set(&key, "garbage", None).await.unwrap();
        }
        assert_eq!((client.cached_status().await, client.qr_code().await), (None, None));
    }

    #[tokio::test]
    async fn a_text_has_a_length() {
        let client = Client::builder().session("test").build().unwrap();
        let kind = async |text: String| client.send_message("5511988887777", text).await.unwrap_err().kind();
        // One that can be sent gets as far as to be told that nothing runs.
        assert_eq!(kind("\u{1F600}".repeat(65_536)).await, ErrorKind::NotReady);
        for text in ["\u{1F600}".repeat(65_537), String::new(), " \n".into()] {
            assert_eq!(kind(text).await, ErrorKind::InvalidArgument);
        }
    }

    #[tokio::test]
    async fn a_stopped_client_says_so() {
        let client = Client::builder().session("test").build().unwrap();
        assert_eq!(client.connection_status().phase, Phase::Stopped);
        assert_eq!(client.wait_ready().await.unwrap_err().kind(), ErrorKind::NotReady);
        assert_eq!(client.qr_code().await, None);
        client.disconnect().await.unwrap();
        let events = client.events();
        client.shutdown().await;
        client.shutdown().await;
        assert_eq!(client.wait_ready().await.unwrap_err().kind(), ErrorKind::Stopped);
        assert_eq!(client.initialize().await.unwrap_err().kind(), ErrorKind::Stopped);
        assert!(!events.ready().await);
    }
}
