//! The answers to calls.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::event::{Failure, RawMessage};
use super::text::{Id, Label};
use super::{MAX_BATCH, Malformed};
use crate::error::ErrorKind;

/// What the script answered: always one of the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer<T> {
    Ok(T),
    Err(RemoteError),
}

/// Why an operation failed in the page. Its message is one of the script's own sentences.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct RemoteError {
    /// A code the library does not know becomes [`ErrorKind::Page`].
    #[serde(deserialize_with = "kind")]
    pub(crate) kind: ErrorKind,
    pub(crate) message: Label,
    /// Name of the error the page threw.
    #[serde(default)]
    pub(crate) name: Option<Label>,
    #[serde(default)]
    pub(crate) detail: RemoteDetail,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RemoteDetail {
    /// The message may have been handed to the page.
    #[serde(default)]
    pub(crate) maybe_sent: Option<bool>,
    /// The server's number.
    #[serde(default)]
    pub(crate) status: Option<i64>,
    /// The capability that is missing.
    #[serde(default)]
    pub(crate) capability: Option<Label>,
}

fn kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ErrorKind, D::Error> {
    let code = Label::deserialize(deserializer)?;
    Ok(code.parse().unwrap_or(ErrorKind::Page))
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Wire<T> {
    Ok(T),
    Err(RemoteError),
}

/// Decodes what a call returned.
pub(crate) fn decode_answer<T: DeserializeOwned>(json: &str) -> Result<Answer<T>, Malformed> {
    if json.len() > MAX_BATCH {
        return Err(Malformed::TooLong(json.len()));
    }
    match serde_json::from_str(json) {
        Ok(Wire::Ok(value)) => Ok(Answer::Ok(value)),
        Ok(Wire::Err(error)) => Ok(Answer::Err(error)),
        Err(_) => Err(Malformed::Shape),
    }
}

/// Value of `pairing_code`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct PairingCodeMade {
    /// Eight characters without a dash.
    pub(crate) code: Id,
}

/// Value of `exists`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Exists {
    pub(crate) registered: bool,
    /// The address to go on with; may be a `…@lid`, and may name another number than the one asked for.
    #[serde(default)]
    pub(crate) wid: Option<Id>,
    #[serde(default)]
    pub(crate) phone: Option<Id>,
    #[serde(default)]
    pub(crate) lid: Option<Id>,
}

/// Value of `send_text`: the message is in the page's collection.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Sent {
    pub(crate) key: Id,
    pub(crate) chat: Id,
    /// The address the recipient's number was resolved to.
    #[serde(default)]
    pub(crate) wid: Option<Id>,
    /// Unix seconds.
    pub(crate) t: i64,
    pub(crate) ack: i64,
    /// The page has had a message with this id already; nothing new was sent.
    pub(crate) duplicate: bool,
    /// The page sends a message again that it had given up when it was loaded anew.
    #[serde(default)]
    pub(crate) resent: bool,
}

/// Value of `message_status`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct MessageStatus {
    pub(crate) found: bool,
    #[serde(default)]
    pub(crate) ack: Option<i64>,
    #[serde(default)]
    pub(crate) failed: Option<Failure>,
    #[serde(default)]
    pub(crate) code: Option<Label>,
}

/// Value of `catch_up`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "RawCaughtUp")]
pub(crate) struct CaughtUp {
    /// Oldest first.
    pub(crate) messages: Vec<RawMessage>,
    /// There is more than was asked for.
    pub(crate) truncated: bool,
    /// Chats that could not be looked through.
    pub(crate) failed: u32,
    /// Messages that make no sense; they take no others with them.
    pub(crate) undecoded: usize,
}

#[derive(Deserialize)]
struct RawCaughtUp {
    messages: Vec<Value>,
    truncated: bool,
    #[serde(default)]
    failed: u32,
}

impl From<RawCaughtUp> for CaughtUp {
    fn from(RawCaughtUp { messages, truncated, failed }: RawCaughtUp) -> Self {
        let all = messages.len();
        let messages: Vec<RawMessage> = messages.into_iter().flat_map(serde_json::from_value).collect();
        Self { undecoded: all - messages.len(), messages, truncated, failed }
    }
}
