//! Everything that can happen to a session.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::effect::{PageCall, Timer};
use super::fault::Fault;
use crate::model::{CapabilityReport, Me, QrCode, Timestamp};
use crate::phone::PhoneNumber;

/// One waiting caller. Each ticket is answered exactly once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Ticket(pub(crate) u64);

/// Gives out tickets, each once in a session.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tickets(Arc<AtomicU64>);

impl Tickets {
    pub(crate) fn next(&self) -> Ticket {
        Ticket(self.0.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// What a caller wants.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Command {
    /// Start if stopped; answered when a code is shown or the account is linked.
    Initialize,
    /// Close the browser, keep the session data.
    Disconnect,
    /// As [`Disconnect`](Self::Disconnect), and nothing can be started afterwards.
    Shutdown,
    /// Close the browser, forget failed attempts, start again.
    Reconnect,
    /// Unlink the device, close the browser, delete the session data.
    Logout,
    /// A new batch of QR codes.
    GenerateQr,
    /// A code to be typed on the phone.
    PairingCode {
        /// The number of the account.
        phone: PhoneNumber,
        /// Whether the phone shows a prompt.
        notify: bool,
    },
    /// Back from a pairing code to QR codes.
    CancelPairing,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Input {
    Command(Ticket, Command),
    /// The browser is up and its page can be navigated.
    Launched,
    LaunchFailed(Fault),
    /// The account was linked when the session last ended, says what was stored; before [`Launched`](Self::Launched).
    LinkedBefore,
    /// The navigation of our own failed.
    NavigationFailed(Fault),
    Page(Signal),
    Called(PageCall, Result<CallValue, Fault>),
    Died(Death),
    /// The page says more than a page can have to say.
    Flooded,
    /// The browser is gone and the profile is free.
    Closed,
    /// The attempt to delete the session data has ended.
    Deleted(Result<(), Fault>),
    Timer(Timer),
    /// The browser has run for long enough, and nothing happens.
    Recycle,
}

/// What a call into the page answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum CallValue {
    Done,
    /// Eight characters without a dash. Shown to nobody but the caller.
    Code(SecretText),
}

/// Text that `Debug` does not show.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SecretText(pub(crate) String);

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        crate::redact::Hidden(&self.0).fmt(f)
    }
}

/// The ways to die, as the actor observes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Death {
    /// The process ended or the connection to it broke.
    Browser,
    /// The renderer of the page crashed.
    Page,
}

/// What the page reports about itself.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Signal {
    /// A new document has begun.
    Hello(Landing),
    /// The capabilities of the document.
    Probe(CapabilityReport),
    State(PageState),
    Qr {
        code: QrCode,
        ttl: Duration,
    },
    /// All refs of the batch are used up.
    QrIdle,
    Pairing(PairingStage),
    /// Loading, in per cent.
    Progress(u8),
    LogoutStarting,
    LogoutDone {
        reason: Option<String>,
    },
    Banned {
        until: Option<Timestamp>,
    },
}

/// Where a document was loaded from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Landing {
    /// The application.
    App,
    /// The application after a logout, with the code the page left in its address
    /// (`WAWebLogoutReasonConstants`, `LOGOUT_REASON_CODE`).
    AfterLogout(Option<u8>),
    /// The page that refuses the browser.
    Unsupported,
    /// Something else, for example an error page of the browser.
    Elsewhere,
}

/// A step in the life of a pairing code (module `WAWebLinkDeviceEvents`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PairingStage {
    /// The code was typed on the phone.
    Hello,
    /// The exchange failed.
    Error,
    /// Server or page want a new code.
    Refresh,
    /// The code was withdrawn.
    Withdrawn,
    /// The server demands a passkey.
    Passkey,
}

/// The page's own view of its session.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct PageState {
    /// The device has credentials (`WAWebUserPrefsMultiDevice`, `isRegistered`).
    pub(crate) registered: bool,
    /// `Socket.state`.
    pub(crate) socket: String,
    /// `Socket.stream`.
    pub(crate) stream: String,
    /// `Stream.mode`.
    pub(crate) mode: String,
    /// `Socket.hasSynced` is true.
    pub(crate) synced: bool,
    /// `BackendEventBus.isOfflineDeliveryEnd`.
    pub(crate) offline_end: bool,
    /// Another tab holds the lock of the page.
    pub(crate) locked_by_other: bool,
    pub(crate) me: Option<Me>,
    pub(crate) version: Option<String>,
}

impl PageState {
    pub(crate) fn stream_connected(&self) -> bool {
        self.stream == "CONNECTED"
    }

    /// Whether the login screen shows.
    pub(crate) fn at_login(&self) -> bool {
        self.mode == "QR"
    }
}
