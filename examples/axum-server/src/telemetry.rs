//! Logs, request ids and the counting of requests.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::AppState;

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest request id that is taken from a client.
const MAX_ID: usize = 64;

/// Starts logging to standard output: as text, or as one JSON object a line. `RUST_LOG` filters; default `info`. Of a panic
/// the place is logged, not the words: they may hold anything.
pub fn init(json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_span_events(FmtSpan::NONE);
    if json {
        builder.json().flatten_event(true).init();
    } else {
        builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stdout())).init();
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "a defect: panicked");
    }));
}

/// Gives each request an id, logs how it was answered and counts it.
pub(crate) async fn observe(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = given_id(&request).unwrap_or_else(new_id);
    request.headers_mut().insert(REQUEST_ID.clone(), id.clone());
    let method = method_label(request.method());
    let path = request.extensions().get::<MatchedPath>().cloned();
    // Never the address as it was asked for: people put anything into it.
    let route = path.as_ref().map_or("unmatched", MatchedPath::as_str);
    let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default(), method, route);
    let mut response = next.run(request).instrument(span.clone()).await;
    let (status, took) = (response.status().as_u16(), started.elapsed());
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| match route {
        // Asked for every few seconds by machines.
        "/healthz" | "/readyz" | "/metrics" => tracing::debug!(status, ms, "answered"),
        _ => tracing::info!(status, ms, "answered"),
    });
    state.metrics().request(route, method, status, took);
    response.headers_mut().insert(REQUEST_ID.clone(), id);
    response
}

/// The client's own id, if it is short and plain enough for a log.
fn given_id(request: &Request) -> Option<HeaderValue> {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-_.".contains(b);
    let id = request.headers().get(&REQUEST_ID)?;
    ((1..=MAX_ID).contains(&id.len()) && id.as_bytes().iter().all(plain)).then(|| id.clone())
}

fn new_id() -> HeaderValue {
    let random: u128 = rand::random();
    HeaderValue::from_str(&format!("{random:032x}")).unwrap_or(HeaderValue::from_static("none"))
}

/// A client may make methods up, and each would be a new row for ever.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}
