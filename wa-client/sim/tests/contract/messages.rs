//! What other people do: write, react, edit, delete, type, call.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{ANA, BOB, FakePage, OWN, PATIENCE, code, simulator};

#[tokio::test]
async fn a_message_carries_both_address_forms() {
    let (_sim, client) = simulator().await;
    assert_eq!(code(client.text(ANA, "nobody is linked").await), "no_target");
    let mut page = FakePage::linked(&client, None).await;
    let posted = client.messages(json!({"from": ANA, "body": "oi", "notify_name": "Ana"})).await.unwrap();
    let sent = &posted.messages[0];
    assert_eq!((sent.chat.as_str(), sent.n, posted.queued, posted.applied), ("5511988887777@c.us", 0, false, None));
    assert_eq!(sent.key, format!("false_{ANA}@c.us_{}", sent.id));
    let frame = page.expect("message").await["message"].clone();
    assert_eq!((&frame["id"], &frame["key"]), (&json!(sent.id), &json!(sent.key)));
    assert_eq!((&frame["from"], &frame["chat"]), (&json!(format!("{ANA}@c.us")), &json!(format!("{ANA}@c.us"))));
    assert_eq!(frame["from_lid"], frame["chat_lid"]);
    assert_eq!(
        (&frame["to"], &frame["body"], &frame["notify_name"]),
        (&json!(format!("{OWN}@c.us")), &json!("oi"), &json!("Ana"))
    );
    assert_eq!((&frame["t"], &frame["author"], &frame["from_me"]), (&json!(sent.t), &Value::Null, &json!(false)));
}

#[tokio::test]
async fn the_pages_addressing_decides_where_a_chat_lives() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::linked_as(&client, None, OWN, "lid").await;
    let posted = client.text(ANA, "from a lid").await.unwrap();
    let frame = page.expect("message").await["message"].clone();
    assert_eq!(frame["chat"], frame["from_lid"]);
    assert_eq!(frame["key"], posted.messages[0].key);
    assert!(posted.messages[0].chat.ends_with("@lid"));
    let unknown = client.text("4242@lid", "who am I").await.unwrap();
    let frame = page.expect("message").await["message"].clone();
    assert_eq!((&frame["from"], &frame["chat"]), (&Value::Null, &json!("4242@lid")));
    assert_eq!(unknown.messages[0].chat, "4242@lid");
}

#[tokio::test]
async fn a_burst_arrives_whole_and_in_order() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, None).await;
    let burst = json!({"from": ANA, "body": "b-{i}", "count": 2000, "wait": "applied"});
    let posted = page.serve(client.messages(burst)).await.unwrap();
    assert_eq!((posted.messages.len(), posted.applied), (2000, Some(true)));
    for n in 0..2000 {
        assert_eq!(page.expect("message").await["message"]["body"], format!("b-{n}"));
    }
}

#[tokio::test]
async fn a_slow_burst_answers_when_it_is_through() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, None).await;
    let posted = client.messages(json!({"from": ANA, "body": "{i}", "count": 3, "interval_ms": 5})).await.unwrap();
    for n in 0..3 {
        assert_eq!(page.expect("message").await["message"]["id"], posted.messages[n].id);
    }
}

#[tokio::test]
async fn the_same_message_can_come_several_times() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, None).await;
    let posted =
        client.messages(json!({"from": ANA, "body": "once", "repeat": 3, "id": "3AFF", "t": 5})).await.unwrap();
    assert_eq!((posted.messages.len(), posted.messages[0].t), (1, 5));
    for _ in 0..3 {
        assert_eq!(page.expect("message").await["message"]["id"], "3AFF");
    }
}

#[tokio::test]
async fn waiting_for_a_page_that_does_not_answer_runs_out() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, None).await;
    page.silent = true;
    let body = json!({"from": ANA, "body": "x", "wait": "applied", "timeout_ms": 30});
    assert_eq!(code(client.messages(body).await), "timeout");
    assert_eq!(page.expect("message").await["message"]["body"], "x", "the action itself took place");
}

#[tokio::test]
async fn what_is_not_confirmed_comes_again() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, None).await;
    let body = json!({"from": ANA, "body": "confirmed", "wait": "applied"});
    page.serve(client.messages(body)).await.unwrap();
    page.silent = true;
    let lost = client.text(ANA, "lost on the way").await.unwrap();
    client.socket(json!({"close": true})).await.unwrap();
    page.until_closed().await;
    let away = client.messages(json!({"from": ANA, "body": "while-away-{i}", "count": 120})).await.unwrap();
    assert!(away.queued);
    client.edits(&lost.messages[0].id, "edited").await.unwrap();
    assert_eq!(client.state().await.unwrap().devices[0].queued, 122);
    page.silent = false;
    assert_eq!(page.login().await["offline"], 121);
    let mut bodies = Vec::new();
    loop {
        let batch = page.expect("offline_batch").await;
        assert_eq!(batch["total"], 121);
        bodies.extend(batch["messages"].as_array().unwrap().iter().map(|m| m["body"].as_str().unwrap().to_owned()));
        assert_eq!(batch["done"], bodies.len());
        if batch["end"] == true {
            break;
        }
    }
    assert_eq!((bodies[0].as_str(), bodies[1].as_str()), ("lost on the way", "while-away-0"));
    assert_eq!(bodies.len(), 121);
    assert_eq!(page.expect("edit").await["body"], "edited");
    let body = json!({"from": ANA, "body": "last", "wait": "applied"});
    page.serve(client.messages(body)).await.unwrap();
    assert_eq!(page.login().await["offline"], 0);
}

#[tokio::test]
async fn types_have_their_fields() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, None).await;
    let first = client.text(ANA, "first").await.unwrap().messages[0].clone();
    page.expect("message").await;
    for bad in [
        json!({"from": ANA, "type": "song"}),
        json!({"from": ANA, "type": "location"}),
        json!({"from": "nobody"}),
        json!({"from": ANA, "count": 0}),
        json!({"from": ANA, "count": 2, "id": "X"}),
        json!({"from": ANA, "resolve_after_ms": 1}),
        json!({"from": ANA, "type": "image", "media": {"base64": "%"}}),
    ] {
        assert_eq!(code(client.messages(bad.clone()).await), "bad_request", "{bad}");
    }
    assert_eq!(code(client.messages(json!({"from": ANA, "quoted": "3ANONE"})).await), "not_found");
    assert_eq!(code(client.messages(json!({"from": ANA, "chat": "1@g.us"})).await), "not_found");
    client.messages(json!({"from": ANA, "type": "location", "lat": 1.5, "lng": -2.5})).await.unwrap();
    let frame = page.expect("message").await["message"].clone();
    assert_eq!((&frame["type"], &frame["lat"], &frame["lng"]), (&json!("location"), &json!(1.5), &json!(-2.5)));
    client.messages(json!({"from": BOB, "body": "about", "quoted": first.key, "mentions": [ANA]})).await.unwrap();
    let frame = page.expect("message").await["message"].clone();
    assert_eq!((&frame["quoted"]["id"], &frame["quoted"]["body"]), (&json!(first.id), &json!("first")));
    assert_eq!(frame["mentions"], json!([format!("{ANA}@c.us")]));
    let media = json!({"base64": "aGVsbG8=", "mimetype": "image/png", "filename": "a.png", "caption": "dot"});
    client.messages(json!({"from": ANA, "type": "image", "media": media})).await.unwrap();
    let media = page.expect("message").await["message"]["media"].clone();
    assert_eq!((&media["size"], &media["caption"]), (&json!(5), &json!("dot")));
    assert_eq!(media["sha256"], "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
}

#[tokio::test]
async fn a_ciphertext_becomes_readable_later_or_never() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, None).await;
    client.messages(json!({"from": ANA, "type": "ciphertext", "body": "late", "resolve_after_ms": 5})).await.unwrap();
    let frame = page.expect("message").await["message"].clone();
    assert_eq!((&frame["type"], &frame["body"]), (&json!("ciphertext"), &Value::Null));
    let resolved = page.expect("resolve").await;
    assert_eq!((&resolved["id"], &resolved["body"], &resolved["type"]), (&frame["id"], &json!("late"), &json!("chat")));
}

#[tokio::test]
async fn reactions_edits_and_revokes_name_their_message() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, None).await;
    page.text("3EB0AA", &format!("{ANA}@c.us"), "mine").await;
    page.expect("receipt").await;
    let inbound = client.text(ANA, "typo").await.unwrap().messages[0].clone();
    client.reactions(ANA, "3EB0AA", "❤️").await.unwrap();
    let reaction = page.expect("reaction").await;
    assert_eq!((&reaction["id"], &reaction["emoji"]), (&json!("3EB0AA"), &json!("❤️")));
    assert_eq!(
        (&reaction["from"], &reaction["key"]),
        (&json!(format!("{ANA}@c.us")), &json!(format!("true_{ANA}@c.us_3EB0AA")))
    );
    let shown = client.outbox_by_id("3EB0AA").await.unwrap().messages.remove(0);
    assert_eq!(shown.reactions, [json!({"from": format!("{ANA}@c.us"), "emoji": "❤️"})]);
    client.reactions(ANA, "3EB0AA", "").await.unwrap();
    assert_eq!(page.expect("reaction").await["emoji"], "");
    assert!(client.outbox_by_id("3EB0AA").await.unwrap().messages[0].reactions.is_empty());
    client.edits(&inbound.key, "fixed").await.unwrap();
    let edit = page.expect("edit").await;
    assert_eq!((&edit["id"], &edit["body"]), (&json!(inbound.id), &json!("fixed")));
    client.revokes(&inbound.id).await.unwrap();
    let revoke = page.expect("revoke").await;
    assert_eq!(revoke["id"], inbound.id);
    assert_ne!(revoke["revoke_id"], inbound.id);
    assert_eq!(code(client.reactions(ANA, "3ANONE", "x").await), "not_found");
    assert_eq!(code(client.edits("3ANONE", "x").await), "not_found");
    assert_eq!(code(client.revokes("3ANONE").await), "not_found");
    assert_eq!(code(client.edits("3EB0AA", "not theirs").await), "not_found");
    // On the phone anything can be deleted, for oneself.
    client.delete_on_phone("3EB0AA").await.unwrap();
    assert_eq!(page.expect("delete").await["key"], format!("true_{ANA}@c.us_3EB0AA"));
    assert_eq!(code(client.delete_on_phone("3ANONE").await), "not_found");
}

#[tokio::test]
async fn typing_presence_and_calls_reach_the_page() {
    let (_sim, client) = simulator().await;
    assert_eq!(code(client.typing(ANA, "composing", None).await), "no_target");
    assert_eq!(code(client.calls(ANA, false).await), "no_target");
    let mut page = FakePage::linked(&client, None).await;
    client.typing(ANA, "recording", None).await.unwrap();
    let typing = page.expect("typing").await;
    assert_eq!((&typing["state"], &typing["chat"]), (&json!("recording"), &json!(format!("{ANA}@c.us"))));
    assert_eq!(code(client.typing(ANA, "thinking", None).await), "bad_request");
    client.presence(json!({"from": ANA, "online": false, "last_seen": 9})).await.unwrap();
    assert_eq!(page.expect("presence").await["last_seen"], 9);
    let since = client.mark().await.unwrap();
    let id = client.calls(ANA, true).await.unwrap();
    let call = page.expect("call").await;
    assert_eq!((&call["id"], &call["video"], &call["from"]), (&json!(id), &json!(true), &json!(format!("{ANA}@c.us"))));
    page.request("call_reject", json!({"id": id})).await;
    client.wait_event(&["call.rejected"], since, |e| e.text("id") == id, PATIENCE).await.unwrap();
    assert_eq!(code(client.end_call(&id).await), "not_found");
    let id = client.calls(BOB, false).await.unwrap();
    client.end_call(&id).await.unwrap();
    assert_eq!(page.expect("call_end").await["id"], id);
}

#[tokio::test]
async fn the_target_of_a_message_can_be_one_of_several_phones() {
    let (_sim, client) = simulator().await;
    let mut mine = FakePage::linked(&client, None).await;
    let mut anas = FakePage::linked_as(&client, None, ANA, "pn").await;
    assert_eq!(code(client.text(BOB, "to whom").await), "ambiguous_target");
    client.messages(json!({"from": BOB, "to": ANA, "body": "to Ana"})).await.unwrap();
    assert_eq!(anas.expect("message").await["message"]["body"], "to Ana");
    assert_eq!(code(client.messages(json!({"from": ANA, "to": "5511900000777", "body": "x"})).await), "not_found");
    mine.text("3EB0BB", &format!("{ANA}@c.us"), "between accounts").await;
    let frame = anas.expect("message").await["message"].clone();
    assert_eq!((&frame["body"], &frame["chat"]), (&json!("between accounts"), &json!(format!("{OWN}@c.us"))));
    client.messages(json!({"from": OWN, "to": ANA, "body": "from the phone"})).await.unwrap();
    let own = mine.expect("message").await["message"].clone();
    assert_eq!((&own["from_me"], &own["to"]), (&json!(true), &json!(format!("{ANA}@c.us"))));
    assert_eq!(anas.expect("message").await["message"]["from_me"], false);
}

#[tokio::test]
async fn pages_report_what_they_tell_others() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, None).await;
    let since = client.mark().await.unwrap();
    let posted = client.text(ANA, "hello").await.unwrap().messages[0].clone();
    page.send(json!({"t": "seen", "chat": posted.chat, "upTo": posted.id, "count": 1})).await;
    page.send(json!({"t": "chatstate", "chat": posted.chat, "state": "composing"})).await;
    page.send(json!({"t": "presence", "state": "available"})).await;
    page.request("react", json!({"id": posted.id, "key": posted.key, "emoji": "👍"})).await;
    assert_eq!(page.request("react", json!({"id": "3ANONE", "emoji": "👍"})).await["err"]["status"], 404);
    let kinds = ["seen.received", "chatstate.received", "presence.received", "reaction.received"];
    let events = client.events(&kinds, since, Duration::ZERO).await.unwrap();
    assert_eq!(events.iter().map(|e| e.kind.as_str()).collect::<Vec<_>>(), kinds);
    assert_eq!((events[0].text("chat"), events[1].text("state")), (posted.chat.as_str(), "composing"));
    assert_eq!((events[2].text("state"), events[3].text("parent")), ("available", posted.id.as_str()));
}
