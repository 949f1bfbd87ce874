//! A typed client of the control contract, for any simulator that implements it.

use std::fmt;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request, Uri, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

mod calls;
mod types;

pub use types::{
    Event, Health, Linked, Outbox, OutboxMessage, Posted, PostedMessage, State, StateDevice, StatePage, Summary,
};

/// How long a call may take that is not asked to wait for anything.
const DEADLINE: Duration = Duration::from_secs(30);

/// Why a control call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The simulator refused; `code` is one of the contract's.
    #[error("refused with {status} {code}: {message}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Stable code, for instance `no_target`.
        code: String,
        /// For humans.
        message: String,
        /// Whatever the code comes with, else null.
        detail: Value,
    },
    /// The simulator could not be reached, or the connection broke.
    #[error("the simulator did not answer")]
    Transport(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The answer was not what the contract says.
    #[error("the answer is not of the contract")]
    Malformed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Nothing came in time.
    #[error("nothing came within {0:?}")]
    Timeout(Duration),
}

impl ClientError {
    /// The contract's code of a refusal.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            _ => None,
        }
    }
}

type Result<T> = std::result::Result<T, ClientError>;

/// Makes control calls. Clones share their connections.
#[derive(Clone)]
pub struct SimClient {
    base: String,
    token: Option<String>,
    http: Client<HttpConnector, Full<Bytes>>,
}

impl fmt::Debug for SimClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the token.
        f.debug_struct("SimClient").field("base", &self.base).finish_non_exhaustive()
    }
}

impl SimClient {
    /// A client for the simulator at this address, for instance `http://127.0.0.1:8080`.
    #[must_use]
    pub fn new(base: impl Into<String>) -> Self {
        let base = base.into().trim_end_matches('/').to_owned();
        Self { base, token: None, http: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// Sends this token with every call.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// The simulator's base address.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Makes any call: `route` starts with `/sim/` and may have a query; a null `body` is none.
    ///
    /// # Errors
    /// All of [`ClientError`].
    pub async fn call(&self, method: &str, route: &str, body: &Value) -> Result<Value> {
        self.call_within(method, route, body, DEADLINE).await
    }

    async fn call_within(&self, method: &str, route: &str, body: &Value, limit: Duration) -> Result<Value> {
        let answer = tokio::time::timeout(limit, self.exchange(method, route, body)).await;
        let (status, text) = answer.map_err(|_| ClientError::Timeout(limit))??;
        let mut answer: Value = serde_json::from_slice(&text).map_err(|e| ClientError::Malformed(e.into()))?;
        if answer["ok"] == true {
            return Ok(answer);
        }
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        let mut error = answer["error"].take();
        Err(ClientError::Refused {
            status,
            code: text(&error["code"]),
            message: text(&error["message"]),
            detail: error["detail"].take(),
        })
    }

    async fn exchange(&self, method: &str, route: &str, body: &Value) -> Result<(u16, Bytes)> {
        let transport = |e: Box<dyn std::error::Error + Send + Sync>| ClientError::Transport(e);
        let uri: Uri = format!("{}{route}", self.base).parse().map_err(|e| transport(Box::new(e)))?;
        let method: Method = method.parse().map_err(|e| transport(Box::new(e)))?;
        let mut request = Request::builder().method(method).uri(uri).header(header::CONTENT_TYPE, "application/json");
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let request = request.body(Full::new(body)).map_err(|e| transport(Box::new(e)))?;
        let response = self.http.request(request).await.map_err(|e| transport(Box::new(e)))?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.map_err(|e| transport(Box::new(e)))?;
        Ok((status, body.to_bytes()))
    }

    async fn get<T: DeserializeOwned>(&self, route: &str) -> Result<T> {
        read(self.call("GET", route, &Value::Null).await?)
    }

    async fn send<T: DeserializeOwned>(&self, method: &str, route: &str, body: impl Serialize) -> Result<T> {
        read(self.call(method, route, &write(body)?).await?)
    }
}

fn write(body: impl Serialize) -> Result<Value> {
    serde_json::to_value(body).map_err(|e| ClientError::Malformed(e.into()))
}

fn read<T: DeserializeOwned>(answer: Value) -> Result<T> {
    serde_json::from_value(answer).map_err(|e| ClientError::Malformed(e.into()))
}

/// `{}` with the fields that are there.
fn fields<const N: usize>(pairs: [(&str, Option<Value>); N]) -> Value {
    let mut object = json!({});
    for (name, value) in pairs {
        if let Some(value) = value {
            object[name] = value;
        }
    }
    object
}

/// A query string out of the parameters that are there.
fn query<const N: usize>(pairs: [(&str, Option<String>); N]) -> String {
    let mut text = String::new();
    for (name, value) in pairs {
        let Some(value) = value else { continue };
        text.push(if text.is_empty() { '?' } else { '&' });
        text.push_str(name);
        text.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~,".contains(&byte) {
                text.push(char::from(byte));
            } else {
                text.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    text
}
