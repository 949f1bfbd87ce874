//! Phone numbers in international form.

use std::fmt;
use std::str::FromStr;

use phonenumber::Type;
use phonenumber::metadata::{DATABASE, Metadata};
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

/// Reads `5511988887777`, `+55 11 98888-7777`, `+55 (11) 98888-7777`: `+`, blanks, `-`, `(` and `)` are dropped.
///
/// What is left must be 5 to 15 digits, begin with a country code in use and have a length that numbers of that country have.
/// That catches forgotten country codes and lost digits. Whether the number is assigned only WhatsApp can tell
/// (`is_registered`), so finer patterns of numbering plans, which change faster than any table, are not held against it.
impl FromStr for PhoneNumber {
    type Err = Error;

    /// # Errors
    /// `invalid_phone`, saying what is wrong.
    fn from_str(text: &str) -> Result<Self, Error> {
        check(text).map_err(|what| Error::new(ErrorKind::InvalidPhone, "parse_phone", what))
    }
}

fn check(text: &str) -> Result<PhoneNumber, &'static str> {
    let digits: String = text.chars().filter(|c| !matches!(c, '+' | '-' | '(' | ')') && !c.is_whitespace()).collect();
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err("a phone number has only digits, blanks and + - ( )");
    }
    if !(5..=15).contains(&digits.len()) {
        return Err("a phone number has 5 to 15 digits");
    }
    if digits.starts_with('0') {
        return Err("a phone number begins with its country code, without 0 or 00");
    }
    let Some((code, national)) = split_country(&digits) else {
        return Err("no country has the code that the phone number begins with");
    };
    if !has_length(code, national.len()) {
        return Err("no phone number of that country has so many digits");
    }
    Ok(PhoneNumber(digits))
}

/// No country code is the beginning of another, so at most one fits.
fn split_country(digits: &str) -> Option<(u16, &str)> {
    (1..=3).filter_map(|length| Some((digits.get(..length)?.parse().ok()?, digits.get(length..)?))).find(|(code, _)| {
        // The first use in a process decodes the table of numbering plans.
        DATABASE.by_code(code).is_some()
    })
}

/// What can belong to a person or a business. Left out: pagers, voice mailboxes, premium and emergency services, and company
/// extensions.
const KINDS: [Type; 7] = [
    Type::FixedLine,
    Type::Mobile,
    Type::FixedLineOrMobile,
    Type::TollFree,
    Type::SharedCost,
    Type::PersonalNumber,
    Type::Voip,
];

/// Lengths that WhatsApp keeps although the numbering plan has dropped them: Mexico's mobile `1` before the number, and
/// numbers of Côte d'Ivoire from before 2021.
const KEPT: [(u16, usize); 2] = [(52, 11), (225, 8)];

fn has_length(code: u16, length: usize) -> bool {
    let plan_has = |plan: &Metadata| {
        KINDS
            .iter()
            .filter_map(|kind| plan.descriptors().get(*kind))
            .any(|numbers| numbers.possible_length().iter().any(|possible| usize::from(*possible) == length))
    };
    KEPT.contains(&(code, length)) || DATABASE.by_code(&code).into_iter().flatten().any(plan_has)
}

impl TryFrom<&str> for PhoneNumber {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        text.parse()
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl TryFrom<&String> for PhoneNumber {
    type Error = Error;

    fn try_from(text: &String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<&PhoneNumber> for PhoneNumber {
    fn from(phone: &PhoneNumber) -> Self {
        phone.clone()
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

#[cfg(test)]
#[path = "phone_tests.rs"]
mod tests;
