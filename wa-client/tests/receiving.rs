//! What comes in is reported once, in order, with nothing left out.

mod support;

use std::time::Duration;

use serde_json::json;
use support::Rig;
use wa_client::{Event, Message};

const FRIEND: &str = "5511988887777";

/// A message of a friend, by its text.
fn says<'a>(body: &'a str) -> impl Fn(&Event) -> bool + 'a {
    move |event| matches!(event, Event::Message(message) if message.body.as_deref() == Some(body))
}

fn bodies(events: &mut support::Events) -> Vec<String> {
    let message = |event: &Event| match event {
        Event::Message(Message { body: Some(body), .. }) => Some(body.clone()),
        _ => None,
    };
    events.so_far().iter().filter_map(|envelope| message(&envelope.event)).collect()
}

#[tokio::test]
async fn a_first_message_brings_no_ghosts_and_both_addresses() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    rig.sim.text(FRIEND, "first words").await.unwrap();
    let envelope = events.wait("message", says("first words")).await;
    let Event::Message(message) = &envelope.event else { unreachable!("it was asked for") };
    assert_eq!(message.phone.as_ref().map(|phone| phone.digits()), Some(FRIEND));
    assert!(message.lid.is_some() && !message.from_me && !message.caught_up);
    assert_eq!((events.count("message"), events.count("message_create")), (1, 1));
    rig.stop(client).await;
}

#[tokio::test]
async fn a_burst_of_two_thousand_is_complete_and_in_order() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    rig.sim.messages(json!({"from": FRIEND, "body": "burst {i}", "count": 2000})).await.unwrap();
    let last = |event: &Event| matches!(event, Event::Message(message) if message.body.as_deref().is_some_and(|body| body.ends_with(" 1999") || body.ends_with(" 2000")));
    events.wait_for("the last of the burst", Duration::from_secs(60), last).await;
    rig.sim.text(FRIEND, "the end").await.unwrap();
    events.wait("the end", says("the end")).await;
    let bodies = bodies(&mut events);
    assert_eq!(bodies.len(), 2001);
    let numbers: Vec<u32> =
        bodies[..2000].iter().map(|body| body.rsplit(' ').next().unwrap().parse().unwrap()).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "out of order");
    rig.stop(client).await;
}

#[tokio::test]
async fn what_arrived_while_we_were_away_is_caught_up_once() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    rig.sim.text(FRIEND, "before").await.unwrap();
    events.wait("before", says("before")).await;
    client.disconnect().await.unwrap();
    rig.sim.messages(json!({"from": FRIEND, "body": "away {i}", "count": 5})).await.unwrap();
    client.initialize().await.unwrap();
    events.wait("ready", |event| matches!(event, Event::Ready(_))).await;
    rig.sim.text(FRIEND, "after").await.unwrap();
    events.wait("after", says("after")).await;
    while bodies(&mut events).len() < 7 {
        events.wait("what was missed", |event| matches!(event, Event::Message(_))).await;
    }
    let mut all = bodies(&mut events);
    all.sort();
    let mut unique = all.clone();
    unique.dedup();
    assert_eq!(all, unique, "reported twice");
    assert_eq!(all.len(), 7);
    rig.stop(client).await;
}

/// Part of a long queue comes as live messages after a restart, the part before it without any event.
#[tokio::test]
async fn a_live_message_does_not_hide_what_came_before_it() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    let first = rig.sim.text(FRIEND, "before").await.unwrap().messages[0].t;
    events.wait("before", says("before")).await;
    client.disconnect().await.unwrap();
    for hour in 1..=120 {
        let at = first + hour * 3600;
        rig.sim.messages(json!({"from": FRIEND, "body": format!("hour {hour}"), "t": at})).await.unwrap();
    }
    client.initialize().await.unwrap();
    while bodies(&mut events).len() < 121 {
        events.wait("what was missed", |event| matches!(event, Event::Message(_))).await;
    }
    let so_far = events.so_far();
    let mut messages = so_far.iter().filter_map(|envelope| match &envelope.event {
        Event::Message(message) => Some(message.caught_up),
        _ => None,
    });
    assert_eq!(messages.clone().count(), 121, "reported twice");
    // The first was live as well.
    assert!(messages.by_ref().skip(1).any(|caught_up| !caught_up) && messages.any(|caught_up| caught_up));
    rig.stop(client).await;
}

#[tokio::test]
async fn changes_to_a_message_have_their_own_events() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    let posted = rig.sim.text(FRIEND, "a text").await.unwrap();
    let id = posted.messages[0].id.clone();
    events.wait("message", says("a text")).await;
    rig.sim.edits(&id, "another text").await.unwrap();
    let edited = |event: &Event| matches!(event, Event::MessageEdit(edit) if edit.message.body.as_deref() == Some("another text"));
    events.wait("message_edit", edited).await;
    rig.sim.reactions(FRIEND, &id, "👍").await.unwrap();
    events
        .wait("message_reaction", |event| matches!(event, Event::MessageReaction(r) if r.emoji == "👍" && !r.from_me))
        .await;
    rig.sim.revokes(&id).await.unwrap();
    events.wait("revoke", |event| matches!(event, Event::MessageRevokeEveryone(r) if r.key.id() == id)).await;
    assert_eq!(events.count("message"), 1);
    rig.stop(client).await;
}

#[tokio::test]
async fn an_unreadable_message_becomes_one_message_or_a_notice() {
    let mut rig = Rig::start().await;
    rig.config.deadlines.ciphertext = Duration::from_millis(1500);
    let (client, mut events) = rig.ready().await;
    let late = json!({"from": FRIEND, "type": "ciphertext", "body": "late words", "resolve_after_ms": 200});
    rig.sim.messages(late).await.unwrap();
    events.wait("message", says("late words")).await;
    rig.sim.messages(json!({"from": FRIEND, "type": "ciphertext", "body": "never"})).await.unwrap();
    events.wait("message_ciphertext", |event| matches!(event, Event::MessageCiphertext(_))).await;
    assert_eq!((events.count("message"), events.count("message_ciphertext")), (1, 1));
    rig.stop(client).await;
}

#[tokio::test]
async fn more_than_one_answer_holds_is_caught_up_as_well() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    rig.sim.text(FRIEND, "before").await.unwrap();
    events.wait("before", says("before")).await;
    client.disconnect().await.unwrap();
    // All within a second or two, and more than are asked for at a time.
    rig.sim.messages(json!({"from": FRIEND, "body": "away {i}", "count": 1200})).await.unwrap();
    client.initialize().await.unwrap();
    while bodies(&mut events).len() < 1201 {
        events.wait("what was missed", |event| matches!(event, Event::Message(_))).await;
    }
    rig.sim.text(FRIEND, "after").await.unwrap();
    events.wait("after", says("after")).await;
    assert_eq!(bodies(&mut events).len(), 1202);
    rig.stop(client).await;
}

#[tokio::test]
async fn calls_and_messages_of_groups_say_who_it_was() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    rig.sim.calls(FRIEND, true).await.unwrap();
    let envelope = events.wait("call", |event| matches!(event, Event::Call(_))).await;
    let Event::Call(call) = &envelope.event else { unreachable!("it was asked for") };
    assert_eq!(call.phone.as_ref().map(|phone| phone.digits()), Some(FRIEND));
    assert!(call.video && !call.group);
    let made = rig.sim.groups(json!({"subject": "a group of two", "participants": [FRIEND]})).await.unwrap();
    let group = made["group"]["id"].as_str().unwrap().to_owned();
    rig.sim.messages(json!({"from": FRIEND, "chat": group, "body": "hello everybody"})).await.unwrap();
    let envelope = events.wait("message", says("hello everybody")).await;
    let Event::Message(message) = &envelope.event else { unreachable!("it was asked for") };
    assert_eq!(message.chat.as_str(), group);
    assert!(message.author.is_some() && message.lid.is_some());
    assert_eq!(message.phone.as_ref().map(|phone| phone.digits()), Some(FRIEND));
    let answer = client.send_message(&message.chat, "hello to you").await.unwrap();
    assert_eq!(rig.sim.outbox_by_id(answer.id.as_str()).await.unwrap().messages[0].to, group);
    rig.stop(client).await;
}

#[tokio::test]
async fn the_same_message_delivered_three_times_is_one() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    rig.sim.messages(json!({"from": FRIEND, "body": "said once", "repeat": 3, "wait": "applied"})).await.unwrap();
    rig.sim.text(FRIEND, "the end").await.unwrap();
    events.wait("the end", says("the end")).await;
    assert_eq!(bodies(&mut events), ["said once", "the end"]);
    rig.stop(client).await;
}

#[tokio::test]
async fn what_the_own_phone_sends_is_told_as_ours() {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (client, mut events) = rig.ready().await;
    rig.sim.messages(json!({"from": "5511900000001", "to": FRIEND, "body": "written on the phone"})).await.unwrap();
    let ours = |event: &Event| matches!(event, Event::MessageCreate(message) if message.body.as_deref() == Some("written on the phone"));
    let envelope = events.wait("message_create", ours).await;
    let Event::MessageCreate(message) = &envelope.event else { unreachable!("it was asked for") };
    assert!(message.from_me && !message.caught_up);
    assert_eq!(message.chat_phone.as_ref().map(|phone| phone.digits()), Some(FRIEND));
    rig.sim.text(FRIEND, "the end").await.unwrap();
    events.wait("the end", says("the end")).await;
    assert_eq!((events.count("message"), events.count("message_sent")), (1, 0));
    rig.stop(client).await;
}

#[tokio::test]
async fn a_message_deleted_on_the_phone_is_told_as_deleted_for_me() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    let id = rig.sim.text(FRIEND, "to be forgotten").await.unwrap().messages[0].id.clone();
    events.wait("message", says("to be forgotten")).await;
    rig.sim.delete_on_phone(&id).await.unwrap();
    events
        .wait("message_revoke_me", |event| matches!(event, Event::MessageRevokeMe(removed) if removed.key.id() == id))
        .await;
    assert_eq!(events.count("message_revoke_everyone"), 0);
    rig.stop(client).await;
}

#[tokio::test]
async fn a_subscriber_that_is_too_slow_is_told_how_much_it_missed() {
    const CAPACITY: usize = 100;
    let mut rig = Rig::start().await;
    rig.config.event_queue = CAPACITY;
    let (client, mut events) = rig.ready().await;
    let slow = client.events();
    rig.sim.text(FRIEND, "the first").await.unwrap();
    let before = loop {
        let envelope = slow.next().await.expect("it goes on");
        if says("the first")(&envelope.event) {
            break envelope.seq;
        }
    };
    rig.sim.messages(json!({"from": FRIEND, "body": "flood {i}", "count": 1000})).await.unwrap();
    events.wait_for("the last", Duration::from_secs(60), says("flood 999")).await;
    let mut taken = Vec::new();
    while let Some(envelope) = slow.try_next() {
        taken.push(envelope);
    }
    let Event::Lagged(lagged) = &taken[0].event else { panic!("it begins with {}", taken[0].event.name()) };
    assert_eq!(taken.len(), CAPACITY + 1, "what fits is kept, the newest of it");
    let last = taken.last().unwrap();
    assert!(says("flood 999")(&last.event), "the last is {}", last.event.name());
    // Each event is either here or counted.
    assert_eq!(lagged.missed, taken[1].seq - before - 1);
    assert!(taken[1..].windows(2).all(|pair| pair[1].seq == pair[0].seq + 1));
    rig.stop(client).await;
}

/// After a restart the page holds only the last message of each chat. What happens to the others is told all the same.
#[tokio::test]
async fn edits_of_messages_that_are_not_in_memory() {
    const OTHER: &str = "5511900009999";
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    // Old enough not to be looked through when catching up.
    let old = |ago: u64| std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() - ago;
    let history = json!([
        {"id": "3EB0000000000000000002", "from": FRIEND, "body": "theirs", "t": old(7200)},
        {"id": "3EB0000000000000000003", "from": FRIEND, "body": "the last of it", "t": old(7100)},
    ]);
    rig.sim.chats(json!({"chats": [{"id": FRIEND, "messages": history}]})).await.unwrap();
    let (client, mut events) = rig.ready().await;
    rig.sim.text(OTHER, "now").await.unwrap();
    events.wait("message", says("now")).await;
    client.disconnect().await.unwrap();
    client.initialize().await.unwrap();
    events.wait("ready", |event| matches!(event, Event::Ready(_))).await;
    rig.sim.edits("3EB0000000000000000002", "theirs, changed").await.unwrap();
    let edited = |event: &Event| matches!(event, Event::MessageEdit(edit) if edit.message.body.as_deref() == Some("theirs, changed"));
    let envelope = events.wait("message_edit", edited).await;
    let Event::MessageEdit(edit) = &envelope.event else { unreachable!("it was asked for") };
    assert_eq!(edit.previous.as_deref(), Some("theirs"));
    rig.stop(client).await;
}
