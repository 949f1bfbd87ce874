//! Starting and ending the session.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use wa_client::ErrorKind;

use super::{Denied, Done, Unavailable, done};
use crate::error::{ApiError, Failure};
use crate::state::AppState;

/// Closes the browser. The account stays linked.
#[utoipa::path(post, path = "/whatsapp/disconnect", tag = "session", security(("bearer" = [])),
    responses((status = 200, description = "Closed", body = Done), Denied, Unavailable))]
pub(super) async fn disconnect(State(state): State<AppState>) -> Result<Json<Done>, ApiError> {
    state.client().disconnect().await?;
    Ok(done("WhatsApp client disconnected successfully"))
}

/// Closes the browser and starts anew. Answers at once; the status tells how it goes.
#[utoipa::path(post, path = "/whatsapp/reconnect", tag = "session", security(("bearer" = [])),
    responses((status = 200, description = "Under way", body = Done), Denied))]
pub(super) async fn reconnect(State(state): State<AppState>) -> Json<Done> {
    state.restart();
    done("WhatsApp client reconnection initiated. Check status endpoint for connection progress.")
}

/// Unlinks this device from the account and deletes the session data.
#[utoipa::path(post, path = "/whatsapp/logout", tag = "session", security(("bearer" = [])),
    responses(
        (status = 200, description = "Unlinked", body = Done),
        (status = 409, description = "No account is linked", body = Failure),
        Denied, Unavailable
    ))]
pub(super) async fn logout(State(state): State<AppState>) -> Result<Json<Done>, ApiError> {
    match state.client().logout().await {
        Ok(()) => Ok(done("WhatsApp account unlinked and session data deleted")),
        Err(error) if error.kind() == ErrorKind::NotAuthenticated => {
            Err(ApiError::from(error).with_status(StatusCode::CONFLICT))
        }
        Err(error) => Err(state.explain(error)),
    }
}
