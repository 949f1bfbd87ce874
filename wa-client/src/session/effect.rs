//! Everything a session wants to be done.

use std::time::Duration;

use super::fault::Fault;
use super::input::Ticket;
use crate::event::Event;
use crate::model::{PairingCode, QrCode};
use crate::phone::PhoneNumber;

/// One thing to be done by the actor.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "lives for a moment, a handful at a time")]
pub(crate) enum Effect {
    /// Start a browser; answered by `Launched` or `LaunchFailed`, or by `Closed` after [`CloseBrowser`](Self::CloseBrowser).
    Launch,
    /// Load the page; its document reports itself, or `NavigationFailed` comes.
    Navigate,
    /// Close the browser, running or starting; answered by `Closed`.
    CloseBrowser,
    /// Delete the session data; answered by `Deleted`.
    DeleteSession,
    /// Call into the page; answered by `Called`.
    Call(PageCall),
    /// Set the timer, in place of an earlier setting.
    Arm(Timer, Duration),
    Cancel(Timer),
    Emit(Event),
    Reply(Ticket, Result<Answer, Fault>),
    /// Status, phase or another part of the snapshot has changed.
    Publish,
    /// Whether messages can go out has changed.
    Sends(Gate),
    /// The document is gone, and every call into it.
    PageGone,
    /// The session is stopped for good.
    Exit,
}

/// What a ticket is answered with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Answer {
    Done,
    Qr(QrCode),
    Code(PairingCode),
}

/// A call into the page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum PageCall {
    Ping,
    QrRefresh,
    PairingCode { ticket: Ticket, phone: PhoneNumber, notify: bool },
    PairingCancel { ticket: Option<Ticket> },
    Logout,
}

/// The timers of a session. Each exists once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Timer {
    /// The deadline of the present phase.
    Phase,
    /// The QR code on screen expires, or another should have come in its place.
    Qr,
    /// The pairing code expires.
    Code,
    /// Next proof of life of the page's main thread.
    Ping,
    /// Ready for long enough to forget failed attempts.
    Healthy,
    /// Next attempt.
    Retry,
    /// The page has had its time to bring its socket back.
    Socket,
    /// A socket that is down without any attempt to come back.
    Silence,
    /// The deadline of an own logout.
    Logout,
}

/// Whether messages can go out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Gate {
    /// Now.
    Open,
    /// Soon, if all goes well.
    Wait,
    /// Not unless somebody does something.
    Closed(Fault),
}
