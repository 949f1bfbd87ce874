//! Accounts, and the queries about them.

use serde_json::{Value, json};

use crate::support::{ANA, BOB, FakePage, OWN, code, simulator};

#[tokio::test]
async fn accounts_are_declared_changed_and_forgotten() {
    let (_sim, client) = simulator().await;
    let made =
        client.accounts(json!([{"number": ANA, "pushname": "Ana"}, {"number": BOB, "lid": "77"}])).await.unwrap();
    let lid = made["accounts"][0]["lid"].as_str().unwrap();
    assert_eq!(lid.len(), "100000000000000@lid".len());
    assert_eq!(made["accounts"][1]["lid"], "77@lid");
    client.call("POST", "/sim/accounts", &json!({"number": ANA, "name": "Ana Souza"})).await.unwrap();
    let all = client.list_accounts().await.unwrap();
    let ana = all["accounts"].as_array().unwrap().iter().find(|a| a["number"] == ANA).unwrap();
    assert_eq!((&ana["pushname"], &ana["name"], &ana["lid"]), (&json!("Ana"), &json!("Ana Souza"), &json!(lid)));
    assert_eq!(code(client.accounts(json!([{"number": "1234"}])).await), "bad_request");
    assert_eq!(code(client.accounts(json!([{"number": "123456789012345678901"}])).await), "bad_request");
    let before = client.list_accounts().await.unwrap()["accounts"].clone();
    let half = json!([{"number": "5511900000555"}, {"number": ANA, "lid": "77"}]);
    assert_eq!(code(client.accounts(half).await), "lid_taken");
    assert_eq!(client.list_accounts().await.unwrap()["accounts"], before, "a refused call changes nothing");
    client.delete_account(ANA).await.unwrap();
    assert_eq!(code(client.delete_account(ANA).await), "not_found");
    assert_eq!(code(client.delete_account(OWN).await), "bad_request");
}

#[tokio::test]
async fn queries_find_who_is_registered() {
    let (_sim, client) = simulator().await;
    client
        .accounts(json!([{"number": ANA, "business": true}, {"number": BOB, "registered": false}, {"number": "551188887777"}]))
        .await
        .unwrap();
    let mut page = FakePage::linked(&client, None).await;
    let since = client.mark().await.unwrap();
    let found = page.request("exists", json!({"phone": format!("+{ANA}")})).await;
    assert_eq!((&found["ok"]["wid"], &found["ok"]["biz"]), (&json!(format!("{ANA}@c.us")), &json!(true)));
    let by_lid = page.request("exists", json!({"lid": found["ok"]["lid"]})).await;
    assert_eq!(by_lid["ok"], found["ok"]);
    for unknown in [BOB, "5511900000777"] {
        assert_eq!(page.request("exists", json!({"phone": unknown})).await["ok"], Value::Null);
    }
    client.delete_account(ANA).await.unwrap();
    let canonical = page.request("exists", json!({"phone": ANA})).await;
    assert_eq!(canonical["ok"]["wid"], "551188887777@c.us", "the number that the network knows");
    assert_eq!(page.request("exists", json!({"phone": "nonsense"})).await["err"]["status"], 400);
    assert_eq!(page.request("nonsense", json!({})).await["err"]["status"], 501);
    let events = client.events(&["query.exists"], since, std::time::Duration::ZERO).await.unwrap();
    assert_eq!(events.len(), 5);
    client.patch_config(json!({"default_registered": true})).await.unwrap();
    assert_eq!(page.request("exists", json!({"phone": "5511900000777"})).await["ok"]["wid"], "5511900000777@c.us");
}

#[tokio::test]
async fn a_login_brings_the_address_book() {
    let (_sim, client) = simulator().await;
    client.accounts(json!([{"number": ANA, "name": "Ana Souza"}, {"number": BOB, "pushname": "Bob"}])).await.unwrap();
    let (mut page, _, qr) = FakePage::unlinked(&client, None).await;
    client.scan(&qr).await.unwrap();
    let success = page.finish_pairing().await;
    let names: Vec<&Value> = success["contacts"].as_array().unwrap().iter().map(|c| &c["name"]).collect();
    assert_eq!(names, [&json!("Ana Souza")]);
    client.accounts(json!([{"number": BOB, "name": "Bob B."}])).await.unwrap();
    assert_eq!(page.expect("contact").await["name"], "Bob B.");
}

#[tokio::test]
async fn a_login_brings_history_once() {
    let (_sim, client) = simulator().await;
    let chats = json!({"chats": [
        {"id": ANA, "name": "Ana", "unread": 2, "messages": 3},
        {"id": BOB, "archived": true, "messages": [{"body": "old", "t": 1_700_000_000}, {"body": "mine", "from_me": true}]},
    ]});
    client.chats(chats).await.unwrap();
    let (mut page, _, qr) = FakePage::unlinked(&client, None).await;
    client.scan(&qr).await.unwrap();
    let success = page.finish_pairing().await;
    assert_eq!(success["history"], true);
    let chats = success["chats"].as_array().unwrap();
    assert_eq!((&chats[0]["chat"], &chats[0]["unread"]), (&json!(format!("{ANA}@c.us")), &json!(2)));
    assert_eq!(chats[0]["messages"].as_array().unwrap().len(), 3);
    assert_eq!((&chats[1]["archived"], &chats[1]["messages"][0]["t"]), (&json!(true), &json!(1_700_000_000)));
    let mine = &chats[1]["messages"][1];
    assert_eq!((&mine["from_me"], &mine["ack"], &mine["to"]), (&json!(true), &json!(3), &json!(format!("{BOB}@c.us"))));
    assert_eq!(page.login().await["chats"], json!([]), "a chat is given to a device once");
    assert_eq!(code(client.chats(json!({"chats": [{"id": "1@g.us"}]})).await), "not_found");
    assert_eq!(code(client.chats(json!({"chats": [{"id": ANA, "messages": "many"}]})).await), "bad_request");
}
