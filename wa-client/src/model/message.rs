use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Ack, ChatId, MessageId, MessageKey, Timestamp};
use crate::phone::PhoneNumber;
use crate::redact::{Hidden, hidden};

/// A message, as it was when the event happened.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Message {
    /// Unique in the account; what [`quoted`](Self::quoted) of an answer refers to.
    pub key: MessageKey,
    /// Unique within the chat.
    pub id: MessageId,
    /// The chat it is in.
    pub chat: ChatId,
    /// Who sent it; in a group, the group (see [`author`](Self::author)).
    pub from: ChatId,
    /// Whom it was sent to.
    pub to: ChatId,
    /// Who wrote it, in a group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<ChatId>,
    /// Whether the own account wrote it, on any of its devices.
    pub from_me: bool,
    /// The sender's phone number, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<PhoneNumber>,
    /// The sender's opaque account id, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lid: Option<ChatId>,
    /// The other side's phone number in a one-to-one chat, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_phone: Option<PhoneNumber>,
    /// The other side's opaque account id in a one-to-one chat, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_lid: Option<ChatId>,
    /// The page's type: `chat` is text, others are `image`, `ptt`, `location`, … (module `WAWebMsgType`). An open set.
    #[serde(rename = "type")]
    pub kind: String,
    /// The page's refinement of the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtype: Option<String>,
    /// The text, or the caption of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// When the server took it.
    pub timestamp: Timestamp,
    /// How far it has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ack: Option<Ack>,
    /// The name the sender gives itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify_name: Option<String>,
    /// The message it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quoted: Option<MessageKey>,
    /// Whom it mentions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<ChatId>,
    /// Whether a picture, sound, film or document belongs to it.
    #[serde(default)]
    pub has_media: bool,
    /// Whether it arrived while it was not watched, and was found afterwards.
    #[serde(default)]
    pub caught_up: bool,
}

impl Message {
    /// A text message with the fields every message has.
    #[must_use]
    pub fn new(key: MessageKey, id: MessageId, chat: ChatId, from: ChatId, to: ChatId, timestamp: Timestamp) -> Self {
        Self {
            from_me: key.from_me(),
            key,
            id,
            chat,
            from,
            to,
            timestamp,
            kind: "chat".to_owned(),
            author: None,
            phone: None,
            lid: None,
            chat_phone: None,
            chat_lid: None,
            subtype: None,
            body: None,
            ack: None,
            notify_name: None,
            quoted: None,
            mentions: Vec::new(),
            has_media: false,
            caught_up: false,
        }
    }
}

impl Message {
    /// About how many bytes of memory it takes.
    pub(crate) fn weight(&self) -> usize {
        let texts =
            [&self.subtype, &self.body, &self.notify_name].into_iter().flatten().map(String::len).sum::<usize>();
        // Keys and addresses are short by their rules, or limited where they come from.
        1024 + texts + self.kind.len() + 256 * self.mentions.len()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("key", &self.key)
            .field("chat", &self.chat)
            .field("from", &self.from)
            .field("author", &self.author)
            .field("kind", &self.kind)
            .field("body", &hidden(self.body.as_deref()))
            .field("timestamp", &self.timestamp)
            .field("ack", &self.ack)
            .finish_non_exhaustive()
    }
}

impl From<&Message> for MessageKey {
    fn from(message: &Message) -> Self {
        message.key.clone()
    }
}

/// What became of a send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SentMessage {
    /// Unique within the chat; chosen before sending.
    pub id: MessageId,
    /// Unique in the account.
    pub key: MessageKey,
    /// The chat it went to.
    pub chat: ChatId,
    /// When the server took it (when the page did, for a send that only waits for [`Queued`](super::SendUntil::Queued)).
    pub timestamp: Timestamp,
    /// How far it had come when the send answered.
    pub ack: Ack,
    /// How long pacing held it back, in milliseconds.
    pub queued_ms: u64,
    /// Whether a message with this id existed before, so that nothing new was sent.
    #[serde(default)]
    pub duplicate: bool,
}

impl SentMessage {
    /// A message that pacing held back for `queued`.
    #[must_use]
    pub fn new(id: MessageId, key: MessageKey, chat: ChatId, timestamp: Timestamp, ack: Ack, queued: Duration) -> Self {
        let queued_ms = u64::try_from(queued.as_millis()).unwrap_or(u64::MAX);
        Self { id, key, chat, timestamp, ack, queued_ms, duplicate: false }
    }
}

/// Somebody reacted to a message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Reaction {
    /// The message reacted to.
    pub parent: MessageKey,
    /// Who reacted.
    pub sender: ChatId,
    /// The phone number of who reacted, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<PhoneNumber>,
    /// The opaque account id of who reacted, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lid: Option<ChatId>,
    /// The emoji; empty when the reaction was taken back.
    pub emoji: String,
    /// When.
    pub timestamp: Timestamp,
    /// Whether the own account reacted, on any of its devices.
    pub from_me: bool,
}

impl Reaction {
    /// A reaction of `sender` to `parent`.
    #[must_use]
    pub fn new(parent: MessageKey, sender: ChatId, emoji: String, timestamp: Timestamp, from_me: bool) -> Self {
        Self { parent, sender, phone: None, lid: None, emoji, timestamp, from_me }
    }
}

impl fmt::Debug for Reaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reaction")
            .field("parent", &self.parent)
            .field("sender", &self.sender)
            .field("phone", &self.phone)
            .field("lid", &self.lid)
            .field("emoji", &Hidden(&self.emoji))
            .field("timestamp", &self.timestamp)
            .field("from_me", &self.from_me)
            .finish()
    }
}

/// Somebody calls the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Call {
    /// The page's id of the call.
    pub id: String,
    /// Who calls.
    pub peer: ChatId,
    /// The caller's phone number, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<PhoneNumber>,
    /// The caller's opaque account id, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lid: Option<ChatId>,
    /// Whether it is a video call.
    pub video: bool,
    /// Whether it is a group call.
    pub group: bool,
    /// Whether it was offered while we were away.
    #[serde(default)]
    pub offline: bool,
    /// When it was offered.
    pub timestamp: Timestamp,
}

impl Call {
    /// A voice call between two people.
    #[must_use]
    pub fn new(id: String, peer: ChatId, timestamp: Timestamp) -> Self {
        Self { id, peer, phone: None, lid: None, video: false, group: false, offline: false, timestamp }
    }
}
