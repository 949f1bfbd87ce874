//! What the page keeps across documents, and what comes in while it was away.

use serde_json::{Value, json};

use crate::rig::{ANA, BOB, Rig};
use crate::support::control::{event, seq};

#[tokio::test]
async fn stored_chats_come_back_before_the_page_counts_as_synced_and_nothing_of_them_is_new() {
    let rig = Rig::linked("lid").await;
    for body in ["one", "two", "three"] {
        rig.inbound(json!({"from": ANA, "body": body, "notify_name": "Ana S"})).await;
    }
    rig.inbound(json!({"from": BOB, "body": "hello"})).await;
    let (ana, bob) = (rig.lid(ANA).await, rig.lid(BOB).await);
    let mut rig = rig.close_browser().await.reopen().await;
    let lines = rig.recorded(&["Contact", "Presence", "Chat change"]).await;
    let synced = lines.iter().position(|line| line == "hasSynced true").expect("synced");
    let of = |start: &str| -> Vec<String> {
        let found = lines[..synced].iter().filter(|line| line.starts_with(start));
        // Ids appear in an order of their own.
        found.map(|line| line.replace("_#1 ", "_# ").replace("_#2 ", "_# ")).collect()
    };
    let sorted = |mut list: Vec<String>| {
        list.sort_unstable();
        list
    };
    assert_eq!(
        sorted(of("Chat add")),
        sorted([&ana, &bob].iter().map(|lid| format!("Chat add {lid} undefined undefined undefined")).collect())
    );
    assert_eq!(
        sorted(of("Msg add")),
        sorted([&ana, &bob].iter().map(|lid| format!("Msg add false_{lid}_# chat undefined 1")).collect()),
        "of each chat the last message, and it is not new"
    );
    assert!(!lines[synced..].iter().any(|line| line.starts_with("Msg add")), "{lines:?}");
    let seen = rig
        .run(&format!(
            "const chat = Chat.get('{ana}'); const {{ loadEarlierMsgs }} = require('WAWebChatLoadMessages');
             const before = chat.msgs.map((msg) => msg.body); const earlier = await loadEarlierMsgs({{ chat }});
             return {{ unread: chat.unreadCount, title: chat.formattedTitle, pushname: chat.contact.pushname, before, earlier: earlier.filter(real).map((msg) => [msg.body, msg.isNewMsg === undefined, msg.recvFresh === undefined]),
               all: chat.msgs.filter(real).map((msg) => msg.body), end: chat.msgs.msgLoadState.noEarlierMsgs, more: (await loadEarlierMsgs({{ chat }})) === undefined,
               positional: await loadEarlierMsgs(chat, chat.msgs).catch(({{ name }}) => name) }}"
        ))
        .await;
    assert_eq!(
        seen,
        json!({
            "unread": 3, "title": "+55 11 98888-7777", "pushname": "Ana S", "before": ["three"],
            "earlier": [["one", true, true], ["two", true, true]], "all": ["one", "two", "three"], "end": true, "more": true,
            "positional": "TypeError",
        })
    );
}

#[tokio::test]
async fn what_was_queued_while_the_page_was_closed_shows_up_without_being_new() {
    let rig = Rig::linked("pn").await;
    rig.inbound(json!({"from": ANA, "body": "before"})).await;
    let closed = rig.close_browser().await;
    let answer = closed.call("POST", "/sim/messages", json!({"from": ANA, "body": "away-{i}", "count": 4})).await;
    assert_eq!(answer["queued"], true);
    closed.call("POST", "/sim/messages", json!({"from": BOB, "body": "new chat"})).await;
    let mut rig = closed.reopen().await;
    let lines = rig.recorded(&[]).await;
    assert!(!lines.iter().any(|line| line.starts_with("Msg add") && line.contains(" true ")), "{lines:?}");
    assert!(!lines.iter().any(|line| line.starts_with("Cmd alert_new_msg")), "{lines:?}");
    let seen = rig
        .run(&format!(
            "const chat = Chat.get('{ANA}@c.us'); const bodies = () => chat.msgs.filter(real).map((msg) => msg.body); const before = bodies();
             const {{ messages }} = await require('WAWebDBMessageFindLocal').msgFindByDirection({{ direction: 'before', anchor: chat.msgs.last().id, count: 2 }});
             await require('WAWebChatLoadMessages').loadEarlierMsgs({{ chat }});
             return {{ before, found: messages.map((row) => row.body), after: bodies(), unread: chat.unreadCount, last: chat.msgs.get(chat.lastReceivedKey).body,
               other: Chat.get('{BOB}@c.us').msgs.last().body, otherUnread: Chat.get('{BOB}@c.us').unreadCount }}"
        ))
        .await;
    assert_eq!(
        seen,
        json!({
            "before": ["away-3"], "found": ["away-1", "away-2"], "after": ["before", "away-0", "away-1", "away-2", "away-3"],
            "unread": 5, "last": "away-3", "other": "new chat", "otherUnread": 1,
        })
    );
}

#[tokio::test]
async fn of_a_short_queue_the_page_waits_for_the_first_batch_only_and_nothing_is_lost() {
    let rig = Rig::linked("pn").await;
    rig.inbound(json!({"from": ANA, "body": "before"})).await;
    let closed = rig.close_browser().await;
    closed.call("POST", "/sim/messages", json!({"from": ANA, "body": "q-{i}", "count": 120})).await;
    let mut rig = closed.reopen().await;
    let last = format!(
        "document.defaultView.require('WAWebChatCollection').ChatCollection.get('{ANA}@c.us')?.msgs.last()?.body === 'q-119'"
    );
    rig.until(&last).await;
    let lines = rig.recorded(&[]).await;
    let synced = lines.iter().position(|line| line == "hasSynced true").expect("synced");
    let new = |lines: &[String]| {
        lines.iter().filter(|line| line.starts_with("Msg add") && line.ends_with("chat true 1")).count()
    };
    assert_eq!(new(&lines[..synced]), 0, "nothing is new before the page is ready");
    let late = new(&lines[synced..]);
    assert!(late > 0 && late < 120, "{late} of 120 came in as new");
    let seen = rig
        .run(&format!(
            "const chat = Chat.get('{ANA}@c.us'); const {{ loadEarlierMsgs }} = require('WAWebChatLoadMessages');
             while (await loadEarlierMsgs({{ chat }})) {{}}
             const bodies = chat.msgs.filter(real).map((msg) => msg.body);
             return [bodies.length, bodies[0], bodies.slice(1).every((body, i) => body === `q-${{i}}`), chat.unreadCount]"
        ))
        .await;
    assert_eq!(seen, json!([121, "before", true, 121]));
}

#[tokio::test]
async fn what_was_queued_during_a_gap_of_the_same_document_is_new() {
    let mut rig = Rig::linked("pn").await;
    rig.inbound(json!({"from": ANA, "body": "before"})).await;
    rig.call("PUT", "/sim/network", json!({"state": "offline"})).await;
    rig.page.wait_line("stream DISCONNECTED").await;
    rig.call("POST", "/sim/messages", json!({"from": ANA, "body": "gap-{i}", "count": 3})).await;
    rig.forget().await;
    rig.call("PUT", "/sim/network", json!({"state": "online"})).await;
    rig.page.wait_line("offline_delivery_end").await;
    let added = rig
        .recorded(&[])
        .await
        .iter()
        .filter(|line| line.starts_with("Msg add") && line.ends_with("chat true 1"))
        .count();
    assert_eq!(added, 3);
}

#[tokio::test]
async fn a_send_that_was_pending_when_its_document_went_away_is_failed_and_not_sent_again() {
    let rig = Rig::linked("pn").await;
    rig.call("PUT", "/sim/acks", json!({"server_ms": null})).await;
    let at = seq(&rig.base).await;
    rig.run(
        "const { chat } = await require('WAWebFindChatAction').findOrCreateLatestChat(createWid('5511988887777@c.us'), 'createChat');
         await require('WAWebSendMsgChatAction').addAndSendMsgToChat(chat, require('WAWebSendTextMsgChatAction').createTextMsgData(chat, 'pending', {}))[0]",
    )
    .await;
    event(&rig.base, at, "message.received").await;
    let rig = rig.close_browser().await.reopen().await;
    let seen = rig.run("const msg = lastReal(); return [msg.body, msg.ack, msg.isSendFailure, msg.local]").await;
    assert_eq!(seen, json!(["pending", 0, true, false]));
    rig.inbound(json!({"from": ANA, "body": "later"})).await;
    let outbox = rig.call("GET", "/sim/outbox", Value::Null).await;
    assert_eq!((&outbox["total"], &outbox["messages"][0]["times"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn history_of_the_account_is_there_after_the_first_login_and_is_not_new() {
    let mut rig = Rig::with_config(json!({"login": {"synced_delay_ms": 0, "step_ms": 1}})).await;
    // A second device of the same account finds what the control call declares.
    rig.call("POST", "/sim/chats", json!({"chats": [{"id": ANA, "unread": 2, "messages": 3}]})).await;
    rig.forget().await;
    rig.call("POST", "/sim/phone/unlink", json!({})).await;
    let shown = "document.querySelector('div[data-testid=\"link-device-qr-code\"]')?.dataset.ref";
    rig.page.wait_for("a new document", |line| line.starts_with("nav ")).await;
    let qr = rig.until(shown).await;
    rig.forget().await;
    rig.call("POST", "/sim/phone/scan", json!({"qr": qr})).await;
    rig.page.wait_line("hasSynced true").await;
    let lines = rig.recorded(&[]).await;
    let synced = lines.iter().position(|line| line == "hasSynced true").expect("synced");
    assert!(
        lines[..synced].iter().any(|line| line == &format!("Chat add {ANA}@c.us undefined undefined undefined")),
        "{lines:?}"
    );
    assert!(!lines.iter().any(|line| line.starts_with("Msg add") && line.contains(" true ")), "{lines:?}");
    let seen = rig
        .run(&format!(
            "const chat = Chat.get('{ANA}@c.us'); await require('WAWebChatLoadMessages').loadEarlierMsgs({{ chat }});
             return [chat.unreadCount, chat.msgs.filter(real).length, chat.msgs.filter(real).every((msg) => msg.isMdHistoryMsg)]"
        ))
        .await;
    assert_eq!(seen, json!([2, 3, true]));
}
