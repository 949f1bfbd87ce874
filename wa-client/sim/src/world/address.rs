//! Addresses as control calls and pages write them.

use std::fmt;

use crate::failure::{Failure, Reply};

/// Where a message can go, or who somebody is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Address {
    /// A phone number, digits only.
    Number(String),
    /// A LID, digits only.
    Lid(String),
    /// A group, the part before `@g.us`.
    Group(String),
}

fn digits(text: &str, range: std::ops::RangeInclusive<usize>) -> bool {
    range.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

impl Address {
    /// Digits, `…@c.us`, `…@s.whatsapp.net`, `…@lid` or `…@g.us`; a device part is dropped.
    pub(crate) fn parse(text: &str) -> Reply<Self> {
        let (user, server) = text.split_once('@').unwrap_or((text, "c.us"));
        let user = user.split_once(':').map_or(user, |(user, _)| user);
        match server {
            "c.us" | "s.whatsapp.net" if digits(user, 5..=20) => Ok(Self::Number(user.to_owned())),
            "lid" if digits(user, 1..=15) => Ok(Self::Lid(user.to_owned())),
            "g.us" if !user.is_empty() && user.bytes().all(|b| b.is_ascii_digit() || b == b'-') => {
                Ok(Self::Group(user.to_owned()))
            }
            _ => Err(Failure::bad_request("not an address: 5 to 20 digits, …@c.us, …@lid or …@g.us")),
        }
    }

    /// A phone number, whichever way it is written.
    pub(crate) fn number(text: &str) -> Reply<String> {
        match Self::parse(text)? {
            Self::Number(number) => Ok(number),
            _ => Err(Failure::bad_request("a phone number of 5 to 20 digits is wanted")),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(user) => write!(f, "{user}@c.us"),
            Self::Lid(user) => write!(f, "{user}@lid"),
            Self::Group(user) => write!(f, "{user}@g.us"),
        }
    }
}
