use std::fmt;
use std::str::FromStr;

use super::{ChatId, ChatKind};
use crate::error::{Error, ErrorKind};
use crate::phone::PhoneNumber;

/// Whom a message goes to: a phone number, which is looked up first, or the id of a chat.
///
/// Text with an `@` is read as a [`ChatId`], other text as a [`PhoneNumber`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Recipient {
    /// A person by phone number.
    Phone(PhoneNumber),
    /// A chat by id.
    Chat(ChatId),
}

impl FromStr for Recipient {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.contains('@') { ChatId::from_str(text.trim())?.try_into() } else { Ok(Self::Phone(text.parse()?)) }
    }
}

impl TryFrom<&str> for Recipient {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        text.parse()
    }
}

impl TryFrom<String> for Recipient {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl TryFrom<&String> for Recipient {
    type Error = Error;

    fn try_from(text: &String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<PhoneNumber> for Recipient {
    fn from(phone: PhoneNumber) -> Self {
        Self::Phone(phone)
    }
}

impl From<&PhoneNumber> for Recipient {
    fn from(phone: &PhoneNumber) -> Self {
        Self::Phone(phone.clone())
    }
}

impl TryFrom<ChatId> for Recipient {
    type Error = Error;

    fn try_from(id: ChatId) -> Result<Self, Error> {
        match id.kind() {
            ChatKind::Phone | ChatKind::Lid | ChatKind::Group | ChatKind::Newsletter => Ok(Self::Chat(id)),
            ChatKind::Broadcast | ChatKind::Other => Err(Error::new(
                ErrorKind::InvalidArgument,
                "parse_recipient",
                "chats of this kind cannot be written to",
            )),
        }
    }
}

impl TryFrom<&ChatId> for Recipient {
    type Error = Error;

    fn try_from(id: &ChatId) -> Result<Self, Error> {
        id.clone().try_into()
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phone(phone) => fmt::Debug::fmt(phone, f),
            Self::Chat(chat) => fmt::Debug::fmt(chat, f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_at_sign_makes_it_a_chat() {
        assert!(matches!("+55 (11) 98888-7777".parse(), Ok(Recipient::Phone(_))));
        assert!(matches!("5511988887777@s.whatsapp.net".parse(), Ok(Recipient::Chat(_))));
        assert_eq!("5511@c.uss".parse::<Recipient>().unwrap_err().kind(), ErrorKind::InvalidArgument);
        assert_eq!("nobody".parse::<Recipient>().unwrap_err().kind(), ErrorKind::InvalidPhone);
    }
}
