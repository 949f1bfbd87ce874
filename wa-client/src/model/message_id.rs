use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::{Error, ErrorKind};

const MAX_ID: usize = 128;
const MAX_KEY: usize = 256;

/// The id of a message within its chat, for example `3EB0…`. It says nothing about people and may be logged.
///
/// Sending twice with the same id makes one message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(String);

impl MessageId {
    /// A new id in the page's own form, `3EB0` and 18 hexadecimal digits (module `WAWebMsgKey`, `newId`), from nine random bytes.
    #[must_use]
    pub fn from_random(random: [u8; 9]) -> Self {
        use fmt::Write as _;
        let mut id = String::from("3EB0");
        for byte in random {
            // Writing to a String cannot fail.
            let _ = write!(id, "{byte:02X}");
        }
        Self(id)
    }

    /// An id that somebody else chose; senders may take what they like.
    pub(crate) fn from_page(text: &str) -> Option<Self> {
        ((1..=MAX_ID).contains(&text.len()) && !text.chars().any(char::is_control)).then(|| Self(text.to_owned()))
    }

    /// The text of the id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MessageId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        // What separates the parts of a key cannot be in one.
        let valid =
            (1..=MAX_ID).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic() && !b"_@".contains(&b));
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::new(
                ErrorKind::InvalidArgument,
                "parse_message_id",
                "message ids are 1 to 128 visible ASCII characters without _ and @",
            ))
        }
    }
}

/// The full key of a message, `true_<chat>_<id>` or `false_<chat>_<id>_<participant>`: unique in an account.
///
/// It holds addresses, so `Debug` shows only the id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageKey(String);

impl MessageKey {
    /// The text of the key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id within the chat.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.split('_').nth(2).unwrap_or("")
    }

    /// Whether the own account wrote the message.
    #[must_use]
    pub fn from_me(&self) -> bool {
        self.0.starts_with("true_")
    }
}

impl FromStr for MessageKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut parts = text.splitn(4, '_');
        let direction = matches!(parts.next(), Some("true" | "false"));
        let chat = parts.next().is_some_and(|chat| chat.contains('@'));
        let id = parts.next().is_some_and(|id| !id.is_empty());
        if direction && chat && id && text.len() <= MAX_KEY && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::new(ErrorKind::InvalidArgument, "parse_message_key", "not the key of a message"))
        }
    }
}

impl fmt::Debug for MessageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageKey(…_{}…)", self.id())
    }
}

macro_rules! text_type {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = Error;

            fn try_from(text: &str) -> Result<Self, Error> {
                text.parse()
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;

            fn try_from(text: String) -> Result<Self, Error> {
                text.parse()
            }
        }

        impl From<&$name> for $name {
            fn from(value: &$name) -> Self {
                value.clone()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    };
}

text_type!(MessageId);
text_type!(MessageKey);

/// A message by its key, or one of ours by its id alone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MessageRef {
    /// By its key.
    Key(MessageKey),
    /// By the id it was sent with.
    Id(MessageId),
}

impl FromStr for MessageRef {
    type Err = Error;

    /// Only keys hold `_`.
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.contains('_') { text.parse().map(Self::Key) } else { text.parse().map(Self::Id) }
    }
}

impl TryFrom<&str> for MessageRef {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        text.parse()
    }
}

impl TryFrom<String> for MessageRef {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<MessageKey> for MessageRef {
    fn from(key: MessageKey) -> Self {
        Self::Key(key)
    }
}

impl From<&MessageKey> for MessageRef {
    fn from(key: &MessageKey) -> Self {
        Self::Key(key.clone())
    }
}

impl From<MessageId> for MessageRef {
    fn from(id: MessageId) -> Self {
        Self::Id(id)
    }
}

impl From<&MessageId> for MessageRef {
    fn from(id: &MessageId) -> Self {
        Self::Id(id.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_id_has_the_form_of_the_page() {
        assert_eq!(MessageId::from_random([0, 1, 2, 3, 4, 5, 6, 7, 0xff]).as_str(), "3EB00001020304050607FF");
    }

    #[test]
    fn keys_are_taken_apart() {
        let key: MessageKey = "true_5511988887777@c.us_3EB012".parse().unwrap();
        assert_eq!((key.id(), key.from_me()), ("3EB012", true));
        let key: MessageKey = "false_120363000000000000@g.us_3EB0AB_123456789012345@lid".parse().unwrap();
        assert_eq!((key.id(), key.from_me()), ("3EB0AB", false));
        assert_eq!(format!("{key:?}"), "MessageKey(…_3EB0AB…)");
    }

    #[test]
    fn a_message_is_named_by_key_or_id() {
        let key = "true_5511988887777@c.us_3EB012";
        assert_eq!(key.parse::<MessageRef>().unwrap(), MessageRef::Key(key.parse().unwrap()));
        assert_eq!("3EB012".parse::<MessageRef>().unwrap(), MessageRef::Id("3EB012".parse().unwrap()));
        assert!("no key".parse::<MessageRef>().is_err() && "a_b".parse::<MessageRef>().is_err());
    }

    #[test]
    fn what_others_chose_is_taken() {
        for id in ["AB_C@D", "ид", "a b"] {
            assert_eq!(MessageId::from_page(id).unwrap().as_str(), id);
            assert!(format!("false_1@c.us_{id}").parse::<MessageKey>().is_ok());
        }
        assert!(MessageId::from_page("").is_none() && MessageId::from_page("a\nb").is_none());
        assert!("false_1@c.us_a\nb".parse::<MessageKey>().is_err());
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "x", "true__3EB0", "true_1@c.us", "true_1@c.us_", "maybe_1@c.us_3EB0", "false_a_b"] {
            assert!(text.parse::<MessageKey>().is_err(), "{text}");
        }
        for text in ["", "a b", "true_1@c.us_3EB0", &"A".repeat(129)] {
            assert!(text.parse::<MessageId>().is_err(), "{text}");
        }
    }
}
