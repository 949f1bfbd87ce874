//! What handles ask of the session's actor.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::oneshot;

use super::effect::Answer;
use super::fault::Fault;
use super::input::{Command, Ticket};
use crate::error::Error;
use crate::model::{CapabilityReport, ChatId, ConnectionSnapshot, QrCode, SendUntil, SentMessage};
use crate::outbox::Outgoing;
use crate::page::Page;
use crate::phone::PhoneNumber;

/// One request. Each is answered exactly once, or its sender is dropped when the session ends.
pub(crate) enum Request {
    Command(Command, oneshot::Sender<Result<Answer, Fault>>),
    Send {
        /// By which the caller can give up.
        ticket: Ticket,
        message: Outgoing,
        until: SendUntil,
        deadline: Duration,
        reply: oneshot::Sender<Result<SentMessage, Error>>,
    },
    /// The caller of a send gave up.
    CancelSend(Ticket),
    /// A call into a page that is ready.
    Job(Job),
    /// A number was looked up.
    Learn(PhoneNumber, ChatId),
}

/// The work of a [`Job`].
pub(crate) type JobFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs once: with the page as soon as it is ready, or with the reason why it will not be.
pub(crate) struct Job {
    pub(crate) run: Box<dyn FnOnce(Result<Page, Fault>) -> JobFuture + Send>,
    /// How long to wait for the page to be ready.
    pub(crate) patience: Duration,
}

/// What handles read without asking.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) snapshot: ConnectionSnapshot,
    pub(crate) qr: Option<QrCode>,
    pub(crate) report: Option<CapabilityReport>,
}
