//! Every event of the session on the Redis channel of its topic, for those who follow along there.
//!
//! Its own task with its own bounded queue: while Redis is away, the session and the requests notice nothing, and what could
//! not be published is counted.

use std::sync::Arc;
use std::time::Duration;

use redis::AsyncCommands as _;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use tokio::time::timeout;
use wa_client::{Client, Event, EventEnvelope};

use crate::metrics::Metrics;

/// How long one event may take; after that it is lost, and the next one is tried.
const PUBLISH: Duration = Duration::from_secs(1);

/// Publishes the events of `client` from now on, until it is shut down.
///
/// # Errors
/// When the address makes no sense. No connection is made before the first event.
pub fn start(
    server: &redis::Client,
    client: &Client,
    metrics: Arc<Metrics>,
) -> redis::RedisResult<tokio::task::JoinHandle<()>> {
    let (server, connection) = (server.clone(), connect(server)?);
    let events = client.events();
    Ok(tokio::spawn(async move {
        let mut bus = Bus { server, connection, metrics, degraded: false };
        while let Some(envelope) = events.next().await {
            bus.publish(&envelope).await;
        }
    }))
}

/// Connects when it is first used, and again after a loss.
fn connect(server: &redis::Client) -> redis::RedisResult<ConnectionManager> {
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(PUBLISH))
        .set_response_timeout(Some(PUBLISH))
        .set_number_of_retries(0);
    ConnectionManager::new_lazy_with_config(server.clone(), config)
}

struct Bus {
    server: redis::Client,
    connection: ConnectionManager,
    metrics: Arc<Metrics>,
    degraded: bool,
}

impl Bus {
    async fn publish(&mut self, envelope: &EventEnvelope) {
        if let Event::Lagged(lagged) = &envelope.event {
            self.metrics.bus_lost(lagged.missed);
        }
        let Ok(json) = envelope.to_json() else {
            self.metrics.bus_lost(1);
            return;
        };
        let sent = timeout(PUBLISH, self.connection.publish::<_, _, i64>(envelope.topic(), json)).await;
        match sent {
            Ok(Ok(_)) => {
                self.metrics.published();
                if std::mem::take(&mut self.degraded) {
                    tracing::info!("events are published in Redis again");
                }
            }
            Ok(Err(error)) => {
                // The manager keeps a refused login for ever, and the password may be right tomorrow.
                if !error.is_io_error()
                    && let Ok(connection) = connect(&self.server)
                {
                    self.connection = connection;
                }
                self.lost(word(&error));
            }
            Err(_) => self.lost("no answer in time"),
        }
    }

    fn lost(&mut self, why: &str) {
        self.metrics.bus_lost(1);
        // Once per outage.
        if !std::mem::replace(&mut self.degraded, true) {
            tracing::warn!(why, "events cannot be published in Redis");
        }
    }
}

/// A word for the log: the text of an error may hold an address.
fn word(error: &redis::RedisError) -> &'static str {
    if error.is_timeout() {
        "no answer in time"
    } else if error.is_io_error() || error.is_connection_dropped() {
        "no connection"
    } else {
        "refused"
    }
}
