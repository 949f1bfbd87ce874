//! The service with a session: a simulated WhatsApp in a real browser.

mod support;

use std::time::Duration;

use serde_json::{Value, json};
use support::rig::Events;
use support::{Answer, Rig, Service, leak};
use wa_client::{Event, Pacing};

const FRIEND: &str = "5511988887777";
const STRANGER: &str = "5511900009999";
const AUTHENTICATED: &str = "WhatsApp client is authenticated and ready to send messages";

/// A rig with a friend, its events kept.
async fn rig() -> Rig {
    let mut rig = Rig::start().await;
    rig.config.event_replay = 1000;
    rig.sim.accounts(json!([{"number": FRIEND, "pushname": "name of a friend"}])).await.unwrap();
    rig
}

/// A service that shows a code.
async fn waiting(rig: &Rig) -> (Service, Events) {
    let service = Service::new(rig.client());
    let mut events = Events::of(service.state.client());
    service.state.start();
    events.wait("qr", |event| matches!(event, Event::Qr(_))).await;
    (service, events)
}

/// A service that can send.
async fn ready(rig: &Rig) -> (Service, Events) {
    let (service, mut events) = waiting(rig).await;
    let qr = service.get("/whatsapp/qr").await.data();
    rig.sim.scan(qr["qr"].as_str().unwrap()).await.unwrap();
    events.wait("ready", |event| matches!(event, Event::Ready(_))).await;
    (service, events)
}

async fn stop(rig: Rig, service: Service) {
    let client = service.state.client().clone();
    drop(service);
    rig.stop(client).await;
}

/// What a camera reads from a PNG.
fn scanned(picture: &Answer) -> String {
    assert_eq!((picture.status, picture.header("content-type")), (200, "image/png"));
    let mut reader = png::Decoder::new(std::io::Cursor::new(&picture.bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    let (width, height) = (info.width as usize, info.height as usize);
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    picture.detect_grids()[0].decode().unwrap().1
}

#[tokio::test]
async fn from_the_first_code_to_a_message_that_the_server_has() {
    let rig = rig().await;
    let (service, mut events) = waiting(&rig).await;

    let status = service.get("/whatsapp/status").await.data();
    assert_eq!((&status["hasQRCode"], &status["ready"]), (&json!(true), &json!(false)));
    assert_eq!(status["message"], "QR code is available for scanning");
    let status = service.get("/whatsapp/connection-status").await.data();
    assert_eq!(status["status"], "QR_READY");
    assert_eq!(status["message"], "QR code is ready for scanning. Please scan with WhatsApp mobile app.");
    let qr = service.get("/whatsapp/qr").await.data();
    assert_eq!(qr["message"], "Scan this QR code with WhatsApp mobile app to authenticate");
    assert_eq!(qr["expiresAt"], status["qrCodeExpiry"]);
    let payload = qr["qr"].as_str().unwrap();
    leak::secret("QR payload", payload);
    assert_eq!(scanned(&service.get("/whatsapp/qr.png").await), payload);
    let svg = service.get("/whatsapp/qr.svg").await;
    assert!(svg.status == 200 && svg.header("content-type") == "image/svg+xml" && svg.text.contains("<svg"));
    service.get("/readyz").await.failure(503, "not_ready");
    service.send(FRIEND, "too early").await.failure(503, "not_authenticated");
    service.bare("POST", "/whatsapp/logout").await.failure(409, "not_authenticated");

    for method in ["GET", "POST"] {
        let new = service.bare(method, "/whatsapp/admin/qr-code").await.data();
        assert_ne!(new["qr"].as_str().unwrap(), payload);
        let text = "Scan this QR code with WhatsApp mobile app within 60 seconds to authenticate";
        assert_eq!(new["message"], text);
        let left = new["expiryInSeconds"].as_u64().unwrap();
        assert!((50..=60).contains(&left), "{left}");
        assert_eq!(service.get("/whatsapp/qr").await.data()["qr"], new["qr"]);
    }
    let qr = service.get("/whatsapp/qr").await.data();
    leak::secret("QR payload", qr["qr"].as_str().unwrap());
    rig.sim.scan(qr["qr"].as_str().unwrap()).await.unwrap();
    events.wait("ready", |event| matches!(event, Event::Ready(_))).await;

    let status = service.get("/whatsapp/status").await.data();
    assert_eq!((&status["ready"], status["message"].as_str()), (&json!(true), Some(AUTHENTICATED)));
    let status = service.get("/whatsapp/connection-status").await.data();
    assert_eq!((&status["status"], &status["me"]["phone"]), (&json!("READY"), &json!("5511900000001")));
    let is = service.get("/whatsapp/is-authenticated").await.data();
    assert_eq!(is, json!({"authenticated": true, "message": AUTHENTICATED}));
    assert_eq!(service.get("/whatsapp/qr").await.data()["qr"], Value::Null);
    service.get("/whatsapp/qr.png").await.failure(404, "not_found");
    service.get("/whatsapp/admin/qr-code").await.failure(409, "already_authenticated");
    let phone = json!({"phone": FRIEND}).to_string();
    service.post("/whatsapp/pairing-code", phone).await.failure(409, "already_authenticated");
    assert_eq!(service.get("/readyz").await.data(), json!({"ready": true, "status": "READY"}));

    let text = "<img src=x onerror=alert(1)> é 🎉";
    leak::secret("text", text);
    let sent = service.send("+55 (11) 98888-7777", text).await;
    assert_eq!(sent.message(), "Message sent successfully");
    let data = sent.data();
    assert!(data["ack"].as_i64().unwrap() >= 1 && data["timestamp"].as_str().unwrap().ends_with('Z'), "{data}");
    let outbox = rig.sim.outbox_by_id(data["id"].as_str().unwrap()).await.unwrap();
    assert_eq!((outbox.total, outbox.messages[0].body.as_str()), (1, text));
    rig.sim.text(FRIEND, "an answer that nobody may log").await.unwrap();
    events.wait("message", |event| matches!(event, Event::Message(_))).await;
    stop(rig, service).await;
}

#[tokio::test]
async fn what_fails_says_so_in_the_agreed_way() {
    let mut rig = rig().await;
    rig.config.deadlines.send = Duration::from_secs(3);
    let (service, mut events) = ready(&rig).await;
    let error = service.send(STRANGER, "anybody there").await.failure(422, "not_registered");
    assert_eq!(error["maybeSent"], false);

    rig.sim.put_acks(json!({"server_ms": null})).await.unwrap();
    let error = service.send(FRIEND, "never confirmed").await.failure(504, "timeout");
    assert_eq!(error["maybeSent"], true);
    let id = error["id"].as_str().unwrap();
    rig.sim.put_acks(json!({"server_ms": 0})).await.unwrap();
    rig.sim.post_ack(id, 1).await.unwrap();
    // Told to be careful, a client sends it again under its id.
    let again = service.request("POST", "/whatsapp/send").header("content-type", "application/json");
    let body = json!({"phone": FRIEND, "message": "never confirmed"}).to_string();
    let again = service.call(again.header("idempotency-key", id).body(body.into()).unwrap()).await;
    assert_eq!(again.data()["id"], id);
    assert_eq!(rig.sim.outbox_to(FRIEND).await.unwrap().total, 1);

    rig.sim.put_acks(json!({"error": 463})).await.unwrap();
    service.send(FRIEND, "refused").await.failure(502, "send_failed");
    rig.sim.put_acks(json!({"server_ms": 0})).await.unwrap();

    let text = service.bare("POST", "/whatsapp/disconnect").await.message();
    assert_eq!(text, "WhatsApp client disconnected successfully");
    assert_eq!(service.get("/whatsapp/connection-status").await.data()["status"], "DISCONNECTED");
    let error = service.send(FRIEND, "nobody runs").await.failure(503, "not_ready");
    assert!(error["message"].as_str().unwrap().contains("POST /whatsapp/reconnect"), "{error}");
    service.bare("POST", "/whatsapp/reconnect").await.message();
    events.wait("ready", |event| matches!(event, Event::Ready(_))).await;
    service.send(FRIEND, "back again").await.data();

    let metrics = service.get("/metrics").await.text;
    for line in [
        "whatsapp_status{status=\"READY\"} 1",
        "whatsapp_ready 1",
        "whatsapp_qr_codes_total 1",
        "whatsapp_qr_scans_total 1",
        "whatsapp_messages_failed_total{code=\"not_registered\"} 1",
        "whatsapp_messages_failed_total{code=\"timeout\"} 1",
        "whatsapp_messages_failed_total{code=\"not_ready\"} 1",
        "whatsapp_send_duration_seconds_count 2",
    ] {
        assert!(metrics.lines().any(|found| found == line), "no {line} in {metrics}");
    }
    stop(rig, service).await;
}

#[tokio::test]
async fn too_many_messages_are_told_when_to_come_back() {
    let mut rig = rig().await;
    rig.config.pacing = Some(Pacing::new(1, 1000));
    rig.config.deadlines.send = Duration::from_secs(3);
    let (service, _) = ready(&rig).await;
    service.send(FRIEND, "the first").await.data();
    let answer = service.send(FRIEND, "the second").await;
    let error = answer.failure(429, "rate_limited");
    let wait = error["retryAfterMs"].as_u64().unwrap();
    assert!((1..=60_000).contains(&wait), "{wait}");
    assert_eq!(answer.header("retry-after"), wait.div_ceil(1000).to_string());
    assert_eq!(rig.sim.outbox().await.unwrap().total, 1);
    stop(rig, service).await;
}

#[tokio::test]
async fn a_pairing_code_links_as_well_and_can_be_taken_back() {
    let rig = rig().await;
    let (service, mut events) = waiting(&rig).await;
    let body = json!({"phone": "+55 11 90000-0001"}).to_string();
    let code = service.post("/whatsapp/pairing-code", body.clone()).await.data();
    leak::secret("pairing code", code["code"].as_str().unwrap());
    assert_eq!(code["code"].as_str().unwrap().len(), 9);
    assert!(code["expiresAt"].as_str().unwrap().ends_with('Z'));
    let qr = service.get("/whatsapp/qr").await.data();
    assert!(qr["qr"].is_null() && qr["message"].as_str().unwrap().contains("DELETE /whatsapp/pairing-code"), "{qr}");
    service.bare("DELETE", "/whatsapp/pairing-code").await.message();
    events.wait("qr", |event| matches!(event, Event::Qr(_))).await;
    let code = service.post("/whatsapp/pairing-code", body).await.data();
    leak::secret("pairing code", code["code"].as_str().unwrap());
    rig.sim.pair(code["code"].as_str().unwrap(), None).await.unwrap();
    events.wait("ready", |event| matches!(event, Event::Ready(_))).await;
    let session = rig.config.session_dir();
    assert!(session.exists());
    service.bare("POST", "/whatsapp/logout").await.message();
    assert!(!session.exists(), "session data is deleted");
    assert_eq!(service.get("/whatsapp/is-authenticated").await.data()["authenticated"], false);
    assert!(service.get("/metrics").await.text.contains("whatsapp_qr_scans_total 0\n"));
    stop(rig, service).await;
}

#[tokio::test]
async fn events_come_in_order_and_again_for_those_who_were_away() {
    let rig = rig().await;
    let service = Service::new(rig.client());
    let mut live = service.events("", None).await;
    service.state.start();
    let first = live.until("qr").await;
    assert_eq!(first[0].id, 1);
    let payload = first.last().unwrap().data["data"]["payload"].as_str().unwrap().to_owned();
    rig.sim.scan(&payload).await.unwrap();
    let rest = live.until("ready").await;
    rig.sim.text(FRIEND, "for those who follow").await.unwrap();
    let mut all: Vec<_> = first.into_iter().chain(rest).chain(live.until("message").await).collect();
    if !all.iter().any(|event| event.topic == "whatsapp.message_create") {
        all.extend(live.until("message_create").await);
    }
    for (event, id) in all.iter().zip(1..) {
        assert_eq!((event.id, &event.data["seq"]), (id, &json!(id)));
        assert_eq!(event.topic, format!("whatsapp.{}", event.data["event"].as_str().unwrap()));
    }
    let message = all.iter().find(|event| event.topic == "whatsapp.message").unwrap();
    assert_eq!(message.data["data"]["body"], "for those who follow");

    let middle = all[all.len() / 2].id;
    for mut stream in [
        service.events("", Some(middle)).await,
        service.events(&format!("?after={middle}"), None).await,
        service.events("?after=0", Some(middle)).await,
    ] {
        for expected in all.iter().filter(|event| event.id > middle) {
            assert_eq!(stream.next().await.as_ref(), Some(expected));
        }
    }
    // A number of an earlier process.
    let mut after_restart = service.events("", Some(1_000_000)).await;
    assert_eq!(after_restart.next().await.as_ref(), Some(&all[0]));
    service.state.stop();
    while live.next().await.is_some() {}
    stop(rig, service).await;
}
