//! Is a number on WhatsApp?

use serde_json::json;

use crate::client::Client;
use crate::error::{Error, Result};
use crate::page::protocol::Exists;
use crate::phone::PhoneNumber;
use crate::session::perform::page_deadline;
use crate::session::request::Request;

impl Client {
    /// Whether `number` has a WhatsApp account. The answer is used for later messages to it, see [`Config::exists_ttl`].
    ///
    /// # Errors
    /// `invalid_phone`, `not_ready` when no session runs, `not_authenticated`, `timeout`, `rate_limited`, `page`,
    /// `capability_unavailable`, `disconnected`, `stopped`.
    ///
    /// [`Config::exists_ttl`]: crate::Config::exists_ttl
    pub async fn is_registered<N>(&self, number: N) -> Result<bool>
    where
        N: TryInto<PhoneNumber>,
        N::Error: Into<Error>,
    {
        const OPERATION: &str = "is_registered";
        let phone: PhoneNumber = number.try_into().map_err(|error| error.into().with_operation(OPERATION))?;
        let deadline = self.config().deadlines.exists;
        let args = json!({"phone": phone, "deadlineMs": page_deadline(deadline)});
        let answer =
            self.with_page(OPERATION, deadline, move |page| async move {
                page.call::<Exists>("exists", &args, deadline).await
            })
            .await?;
        if let Some(wid) = answer.wid.filter(|_| answer.registered).and_then(|wid| wid.parse().ok()) {
            self.request(OPERATION, Request::Learn(phone, wid)).await?;
        }
        Ok(answer.registered)
    }
}
