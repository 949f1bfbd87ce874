//! What pages send, and how it is confirmed.

use serde_json::{Value, json};

use crate::support::{ANA, BOB, FakePage, OWN, PATIENCE, code, simulator};

fn ana() -> String {
    format!("{ANA}@c.us")
}

/// Levels of the next receipts, as many as given.
async fn levels(page: &mut FakePage, count: usize) -> Vec<u64> {
    let mut seen = Vec::new();
    while seen.len() < count {
        seen.push(page.expect("receipt").await["level"].as_u64().unwrap());
    }
    seen
}

#[tokio::test]
async fn a_message_is_kept_and_confirmed() {
    let (_sim, client) = simulator().await;
    client.accounts(json!([{"number": ANA}])).await.unwrap();
    let mut page = FakePage::linked(&client, None).await;
    let quoted = client.text(ANA, "question").await.unwrap().messages[0].id.clone();
    let message = json!({
        "id": "3EB001", "key": format!("true_{}_3EB001", ana()), "to": ana(), "type": "chat", "body": "answer", "t": 1_790_000_000,
        "quoted": quoted, "mentions": [ana()],
    });
    page.send(json!({"t": "send", "message": message})).await;
    assert_eq!(levels(&mut page, 3).await, [1, 2, 3]);
    let sent = client.outbox().await.unwrap().messages.remove(0);
    assert_eq!((sent.body.as_str(), sent.to.as_str(), sent.device), ("answer", ana().as_str(), 1));
    assert_eq!((sent.from, sent.ack, sent.times), (format!("{OWN}@c.us"), 3, 1));
    assert_eq!((sent.quoted, sent.mentions, sent.t), (Some(quoted), vec![ana()], 1_790_000_000));
    let acks = client.events(&["ack.sent"], 0, std::time::Duration::ZERO).await.unwrap();
    assert_eq!(acks.len(), 3);
}

#[tokio::test]
async fn nobody_confirms_for_who_is_not_there() {
    let (_sim, client) = simulator().await;
    client.put_acks(json!({"delivered_ms": 0})).await.unwrap();
    let mut page = FakePage::linked(&client, None).await;
    page.text("3EB001", "5511900000777@c.us", "anybody there?").await;
    page.text("3EB002", &ana(), "still undeclared").await;
    client.accounts(json!([{"number": BOB}])).await.unwrap();
    page.text("3EB003", &format!("{BOB}@c.us"), "declared").await;
    let mut seen = Vec::new();
    while seen.len() < 4 {
        let receipt = page.expect("receipt").await;
        seen.push((receipt["ids"][0].as_str().unwrap().to_owned(), receipt["level"].as_u64().unwrap()));
    }
    let wanted = [("3EB001", 1), ("3EB002", 1), ("3EB003", 1), ("3EB003", 2)];
    assert_eq!(seen, wanted.map(|(id, level)| (id.to_owned(), level)));
}

#[tokio::test]
async fn the_same_id_is_one_message() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, None).await;
    let since = client.mark().await.unwrap();
    for _ in 0..3 {
        page.text("3EB001", &ana(), "m-1").await;
        assert_eq!(levels(&mut page, 1).await, [1], "every arrival is answered");
    }
    page.text("3EB002", &ana(), "m-1").await;
    page.text("3EB003", &ana(), "m-0").await;
    assert_eq!(levels(&mut page, 2).await, [1, 1]);
    let outbox = client.outbox().await.unwrap();
    assert_eq!((outbox.total, outbox.duplicates, outbox.messages[0].times), (3, 2, 3));
    let duplicates = client.events(&["message.duplicate"], since, std::time::Duration::ZERO).await.unwrap();
    assert_eq!(duplicates.len(), 2);
    let sum = client.outbox_summary("m-").await.unwrap();
    assert_eq!((sum.total, sum.distinct_ids, sum.distinct_bodies), (3, 3, 2));
    assert_eq!((sum.wire_repeats, sum.out_of_order), (2, 1));
    assert_eq!(sum.repeated_bodies, [json!({"body": "m-1", "count": 2})]);
    assert_eq!(client.outbox_summary("x").await.unwrap().total, 0);
}

#[tokio::test]
async fn the_outbox_is_filtered_and_emptied() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, None).await;
    for (id, to) in [("A", ANA), ("B", BOB), ("C", ANA)] {
        page.text(id, &format!("{to}@c.us"), id).await;
        levels(&mut page, 1).await;
    }
    let ids = async |query: &str| -> Vec<String> {
        let answer = client.call("GET", &format!("/sim/outbox?{query}"), &Value::Null).await.unwrap();
        answer["messages"].as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(&format!("to={ANA}")).await, ["A", "C"]);
    assert_eq!(ids(&format!("id=true_{BOB}@c.us_B")).await, ["B"]);
    assert_eq!(ids("limit=1&offset=1").await, ["B"]);
    assert_eq!(ids("type=image").await, Vec::<String>::new());
    let seq = client.outbox_by_id("B").await.unwrap().messages[0].seq;
    assert_eq!(ids(&format!("since={seq}")).await, ["C"]);
    let lid = client.list_accounts().await.unwrap()["accounts"]
        .as_array()
        .unwrap()
        .iter()
        .find(|a| a["number"] == ANA)
        .unwrap()["lid"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(client.outbox_to(&lid).await.unwrap().total, 2, "by either address");
    client.clear_outbox().await.unwrap();
    assert_eq!(client.outbox().await.unwrap().total, 0);
}

#[tokio::test]
async fn acks_follow_the_policy() {
    let (_sim, client) = simulator().await;
    client.accounts(json!([{"number": ANA}])).await.unwrap();
    let mut page = FakePage::linked(&client, None).await;
    client.put_acks(json!({"delivered_ms": 5, "read_ms": 10, "played_ms": 15, "order": "reverse"})).await.unwrap();
    page.text("A", &ana(), "a").await;
    assert_eq!(levels(&mut page, 4).await, [1, 4, 3, 2]);
    client.put_acks(json!({"delivered_ms": 5, "order": "twice"})).await.unwrap();
    page.text("B", &ana(), "b").await;
    assert_eq!(levels(&mut page, 4).await, [1, 1, 2, 2]);
    client.put_acks(json!({"server_ms": null, "read_ms": 0})).await.unwrap();
    page.text("C", &ana(), "c").await;
    assert_eq!(levels(&mut page, 1).await, [3]);
    let whole = client.put_acks(json!({})).await.unwrap();
    assert_eq!(
        (&whole["server_ms"], &whole["delivered_ms"]),
        (&json!(0), &Value::Null),
        "the policy is replaced as a whole"
    );
    client.put_acks(json!({"error": 463})).await.unwrap();
    page.text("D", &ana(), "d").await;
    let nack = page.expect("nack").await;
    assert_eq!((&nack["id"], &nack["code"]), (&json!("D"), &json!(463)));
    assert_eq!(client.outbox_by_id("D").await.unwrap().messages[0].ack, -1);
    assert_eq!(code(client.put_acks(json!({"order": "sideways"})).await), "bad_request");
}

#[tokio::test]
async fn single_acks_go_whatever_the_policy() {
    let (_sim, client) = simulator().await;
    client.put_acks(json!({"server_ms": null})).await.unwrap();
    let mut page = FakePage::linked(&client, None).await;
    let since = client.mark().await.unwrap();
    page.text("A", &ana(), "a").await;
    client.wait_event(&["message.received"], since, |e| e.text("id") == "A", PATIENCE).await.unwrap();
    client.post_ack("A", 3).await.unwrap();
    client.post_ack(&format!("true_{}_A", ana()), 2).await.unwrap();
    assert_eq!(levels(&mut page, 2).await, [3, 2]);
    assert_eq!(client.outbox_by_id("A").await.unwrap().messages[0].ack, 3, "never lowered");
    assert_eq!(code(client.post_ack("A", 5).await), "bad_request");
    assert_eq!(code(client.post_ack("NONE", 1).await), "not_found");
    let inbound = client.text(ANA, "x").await.unwrap().messages[0].id.clone();
    assert_eq!(code(client.post_ack(&inbound, 1).await), "not_found");
}

#[tokio::test]
async fn acks_wait_for_a_device_that_is_away() {
    let (_sim, client) = simulator().await;
    client.accounts(json!([{"number": ANA}])).await.unwrap();
    client.put_acks(json!({"server_ms": null})).await.unwrap();
    let mut page = FakePage::linked(&client, None).await;
    let since = client.mark().await.unwrap();
    page.text("A", &ana(), "a").await;
    client.wait_event(&["message.received"], since, |_| true, PATIENCE).await.unwrap();
    client.socket(json!({"close": true})).await.unwrap();
    page.until_closed().await;
    client.post_ack("A", 1).await.unwrap();
    client.post_ack("A", 2).await.unwrap();
    page.login().await;
    assert_eq!(levels(&mut page, 2).await, [1, 2]);
}

#[tokio::test]
async fn media_polls_and_locations_are_kept() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, None).await;
    let uploaded = page.request("upload", json!({"base64": "aGVsbG8=", "mimetype": "image/png"})).await["ok"].clone();
    let send = |id: &str, kind: &str, more: Value| {
        let mut message = json!({"id": id, "to": ana(), "type": kind});
        message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"t": "send", "message": message})
    };
    let media =
        json!({"media": {"media": uploaded["media"], "mimetype": "image/png", "filename": "a.png", "caption": "dot"}});
    page.send(send("A", "image", media)).await;
    page.send(send("B", "location", json!({"loc": {"lat": -23.55, "lng": -46.63}}))).await;
    page.send(send("C", "poll_creation", json!({"poll": {"name": "Lunch?", "options": ["yes", "no"]}}))).await;
    levels(&mut page, 3).await;
    let sent = client.outbox().await.unwrap().messages;
    assert_eq!(
        sent[0].more["media"],
        json!({
            "mimetype": "image/png", "bytes": 5, "filename": "a.png", "caption": "dot",
            "sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
        })
    );
    assert_eq!(sent[1].more["loc"]["lat"], -23.55);
    assert_eq!(sent[2].more["poll"]["name"], "Lunch?");
}

#[tokio::test]
async fn own_edits_and_deletions_are_kept() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, None).await;
    let since = client.mark().await.unwrap();
    page.text("A", &ana(), "before").await;
    levels(&mut page, 1).await;
    page.request("edit", json!({"id": "A", "body": "after"})).await;
    page.request("react", json!({"id": "A", "emoji": "👍"})).await;
    page.request("revoke", json!({"id": "A"})).await;
    let sent = client.outbox_by_id("A").await.unwrap().messages.remove(0);
    assert_eq!((sent.body.as_str(), &sent.edits[0]["body"], sent.revoked), ("before", &json!("after"), true));
    assert_eq!(sent.reactions, [json!({"from": "me", "emoji": "👍"})]);
    let events = client.events(&["edit.received", "revoke.received"], since, std::time::Duration::ZERO).await.unwrap();
    assert!(events.iter().all(|e| e.text("id") == "A") && events.len() == 2);
}
