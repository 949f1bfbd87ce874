//! Phone numbers in international form.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::{Error, ErrorKind};
use crate::redact::mask;

/// A phone number in international form: country code and number, digits only.
///
/// `Debug` shows it masked (`55*********77`); `Display` shows it whole.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// The digits, country code first, without `+`.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// What the page reports needs no check beyond its form.
    pub(crate) fn from_page(digits: &str) -> Option<Self> {
        let plausible = (5..=20).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        plausible.then(|| Self(digits.to_owned()))
    }
}

impl FromStr for PhoneNumber {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid = |what| Err(Error::new(ErrorKind::InvalidPhone, "parse_phone", what));
        let digits: String = text.chars().filter(|c| !matches!(c, '+' | '-' | '(' | ')') && !c.is_whitespace()).collect();
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return invalid("a phone number has only digits, blanks and + - ( )");
        }
        if !(5..=15).contains(&digits.len()) {
            return invalid("a phone number has 5 to 15 digits");
        }
        Ok(Self(digits))
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask(&self.0))
    }
}

impl Serialize for PhoneNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PhoneNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        Self::from_page(&digits).ok_or_else(|| de::Error::custom("not a phone number"))
    }
}
