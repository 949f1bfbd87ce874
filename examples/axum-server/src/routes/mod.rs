//! The routes, and their description in OpenAPI 3.1.

mod docs;
mod events;
mod health;
mod link;
mod page;
mod qr;
mod send;
mod session;
mod status;

use axum::{Json, Router, middleware};
use serde::Serialize;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{IntoResponses, Modify, OpenApi, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::require_admin;
use crate::error::{ApiError, Failure, method_not_allowed, not_found};
use crate::state::AppState;

/// A success with data.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Success<T> {
    /// `true`.
    #[schema(example = true)]
    success: bool,
    /// What was asked for.
    data: T,
}

/// A success with a sentence.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Done {
    /// `true`.
    #[schema(example = true)]
    success: bool,
    /// For people.
    message: String,
}

type Reply<T> = Result<Json<Success<T>>, ApiError>;

fn data<T>(data: T) -> Json<Success<T>> {
    Json(Success { success: true, data })
}

fn done(message: &str) -> Json<Done> {
    Json(Done { success: true, message: message.to_owned() })
}

/// What every route with a token can say.
#[allow(dead_code, reason = "for the description only")]
#[derive(IntoResponses)]
enum Denied {
    /// No token, or none that is good.
    #[response(status = 401)]
    Unauthorized(Failure),
    /// A good token of somebody who is not an administrator.
    #[response(status = 403)]
    Forbidden(Failure),
}

/// What routes with a body can say.
#[allow(dead_code, reason = "for the description only")]
#[derive(IntoResponses)]
enum BadBody {
    /// Not what the route takes.
    #[response(status = 400)]
    Invalid(Failure),
    /// The body did not come in time.
    #[response(status = 408)]
    Late(Failure),
    /// The body is longer than 64 KiB.
    #[response(status = 413)]
    TooLarge(Failure),
}

/// What calls of the session can say.
#[allow(dead_code, reason = "for the description only")]
#[derive(IntoResponses)]
enum Unavailable {
    /// A defect of the service.
    #[response(status = 500)]
    Internal(Failure),
    /// The page of today lacks what this needs.
    #[response(status = 501)]
    NotImplemented(Failure),
    /// No session runs, it is not ready, or it ended meanwhile.
    #[response(status = 503)]
    NotReady(Failure),
    /// The deadline passed.
    #[response(status = 504)]
    Timeout(Failure),
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "axum-server",
        description = "One WhatsApp account behind an HTTP service: status, QR code, sending, events."
    ),
    modifiers(&Bearer),
    tags(
        (name = "session", description = "Status, linking, start and end"),
        (name = "messages", description = "Sending and receiving"),
        (name = "operation", description = "For machines that watch the service")
    )
)]
struct Api;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        api.components.get_or_insert_default().add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
}

/// All routes. Those that tell or do something need a token.
pub(crate) fn router(state: &AppState) -> Router<AppState> {
    let (admin, api) = OpenApiRouter::<AppState>::with_openapi(Api::openapi())
        .routes(routes!(status::status))
        .routes(routes!(status::connection_status))
        .routes(routes!(status::is_authenticated))
        .routes(routes!(qr::qr))
        .routes(routes!(qr::generate, qr::generate_by_post))
        .routes(routes!(qr::svg))
        .routes(routes!(qr::png))
        .routes(routes!(link::request, link::cancel))
        .routes(routes!(send::send))
        .routes(routes!(session::disconnect))
        .routes(routes!(session::reconnect))
        .routes(routes!(session::logout))
        .routes(routes!(events::events))
        .split_for_parts();
    let (open, open_api) = OpenApiRouter::<AppState>::new()
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(health::metrics))
        .split_for_parts();
    let admin = admin
        .method_not_allowed_fallback(method_not_allowed)
        .route_layer(middleware::from_fn_with_state(state.clone(), require_admin));
    admin
        .merge(open)
        .merge(page::router())
        .merge(docs::router(api.merge_from(open_api)))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(not_found)
}
