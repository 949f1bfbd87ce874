//! Groups: made by tests and by pages.

use serde_json::{Value, json};

use crate::support::{ANA, BOB, FakePage, OWN, PATIENCE, code, simulator};

fn wids(group: &Value) -> Vec<&str> {
    group["participants"].as_array().unwrap().iter().map(|p| p["wid"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_group_reaches_the_page_at_once_and_at_login() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, None).await;
    let made = client.groups(json!({"subject": "Plans", "participants": [ANA, BOB], "announce": true})).await.unwrap();
    let group = &made["group"];
    let (own, ana, bob) = (format!("{OWN}@c.us"), format!("{ANA}@c.us"), format!("{BOB}@c.us"));
    assert_eq!(wids(group), [own.as_str(), &ana, &bob]);
    let frame = page.expect("group").await;
    assert_eq!((&frame["action"], &frame["group"]), (&json!("create"), group));
    assert_eq!(client.list_groups().await.unwrap()["groups"], json!([group]));
    assert_eq!(page.login().await["groups"], json!([group]));
    assert_eq!(code(client.groups(json!({"subject": "x", "participants": ["1@g.us"]})).await), "bad_request");
    let again = json!({"id": group["id"], "subject": "x", "participants": []});
    assert_eq!(code(client.groups(again).await), "bad_request");
}

#[tokio::test]
async fn messages_in_a_group_name_their_author() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, None).await;
    client.groups(json!({"id": "120363000000000001", "subject": "Plans", "participants": [ANA, BOB]})).await.unwrap();
    let posted = client.messages(json!({"from": ANA, "chat": "120363000000000001@g.us", "body": "hi"})).await.unwrap();
    let frame = page.expect("message").await["message"].clone();
    assert_eq!((&frame["chat"], &frame["author"]), (&json!("120363000000000001@g.us"), &json!(format!("{ANA}@c.us"))));
    assert_eq!(posted.messages[0].key, format!("false_120363000000000001@g.us_{}_{ANA}@c.us", posted.messages[0].id));
    client.put_acks(json!({"delivered_ms": 0})).await.unwrap();
    page.text("A", "120363000000000001@g.us", "hello group").await;
    assert_eq!(page.expect("receipt").await["level"], 1);
    for who in [ANA, BOB] {
        let receipt = page.expect("receipt").await;
        assert_eq!((&receipt["participant"], &receipt["of"]), (&json!(format!("{who}@c.us")), &json!(2)));
    }
    let since = client.mark().await.unwrap();
    let read = json!({"message": "A", "level": 3, "participant": ANA});
    client.call("POST", "/sim/acks", &read).await.unwrap();
    client.wait_event(&["ack.sent"], since - 1, |_| true, PATIENCE).await.unwrap();
    assert_eq!(client.outbox_by_id("A").await.unwrap().messages[0].ack, 2, "as far as everybody got");
    page.text("B", "120363000000000009@g.us", "no such group").await;
    assert_eq!(page.expect("nack").await["code"], 404);
}

#[tokio::test]
async fn a_page_makes_a_group_of_who_is_there() {
    let (_sim, client) = simulator().await;
    client.accounts(json!([{"number": ANA}, {"number": BOB, "registered": false}])).await.unwrap();
    let mut page = FakePage::linked(&client, None).await;
    let since = client.mark().await.unwrap();
    let asked = json!({"subject": "Plans", "participants": [format!("{ANA}@c.us"), format!("{BOB}@c.us")]});
    let made = page.request("group_create", asked).await["ok"].clone();
    let codes: Vec<&Value> = made["participants"].as_array().unwrap().iter().map(|p| &p["code"]).collect();
    assert_eq!(codes, [&json!(200), &json!(404)]);
    let event = client.wait_event(&["group.created"], since, |_| true, PATIENCE).await.unwrap();
    assert_eq!(event.text("id"), made["id"].as_str().unwrap());
    let info = page.request("group_info", json!({"id": made["id"]})).await["ok"].clone();
    let (own, ana) = (format!("{OWN}@c.us"), format!("{ANA}@c.us"));
    assert_eq!(wids(&info), [own.as_str(), &ana]);
    assert_eq!(page.request("group_info", json!({"id": "1@g.us"})).await["err"]["status"], 404);
}

#[tokio::test]
async fn somebody_changes_a_group() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, None).await;
    let group = client.groups(json!({"subject": "Plans", "participants": [ANA]})).await.unwrap()["group"]["id"].clone();
    page.expect("group").await;
    let change = json!({"group": group, "add": [BOB], "promote": [ANA], "by": ANA});
    let changed = client.group_participants(change).await.unwrap();
    assert_eq!(wids(&changed["group"]).len(), 3);
    let added = page.expect("group").await;
    assert_eq!((&added["action"], &added["by"]), (&json!("add"), &json!(format!("{ANA}@c.us"))));
    assert_eq!(added["who"][0]["wid"], format!("{BOB}@c.us"));
    assert_eq!(page.expect("group").await["action"], "promote");
    client.group_participants(json!({"group": group, "remove": [BOB], "demote": [ANA]})).await.unwrap();
    assert_eq!(page.expect("group").await["action"], "remove");
    let demoted = page.expect("group").await;
    assert_eq!((&demoted["action"], &demoted["group"]["participants"][1]["admin"]), (&json!("demote"), &json!(false)));
    assert_eq!(code(client.group_participants(json!({"group": "1@g.us"})).await), "not_found");
    assert_eq!(code(client.group_participants(json!({"group": group, "remove": [BOB]})).await), "not_found");
}

#[tokio::test]
async fn a_query_asked_again_after_a_lost_connection_is_done_once() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, Some(901)).await;
    let asked = json!({"subject": "Plans", "participants": []});
    let first = page.request("group_create", asked.clone()).await;
    page.login().await;
    assert_eq!(page.request("group_create", asked.clone()).await, first);
    assert_eq!(client.list_groups().await.unwrap()["groups"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_page_changes_its_group() {
    let (_sim, client) = simulator().await;
    client.accounts(json!([{"number": ANA}, {"number": BOB, "registered": false}])).await.unwrap();
    let mut page = FakePage::linked(&client, None).await;
    let made = page.request("group_create", json!({"subject": "Plans", "participants": []})).await["ok"].clone();
    let change = json!({"id": made["id"], "add": [format!("{ANA}@c.us"), format!("{BOB}@c.us")], "subject": "Plan B"});
    let answer = page.request("group_change", change).await["ok"].clone();
    assert_eq!((&answer["group"]["subject"], wids(&answer["group"]).len()), (&json!("Plan B"), 2));
    let group = client.groups(json!({"subject": "Others", "participants": [OWN], "phone": ANA})).await.unwrap();
    let change = json!({"id": group["group"]["id"], "subject": "Mine"});
    assert_eq!(page.request("group_change", change).await["err"]["status"], 403);
}
