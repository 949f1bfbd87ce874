//! What can be done with a session, one file a capability.

mod exists;
mod message_status;
mod pairing;
mod send;

use std::future::Future;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing::Instrument as _;

pub use send::SendMessage;

use crate::client::{Client, stopped};
use crate::error::{ErrorKind, Result};
use crate::page::{CallError, Page};
use crate::session::convert;
use crate::session::fault::Fault;
use crate::session::request::{Job, Request};

/// The operations of a client, by their names in Rust.
pub const ALL: &[&str] = &[
    "initialize",
    "wait_ready",
    "qr_code",
    "generate_qr_code",
    "request_pairing_code",
    "cancel_pairing_code",
    "is_authenticated",
    "connection_status",
    "cached_status",
    "capability_report",
    "doctor",
    "send_message",
    "is_registered",
    "message_status",
    "disconnect",
    "reconnect",
    "logout",
    "shutdown",
    "events",
    "events_after",
    "on",
];

impl Client {
    /// Runs `call` with the page as soon as that is ready; `deadline` is for the wait and the call together.
    pub(crate) async fn with_page<T, C, F>(&self, operation: &'static str, deadline: Duration, call: C) -> Result<T>
    where
        T: Send + 'static,
        C: FnOnce(Page) -> F + Send + 'static,
        F: Future<Output = std::result::Result<T, CallError>> + Send,
    {
        let span = tracing::info_span!("operation", name = operation, session = self.session());
        let (reply, answer) = oneshot::channel::<std::result::Result<T, Fault>>();
        let job_span = span.clone();
        let run = Box::new(move |page: std::result::Result<Page, Fault>| {
            let work = async move {
                let result = match page {
                    Ok(page) => call(page).await.map_err(|error| convert::fault(&error)),
                    Err(fault) => Err(fault),
                };
                // Whoever asked may have stopped waiting.
                let _ = reply.send(result);
            };
            Box::pin(work.instrument(job_span)) as std::pin::Pin<Box<dyn Future<Output = ()> + Send>>
        });
        async {
            self.request(operation, Request::Job(Job { run, patience: deadline })).await?;
            let late = || Fault::new(ErrorKind::Timeout, "not answered in time").into_error(operation);
            let answer = timeout(deadline, answer).await.map_err(|_| late())?;
            answer.map_err(|_| stopped(operation))?.map_err(|fault| fault.into_error(operation))
        }
        .instrument(span)
        .await
    }
}
