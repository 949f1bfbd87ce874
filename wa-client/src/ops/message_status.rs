//! How far has a message come?

use serde_json::json;

use crate::client::Client;
use crate::error::{Error, Result};
use crate::model::{Ack, MessageRef};
use crate::page::protocol::MessageStatus;
use crate::session::convert;
use crate::session::perform::page_deadline;

impl Client {
    /// Asks the page how far a message of ours has come, by its key or by its id alone; `None` when the page does not know it.
    ///
    /// By its id a message is found also after a restart: what an error said of a message that [may have been
    /// sent](Error::maybe_sent) is enough. Looked for in the page's memory, then in what it has stored of every chat.
    ///
    /// [`Ack::Pending`]: the server has not confirmed it. It may have it all the same, when the page was loaded anew meanwhile;
    /// sending it again with the same id settles that. [`Ack::Failed`]: the server refused it.
    ///
    /// # Errors
    /// `invalid_argument`, `not_ready` when no session runs, `not_authenticated`, `rate_limited` when too many calls wait,
    /// `timeout`, `page`, `disconnected`, `stopped`.
    pub async fn message_status<M>(&self, message: M) -> Result<Option<Ack>>
    where
        M: TryInto<MessageRef>,
        M::Error: Into<Error>,
    {
        const OPERATION: &str = "message_status";
        let message: MessageRef = message.try_into().map_err(|error| error.into().with_operation(OPERATION))?;
        let deadline = self.config().deadlines.page_call;
        let mut args = json!({"deadlineMs": page_deadline(deadline)});
        match message {
            MessageRef::Key(key) => args["key"] = json!(key),
            MessageRef::Id(id) => args["id"] = json!(id),
        }
        let call = move |page: crate::page::Page| async move {
            page.call::<MessageStatus>("message_status", &args, deadline).await
        };
        let status = self.with_page(OPERATION, deadline, call).await?;
        Ok(status.ack.filter(|_| status.found).map(|ack| convert::level(ack, status.failed)))
    }
}
