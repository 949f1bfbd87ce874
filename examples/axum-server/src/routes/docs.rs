//! The description of the service, for programs (`/openapi.json`) and for people (`/docs`), without anything from elsewhere.

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::error::no_such_route;
use crate::state::AppState;

/// The viewer sets styles from its script, and draws with pictures it carries itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) fn router(api: OpenApi) -> Router<AppState> {
    // The token typed in goes with the tab.
    let config = Config::default().persist_authorization(false).validator_url("none");
    let docs: Router<AppState> = SwaggerUi::new("/docs").url("/openapi.json", api).config(config).into();
    docs.layer(middleware::from_fn(with_policy))
}

async fn with_policy(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    // The viewer says in words of its own, not in JSON, that it has no such file, or that a path is no text.
    if matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST) {
        response = no_such_route().into_response();
    }
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}
