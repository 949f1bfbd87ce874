//! HTTP: the page, its socket and its files, over a line that may be bad; and the control calls.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, Request, State, WebSocketUpgrade};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::control;
use crate::page_socket;
use crate::shared::Shared;
use crate::world::network::{Line, Loads};

/// Serves until told to stop; then every connection is dropped.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let app = router(Arc::clone(&shared));
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = shared.stopped() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connection(stream, app.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::task::yield_now().await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    connections.shutdown().await;
}

fn router(shared: Arc<Shared>) -> Router {
    let page = Router::new()
        .route("/", get(index))
        .route("/assets/{*name}", get(asset))
        .route("/media/{file}", get(media))
        .route("/status.json", get(|| async { Json(json!({"ok": true})) }))
        .route("/browsers.html", get(browsers))
        .route("/ws", get(socket))
        // The page may be sent to any address of its origin.
        .fallback(get(index))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), line));
    Router::new()
        .route("/sim", any(control::handle))
        .route("/sim/{*path}", any(control::handle))
        .merge(page)
        .with_state(shared)
}

/// An answer with this mark is not sent: the connection breaks instead.
#[derive(Clone, Copy)]
struct Broken;

async fn connection(stream: TcpStream, app: Router) {
    // A frame must not wait for the next one.
    let _ = stream.set_nodelay(true);
    let service = hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let app = app.clone();
        async move {
            let response = app.oneshot(request.map(Body::new)).await.unwrap_or_else(|never: Infallible| match never {});
            if response.extensions().get::<Broken>().is_some() {
                return Err(io::Error::from(io::ErrorKind::ConnectionReset));
            }
            Ok(response)
        }
    });
    let served =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades();
    if let Err(error) = served.await {
        tracing::debug!(%error, "a connection ended");
    }
}

fn broken() -> Response {
    let mut response = Response::default();
    response.extensions_mut().insert(Broken);
    response
}

/// Lets a page's request through when and as far as the line does.
async fn line(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let mut network = shared.network();
    let is_socket = request.uri().path() == "/ws";
    loop {
        let now = *network.borrow_and_update();
        match (now.state, now.http) {
            (Line::Offline, _) => return broken(),
            (Line::Online, Loads::Up) => break,
            (Line::Online, _) if is_socket => break,
            (Line::Online, Loads::Unavailable) => {
                return (StatusCode::SERVICE_UNAVAILABLE, "unavailable").into_response();
            }
            (Line::Online, Loads::Reset) => return broken(),
            (Line::Online, Loads::Hang) | (Line::HalfOpen, _) => {
                if network.changed().await.is_err() {
                    return broken();
                }
            }
        }
    }
    next.run(request).await
}

fn failed(error: &io::Error) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response()
}

async fn index(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let (turned_away, config) = shared.with(|w| (w.turns_headless_away(), w.page_config()));
    if turned_away && agent.contains("HeadlessChrome") {
        return Redirect::temporary("/browsers.html").into_response();
    }
    let nonce = format!("{:032x}", rand::random::<u128>());
    let html = match shared.assets.index(&config, &nonce) {
        Ok(html) => html,
        Err(error) => return failed(&error),
    };
    let policy = format!(
        "default-src 'self'; script-src 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
         media-src 'self' data: blob:; connect-src 'self' ws: wss: data: blob:; object-src 'none'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    );
    let headers = [(header::CONTENT_SECURITY_POLICY, policy), (header::CACHE_CONTROL, "no-store".to_owned())];
    (headers, Html(html)).into_response()
}

async fn asset(State(shared): State<Arc<Shared>>, Path(name): Path<String>) -> Response {
    let (found, kind) = if name == "style.css" {
        (shared.assets.style().map(Some), "text/css; charset=utf-8")
    } else {
        (shared.assets.script(&name), "text/javascript; charset=utf-8")
    };
    match found {
        Err(error) => failed(&error),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Ok(Some(text)) => {
            ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], text.into_owned()).into_response()
        }
    }
}

async fn media(State(shared): State<Arc<Shared>>, Path(file): Path<String>) -> Response {
    match shared.with(|w| w.file(&file)) {
        None => StatusCode::NOT_FOUND.into_response(),
        Some((kind, bytes)) => {
            let kind = HeaderValue::from_str(&kind).unwrap_or(HeaderValue::from_static("application/octet-stream"));
            ([(header::CONTENT_TYPE, kind)], bytes).into_response()
        }
    }
}

async fn browsers(State(shared): State<Arc<Shared>>) -> Response {
    match shared.assets.browsers() {
        Ok(text) => Html(text.into_owned()).into_response(),
        Err(error) => failed(&error),
    }
}

#[derive(Deserialize)]
struct SocketQuery {
    load: Option<u64>,
}

async fn socket(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<SocketQuery>,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade
        .max_message_size(128 << 20)
        .max_frame_size(128 << 20)
        .on_upgrade(move |socket| page_socket::run(socket, query.load, shared))
}
