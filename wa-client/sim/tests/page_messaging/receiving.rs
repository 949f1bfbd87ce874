//! Incoming messages and everything that happens to them afterwards.

use serde_json::json;

use crate::rig::{ANA, BOB, Rig};
use crate::support::control::{event, seq};

#[tokio::test]
async fn the_first_message_of_a_chat_brings_two_contacts_and_two_ghosts() {
    let mut rig = Rig::linked("lid").await;
    rig.inbound(json!({"from": ANA, "body": "oi", "notify_name": "Ana S"})).await;
    let lid = rig.lid(ANA).await;
    let lines = rig.recorded(&["Presence", "Chat change:t "]).await;
    assert_eq!(
        lines,
        [
            format!("Contact add {ANA}@c.us in undefined undefined"),
            format!("Contact add {lid} in undefined undefined"),
            "Contact change:pushname Ana S <- undefined".to_owned(),
            "Contact change:pushname Ana S <- undefined".to_owned(),
            format!("Chat add {lid} undefined undefined undefined"),
            format!("Msg add false_{lid}_#1 e2e_notification true undefined"),
            format!("Msg add false_{lid}_#2 notification_template true undefined"),
            format!("Msg add false_{lid}_#3 chat true 1"),
            format!("Chat change:lastReceivedKey false_{lid}_#3 <- undefined"),
            "Chat change:unreadCount 1 <- 0".to_owned(),
            format!("Cmd alert_new_msg false_{lid}_#3"),
        ]
    );
    let seen = rig
        .run(
            "const msg = lastReal(); const chat = Chat.get(msg.id.remote);
             return { from: String(msg.from), to: String(msg.to), author: msg.author, body: msg.body, notifyName: msg.notifyName,
               serialized: msg.id._serialized, name: chat.name, title: chat.formattedTitle, byText: Msg.get(String(msg.id)) === msg,
               byKey: Msg.get(msg.id) === msg, byObject: Msg.get({ id: msg.id.id }), inChat: chat.msgs.get(msg.id) === msg,
               gone: ['chat', 'sender', 'isMedia', 'isGroupMsg'].filter((name) => msg[name] !== undefined) }",
        )
        .await;
    assert_eq!(
        seen,
        json!({
            "from": lid, "to": "5511900000001@c.us", "body": "oi", "notifyName": "Ana S", "title": "+55 11 98888-7777",
            "byText": true, "byKey": true, "inChat": true, "gone": [],
        })
    );
    rig.forget().await;
    rig.inbound(json!({"from": ANA, "body": "de novo"})).await;
    let lines = rig.recorded(&["Chat change:t "]).await;
    assert_eq!(
        lines,
        [
            format!("Msg add false_{lid}_#4 chat true 1"),
            format!("Chat change:lastReceivedKey false_{lid}_#4 <- false_{lid}_#3"),
            "Chat change:unreadCount 2 <- 1".to_owned(),
            format!("Cmd alert_new_msg false_{lid}_#4"),
        ]
    );
}

#[tokio::test]
async fn a_page_addressed_by_number_keeps_the_chat_under_the_number() {
    let rig = Rig::linked("pn").await;
    rig.inbound(json!({"from": ANA, "body": "oi"})).await;
    let seen = rig
        .run(
            "const msg = lastReal(); const chat = Chat.get(msg.id.remote);
             return [String(msg.id.remote), String(msg.from), String(chat.accountLid), Chat.getLatestChatForWid(chat.accountLid) === chat]",
        )
        .await;
    assert_eq!(seen, json!([format!("{ANA}@c.us"), format!("{ANA}@c.us"), rig.lid(ANA).await, true]));
}

#[tokio::test]
async fn the_chat_holds_a_message_before_the_collection_of_all_tells() {
    let rig = Rig::linked("pn").await;
    let seen = "
      window.seen = [];
      Msg.on('add', (msg, collection, options) => {
        if (real(msg)) window.seen.push([Chat.get(msg.id.remote).msgs.get(msg.id) === msg, collection === Msg, Object.keys(options).filter((k) => ['add', 'remove', 'merge'].includes(k)).join()]);
      });
      Chat.on('add', (chat) => chat.msgs.on('bulk_add', (list) => window.seen.push(['bulk', list.length])));";
    rig.run(seen).await;
    rig.inbound(json!({"from": ANA, "body": "a"})).await;
    rig.run("window.seen.length = 0").await;
    rig.inbound(json!({"from": ANA, "body": "b"})).await;
    assert_eq!(rig.run("return window.seen").await, json!([[true, true, "add,remove,merge"], ["bulk", 1]]));
}

#[tokio::test]
async fn a_message_delivered_again_is_dropped_in_silence() {
    let mut rig = Rig::linked("pn").await;
    let sent = rig.inbound(json!({"from": ANA, "body": "once"})).await;
    rig.forget().await;
    rig.inbound(json!({"from": ANA, "body": "once", "id": sent[0]["id"], "repeat": 3})).await;
    assert!(rig.recorded(&[]).await.is_empty());
}

#[tokio::test]
async fn an_unreadable_message_becomes_readable_in_place() {
    let mut rig = Rig::linked("pn").await;
    rig.inbound(json!({"from": ANA, "body": "first"})).await;
    rig.forget().await;
    rig.inbound(json!({"from": ANA, "type": "ciphertext", "body": "secret", "resolve_after_ms": 30})).await;
    let resolved = "Msg change:type chat <- ciphertext";
    rig.page.wait_line(resolved).await;
    let lines = rig.recorded(&["Chat"]).await;
    let key = format!("false_{ANA}@c.us_#4");
    assert_eq!(
        lines,
        [
            format!("Msg add {key} ciphertext true 1"),
            "Msg change:body secret <- undefined".to_owned(),
            format!("Cmd alert_new_msg {key}"),
            resolved.to_owned(),
        ]
    );
    assert_eq!(rig.run(&format!("return Chat.get('{ANA}@c.us').unreadCount")).await, 2, "it counted when it came");
}

#[tokio::test]
async fn an_edit_changes_the_same_message_and_takes_its_ack_away() {
    let mut rig = Rig::linked("pn").await;
    let sent = rig.inbound(json!({"from": ANA, "body": "typo"})).await;
    rig.forget().await;
    rig.call("POST", "/sim/edits", json!({"message": sent[0]["id"], "body": "fixed"})).await;
    rig.page.wait_for("the edit", |line| line.starts_with("Chat change:unreadEditTimestampMs")).await;
    let names: Vec<String> =
        rig.recorded(&[]).await.iter().map(|l| l.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        names,
        [
            "Msg change:latestEditMsgKey",
            "Msg change:latestEditSenderTimestampMs",
            "Msg change:ack",
            "Msg change:body",
            "Chat change:unreadEditTimestampMs",
        ]
    );
    let lines = rig.page.lines();
    assert!(lines.iter().any(|l| l == "Msg change:ack undefined <- 1"));
    assert!(lines.iter().any(|l| l == "Msg change:body fixed <- typo"));
    let key = sent[0]["key"].as_str().expect("a key");
    assert_eq!(rig.run(&format!("return Msg.get('{key}').body")).await, "fixed");
}

#[tokio::test]
async fn a_deletion_rewrites_the_message_under_the_key_of_the_deletion() {
    let mut rig = Rig::linked("pn").await;
    let sent = rig.inbound(json!({"from": ANA, "body": "regret"})).await;
    rig.forget().await;
    rig.call("POST", "/sim/revokes", json!({"message": sent[0]["id"]})).await;
    rig.page.wait_line("Chat change:unreadCount 0 <- 1").await;
    let names: Vec<String> =
        rig.recorded(&[]).await.iter().map(|l| l.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        names,
        [
            "Msg revoked",
            "Msg change:id",
            "Msg change:type",
            "Msg change:subtype",
            "Msg change:revokeSender",
            "Msg change:revokeTimestamp",
            "Msg change:protocolMessageKey",
            "Msg change:body",
            "Msg change:msgKey",
            "Chat change:unreadCount",
        ]
    );
    let key = sent[0]["key"].as_str().expect("a key");
    let seen = rig
        .run(&format!(
            "const msg = lastReal(); const again = (await Msg.getMessagesById([String(msg.id)])).messages[0];
             return [msg.type, msg.subtype, msg.body, String(msg.protocolMessageKey), Msg.get('{key}') === undefined, Msg.get(msg.id) === msg, again === msg]"
        ))
        .await;
    assert_eq!(seen, json!(["revoked", "sender", null, key, true, true, true]));
}

#[tokio::test]
async fn a_reaction_passes_both_roads_and_leaves_no_event_but_the_flag() {
    let mut rig = Rig::linked("pn").await;
    let sent = rig.inbound(json!({"from": ANA, "body": "like this"})).await;
    rig.run(
        "window.taken = [];
         const note = (road) => (entry) => window.taken.push([road, String(entry.reactionParentKey), entry.reactionText, String(entry.from), entry.reactionTimestamp > 1e12]);
         const table = require('WAWebAddonReactionTableMode').reactionTableMode; const bulk = table.bulkUpsert;
         table.bulkUpsert = (rows) => { rows.forEach(note('table')); return bulk(rows); };
         const action = importNamespace('WAWebUpdateReactionMessageUIAction'); const update = action.updateReactionCollection;
         action.updateReactionCollection = (rows, ...rest) => { rows.forEach(note('ui')); return update(rows, ...rest); };",
    )
    .await;
    rig.forget().await;
    rig.call("POST", "/sim/reactions", json!({"from": BOB, "message": sent[0]["id"], "emoji": "❤️"})).await;
    rig.page.wait_line("Msg change:hasReaction true <- false").await;
    rig.call("POST", "/sim/reactions", json!({"from": BOB, "message": sent[0]["id"], "emoji": ""})).await;
    rig.page.wait_line("Msg change:hasReaction false <- true").await;
    assert_eq!(
        rig.recorded(&["Contact"]).await,
        ["Msg change:hasReaction true <- false", "Msg change:hasReaction false <- true"]
    );
    let (key, bob) = (&sent[0]["key"], format!("{BOB}@c.us"));
    assert_eq!(
        rig.run("return window.taken").await,
        json!([
            ["table", key, "❤️", bob, true],
            ["ui", key, "❤️", bob, true],
            ["table", key, "", bob, true],
            ["ui", key, "", bob, true],
        ])
    );
}

#[tokio::test]
async fn typing_shows_on_the_presence_and_ends() {
    let mut rig = Rig::linked("pn").await;
    rig.inbound(json!({"from": ANA, "body": "oi"})).await;
    rig.forget().await;
    for state in ["composing", "recording", "paused"] {
        rig.call("POST", "/sim/typing", json!({"from": ANA, "state": state})).await;
    }
    rig.page.wait_for("the pause", |line| line.contains("change:chatstate.type unavailable")).await;
    assert_eq!(
        rig.recorded(&["Chat", "Presence change:hasData", "Presence change:isSubscribed", "Presence change:stale"])
            .await,
        [
            "Presence change:chatstate.type typing <- undefined",
            "Presence change:chatstate.type recording_audio <- undefined",
            "Presence change:chatstate.type unavailable <- undefined",
        ]
    );
}

#[tokio::test]
async fn a_call_reaches_the_map_without_an_event_and_can_be_refused() {
    let rig = Rig::linked("pn").await;
    rig.run(
        "window.events = []; const calls = require('WAWebCallCollection');
         calls.on('all', (name) => window.events.push(name)); const process = calls.processIncomingCall.bind(calls);
         window.calling = new Promise((resolve) => { calls.processIncomingCall = (...args) => { resolve([args[0], String(args[1]), args[2].isVideo]); return process(...args); }; });",
    )
    .await;
    let call = rig.call("POST", "/sim/calls", json!({"from": ANA, "video": true})).await;
    assert_eq!(rig.run("return window.calling").await, json!([call["id"], format!("{ANA}@c.us"), true]));
    let at = seq(&rig.base).await;
    let id = call["id"].as_str().expect("an id");
    rig.run(&format!(
        "const {{ wap, generateId }} = require('WAWap'); const call = require('WAWebCallCollection').get('{id}');
         const to = call.peerJid.toString({{ legacy: true }});
         await require('WADeprecatedSendIq').deprecatedCastStanza(wap('call', {{ id: generateId(), to }}, [wap('reject', {{ 'call-id': '{id}', 'call-creator': to, count: '0' }})]))"
    ))
    .await;
    assert_eq!(event(&rig.base, at, "call.rejected").await["id"], call["id"]);
    assert_eq!(rig.run("return window.events").await, json!([]));
}

#[tokio::test]
async fn a_burst_arrives_whole_in_order_and_quickly() {
    let rig = Rig::linked("pn").await;
    rig.run("window.bodies = []; Msg.on('add', (msg) => { if (real(msg)) window.bodies.push(msg.body); })").await;
    rig.inbound(json!({"from": ANA, "body": "b-{i}", "count": 2000, "timeout_ms": 30000})).await;
    let seen = rig
        .run(
            "const wrong = window.bodies.findIndex((body, i) => body !== `b-${i}`);
             return [window.bodies.length, wrong, Chat.head().unreadCount, Chat.head().msgs.filter(real).length]",
        )
        .await;
    assert_eq!(seen, json!([2000, -1, 2000, 2000]));
}
