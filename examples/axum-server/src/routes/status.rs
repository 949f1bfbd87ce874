//! How the session is.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use wa_client::ConnectionSnapshot;

use super::{Denied, Reply, Success, data};
use crate::state::AppState;
use crate::texts;

/// The status in short.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    /// Whether messages can be sent.
    ready: bool,
    /// Whether a start or an attempt is under way.
    initializing: bool,
    /// Whether a QR code can be scanned.
    #[serde(rename = "hasQRCode")]
    has_qr_code: bool,
    /// Attempts to reconnect since the session was last healthy.
    reconnect_attempts: u32,
    /// For people.
    #[schema(example = "QR code is available for scanning")]
    message: String,
}

/// The status in full, as the cache holds it too. More fields may come.
#[allow(dead_code, reason = "describes the library's snapshot")]
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub(super) struct ConnectionStatus {
    /// `DISCONNECTED`, `CONNECTING`, `QR_READY`, `AUTHENTICATED`, `READY` or `AUTH_FAILURE`.
    #[schema(example = "QR_READY")]
    status: String,
    /// Whether messages can be sent.
    ready: bool,
    /// Whether a start or an attempt is under way.
    initializing: bool,
    /// Whether a QR code can be scanned.
    #[schema(rename = "hasQRCode")]
    has_qr_code: bool,
    /// When the QR code ends.
    #[schema(value_type = Option<String>, format = DateTime, required = false)]
    qr_code_expiry: Option<String>,
    /// Attempts to reconnect since the session was last healthy.
    reconnect_attempts: u32,
    /// When any of this last changed.
    #[schema(format = DateTime)]
    last_updated: String,
    /// For people.
    message: String,
    /// What the session is doing: `{"name": …}` and details.
    #[schema(value_type = Object)]
    phase: (),
    /// Why it is not connected: `{"code": …}` and details.
    #[schema(value_type = Option<Object>, required = false)]
    reason: Option<()>,
    /// The linked account.
    #[schema(value_type = Option<Object>, required = false)]
    me: Option<()>,
    /// The version of the page.
    #[schema(required = false)]
    web_version: Option<String>,
    /// The name of the session.
    session: String,
}

/// Whether an account is linked.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IsAuthenticated {
    /// Whether an account is linked.
    authenticated: bool,
    /// For people.
    message: String,
}

/// The status in short.
#[utoipa::path(get, path = "/whatsapp/status", operation_id = "getStatus", tag = "session", security(("bearer" = [])),
    responses((status = 200, description = "The status", body = Success<Status>), Denied))]
pub(super) async fn status(State(state): State<AppState>) -> Reply<Status> {
    let snapshot = state.snapshot().await;
    Ok(data(Status {
        ready: snapshot.ready,
        initializing: snapshot.initializing,
        has_qr_code: snapshot.has_qr_code,
        reconnect_attempts: snapshot.reconnect_attempts,
        message: texts::status(&snapshot),
    }))
}

/// The status in full.
#[utoipa::path(get, path = "/whatsapp/connection-status", operation_id = "getConnectionStatus", tag = "session", security(("bearer" = [])),
    responses((status = 200, description = "The status", body = Success<ConnectionStatus>), Denied))]
pub(super) async fn connection_status(State(state): State<AppState>) -> Reply<ConnectionSnapshot> {
    Ok(data(state.snapshot().await))
}

/// Whether an account is linked.
#[utoipa::path(get, path = "/whatsapp/is-authenticated", operation_id = "isAuthenticated", tag = "session", security(("bearer" = [])),
    responses((status = 200, description = "Whether an account is linked", body = Success<IsAuthenticated>), Denied))]
pub(super) async fn is_authenticated(State(state): State<AppState>) -> Reply<IsAuthenticated> {
    let snapshot = state.snapshot().await;
    let authenticated = state.is_authenticated(&snapshot);
    Ok(data(IsAuthenticated { authenticated, message: texts::is_authenticated(authenticated, &snapshot) }))
}
