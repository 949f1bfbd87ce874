use std::time::Duration;

use tokio::time::timeout;
use wa_client::{Client, Config, ConnectionStatus, DisconnectReason, Error, ErrorKind, Event, EventStream, Result};

/// A client and what happens in it.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) events: EventStream,
}

impl Session {
    pub(crate) fn open(config: Config) -> Result<Self> {
        let client = Client::builder().config(config).build()?;
        // Before the start, so that no event is missed.
        let events = client.events();
        Ok(Self { client, events })
    }

    /// Starts the session and waits until messages can be sent, for as long as `limit`.
    pub(crate) async fn ready(&mut self, limit: Duration) -> Result<()> {
        let ready = timeout(limit, self.become_ready()).await;
        ready.unwrap_or_else(|_| {
            let now = self.client.connection_status();
            let why = format!("not connected within {} s: {}", limit.as_secs(), now.message);
            Err(Error::new(ErrorKind::Timeout, "connect", why))
        })
    }

    async fn become_ready(&mut self) -> Result<()> {
        self.client.initialize().await?;
        loop {
            match self.client.connection_status().status {
                ConnectionStatus::Ready => return Ok(()),
                ConnectionStatus::QrReady | ConnectionStatus::AuthFailure => {
                    return Err(Error::new(
                        ErrorKind::NotAuthenticated,
                        "connect",
                        "no account is linked; `wa-client login` links one",
                    ));
                }
                _ => self.changed().await?,
            }
        }
    }

    /// Waits for the next event; fails when the session is over.
    async fn changed(&mut self) -> Result<()> {
        let over =
            |reason: &str| Error::new(ErrorKind::Disconnected, "connect", format!("the session is over: {reason}"));
        match self.events.next().await {
            Some(envelope) => match &envelope.event {
                // What is tried from then on may take for ever.
                Event::Disconnected(end) if !end.will_retry || end.reason == DisconnectReason::ReconnectExhausted => {
                    Err(over(end.reason.code()))
                }
                _ => Ok(()),
            },
            None => Err(over("stopped")),
        }
    }

    /// Closes the browser and waits for its end; the account stays linked.
    pub(crate) async fn close(&self) {
        self.client.shutdown().await;
    }
}
