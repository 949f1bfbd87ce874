//! Sending.

use std::time::Instant;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use wa_client::{Ack, MessageId, PhoneNumber, SentMessage, Timestamp};

use super::{BadBody, Denied, Unavailable};
use crate::error::{ApiError, Failure};
use crate::extract::Body;
use crate::state::AppState;

/// The longest `Idempotency-Key`.
const MAX_KEY: usize = 255;

/// What to whom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SendRequest {
    /// The recipient's number in international form; `+`, blanks, `-`, `(` and `)` are dropped.
    #[schema(example = "5511999999999", pattern = r"^\+?[0-9][0-9 ()\-]{4,30}$")]
    phone: String,
    /// The text.
    #[schema(example = "Hello from API", pattern = r"\S", max_length = 65536)]
    message: String,
}

/// A message that the server has.
#[derive(Serialize, ToSchema)]
pub(super) struct Sent {
    /// `true`.
    #[schema(example = true)]
    success: bool,
    /// For people.
    #[schema(example = "Message sent successfully")]
    message: String,
    /// Which one it is.
    data: SentData,
}

/// Which message it is and how far it has come.
#[derive(Serialize, ToSchema)]
pub(super) struct SentData {
    /// Its id.
    #[schema(value_type = String, example = "3EB0C767D26A1D9B2F4A55")]
    id: MessageId,
    /// 1 the server has it, 2 delivered, 3 read.
    #[schema(value_type = i8, example = 1)]
    ack: Ack,
    /// When it was sent.
    #[schema(value_type = String, format = DateTime)]
    timestamp: Timestamp,
}

/// Sends a text and answers when the server has it.
///
/// With an `Idempotency-Key`, sending again never makes a second message: the second answer tells of the first one.
#[utoipa::path(post, path = "/whatsapp/send", operation_id = "sendMessage", tag = "messages", security(("bearer" = [])),
    request_body = SendRequest,
    params(("Idempotency-Key" = Option<String>, Header,
        description = "The id of an earlier answer, or any text of 1 to 255 visible ASCII characters")),
    responses(
        (status = 200, description = "The server has it", body = Sent),
        (status = 422, description = "The number has no WhatsApp account", body = Failure),
        (status = 429, description = "Too many messages; Retry-After tells how long to wait", body = Failure),
        (status = 502, description = "The page or the server refused the message", body = Failure),
        BadBody, Denied, Unavailable
    ))]
pub(super) async fn send(
    State(state): State<AppState>,
    headers: HeaderMap,
    Body(SendRequest { phone, message }): Body<SendRequest>,
) -> Result<Json<Sent>, ApiError> {
    let started = Instant::now();
    let result = deliver(&state, &headers, &phone, message).await;
    state.metrics().send(started.elapsed(), result.as_ref().err().map(ApiError::code));
    let to = masked(&phone);
    match result {
        Ok(sent) => {
            tracing::info!(to, id = %sent.id, queued_ms = sent.queued_ms, "message sent");
            let SentMessage { id, ack, timestamp, .. } = sent;
            let message = "Message sent successfully".into();
            Ok(Json(Sent { success: true, message, data: SentData { id, ack, timestamp } }))
        }
        Err(error) => {
            tracing::info!(to, code = error.code(), "message not sent");
            Err(error)
        }
    }
}

/// For the log. What is far too long for a number may be anything.
fn masked(phone: &str) -> String {
    const LONGEST: usize = 32;
    if phone.len() <= LONGEST { wa_client::redact::mask(phone) } else { "*".repeat(LONGEST) }
}

async fn deliver(state: &AppState, headers: &HeaderMap, phone: &str, message: String) -> Result<SentMessage, ApiError> {
    let phone: PhoneNumber = phone.parse()?;
    let mut send = state.client().send_message(phone, message);
    if let Some(id) = chosen_id(headers)? {
        send = send.id(id);
    }
    send.await.map_err(|error| state.explain(error))
}

/// The id of the message that a key stands for. An id of an earlier answer stands for itself; of any other text an id is made
/// in the page's own form, because another form would give the sender away as no browser.
fn chosen_id(headers: &HeaderMap) -> Result<Option<MessageId>, ApiError> {
    let mut keys = headers.get_all("idempotency-key").iter();
    let Some(key) = keys.next() else { return Ok(None) };
    let key = key.as_bytes();
    if keys.next().is_some() || !(1..=MAX_KEY).contains(&key.len()) || !key.iter().all(u8::is_ascii_graphic) {
        return Err(ApiError::invalid("Idempotency-Key: one, of 1 to 255 visible ASCII characters"));
    }
    if let Some(id) = page_id(key) {
        return Ok(Some(id));
    }
    let mut random = [0; 9];
    random.copy_from_slice(&Sha256::digest(key)[..9]);
    Ok(Some(MessageId::from_random(random)))
}

/// `3EB0` and 18 hexadecimal digits.
fn page_id(key: &[u8]) -> Option<MessageId> {
    let hex = key.strip_prefix(b"3EB0")?;
    let plain = hex.len() == 18 && hex.iter().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(b));
    plain.then(|| std::str::from_utf8(key).ok()?.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn id(key: &str) -> Result<Option<MessageId>, ApiError> {
        let mut headers = HeaderMap::new();
        headers.insert("idempotency-key", HeaderValue::from_str(key).unwrap());
        chosen_id(&headers)
    }

    #[test]
    fn a_key_stands_for_one_id_in_the_form_of_the_page() {
        let given = "3EB0C767D26A1D9B2F4A55";
        assert_eq!(id(given).unwrap().unwrap().as_str(), given);
        let made = id("order-17").unwrap().unwrap();
        assert!(page_id(made.as_str().as_bytes()).is_some(), "{made}");
        assert_eq!(id("order-17").unwrap(), Some(made.clone()));
        assert_ne!(id("order-18").unwrap(), Some(made));
        assert_eq!(chosen_id(&HeaderMap::new()).unwrap(), None);
    }

    #[test]
    fn a_key_that_is_none_is_refused() {
        for key in ["", " ", "a b", &"x".repeat(256)] {
            assert!(id(key).is_err(), "{key:?}");
        }
    }
}
