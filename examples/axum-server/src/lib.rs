//! One WhatsApp account behind an HTTP service: status, QR code, sending, events.
//!
//! [`app`] is the whole service as a [`Router`]; `main.rs` gives it a socket, signals and an orderly end. Routes, bodies and
//! texts are those of `README.md`; `/openapi.json` is generated from the code.

#![deny(missing_docs)]

mod auth;
pub mod bus;
mod error;
mod extract;
mod hs256;
mod metrics;
mod redis;
mod routes;
mod settings;
mod state;
pub mod telemetry;
mod texts;

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use tower_http::catch_panic::CatchPanicLayer;

pub use auth::Auth;
pub use error::{ApiError, ErrorDetail, Failure};
pub use metrics::Metrics;
pub use redis::RedisSettings;
pub use settings::{Settings, SettingsError};
pub use state::AppState;

/// What the library's own deadline for a send leaves to the rest of a request, so that the library answers first: it knows
/// whether the message may have left.
const SLACK: Duration = Duration::from_secs(15);

/// The service. It can be called without a socket, for example by `tower::ServiceExt::oneshot`.
pub fn app(state: AppState) -> Router {
    let limit = state.client().config().deadlines.send.saturating_add(SLACK);
    layered(routes::router(&state), state, limit)
}

fn layered(routes: Router<AppState>, state: AppState, limit: Duration) -> Router {
    routes
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(middleware::from_fn(move |request, next| in_time(limit, request, next)))
        .layer(middleware::from_fn(with_headers))
        .layer(middleware::from_fn_with_state(state.clone(), telemetry::observe))
        .with_state(state)
}

/// The last resort against a handler that hangs. A stream of events has answered long before.
async fn in_time(limit: Duration, request: Request, next: Next) -> Response {
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::new(StatusCode::GATEWAY_TIMEOUT, "timeout", "no answer in time").into_response(),
    }
}

/// Nothing is kept by a browser or a proxy, guessed, framed or told to others.
async fn with_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(nothing);
    response
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use tower::ServiceExt as _;
    use wa_client::Client;

    use super::*;

    /// A service with one route.
    fn service(handler: axum::routing::MethodRouter<AppState>) -> Router {
        let client = Client::builder().build().unwrap();
        let state = AppState::new(client, Auth::random()).unwrap();
        layered(Router::new().route("/", handler), state, Duration::from_millis(20))
    }

    async fn answer(service: Router) -> (u16, serde_json::Value) {
        let response = service.oneshot(Request::new(Body::empty())).await.unwrap();
        assert!(response.headers().contains_key("x-request-id") && response.headers().contains_key("cache-control"));
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn a_panic_is_an_answer_that_tells_nothing() {
        async fn panics() {
            panic!("5511988887777");
        }
        let (status, body) = answer(service(get(panics))).await;
        assert_eq!((status, &body["error"]["code"]), (500, &"internal".into()));
        assert!(!body.to_string().contains("5511"));
    }

    #[tokio::test]
    async fn a_handler_that_hangs_is_an_answer() {
        let (status, body) = answer(service(get(pending::<()>))).await;
        assert_eq!((status, &body["error"]["code"]), (504, &"timeout".into()));
    }
}
