//! The scenarios of `bindings/README.md` in Rust: the same names run in every language, so that each is known to do what the
//! others do.

#[path = "support/redis.rs"]
mod redis;
mod support;

use std::future::IntoFuture as _;
use std::task::Poll;
use std::time::Duration;

use serde_json::json;
use support::{Events, PATIENCE, Rig, leak};
use tokio::sync::oneshot;
use tokio::time::timeout;
use wa_client::{Ack, Client, ConnectionStatus, ErrorKind, Event, MessageKey, SendUntil, qr};

const OWN: &str = "5511900000001";
const FRIEND: &str = "5511988887777";
const NOBODY: &str = "5511900009999";

fn named(name: &'static str) -> impl Fn(&Event) -> bool {
    move |event| event.name() == name
}

fn says(body: &str) -> impl Fn(&Event) -> bool + '_ {
    move |event| matches!(event, Event::Message(message) if message.body.as_deref() == Some(body))
}

/// A linked client, and somebody to write to.
async fn with_a_friend(rig: &Rig) -> (Client, Events) {
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    rig.ready().await
}

/// What a camera reads from the picture.
fn scan(png: &[u8]) -> String {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    let (width, height) = (frame.width as usize, frame.height as usize);
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    let codes = picture.detect_grids();
    codes[0].decode().unwrap().1
}

#[tokio::test]
async fn link_by_qr() {
    let rig = Rig::start().await;
    let client = rig.client();
    let mut events = Events::of(&client);
    assert_eq!(client.connection_status().status, ConnectionStatus::Disconnected);
    client.initialize().await.unwrap();
    let code = client.qr_code().await.unwrap();
    leak::secret("QR payload", &code.payload);
    assert!(qr::svg(&code.payload).unwrap().contains("<svg"));
    assert!(qr::terminal(&code.payload).unwrap().contains('▀'));
    assert!(qr::data_url(&code.payload).unwrap().starts_with("data:image/png;base64,"));
    rig.sim.scan(&scan(&qr::png(&code.payload, 4).unwrap())).await.unwrap();
    for name in ["qr", "authenticated", "ready"] {
        events.wait(name, named(name)).await;
    }
    let status = client.connection_status();
    assert!(status.ready && client.is_authenticated() && status.status == ConnectionStatus::Ready);
    assert_eq!((client.qr_code().await, status.me.unwrap().phone.digits()), (None, OWN));
    rig.stop(client).await;
}

#[tokio::test]
async fn link_by_pairing_code() {
    let rig = Rig::start().await;
    let client = rig.client();
    let mut events = Events::of(&client);
    client.initialize().await.unwrap();
    let pairing = client.request_pairing_code(OWN).await.unwrap();
    leak::secret("pairing code", &pairing.code);
    events.wait("code", |event| matches!(event, Event::Code(told) if *told == pairing)).await;
    rig.sim.pair(&pairing.code, None).await.unwrap();
    timeout(PATIENCE, client.wait_ready()).await.unwrap().unwrap();
    rig.stop(client).await;
}

#[tokio::test]
async fn cancel_pairing_code() {
    let rig = Rig::start().await;
    let client = rig.client();
    let mut events = Events::of(&client);
    client.initialize().await.unwrap();
    client.request_pairing_code(OWN).await.unwrap();
    events.wait("code", named("code")).await;
    client.cancel_pairing_code().await.unwrap();
    let first = events.wait("qr", named("qr")).await;
    let on_demand = client.generate_qr_code().await.unwrap();
    assert!(!matches!(&first.event, Event::Qr(code) if *code == on_demand));
    rig.sim.scan(&on_demand.payload).await.unwrap();
    events.wait("ready", named("ready")).await;
    assert_eq!(client.generate_qr_code().await.unwrap_err().kind(), ErrorKind::AlreadyAuthenticated);
    rig.stop(client).await;
}

#[tokio::test]
async fn restore() {
    let rig = Rig::start().await;
    let (client, _) = rig.ready().await;
    client.shutdown().await;
    let next = rig.client();
    let mut events = Events::of(&next);
    next.initialize().await.unwrap();
    let authenticated = events.wait("authenticated", named("authenticated")).await;
    assert!(matches!(&authenticated.event, Event::Authenticated(data) if data.restored));
    events.wait("ready", named("ready")).await;
    assert_eq!(events.count("qr"), 0);
    rig.stop(next).await;
}

#[tokio::test]
async fn send_and_acks() {
    let rig = Rig::start().await;
    let (client, mut events) = with_a_friend(&rig).await;
    let sent = client.send_message("+55 (11) 98888-7777", "hello").await.unwrap();
    let outbox = rig.sim.outbox().await.unwrap();
    assert_eq!((outbox.total, outbox.messages[0].body.as_str()), (1, "hello"));
    assert_eq!(outbox.messages[0].id, sent.id.as_str());
    let mut last = Ack::Pending;
    while last != Ack::Read {
        let ack = events.wait("message_ack", named("message_ack")).await;
        let Event::MessageAck(ack) = &ack.event else { unreachable!() };
        assert!(ack.id == sent.id && ack.ack > last);
        last = ack.ack;
    }
    let mut told = |wanted: &str| {
        events.so_far().iter().any(|envelope| match &envelope.event {
            Event::MessageSent(data) => wanted == "message_sent" && data.id == sent.id,
            Event::MessageCreate(data) => wanted == "message_create" && data.id == sent.id && data.from_me,
            _ => false,
        })
    };
    assert!(told("message_sent") && told("message_create"));
    rig.stop(client).await;
}

#[tokio::test]
async fn send_with_options() {
    let rig = Rig::start().await;
    let (client, mut events) = with_a_friend(&rig).await;
    rig.sim.text(FRIEND, "a question").await.unwrap();
    let asked = events.wait("message", says("a question")).await;
    let Event::Message(asked) = &asked.event else { unreachable!() };
    let first =
        client.send_message(&asked.chat, "an answer").quoted(&asked.key).id("3EB0AABBCCDDEEFF00").await.unwrap();
    let again = client.send_message(&asked.chat, "an answer").id("3EB0AABBCCDDEEFF00").await.unwrap();
    assert!(!first.duplicate && again.duplicate && first.key == again.key);
    let late = client.send_message(&asked.chat, "wait").until(SendUntil::Delivered).deadline(PATIENCE).await.unwrap();
    assert!(late.ack >= Ack::Delivered);
    let outbox = rig.sim.outbox().await.unwrap();
    assert_eq!((outbox.total, outbox.messages[0].quoted.as_deref()), (2, Some(asked.id.as_str())));
    rig.stop(client).await;
}

#[tokio::test]
async fn send_invalid_phone() {
    let rig = Rig::start().await;
    let (client, _) = rig.ready().await;
    for number in ["12", "nobody", "+55 11 98888-7777 ext. 5"] {
        let error = client.send_message(number, "hello").await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidPhone, "send_message"));
    }
    assert_eq!(rig.sim.outbox().await.unwrap().total, 0);
    rig.stop(client).await;
}

#[tokio::test]
async fn send_not_registered() {
    let rig = Rig::start().await;
    let (client, _) = rig.ready().await;
    let error = client.send_message(NOBODY, "hello").await.unwrap_err();
    assert_eq!((error.kind(), error.maybe_sent()), (ErrorKind::NotRegistered, Some(false)));
    rig.stop(client).await;
}

#[tokio::test]
async fn send_not_ready() {
    let rig = Rig::start().await;
    let client = rig.client();
    let error = client.send_message(FRIEND, "hello").await.unwrap_err();
    assert_eq!((error.kind(), error.maybe_sent()), (ErrorKind::NotReady, Some(false)));
    assert_eq!(client.generate_qr_code().await.unwrap_err().kind(), ErrorKind::NotReady);
    assert_eq!(client.is_registered(FRIEND).await.unwrap_err().kind(), ErrorKind::NotReady);
    assert_eq!(client.logout().await.unwrap_err().kind(), ErrorKind::NotReady);
    rig.stop(client).await;
}

#[tokio::test]
async fn send_deadline_maybe_sent() {
    let rig = Rig::start().await;
    let (client, _) = with_a_friend(&rig).await;
    rig.sim.put_acks(json!({"server_ms": null})).await.unwrap();
    let send = client.send_message(FRIEND, "hello").id("3EB0AABBCCDDEEFF01");
    let error = send.deadline(Duration::from_secs(2)).await.unwrap_err();
    assert_eq!((error.kind(), error.maybe_sent()), (ErrorKind::Timeout, Some(true)));
    assert_eq!(error.message_id().unwrap().as_str(), "3EB0AABBCCDDEEFF01");
    rig.stop(client).await;
}

#[tokio::test]
async fn check_number() {
    let rig = Rig::start().await;
    let (client, _) = with_a_friend(&rig).await;
    assert!(client.is_registered(FRIEND).await.unwrap());
    assert!(!client.is_registered(NOBODY).await.unwrap());
    assert_eq!(client.is_registered("12").await.unwrap_err().kind(), ErrorKind::InvalidPhone);
    rig.stop(client).await;
}

#[tokio::test]
async fn message_status() {
    let rig = Rig::start().await;
    let (client, _) = with_a_friend(&rig).await;
    let sent = client.send_message(FRIEND, "hello").await.unwrap();
    assert!(client.message_status(&sent.key).await.unwrap().unwrap() >= Ack::Server);
    let unknown: MessageKey = sent.key.as_str().replace(sent.id.as_str(), "3EB0000000000000000009").parse().unwrap();
    assert_eq!(client.message_status(&unknown).await.unwrap(), None);
    rig.stop(client).await;
}

#[tokio::test]
async fn receive() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    rig.sim.text(FRIEND, "hello").await.unwrap();
    let message = events.wait("message", says("hello")).await;
    let Event::Message(message) = &message.event else { unreachable!() };
    assert!(!message.from_me && message.phone.as_ref().unwrap().digits() == FRIEND);
    rig.sim.messages(json!({"from": FRIEND, "body": "burst {i}", "count": 500})).await.unwrap();
    for n in 0..500 {
        let message = events.wait("message", named("message")).await;
        assert!(says(&format!("burst {n}"))(&message.event), "in order, number {n}");
    }
    rig.stop(client).await;
}

#[tokio::test]
async fn edits_and_revokes() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    let id = rig.sim.text(FRIEND, "a text").await.unwrap().messages[0].id.clone();
    events.wait("message", says("a text")).await;
    rig.sim.edits(&id, "another text").await.unwrap();
    let edit = events.wait("message_edit", named("message_edit")).await;
    let Event::MessageEdit(edit) = &edit.event else { unreachable!() };
    assert_eq!((edit.message.body.as_deref(), edit.previous.as_deref()), (Some("another text"), Some("a text")));
    rig.sim.reactions(FRIEND, &id, "👍").await.unwrap();
    let liked =
        |event: &Event| matches!(event, Event::MessageReaction(data) if data.emoji == "👍" && data.parent.id() == id);
    events.wait("message_reaction", liked).await;
    rig.sim.revokes(&id).await.unwrap();
    let gone = |event: &Event| matches!(event, Event::MessageRevokeEveryone(data) if data.key.id() == id);
    events.wait("message_revoke_everyone", gone).await;
    rig.stop(client).await;
}

#[tokio::test]
async fn event_overflow() {
    let mut rig = Rig::start().await;
    rig.config.event_queue = 100;
    let (client, mut events) = rig.ready().await;
    let slow = client.events();
    rig.sim.messages(json!({"from": FRIEND, "body": "flood {i}", "count": 300})).await.unwrap();
    events.wait("the last", says("flood 299")).await;
    let taken: Vec<_> = std::iter::from_fn(|| slow.try_next()).collect();
    let Event::Lagged(lagged) = &taken[0].event else { panic!("it begins with {}", taken[0].event.name()) };
    assert!(taken.len() == 101 && lagged.missed >= 200);
    assert!(says("flood 299")(&taken[100].event));
    rig.stop(client).await;
}

#[tokio::test]
async fn replay_events() {
    let mut rig = Rig::start().await;
    rig.config.event_replay = 1000;
    let (client, mut events) = rig.ready().await;
    rig.sim.text(FRIEND, "kept").await.unwrap();
    let last = events.wait("message", says("kept")).await.seq;
    let late = client.events_after(0);
    let seen: Vec<_> = std::iter::from_fn(|| late.try_next()).map(|envelope| envelope.seq).collect();
    assert!(seen.len() as u64 >= last && seen.iter().zip(1..).all(|(seq, n)| *seq == n));
    let later = client.events_after(last - 1);
    assert_eq!(later.try_next().unwrap().seq, last);
    rig.stop(client).await;
}

#[tokio::test]
async fn disconnect_and_reconnect() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    client.disconnect().await.unwrap();
    events.wait("manual_disconnect", named("manual_disconnect")).await;
    assert_eq!(client.connection_status().status, ConnectionStatus::Disconnected);
    client.reconnect().await.unwrap();
    events.wait("manual_reconnect", named("manual_reconnect")).await;
    timeout(PATIENCE, client.wait_ready()).await.unwrap().unwrap();
    events.wait("ready", named("ready")).await;
    assert_eq!(
        events
            .so_far()
            .iter()
            .rev()
            .take_while(|it| it.event.name() != "manual_reconnect")
            .filter(|it| it.event.name() == "qr")
            .count(),
        0
    );
    rig.stop(client).await;
}

#[tokio::test]
async fn logout() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    let since = rig.sim.mark().await.unwrap();
    client.logout().await.unwrap();
    rig.sim.wait_event(&["device.logged_out"], since, |_| true, PATIENCE).await.unwrap();
    let over = |event: &Event| matches!(event, Event::Disconnected(data) if data.reason.code() == "logged_out");
    events.wait("disconnected", over).await;
    assert!(!client.is_authenticated() && !rig.config.session_dir().exists());
    rig.stop(client).await;
}

#[tokio::test]
async fn cancel_pending_call() {
    let rig = Rig::start().await;
    let (client, mut events) = with_a_friend(&rig).await;
    rig.sim.put_acks(json!({"server_ms": null})).await.unwrap();
    let since = rig.sim.mark().await.unwrap();
    let (give_up, given_up) = oneshot::channel::<()>();
    let signal = async move { given_up.await.unwrap_or_default() };
    let send = tokio::spawn(client.send_message(FRIEND, "in doubt").cancelled_by(signal).into_future());
    rig.sim.wait_event(&["message.received"], since, |_| true, PATIENCE).await.unwrap();
    give_up.send(()).unwrap();
    let error = send.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.maybe_sent()), (ErrorKind::Cancelled, Some(true)));
    assert!(error.message_id().is_some());

    // One that waits for the connection has not left, and does not leave later.
    rig.sim.put_acks(json!({"server_ms": 10})).await.unwrap();
    rig.sim.put_network(json!({"state": "offline"})).await.unwrap();
    let lost = |event: &Event| matches!(event, Event::ChangeState(change) if change.phase.name() == "reconnecting");
    events.wait("lost", lost).await;
    let (give_up, given_up) = oneshot::channel::<()>();
    let signal = async move { given_up.await.unwrap_or_default() };
    let mut send = client.send_message(FRIEND, "never").cancelled_by(signal).into_future();
    assert!(std::future::poll_fn(|cx| Poll::Ready(send.as_mut().poll(cx).is_pending())).await);
    give_up.send(()).unwrap();
    assert_eq!(send.await.unwrap_err().maybe_sent(), Some(false));
    // Nor does one whose future is dropped.
    let mut dropped = client.send_message(FRIEND, "dropped").into_future();
    assert!(std::future::poll_fn(|cx| Poll::Ready(dropped.as_mut().poll(cx).is_pending())).await);
    drop(dropped);
    rig.sim.put_network(json!({"state": "online"})).await.unwrap();
    events.wait("ready", named("ready")).await;
    client.send_message(FRIEND, "goes on").await.unwrap();
    let bodies: Vec<_> = rig.sim.outbox().await.unwrap().messages.into_iter().map(|message| message.body).collect();
    assert_eq!(bodies, ["in doubt", "goes on"]);
    rig.stop(client).await;
}

#[tokio::test]
async fn two_clients() {
    let (one, two) = tokio::join!(Rig::start(), Rig::start());
    let ((first, mut firsts), (second, mut seconds)) = tokio::join!(one.ready(), two.ready());
    one.sim.text(FRIEND, "for the first").await.unwrap();
    two.sim.text(FRIEND, "for the second").await.unwrap();
    firsts.wait("message", says("for the first")).await;
    seconds.wait("message", says("for the second")).await;
    assert_eq!((firsts.count("message"), seconds.count("message")), (1, 1));
    one.stop(first).await;
    assert!(second.connection_status().ready);
    two.stop(second).await;
}

#[tokio::test]
async fn close_while_pending() {
    let rig = Rig::start().await;
    let (client, _) = with_a_friend(&rig).await;
    rig.sim.put_acks(json!({"server_ms": null})).await.unwrap();
    let since = rig.sim.mark().await.unwrap();
    let send = tokio::spawn(client.send_message(FRIEND, "in doubt").into_future());
    rig.sim.wait_event(&["message.received"], since, |_| true, PATIENCE).await.unwrap();
    timeout(PATIENCE, client.shutdown()).await.unwrap();
    let error = timeout(PATIENCE, send).await.unwrap().unwrap().unwrap_err();
    assert_eq!((error.kind(), error.maybe_sent()), (ErrorKind::Disconnected, Some(true)));
    assert_eq!(client.send_message(FRIEND, "too late").await.unwrap_err().kind(), ErrorKind::Stopped);
    assert_eq!(client.initialize().await.unwrap_err().kind(), ErrorKind::Stopped);
    rig.stop(client).await;
}

#[tokio::test]
async fn page_report() {
    let rig = Rig::start().await;
    let client = rig.client();
    assert!(client.capability_report().is_none());
    let report = client.doctor().await.unwrap();
    assert!(report.complete && !report.capabilities.is_empty());
    assert_eq!(client.capability_report(), Some(report));
    rig.stop(client).await;
}

#[tokio::test]
async fn status_from_redis() {
    let server = redis::RedisServer::start().await;
    let mut rig = Rig::start().await;
    rig.config.redis_url = Some(format!("redis://127.0.0.1:{}/0", server.port()).into());
    rig.config.cache_timeout = Duration::from_secs(5);
    let (client, other) = (rig.client(), rig.client());
    client.initialize().await.unwrap();
    let code = client.qr_code().await.unwrap();
    leak::secret("QR payload", &code.payload);
    let written = async {
        while other.qr_code().await.as_ref() != Some(&code) {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, written).await.expect("it is written");
    assert_eq!(other.cached_status().await.unwrap().status, ConnectionStatus::QrReady);
    other.shutdown().await;
    rig.stop(client).await;
}
