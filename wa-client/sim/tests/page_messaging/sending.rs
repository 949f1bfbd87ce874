//! Sending text, its acks and refusals, and what is done to own messages.

use serde_json::{Value, json};

use crate::rig::{ANA, BOB, Rig};
use crate::support::control::{event, seq};

/// The chat with Ana as `chat`.
const CHAT: &str =
    "const { chat } = await require('WAWebFindChatAction').findOrCreateLatestChat(createWid('5511988887777@c.us'), 'createChat');
     const { sendTextMsgToChat, createTextMsgData, addAndSendTextMsg } = require('WAWebSendTextMsgChatAction');
     const { addAndSendMsgToChat } = require('WAWebSendMsgChatAction');";

impl Rig {
    async fn in_chat(&self, code: &str) -> Value {
        self.run(&format!("{CHAT} {code}")).await
    }

    async fn outbox(&self) -> Vec<Value> {
        self.call("GET", "/sim/outbox", Value::Null).await["messages"].as_array().expect("messages").clone()
    }
}

#[tokio::test]
async fn a_text_is_in_the_chat_before_the_server_has_it_and_climbs_its_acks() {
    let mut rig = Rig::linked("lid").await;
    rig.in_chat("return chat.formattedTitle").await;
    rig.forget().await;
    let result = rig.in_chat("return sendTextMsgToChat(chat, '  olá  ', {})").await;
    rig.page.wait_line("Msg change:ack 3 <- 2").await;
    let lid = rig.lid(ANA).await;
    assert_eq!(
        rig.recorded(&["Chat change:t", "Chat change:createdLocally"]).await,
        [
            format!("Msg add true_{lid}_#2 chat true 0"),
            "Msg new_msg_sent".to_owned(),
            "Msg change:ack 1 <- 0".to_owned(),
            format!("Chat change:lastReceivedKey true_{lid}_#2 <- undefined"),
            "Msg change:ack 2 <- 1".to_owned(),
            "Msg change:ack 3 <- 2".to_owned(),
        ]
    );
    let outbox = rig.outbox().await;
    assert_eq!((outbox.len(), &outbox[0]["body"], &outbox[0]["to"]), (1, &json!("olá"), &json!(lid)));
    assert_eq!(
        (&result["messageSendResult"], &result["count"], result["t"].is_u64()),
        (&json!("OK"), &Value::Null, true)
    );
    let seen = rig.in_chat("const msg = lastReal(); return [msg.body, msg.isNewMsg, msg.local, String(msg.from) === String(require('WAWebUserPrefsMeUser').getMaybeMeLidUser())]").await;
    assert_eq!(seen, json!(["olá", true, true, true]), "trimmed; from the own LID in a LID chat");
}

#[tokio::test]
async fn message_data_hold_the_final_id_and_blank_text_is_not_sent() {
    let rig = Rig::linked("pn").await;
    let seen = rig
        .in_chat(
            "const data = await createTextMsgData(chat, 'later', {}); const id = String(data.id);
             const unsent = Msg.get(id) === undefined; const { messageSendResult } = await addAndSendTextMsg(chat, data);
             return [unsent, String(lastReal().id) === id, messageSendResult, await createTextMsgData(chat, ' \\n ', {}), (await sendTextMsgToChat(chat, '   ', {})) === undefined]",
        )
        .await;
    assert_eq!(seen, json!([true, true, "OK", null, true]));
    assert_eq!(rig.outbox().await.len(), 1);
}

#[tokio::test]
async fn the_pair_of_promises_gives_the_model_first_and_keeps_the_order_of_the_chat() {
    let rig = Rig::linked("pn").await;
    let seen = rig
        .in_chat(
            "const pairs = [];
             for (let i = 0; i < 5; i += 1) pairs.push(addAndSendMsgToChat(chat, createTextMsgData(chat, `m-${i}`, {})));
             const isPair = pairs.every((pair) => Array.isArray(pair) && pair.length === 2);
             const models = await Promise.all(pairs.map(([added]) => added));
             const results = await Promise.all(pairs.map(([, sent]) => sent));
             return [isPair, models.map((msg) => msg.body), results.map((result) => result.messageSendResult)]",
        )
        .await;
    let bodies = json!(["m-0", "m-1", "m-2", "m-3", "m-4"]);
    assert_eq!(seen, json!([true, bodies, ["OK", "OK", "OK", "OK", "OK"]]));
    let sent: Vec<Value> = rig.outbox().await.iter().map(|m| m["body"].clone()).collect();
    assert_eq!(json!(sent), bodies);
}

#[tokio::test]
async fn acks_never_fall_and_a_second_one_is_no_event() {
    let mut rig = Rig::linked("pn").await;
    for (order, levels) in [("reverse", "3"), ("twice", "1,2,3")] {
        rig.call("PUT", "/sim/acks", json!({"server_ms": 0, "delivered_ms": 30, "read_ms": 60, "order": order})).await;
        rig.forget().await;
        rig.in_chat("await addAndSendMsgToChat(chat, createTextMsgData(chat, 'acks', {}))[1]").await;
        rig.page.wait_for("read", |line| line.starts_with("Msg change:ack 3 <-")).await;
        let id = rig.outbox().await.last().expect("sent")["id"].clone();
        rig.call("POST", "/sim/acks", json!({"message": id, "level": 2})).await;
        // A message from the other side comes after the ack.
        rig.inbound(json!({"from": BOB, "body": "after"})).await;
        let lines = rig.recorded(&[]).await;
        let seen: Vec<&str> = lines.iter().filter_map(|l| l.strip_prefix("Msg change:ack ")).map(|l| &l[..1]).collect();
        let expected = if order == "reverse" { seen.join(",") } else { levels.to_owned() };
        assert_eq!(seen.join(","), expected);
        assert!(seen.is_sorted() && seen.last() == Some(&"3"), "{seen:?}");
    }
}

#[tokio::test]
async fn a_refusal_resolves_and_marks_the_message_failed() {
    let mut rig = Rig::linked("pn").await;
    rig.call("PUT", "/sim/acks", json!({"error": 463})).await;
    let seen = rig
        .in_chat(
            "const result = await sendTextMsgToChat(chat, 'refused', {}); const msg = lastReal();
             return { result, ack: msg.ack, failed: msg.isSendFailure, inChat: chat.msgs.get(msg.id) === msg }",
        )
        .await;
    assert_eq!(
        seen,
        json!({"result": {"messageSendResult": "ERROR_UNKNOWN", "ackErrorCode": 463}, "ack": -1, "failed": true, "inChat": true})
    );
    rig.page.wait_line("Msg change:ack -1 <- 0").await;
    rig.call("PUT", "/sim/acks", json!({"server_ms": 0})).await;
    let again = rig.in_chat("const msg = lastReal(); const result = await require('WAWebResendMsgAction').resendMsg(msg); return [result, msg.isSendFailure]").await;
    assert_eq!(again, json!(["OK", false]));
}

#[tokio::test]
async fn a_blocked_contact_rejects_although_the_message_is_in_the_chat() {
    let rig = Rig::linked("pn").await;
    let seen = rig
        .in_chat(
            "await require('WAWebBlockContactAction').blockContact({ contact: chat.contact });
             const blocked = chat.contact.isContactBlocked;
             const failure = await sendTextMsgToChat(chat, 'no', {}).catch(({ name, message }) => [name, message]);
             await require('WAWebBlockContactAction').unblockContact(chat.contact);
             return [blocked, failure, lastReal().body, lastReal().ack, chat.contact.isContactBlocked]",
        )
        .await;
    assert_eq!(seen, json!([true, ["ContactBlocked", "Contact is blocked"], "no", 0, false]));
    assert!(rig.outbox().await.is_empty());
}

#[tokio::test]
async fn what_is_sent_without_a_connection_waits_and_leaves_once_with_its_id() {
    let mut rig = Rig::linked("pn").await;
    rig.in_chat("return chat.formattedTitle").await;
    rig.call("PUT", "/sim/network", json!({"state": "offline"})).await;
    rig.page.wait_line("stream DISCONNECTED").await;
    let ids = rig
        .in_chat(
            "const pairs = [0, 1, 2].map((i) => addAndSendMsgToChat(chat, createTextMsgData(chat, `off-${i}`, {})));
             window.results = Promise.all(pairs.map(([, sent]) => sent)); window.settled = false; window.results.then(() => { window.settled = true; });
             return (await Promise.all(pairs.map(([added]) => added))).map((msg) => [msg.id.id, msg.ack])",
        )
        .await;
    assert!(ids.as_array().expect("three").iter().all(|m| m[1] == 0));
    assert_eq!(rig.run("return window.settled").await, false);
    rig.call("PUT", "/sim/network", json!({"state": "online"})).await;
    let results = rig.run("return (await window.results).map((result) => result.messageSendResult)").await;
    assert_eq!(results, json!(["OK", "OK", "OK"]));
    let sent: Vec<Value> = rig.outbox().await.iter().map(|m| json!([m["id"], m["times"]])).collect();
    let wanted: Vec<Value> = ids.as_array().expect("three").iter().map(|m| json!([m[0], 1])).collect();
    assert_eq!(sent, wanted);
}

#[tokio::test]
async fn a_reply_carries_the_quote_and_the_place_it_comes_from() {
    let rig = Rig::linked("pn").await;
    rig.inbound(json!({"from": ANA, "body": "question"})).await;
    let seen = rig
        .in_chat(
            "const quotedMsg = lastReal(); const context = quotedMsg.msgContextInfo(chat.id);
             const elsewhere = quotedMsg.msgContextInfo(createWid('120363000000000001@g.us')).quotedRemoteJid;
             await sendTextMsgToChat(chat, 'answer', { quotedMsg });
             const reply = lastReal(); const { getQuotedMsgObj } = require('WAWebQuotedMsgModelUtils');
             return { body: context.quotedMsg.body, hidden: ['ack', 'id', 'from'].filter((name) => name in context.quotedMsg), id: context.quotedStanzaID === quotedMsg.id.id,
               who: String(context.quotedParticipant), place: context.quotedRemoteJid, elsewhere: String(elsewhere), object: getQuotedMsgObj(reply) === quotedMsg,
               can: require('WAWebMsgReply').canReplyMsg(quotedMsg) }",
        )
        .await;
    assert_eq!(
        seen,
        json!({
            "body": "question", "hidden": [], "id": true, "who": format!("{ANA}@c.us"), "place": null,
            "elsewhere": format!("{ANA}@c.us"), "object": true, "can": true,
        })
    );
    let outbox = rig.outbox().await;
    assert!(outbox[0]["quoted"].is_string(), "the server learns what is quoted");
}

#[tokio::test]
async fn own_messages_are_edited_and_deleted_for_everyone() {
    let mut rig = Rig::linked("pn").await;
    rig.in_chat("await sendTextMsgToChat(chat, 'before', {})").await;
    rig.forget().await;
    let at = seq(&rig.base).await;
    let seen = rig
        .in_chat("const msg = lastReal(); const answer = await require('WAWebSendMessageEditAction').sendMessageEdit(msg, 'after', {}); return [answer === undefined, msg.body, require('WAWebMsgGetters').getIsEdited(msg)]")
        .await;
    assert_eq!(seen, json!([true, "after", true]));
    assert_eq!(event(&rig.base, at, "edit.received").await["body"], "after");
    let seen = rig
        .in_chat(
            "const msg = lastReal(); const old = String(msg.id); const { sendRevokeMsgs } = require('WAWebChatSendMessages');
             const first = sendRevokeMsgs(chat, { type: 'message', list: [msg] }, { clearMedia: true });
             const second = sendRevokeMsgs(chat, { type: 'message', list: [] }, { clearMedia: true });
             const [result] = await first;
             return { same: first === second, result, type: msg.type, subtype: msg.subtype, old: String(msg.protocolMessageKey) === old, gone: Msg.get(old) === undefined, id: String(msg.id) !== old }",
        )
        .await;
    assert_eq!(
        seen,
        json!({"same": true, "result": {"messageSendResult": "OK"}, "type": "revoked", "subtype": "sender", "old": true, "gone": true, "id": true})
    );
    event(&rig.base, at, "revoke.received").await;
    assert_eq!(rig.outbox().await[0]["revoked"], true);
}

#[tokio::test]
async fn a_reaction_is_sent_and_found_again() {
    let rig = Rig::linked("pn").await;
    rig.inbound(json!({"from": ANA, "body": "nice"})).await;
    let at = seq(&rig.base).await;
    let seen = rig
        .in_chat(
            "const msg = lastReal(); const answer = await require('WAWebSendReactionMsgAction').sendReactionToMsg(msg, '👍');
             const { reactions, reactionByMe } = await require('WAWebReactionsCollection').ReactionsCollection.find(msg.id);
             return [answer === undefined, msg.hasReaction, reactionByMe.reactionText, reactions.map((group) => [group.aggregateEmoji, group.hasReactionByMe, group.senders.length])]",
        )
        .await;
    assert_eq!(seen, json!([true, true, "👍", [["👍", true, 1]]]));
    assert_eq!(event(&rig.base, at, "reaction.received").await["emoji"], "👍");
}

#[tokio::test]
async fn reading_waits_for_an_available_window_unless_told_not_to() {
    let rig = Rig::linked("pn").await;
    rig.inbound(json!({"from": ANA, "body": "read me"})).await;
    let at = seq(&rig.base).await;
    let seen = rig
        .in_chat(
            "const { sendSeen } = require('WAWebUpdateUnreadChatAction'); const { Stream } = require('WAWebStreamModel');
             Stream.markUnavailable(); await sendSeen({ chat }); const waiting = chat.unreadCount;
             Stream.markAvailable(); return [waiting, chat.unreadCount]",
        )
        .await;
    assert_eq!(seen, json!([1, 0]));
    assert_eq!(event(&rig.base, at, "seen.received").await["count"], 1);
    rig.inbound(json!({"from": ANA, "body": "and me"})).await;
    let seen = rig
        .in_chat(
            "require('WAWebStreamModel').Stream.markUnavailable();
             await require('WAWebUpdateUnreadChatAction').sendSeen({ chat, afterAvailable: false }); return chat.unreadCount",
        )
        .await;
    assert_eq!(seen, 0);
}

#[tokio::test]
async fn an_image_is_prepared_uploaded_and_sent() {
    let rig = Rig::linked("pn").await;
    let seen = rig
        .in_chat(
            "const canvas = document.createElement('canvas'); canvas.width = 3000; canvas.height = 2000; canvas.getContext('2d').fillRect(0, 0, 900, 900);
             const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
             const data = await require('WAWebMediaOpaqueData').createFromData(new File([blob], 'big.png', { type: 'image/png' }), 'image/png');
             const prep = require('WAWebPrepRawMedia').prepRawMedia(data, {}); await prep.waitForPrep();
             const { messageSendResult, msg } = await prep.sendToChat({ chat, options: { caption: 'big' } });
             const bad = require('WAWebPrepRawMedia').prepRawMedia(await require('WAWebMediaOpaqueData').createFromData(new Blob(['no picture'], { type: 'image/png' }), 'image/png'), {});
             const failure = await bad.waitForPrep().catch(({ name }) => name);
             return { messageSendResult, type: msg.type, mimetype: msg.mimetype, width: msg.width, height: msg.height, caption: msg.caption, thumbnail: msg.body.startsWith('/9j/'),
               secret: msg.messageSecret.length, key: typeof msg.mediaKey, stage: msg.mediaData.mediaStage, failure, badResult: (await bad.sendToChat({ chat, options: {} })).messageSendResult }",
        )
        .await;
    assert_eq!(
        seen,
        json!({
            "messageSendResult": "OK", "type": "image", "mimetype": "image/jpeg", "width": 1600, "height": 1067, "caption": "big",
            "thumbnail": true, "secret": 32, "key": "string", "stage": "RESOLVED", "failure": "InvalidImageFileType",
            "badResult": "ERROR_UNKNOWN",
        })
    );
    let outbox = rig.outbox().await;
    assert_eq!((&outbox[0]["type"], &outbox[0]["media"]["caption"]), (&json!("image"), &json!("big")));
}

#[tokio::test]
async fn a_group_made_by_the_page_says_who_could_not_be_added() {
    let rig = Rig::linked("lid").await;
    let seen = rig
        .run(
            "const participants = ['5511988887777', '5511900009999'].map((user) => ({ phoneNumber: createWid(`${user}@c.us`) }));
             const args = { title: 'Plans', announce: true, restrict: true, memberAddMode: true, membershipApprovalMode: false, ephemeralDuration: 0 };
             const appeared = new Promise((resolve) => Chat.once('add', resolve));
             const made = await require('WAWebGroupCreateJob').createGroup(args, participants);
             const chat = await appeared; const jobs = require('WAWebGroupModifyParticipantsJob');
             const refused = await jobs.addGroupParticipants(made.wid, [{ phoneNumber: createWid('5511988887777@c.us') }]);
             const added = await jobs.addGroupParticipants(made.wid, [{ phoneNumber: createWid('5511977776666@c.us') }]);
             return { subject: made.subject, results: made.participants.map(({ error }) => error), chat: String(chat.id) === String(made.wid), title: chat.formattedTitle,
               refused: refused.participants[0].code, added: added.participants[0].code, size: chat.groupMetadata.participants.length,
               lid: chat.groupMetadata.participants.every(({ id }) => id.isLid()), admin: chat.groupMetadata.participants.iAmAdmin(), open: chat.groupMetadata.announce }",
        )
        .await;
    assert_eq!(
        seen,
        json!({
            "subject": "Plans", "results": [null, 404], "chat": true, "title": "Plans", "refused": "409", "added": "200", "size": 3,
            "lid": true, "admin": true, "open": false,
        })
    );
}
