//! The service without a socket, and calls of it.

#![allow(dead_code, reason = "each test binary uses its own part")]

pub(crate) mod http;
pub(crate) mod process;
#[path = "../../../../wa-client/tests/support/mod.rs"]
pub(crate) mod rig;
pub(crate) mod stream;

use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request};
use axum_server::{AppState, Auth, app};
use serde_json::Value;
use tower::ServiceExt as _;
use wa_client::{Client, Config};

pub(crate) use rig::{PATIENCE, Rig, leak};
use stream::EventSource;

/// For tokens of tests.
pub(crate) const SECRET: &str = "a secret for tests, 32 bytes and more";

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    /// The body.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("plain text"))
    }

    /// Checks the form of a failure; its error.
    pub(crate) fn failure(&self, status: u16, code: &str) -> Value {
        let json = self.json();
        assert_eq!((self.status, &json["error"]["code"]), (status, &Value::from(code)), "{json}");
        assert_eq!(json["success"], false);
        assert!(json["error"]["message"].as_str().is_some_and(|message| !message.is_empty()), "{json}");
        assert_eq!(self.header("content-type"), "application/json");
        json["error"].clone()
    }

    /// Checks the form of a success; its data.
    pub(crate) fn data(&self) -> Value {
        let json = self.json();
        assert_eq!((self.status, &json["success"]), (200, &Value::Bool(true)), "{json}");
        json["data"].clone()
    }

    /// Checks the form of a success; its sentence.
    pub(crate) fn message(&self) -> String {
        let json = self.json();
        assert_eq!((self.status, &json["success"]), (200, &Value::Bool(true)), "{json}");
        json["message"].as_str().expect("a sentence").to_owned()
    }
}

/// The service and an administrator's token.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) state: AppState,
    router: Router,
    token: String,
}

impl Service {
    pub(crate) fn new(client: Client) -> Self {
        leak::install();
        let auth = Auth::new(SECRET.as_bytes());
        let token = auth.issue(Duration::from_secs(600)).expect("a token");
        leak::secret("token", &token);
        let state = AppState::new(client, auth).expect("the state");
        Self { router: app(state.clone()), state, token }
    }

    /// With a session that was never started and cannot be.
    pub(crate) fn idle() -> Self {
        let mut config = Config::default();
        config.executable = Some("/nonexistent/browser".into());
        Self::new(Client::builder().config(config).build().expect("the configuration is valid"))
    }

    /// The same service for the bearer of another token.
    pub(crate) fn with_token(&self, token: String) -> Self {
        Self { token, ..self.clone() }
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Any request.
    pub(crate) async fn call(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("never fails");
        let (head, body) = response.into_parts();
        let bytes = to_bytes(body, 16 << 20).await.expect("a body").to_vec();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: head.status.as_u16(), headers: head.headers, text, bytes }
    }

    /// A request with the token.
    pub(crate) fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let method: Method = method.parse().expect("a method");
        Request::builder().method(method).uri(path).header("authorization", format!("Bearer {}", self.token))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.bare("GET", path).await
    }

    /// With the token, without a body.
    pub(crate) async fn bare(&self, method: &str, path: &str) -> Answer {
        self.call(self.request(method, path).body(Body::empty()).expect("a request")).await
    }

    /// With the token and a JSON body.
    pub(crate) async fn post(&self, path: &str, body: impl Into<String>) -> Answer {
        let request = self.request("POST", path).header("content-type", "application/json");
        self.call(request.body(Body::from(body.into())).expect("a request")).await
    }

    /// Opens the stream of events.
    pub(crate) async fn events(&self, query: &str, last_event_id: Option<u64>) -> EventSource {
        let mut request = self.request("GET", &format!("/whatsapp/events{query}"));
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let request = request.body(Body::empty()).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("never fails");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        EventSource::new(response.into_body())
    }

    pub(crate) async fn send(&self, phone: &str, message: &str) -> Answer {
        self.post("/whatsapp/send", serde_json::json!({"phone": phone, "message": message}).to_string()).await
    }
}
