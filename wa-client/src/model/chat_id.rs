use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::{Error, ErrorKind};
use crate::phone::PhoneNumber;
use crate::redact::mask;

/// What a [`ChatId`] names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChatKind {
    /// A person by phone number, `@c.us`.
    Phone,
    /// A person by the opaque account id, `@lid`.
    Lid,
    /// A group, `@g.us`.
    Group,
    /// A channel, `@newsletter`.
    Newsletter,
    /// A broadcast list or the status feed, `@broadcast`. Received, never sent to.
    Broadcast,
    /// Something newer than this library. Received, never sent to.
    Other,
}

/// The address of a person or chat, as the page writes it: `5511988887777@c.us`, `…@lid`, `…@g.us`, `…@newsletter`.
///
/// `@s.whatsapp.net` is read as `@c.us`, and a device part (`:5`) is dropped (module `WAWebWid`). `Debug` shows it masked;
/// `Display` shows it whole.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChatId(String);

/// Longer ids do not occur; the limit bounds what the page can hand us.
const MAX_LENGTH: usize = 256;

impl ChatId {
    /// The whole id, for example `5511988887777@c.us`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it names.
    #[must_use]
    pub fn kind(&self) -> ChatKind {
        match self.server() {
            "c.us" => ChatKind::Phone,
            "lid" => ChatKind::Lid,
            "g.us" => ChatKind::Group,
            "newsletter" => ChatKind::Newsletter,
            "broadcast" => ChatKind::Broadcast,
            _ => ChatKind::Other,
        }
    }

    /// The part before the `@`.
    #[must_use]
    pub fn user(&self) -> &str {
        self.0.split_once('@').map_or("", |(user, _)| user)
    }

    /// The part behind the `@`.
    #[must_use]
    pub fn server(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, server)| server)
    }

    /// Whether it is a group.
    #[must_use]
    pub fn is_group(&self) -> bool {
        self.kind() == ChatKind::Group
    }

    /// The phone number, for an id of kind [`ChatKind::Phone`].
    #[must_use]
    pub fn phone(&self) -> Option<PhoneNumber> {
        (self.kind() == ChatKind::Phone).then(|| PhoneNumber::from_page(self.user())).flatten()
    }
}

impl From<&PhoneNumber> for ChatId {
    fn from(phone: &PhoneNumber) -> Self {
        Self(format!("{}@c.us", phone.digits()))
    }
}

impl From<&ChatId> for ChatId {
    fn from(id: &ChatId) -> Self {
        id.clone()
    }
}

impl FromStr for ChatId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid = |what| Err(Error::new(ErrorKind::InvalidArgument, "parse_chat_id", what));
        if text.len() > MAX_LENGTH {
            return invalid("chat id too long");
        }
        let Some((user, server)) = text.split_once('@') else {
            return invalid("chat id without @");
        };
        let user = user.split_once(':').map_or(user, |(user, _device)| user);
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let word =
            |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        let (user_ok, server) = match server {
            "c.us" | "s.whatsapp.net" => (digits(user), "c.us"),
            "lid" | "newsletter" => (digits(user), server),
            "g.us" => (user.split('-').all(digits), server),
            other if word(other) => (word(user), other),
            _ => return invalid("chat id with an impossible part behind the @"),
        };
        if user_ok {
            Ok(Self(format!("{user}@{server}")))
        } else {
            invalid("chat id with an impossible part before the @")
        }
    }
}

impl TryFrom<&str> for ChatId {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        text.parse()
    }
}

impl fmt::Display for ChatId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ChatId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", mask(self.user()), self.server())
    }
}

impl Serialize for ChatId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ChatId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_told_apart() {
        for (text, canonical, kind) in [
            ("5511988887777@c.us", "5511988887777@c.us", ChatKind::Phone),
            ("5511988887777@s.whatsapp.net", "5511988887777@c.us", ChatKind::Phone),
            ("5511988887777:5@c.us", "5511988887777@c.us", ChatKind::Phone),
            ("123456789012345:0@lid", "123456789012345@lid", ChatKind::Lid),
            ("120363000000000000@g.us", "120363000000000000@g.us", ChatKind::Group),
            ("5511988887777-1600000000@g.us", "5511988887777-1600000000@g.us", ChatKind::Group),
            ("120363000000000001@newsletter", "120363000000000001@newsletter", ChatKind::Newsletter),
            ("status@broadcast", "status@broadcast", ChatKind::Broadcast),
            ("867051314767696@bot", "867051314767696@bot", ChatKind::Other),
        ] {
            let id: ChatId = text.parse().unwrap();
            assert_eq!((id.as_str(), id.kind()), (canonical, kind));
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "@",
            "@c.us",
            "5511988887777",
            "abc@c.us",
            "55 11@c.us",
            "+5511@c.us",
            "1@",
            "1@c us",
            "-@g.us",
            "1-@g.us",
            "1@c.us@c.us",
            "\u{663}@c.us",
        ] {
            let error = text.parse::<ChatId>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument, "{text}");
        }
        assert!(format!("{}@c.us", "1".repeat(300)).parse::<ChatId>().is_err());
    }

    #[test]
    fn debug_is_masked() {
        let id: ChatId = "5511988887777@c.us".parse().unwrap();
        assert_eq!(format!("{id:?}"), "55*********77@c.us");
    }
}
