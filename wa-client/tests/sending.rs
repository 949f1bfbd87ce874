//! Messages go out once, in order, and their fate is known.

mod support;

use std::task::Poll;
use std::time::Duration;

use futures::future::join_all;
use serde_json::json;
use support::Rig;
use wa_client::{Ack, ErrorKind, Event, MessageId, SendUntil};

const FRIEND: &str = "5511988887777";

#[tokio::test]
async fn a_message_is_taken_delivered_and_read() {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (client, mut events) = rig.ready().await;
    let sent = client.send_message("+55 (11) 98888-7777", "a first message").await.unwrap();
    assert!(sent.ack >= Ack::Server && !sent.duplicate);
    let outbox = rig.sim.outbox_by_id(sent.id.as_str()).await.unwrap();
    assert_eq!((outbox.total, outbox.messages[0].body.as_str()), (1, "a first message"));
    events
        .wait("read", |event| matches!(event, Event::MessageAck(ack) if ack.id == sent.id && ack.ack == Ack::Read))
        .await;
    assert_eq!(client.message_status(&sent.key).await.unwrap(), Some(Ack::Read));
    assert_eq!(events.count("message_sent"), 1);
    rig.stop(client).await;
}

#[tokio::test]
async fn the_same_id_never_makes_a_second_message() {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (client, _) = rig.ready().await;
    let id = MessageId::from_random([7; 9]);
    let send = || client.send_message(FRIEND, "once").id(&id).into_future();
    let results = join_all([send(), send(), send()]).await;
    let again = send().await.unwrap();
    assert!(results.iter().all(|result| result.as_ref().unwrap().key == again.key));
    assert_eq!(rig.sim.outbox_by_id(id.as_str()).await.unwrap().total, 1);
    // After a restart only the page remembers.
    client.reconnect().await.unwrap();
    client.wait_ready().await.unwrap();
    assert!(send().await.unwrap().key == again.key);
    let outbox = rig.sim.outbox().await.unwrap();
    assert_eq!((outbox.total, outbox.duplicates), (1, 0));
    rig.stop(client).await;
}

#[tokio::test]
async fn two_hundred_messages_to_twenty_chats_arrive_once_and_in_order() {
    let rig = Rig::start().await;
    let number = |chat: usize| format!("55119888877{chat:02}");
    let accounts: Vec<_> = (0..20).map(|chat| json!({"number": number(chat)})).collect();
    rig.sim.accounts(accounts).await.unwrap();
    let (client, _) = rig.ready().await;
    let sends = (0..200).map(|n| client.send_message(number(n % 20), format!("m{:03}", n / 20)).into_future());
    for result in join_all(sends).await {
        result.unwrap();
    }
    let outbox = rig.sim.outbox().await.unwrap();
    assert_eq!((outbox.total, outbox.duplicates), (200, 0));
    for chat in 0..20 {
        let bodies: Vec<_> =
            rig.sim.outbox_to(&number(chat)).await.unwrap().messages.into_iter().map(|m| m.body).collect();
        assert_eq!(bodies, (0..10).map(|n| format!("m{n:03}")).collect::<Vec<_>>(), "chat {chat}");
    }
    rig.stop(client).await;
}

#[tokio::test]
async fn a_number_without_an_account_is_told_apart() {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (client, _) = rig.ready().await;
    assert!(client.is_registered(FRIEND).await.unwrap());
    assert!(!client.is_registered("5511900009999").await.unwrap());
    let error = client.send_message("5511900009999", "hello").await.unwrap_err();
    assert_eq!((error.kind(), error.maybe_sent()), (ErrorKind::NotRegistered, Some(false)));
    assert!(error.message_id().is_some());
    rig.stop(client).await;
}

#[tokio::test]
async fn calls_before_the_start_fail_at_once() {
    let rig = Rig::start().await;
    let client = rig.client();
    assert_eq!(client.send_message(FRIEND, "hello").await.unwrap_err().kind(), ErrorKind::NotReady);
    assert_eq!(client.is_registered(FRIEND).await.unwrap_err().kind(), ErrorKind::NotReady);
    assert_eq!(client.logout().await.unwrap_err().kind(), ErrorKind::NotReady);
    assert_eq!(client.request_pairing_code(FRIEND).await.unwrap_err().kind(), ErrorKind::NotReady);
    client.initialize().await.unwrap();
    let error = client.send_message(FRIEND, "hello").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAuthenticated);
    client.shutdown().await;
    assert_eq!(client.send_message(FRIEND, "hello").await.unwrap_err().kind(), ErrorKind::Stopped);
    rig.stop(client).await;
}

#[tokio::test]
async fn a_message_sent_while_the_socket_is_down_arrives_once() {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (client, mut events) = rig.ready().await;
    client.send_message(FRIEND, "before").await.unwrap();
    rig.sim.put_network(json!({"state": "offline"})).await.unwrap();
    events
        .wait("lost", |event| matches!(event, Event::ChangeState(change) if change.phase.name() == "reconnecting"))
        .await;
    let mut send = client.send_message(FRIEND, "meanwhile").into_future();
    let waits = std::future::poll_fn(|cx| Poll::Ready(send.as_mut().poll(cx).is_pending())).await;
    assert!(waits, "submitted, and not answered without a network");
    rig.sim.put_network(json!({"state": "online"})).await.unwrap();
    events.wait("ready", |event| matches!(event, Event::Ready(_))).await;
    send.await.unwrap();
    assert_eq!(rig.sim.outbox_to(FRIEND).await.unwrap().messages.len(), 2);
    rig.stop(client).await;
}

#[tokio::test]
async fn a_message_that_is_never_confirmed_ends_in_time_and_may_have_left() {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (client, _) = rig.ready().await;
    rig.sim.put_acks(json!({"server_ms": null})).await.unwrap();
    let error = client.send_message(FRIEND, "hello").deadline(Duration::from_secs(3)).await.unwrap_err();
    assert_eq!((error.kind(), error.maybe_sent()), (ErrorKind::Timeout, Some(true)));
    let queued = client.send_message(FRIEND, "queued").until(SendUntil::Queued).await.unwrap();
    assert_eq!(queued.ack, Ack::Pending);
    rig.stop(client).await;
}

#[tokio::test]
async fn a_refusal_of_the_server_is_an_error_with_its_code() {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (client, mut events) = rig.ready().await;
    rig.sim.put_acks(json!({"error": 463})).await.unwrap();
    let error = client.send_message(FRIEND, "refused").await.unwrap_err();
    assert_eq!((error.kind(), error.maybe_sent()), (ErrorKind::SendFailed, Some(false)));
    assert!(error.message().contains("463"), "{error}");
    assert_eq!(events.count("message_sent"), 0);
    rig.stop(client).await;
}

#[tokio::test]
async fn levels_never_fall_and_are_told_once() {
    for order in ["reverse", "twice"] {
        let rig = Rig::start().await;
        rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
        let (client, mut events) = rig.ready().await;
        rig.sim.put_acks(json!({"server_ms": 0, "delivered_ms": 20, "read_ms": 40, "order": order})).await.unwrap();
        let sent = client.send_message(FRIEND, "how far?").until(SendUntil::Read).await.unwrap();
        assert_eq!(sent.ack, Ack::Read);
        // Whatever was still on its way has come when the next message has been read.
        client.send_message(FRIEND, "and this?").until(SendUntil::Read).await.unwrap();
        let levels: Vec<_> = events
            .so_far()
            .iter()
            .filter_map(|envelope| match &envelope.event {
                Event::MessageAck(ack) if ack.id == sent.id => Some(ack.ack),
                _ => None,
            })
            .collect();
        assert!(levels.windows(2).all(|pair| pair[0] < pair[1]), "{order}: {levels:?}");
        assert_eq!(levels.last(), Some(&Ack::Read), "{order}");
        rig.stop(client).await;
    }
}

#[tokio::test]
async fn an_answer_quotes_and_a_chat_can_be_known_by_lid_alone() {
    let rig = Rig::start().await;
    rig.sim.patch_config(json!({"addressing": "lid"})).await.unwrap();
    let (client, mut events) = rig.ready().await;
    rig.sim.text(FRIEND, "a question").await.unwrap();
    let envelope = events.wait("message", |event| matches!(event, Event::Message(_))).await;
    let Event::Message(question) = &envelope.event else { unreachable!("it was asked for") };
    assert!(question.chat.as_str().ends_with("@lid"));
    let answer = client.send_message(&question.chat, "an answer").quoted(question).await.unwrap();
    let outbox = rig.sim.outbox_by_id(answer.id.as_str()).await.unwrap();
    assert!(outbox.messages[0].quoted.as_deref().is_some_and(|quoted| quoted.contains(question.id.as_str())));
    let error = client.send_message(FRIEND, "hm").quoted("true_5511900009999@c.us_3EB0AA").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    rig.stop(client).await;
}

#[tokio::test]
async fn a_send_that_outlives_its_page_is_settled_in_the_next() {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (client, mut events) = rig.ready().await;
    client.send_message(FRIEND, "before").await.unwrap();
    rig.sim.put_acks(json!({"server_ms": null})).await.unwrap();
    let since = rig.sim.mark().await.unwrap();
    let send = tokio::spawn(client.send_message(FRIEND, "in the middle").into_future());
    let received = |event: &wa_client_sim::client::Event| event.kind == "message.received";
    rig.sim.wait_event(&["message.received"], since, received, support::PATIENCE).await.unwrap();
    rig.sim.put_acks(json!({"server_ms": 0})).await.unwrap();
    rig.sim.fault(json!({"kind": "reload"})).await.unwrap();
    events.wait("ready", |event| matches!(event, Event::Ready(_))).await;
    match send.await.unwrap() {
        Ok(sent) => assert!(sent.ack >= Ack::Server),
        Err(error) => assert_eq!((error.kind(), error.maybe_sent()), (ErrorKind::SendFailed, Some(true))),
    }
    assert_eq!(rig.sim.outbox_to(FRIEND).await.unwrap().messages.len(), 2, "and it was not sent twice");
    rig.stop(client).await;
}

/// What an error tells of a message is its id; after a restart nothing but the page's store knows more.
#[tokio::test]
async fn a_message_is_found_by_its_id_after_a_restart() {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let group = json!({"id": "120363000000000001@g.us", "subject": "a group", "participants": [FRIEND]});
    rig.sim.groups(group).await.unwrap();
    let (client, _) = rig.ready().await;
    let mut ids = Vec::new();
    for to in [FRIEND, "120363000000000001@g.us"] {
        ids.push(client.send_message(to, "the one in question").await.unwrap().id);
        // So that a page that starts anew does not have it in memory: it loads the last of each chat.
        for n in 0..3 {
            client.send_message(to, format!("later {n}")).await.unwrap();
        }
    }
    client.shutdown().await;
    let client = rig.client();
    client.initialize().await.unwrap();
    client.wait_ready().await.unwrap();
    for id in &ids {
        assert!(client.message_status(id).await.unwrap().is_some_and(|ack| ack >= Ack::Server));
    }
    assert_eq!(client.message_status("3EB0000000000000000009").await.unwrap(), None);
    assert_eq!(client.message_status("no id").await.unwrap_err().kind(), ErrorKind::InvalidArgument);
    rig.stop(client).await;
}

#[tokio::test]
async fn a_message_waits_until_the_account_is_synced() {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    rig.sim.patch_config(json!({"login": {"synced_delay_ms": 1500}})).await.unwrap();
    let client = rig.client();
    let mut events = support::Events::of(&client);
    client.initialize().await.unwrap();
    let qr = client.qr_code().await.unwrap();
    support::leak::secret("QR payload", &qr.payload);
    rig.sim.scan(&qr.payload).await.unwrap();
    events.wait("authenticated", |event| matches!(event, Event::Authenticated(_))).await;
    let (first, second) = tokio::join!(
        client.send_message(FRIEND, "first words").into_future(),
        client.send_message(FRIEND, "second words").deadline(Duration::from_millis(100)).into_future(),
    );
    assert!(first.unwrap().queued_ms > 0);
    let error = second.unwrap_err();
    assert_eq!((error.kind(), error.maybe_sent()), (ErrorKind::Timeout, Some(false)));
    events.wait("ready", |event| matches!(event, Event::Ready(_))).await;
    let bodies: Vec<_> = rig.sim.outbox().await.unwrap().messages.into_iter().map(|message| message.body).collect();
    assert_eq!(bodies, ["first words"], "what was given up before it left never leaves");
    rig.stop(client).await;
}

#[tokio::test]
async fn malformed_recipients_and_blank_texts_never_reach_the_page() {
    let rig = Rig::start().await;
    let (client, _) = rig.ready().await;
    for number in
        ["", "12", "+", "abc", "0011", "55 11 9888", "5511988887777x", "+55 (11) 98888-7777 12345", "１２３４５６"]
    {
        let error = client.send_message(number, "hello there").await.unwrap_err();
        assert_eq!((error.kind(), error.maybe_sent()), (ErrorKind::InvalidPhone, None), "{number}");
    }
    for text in ["", " \n\t "] {
        let error = client.send_message(FRIEND, text).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    }
    assert_eq!(rig.sim.outbox().await.unwrap().total, 0);
    rig.stop(client).await;
}

#[tokio::test]
async fn a_page_that_never_answers_a_send_costs_its_deadline_only() {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (client, _) = rig.ready().await;
    let never = json!({"kind": "never", "module": "WAWebFindChatAction", "export": "findOrCreateLatestChat", "max": 1});
    rig.sim.fault(never).await.unwrap();
    let stuck = client.send_message(FRIEND, "the stuck one").deadline(Duration::from_secs(2)).await.unwrap_err();
    assert_eq!(stuck.kind(), ErrorKind::Timeout);
    assert_eq!(stuck.maybe_sent(), Some(false), "it was not handed to the page's own code");
    client.send_message(FRIEND, "the next one").await.unwrap();
    let bodies: Vec<_> = rig.sim.outbox().await.unwrap().messages.into_iter().map(|message| message.body).collect();
    assert_eq!(bodies, ["the next one"]);
    rig.stop(client).await;
}

#[tokio::test]
async fn both_shapes_of_keys_and_both_addressings_work() {
    for (shape, addressing) in [("opaque", "pn"), ("serialized", "pn"), ("serialized", "lid")] {
        let rig = Rig::start().await;
        rig.sim.patch_config(json!({"key_shape": shape, "addressing": addressing})).await.unwrap();
        let (client, mut events) = rig.ready().await;
        rig.sim.text(FRIEND, "a question").await.unwrap();
        let envelope = events.wait("message", |event| matches!(event, Event::Message(_))).await;
        let Event::Message(question) = &envelope.event else { unreachable!("it was asked for") };
        assert_eq!(question.phone.as_ref().map(|phone| phone.digits()), Some(FRIEND), "{shape} {addressing}");
        let answer = client.send_message(&question.chat, "an answer").until(SendUntil::Read).await.unwrap();
        assert_eq!(answer.ack, Ack::Read);
        assert_eq!(client.message_status(&answer.key).await.unwrap(), Some(Ack::Read), "{shape} {addressing}");
        rig.stop(client).await;
    }
}
