//! What happens in a session, in order.

use std::fmt;

use serde::ser::{SerializeMap as _, SerializeStruct as _};
use serde::{Deserialize, Serialize, Serializer};

use crate::model::{
    Ack, Call, CapabilityReport, ChatId, ConnectionStatus, DisconnectReason, Me, Message, MessageId, MessageKey,
    PairingCode, Phase, QrCode, Reaction, SentMessage, Timestamp,
};
use crate::redact::hidden;

/// Something that happened. Its JSON name and fields are stable; new events may come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// `qr`: a new code is valid; it replaces the one before.
    Qr(QrCode),
    /// `code`: a pairing code is valid.
    Code(PairingCode),
    /// `loading_screen`: progress of syncing.
    LoadingScreen(LoadingScreen),
    /// `authenticated`: an account is linked.
    Authenticated(Authenticated),
    /// `auth_failure`: linking was refused, or the stored credentials are no longer accepted.
    AuthFailure(AuthFailure),
    /// `ready`: messages can be sent. Once per transition into that status.
    Ready(Ready),
    /// `disconnected`: the session is lost or over.
    Disconnected(Disconnected),
    /// `change_state`: status or phase changed.
    ChangeState(ChangeState),
    /// `reconnecting`: an attempt is planned.
    Reconnecting(Reconnecting),
    /// `message`: somebody wrote.
    Message(Message),
    /// `message_create`: a message exists that did not before, from others or from us.
    MessageCreate(Message),
    /// `message_sent`: a send of ours was taken by the server.
    MessageSent(SentMessage),
    /// `message_ack`: a message of ours came further.
    MessageAck(MessageAck),
    /// `message_ciphertext`: a message stayed unreadable.
    MessageCiphertext(Message),
    /// `message_edit`: the text of a message changed.
    MessageEdit(MessageEdit),
    /// `message_revoke_everyone`: a message was deleted for everyone.
    MessageRevokeEveryone(MessageRevoke),
    /// `message_revoke_me`: a message was deleted on our side only.
    MessageRevokeMe(MessageRemoved),
    /// `message_reaction`: somebody reacted to a message, or took that back.
    MessageReaction(Reaction),
    /// `call`: somebody calls.
    Call(Call),
    /// `manual_disconnect`: `disconnect` was called.
    ManualDisconnect,
    /// `manual_reconnect`: `reconnect` was called.
    ManualReconnect,
    /// `incompatible`: the page lacks something the library uses.
    Incompatible(Incompatible),
    /// `account_restricted`: WhatsApp limits what the account may do.
    AccountRestricted(AccountRestricted),
    /// `cache_degraded`: the cache fails; sent once per outage.
    CacheDegraded,
    /// `lagged`: this subscriber was too slow and has lost events.
    Lagged(Lagged),
}

impl Event {
    /// About how many bytes of memory it takes.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Message(message) | Self::MessageCreate(message) | Self::MessageCiphertext(message) => {
                message.weight()
            }
            Self::MessageEdit(edit) => edit.message.weight() + edit.previous.as_ref().map_or(0, String::len),
            Self::MessageRevokeEveryone(revoke) => 512 + revoke.message.as_ref().map_or(0, Message::weight),
            Self::Incompatible(incompatible) => 512 * (1 + incompatible.report.capabilities.len()),
            // What they hold is limited where it comes from, to some hundred characters a text.
            _ => 1024,
        }
    }
}

/// Data of `loading_screen`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LoadingScreen {
    /// 0 to 100.
    pub percent: u8,
}

/// Data of `authenticated`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Authenticated {
    /// Whether a stored session was taken up, rather than a new one linked.
    pub restored: bool,
}

/// Data of `auth_failure`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuthFailure {
    /// What was refused.
    pub reason: DisconnectReason,
}

/// Data of `ready`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Ready {
    /// The linked account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub me: Option<Me>,
    /// The version of the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web_version: Option<String>,
}

/// Data of `disconnected`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Disconnected {
    /// Why.
    pub reason: DisconnectReason,
    /// Whether an attempt to return follows by itself.
    pub will_retry: bool,
}

/// Data of `change_state`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ChangeState {
    /// The status now.
    pub status: ConnectionStatus,
    /// The status before; the same when only the phase changed.
    pub previous: ConnectionStatus,
    /// The phase now.
    pub phase: Phase,
}

/// Data of `reconnecting`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Reconnecting {
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// When it starts.
    pub next_at: Timestamp,
    /// What was lost.
    pub reason: DisconnectReason,
}

/// Data of `message_ack`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MessageAck {
    /// The key of the message.
    pub key: MessageKey,
    /// Its id within the chat.
    pub id: MessageId,
    /// The level, as a number.
    pub ack: Ack,
    /// The name of the level.
    pub name: String,
}

impl MessageAck {
    /// `ack` with its name.
    #[must_use]
    pub fn new(key: MessageKey, id: MessageId, ack: Ack) -> Self {
        Self { key, id, ack, name: ack.name().to_owned() }
    }
}

/// Data of `message_edit`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MessageEdit {
    /// The message with its new text.
    pub message: Message,
    /// The text before, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
}

impl fmt::Debug for MessageEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageEdit")
            .field("message", &self.message)
            .field("previous", &hidden(self.previous.as_deref()))
            .finish()
    }
}

/// Who deleted a message for everyone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevokedBy {
    /// Its sender.
    Sender,
    /// An administrator of the group.
    Admin,
}

/// Data of `message_revoke_everyone`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MessageRevoke {
    /// The key of the deleted message.
    pub key: MessageKey,
    /// Who deleted it.
    pub by: RevokedBy,
    /// What is left in its place, when the page holds it. It may have a key of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
}

/// Data of `message_revoke_me`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MessageRemoved {
    /// The key of the deleted message.
    pub key: MessageKey,
}

/// Data of `incompatible`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Incompatible {
    /// Whether the session ends because of it.
    pub fatal: bool,
    /// What was found.
    pub report: CapabilityReport,
}

/// Data of `account_restricted`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AccountRestricted {
    /// `reachout_timelock` (no messages to strangers for a while) or `new_chat_cap` (too many new chats this month). An open set.
    pub kind: String,
    /// When it ends, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Data of `lagged`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Lagged {
    /// How many events this subscriber lost.
    pub missed: u64,
}

impl Event {
    /// The names of all events, in the order of their declaration.
    pub const NAMES: &'static [&'static str] = &[
        "qr",
        "code",
        "loading_screen",
        "authenticated",
        "auth_failure",
        "ready",
        "disconnected",
        "change_state",
        "reconnecting",
        "message",
        "message_create",
        "message_sent",
        "message_ack",
        "message_ciphertext",
        "message_edit",
        "message_revoke_everyone",
        "message_revoke_me",
        "message_reaction",
        "call",
        "manual_disconnect",
        "manual_reconnect",
        "incompatible",
        "account_restricted",
        "cache_degraded",
        "lagged",
    ];

    /// The stable name, for example `message_ack`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Qr(_) => "qr",
            Self::Code(_) => "code",
            Self::LoadingScreen(_) => "loading_screen",
            Self::Authenticated(_) => "authenticated",
            Self::AuthFailure(_) => "auth_failure",
            Self::Ready(_) => "ready",
            Self::Disconnected(_) => "disconnected",
            Self::ChangeState(_) => "change_state",
            Self::Reconnecting(_) => "reconnecting",
            Self::Message(_) => "message",
            Self::MessageCreate(_) => "message_create",
            Self::MessageSent(_) => "message_sent",
            Self::MessageAck(_) => "message_ack",
            Self::MessageCiphertext(_) => "message_ciphertext",
            Self::MessageEdit(_) => "message_edit",
            Self::MessageRevokeEveryone(_) => "message_revoke_everyone",
            Self::MessageRevokeMe(_) => "message_revoke_me",
            Self::MessageReaction(_) => "message_reaction",
            Self::Call(_) => "call",
            Self::ManualDisconnect => "manual_disconnect",
            Self::ManualReconnect => "manual_reconnect",
            Self::Incompatible(_) => "incompatible",
            Self::AccountRestricted(_) => "account_restricted",
            Self::CacheDegraded => "cache_degraded",
            Self::Lagged(_) => "lagged",
        }
    }

    /// The chat it concerns, when it concerns one.
    #[must_use]
    pub fn chat(&self) -> Option<&ChatId> {
        match self {
            Self::Message(message) | Self::MessageCreate(message) | Self::MessageCiphertext(message) => {
                Some(&message.chat)
            }
            Self::MessageEdit(edit) => Some(&edit.message.chat),
            Self::MessageSent(sent) => Some(&sent.chat),
            _ => None,
        }
    }
}

/// An [`Event`] with its place in the session. JSON:
/// `{"event": name, "session": …, "seq": n, "at": "2026-08-01T12:00:00.000Z", "data": {…}}`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventEnvelope {
    /// What happened.
    pub event: Event,
    /// The name of the session.
    pub session: String,
    /// Counts the events of the session from 1 without gaps. `lagged` bears the number of the last event it stands for.
    pub seq: u64,
    /// When it happened.
    pub at: Timestamp,
}

impl EventEnvelope {
    /// `event` with its place in the session.
    #[must_use]
    pub fn new(event: Event, session: impl Into<String>, seq: u64, at: Timestamp) -> Self {
        Self { event, session: session.into(), seq, at }
    }

    /// The name for a message bus: `whatsapp.` and the name of the event.
    #[must_use]
    pub fn topic(&self) -> String {
        format!("whatsapp.{}", self.event.name())
    }

    /// The JSON text.
    ///
    /// # Errors
    /// `internal` when the event cannot be written, which no known event causes.
    pub fn to_json(&self) -> crate::Result<String> {
        serde_json::to_string(self).map_err(|e| {
            crate::Error::new(crate::ErrorKind::Internal, "event_to_json", "event cannot be written").with_source(e)
        })
    }
}

impl Serialize for EventEnvelope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut envelope = serializer.serialize_struct("EventEnvelope", 5)?;
        envelope.serialize_field("event", self.event.name())?;
        envelope.serialize_field("session", &self.session)?;
        envelope.serialize_field("seq", &self.seq)?;
        envelope.serialize_field("at", &self.at)?;
        envelope.serialize_field("data", &Data(&self.event))?;
        envelope.end()
    }
}

/// What an event carries, without its name.
struct Data<'a>(&'a Event);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Event::Qr(data) => data.serialize(to),
            Event::Code(data) => data.serialize(to),
            Event::LoadingScreen(data) => data.serialize(to),
            Event::Authenticated(data) => data.serialize(to),
            Event::AuthFailure(data) => data.serialize(to),
            Event::Ready(data) => data.serialize(to),
            Event::Disconnected(data) => data.serialize(to),
            Event::ChangeState(data) => data.serialize(to),
            Event::Reconnecting(data) => data.serialize(to),
            Event::Message(data) | Event::MessageCreate(data) | Event::MessageCiphertext(data) => data.serialize(to),
            Event::MessageSent(data) => data.serialize(to),
            Event::MessageAck(data) => data.serialize(to),
            Event::MessageEdit(data) => data.serialize(to),
            Event::MessageRevokeEveryone(data) => data.serialize(to),
            Event::MessageRevokeMe(data) => data.serialize(to),
            Event::MessageReaction(data) => data.serialize(to),
            Event::Call(data) => data.serialize(to),
            Event::Incompatible(data) => data.serialize(to),
            Event::AccountRestricted(data) => data.serialize(to),
            Event::Lagged(data) => data.serialize(to),
            Event::ManualDisconnect | Event::ManualReconnect | Event::CacheDegraded => to.serialize_map(Some(0))?.end(),
        }
    }
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
