//! Bodies and queries, with failures of our form.

use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;

use crate::error::ApiError;

/// The longest body.
const MAX_BODY: usize = 64 * 1024;
/// How long a client may take to send it.
const BODY_TIME: Duration = Duration::from_secs(10);

/// A JSON object of at most 64 KiB.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let named = request.headers().get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap_or_default());
        // JSON by another name is refused: forms of other sites cannot be sent as JSON without asking the browser first.
        if !named.is_some_and(is_json) {
            return Err(ApiError::invalid("send the body as Content-Type: application/json"));
        }
        let read = tokio::time::timeout(BODY_TIME, to_bytes(request.into_body(), MAX_BODY)).await;
        let late = |_| ApiError::new(StatusCode::REQUEST_TIMEOUT, "timeout", "the body did not come in time");
        let body = read.map_err(late)?.map_err(|error| refused(&error))?;
        serde_json::from_slice(&body).map(Self).map_err(|error| ApiError::invalid(explain(&error)))
    }
}

fn is_json(kind: &str) -> bool {
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn refused(error: &axum::Error) -> ApiError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            let message = format!("the body is longer than {MAX_BODY} bytes");
            return ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", message);
        }
        cause = error.source();
    }
    ApiError::invalid("the body could not be read")
}

/// What is wrong with the JSON, without its values.
fn explain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let names_a_field =
        ["unknown field", "missing field", "duplicate field"].iter().any(|start| text.starts_with(start));
    match error.classify() {
        serde_json::error::Category::Data if names_a_field => text,
        serde_json::error::Category::Data => {
            format!("a value of the wrong type at line {} column {}", error.line(), error.column())
        }
        _ => format!("not JSON at line {} column {}", error.line(), error.column()),
    }
}

/// The parameters of the query.
pub(crate) struct Query<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query = axum::extract::Query::from_request_parts(parts, state).await;
        query.map(|query| Self(query.0)).map_err(|_| ApiError::invalid("the query cannot be read"))
    }
}
