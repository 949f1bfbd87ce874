//! Whatever is asked, in whatever form: there is an answer, it is no defect, and the service lives on.

mod support;

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, Request};
use axum_server::app;
use serde_json::Value;
use support::{PATIENCE, Service};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

const PATHS: [&str; 25] = [
    "/",
    "/app.js",
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/docs/",
    "/docs/%ff",
    "/whatsapp",
    "/whatsapp/status",
    "/whatsapp/connection-status",
    "/whatsapp/is-authenticated",
    "/whatsapp/qr",
    "/whatsapp/qr.svg",
    "/whatsapp/qr.png",
    "/whatsapp/admin/qr-code",
    "/whatsapp/send",
    "/whatsapp/send",
    "/whatsapp/send",
    "/whatsapp/disconnect",
    "/whatsapp/reconnect",
    "/whatsapp/logout",
    "/whatsapp/pairing-code",
    "/whatsapp/pairing-code",
    "/whatsapp/events",
];

/// Failures of the session, as the description of the service lists them. 500 is a defect.
const SESSION_FAILS: [u16; 3] = [501, 503, 504];

/// One request, as far as it can be put into words.
#[derive(Debug, Clone)]
struct Asked {
    method: String,
    path: String,
    headers: Vec<(String, Vec<u8>)>,
    with_token: bool,
    body: Vec<u8>,
}

const METHODS: [&str; 12] =
    ["GET", "GET", "POST", "POST", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW"];
const TEXTS: [&str; 12] = [
    "",
    "5511988887777",
    "+55 11 98888-7777",
    "x@lid",
    "\u{0}",
    "\u{202e}",
    "../..",
    "%00",
    "😀",
    "text",
    "true_1@lid_A",
    "0",
];
const FIELDS: [&str; 8] = ["phone", "message", "phone", "message", "quoted", "notify", "id", "of tomorrow"];
const TAILS: [&str; 12] = [
    "",
    "",
    "",
    "",
    "/",
    "/x",
    "?after=-1",
    "?lastEventId=18446744073709551616",
    "?width=99999999",
    "?scale=-1",
    "?%ff=%00",
    "/%2e%2e",
];
const HEADERS: [&str; 19] = [
    "content-type",
    "content-length",
    "content-encoding",
    "transfer-encoding",
    "accept",
    "accept-encoding",
    "authorization",
    "idempotency-key",
    "last-event-id",
    "x-request-id",
    "traceparent",
    "host",
    "origin",
    "range",
    "if-none-match",
    "x-forwarded-for",
    "expect",
    "upgrade",
    "cookie",
];
const VALUES: [&str; 17] = [
    "application/json",
    "text/plain",
    "application/json; charset=utf-16",
    "gzip",
    "chunked",
    "*/*",
    "bytes=0-",
    "*",
    "Bearer",
    "Bearer x.y.z",
    "Basic eDp5",
    "-1",
    "18446744073709551616",
    "null",
    "00-0-0-0",
    "100-continue",
    "websocket",
];

/// Chance from a seed, so that what fails can be had again.
struct Dice(u64);

impl Dice {
    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most as u64).expect("a small number")
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..self.below(most)).map(|_| self.next().to_le_bytes()[0]).collect()
    }

    fn text(&mut self) -> String {
        match self.below(10) {
            0 => "x".repeat(60_000 + self.below(10_000)),
            1 | 2 => String::from_utf8_lossy(&self.bytes(60)).into_owned(),
            _ => self.one(&TEXTS).to_owned(),
        }
    }

    fn json(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 5 } else { 9 }) {
            0 => Value::Null,
            1 => Value::from(self.below(2) == 0),
            2 => Value::from(self.next()),
            3 | 4 => Value::from(self.text()),
            5 => (0..self.below(4)).map(|_| self.json(depth - 1)).collect(),
            _ => (0..self.below(5)).map(|_| (self.one(&FIELDS).to_owned(), self.json(depth - 1))).collect(),
        }
    }

    fn body(&mut self) -> Vec<u8> {
        match self.below(8) {
            0 => Vec::new(),
            1 => self.bytes(200),
            2 => vec![b' '; [60_000, 65_536, 65_537, 1 << 20][self.below(4)]],
            3 => vec![b'['; 60_000],
            _ => self.json(4).to_string().into_bytes(),
        }
    }

    fn asked(&mut self) -> Asked {
        let mut headers: Vec<(String, Vec<u8>)> = (0..self.below(4))
            .map(|_| {
                let value = match self.below(4) {
                    0 => self.bytes(40),
                    1 => vec![b'x'; 8_000],
                    _ => self.one(&VALUES).as_bytes().to_vec(),
                };
                (self.one(&HEADERS).to_owned(), value)
            })
            .collect();
        if self.below(2) == 0 {
            headers.push(("content-type".into(), b"application/json".to_vec()));
        }
        let path = format!("{}{}", self.one(&PATHS), self.one(&TAILS));
        Asked { method: self.one(&METHODS).into(), path, headers, with_token: self.below(8) > 0, body: self.body() }
    }
}

/// Asks; `None` for what cannot be asked.
async fn ask(service: &Service, asked: &Asked) -> Option<()> {
    let method: Method = asked.method.parse().ok()?;
    let mut request = Request::builder().method(method).uri(&asked.path).body(Body::from(asked.body.clone())).ok()?;
    let headers = request.headers_mut();
    for (name, value) in &asked.headers {
        headers.append(HeaderName::try_from(name).ok()?, HeaderValue::from_bytes(value).ok()?);
    }
    if asked.with_token {
        headers.insert("authorization", format!("Bearer {}", service.token()).parse().ok()?);
    }
    // The stream of events has no end.
    let endless = asked.path.starts_with("/whatsapp/events") && asked.method == "GET" && asked.with_token;
    if endless {
        return None;
    }
    let answer = timeout(PATIENCE, service.call(request)).await.expect("an answer in time");
    let shown = (answer.status, &answer.text);
    assert!(answer.status < 500 || SESSION_FAILS.contains(&answer.status), "{asked:?}: {shown:?}");
    if answer.status >= 400 && asked.method != "HEAD" {
        let json: Value = serde_json::from_str(&answer.text).unwrap_or_else(|_| panic!("{asked:?}: {shown:?}"));
        // `readyz` tells what it waits for, in a form of its own.
        let failure =
            json["success"] == false && json["error"]["code"].is_string() && json["error"]["message"].is_string();
        assert!(failure || asked.path.starts_with("/readyz"), "{asked:?}: {shown:?}");
        assert!(answer.text.len() < 70_000, "an answer is not longer than what was asked");
    }
    Some(())
}

/// `WA_SEED` repeats a run.
fn dice() -> Dice {
    let seed = std::env::var("WA_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random);
    println!("WA_SEED={seed}");
    Dice(seed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_has_an_answer_of_the_documented_form() {
    let service = Service::idle();
    let mut dice = dice();
    let mut answered = 0;
    while answered < 3_000 {
        let case = dice.asked();
        answered += usize::from(ask(&service, &case).await.is_some());
    }
    assert_eq!(service.get("/healthz").await.status, 200);
    service.get("/whatsapp/is-authenticated").await.data();
}

/// What is no HTTP at all, or nearly, on the socket of a service that listens.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_bytes_on_the_socket_leave_the_service_alive() {
    let service = Service::idle();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("its address");
    let serving = tokio::spawn(axum::serve(listener, app(service.state.clone())).into_future());
    let heads = [
        "GET / HTTP/1.1\r\n",
        "POST /whatsapp/send HTTP/1.1\r\n",
        "GET /healthz HTTP/9.9\r\n",
        "PRI * HTTP/2.0\r\n",
        "\r\n",
        "GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n",
        "POST /whatsapp/send HTTP/1.1\r\nContent-Length: 9999999999\r\n",
        "POST /whatsapp/send HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n",
        "POST /whatsapp/send HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n",
    ];
    let mut dice = dice();
    for _ in 0..300 {
        let tail = match dice.below(4) {
            0 => b"Host: x\r\n\r\n".to_vec(),
            1 => b"X: y\r\n".repeat(2_000),
            2 => vec![b'x'; 100_000],
            _ => dice.bytes(300),
        };
        let bytes = [dice.one(&heads).as_bytes(), &tail].concat();
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        // It may hang up before it has read everything.
        let _ = stream.write_all(&bytes).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let ends = timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
        assert!(
            ends.is_ok(),
            "a connection that has nothing more to say is left open: {:?}",
            String::from_utf8_lossy(&bytes)
        );
        let status = answer.get(9..12).map(String::from_utf8_lossy);
        assert!(status.is_none_or(|status| status != "500"), "{:?}", String::from_utf8_lossy(&answer));
    }
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.expect("it reads");
    let mut answer = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answer)).await.expect("in time").expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    serving.abort();
}
