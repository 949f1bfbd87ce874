//! Control calls, the way any test in any language makes them: plain HTTP.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Makes a call that has to succeed and answers its body.
pub(crate) async fn call(base: &str, method: &str, path: &str, body: Value) -> Value {
    let (status, answer) = call_any(base, method, path, body).await;
    assert_eq!(status, 200, "{method} {path}: {answer}");
    answer
}

/// Makes a call and answers status and body.
pub(crate) async fn call_any(base: &str, method: &str, path: &str, body: Value) -> (u16, Value) {
    let host = base.strip_prefix("http://").expect("a base address");
    let body = if method == "GET" || method == "DELETE" { String::new() } else { body.to_string() };
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(host).await.expect("the simulator listens");
    stream.write_all(request.as_bytes()).await.expect("request written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("answer read");
    let (head, text) = answer.split_once("\r\n\r\n").expect("a header and a body");
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
    (status, serde_json::from_str(text).unwrap_or(Value::Null))
}

/// Number of the newest event.
pub(crate) async fn seq(base: &str) -> u64 {
    call(base, "GET", "/sim/health", Value::Null).await["seq"].as_u64().expect("seq")
}

/// Waits for the first event of a kind after `since`.
pub(crate) async fn event(base: &str, since: u64, kind: &str) -> Value {
    let path = format!("/sim/events?since={since}&kinds={kind}&wait_ms=15000&limit=1");
    let answer = call(base, "GET", &path, Value::Null).await;
    let events = answer["events"].as_array().expect("events");
    events.first().unwrap_or_else(|| panic!("no {kind} in 15 s")).clone()
}
