use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ChatId, Timestamp};
use crate::phone::PhoneNumber;
use crate::redact::{Hidden, hidden};

/// A code to be scanned with the phone. [`crate::qr`] draws it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct QrCode {
    /// The text inside the code. Whoever scans it links the account: treat it as a secret.
    pub payload: String,
    /// When the page made it.
    pub generated_at: Timestamp,
    /// When the page replaces it; from then on it links nothing.
    pub expires_at: Timestamp,
    /// Its number within the batch, from 1.
    pub attempt: u32,
    /// How many codes the batch has.
    pub of: u32,
}

impl QrCode {
    /// A code with its life span and its place in the batch.
    #[must_use]
    pub fn new(payload: String, generated_at: Timestamp, expires_at: Timestamp, attempt: u32, of: u32) -> Self {
        Self { payload, generated_at, expires_at, attempt, of }
    }

    /// Whether it can be scanned at `now`.
    #[must_use]
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }
}

impl fmt::Debug for QrCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QrCode")
            .field("payload", &Hidden(&self.payload))
            .field("generated_at", &self.generated_at)
            .field("expires_at", &self.expires_at)
            .field("attempt", &self.attempt)
            .field("of", &self.of)
            .finish()
    }
}

/// A code to be typed into the phone.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PairingCode {
    /// `XXXX-XXXX`. Treat it as a secret.
    pub code: String,
    /// From then on it links nothing.
    pub expires_at: Timestamp,
}

impl PairingCode {
    /// The page's eight characters, written as `XXXX-XXXX`, and when they end.
    #[must_use]
    pub fn new(code: &str, expires_at: Timestamp) -> Self {
        let plain: Vec<char> = code.chars().filter(|c| *c != '-').collect();
        let (left, right) = plain.split_at(plain.len() / 2);
        Self { code: left.iter().chain(['-'].iter()).chain(right).collect(), expires_at }
    }
}

impl fmt::Debug for PairingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PairingCode").field("code", &Hidden(&self.code)).field("expires_at", &self.expires_at).finish()
    }
}

/// The linked account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Me {
    /// Its phone number.
    pub phone: PhoneNumber,
    /// Its opaque account id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lid: Option<ChatId>,
    /// The name it shows to others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushname: Option<String>,
    /// The phone's system, for example `android`, `iphone`, `smba`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
}

impl Me {
    /// An account of which only the number is known.
    #[must_use]
    pub fn new(phone: PhoneNumber) -> Self {
        Self { phone, lid: None, pushname: None, platform: None }
    }
}

impl fmt::Debug for Me {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Me")
            .field("phone", &self.phone)
            .field("lid", &self.lid)
            .field("pushname", &hidden(self.pushname.as_deref()))
            .field("platform", &self.platform)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pairing_code_is_written_in_two_groups() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(PairingCode::new("QY1KMZF3", now).code, "QY1K-MZF3");
        assert_eq!(PairingCode::new("QY1K-MZF3", now).code, "QY1K-MZF3");
    }

    #[test]
    fn a_qr_code_ends_at_its_expiry() {
        let at = |ms| Timestamp::from_unix_ms(ms);
        let qr = QrCode::new("secret payload".into(), at(0), at(60_000), 1, 6);
        assert!(qr.is_valid_at(at(59_999)));
        assert!(!qr.is_valid_at(at(60_000)));
        assert!(!format!("{qr:?}").contains("secret"));
    }
}
