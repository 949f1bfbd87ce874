//! Calls of a service behind a socket.

use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::Answer;
use super::stream::EventSource;

/// A client of one service.
#[derive(Clone)]
pub(crate) struct Http {
    base: String,
    token: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Http {
    pub(crate) fn new(address: impl std::fmt::Display, token: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { base: format!("http://{address}"), token: token.to_owned(), client }
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    fn request(&self, method: &str, path: &str, body: &str) -> Request<Full<Bytes>> {
        Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(Full::from(body.to_owned()))
            .expect("a request")
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: &str) -> Answer {
        let response = self.client.request(self.request(method, path, body)).await.expect("an answer");
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes().to_vec();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: head.status.as_u16(), headers: head.headers, text, bytes }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, "").await
    }

    pub(crate) async fn send(&self, phone: &str, message: &str) -> Answer {
        let body = serde_json::json!({"phone": phone, "message": message}).to_string();
        self.call("POST", "/whatsapp/send", &body).await
    }

    pub(crate) async fn events(&self, query: &str) -> EventSource {
        let request = self.request("GET", &format!("/whatsapp/events{query}"), "");
        let response = self.client.request(request).await.expect("an answer");
        assert_eq!(response.status(), 200);
        EventSource::new(response.into_body())
    }
}
