//! Everything that happens, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{self, KeepAlive, Sse};
use futures::future::select;
use futures::{Stream, StreamExt as _};
use serde::Deserialize;
use utoipa::IntoParams;
use wa_client::{Event, EventEnvelope};

use super::Denied;
use crate::auth::Expiry;
use crate::error::{ApiError, Failure};
use crate::extract::Query;
use crate::state::AppState;

/// How often a quiet stream shows that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Where to start.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct From {
    /// The number of the last event that was seen; those behind it are sent first, as far as they are kept.
    after: Option<u64>,
}

/// Everything that happens from now on, or behind an event number.
///
/// `id` is the event's number, `event` its topic (`whatsapp.message_create`), `data` its JSON. What is no longer kept, or was
/// lost by a slow reader, comes as `whatsapp.lagged`. The stream ends when the token does.
#[utoipa::path(get, path = "/whatsapp/events", operation_id = "streamEvents", tag = "messages", security(("bearer" = [])),
    params(From, ("Last-Event-ID" = Option<u64>, Header, description = "As `after`, and before it")),
    responses(
        (status = 200, description = "A stream without end", body = String, content_type = "text/event-stream"),
        (status = 400, description = "No number", body = Failure),
        Denied
    ))]
pub(super) async fn events(
    State(state): State<AppState>,
    headers: HeaderMap,
    Extension(expiry): Extension<Expiry>,
    Query(from): Query<From>,
) -> Result<Sse<impl Stream<Item = Result<sse::Event, Infallible>>>, ApiError> {
    let events = match last_event_id(&headers)?.or(from.after) {
        Some(seq) => state.events_after(seq),
        None => state.client().events(),
    };
    let over = select(Box::pin(state.stopped()), Box::pin(tokio::time::sleep(expiry.left())));
    let stream = events.filter_map(move |envelope| {
        if let Event::Lagged(lagged) = &envelope.event {
            state.metrics().lagged(lagged.missed);
        }
        std::future::ready(write(&envelope).map(Ok))
    });
    Ok(Sse::new(stream.take_until(over)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, ApiError> {
    let Some(id) = headers.get("last-event-id").filter(|id| !id.is_empty()) else { return Ok(None) };
    let number = id.to_str().ok().and_then(|id| id.parse().ok());
    number.map(Some).ok_or_else(|| ApiError::invalid("Last-Event-ID: the number of an event"))
}

/// An event that cannot be written is none; the gap in the numbers shows it.
fn write(envelope: &EventEnvelope) -> Option<sse::Event> {
    let json = envelope.to_json().ok()?;
    Some(sse::Event::default().id(envelope.seq.to_string()).event(envelope.topic()).data(json))
}
