//! Texts of limited length.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, de};

use crate::redact::Hidden;

/// Text of a person: shown to the application, never in `Debug`. At most `MAX` characters.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Private<const MAX: usize>(String);

/// A key of a message, an address, a name.
pub(crate) type Id = Private<256>;

/// The text of a message, as long as the page allows.
pub(crate) type Text = Private<65_536>;

/// A word of the page's vocabulary: a type, a stage, a state. Says nothing about people. At most 256 characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Label(String);

fn limited<'de, D: Deserializer<'de>>(deserializer: D, max: usize) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.chars().count() > max { Err(de::Error::custom("text too long")) } else { Ok(text) }
}

impl<const MAX: usize> Private<MAX> {
    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

impl<const MAX: usize> fmt::Debug for Private<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hidden(&self.0).fmt(f)
    }
}

impl<const MAX: usize> Deref for Private<MAX> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Private<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        limited(deserializer, MAX).map(Self)
    }
}

impl Label {
    pub(crate) fn into_string(self) -> String {
        self.0
    }
}

impl Deref for Label {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        limited(deserializer, 256).map(Self)
    }
}
