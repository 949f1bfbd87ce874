//! The line between page and server, and the page's socket.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wa_client_sim::Simulator;

use crate::support::{ANA, FakePage, PATIENCE, code, simulator};

/// First line of the answer to a page load; empty when the connection broke, `None` when nothing came.
async fn load(sim: &Simulator, limit: Duration) -> Option<String> {
    let mut stream = tokio::net::TcpStream::connect(sim.base().trim_start_matches("http://")).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: sim\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(limit, stream.read_to_end(&mut answer)).await.ok()?;
    Some(String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn an_offline_line_cuts_and_refuses() {
    let (sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, None).await;
    let since = client.mark().await.unwrap();
    let answer = client.put_network(json!({"state": "offline"})).await.unwrap();
    assert_eq!(answer["network"]["state"], "offline");
    page.until_closed().await;
    client.wait_event(&["page.disconnected"], since, |_| true, PATIENCE).await.unwrap();
    assert!(FakePage::try_open(&client).await.is_err());
    assert_eq!(load(&sim, PATIENCE).await.as_deref(), Some(""));
    let posted = client.text(ANA, "while away").await.unwrap();
    assert!(posted.queued);
    client.put_network(json!({"state": "online"})).await.unwrap();
    assert_eq!(load(&sim, PATIENCE).await.as_deref(), Some("HTTP/1.1 200 OK"));
    assert_eq!(page.login().await["offline"], 1);
    let kinds = client.events(&["network"], since, Duration::ZERO).await.unwrap();
    assert_eq!(kinds.len(), 2);
}

#[tokio::test]
async fn nothing_moves_on_a_half_open_line() {
    let (sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, None).await;
    client.put_network(json!({"state": "half_open"})).await.unwrap();
    client.text(ANA, "stuck").await.unwrap();
    page.text("A", &format!("{ANA}@c.us"), "stuck too").await;
    let quiet = tokio::time::timeout(Duration::from_millis(100), page.expect("message")).await;
    assert!(quiet.is_err());
    assert_eq!(client.outbox().await.unwrap().total, 0);
    assert_eq!(load(&sim, Duration::from_millis(50)).await, None);
    client.put_network(json!({"state": "online"})).await.unwrap();
    assert_eq!(page.expect("message").await["message"]["body"], "stuck");
    page.expect("receipt").await;
    assert_eq!(client.outbox().await.unwrap().total, 1);
}

#[tokio::test]
async fn latency_delays_each_way_and_keeps_the_order() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, None).await;
    client.put_network(json!({"latency_ms": 60})).await.unwrap();
    let start = Instant::now();
    for n in 0..20 {
        page.text(&format!("M{n}"), &format!("{ANA}@c.us"), "x").await;
    }
    for n in 0..20 {
        assert_eq!(page.expect("receipt").await["ids"][0], format!("M{n}"));
    }
    let took = start.elapsed();
    assert!(took >= Duration::from_millis(120), "there and back: {took:?}");
    assert!(took < Duration::from_millis(20 * 120), "delays do not add up: {took:?}");
}

#[tokio::test]
async fn page_loads_fail_apart_from_the_socket() {
    let (sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, None).await;
    client.put_network(json!({"http": "503"})).await.unwrap();
    assert_eq!(load(&sim, PATIENCE).await.as_deref(), Some("HTTP/1.1 503 Service Unavailable"));
    client.put_network(json!({"http": "reset"})).await.unwrap();
    assert_eq!(load(&sim, PATIENCE).await.as_deref(), Some(""));
    client.put_network(json!({"http": "hang"})).await.unwrap();
    assert_eq!(load(&sim, Duration::from_millis(50)).await, None);
    client.text(ANA, "the socket is left alone").await.unwrap();
    page.expect("message").await;
    let (answer, up) = tokio::join!(load(&sim, PATIENCE), client.put_network(json!({"http": "up"})));
    up.unwrap();
    assert_eq!(answer.as_deref(), Some("HTTP/1.1 200 OK"), "what hung goes on");
    assert_eq!(code(client.put_network(json!({"http": "404"})).await), "bad_request");
    assert_eq!(code(client.put_network(json!({"latency_ms": -1})).await), "bad_request");
}

#[tokio::test]
async fn the_socket_is_put_into_states() {
    let (_sim, client) = simulator().await;
    assert_eq!(code(client.socket(json!({"state": "CONFLICT"})).await), "no_target");
    let mut page = FakePage::linked(&client, None).await;
    client.socket(json!({"state": "CONFLICT"})).await.unwrap();
    let frame = page.expect("set_socket").await;
    assert_eq!((&frame["state"], &frame["stream"]), (&json!("CONFLICT"), &Value::Null));
    client.socket(json!({"stream": "RESUMING", "page": "p2"})).await.unwrap();
    assert_eq!(page.expect("set_socket").await["stream"], "RESUMING");
    assert_eq!(code(client.socket(json!({"state": "TIMEOUT"})).await), "bad_request");
    assert_eq!(code(client.socket(json!({"stream": "MAIN"})).await), "bad_request");
    assert_eq!(code(client.socket(json!({})).await), "bad_request");
    client.socket(json!({"close": true})).await.unwrap();
    page.until_closed().await;
    assert_eq!(page.login().await["fresh"], false);
}
