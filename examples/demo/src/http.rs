//! Calls of the service and its stream of events, as any program in any language makes them.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::{Bytes, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::Result;

/// No step of the demonstration takes this long on any machine; a browser's first start takes longest.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Http {
    base: String,
    token: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Http {
    pub(crate) fn new(base: String, token: String) -> Self {
        Self { base, token, client: Client::builder(TokioExecutor::new()).build_http() }
    }

    fn request(&self, method: &str, path: &str, body: &Value) -> Result<Request<Full<Bytes>>> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        Ok(Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(Full::from(body))?)
    }

    /// The answer of a call that succeeds.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Result<Value> {
        let response = self.client.request(self.request(method, path, &body)?);
        let (head, body) = timeout(PATIENCE, response).await.map_err(|_| format!("{path}: no answer"))??.into_parts();
        let answer: Value = serde_json::from_slice(&body.collect().await?.to_bytes())?;
        if head.status.is_success() {
            return Ok(answer);
        }
        Err(format!("{path}: {} {}", head.status, answer["error"]["message"]).into())
    }

    pub(crate) async fn send(&self, phone: &str, message: &str) -> Result<Value> {
        Ok(self.call("POST", "/whatsapp/send", json!({"phone": phone, "message": message})).await?["data"].take())
    }

    /// All events from the first on.
    pub(crate) async fn events(&self) -> Result<Events> {
        let response = self.client.request(self.request("GET", "/whatsapp/events?after=0", &Value::Null)?).await?;
        Ok(Events { body: response.into_body(), text: String::new() })
    }
}

/// Server-sent events.
pub(crate) struct Events {
    body: Incoming,
    text: String,
}

impl Events {
    /// The next event: its name and its data.
    pub(crate) async fn next(&mut self) -> Result<(String, Value)> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let data = block.lines().find_map(|line| line.strip_prefix("data: ")).map(str::to_owned);
                self.text = rest.to_owned();
                if let Some(data) = data {
                    let mut envelope: Value = serde_json::from_str(&data)?;
                    let name = envelope["event"].as_str().unwrap_or_default().to_owned();
                    return Ok((name, envelope["data"].take()));
                }
            }
            let frame = self.body.frame().await.ok_or("the service ended the stream of events")??;
            self.text.push_str(std::str::from_utf8(&frame.into_data().unwrap_or_default())?);
        }
    }

    /// Waits for the event that `wanted` picks. Fails when the session ends instead, or nothing comes.
    pub(crate) async fn wait(&mut self, what: &str, wanted: impl Fn(&str, &Value) -> bool) -> Result<Value> {
        let picked = async {
            loop {
                let (name, data) = self.next().await?;
                if wanted(&name, &data) {
                    return Ok(data);
                }
                if name == "auth_failure" || name == "disconnected" {
                    return Err(format!("instead of {what}: {name} {}", data["reason"]["code"]).into());
                }
            }
        };
        timeout(PATIENCE, picked).await.map_err(|_| format!("{what} did not come"))?
    }
}
