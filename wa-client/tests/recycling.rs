//! A browser that has run for long enough is replaced by a fresh one, and nobody loses anything.

mod support;

use std::time::Duration;

use serde_json::json;
use support::{Events, Rig, processes};
use wa_client::{Client, Event};

const FRIEND: &str = "5511988887777";
/// Messages that arrive from the moment on when a recycle begins until after it has ended.
const BURST: usize = 200;

async fn recycling() -> (Rig, Client, Events) {
    let mut rig = Rig::start().await;
    rig.config.recycle_after = Some(Duration::from_secs(4));
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (client, events) = rig.ready_and_stored().await;
    (rig, client, events)
}

fn begins(event: &Event) -> bool {
    matches!(event, Event::ChangeState(change) if change.phase.name() == "starting_browser")
}

fn is_ready(event: &Event) -> bool {
    matches!(event, Event::Ready(_))
}

fn bodies(events: &mut Events) -> Vec<String> {
    let body = |event: &Event| match event {
        Event::Message(message) => message.body.clone(),
        _ => None,
    };
    events.so_far().iter().filter_map(|envelope| body(&envelope.event)).collect()
}

#[tokio::test]
async fn what_arrives_in_the_middle_of_a_recycle_arrives_once() {
    let (rig, client, mut events) = recycling().await;
    let failures = |events: &mut Events| ["disconnected", "reconnecting", "qr"].map(|name| events.count(name));
    let linking = failures(&mut events);
    for round in 1..=2 {
        let before = rig.browser();
        events.wait("a recycle", begins).await;
        let burst = json!({"from": FRIEND, "body": format!("round {round}, {{i}}"), "count": BURST, "interval_ms": 20});
        rig.sim.messages(burst).await.unwrap();
        // Calls wait for the fresh browser.
        let sent = client.send_message(FRIEND, "in the middle").await.unwrap();
        assert_eq!(rig.sim.outbox_by_id(sent.id.as_str()).await.unwrap().total, 1);
        let last = format!("round {round}, {}", BURST - 1);
        let is_last = |event: &Event| matches!(event, Event::Message(message) if message.body.as_ref() == Some(&last));
        if !bodies(&mut events).contains(&last) {
            events.wait("the last message", is_last).await;
        }
        let browsers = processes::browsers(&rig.profile());
        assert_eq!(browsers.len(), 1, "one browser");
        assert_ne!(browsers[0], before, "another one");
        assert!(processes::group(before).is_empty(), "nothing of the old one is left");
        // `Events` has compared the numbers: there is no gap.
        let mut received = bodies(&mut events);
        received.sort();
        let mut expected: Vec<_> =
            (1..=round).flat_map(|r| (0..BURST).map(move |n| format!("round {r}, {n}"))).collect();
        expected.sort();
        assert_eq!(received, expected, "each once");
    }
    assert_eq!(failures(&mut events), linking, "a recycle is none");
    let profile = rig.profile();
    rig.stop(client).await;
    assert_eq!(processes::browsers(&profile), Vec::<i32>::new());
}

#[tokio::test]
async fn a_session_with_something_to_do_keeps_its_browser() {
    let (rig, client, mut events) = recycling().await;
    let before = rig.browser();
    // Not confirmed until the test says so: a message on its way.
    rig.sim.put_acks(json!({"server_ms": null})).await.unwrap();
    let mark = rig.sim.mark().await.unwrap();
    let sending = tokio::spawn(client.send_message(FRIEND, "under way").into_future());
    let arrived = rig.sim.wait_event(&["message.received"], mark, |_| true, support::PATIENCE).await.unwrap();
    // Far longer than the browser may run: time is what is tested.
    tokio::time::sleep(Duration::from_secs(9)).await;
    assert_eq!(rig.browser(), before, "a message is on its way");
    rig.sim.put_acks(json!({"server_ms": 0})).await.unwrap();
    rig.sim.post_ack(arrived.text("id"), 1).await.unwrap();
    sending.await.unwrap().unwrap();
    for n in 0..12 {
        rig.sim.text(FRIEND, &format!("number {n}")).await.unwrap();
        // Never quiet for long enough: time is what is tested.
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(rig.browser(), before, "messages came all the time");
    events.wait("a recycle", begins).await;
    events.wait("ready", is_ready).await;
    assert_eq!(bodies(&mut events).len(), 12);
    rig.stop(client).await;
}

#[tokio::test]
async fn a_recycle_is_ended_by_disconnect() {
    let (rig, client, mut events) = recycling().await;
    events.wait("a recycle", begins).await;
    client.disconnect().await.unwrap();
    assert_eq!(client.connection_status().phase.name(), "stopped");
    assert_eq!(processes::browsers(&rig.profile()), Vec::<i32>::new());
    client.initialize().await.unwrap();
    events.wait("ready", is_ready).await;
    rig.stop(client).await;
}
