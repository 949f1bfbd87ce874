//! How far has a message come?

use serde_json::json;

use crate::client::Client;
use crate::error::{Error, Result};
use crate::model::{Ack, MessageKey};
use crate::page::protocol::MessageStatus;
use crate::session::perform::page_deadline;

impl Client {
    /// Asks the page how far a message of ours has come; `None` when the page does not know the message.
    ///
    /// [`Ack::Pending`]: the server has not confirmed it. It may have it all the same, when the page was loaded anew meanwhile;
    /// sending it again with the same id settles that. [`Ack::Failed`]: the server refused it.
    ///
    /// # Errors
    /// `invalid_argument`, `not_ready` when no session runs, `not_authenticated`, `rate_limited` when too many calls wait,
    /// `timeout`, `page`, `disconnected`, `stopped`.
    pub async fn message_status<K>(&self, key: K) -> Result<Option<Ack>>
    where
        K: TryInto<MessageKey>,
        K::Error: Into<Error>,
    {
        const OPERATION: &str = "message_status";
        let key: MessageKey = key.try_into().map_err(|error| error.into().with_operation(OPERATION))?;
        let deadline = self.config().deadlines.page_call;
        let args = json!({"key": key, "deadlineMs": page_deadline(deadline)});
        let call = move |page: crate::page::Page| async move {
            page.call::<MessageStatus>("message_status", &args, deadline).await
        };
        let status = self.with_page(OPERATION, deadline, call).await?;
        let refused = status.failed && (status.code.is_some() || status.ack != Some(0));
        let ack = if refused { Some(Ack::Failed) } else { status.ack.map(Ack::from_level) };
        Ok(ack.filter(|_| status.found))
    }
}
