//! One method a call of the core.

use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use wa_client::{Client, Config, Error, ErrorKind, Result, SendUntil};

use crate::error::guard;
use crate::events::Stream;
use crate::pending::{Pending, to_json};
use crate::runtime::Link;
use crate::text::Text;

/// A client of the core. Settings go in as JSON, results come out as JSON.
#[pyclass(frozen, module = "wa_client._native")]
pub(crate) struct Core {
    /// Always there until it is dropped.
    client: Option<Arc<Client>>,
    link: Arc<Link>,
}

impl Core {
    /// The client, in the process that made it.
    fn client(&self, operation: &'static str) -> Result<&Client> {
        self.link.check(operation)?;
        self.client.as_deref().ok_or_else(|| Error::new(ErrorKind::Stopped, operation, "the client is gone"))
    }

    /// Starts a call without arguments, or with those that `call` has taken.
    fn start<T, C, F>(&self, py: Python<'_>, operation: &'static str, call: C) -> PyResult<Pending>
    where
        T: serde::Serialize,
        C: FnOnce(Client) -> F,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        guard(py, operation, || Ok(Pending::start(&self.link, operation, call(self.client(operation)?.clone()))))
    }
}

#[pymethods]
impl Core {
    #[new]
    fn new(py: Python<'_>, config: Text) -> PyResult<Self> {
        guard(py, "new_client", || {
            let config = Config::from_json(&config.0)?;
            let link = Link::current()?;
            let _here = link.runtime.enter();
            let client = Arc::new(Client::builder().config(config).build()?);
            link.register(&client);
            Ok(Self { client: Some(client), link: Arc::clone(&link) })
        })
    }

    fn session(&self, py: Python<'_>) -> PyResult<String> {
        guard(py, "session", || Ok(self.client("session")?.session().to_owned()))
    }

    fn config(&self, py: Python<'_>) -> PyResult<String> {
        guard(py, "config", || to_json("config", self.client("config")?.config()))
    }

    fn is_authenticated(&self, py: Python<'_>) -> PyResult<bool> {
        guard(py, "is_authenticated", || Ok(self.client("is_authenticated")?.is_authenticated()))
    }

    fn connection_status(&self, py: Python<'_>) -> PyResult<String> {
        const OPERATION: &str = "connection_status";
        guard(py, OPERATION, || to_json(OPERATION, &self.client(OPERATION)?.connection_status()))
    }

    fn capability_report(&self, py: Python<'_>) -> PyResult<String> {
        const OPERATION: &str = "capability_report";
        guard(py, OPERATION, || to_json(OPERATION, &self.client(OPERATION)?.capability_report()))
    }

    fn events(&self, py: Python<'_>) -> PyResult<Stream> {
        guard(py, "events", || Ok(Stream::new(self.client("events")?.events(), &self.link)))
    }

    fn events_after(&self, py: Python<'_>, seq: u64) -> PyResult<Stream> {
        guard(py, "events_after", || Ok(Stream::new(self.client("events_after")?.events_after(seq), &self.link)))
    }

    fn initialize(&self, py: Python<'_>) -> PyResult<Pending> {
        self.start(py, "initialize", |client| async move { client.initialize().await })
    }

    fn wait_ready(&self, py: Python<'_>) -> PyResult<Pending> {
        self.start(py, "wait_ready", |client| async move { client.wait_ready().await })
    }

    fn qr_code(&self, py: Python<'_>) -> PyResult<Pending> {
        self.start(py, "qr_code", |client| async move { Ok(client.qr_code().await) })
    }

    fn generate_qr_code(&self, py: Python<'_>) -> PyResult<Pending> {
        self.start(py, "generate_qr_code", |client| async move { client.generate_qr_code().await })
    }

    fn request_pairing_code(&self, py: Python<'_>, phone: Text) -> PyResult<Pending> {
        self.start(py, "request_pairing_code", |client| async move { client.request_pairing_code(phone.0).await })
    }

    fn cancel_pairing_code(&self, py: Python<'_>) -> PyResult<Pending> {
        self.start(py, "cancel_pairing_code", |client| async move { client.cancel_pairing_code().await })
    }

    fn cached_status(&self, py: Python<'_>) -> PyResult<Pending> {
        self.start(py, "cached_status", |client| async move { Ok(client.cached_status().await) })
    }

    fn doctor(&self, py: Python<'_>) -> PyResult<Pending> {
        self.start(py, "doctor", |client| async move { client.doctor().await })
    }

    #[pyo3(signature = (to, text, *, quoted=None, id=None, until=None, deadline_ms=None))]
    #[allow(clippy::too_many_arguments, reason = "each is one of the call's options")]
    fn send_message(
        &self,
        py: Python<'_>,
        to: Text,
        text: Text,
        quoted: Option<Text>,
        id: Option<Text>,
        until: Option<Text>,
        deadline_ms: Option<u64>,
    ) -> PyResult<Pending> {
        const OPERATION: &str = "send_message";
        guard(py, OPERATION, || {
            let mut send = self.client(OPERATION)?.send_message(to.0, text.0);
            if let Some(key) = quoted {
                send = send.quoted(key.0);
            }
            if let Some(id) = id {
                send = send.id(id.0);
            }
            if let Some(until) = until {
                send = send.until(read_until(&until.0)?);
            }
            if let Some(ms) = deadline_ms {
                send = send.deadline(Duration::from_millis(ms));
            }
            Ok(Pending::start_with(&self.link, OPERATION, |given_up| async move {
                send.cancelled_by(given_up.cancelled_owned()).await
            }))
        })
    }

    fn is_registered(&self, py: Python<'_>, number: Text) -> PyResult<Pending> {
        self.start(py, "is_registered", |client| async move { client.is_registered(number.0).await })
    }

    fn message_status(&self, py: Python<'_>, key: Text) -> PyResult<Pending> {
        self.start(py, "message_status", |client| async move { client.message_status(key.0).await })
    }

    fn disconnect(&self, py: Python<'_>) -> PyResult<Pending> {
        self.start(py, "disconnect", |client| async move { client.disconnect().await })
    }

    fn reconnect(&self, py: Python<'_>) -> PyResult<Pending> {
        self.start(py, "reconnect", |client| async move { client.reconnect().await })
    }

    fn logout(&self, py: Python<'_>) -> PyResult<Pending> {
        self.start(py, "logout", |client| async move { client.logout().await })
    }

    fn shutdown(&self, py: Python<'_>) -> PyResult<Pending> {
        self.start(py, "shutdown", |client| async move {
            client.shutdown().await;
            Ok(())
        })
    }
}

fn read_until(name: &str) -> Result<SendUntil> {
    serde_json::from_value(name.into())
        .map_err(|_| Error::new(ErrorKind::InvalidArgument, "send_message", "until: queued, server, delivered or read"))
}

impl Drop for Core {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else { return };
        if self.link.is_ours() {
            self.link.close(client);
        } else {
            // After a fork its locks may be held by threads that do not exist here.
            std::mem::forget(client);
        }
    }
}
