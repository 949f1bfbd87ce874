//! Status, code and events in a real Redis, as other programs find them there.

#[path = "../../../wa-client/tests/support/redis.rs"]
mod server;
mod support;

use axum_server::{RedisSettings, bus};
use futures::StreamExt as _;
use serde_json::{Value, json};
use server::RedisServer;
use support::process::Running;
use support::rig::Events;
use support::{PATIENCE, Rig, Service, leak};
use tokio::time::timeout;
use wa_client::{Client, Event};

const FRIEND: &str = "5511988887777";
const STATUS: &str = "cache:whatsapp:status";
const QR: &str = "cache:whatsapp:qr";

async fn rig() -> Rig {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND, "pushname": "name of a friend"}])).await.unwrap();
    rig
}

/// Waits until a key holds JSON that `wanted` accepts. Each look is a program of its own.
async fn holds(server: &RedisServer, args: &[&str], key: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let args: Vec<_> = args.iter().copied().chain(["get", key]).collect();
    let look = async {
        loop {
            let text = server.cli(&args).await;
            if let Ok(value) = serde_json::from_str(&text)
                && wanted(&value)
            {
                return value;
            }
        }
    };
    timeout(PATIENCE, look).await.unwrap_or_else(|_| panic!("{key} does not get there"))
}

/// Everything published from now on.
async fn listen(url: String) -> impl futures::Stream<Item = (String, Value)> + Unpin {
    let mut bus = redis::Client::open(url).unwrap().get_async_pubsub().await.unwrap();
    bus.psubscribe("whatsapp.*").await.unwrap();
    let read = |message: redis::Msg| {
        let json = serde_json::from_slice(message.get_payload_bytes()).expect("JSON");
        (message.get_channel_name().to_owned(), json)
    };
    Box::pin(bus.into_on_message().map(read))
}

/// The next message of a topic, and the topics passed over.
async fn next(bus: &mut (impl futures::Stream<Item = (String, Value)> + Unpin), topic: &str) -> (Value, Vec<String>) {
    let mut passed = Vec::new();
    loop {
        let message = timeout(PATIENCE, bus.next()).await;
        let (channel, json) = message.unwrap_or_else(|_| panic!("no {topic} after {passed:?}")).expect("a stream");
        if channel == topic {
            return (json, passed);
        }
        passed.push(channel);
    }
}

/// The value of a figure without labels.
fn figure(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.expect("the figure").parse().expect("a number")
}

fn service(rig: &Rig, server: &RedisServer) -> (Service, RedisSettings) {
    let redis = RedisSettings::url(format!("redis://127.0.0.1:{}", server.port()));
    let client = Client::builder().config(rig.config.clone()).cache(redis.cache().unwrap()).build().unwrap();
    (Service::new(client), redis)
}

#[tokio::test]
async fn other_programs_find_status_code_and_events_where_they_were() {
    let rig = rig().await;
    let server = RedisServer::with(&["--requirepass", "a-password"]).await;
    let mut bus = listen(format!("redis://:a-password@127.0.0.1:{}/3", server.port())).await;
    let port = server.port().to_string();
    let env = [
        ("REDIS_HOST", "127.0.0.1"),
        ("REDIS_PORT", port.as_str()),
        ("REDIS_PASSWORD", "a-password"),
        ("REDIS_DB", "3"),
        ("RUST_LOG", "debug"),
    ];
    let running = Running::start(&rig, &env).await;
    let (qr, _) = next(&mut bus, "whatsapp.qr").await;
    let payload = qr["data"]["payload"].as_str().unwrap();
    leak::secret("QR payload", payload);
    let login = ["--no-auth-warning", "-a", "a-password", "-n", "3"];
    let stored = holds(&server, &login, QR, |qr| qr["payload"] == payload).await;
    assert_eq!(stored, qr["data"]);
    let ttl = [&login[..], &["pttl", QR]].concat();
    let ttl: i64 = server.cli(&ttl).await.parse().unwrap();
    assert!((1..=60_000).contains(&ttl), "{ttl}");
    let status = holds(&server, &login, STATUS, |status| status["status"] == "QR_READY").await;
    assert_eq!((&status["hasQRCode"], &status["qrCodeExpiry"]), (&json!(true), &stored["expiresAt"]));
    assert_eq!(status, running.http.get("/whatsapp/connection-status").await.data());

    rig.sim.scan(payload).await.unwrap();
    let (ready, passed) = next(&mut bus, "whatsapp.ready").await;
    assert!(passed.contains(&"whatsapp.authenticated".to_owned()), "{passed:?}");
    assert_eq!((&ready["event"], &ready["session"]), (&json!("ready"), &json!("default")));
    holds(&server, &login, STATUS, |status| status["status"] == "READY" && status["ready"] == true).await;
    assert_eq!(server.cli(&[&login[..], &["exists", QR]].concat()).await, "0");
    let sent = running.http.send(FRIEND, "hello over there").await.data();
    assert_eq!(next(&mut bus, "whatsapp.message_sent").await.0["data"]["id"], sent["id"]);
    rig.sim.text(FRIEND, "hello over here").await.unwrap();
    let theirs = loop {
        let (message, _) = next(&mut bus, "whatsapp.message_create").await;
        if message["data"]["fromMe"] == false {
            break message;
        }
    };
    assert_eq!(theirs["data"]["body"], "hello over here");
    running.http.call("POST", "/whatsapp/disconnect", "").await.message();
    next(&mut bus, "whatsapp.manual_disconnect").await;
    holds(&server, &login, STATUS, |status| status["status"] == "DISCONNECTED").await;
    running.http.call("POST", "/whatsapp/reconnect", "").await.message();
    next(&mut bus, "whatsapp.manual_reconnect").await;
    next(&mut bus, "whatsapp.ready").await;
    let ended = running.stop().await;
    assert!(ended.status.success());
    // The end is told as well, and no line tells the password.
    next(&mut bus, "whatsapp.disconnected").await;
    holds(&server, &login, STATUS, |status| status["status"] == "DISCONNECTED").await;
    assert!(!ended.out.iter().any(|line| line.contains("a-password") || line.contains(payload)));
}

#[tokio::test]
async fn another_process_shows_the_same_and_spoils_nothing() {
    let rig = rig().await;
    let server = RedisServer::start().await;
    let running = Running::start(
        &rig,
        &[("REDIS_URL", &format!("redis://127.0.0.1:{}", server.port())), ("WHATSAPP_REDIS_BUS", "off")],
    )
    .await;
    let mut events = running.http.events("?after=0").await;
    let payload = events.until("qr").await.pop().unwrap().data["data"]["payload"].clone();
    leak::secret("QR payload", payload.as_str().unwrap());
    holds(&server, &[], STATUS, |status| status["status"] == "QR_READY").await;
    holds(&server, &[], QR, |qr| qr["payload"] == payload).await;

    let (viewer, _) = service(&rig, &server);
    assert_eq!(viewer.get("/whatsapp/qr").await.data()["qr"], payload);
    // Locked out of the session, it still shows what it cannot run.
    let mut starts = Events::of(viewer.state.client());
    viewer.state.start();
    starts.wait("locked", |event| matches!(event, Event::Disconnected(_))).await;
    let status = viewer.get("/whatsapp/connection-status").await.data();
    assert_eq!(status, running.http.get("/whatsapp/connection-status").await.data());
    assert_eq!(status["status"], "QR_READY");
    assert_eq!(viewer.get("/whatsapp/qr").await.data()["qr"], payload);
    assert_eq!(viewer.get("/whatsapp/qr.png").await.status, 200);
    let error = viewer.send(FRIEND, "not from here").await.failure(503, "not_ready");
    assert_eq!(error["maybeSent"], false);

    rig.sim.scan(payload.as_str().unwrap()).await.unwrap();
    events.until("ready").await;
    holds(&server, &[], STATUS, |status| status["status"] == "READY").await;
    let is = viewer.get("/whatsapp/is-authenticated").await.data();
    assert_eq!(is["authenticated"], true);
    assert_eq!(viewer.get("/whatsapp/qr").await.data()["qr"], Value::Null);
    assert!(!server.cli(&["info", "commandstats"]).await.contains("cmdstat_publish"), "the bus is off");
    let client = viewer.state.client().clone();
    client.shutdown().await;
    holds(&server, &[], STATUS, |status| status["status"] == "READY").await;
    assert!(running.stop().await.status.success());
}

#[tokio::test]
async fn a_redis_that_goes_away_and_returns_disturbs_nobody() {
    let rig = rig().await;
    let mut server = RedisServer::start().await;
    let (service, redis) = service(&rig, &server);
    let mut events = Events::of(service.state.client());
    let bus = bus::start(&redis.client().unwrap(), service.state.client(), service.state.metrics().clone()).unwrap();
    service.state.start();
    events.wait("qr", |event| matches!(event, Event::Qr(_))).await;
    holds(&server, &[], STATUS, |status| status["status"] == "QR_READY").await;
    server.stop().await;
    service.get("/whatsapp/admin/qr-code").await.data();
    let qr = service.get("/whatsapp/qr").await.data();
    leak::secret("QR payload", qr["qr"].as_str().unwrap());
    events.wait("degraded", |event| matches!(event, Event::CacheDegraded)).await;
    rig.sim.scan(qr["qr"].as_str().unwrap()).await.unwrap();
    events.wait("ready", |event| matches!(event, Event::Ready(_))).await;
    service.send(FRIEND, "while Redis is away").await.data();
    assert!(service.get("/metrics").await.text.contains("whatsapp_cache_errors_total 1\n"));

    server.restart().await;
    holds(&server, &[], STATUS, |status| status["status"] == "READY").await;
    let mut bus_events = listen(format!("redis://127.0.0.1:{}", server.port())).await;
    let sent = service.send(FRIEND, "now that it is back").await.data();
    // What waited in the queue may come before it.
    while next(&mut bus_events, "whatsapp.message_sent").await.0["data"]["id"] != sent["id"] {}
    assert!(figure(&service.get("/metrics").await.text, "whatsapp_bus_lost_total") > 0);
    assert_eq!(events.count("cache_degraded"), 1);

    // Connections stay up and nothing answers.
    server.freeze();
    service.send(FRIEND, "while Redis stands still").await.data();
    let started = std::time::Instant::now();
    service.get("/whatsapp/qr").await.data();
    service.get("/whatsapp/connection-status").await.data();
    assert!(started.elapsed() < 2 * rig.config.cache_timeout, "neither waits for Redis");
    server.thaw();
    let sent = service.send(FRIEND, "now that it moves again").await.data();
    while next(&mut bus_events, "whatsapp.message_sent").await.0["data"]["id"] != sent["id"] {}
    let client = service.state.client().clone();
    drop(service);
    rig.stop(client).await;
    timeout(PATIENCE, bus).await.expect("the bus ends with the session").unwrap();
}

#[tokio::test]
async fn a_refused_login_is_tried_again() {
    let mut server = RedisServer::with(&["--requirepass", "a-password"]).await;
    let redis = RedisSettings::url(format!("redis://127.0.0.1:{}", server.port()));
    let service = Service::idle();
    let bus = bus::start(&redis.client().unwrap(), service.state.client(), service.state.metrics().clone()).unwrap();
    let counted = async |name: &str| {
        while figure(&service.get("/metrics").await.text, name) < 3 {
            // Each failed start is a few events.
            let mut events = Events::of(service.state.client());
            service.bare("POST", "/whatsapp/reconnect").await.message();
            events.wait("disconnected", |event| matches!(event, Event::Disconnected(_))).await;
        }
    };
    counted("whatsapp_bus_lost_total").await;
    assert_eq!(figure(&service.get("/metrics").await.text, "whatsapp_bus_published_total"), 0);
    server.restart_with(&[]).await;
    timeout(PATIENCE, counted("whatsapp_bus_published_total")).await.expect("published once more");
    service.state.client().shutdown().await;
    timeout(PATIENCE, bus).await.expect("the bus ends with the session").unwrap();
}

/// An authority of our own, and what it vouches for: files for a server on loopback, and the authority's certificate.
fn certificates(directory: &std::path::Path) -> [String; 3] {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    let mut authority = CertificateParams::new([]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let root = authority.self_signed(&key).unwrap();
    let issuer = Issuer::new(authority, key);
    let server_key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap().signed_by(&server_key, &issuer).unwrap();
    [("root.pem", root.pem()), ("server.pem", server.pem()), ("server.key", server_key.serialize_pem())].map(
        |(name, text)| {
            let path = directory.join(name);
            std::fs::write(&path, text).unwrap();
            path.to_str().expect("text").to_owned()
        },
    )
}

#[tokio::test]
async fn an_encrypted_connection_needs_a_certificate_that_is_trusted() {
    let rig = rig().await;
    let directory = tempfile::tempdir().unwrap();
    let [root, certificate, key] = certificates(directory.path());
    let tls_port = server::free_port().to_string();
    let options = ["--tls-port", &tls_port, "--tls-cert-file", &certificate, "--tls-key-file", &key];
    let options = [&options[..], &["--tls-ca-cert-file", &root, "--tls-auth-clients", "no"]].concat();
    let server = RedisServer::with(&options).await;
    let url = format!("rediss://127.0.0.1:{tls_port}");

    let running = Running::start(&rig, &[("REDIS_URL", &url)]).await;
    let mut events = running.http.events("?after=0").await;
    events.until("cache_degraded").await;
    // The session goes on without it.
    let qr = running.http.get("/whatsapp/qr").await.data();
    leak::secret("QR payload", qr["qr"].as_str().unwrap_or("none yet"));
    assert_eq!(server.cli(&["dbsize"]).await, "0");
    assert!(running.stop().await.status.success());

    let running = Running::start(&rig, &[("REDIS_URL", &url), ("SSL_CERT_FILE", &root)]).await;
    holds(&server, &[], STATUS, |status| status["status"] == "QR_READY").await;
    assert!(running.stop().await.status.success());
}

#[tokio::test]
async fn each_kind_of_outage_is_told_once_and_ends_by_itself() {
    let rig = rig().await;
    let refused = ["--requirepass", "a-password"];
    let full = ["--maxmemory", "1"];
    for (kind, options) in [("absent", &[][..]), ("refused", &refused[..]), ("full", &full[..])] {
        let mut server = RedisServer::with(options).await;
        if kind == "absent" {
            server.stop().await;
        }
        let url = format!("redis://127.0.0.1:{}", server.port());
        let running = Running::start(&rig, &[("REDIS_URL", &url), ("WHATSAPP_REDIS_BUS", "off")]).await;
        let mut events = running.http.events("?after=0").await;
        let seen = events.until("qr").await;
        if !seen.iter().any(|event| event.topic == "whatsapp.cache_degraded") {
            events.until("cache_degraded").await;
        }
        // More to write, and still nobody to take it.
        let qr = running.http.get("/whatsapp/admin/qr-code").await.data();
        leak::secret("QR payload", qr["qr"].as_str().unwrap());
        assert_eq!(running.http.get("/whatsapp/qr").await.data()["qr"], qr["qr"], "{kind}");

        server.restart_with(&[]).await;
        holds(&server, &[], QR, |stored| stored["payload"] == qr["qr"]).await;
        // Garbage under our keys is neither read nor in the way.
        server.cli(&["del", QR]).await;
        server.cli(&["rpush", QR, "garbage"]).await;
        let qr = running.http.get("/whatsapp/admin/qr-code").await.data();
        leak::secret("QR payload", qr["qr"].as_str().unwrap());
        holds(&server, &[], QR, |stored| stored["payload"] == qr["qr"]).await;

        let ended = running.stop().await;
        assert!(ended.status.success());
        let lines = |what: &str| ended.out.iter().filter(|line| line.contains(what)).count();
        assert_eq!((lines("the cache fails"), lines("the cache is back")), (1, 1), "{kind}");
    }
}
