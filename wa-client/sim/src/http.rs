//! HTTP: the page, its socket, and the control calls.

use std::sync::Arc;

use axum::extract::{Path, State, WebSocketUpgrade};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::page_socket;
use crate::shared::Shared;

pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    let app = Router::new()
        .route("/", get(index))
        .route("/assets/{*name}", get(asset))
        .route("/status.json", get(|| async { Json(json!({"ok": true})) }))
        .route("/browsers.html", get(browsers))
        .route("/ws", get(socket))
        .route("/sim/health", get(health))
        .route("/sim/phone/scan", post(scan))
        .with_state(shared);
    let stopped = async move {
        let _ = stop.wait_for(|s| *s).await;
    };
    let _ = axum::serve(listener, app).with_graceful_shutdown(stopped).await;
}

async fn health(State(s): State<Arc<Shared>>) -> Json<Value> {
    let seq = s.with(|w| w.seq());
    Json(json!({"ok": true, "name": "wa-sim", "version": env!("CARGO_PKG_VERSION"), "contract": 1, "wa_version": "2.3000.1044822804", "capabilities": [], "seq": seq}))
}

async fn scan(State(s): State<Arc<Shared>>, Json(body): Json<Value>) -> Response {
    let qr = body["qr"].as_str().unwrap_or_default();
    match s.with(|w| w.scan(qr)) {
        Some(mut v) => {
            v["ok"] = true.into();
            Json(v).into_response()
        }
        None => (StatusCode::NOT_FOUND, Json(json!({"ok": false, "error": {"code": "qr_unknown", "message": ""}}))).into_response(),
    }
}

async fn index(State(s): State<Arc<Shared>>) -> Response {
    let nonce = format!("{:032x}", rand::random::<u128>());
    let config = s.with(|w| w.page_config());
    match s.assets.index(&config, &nonce) {
        Err(e) => (StatusCode::INTERNAL_SERVER_ERROR, e.to_string()).into_response(),
        Ok(html) => {
            let csp = format!("default-src 'self'; script-src 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'");
            ([(header::CONTENT_SECURITY_POLICY, csp), (header::CACHE_CONTROL, "no-store".to_owned())], Html(html)).into_response()
        }
    }
}

async fn asset(State(s): State<Arc<Shared>>, Path(name): Path<String>) -> Response {
    let (found, kind) = if name == "style.css" {
        (s.assets.style().map(Some), "text/css; charset=utf-8")
    } else {
        (s.assets.script(&name), "text/javascript; charset=utf-8")
    };
    match found {
        Err(e) => (StatusCode::INTERNAL_SERVER_ERROR, e.to_string()).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Ok(Some(text)) => ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], text.into_owned()).into_response(),
    }
}

async fn browsers(State(s): State<Arc<Shared>>) -> Response {
    match s.assets.browsers() {
        Ok(text) => Html(text.into_owned()).into_response(),
        Err(e) => (StatusCode::INTERNAL_SERVER_ERROR, e.to_string()).into_response(),
    }
}

async fn socket(State(s): State<Arc<Shared>>, ws: WebSocketUpgrade) -> Response {
    ws.on_upgrade(move |socket| page_socket::run(socket, s))
}
