//! What users of other systems suffer from and no other test has: `docs/pains.md` lists it all.

mod support;

use std::fs;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;
use support::{Events, PATIENCE, Rig, processes};
use tokio::time::timeout;
use wa_client::{ErrorKind, Event, Retry};

const FRIEND: &str = "5511988887777";

fn is_ready(event: &Event) -> bool {
    matches!(event, Event::Ready(_))
}

#[tokio::test]
async fn nobody_scans_for_a_hundred_codes_and_the_next_one_links() {
    let rig = Rig::start().await;
    rig.sim.put_qr(json!({"first_ttl_ms": 120, "ttl_ms": 60})).await.unwrap();
    let client = rig.client();
    let mut events = Events::of(&client);
    client.initialize().await.unwrap();
    let browser = rig.browser();
    for _ in 0..100 {
        events.wait("qr", |event| matches!(event, Event::Qr(_))).await;
    }
    assert_eq!((events.count("disconnected"), events.count("reconnecting")), (0, 0));
    assert_eq!(rig.browser(), browser, "one browser did it all");
    rig.sim.put_qr(json!({"first_ttl_ms": 60000, "ttl_ms": 20000})).await.unwrap();
    let code = client.generate_qr_code().await.unwrap();
    rig.sim.scan(&code.payload).await.unwrap();
    events.wait("ready", is_ready).await;
    rig.stop(client).await;
}

#[tokio::test]
async fn a_browser_that_fails_to_start_is_started_seldom_and_in_the_end_works() {
    let mut rig = Rig::start().await;
    let home = tempfile::tempdir().unwrap();
    let (launches, broken) = (home.path().join("launches"), home.path().join("broken"));
    let browser = std::env::var("CHROME_PATH").unwrap_or_else(|_| "chromium".to_owned());
    let script = format!(
        "#!/bin/sh\necho launch >>'{}'\ntest -e '{}' && exit 3\nexec '{browser}' \"$@\"\n",
        launches.display(),
        broken.display()
    );
    rig.config.executable = Some(processes::program(home.path(), "browser", &script));
    rig.config.reconnect.attempts = Some(4);
    rig.config.reconnect.cap = Duration::from_millis(400);
    rig.config.reconnect.slow_interval = Some(Duration::from_secs(4));
    let (client, mut events) = rig.ready_and_stored().await;
    let launched = || fs::read_to_string(&launches).unwrap().lines().count();
    let before = launched();

    fs::write(&broken, "").unwrap();
    processes::signal(rig.browser(), Signal::KILL);
    let exhausted =
        |event: &Event| matches!(event, Event::Disconnected(end) if end.reason.code() == "reconnect_exhausted");
    let end = events.wait("reconnect_exhausted", exhausted).await;
    assert!(matches!(&end.event, Event::Disconnected(end) if end.will_retry), "quiet attempts follow");
    assert_eq!(launched() - before, 4, "as many launches as attempts are permitted");

    fs::remove_file(&broken).unwrap();
    events.wait("ready", is_ready).await;
    assert_eq!(launched() - before, 5, "and the quiet one");
    assert_eq!(events.count("qr"), 1, "only the first link needed a code");
    rig.stop(client).await;
}

#[tokio::test]
async fn a_read_that_a_reload_interrupts_is_answered_and_works_when_made_again() {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (client, mut events) = rig.ready_and_stored().await;
    rig.sim.put_network(json!({"latency_ms": 1500})).await.unwrap();
    let since = rig.sim.mark().await.unwrap();
    let asking = tokio::spawn({
        let client = client.clone();
        async move { client.is_registered(FRIEND).await }
    });
    let asked = |event: &wa_client_sim::client::Event| event.kind == "query.exists";
    rig.sim.wait_event(&["query.exists"], since, asked, PATIENCE).await.unwrap();
    rig.sim.fault(json!({"kind": "reload"})).await.unwrap();
    let answer = timeout(PATIENCE / 2, asking).await.expect("it does not hang").unwrap();
    if let Err(error) = answer {
        assert_eq!(error.retry(), Retry::Now, "{error}");
    }
    rig.sim.put_network(json!({"latency_ms": 0})).await.unwrap();
    events.wait("ready", is_ready).await;
    assert!(client.is_registered(FRIEND).await.unwrap());
    rig.stop(client).await;
}

#[tokio::test]
async fn a_large_file_is_an_event_like_any_other() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    let media = json!({"size": 8 << 20, "mimetype": "video/mp4", "filename": "long.mp4", "caption": "a long film"});
    rig.sim.messages(json!({"from": FRIEND, "type": "video", "media": media})).await.unwrap();
    let envelope = events.wait("message", |event| matches!(event, Event::Message(_))).await;
    let Event::Message(message) = &envelope.event else { unreachable!("it was asked for") };
    assert!(message.has_media && message.kind == "video", "{message:?}");
    assert_eq!(message.body.as_deref(), Some("a long film"));
    assert!(envelope.to_json().unwrap().len() < 4096, "nothing of the file");
    client.send_message(FRIEND, "seen").await.unwrap();
    rig.stop(client).await;
}

#[tokio::test]
async fn an_account_with_thousands_of_chats_is_ready_in_time() {
    let rig = Rig::start().await;
    let chats: Vec<_> =
        (0..3000).map(|n| json!({"id": format!("55119{:08}@c.us", 10_000_000 + n), "messages": 2})).collect();
    rig.sim.chats(json!({"chats": chats})).await.unwrap();
    // Each of them has its limit.
    let (client, mut events) = rig.ready().await;
    assert_eq!(events.count("message"), 0, "history is not news");
    client.send_message("5511910000007", "hello").deadline(PATIENCE / 2).await.unwrap();
    rig.stop(client).await;
}

#[tokio::test]
async fn the_digits_of_a_lid_are_not_taken_for_a_number() {
    let rig = Rig::start().await;
    rig.sim.patch_config(json!({"addressing": "lid"})).await.unwrap();
    let (client, mut events) = rig.ready().await;
    rig.sim.text(FRIEND, "who am I?").await.unwrap();
    let envelope = events.wait("message", |event| matches!(event, Event::Message(_))).await;
    let Event::Message(message) = &envelope.event else { unreachable!("it was asked for") };
    let digits = message.chat.as_str().strip_suffix("@lid").expect("a chat known by its LID");
    let error = client.send_message(format!("{digits}@c.us"), "glued together").await.unwrap_err();
    assert!([ErrorKind::NotRegistered, ErrorKind::InvalidArgument].contains(&error.kind()), "{error}");
    assert_eq!(error.maybe_sent(), Some(false));
    assert_eq!(rig.sim.outbox().await.unwrap().total, 0);
    assert_eq!(client.send_message(&message.chat, "as it came").await.unwrap().chat, message.chat);
    rig.stop(client).await;
}
