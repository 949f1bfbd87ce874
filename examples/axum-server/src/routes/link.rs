//! Linking by a code that is typed on the phone.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wa_client::{PhoneNumber, Timestamp};

use super::{BadBody, Denied, Done, Reply, Success, Unavailable, data, done};
use crate::error::{ApiError, Failure};
use crate::extract::Body;
use crate::state::AppState;

/// For whom.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PairingRequest {
    /// The number of the account to link, in international form.
    #[schema(example = "5511999999999", pattern = r"^\+?[0-9][0-9 ()\-]{4,30}$")]
    phone: String,
}

/// The code.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pairing {
    /// `XXXX-XXXX`.
    #[schema(example = "QY1K-MZF3")]
    code: String,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// For people.
    message: String,
}

/// Makes a code to be typed on the phone. It replaces the QR code until it ends or is cancelled.
#[utoipa::path(post, path = "/whatsapp/pairing-code", operation_id = "requestPairingCode", tag = "session", security(("bearer" = [])),
    request_body = PairingRequest,
    responses(
        (status = 200, description = "The code", body = Success<Pairing>),
        (status = 409, description = "Linked already", body = Failure),
        (status = 429, description = "The server has enough of it", body = Failure),
        BadBody, Denied, Unavailable
    ))]
pub(super) async fn request(State(state): State<AppState>, Body(body): Body<PairingRequest>) -> Reply<Pairing> {
    let phone: PhoneNumber = body.phone.parse()?;
    let code = state.client().request_pairing_code(phone).await.map_err(|error| state.explain(error))?;
    let message =
        "Type this code into WhatsApp on the phone: Linked devices, Link a device, Link with phone number".into();
    Ok(data(Pairing { code: code.code, expires_at: code.expires_at, message }))
}

/// Goes back to QR codes. Does nothing when there is no code.
#[utoipa::path(delete, path = "/whatsapp/pairing-code", operation_id = "cancelPairingCode", tag = "session", security(("bearer" = [])),
    responses((status = 200, description = "QR codes are shown", body = Done), Denied, Unavailable))]
pub(super) async fn cancel(State(state): State<AppState>) -> Result<Json<Done>, ApiError> {
    state.client().cancel_pairing_code().await?;
    Ok(done("Pairing code cancelled"))
}
