//! Sending text.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use futures::future::{Either, select};
use tokio::sync::oneshot;
use tracing::Instrument as _;

use crate::client::{Client, stopped};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{MessageId, MessageKey, Recipient, SendUntil, SentMessage};
use crate::outbox::Outgoing;
use crate::redact::Hidden;
use crate::session::input::Ticket;
use crate::session::request::Request;

const OPERATION: &str = "send_message";

/// The longest text the page takes, in characters.
const MAX_TEXT: usize = 65_536;

impl Client {
    /// Sends `text` to a phone number or a chat. Await the returned [`SendMessage`]; options go before the `.await`.
    ///
    /// Resolves when the *server* has the message, see [`SendMessage::until`]. Messages to one recipient keep their order;
    /// others do not wait for each other. While a session starts or reconnects, the message waits, within its deadline.
    ///
    /// ```no_run
    /// # async fn example(client: wa_client::Client) -> wa_client::Result<()> {
    /// let sent = client.send_message("+55 11 98888-7777", "Hello").await?;
    /// println!("{} is at {}", sent.id, sent.ack);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `invalid_phone`, `invalid_argument` (recipient, empty or too long text, an id of another message), `not_ready` when no
    /// session runs, `not_authenticated` when no account is linked, `not_registered`, `rate_limited` by our pacing or by the
    /// server, `send_failed` when page or server refused the message, `timeout`, `disconnected`, `capability_unavailable`,
    /// `page`, `stopped`. [`Error::message_id`] and [`Error::maybe_sent`] tell which message it was and whether it may have
    /// left; sending it again with the same [`id`](SendMessage::id) is always safe.
    pub fn send_message<R>(&self, to: R, text: impl Into<String>) -> SendMessage
    where
        R: TryInto<Recipient>,
        R::Error: Into<Error>,
    {
        SendMessage {
            client: self.clone(),
            to: to.try_into().map_err(Into::into),
            text: text.into(),
            quoted: None,
            id: None,
            until: SendUntil::default(),
            deadline: None,
            cancelled: None,
        }
    }
}

/// A message about to be sent; await it.
///
/// Dropping it while it waits gives up as [`cancelled_by`](Self::cancelled_by) does, without an answer.
#[must_use = "nothing is sent until it is awaited"]
pub struct SendMessage {
    client: Client,
    to: Result<Recipient>,
    text: String,
    quoted: Option<Result<MessageKey>>,
    id: Option<Result<MessageId>>,
    until: SendUntil,
    deadline: Option<Duration>,
    cancelled: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl SendMessage {
    /// Answers the message with this key.
    pub fn quoted<K>(mut self, key: K) -> Self
    where
        K: TryInto<MessageKey>,
        K::Error: Into<Error>,
    {
        self.quoted = Some(key.try_into().map_err(Into::into));
        self
    }

    /// Chooses the id of the message. Sending twice with the same id makes one message: the second call gets what became of the
    /// first. Default: a new one.
    pub fn id<I>(mut self, id: I) -> Self
    where
        I: TryInto<MessageId>,
        I::Error: Into<Error>,
    {
        self.id = Some(id.try_into().map_err(Into::into));
        self
    }

    /// Chooses what to wait for. Default: [`SendUntil::Server`].
    pub fn until(mut self, until: SendUntil) -> Self {
        self.until = until;
        self
    }

    /// Chooses how long it may take. Default: [`Deadlines::send`](crate::Deadlines::send).
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Gives up when `signal` ends: the call fails with `cancelled` and tells by [`Error::maybe_sent`] whether the message may
    /// have left. One that has not is not sent.
    pub fn cancelled_by(mut self, signal: impl Future<Output = ()> + Send + 'static) -> Self {
        self.cancelled = Some(Box::pin(signal));
        self
    }

    async fn send(self) -> Result<SentMessage> {
        let named = |error: Error| error.with_operation(OPERATION);
        let invalid = |what| Err(Error::new(ErrorKind::InvalidArgument, OPERATION, what));
        let to = self.to.map_err(named)?;
        let quoted = self.quoted.transpose().map_err(named)?;
        let id = self.id.transpose().map_err(named)?;
        let new_id = id.is_none();
        let id = id.unwrap_or_else(|| MessageId::from_random(rand::random()));
        if self.text.trim().is_empty() {
            return invalid("the text is empty");
        }
        if self.text.chars().count() > MAX_TEXT {
            return invalid("the text is longer than 65,536 characters");
        }
        let deadline = self.deadline.unwrap_or(self.client.config().deadlines.send);
        let span = tracing::info_span!("operation", name = OPERATION, session = self.client.session(), id = %id);
        async {
            let (reply, answer) = oneshot::channel();
            let message = Outgoing { id, to, text: self.text, quoted, new_id };
            let ticket = self.client.ticket();
            let waiting = Waiting { client: &self.client, ticket };
            let request = Request::Send { ticket, message, until: self.until, deadline, reply };
            self.client.request(OPERATION, request).await?;
            let cancelled = self.cancelled.unwrap_or_else(|| Box::pin(std::future::pending()));
            let answer = match select(answer, cancelled).await {
                Either::Left((answer, _)) => answer,
                Either::Right(((), answer)) => {
                    self.client.request(OPERATION, Request::CancelSend(ticket)).await?;
                    answer.await
                }
            };
            // Answered: there is nothing left to give up.
            std::mem::forget(waiting);
            let result = answer.map_err(|_| stopped(OPERATION))?;
            match &result {
                Ok(sent) => tracing::debug!(ack = %sent.ack, queued_ms = sent.queued_ms, "sent"),
                Err(error) => tracing::debug!(kind = %error.kind(), maybe_sent = error.maybe_sent(), "failed"),
            }
            result
        }
        .instrument(span)
        .await
    }
}

/// A caller who waits for an answer; gives up when dropped.
struct Waiting<'a> {
    client: &'a Client,
    ticket: Ticket,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.client.try_request(Request::CancelSend(self.ticket));
    }
}

impl IntoFuture for SendMessage {
    type Output = Result<SentMessage>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<SentMessage>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for SendMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendMessage")
            .field("to", &self.to)
            .field("text", &Hidden(&self.text))
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}
