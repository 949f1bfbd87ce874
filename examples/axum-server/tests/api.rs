//! What the service says to everything that needs no session.

mod support;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::body::Body;
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use support::rig::Events;
use support::{Answer, SECRET, Service};
use wa_client::{
    Cache as _, Client, Config, ConnectionSnapshot, ConnectionStatus, Event, MemoryCache, Phase, Timestamp,
};

/// Every route that needs a token, with its method.
const ADMIN: [(&str, &str); 15] = [
    ("GET", "/whatsapp/status"),
    ("GET", "/whatsapp/connection-status"),
    ("GET", "/whatsapp/is-authenticated"),
    ("GET", "/whatsapp/qr"),
    ("GET", "/whatsapp/qr.svg"),
    ("GET", "/whatsapp/qr.png"),
    ("GET", "/whatsapp/admin/qr-code"),
    ("POST", "/whatsapp/admin/qr-code"),
    ("POST", "/whatsapp/send"),
    ("POST", "/whatsapp/disconnect"),
    ("POST", "/whatsapp/reconnect"),
    ("POST", "/whatsapp/logout"),
    ("POST", "/whatsapp/pairing-code"),
    ("DELETE", "/whatsapp/pairing-code"),
    ("GET", "/whatsapp/events"),
];

/// Every route that needs none.
const OPEN: [&str; 8] = ["/", "/app.js", "/style.css", "/healthz", "/readyz", "/metrics", "/openapi.json", "/docs/"];

const STATUS: &str = "/whatsapp/status";

/// A token with this header and these claims, signed by HMAC with `secret`.
fn token(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", encode(header), encode(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

fn hs256() -> Value {
    json!({"alg": "HS256", "typ": "JWT"})
}

fn in_seconds(seconds: i64) -> i64 {
    wa_client::Timestamp::from(std::time::SystemTime::now()).unix_s() + seconds
}

async fn with_authorization(service: &Service, value: &str) -> Answer {
    service.call(Request::get(STATUS).header("authorization", value).body(Body::empty()).unwrap()).await
}

async fn with_token(service: &Service, token: &str) -> Answer {
    with_authorization(service, &format!("Bearer {token}")).await
}

#[tokio::test]
async fn whoever_has_no_token_gets_nothing() {
    let service = Service::idle();
    for (method, path) in ADMIN {
        let answer = service.call(Request::builder().method(method).uri(path).body(Body::empty()).unwrap()).await;
        answer.failure(401, "unauthorized");
        assert_eq!(answer.header("www-authenticate"), "Bearer", "{method} {path}");
    }
    for path in OPEN {
        let answer = service.call(Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, if path == "/readyz" { 503 } else { 200 }, "{path}");
    }
}

#[tokio::test]
async fn a_token_is_looked_at_closely() {
    let service = Service::idle();
    let secret = SECRET.as_bytes();
    let good = json!({"role": "ADMIN", "exp": in_seconds(60)});
    with_token(&service, &token(&hs256(), &good, secret)).await.data();
    // Of somebody else's system, with claims that are none of our business.
    let rich = json!({"role": "ADMIN", "exp": in_seconds(60), "aud": "admin-panel", "iss": "api", "sub": 7});
    with_token(&service, &token(&hs256(), &rich, secret)).await.data();
    for exp in [json!(u64::MAX), json!(in_seconds(60) as f64 + 0.5)] {
        let late = service.with_token(token(&hs256(), &json!({"role": "ADMIN", "exp": exp}), secret));
        late.get(STATUS).await.data();
        drop(late.events("", None).await);
    }
    with_authorization(&service, &format!("bearer {}", token(&hs256(), &good, secret))).await.data();

    let forged = token(&hs256(), &good, b"another secret");
    let expired = token(&hs256(), &json!({"role": "ADMIN", "exp": in_seconds(-3600)}), secret);
    let endless = token(&hs256(), &json!({"role": "ADMIN"}), secret);
    let early = token(&hs256(), &json!({"role": "ADMIN", "exp": in_seconds(60), "nbf": in_seconds(3600)}), secret);
    let unsigned = token(&json!({"alg": "none", "typ": "JWT"}), &good, secret);
    let stripped = unsigned.rsplit_once('.').unwrap().0.to_owned() + ".";
    // The public key of an RSA pair as the HMAC secret: only a pinned algorithm refuses it.
    let confused = ["RS256", "HS384", "HS512", "ES256", "EdDSA", "hs256", "None"]
        .map(|alg| token(&json!({"alg": alg, "typ": "JWT"}), &good, secret));
    let mut cut = token(&hs256(), &good, secret);
    cut.pop();
    let bad = [forged, expired, endless, early, unsigned, stripped, cut, "x".into(), String::new(), "a.b.c".into()];
    for token in bad.into_iter().chain(confused) {
        with_token(&service, &token).await.failure(401, "unauthorized");
    }
    for value in ["Basic YWRtaW46YWRtaW4=", "Bearer", "", service.token()] {
        with_authorization(&service, value).await.failure(401, "unauthorized");
    }
    let twice = service.request("GET", STATUS).header("authorization", "Bearer x").body(Body::empty()).unwrap();
    service.call(twice).await.failure(401, "unauthorized");
    // Where addresses are written down, a token must not be.
    let path = format!("{STATUS}?token={}&access_token={0}", service.token());
    service.call(Request::get(path).body(Body::empty()).unwrap()).await.failure(401, "unauthorized");
}

#[tokio::test]
async fn another_role_is_forbidden() {
    let service = Service::idle();
    for role in [json!("USER"), json!("admin"), json!(""), json!(null), json!(["ADMIN"]), json!(1)] {
        let claims = json!({"role": role, "exp": in_seconds(60)});
        with_token(&service, &token(&hs256(), &claims, SECRET.as_bytes())).await.failure(403, "forbidden");
    }
    let nobody = token(&hs256(), &json!({"exp": in_seconds(60)}), SECRET.as_bytes());
    with_token(&service, &nobody).await.failure(403, "forbidden");
}

#[tokio::test]
async fn a_session_that_does_not_run_is_told_on_every_route() {
    let service = Service::idle();
    let status = service.get(STATUS).await.data();
    let stopped = "WhatsApp client is not running";
    let expected =
        json!({"ready": false, "initializing": false, "hasQRCode": false, "reconnectAttempts": 0, "message": stopped});
    assert_eq!(status, expected);
    let status = service.get("/whatsapp/connection-status").await.data();
    assert_eq!((&status["status"], &status["phase"]["name"]), (&json!("DISCONNECTED"), &json!("stopped")));
    let updated = status["lastUpdated"].as_str().unwrap();
    assert!(updated.len() == 24 && updated.ends_with('Z') && updated.as_bytes()[19] == b'.', "{updated}");
    assert!(status.get("qrCodeExpiry").is_none());
    assert_eq!(service.get("/whatsapp/is-authenticated").await.data()["authenticated"], false);
    let qr = service.get("/whatsapp/qr").await.data();
    assert_eq!(
        qr,
        json!({"qr": null, "message": "WhatsApp client is not running. POST /whatsapp/reconnect starts it."})
    );
    for path in ["/whatsapp/qr.svg", "/whatsapp/qr.png"] {
        service.get(path).await.failure(404, "not_found");
    }
    for (method, path) in
        [("GET", "/whatsapp/admin/qr-code"), ("POST", "/whatsapp/admin/qr-code"), ("POST", "/whatsapp/logout")]
    {
        let error = service.bare(method, path).await.failure(503, "not_ready");
        assert!(error["message"].as_str().unwrap().contains("POST /whatsapp/reconnect"), "{error}");
    }
    let error = service.send("5511988887777", "hello there").await.failure(503, "not_ready");
    assert_eq!((&error["maybeSent"], error["id"].is_string()), (&json!(false), true));
    service.post("/whatsapp/pairing-code", r#"{"phone": "5511988887777"}"#).await.failure(503, "not_ready");
    let text = service.bare("POST", "/whatsapp/disconnect").await.message();
    assert_eq!(text, "WhatsApp client disconnected successfully");
    service.bare("DELETE", "/whatsapp/pairing-code").await.message();
    assert_eq!(service.get("/healthz").await.data(), json!({"alive": true}));
    assert!(!service.get("/readyz").await.failure(503, "not_ready")["message"].as_str().unwrap().contains('/'));
}

#[tokio::test]
async fn a_start_that_fails_shows_in_the_status_and_ends_nothing() {
    let service = Service::idle();
    let events = service.state.client().events();
    let text = service.bare("POST", "/whatsapp/reconnect").await.message();
    assert_eq!(text, "WhatsApp client reconnection initiated. Check status endpoint for connection progress.");
    while events.next().await.unwrap().event.name() != "disconnected" {}
    let status = service.get("/whatsapp/connection-status").await.data();
    assert_eq!((&status["status"], &status["phase"]["name"]), (&json!("DISCONNECTED"), &json!("failed")));
    assert!(status["message"].as_str().unwrap().contains("/nonexistent/browser"), "{status}");
    service.send("5511988887777", "hello there").await.failure(503, "not_ready");
}

#[tokio::test]
async fn what_another_process_wrote_is_shown_until_something_newer_happens_here() {
    let mut config = Config::default();
    config.executable = Some("/nonexistent/browser".into());
    let cache = Arc::new(MemoryCache::new());
    let now = Timestamp::from(SystemTime::now());
    let mut theirs = ConnectionSnapshot::new("default", ConnectionStatus::QrReady, Phase::WaitingForScan, now);
    theirs.has_qr_code = true;
    theirs.qr_code_expiry = Some(now + Duration::from_secs(60));
    let write = async |snapshot: &ConnectionSnapshot| {
        cache.set("cache:whatsapp:status", &serde_json::to_string(snapshot).unwrap(), None).await.unwrap();
    };
    write(&theirs).await;
    let service = Service::new(Client::builder().config(config).cache(Arc::clone(&cache)).build().unwrap());
    let status = service.get(STATUS).await.data();
    assert_eq!(
        (&status["hasQRCode"], status["message"].as_str()),
        (&json!(true), Some("QR code is available for scanning"))
    );
    // Its process is gone, and nobody took the code back.
    theirs.qr_code_expiry = Some(now - Duration::from_secs(1));
    write(&theirs).await;
    assert_eq!(service.get(STATUS).await.data()["hasQRCode"], false);
    cache.set("cache:whatsapp:status", "garbage", None).await.unwrap();
    assert_eq!(service.get("/whatsapp/connection-status").await.data()["status"], "DISCONNECTED");

    let mut events = Events::of(service.state.client());
    service.state.start();
    events.wait("disconnected", |event| matches!(event, Event::Disconnected(_))).await;
    write(&theirs).await;
    assert_eq!(service.get("/whatsapp/connection-status").await.data()["phase"]["name"], "failed");
}

#[tokio::test]
async fn a_body_is_looked_at_closely() {
    let service = Service::idle();
    let send = |body: String| service.post("/whatsapp/send", body);
    for body in [
        "",
        "{",
        "[]",
        "null",
        "\"text\"",
        r#"{"phone": "5511988887777"}"#,
        r#"{"message": "x"}"#,
        r#"{"phone": 5511988887777, "message": "x"}"#,
        r#"{"phone": null, "message": "x"}"#,
        r#"{"phone": "5511988887777", "message": ["x"]}"#,
        r#"{"phone": "5511988887777", "message": ""}"#,
        r#"{"phone": "5511988887777", "message": "  \n "}"#,
        r#"{"phone": "5511988887777", "message": "x"} x"#,
        r#"{"phone": "5511988887777", "message": "x", "to": "y"}"#,
        r#"{"phone": "5511988887777", "message": "\ud800"}"#,
        r#"{"phone": "1", "phone": "5511988887777", "message": "x"}"#,
    ] {
        let error = send(body.into()).await.failure(400, "invalid_argument");
        assert!(!error.to_string().contains("5511988887777"), "{error}");
    }
    let error =
        send(r#"{"phone": "5511988887777", "message": "x", "extra": 1}"#.into()).await.failure(400, "invalid_argument");
    assert!(error["message"].as_str().unwrap().contains("unknown field `extra`"), "{error}");
    for phone in ["", "x", "123", "0011988887777", "5511988887777@c.us", "+1 555", "5511988887777; DROP"] {
        service.send(phone, "x").await.failure(400, "invalid_phone");
        service.post("/whatsapp/pairing-code", json!({"phone": phone}).to_string()).await.failure(400, "invalid_phone");
    }
    let limit = 64 * 1024;
    let fill = |size: usize| {
        let empty = json!({"phone": "5511988887777", "message": ""}).to_string();
        json!({"phone": "5511988887777", "message": "a".repeat(size - empty.len())}).to_string()
    };
    send(fill(limit)).await.failure(503, "not_ready");
    send(fill(limit + 1)).await.failure(413, "payload_too_large");
    for kind in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let request = service.request("POST", "/whatsapp/send").header("content-type", kind);
        service.call(request.body(Body::from(fill(100))).unwrap()).await.failure(400, "invalid_argument");
    }
    let request = service.request("POST", "/whatsapp/send").header("content-type", "application/json; charset=utf-8");
    service.call(request.body(Body::from(fill(100))).unwrap()).await.failure(503, "not_ready");
    for key in ["", "two words", &"k".repeat(256)] {
        let request = service.request("POST", "/whatsapp/send").header("content-type", "application/json");
        let request = request.header("idempotency-key", key).body(Body::from(fill(100))).unwrap();
        service.call(request).await.failure(400, "invalid_argument");
    }
}

#[tokio::test]
async fn where_events_start_must_be_a_number() {
    let service = Service::idle();
    for query in ["after=x", "after=-1", "after=", "after=99999999999999999999", "since=1"] {
        service.get(&format!("/whatsapp/events?{query}")).await.failure(400, "invalid_argument");
    }
    let request = service.request("GET", "/whatsapp/events").header("last-event-id", "x").body(Body::empty()).unwrap();
    service.call(request).await.failure(400, "invalid_argument");
}

#[tokio::test]
async fn a_stream_ends_with_its_token() {
    let service = Service::idle();
    // Clocks may differ by half a minute, so this one is good for a second or two.
    let claims = json!({"role": "ADMIN", "exp": in_seconds(-28)});
    let mut events = service.with_token(token(&hs256(), &claims, SECRET.as_bytes())).events("", None).await;
    assert_eq!(events.next().await, None);
}

#[tokio::test]
async fn unknown_routes_and_methods_are_json_too() {
    let service = Service::idle();
    for path in
        ["/nowhere", "/whatsapp", "/whatsapp/", "/whatsapp/status/", "/%00", "/whatsapp/../etc/passwd", "/page/app.js"]
    {
        service.get(path).await.failure(404, "not_found");
        service.bare("POST", path).await.failure(404, "not_found");
    }
    for (method, path, allow) in [
        ("POST", STATUS, "GET,HEAD"),
        ("GET", "/whatsapp/send", "POST"),
        ("PATCH", "/whatsapp/pairing-code", "POST,DELETE"),
        ("DELETE", "/healthz", "GET,HEAD"),
        ("POST", "/", "GET,HEAD"),
        ("BREW", "/whatsapp/reconnect", "POST"),
    ] {
        let answer = service.bare(method, path).await;
        answer.failure(405, "method_not_allowed");
        let sorted = |text: &str| {
            let mut words: Vec<_> = text.split(',').map(str::to_owned).collect();
            words.sort();
            words
        };
        assert_eq!(sorted(answer.header("allow")), sorted(allow), "{method} {path}");
    }
}

#[tokio::test]
async fn every_answer_has_an_id_and_is_kept_by_nobody() {
    let service = Service::idle();
    for path in ["/", "/docs/", "/healthz", "/nowhere", STATUS, "/whatsapp/qr.png"] {
        let answer = service.get(path).await;
        assert_eq!(answer.header("x-request-id").len(), 32, "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert!(answer.headers.get("access-control-allow-origin").is_none(), "{path}");
    }
    let own = |id: &'static str| service.request("GET", STATUS).header("x-request-id", id).body(Body::empty()).unwrap();
    assert_eq!(service.call(own("order-17.a_b")).await.header("x-request-id"), "order-17.a_b");
    for id in ["", "a b", "x\"y", "0123456789012345678901234567890123456789012345678901234567890123456789"] {
        assert_eq!(service.call(own(id)).await.header("x-request-id").len(), 32, "{id}");
    }
}

#[tokio::test]
async fn page_and_documentation_take_nothing_from_elsewhere() {
    let service = Service::idle();
    let page = service.get("/").await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(
        page.header("content-security-policy").starts_with("default-src 'none'; script-src 'self'; style-src 'self';")
    );
    for (path, kind) in [("/app.js", "text/javascript; charset=utf-8"), ("/style.css", "text/css; charset=utf-8")] {
        assert_eq!(service.get(path).await.header("content-type"), kind);
    }
    let docs = service.get("/docs/").await;
    assert!(docs.text.contains("swagger-ui") && !docs.text.contains("http://") && !docs.text.contains("https://"));
    assert!(service.get("/docs/swagger-initializer.js").await.text.contains("/openapi.json"));
}

#[tokio::test]
async fn the_description_holds_every_route_and_how_it_fails() {
    let service = Service::idle();
    let api = service.get("/openapi.json").await.json();
    assert_eq!(api["openapi"], "3.1.0");
    for (method, path) in ADMIN {
        let route = &api["paths"][path][method.to_lowercase()];
        assert_eq!(route["security"], json!([{"bearer": []}]), "{method} {path}");
        for status in ["200", "401", "403"] {
            assert!(route["responses"][status].is_object(), "{method} {path} {status}");
        }
    }
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert!(api["paths"][path]["get"]["security"].is_null() && api["paths"][path]["get"].is_object(), "{path}");
    }
    let routes = api["paths"].as_object().unwrap().values().map(|path| path.as_object().unwrap().len()).sum::<usize>();
    assert_eq!(routes, ADMIN.len() + 3, "a route that this test does not know");
    for status in ["400", "413", "422", "429", "503", "504"] {
        assert!(api["paths"]["/whatsapp/send"]["post"]["responses"][status].is_object(), "{status}");
    }
}

#[tokio::test]
async fn figures_have_the_names_that_a_dashboard_expects() {
    let service = Service::idle();
    service.get(STATUS).await;
    service.get("/nowhere/5511988887777").await;
    service.send("5511988887777", "hello there").await;
    let answer = service.get("/metrics").await;
    assert_eq!(answer.header("content-type"), "text/plain; version=0.0.4");
    for line in [
        "whatsapp_status{status=\"DISCONNECTED\"} 1",
        "whatsapp_status{status=\"READY\"} 0",
        "whatsapp_ready 0",
        "whatsapp_reconnects_total 0",
        "whatsapp_messages_sent_total 0",
        "whatsapp_messages_failed_total{code=\"not_ready\"} 1",
        "whatsapp_messages_received_total 0",
        "whatsapp_send_duration_seconds_count 0",
        "whatsapp_qr_codes_total 0",
        "whatsapp_qr_scans_total 0",
        "whatsapp_cache_errors_total 0",
        "whatsapp_events_lagged_total 0",
        "http_requests_total{method=\"GET\",route=\"/whatsapp/status\",status=\"200\"} 1",
        "http_requests_total{method=\"GET\",route=\"unmatched\",status=\"404\"} 1",
        "http_request_duration_seconds_count{method=\"GET\",route=\"/whatsapp/status\"} 1",
    ] {
        assert!(answer.text.lines().any(|found| found == line), "no {line} in {}", answer.text);
    }
    assert!(!answer.text.contains("5511988887777"));
}
