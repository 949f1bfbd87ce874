//! For machines that watch the service. Nothing here is about people, so no token is needed.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use utoipa::ToSchema;
use wa_client::ErrorKind;

use super::{Reply, Success, data};
use crate::error::{ApiError, Failure};
use crate::state::AppState;

/// The process answers.
#[derive(Serialize, ToSchema)]
pub(super) struct Alive {
    /// `true`.
    #[schema(example = true)]
    alive: bool,
}

/// Messages can be sent.
#[derive(Serialize, ToSchema)]
pub(super) struct Ready {
    /// `true`.
    #[schema(example = true)]
    ready: bool,
    /// The status of the session.
    #[schema(example = "READY")]
    status: &'static str,
}

/// Whether the process answers, whatever the session does.
#[utoipa::path(get, path = "/healthz", tag = "operation",
    responses((status = 200, description = "It does", body = Success<Alive>)))]
pub(super) async fn healthz() -> Json<Success<Alive>> {
    data(Alive { alive: true })
}

/// Whether messages can be sent.
#[utoipa::path(get, path = "/readyz", tag = "operation",
    responses(
        (status = 200, description = "They can", body = Success<Ready>),
        (status = 503, description = "They cannot", body = Failure)
    ))]
pub(super) async fn readyz(State(state): State<AppState>) -> Reply<Ready> {
    let snapshot = state.client().connection_status();
    if snapshot.ready {
        return Ok(data(Ready { ready: true, status: snapshot.status.as_str() }));
    }
    // The status alone: this is told to everybody, and sentences may hold names of files.
    let message = format!("the session is {}", snapshot.status);
    Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, ErrorKind::NotReady.code(), message))
}

/// Figures in Prometheus' text format.
#[utoipa::path(get, path = "/metrics", tag = "operation",
    responses((status = 200, description = "The figures", body = String, content_type = "text/plain; version=0.0.4")))]
pub(super) async fn metrics(State(state): State<AppState>) -> Result<Response, ApiError> {
    let text = state.metrics().render(&state.client().connection_status());
    let code = ErrorKind::Internal.code();
    let failed = |_| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, code, "the figures cannot be written");
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text.map_err(failed)?).into_response())
}
