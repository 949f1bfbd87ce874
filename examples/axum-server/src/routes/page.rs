//! The page for people, part of the program: a few files, nothing from elsewhere.

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

use crate::state::AppState;

/// Scripts and styles of our own files only; nothing inline, nothing from elsewhere, in nobody's frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) fn router() -> Router<AppState> {
    let file = |kind: &'static str, text: &'static str| get(move || async move { answer(kind, text) });
    Router::new()
        .route("/", file("text/html; charset=utf-8", include_str!("../../page/index.html")))
        .route("/app.js", file("text/javascript; charset=utf-8", include_str!("../../page/app.js")))
        .route("/service.js", file("text/javascript; charset=utf-8", include_str!("../../page/service.js")))
        .route("/words.js", file("text/javascript; charset=utf-8", include_str!("../../page/words.js")))
        .route("/style.css", file("text/css; charset=utf-8", include_str!("../../page/style.css")))
}

fn answer(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_SECURITY_POLICY, POLICY)], text)
}
