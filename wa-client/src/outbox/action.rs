//! What the outbox wants done, and what comes back.

use std::time::Duration;

use super::entry::Outgoing;
use crate::error::Error;
use crate::event::Event;
use crate::model::{Ack, ChatId, MessageId, MessageKey, SentMessage, Timestamp};
use crate::page::protocol::Failure;
use crate::session::fault::Fault;
use crate::session::input::Ticket;

/// Something to be done.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "lives for a moment; most are of the large kind")]
pub(crate) enum Action {
    /// Hand the message to the page; answered by [`Outbox::called`].
    Call(Box<SendCall>),
    /// Ask the page what became of the message; answered by [`Outbox::looked`].
    Look {
        id: MessageId,
        key: MessageKey,
    },
    Answer(Ticket, Result<SentMessage, Error>),
    Emit(Event),
}

/// One call of `send_text`.
pub(crate) struct SendCall {
    pub(crate) message: Outgoing,
    /// The address of the recipient, when it was looked up before.
    pub(crate) wid: Option<ChatId>,
    /// The page surely has no message with this id.
    pub(crate) fresh: bool,
    pub(crate) deadline: Duration,
}

impl std::fmt::Debug for SendCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SendCall").field("id", &self.message.id).field("to", &self.message.to).finish_non_exhaustive()
    }
}

/// What the page says when it has the message.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reply {
    pub(crate) key: MessageKey,
    pub(crate) chat: ChatId,
    pub(crate) wid: Option<ChatId>,
    pub(crate) timestamp: Timestamp,
    pub(crate) ack: Ack,
    /// The page had a message with this id before.
    pub(crate) duplicate: bool,
    /// It had given that one up, and sends it again.
    pub(crate) resent: bool,
}

/// Why the page does not have the message, or may not have it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CallFailure {
    pub(crate) fault: Fault,
    pub(crate) maybe_ran: bool,
    /// The document was gone or of no use, so that the same call can succeed in the next one.
    pub(crate) page_gone: bool,
    /// The page has said all it knows: whoever waits is answered.
    pub(crate) settled: bool,
}

/// What the page knows of a message.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Look {
    pub(crate) found: bool,
    pub(crate) ack: Option<Ack>,
    pub(crate) failed: Option<Failure>,
    /// The server's number, or the page's name of the failure.
    pub(crate) code: Option<String>,
}
