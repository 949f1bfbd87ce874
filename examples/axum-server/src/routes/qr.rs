//! The QR code to scan: as text, as a picture, and a new one.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;
use wa_client::{QrCode, Timestamp};

use super::{Denied, Reply, Success, Unavailable, data};
use crate::error::{ApiError, Failure};
use crate::state::{AppState, now};
use crate::texts;

/// Pixels a module of the PNG.
const SCALE: u32 = 8;

/// The code that can be scanned now, or why there is none.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CurrentQr {
    /// The text inside the code; `null` when none is valid. Whoever scans it links the account.
    #[schema(required = true)]
    qr: Option<String>,
    /// When the page made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    generated_at: Option<Timestamp>,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// For people.
    message: String,
}

/// A new code.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewQr {
    /// The text inside the code. Whoever scans it links the account.
    qr: String,
    /// When the page made it.
    #[schema(value_type = String, format = DateTime)]
    generated_at: Timestamp,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// Whole seconds until then.
    expiry_in_seconds: u64,
    /// For people.
    message: String,
}

/// The QR code that can be scanned now.
#[utoipa::path(get, path = "/whatsapp/qr", operation_id = "getQRCode", tag = "session", security(("bearer" = [])),
    responses((status = 200, description = "The code, or why there is none", body = Success<CurrentQr>), Denied))]
pub(super) async fn qr(State(state): State<AppState>) -> Reply<CurrentQr> {
    Ok(data(match state.qr_code().await {
        Some(QrCode { payload, generated_at, expires_at, .. }) => CurrentQr {
            qr: Some(payload),
            generated_at: Some(generated_at),
            expires_at: Some(expires_at),
            message: texts::SCAN.into(),
        },
        None => {
            CurrentQr { qr: None, generated_at: None, expires_at: None, message: texts::no_qr(&state.snapshot().await) }
        }
    }))
}

/// Makes the page start a new batch of QR codes and answers the first.
#[utoipa::path(get, path = "/whatsapp/admin/qr-code", operation_id = "generateQRCode", tag = "session", security(("bearer" = [])),
    responses(
        (status = 200, description = "The new code", body = Success<NewQr>),
        (status = 409, description = "Linked already", body = Failure),
        Denied, Unavailable
    ))]
pub(super) async fn generate(State(state): State<AppState>) -> Reply<NewQr> {
    let qr = state.client().generate_qr_code().await.map_err(|error| state.explain(error))?;
    Ok(data(NewQr {
        message: texts::scan_within(&qr),
        expiry_in_seconds: qr.expires_at.saturating_since(now()).as_secs(),
        qr: qr.payload,
        generated_at: qr.generated_at,
        expires_at: qr.expires_at,
    }))
}

/// As by `GET`, for those who mind that it changes something.
#[utoipa::path(post, path = "/whatsapp/admin/qr-code", operation_id = "generateQRCodeByPost", tag = "session", security(("bearer" = [])),
    responses(
        (status = 200, description = "The new code", body = Success<NewQr>),
        (status = 409, description = "Linked already", body = Failure),
        Denied, Unavailable
    ))]
pub(super) async fn generate_by_post(state: State<AppState>) -> Reply<NewQr> {
    generate(state).await
}

/// The QR code that can be scanned now, as a picture that scales.
#[utoipa::path(get, path = "/whatsapp/qr.svg", operation_id = "getQRCodeSvg", tag = "session", security(("bearer" = [])),
    responses(
        (status = 200, description = "The picture", body = String, content_type = "image/svg+xml"),
        (status = 404, description = "No code is valid", body = Failure),
        Denied
    ))]
pub(super) async fn svg(State(state): State<AppState>) -> Result<Response, ApiError> {
    let payload = payload(&state).await?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], wa_client::qr::svg(&payload)?).into_response())
}

/// The QR code that can be scanned now, as a picture.
#[utoipa::path(get, path = "/whatsapp/qr.png", operation_id = "getQRCodePng", tag = "session", security(("bearer" = [])),
    responses(
        (status = 200, description = "The picture", body = [u8], content_type = "image/png"),
        (status = 404, description = "No code is valid", body = Failure),
        Denied
    ))]
pub(super) async fn png(State(state): State<AppState>) -> Result<Response, ApiError> {
    let payload = payload(&state).await?;
    Ok(([(header::CONTENT_TYPE, "image/png")], wa_client::qr::png(&payload, SCALE)?).into_response())
}

async fn payload(state: &AppState) -> Result<String, ApiError> {
    match state.qr_code().await {
        Some(qr) => Ok(qr.payload),
        None => {
            let message = texts::no_qr(&state.snapshot().await);
            Err(ApiError::new(StatusCode::NOT_FOUND, "not_found", message))
        }
    }
}
