//! Linking by a code that is typed on the phone.

use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::model::PairingCode;
use crate::phone::PhoneNumber;
use crate::session::effect::Answer;
use crate::session::input::Command;

impl Client {
    /// Makes a code to be typed on the phone of the account `phone` (Linked devices, Link with phone number). It replaces an
    /// earlier one, and the QR code until it expires, is used or is cancelled.
    ///
    /// # Errors
    /// `invalid_phone`, `already_authenticated`, `not_ready` when the login screen is not there or another code is being made,
    /// `rate_limited` when the server has enough of it, `timeout`, `page`, `disconnected`, `cancelled`, `stopped`.
    pub async fn request_pairing_code<N>(&self, phone: N) -> Result<PairingCode>
    where
        N: TryInto<PhoneNumber>,
        N::Error: Into<Error>,
    {
        const OPERATION: &str = "request_pairing_code";
        let phone: PhoneNumber = phone.try_into().map_err(|error| error.into().with_operation(OPERATION))?;
        match self.command(OPERATION, Command::PairingCode { phone, notify: true }).await? {
            Answer::Code(code) => Ok(code),
            _ => Err(Error::new(ErrorKind::Internal, OPERATION, "answered without a code")),
        }
    }

    /// Goes back from a pairing code to QR codes. Does nothing when there is none.
    ///
    /// # Errors
    /// `timeout`, `page`, `disconnected`, `stopped`.
    pub async fn cancel_pairing_code(&self) -> Result<()> {
        self.command("cancel_pairing_code", Command::CancelPairing).await.map(drop)
    }
}
