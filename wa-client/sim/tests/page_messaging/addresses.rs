//! Wids, message keys, chats by phone number and by LID, existence queries.

use serde_json::{Value, json};

use crate::rig::{ANA, BOB, Rig};

const KEYS: &str = r"
  const { getMaybeMePnUser, getMaybeMeLidUser } = require('WAWebUserPrefsMeUser');
  const to = createWid('5511988887777@c.us');
  const own = new MsgKey({ from: getMaybeMePnUser(), to, id: 'ABC', selfDir: 'out' });
  const inGroup = new MsgKey({ from: getMaybeMeLidUser(), to: createWid('120363000000000001@g.us'), id: 'ABC', participant: getMaybeMeLidUser(), selfDir: 'out' });
  const self = new MsgKey({ from: getMaybeMePnUser(), to: getMaybeMePnUser(), id: 'ABC', selfDir: 'out' });
  const failure = (make) => { try { make(); return null; } catch (error) { return `${error.name}: ${error.message}`; } };
  const lid = getMaybeMeLidUser().toString();
";

#[tokio::test]
async fn keys_convert_to_text_and_refuse_what_the_page_refuses() {
    let rig = Rig::linked("pn").await;
    let seen = rig
        .run(&format!(
            "{KEYS} return {{
                own: String(own), inGroup: inGroup.toString() === `true_120363000000000001@g.us_ABC_${{lid}}`, self: String(self),
                serialized: own._serialized === undefined, parsed: MsgKey.fromString(String(inGroup)).equals(inGroup),
                droppedDirection: String(MsgKey.fromString('true_5511988887777@c.us_ABC_out')),
                id: /^3EB0[0-9A-F]{{18}}$/.test(await MsgKey.newId()),
                texts: failure(() => new MsgKey({{ from: 'a@c.us', to: 'b@c.us', id: 'ABC' }})),
                empty: failure(() => new MsgKey({{}})),
                both: failure(() => new MsgKey({{ from: to, to, fromMe: true, remote: to, id: 'ABC' }})),
                nonsense: failure(() => MsgKey.fromString('nonsense')).startsWith('TypeError'),
            }}"
        ))
        .await;
    assert_eq!(
        seen,
        json!({
            "own": "true_5511988887777@c.us_ABC", "inGroup": true, "self": "true_5511900000001@c.us_ABC_out",
            "serialized": true, "parsed": true, "droppedDirection": "true_5511988887777@c.us_ABC", "id": true,
            "texts": "Error: MsgKey error: something is not a wid",
            "empty": "Error: MsgKey error: don't have a matching constructor",
            "both": "Error: MsgKey error: unclear which constructor to use", "nonsense": true,
        })
    );
}

#[tokio::test]
async fn the_older_key_shape_has_its_text_as_a_member() {
    let rig = Rig::with_config(json!({"key_shape": "serialized"})).await;
    let seen =
        rig.run(&format!("{KEYS} return [own._serialized, String(own), Object.hasOwn(own, '_serialized')]")).await;
    assert_eq!(seen, json!(["true_5511988887777@c.us_ABC", "true_5511988887777@c.us_ABC", true]));
}

#[tokio::test]
async fn wids_are_one_object_a_text_and_refuse_what_is_no_address() {
    let rig = Rig::linked("pn").await;
    let seen = rig
        .run(
            "const { asUserWidOrThrow } = require('WAWebWidFactory');
             const failure = (make) => { try { make(); return null; } catch (error) { return `${error.name}: ${error.message}`; } };
             const invalid = ['5511988887777', '+5511988887777@c.us', '', 'abc@c.us', '1@c.us', '0123456@c.us', '5511988887777@nowhere', '10000@c.us'];
             return {
               rewritten: String(createWid('5511988887777@s.whatsapp.net')),
               same: createWid('5511988887777@s.whatsapp.net') === createWid('5511988887777@c.us'),
               device: [String(createWid('5511988887777:0@c.us')), String(createWid('5511988887777:5@c.us'))],
               json: JSON.stringify({ wid: createWid('1234567@lid') }), member: createWid('1234567@lid')._serialized,
               jid: createWid('5511988887777@c.us').toJid(), log: createWid('5511988887777@c.us').toLogString(),
               kinds: ['0@c.us', '1234567@lid', '120363000000000001@g.us', '120363000000000001@newsletter', 'status@broadcast']
                 .map((text) => createWid(text)).map((wid) => [wid.isUser(), wid.isLid(), wid.isGroup(), wid.isNewsletter(), wid.isStatus()].map(Number).join('')),
               invalid: invalid.map((text) => failure(() => createWid(text))),
               notText: failure(() => createWid(5511988887777)),
               group: failure(() => asUserWidOrThrow(createWid('120363000000000001@g.us'))),
             };",
        )
        .await;
    let invalid: Vec<Value> = std::iter::repeat_n(json!("InvalidWidError: wid error: invalid wid"), 8).collect();
    assert_eq!(
        seen,
        json!({
            "rewritten": "5511988887777@c.us", "same": true, "device": ["5511988887777@c.us", "5511988887777:5@c.us"],
            "json": r#"{"wid":"1234567@lid"}"#, "member": "1234567@lid", "jid": "5511988887777@s.whatsapp.net",
            "log": "7777@c.us", "kinds": ["10000", "11000", "00100", "00010", "00001"], "invalid": invalid,
            "notText": "InvalidWidError: createWid: expected string, got number",
            "group": "Error: asUserWidOrThrow: wid is not a user wid",
        })
    );
}

#[tokio::test]
async fn existence_is_answered_in_the_addressing_of_the_page_and_teaches_the_mapping() {
    for addressing in ["pn", "lid"] {
        let rig = Rig::linked(addressing).await;
        let seen = rig
            .run(
                "const { queryWidExists, queryPhoneExists } = require('WAWebQueryExistsJob');
                 const { getCurrentLid, getPhoneNumber } = require('WAWebApiContact');
                 const pn = createWid('5511988887777@c.us');
                 const before = getCurrentLid(pn);
                 const found = await queryWidExists(pn);
                 const lid = getCurrentLid(pn);
                 return {
                   before: before === undefined, wid: String(found.wid), biz: found.biz, username: found.isUsernameSearch,
                   lid: String(lid), back: String(getPhoneNumber(lid)), byLid: String((await queryWidExists(lid)).wid),
                   plus: String((await queryPhoneExists('+5511988887777')).wid), nobody: await queryPhoneExists('+5511900009999'),
                 };",
            )
            .await;
        let lid = rig.lid(ANA).await;
        let wid = if addressing == "lid" { lid.clone() } else { format!("{ANA}@c.us") };
        assert_eq!(
            seen,
            json!({
                "before": true, "wid": wid, "biz": false, "username": false, "lid": lid, "back": format!("{ANA}@c.us"),
                "byLid": wid, "plus": wid, "nobody": null,
            })
        );
    }
}

#[tokio::test]
async fn a_refused_existence_query_rejects_with_its_status() {
    let rig = Rig::linked("pn").await;
    rig.call("POST", "/sim/faults", json!({"kind": "query_error", "status": 429, "text": "rate-overlimit"})).await;
    let seen = rig
        .run(
            "try { await require('WAWebQueryExistsJob').queryPhoneExists('+5511988887777'); return 'answered'; }
             catch ({ name, status, statusCode, message }) { return { name, status, statusCode, message }; }",
        )
        .await;
    assert_eq!(
        seen,
        json!({"name": "ServerStatusCodeError", "status": 429, "statusCode": 429, "message": "rate-overlimit"})
    );
}

#[tokio::test]
async fn a_chat_is_found_under_either_address_and_made_once() {
    let mut rig = Rig::linked("lid").await;
    let seen = rig
        .run(
            "const { findOrCreateLatestChat, findExistingChat } = require('WAWebFindChatAction');
             const pn = createWid('5511977776666@c.us');
             const [first, second] = [await findOrCreateLatestChat(pn, 'createChat'), await findOrCreateLatestChat(pn, 'createChat')];
             const failure = async (promise) => { try { await promise; return null; } catch (error) { return `${error.name}: ${error.message}`; } };
             const nobody = createWid('5511900009999@c.us');
             return {
               id: String(first.chat.id), created: [first.created, second.created], same: first.chat === second.chat,
               title: first.chat.formattedTitle, byNumber: Chat.get(String(pn)) === undefined, latest: Chat.getLatestChatForWid(pn) === first.chat,
               byLid: Chat.getChatByAccountLid(first.chat.id) === first.chat, find: (await Chat.find(first.chat.id)) === first.chat,
               noLookUp: await failure(Chat.find(nobody)), nobody: await failure(findOrCreateLatestChat(nobody, 'createChat')),
               nobodyEither: await failure(findExistingChat(nobody, 'createChat')),
             };",
        )
        .await;
    let lid = rig.lid(BOB).await;
    assert_eq!(
        seen,
        json!({
            "id": lid, "created": [true, false], "same": true, "title": "Bob Lima", "byNumber": true, "latest": true,
            "byLid": true, "find": true, "noLookUp": "TypeError: this.findImpl is not a function",
            "nobody": "Error: No LID for user", "nobodyEither": "Error: No LID for user",
        })
    );
    let lines = rig.recorded(&["Presence", "Contact"]).await;
    assert_eq!(
        lines,
        [
            format!("Chat add {lid} undefined undefined undefined"),
            format!("Msg add false_{lid}_#1 e2e_notification true undefined"),
        ]
    );
}
