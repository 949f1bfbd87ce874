//! Ways into the page that clients of other people take and ours does not.

use serde_json::{Value, json};

use crate::rig::{ANA, BOB, Rig};

/// The chat with Ana as `chat`.
const CHAT: &str =
    "const { chat } = await require('WAWebFindChatAction').findOrCreateLatestChat(createWid('5511988887777@c.us'), 'createChat');
     const { sendTextMsgToChat } = require('WAWebSendTextMsgChatAction');
     const sent = async (text) => { await sendTextMsgToChat(chat, text, {}); return chat.msgs.last(); };";

impl Rig {
    async fn with_ana(&self, code: &str) -> Value {
        self.run(&format!("{CHAT} {code}")).await
    }
}

#[tokio::test]
async fn a_file_goes_out_through_the_module_that_gathers_the_media_functions() {
    let rig = Rig::linked("lid").await;
    let seen = rig
        .with_ana(
            "const { MediaPrep, prepRawMedia, uploadProductImage } = require('WAWebMedia');
             const data = await require('WAWebMediaOpaqueData').createFromData(new File(['plain'], 'a.txt', { type: 'text/plain' }), 'text/plain');
             const id = new MsgKey({ from: require('WAWebUserPrefsMeUser').getMaybeMeLidUser(), to: chat.id, id: await MsgKey.newId(), selfDir: 'out' });
             const prep = prepRawMedia(data, { asDocument: true });
             const added = new Promise((resolve) => chat.msgs.on('add', resolve));
             // What the caller says of the message does not change what the file is.
             const result = prep.sendToChat({ chat, options: { type: 'chat', caption: 'look', productMsgOptions: { id, type: 'chat', body: 'no' } } });
             const msg = await added;
             return [prep instanceof MediaPrep, typeof uploadProductImage, msg.id === id, msg.type, msg.caption, (await result).messageSendResult];",
        )
        .await;
    assert_eq!(seen, json!([true, "function", true, "document", "look", "OK"]));
    let outbox = rig.call("GET", "/sim/outbox", Value::Null).await;
    let media = &outbox["messages"][0]["media"];
    assert_eq!(
        (&outbox["messages"][0]["type"], &media["filename"], &media["bytes"]),
        (&json!("document"), &json!("a.txt"), &json!(5))
    );
}

#[tokio::test]
async fn stores_of_media_answer_as_a_disk_does() {
    let rig = Rig::linked("pn").await;
    let seen = rig
        .run(
            "const { LruMediaStore } = require('WAWebMediaStore'); const { InMemoryMediaBlobCache } = require('WAWebMediaInMemoryBlobCache');
             const later = LruMediaStore.get('hash') instanceof Promise;
             await LruMediaStore.put('hash', new ArrayBuffer(3));
             const kept = [(await LruMediaStore.get('hash')).byteLength, await LruMediaStore.has('hash'), await LruMediaStore.count()];
             await LruMediaStore.del('hash');
             InMemoryMediaBlobCache.put('hash', new Blob(['abc']));
             return [later, kept, await LruMediaStore.count(), InMemoryMediaBlobCache.get('hash').size, InMemoryMediaBlobCache.getOrCreateURL('hash').startsWith('blob:')];",
        )
        .await;
    assert_eq!(seen, json!([true, [3, true, 1], 0, 3, true]));
}

#[tokio::test]
async fn a_deletion_by_others_passes_the_road_of_all_messages_and_an_own_one_does_not() {
    for addressing in ["pn", "lid"] {
        let mut rig = Rig::linked(addressing).await;
        rig.run(
            "const process = Msg.processMultipleMessages; window.passed = [];
             Msg.processMultipleMessages = function (id, rows, ...rest) {
               for (const row of rows) window.passed.push([row.type, row.subtype ?? null, row.isNewMsg === true, row.protocolMessageKey ? String(row.protocolMessageKey) : null]);
               return process.call(this, id, rows, ...rest);
             };",
        )
        .await;
        let messages = rig.inbound(json!({"from": ANA, "body": "regretted"})).await;
        let key = messages[0]["key"].clone();
        rig.call("POST", "/sim/revokes", json!({"message": messages[0]["id"]})).await;
        rig.page.wait_line("Msg change:type revoked <- chat").await;
        let own = rig
            .with_ana("const msg = await sent('mine'); window.own = window.passed.length; await require('WAWebChatSendMessages').sendRevokeMsgs(chat, { type: 'message', list: [msg] }, true); return msg.type;")
            .await;
        assert_eq!(own, "revoked");
        let seen = rig.run("return [window.passed.filter(([type]) => type === 'protocol'), window.passed.length - window.own, Msg.toArray().filter((msg) => msg.type === 'protocol').length]").await;
        assert_eq!(seen, json!([[["protocol", "sender_revoke", true, key]], 0, 0]), "{addressing}");
    }
}

#[tokio::test]
async fn presences_tell_whether_anything_is_known_of_them() {
    let mut rig = Rig::linked("lid").await;
    rig.inbound(json!({"from": ANA, "body": "oi"})).await;
    let group = rig.call("POST", "/sim/groups", json!({"subject": "G", "participants": [ANA, BOB]})).await;
    let gid = group["group"]["id"].clone();
    rig.page.wait_for("the group", |line| line.starts_with("Chat add") && line.contains("@g.us")).await;
    let known = "const { PresenceCollection } = require('WAWebPresenceCollection'); const chat = Chat.toArray().find((one) => !one.id.isGroup());
                 const one = PresenceCollection.get(chat.id);";
    let before =
        rig.run(&format!("{known} return [one.isUser, one.isGroup, one.hasData, one.isOnline, one.stale]")).await;
    assert_eq!(before, json!([true, false, false, false, true]));
    rig.forget().await;
    rig.call("POST", "/sim/presence", json!({"from": ANA, "online": true})).await;
    rig.page.wait_line("Presence change:stale false <- true").await;
    assert_eq!(
        rig.recorded(&["Chat"]).await,
        [
            "Presence change:isOnline true <- false",
            "Presence change:chatstate.type available <- undefined",
            "Presence change:hasData true <- false",
            "Presence change:isSubscribed true <- false",
            "Presence change:stale false <- true",
        ],
        "the state comes before the word that anything is known"
    );
    rig.call("POST", "/sim/typing", json!({"from": BOB, "chat": gid, "state": "composing"})).await;
    rig.page.wait_for("typing in the group", |line| line.contains("chatstate.type typing")).await;
    let lid = rig.lid(BOB).await;
    let typing = rig
        .run(&format!("const group = require('WAWebPresenceCollection').PresenceCollection.get({gid}); return [group.isGroup, group.chatstates.map(({{ id, type }}) => [String(id), type])]"))
        .await;
    assert_eq!(typing, json!([true, [[lid, "typing"]]]));
}

#[tokio::test]
async fn what_is_in_flight_in_a_chat_answers_a_status() {
    let rig = Rig::linked("pn").await;
    let seen = rig
        .with_ana(
            "await sent('one');
             const archiving = require('WAWebSetArchiveChatAction').setArchive(chat, true, false);
             const same = chat.promises.setArchive.promise === archiving; await archiving;
             const { sendDelete } = require('WAWebDeleteChatAction');
             const done = sendDelete(chat, false); const answer = await chat.promises.sendDelete; await done;
             return [same, chat.archive, chat.promises.setArchive === undefined, answer, chat.promises.sendDelete === undefined, Chat.get(chat.id) === undefined];",
        )
        .await;
    assert_eq!(seen, json!([true, true, true, {"status": 200}, true, true]));
}

#[tokio::test]
async fn clearing_waits_for_the_time_to_take_it_back() {
    let rig = Rig::linked("pn").await;
    let seen = rig
        .with_ana(
            "await sent('to be cleared'); const { sendClear } = require('WAWebSendClearChatAction');
             const found = sendClear.toString().includes('WAWebStateUtils');
             const clearing = sendClear(chat, false); await Promise.resolve();
             const before = [chat.promises.sendClear === undefined, chat.msgs.length > 0];
             const nothing = await clearing;
             return [found, before, nothing === undefined, chat.msgs.length];",
        )
        .await;
    assert_eq!(seen, json!([true, [true, true], true, 0]));
}

#[tokio::test]
async fn blocking_goes_by_the_chat_of_just_this_address() {
    let block = "const { blockContact, unblockContact } = require('WAWebBlockContactAction'); const { BlocklistCollection } = require('WAWebBlocklistCollection');
                 const ana = Contact.gadd(createWid('5511988887777@c.us'));";
    let rig = Rig::linked("pn").await;
    let seen = rig
        .with_ana(&format!(
            "{block} await blockContact({{ contact: ana }});
             const on = [BlocklistCollection.map(({{ id }}) => String(id)), ana.isContactBlocked, Contact.get(chat.accountLid).isContactBlocked];
             await unblockContact(ana); return [on, BlocklistCollection.length, ana.isContactBlocked];"
        ))
        .await;
    let lid = rig.lid(ANA).await;
    assert_eq!(seen, json!([[[lid], true, true], 0, false]), "the list holds LIDs");
    let rig = Rig::linked("lid").await;
    let seen = rig
        .with_ana(&format!("{block} return blockContact({{ contact: ana }}).catch((text) => [typeof text, text])"))
        .await;
    assert_eq!(seen, json!(["string", "[blocklist] trying to block a pn contact without a chat"]));
}

#[tokio::test]
async fn reactions_and_pins_are_found_by_their_message() {
    let rig = Rig::linked("pn").await;
    let seen = rig
        .with_ana(
            "const msg = await sent('about this'); await require('WAWebSendReactionMsgAction').sendReactionToMsg(msg, '👍');
             const { reactions, reactionByMe } = await require('WAWebDBGetReactions').getReactions(String(msg.id));
             const { PinInChatCollection } = require('WAWebPinInChatCollection'); const { PIN_STATE } = require('WAWebPinMsgConstants');
             const { sendPinInChatMsg } = require('WAWebSendPinMessageAction');
             await sendPinInChatMsg(msg, PIN_STATE.PIN); const pin = PinInChatCollection.getByParentMsgKey(msg.id);
             await sendPinInChatMsg(msg, PIN_STATE.UNPIN);
             return [
               reactions.map(({ aggregateEmoji, hasReactionByMe, senders }) => [aggregateEmoji, hasReactionByMe, senders.length]), typeof reactionByMe.msgKey,
               pin.pinType, pin.pinExpiryDuration, PinInChatCollection.getByParentMsgKey(msg.id) === undefined,
             ];",
        )
        .await;
    assert_eq!(seen, json!([[["👍", true, 1]], "string", 1, 604800, true]));
}

#[tokio::test]
async fn a_contact_is_saved_by_number_whatever_is_said_of_its_lid() {
    let rig = Rig::linked("pn").await;
    let seen = rig
        .run(
            "await require('WAWebSaveContactAction').saveContactAction({ phoneNumber: '5511977776666', prevPhoneNumber: null, lid: '123', username: null, firstName: 'Roberto', lastName: 'Lima', syncToAddressbook: true });
             const lid = require('WAWebApiContact').getCurrentLid(createWid('5511977776666@c.us'));
             return [Contact.get('5511977776666@c.us').name, String(lid)];",
        )
        .await;
    assert_eq!(seen, json!(["Roberto Lima", rig.lid(BOB).await]));
}

#[tokio::test]
async fn admins_of_a_group_may_change_how_long_messages_live() {
    let rig = Rig::linked("pn").await;
    let group = rig.call("POST", "/sim/groups", json!({"subject": "G", "participants": [ANA]})).await;
    let gid = &group["group"]["id"];
    let may = rig.until(&format!("require('WAWebCollections').Chat.get({gid})?.groupMetadata.participants.length && [require('WAWebCollections').Chat.get({gid}).groupMetadata.canSetEphemeralSetting()]")).await;
    assert_eq!(may, json!([true]));
}

#[tokio::test]
async fn a_picture_becomes_a_sticker_and_a_link_is_found() {
    let rig = Rig::linked("pn").await;
    let seen = rig
        .run(
            "const canvas = document.createElement('canvas'); canvas.width = 4; canvas.height = 2;
             const picture = await new Promise((resolve) => canvas.toBlob(resolve));
             const sticker = await require('WAWebImageUtils').toWebpSticker(picture); const { width, height } = await createImageBitmap(sticker);
             const { findFirstWebLink } = require('useWAWebLinkPreview'); const { getDeviceIds } = require('WAWebApiDeviceList');
             const me = require('WAWebUserPrefsMeUser').getMaybeMePnUser();
             return [sticker.type, width, height, findFirstWebLink('see https://example.org/a and https://example.net').domain, findFirstWebLink('nothing') === undefined,
               (await getDeviceIds([me, createWid('5511900000000@c.us')])).map((known) => known && known.devices.length)];",
        )
        .await;
    assert_eq!(seen, json!(["image/webp", 512, 512, "example.org", true, [2, null]]));
}
