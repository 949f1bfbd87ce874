//! QR codes, pairing codes, devices.

use serde_json::{Value, json};

use crate::support::{ANA, FakePage, OWN, PATIENCE, code, key_text, simulator};

#[tokio::test]
async fn a_scan_links_and_the_page_comes_back_as_a_device() {
    let (_sim, client) = simulator().await;
    let (mut page, refs, qr) = FakePage::unlinked(&client, None).await;
    assert_eq!(refs.len(), 6);
    assert!(refs.iter().all(|r| r.starts_with("2@") && r.len() > 100));
    // For people: what they could read off the screen with a camera.
    assert_eq!(client.qr().await.unwrap()["pages"][0]["text"], qr);
    let linked = client.scan(&qr).await.unwrap();
    assert_eq!((linked.phone.as_deref(), linked.device), (Some(OWN), Some(1)));
    assert_eq!(linked.jid.as_deref(), Some("5511900000001:1@c.us"));
    let success = page.finish_pairing().await;
    assert_eq!((&success["fresh"], &success["pushname"]), (&json!(true), &json!("Owner")));
    page.expect("synced").await;
    assert_eq!(page.expect("offline_batch").await["end"], true);
    let online = client.wait_event(&["device.online"], linked.seq, |_| true, PATIENCE).await.unwrap();
    assert_eq!(online.text("phone"), OWN);
    // Answers the mark behind the login, with which the login counts as completed.
    page.request("status", json!({})).await;
    assert_eq!(page.login().await["fresh"], false, "the second login is a restored session");
    assert_eq!(code(client.scan(&qr).await), "qr_used");
}

#[tokio::test]
async fn the_three_endings_are_read_and_damage_is_not() {
    let (_sim, client) = simulator().await;
    let (page, refs, qr) = FakePage::unlinked(&client, None).await;
    let parts: Vec<&str> = qr.split(',').collect();
    let three_fields = parts[..3].join(",");
    let short_key = [parts[0], "AAAA", parts[2], parts[3], "1"].join(",");
    let more = format!("{qr},more");
    let no_platform = format!("{},x1", parts[..4].join(","));
    for bad in ["", "hello", three_fields.as_str(), &short_key, &more, &no_platform] {
        assert_eq!(code(client.scan(bad).await), "qr_malformed", "{bad}");
    }
    let never = [&["2@never"], &parts[1..]].concat().join(",");
    assert_eq!(code(client.scan(&never).await), "qr_unknown");
    assert_eq!(code(client.scan(&page.qr(&refs[1])).await), "qr_expired", "not on screen yet");
    let foreign = [parts[0], &key_text(9), parts[2], parts[3], "1"].join(",");
    assert_eq!(code(client.scan(&foreign).await), "key_mismatch");
    for text in [
        parts[..4].join(","),
        format!("https://wa.me/settings/linked_devices#{qr}"),
        format!("{qr},https://faq.whatsapp.com/r/ld"),
    ] {
        let rejected = client.scan_with(json!({"qr": text, "outcome": "reject"})).await.unwrap();
        assert!(!rejected.linked);
    }
    assert!(client.scan(&qr).await.unwrap().linked, "a refusal on the phone leaves the code as it is");
}

#[tokio::test]
async fn what_is_on_screen_counts() {
    let (_sim, client) = simulator().await;
    let (mut page, refs, first) = FakePage::unlinked(&client, None).await;
    client.rotate_qr(None).await.unwrap();
    page.expect("qr_rotate").await;
    let second = page.show(&client, &refs[1]).await;
    assert_eq!(code(client.scan(&first).await), "qr_expired");
    client.rotate_secret(None).await.unwrap();
    page.expect("adv_rotate").await;
    page.adv = key_text(4);
    let renewed = page.show(&client, &refs[1]).await;
    assert_eq!(code(client.scan(&second).await), "key_mismatch", "the same ref under an old secret");
    let since = client.mark().await.unwrap();
    page.send(json!({"t": "qr_idle"})).await;
    client.wait_event(&["qr.exhausted"], since, |_| true, PATIENCE).await.unwrap();
    assert_eq!(code(client.scan(&renewed).await), "qr_expired");
    client.refresh_qr(None).await.unwrap();
    let fresh = page.refs().await;
    assert!(fresh.iter().all(|r| !refs.contains(r)));
    let qr = page.show(&client, &fresh[0]).await;
    client.expire_qr(None).await.unwrap();
    page.expect("qr_expire").await;
    assert_eq!(code(client.scan(&qr).await), "qr_expired");
    page.send(json!({"t": "refresh_qr"})).await;
    let last = page.refs().await;
    let qr = page.show(&client, &last[0]).await;
    let since = client.mark().await.unwrap();
    drop(page);
    client.wait_event(&["page.disconnected"], since, |_| true, PATIENCE).await.unwrap();
    assert_eq!(code(client.scan(&qr).await), "no_target");
    assert_eq!(code(client.rotate_qr(None).await), "no_target");
}

#[tokio::test]
async fn a_scan_waits_for_the_pages_own_word_of_its_screen() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::open(&client, None).await;
    page.hello().await;
    let refs = page.refs().await;
    let qr = page.qr(&refs[0]);
    let (scanned, _) = tokio::join!(client.scan(&qr), page.show(&client, &refs[0]));
    assert!(scanned.unwrap().linked);
}

#[tokio::test]
async fn the_policy_decides_on_refs() {
    let (_sim, client) = simulator().await;
    client.put_qr(json!({"refs": 2, "first_ttl_ms": 10, "ttl_ms": 5, "auto": false})).await.unwrap();
    assert_eq!(code(client.put_qr(json!({"refs": 0})).await), "bad_request");
    let mut page = FakePage::open(&client, None).await;
    let since = client.mark().await.unwrap();
    page.hello().await;
    client.wait_event(&["page.hello"], 0, |_| true, PATIENCE).await.unwrap();
    assert!(client.events(&["qr.batch"], since, std::time::Duration::ZERO).await.unwrap().is_empty());
    client.refresh_qr(None).await.unwrap();
    let batch = page.expect("pair_device").await;
    assert_eq!((batch["refs"].as_array().unwrap().len(), &batch["first_ttl_ms"]), (2, &json!(10)));
    let shown = client.qr().await.unwrap();
    assert_eq!((&shown["qr"]["refs"], &shown["pages"][0]["ref"]), (&json!(2), &Value::Null));
}

#[tokio::test]
async fn several_pages_have_to_be_told_apart() {
    let (_sim, client) = simulator().await;
    let (mut one, _, _) = FakePage::unlinked(&client, None).await;
    let (_two, _, _) = FakePage::unlinked(&client, None).await;
    let refused = client.rotate_qr(None).await.unwrap_err();
    assert_eq!(refused.code(), Some("ambiguous_target"));
    let wa_client_sim::ClientError::Refused { detail, .. } = refused else { unreachable!() };
    assert_eq!(detail["candidates"], json!([{"page": "p1"}, {"page": "p2"}]));
    client.rotate_qr(Some("p1")).await.unwrap();
    one.expect("qr_rotate").await;
    assert_eq!(code(client.rotate_qr(Some("p9")).await), "not_found");
}

#[tokio::test]
async fn a_fifth_device_is_too_many() {
    let (_sim, client) = simulator().await;
    let mut pages = Vec::new();
    for _ in 0..4 {
        pages.push(FakePage::linked(&client, None).await);
    }
    let (mut page, _, qr) = FakePage::unlinked(&client, None).await;
    assert_eq!(code(client.scan(&qr).await), "device_limit");
    assert_eq!(code(client.unlink(None, None).await), "ambiguous_target");
    client.unlink(None, Some(2)).await.unwrap();
    let end = pages[1].expect("stream_end").await;
    assert_eq!((&end["code"], &end["conflict"]), (&json!(401), &json!("device_removed")));
    assert_eq!(client.scan(&qr).await.unwrap().device, Some(5));
    page.expect("pair_success").await;
}

#[tokio::test]
async fn a_removed_device_is_refused_when_it_comes_back() {
    let (_sim, client) = simulator().await;
    assert_eq!(code(client.unlink(None, None).await), "no_target");
    let mut page = FakePage::linked(&client, None).await;
    client.put_network(json!({"state": "offline"})).await.unwrap();
    page.until_closed().await;
    client.unlink(Some(OWN), None).await.unwrap();
    client.put_network(json!({"state": "online"})).await.unwrap();
    page.reconnect().await;
    page.hello().await;
    assert_eq!(page.expect("failure").await["code"], 401);
    page.until_closed().await;
    assert!(!client.state().await.unwrap().devices[0].linked);
}

#[tokio::test]
async fn a_page_can_log_out() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, None).await;
    let since = client.mark().await.unwrap();
    page.send(json!({"t": "logout"})).await;
    client.wait_event(&["device.logged_out"], since, |_| true, PATIENCE).await.unwrap();
    assert!(client.state().await.unwrap().devices.iter().all(|d| !d.linked));
}

#[tokio::test]
async fn the_same_credentials_elsewhere_replace_the_first_page() {
    let (_sim, client) = simulator().await;
    let mut first = FakePage::linked(&client, None).await;
    let mut second = FakePage::open(&client, None).await;
    second.creds = first.creds.clone();
    second.hello().await;
    second.expect("success").await;
    assert_eq!(first.expect("stream_end").await["conflict"], "replaced");
    first.until_closed().await;
}

#[tokio::test]
async fn a_pairing_code_links_the_phone_it_was_asked_for() {
    let (_sim, client) = simulator().await;
    let (mut page, _, _) = FakePage::unlinked(&client, None).await;
    for bad in [json!({"phone": "+5511900000001", "code": "ABCD1234"}), json!({"phone": "55 11", "code": "ABCD1234"})] {
        assert_eq!(page.request("pairing_code", bad).await["err"]["status"], 400);
    }
    let since = client.mark().await.unwrap();
    let answer = page.request("pairing_code", json!({"phone": OWN, "code": "ABCD1234", "notify": true})).await;
    assert!(answer["ok"]["ref"].is_string());
    client.wait_event(&["pairing_code.issued"], since, |e| e.text("phone") == OWN, PATIENCE).await.unwrap();
    assert_eq!(code(client.pair("ZZZZZZZZ", None).await), "code_unknown");
    assert_eq!(code(client.pair("ABCD1234", Some(ANA)).await), "wrong_phone");
    let linked = client.pair("abcd-1234", None).await.unwrap();
    assert!(linked.linked);
    assert_eq!(page.expect("pairing_hello").await["ref"], answer["ok"]["ref"]);
    page.finish_pairing().await;
    assert_eq!(code(client.pair("ABCD1234", None).await), "code_used");
}

#[tokio::test]
async fn pairing_codes_run_out() {
    let (_sim, client) = simulator().await;
    let (mut page, _, _) = FakePage::unlinked(&client, None).await;
    page.request("pairing_code", json!({"phone": OWN, "code": "AAAA1111"})).await;
    page.request("pairing_code", json!({"phone": OWN, "code": "BBBB1111"})).await;
    assert_eq!(code(client.pair("AAAA1111", None).await), "code_expired", "a newer code took its place");
    client.patch_config(json!({"pairing_code": {"ttl_ms": 0}})).await.unwrap();
    page.request("pairing_code", json!({"phone": OWN, "code": "CCCC1111"})).await;
    assert_eq!(code(client.pair("CCCC1111", None).await), "code_expired");
    client
        .fault(json!({"kind": "query_error", "status": 429, "text": "rate-overlimit", "query": "pairing_code"}))
        .await
        .unwrap();
    let refused = page.request("pairing_code", json!({"phone": OWN, "code": "DDDD1111"})).await;
    assert_eq!(refused["err"]["text"], "rate-overlimit");
}

#[tokio::test]
async fn a_page_that_doubts_the_proof_is_not_linked() {
    let (_sim, client) = simulator().await;
    client.patch_config(json!({"page": {"adv_ok": false}})).await.unwrap();
    let (mut page, _, qr) = FakePage::unlinked(&client, None).await;
    let linked = client.scan(&qr).await.unwrap();
    assert_eq!(page.expect("pair_success").await["adv_ok"], false);
    page.send(json!({"t": "pair_failed"})).await;
    client.wait_event(&["device.unlinked"], linked.seq, |_| true, PATIENCE).await.unwrap();
    assert!(!client.state().await.unwrap().devices[0].linked);
}

#[tokio::test]
async fn logins_can_be_refused_with_any_code() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, None).await;
    client.end_stream(json!({"code": 503})).await.unwrap();
    assert_eq!(page.expect("stream_end").await["code"], 503);
    page.until_closed().await;
    client.patch_config(json!({"page": {"login_failure": 403}})).await.unwrap();
    page.reconnect().await;
    page.hello().await;
    assert_eq!(page.expect("failure").await["code"], 403);
    page.until_closed().await;
    client.patch_config(json!({"page": {"login_failure": null}})).await.unwrap();
    page.login().await;
}
