//! One message on its way.

use std::borrow::Cow;
use std::time::Duration;

use super::Reply;
use crate::error::{Error, ErrorKind, Retry};
use crate::model::{Ack, ChatId, MessageId, MessageKey, Recipient, SendUntil, SentMessage, Timestamp};
use crate::session::fault::Fault;
use crate::session::input::Ticket;

/// A message to be sent.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub(crate) id: MessageId,
    pub(crate) to: Recipient,
    pub(crate) text: String,
    pub(crate) quoted: Option<MessageKey>,
    /// The id was made for this message: nobody has used it before.
    pub(crate) new_id: bool,
}

/// Where a message is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Place {
    /// With us. It surely has not left.
    Queued,
    /// Being handed to the page.
    Calling,
    /// In the page, which sends it as soon as there is a connection.
    InPage,
    /// The page went away, or did not answer, in the middle.
    Unknown,
    /// The server has it.
    Taken,
    /// Refused; the page is about to say why.
    Refused,
    /// Refused. No message exists.
    Failed(Fault),
    /// Given up by the page: the server may have it.
    Abandoned(Fault),
}

/// A caller that waits for a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waiter {
    pub(super) ticket: Ticket,
    pub(super) until: SendUntil,
    pub(super) deadline: Timestamp,
    /// Somebody sent the message before.
    pub(super) again: bool,
}

pub(super) struct Entry {
    pub(super) message: Outgoing,
    /// Counts the messages of the session in the order they came.
    pub(super) order: u64,
    pub(super) place: Place,
    pub(super) waiters: Vec<Waiter>,
    pub(super) submitted: Timestamp,
    /// It was handed over while others to the same recipient were, and the page had to get through with those first.
    pub(super) behind: bool,
    /// The document it was last handed to.
    pub(super) page: u64,
    /// When it was first handed to the page.
    pub(super) handed_over: Option<Timestamp>,
    pub(super) ack: Ack,
    pub(super) reply: Option<Reply>,
    /// As told by an event, for when the reply is lost.
    pub(super) key: Option<MessageKey>,
    /// `message_sent` was emitted.
    pub(super) told: bool,
    /// An earlier attempt may have reached the server, whatever becomes of this one.
    pub(super) doubtful: bool,
    /// The page was loaded anew since the message was last seen there.
    pub(super) stale: bool,
}

impl Entry {
    pub(super) fn new(message: Outgoing, order: u64, now: Timestamp) -> Self {
        Self {
            message,
            order,
            place: Place::Queued,
            waiters: Vec::new(),
            submitted: now,
            behind: false,
            page: 0,
            handed_over: None,
            ack: Ack::Pending,
            reply: None,
            key: None,
            told: false,
            doubtful: false,
            stale: false,
        }
    }

    pub(super) fn key(&self) -> Option<&MessageKey> {
        self.reply.as_ref().map(|reply| &reply.key).or(self.key.as_ref())
    }

    /// How long somebody still waits for it.
    pub(super) fn left(&self, now: Timestamp) -> Duration {
        self.waiters.iter().map(|waiter| waiter.deadline.saturating_since(now)).max().unwrap_or_default()
    }

    /// Whether it may have reached the server.
    pub(super) fn maybe_sent(&self) -> bool {
        self.doubtful || !matches!(self.place, Place::Queued | Place::Refused | Place::Failed(_))
    }

    pub(super) fn raise(&mut self, ack: Ack) {
        if self.ack.advances_to(ack) && ack != Ack::Failed {
            self.ack = ack;
        }
        if self.ack >= Ack::Server {
            self.place = Place::Taken;
        }
    }

    /// What a caller that waits for `until` gets; `None` when that has not come yet.
    pub(super) fn outcome(&self, until: SendUntil, now: Timestamp) -> Option<Result<SentMessage, Error>> {
        match &self.place {
            Place::Failed(fault) => return Some(Err(self.error(fault.clone(), self.maybe_sent()))),
            Place::Abandoned(fault) => return Some(Err(self.error(fault.clone(), true))),
            Place::InPage | Place::Taken if self.ack >= until.ack() => {}
            _ => return None,
        }
        self.sent(now).map(Ok)
    }

    /// What this caller gets; `None` when that has not come yet.
    pub(super) fn answer(&self, waiter: &Waiter, now: Timestamp) -> Option<Result<SentMessage, Error>> {
        let mut outcome = self.outcome(waiter.until, now)?;
        if let Ok(sent) = &mut outcome {
            sent.duplicate |= waiter.again;
        }
        Some(outcome)
    }

    pub(super) fn sent(&self, now: Timestamp) -> Option<SentMessage> {
        let key = self.key()?.clone();
        let chat = match &self.reply {
            Some(reply) => reply.chat.clone(),
            None => key.as_str().split('_').nth(1)?.parse::<ChatId>().ok()?,
        };
        let timestamp = self.reply.as_ref().map_or(now, |reply| reply.timestamp);
        let queued = self.handed_over.unwrap_or(now).saturating_since(self.submitted);
        let mut sent = SentMessage::new(self.message.id.clone(), key, chat, timestamp, self.ack, queued);
        sent.duplicate = self.reply.as_ref().is_some_and(|reply| reply.duplicate);
        Some(sent)
    }

    pub(super) fn error(&self, fault: Fault, maybe_sent: bool) -> Error {
        fault.into_error("send_message").with_send(self.message.id.clone(), maybe_sent)
    }
}

/// What the page does not send again by itself after it was loaded anew.
pub(super) fn given_up_by_page() -> Fault {
    Fault::new(ErrorKind::SendFailed, "the page was loaded anew before the server confirmed")
}

/// Not now, but in `wait`.
pub(super) fn limited(wait: Duration, message: impl Into<Cow<'static, str>>) -> Fault {
    let mut fault = Fault::new(ErrorKind::RateLimited, message);
    fault.retry = Some(Retry::After(wait));
    fault
}

/// The refusal of a message, as the page names it (`WAWebSendMsgResultAction`) with the server's code.
pub(super) fn refusal(result: &str, code: Option<&str>) -> Fault {
    let word =
        |text: &str| text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect::<String>();
    let name = word(result);
    let message = match code {
        Some(code) => format!("the message was refused ({name}, code {})", word(code)),
        None => format!("the message was refused ({name})"),
    };
    match result {
        "ERROR_RATE_LIMIT" => limited(Duration::from_secs(60), message),
        _ => Fault::new(ErrorKind::SendFailed, message),
    }
}
