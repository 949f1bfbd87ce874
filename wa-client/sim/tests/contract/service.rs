//! Health, reset, settings, state, and what every call has in common.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wa_client_sim::{SimClient, Simulator};

use crate::support::{ANA, FakePage, OWN, PATIENCE, code, simulator};

#[tokio::test]
async fn health_tells_contract_and_capabilities() {
    let (_sim, client) = simulator().await;
    let health = client.health().await.unwrap();
    assert_eq!(health.contract, 1);
    assert_eq!(health.wa_version, "2.3000.1044822804");
    assert!(health.capabilities.iter().any(|c| c == "multi_account"));
}

#[tokio::test]
async fn every_route_exists_and_takes_no_other_method() {
    let (_sim, client) = simulator().await;
    let routes = [
        "health",
        "reset",
        "config",
        "state",
        "phone/scan",
        "phone/pair",
        "phone/unlink",
        "accounts",
        "chats",
        "groups",
        "groups/participants",
        "messages",
        "reactions",
        "edits",
        "revokes",
        "typing",
        "presence",
        "calls",
        "calls/end",
        "outbox",
        "outbox/summary",
        "acks",
        "qr",
        "qr/rotate",
        "qr/expire",
        "qr/refresh",
        "network",
        "socket",
        "faults",
        "events",
    ];
    for route in routes {
        let refused = client.call("OPTIONS", &format!("/sim/{route}"), &Value::Null).await;
        assert_eq!(code(refused), "method_not_allowed", "{route}");
    }
    assert_eq!(code(client.call("GET", "/sim/nothing", &Value::Null).await), "not_found");
    assert_eq!(code(client.call("GET", "/sim", &Value::Null).await), "not_found");
}

#[tokio::test]
async fn bodies_are_checked() {
    let (sim, client) = simulator().await;
    for (route, body) in [
        ("/sim/reset", json!({"sed": 1})),
        ("/sim/phone/scan", json!({"qr": "x", "phon": OWN})),
        ("/sim/phone/pair", json!({"code": "x", "phon": OWN})),
        ("/sim/phone/unlink", json!({"page": "p1"})),
        ("/sim/accounts", json!({"number": ANA, "nam": "Ana"})),
        ("/sim/accounts", json!({"accounts": [{"number": ANA, "nam": "Ana"}]})),
        ("/sim/chats", json!({"chats": [{"id": ANA, "unred": 1}]})),
        ("/sim/chats", json!({"chats": [{"id": ANA, "messages": [{"bdy": "x"}]}]})),
        ("/sim/groups", json!({"subject": "x", "participants": [], "announc": true})),
        ("/sim/groups/participants", json!({"group": "1@g.us", "ad": []})),
        ("/sim/messages", json!({"from": ANA, "bdy": "x"})),
        ("/sim/reactions", json!({"from": ANA, "message": "x", "emoji": "", "x": 1})),
        ("/sim/edits", json!({"message": "x", "body": "", "x": 1})),
        ("/sim/revokes", json!({"message": "x", "x": 1})),
        ("/sim/typing", json!({"from": ANA, "state": "paused", "x": 1})),
        ("/sim/presence", json!({"from": ANA, "online": true, "x": 1})),
        ("/sim/calls", json!({"from": ANA, "vide": true})),
        ("/sim/calls/end", json!({"id": "x", "x": 1})),
        ("/sim/acks", json!({"message": "x", "level": 1, "x": 1})),
        ("/sim/qr/rotate", json!({"pag": "p1"})),
        ("/sim/socket", json!({"stat": "CONFLICT"})),
        ("/sim/faults", json!({"kind": "reload", "modul": "x"})),
    ] {
        assert_eq!(code(client.call("POST", route, &body).await), "unknown_field", "{route} {body}");
    }
    for (method, route, body) in [
        ("PUT", "/sim/acks", json!({"sever_ms": 1})),
        ("PUT", "/sim/qr", json!({"ref": 1})),
        ("PUT", "/sim/network", json!({"sate": "online"})),
        ("PATCH", "/sim/config", json!({"own": 1})),
    ] {
        assert_eq!(code(client.call(method, route, &body).await), "unknown_field", "{route}");
    }
    assert_eq!(code(client.call("GET", "/sim/events?kind=x", &Value::Null).await), "unknown_field");
    assert_eq!(code(client.call("GET", "/sim/events?since=x", &Value::Null).await), "bad_request");
    assert_eq!(code(client.call("POST", "/sim/reset", &json!([])).await), "bad_request");
    assert_eq!(code(client.call("POST", "/sim/messages", &json!({})).await), "bad_request");
    let huge = json!({"qr": "x".repeat(33 << 20)});
    assert_eq!(code(client.call("POST", "/sim/phone/scan", &huge).await), "payload_too_large");
    let (head, body) = exchange(&sim, "POST /sim/reset", "content-length: 3", "{{{").await;
    assert!(head.starts_with("HTTP/1.1 400") && body.contains("\"bad_json\""));
    let (head, _) = exchange(&sim, "POST /sim/reset", "content-length: 0", "").await;
    assert!(head.starts_with("HTTP/1.1 200"), "an empty body means {{}}");
}

/// A request that the typed client would not make: head and body of the answer.
async fn exchange(sim: &Simulator, line: &str, header: &str, body: &str) -> (String, String) {
    let mut stream = TcpStream::connect(sim.base().trim_start_matches("http://")).await.unwrap();
    let request = format!("{line} HTTP/1.1\r\nhost: sim\r\nconnection: close\r\n{header}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let head: Vec<&str> = head.lines().filter(|l| !l.starts_with("date:")).collect();
    (head.join("\n"), body.to_owned())
}

#[tokio::test]
async fn a_token_is_asked_for_on_control_calls_only() {
    let sim = Simulator::builder().token("secret").start().await.unwrap();
    let stranger = SimClient::new(sim.base());
    assert_eq!(code(stranger.health().await), "unauthorized");
    assert_eq!(code(SimClient::new(sim.base()).token("wrong").health().await), "unauthorized");
    sim.client().health().await.unwrap();
    FakePage::open(&stranger, None).await;
}

#[tokio::test]
async fn settings_merge_one_level_deep() {
    let (_sim, client) = simulator().await;
    let config =
        client.patch_config(json!({"login": {"synced_delay_ms": 7}, "key_shape": "serialized"})).await.unwrap();
    assert_eq!(config["config"]["login"]["synced_delay_ms"], 7);
    assert_eq!(config["config"]["login"]["steps"], json!([0, 40, 80, 100]));
    assert_eq!(client.config().await.unwrap()["key_shape"], "serialized");
    for bad in [
        json!({"addressing": "phone"}),
        json!({"own_number": "12"}),
        json!({"login": {"steps": [50, 10]}}),
        json!({"linked_devices_max": -1}),
    ] {
        assert_eq!(code(client.patch_config(bad).await), "bad_request");
    }
    assert_eq!(code(client.patch_config(json!({"boot": {"x": 1}})).await), "unknown_field");
}

#[tokio::test]
async fn a_document_carries_its_settings_under_a_nonce() {
    let (sim, client) = simulator().await;
    client.patch_config(json!({"addressing": "lid", "page": {"qr_ending": "faq"}})).await.unwrap();
    let (head, body) = document(&sim, "x").await;
    let nonce = head.split("script-src 'nonce-").nth(1).and_then(|h| h.split('\'').next()).expect("a nonce");
    assert_eq!(nonce.len(), 32);
    assert!(body.contains(&format!("nonce=\"{nonce}\"")));
    assert!(body.contains(r#""addressing":"lid""#) && body.contains(r#""qrEnding":"faq""#));
    assert_ne!(document(&sim, "x").await.0, head, "a nonce is used once");
}

#[tokio::test]
async fn headless_browsers_are_turned_away_on_request() {
    let (sim, client) = simulator().await;
    assert!(document(&sim, "HeadlessChrome/1").await.0.starts_with("HTTP/1.1 200"));
    client.patch_config(json!({"page": {"unsupported_headless": true}})).await.unwrap();
    let (head, _) = document(&sim, "HeadlessChrome/1").await;
    assert!(head.starts_with("HTTP/1.1 307") && head.contains("/browsers.html"));
    assert!(document(&sim, "Chrome/1").await.0.starts_with("HTTP/1.1 200"));
}

/// Head and body of the page.
pub(crate) async fn document(sim: &Simulator, agent: &str) -> (String, String) {
    exchange(sim, "GET /", &format!("user-agent: {agent}"), "").await
}

#[tokio::test]
async fn the_pages_files_are_served() {
    let (sim, client) = simulator().await;
    let (_, html) = document(&sim, "x").await;
    let scripts: Vec<&str> = html.split("src=\"").skip(1).filter_map(|s| s.split('"').next()).collect();
    assert!(!scripts.is_empty());
    for script in scripts.iter().chain([&"/assets/style.css", &"/status.json", &"/browsers.html"]) {
        let (head, body) = exchange(&sim, &format!("GET {script}"), "", "").await;
        assert!(head.starts_with("HTTP/1.1 200") && !body.is_empty(), "{script}");
    }
    for nothing in ["/assets/order.txt", "/assets/../Cargo.toml", "/media/none"] {
        assert!(exchange(&sim, &format!("GET {nothing}"), "", "").await.0.starts_with("HTTP/1.1 404"), "{nothing}");
    }
    let mut page = FakePage::linked(&client, None).await;
    let media = json!({"base64": "aGVsbG8=", "mimetype": "image/png"});
    client.messages(json!({"from": ANA, "type": "image", "media": media})).await.unwrap();
    let url = page.expect("message").await["message"]["media"]["url"].as_str().unwrap().to_owned();
    let (head, body) = exchange(&sim, &format!("GET {url}"), "", "").await;
    assert!(head.contains("content-type: image/png"));
    assert_eq!(body, "hello");
}

#[tokio::test]
async fn reset_forgets_and_logs_pages_out() {
    let (_sim, client) = simulator().await;
    client.accounts(json!([{"number": ANA}])).await.unwrap();
    client.put_acks(json!({"read_ms": 5})).await.unwrap();
    let mut page = FakePage::linked(&client, None).await;
    let before = client.mark().await.unwrap();
    assert_eq!(code(client.call("POST", "/sim/reset", &json!({"pages": "keep"})).await), "pages_linked");
    assert_eq!(client.reset().await.unwrap()["epoch"], 2);
    page.until_closed().await;
    let state = client.state().await.unwrap();
    assert_eq!((state.accounts, state.devices.len(), state.pages.len()), (1, 0, 0));
    assert!(state.seq > before, "event numbers go on");
    assert_eq!(client.acks().await.unwrap()["delivered_ms"], 15);
    page.reconnect().await;
    page.hello().await;
    assert_eq!(page.expect("failure").await["code"], 401);
    client.wait_event(&["device.rejected"], before, |_| true, PATIENCE).await.unwrap();
}

#[tokio::test]
async fn reset_can_keep_pages_that_are_not_linked() {
    let (_sim, client) = simulator().await;
    let (mut page, _, qr) = FakePage::unlinked(&client, None).await;
    client.call("POST", "/sim/reset", &json!({"pages": "keep"})).await.unwrap();
    assert!(client.scan(&qr).await.unwrap().linked);
    page.expect("pair_success").await;
}

#[tokio::test]
async fn identifiers_repeat_with_the_seed() {
    let (_sim, client) = simulator().await;
    let mut seen = Vec::new();
    for seed in [7, 7, 8] {
        client.reset_seeded(seed).await.unwrap();
        let (_page, refs, _) = FakePage::unlinked(&client, None).await;
        let group = client.groups(json!({"subject": "Plans", "participants": [ANA]})).await.unwrap();
        seen.push((refs, group["group"]["id"].clone(), client.state().await.unwrap().pages[0].page.clone()));
    }
    assert_eq!(seen[0], seen[1]);
    assert_ne!(seen[0].0, seen[2].0);
}

#[tokio::test]
async fn state_shows_pages_and_devices() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, Some(900)).await;
    let since = client.mark().await.unwrap();
    page.send(json!({"t": "state", "state": "CONNECTED", "stream": "CONNECTED", "synced": true, "mode": "MAIN"})).await;
    client.wait_event(&["page.state"], since, |e| e.text("state") == "CONNECTED", PATIENCE).await.unwrap();
    let state = client.state().await.unwrap();
    assert_eq!(state.pages.len(), 1, "a page that reconnects stays the same page");
    let shown = &state.pages[0];
    assert_eq!((shown.page.as_str(), shown.phone.as_deref(), shown.device), ("p1", Some(OWN), Some(1)));
    assert!(shown.connected && shown.synced && shown.qr_ref.is_none());
    assert_eq!((state.devices[0].phone.as_str(), state.devices[0].device, state.devices[0].linked), (OWN, 1, true));
}

#[tokio::test]
async fn stopping_ends_open_connections() {
    let (sim, client) = simulator().await;
    let (mut page, _, _) = FakePage::unlinked(&client, None).await;
    let stopped = tokio::time::timeout(PATIENCE, sim.stop());
    let ((), stopped) = tokio::join!(page.until_closed(), stopped);
    stopped.expect("a stop in time");
    assert!(client.health().await.is_err());
}
