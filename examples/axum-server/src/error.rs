//! Every failure as JSON: `{"success": false, "error": {"code", "message", …}}`.

use std::any::Any;
use std::time::Duration;

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use wa_client::{Error, ErrorKind};

/// What a client that asked too much waits when nobody says how long.
const DEFAULT_WAIT: Duration = Duration::from_secs(60);

/// A failed request.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    detail: Box<ErrorDetail>,
}

/// The body of every failure.
#[derive(Debug, Serialize, ToSchema)]
pub struct Failure {
    /// `false`.
    #[schema(example = false)]
    pub success: bool,
    /// What went wrong.
    pub error: ErrorDetail,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorDetail {
    /// Stable, for programs.
    #[schema(example = "not_ready")]
    pub code: String,
    /// For people.
    #[schema(example = "no session runs")]
    pub message: String,
    /// How long to wait before the next try, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// Of a send: whether the message may have reached the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maybe_sent: Option<bool>,
    /// Of a send: the id of the message. Sending again with it as `Idempotency-Key` never makes a second message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What is missing: parts of the page, or the conditions that were waited for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

impl ApiError {
    /// A failure of the service's own.
    pub(crate) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        let (code, message) = (code.to_owned(), message.into());
        let detail =
            ErrorDetail { code, message, retry_after_ms: None, maybe_sent: None, id: None, missing: Vec::new() };
        Self { status, detail: Box::new(detail) }
    }

    /// 400 with the library's code for it.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorKind::InvalidArgument.code(), message)
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn with_message(mut self, message: impl Into<String>) -> Self {
        self.detail.message = message.into();
        self
    }

    pub(crate) fn code(&self) -> &str {
        &self.detail.code
    }
}

/// The status of each kind. `not_authenticated` is 503 beside `not_ready`: what was asked for works once an account is linked.
fn status(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::InvalidPhone | ErrorKind::InvalidArgument => StatusCode::BAD_REQUEST,
        ErrorKind::AlreadyAuthenticated => StatusCode::CONFLICT,
        ErrorKind::NotRegistered => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::CapabilityUnavailable => StatusCode::NOT_IMPLEMENTED,
        ErrorKind::SendFailed => StatusCode::BAD_GATEWAY,
        ErrorKind::NotReady
        | ErrorKind::NotAuthenticated
        | ErrorKind::Cancelled
        | ErrorKind::Disconnected
        | ErrorKind::IncompatiblePage
        | ErrorKind::BrowserNotFound
        | ErrorKind::BrowserLaunch
        | ErrorKind::BrowserCrashed
        | ErrorKind::Page
        | ErrorKind::ProfileLocked
        | ErrorKind::SessionCorrupt
        | ErrorKind::Stopped => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Timeout => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let mut api = Self::new(status(error.kind()), error.code(), error.message());
        let wait = error.retry_after().or((error.kind() == ErrorKind::RateLimited).then_some(DEFAULT_WAIT));
        api.detail.retry_after_ms = wait.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        api.detail.maybe_sent = error.maybe_sent();
        api.detail.id = error.message_id().map(ToString::to_string);
        api.detail.missing = error.missing().to_vec();
        api
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self { status, detail } = self;
        let wait = detail.retry_after_ms;
        let mut response = (status, Json(Failure { success: false, error: *detail })).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(wait) = wait {
            // Whole seconds, and never too early.
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.div_ceil(1000)));
        }
        response
    }
}

pub(crate) async fn not_found(request: Request) -> ApiError {
    drop(request);
    no_such_route()
}

pub(crate) fn no_such_route() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "not_found", "no such route; /openapi.json lists them")
}

pub(crate) async fn method_not_allowed() -> ApiError {
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this route takes another method")
}

/// A panic's words may hold anything, so they are told to nobody.
#[allow(clippy::needless_pass_by_value, reason = "the layer's signature")]
pub(crate) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a request panicked");
    let code = ErrorKind::Internal.code();
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, code, "a defect of the service").into_response()
}

#[cfg(test)]
mod tests {
    use wa_client::{MessageId, Retry};

    use super::*;

    #[test]
    fn every_kind_has_a_status_of_failure() {
        for kind in ErrorKind::ALL {
            let status = status(*kind);
            assert!(status.is_client_error() || status.is_server_error(), "{kind}");
        }
    }

    #[test]
    fn a_wait_is_told_in_body_and_header() {
        let wait = Retry::After(Duration::from_millis(1500));
        let error = Error::new(ErrorKind::RateLimited, "send_message", "too many messages").with_retry(wait);
        let api = ApiError::from(error);
        assert_eq!(api.detail.retry_after_ms, Some(1500));
        let response = api.into_response();
        assert_eq!((response.status().as_u16(), &response.headers()["retry-after"]), (429, &HeaderValue::from(2)));
        let unknown = ApiError::from(Error::new(ErrorKind::RateLimited, "send_message", "the server refuses"));
        assert_eq!(unknown.into_response().headers()["retry-after"], HeaderValue::from(60));
    }

    #[test]
    fn what_became_of_a_send_is_told() {
        let id = MessageId::from_random([1; 9]);
        let error = Error::new(ErrorKind::Timeout, "send_message", "not confirmed").with_send(id.clone(), true);
        let api = ApiError::from(error);
        assert_eq!(api.status, StatusCode::GATEWAY_TIMEOUT);
        assert_eq!(api.detail.maybe_sent, Some(true));
        assert_eq!(api.detail.id.as_deref(), Some(id.as_str()));
    }
}
