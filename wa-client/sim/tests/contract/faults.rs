//! Faults.

use serde_json::{Value, json};
use wa_client_sim::ClientError;

use crate::support::{ANA, FakePage, PATIENCE, code, simulator};

#[tokio::test]
async fn module_faults_reach_live_pages_and_wear_out() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, None).await;
    let fault =
        client.fault(json!({"kind": "throw", "module": "M", "export": "f", "max": 2, "async": true})).await.unwrap();
    let frame = page.expect("fault").await;
    assert_eq!((&frame["kind"], &frame["fault"], &frame["module"]), (&json!("throw"), &json!(fault), &json!("M")));
    assert_eq!((&frame["async"], &frame["max"]), (&json!(true), &json!(2)));
    let since = client.mark().await.unwrap();
    page.send(json!({"t": "fault_hit", "fault": fault})).await;
    client.wait_event(&["fault.hit"], since, |e| e.text("fault") == fault, PATIENCE).await.unwrap();
    assert_eq!(client.faults().await.unwrap()["faults"][0]["hits"], 1);
    page.send(json!({"t": "fault_hit", "fault": fault})).await;
    let cleared = page.expect("fault").await;
    assert_eq!((&cleared["kind"], &cleared["fault"]), (&json!("clear"), &json!(fault)));
    assert_eq!(client.faults().await.unwrap()["faults"], json!([]));
}

#[tokio::test]
async fn faults_are_cleared_one_by_one_or_all() {
    let (_sim, client) = simulator().await;
    let one = client.fault(json!({"kind": "missing_module", "module": "M"})).await.unwrap();
    client.fault(json!({"kind": "delay", "module": "M", "export": "f", "ms": 5})).await.unwrap();
    client.clear_faults(Some(&one)).await.unwrap();
    assert_eq!(client.faults().await.unwrap()["faults"].as_array().unwrap().len(), 1);
    assert_eq!(code(client.clear_faults(Some(&one)).await), "not_found");
    client.clear_faults(None).await.unwrap();
    assert_eq!(client.faults().await.unwrap()["faults"], json!([]));
}

#[tokio::test]
async fn what_strikes_once_needs_a_page() {
    let (_sim, client) = simulator().await;
    assert_eq!(code(client.fault(json!({"kind": "reload"})).await), "no_target");
    let mut page = FakePage::linked(&client, None).await;
    let since = client.mark().await.unwrap();
    let fault = client.fault(json!({"kind": "navigate", "path": "/elsewhere", "after_ms": 5})).await.unwrap();
    let frame = page.expect("fault").await;
    assert_eq!((&frame["kind"], &frame["path"]), (&json!("navigate"), &json!("/elsewhere")));
    client.wait_event(&["fault.hit"], since, |e| e.text("fault") == fault, PATIENCE).await.unwrap();
    assert_eq!(client.faults().await.unwrap()["faults"], json!([]));
}

#[tokio::test]
async fn faults_are_checked() {
    let (_sim, client) = simulator().await;
    let refused = client.fault(json!({"kind": "meteor"})).await.unwrap_err();
    let ClientError::Refused { status, code: name, detail, .. } = refused else { panic!("no refusal") };
    assert_eq!((status, name.as_str()), (501, "unsupported"));
    assert!(detail["kinds"].as_array().unwrap().contains(&json!("oom")));
    for bad in [
        json!({}),
        json!({"kind": "throw", "module": "M"}),
        json!({"kind": "delay", "module": "M", "export": "f", "ms": "5"}),
        json!({"kind": "missing_module", "module": "M", "max": 0}),
        json!({"kind": "rename_export", "module": "M", "export": "e"}),
        json!({"kind": "shape", "module": "M", "export": "e"}),
        json!({"kind": "shape", "module": "M", "export": "e", "value": 1, "result": 1}),
    ] {
        assert_eq!(code(client.fault(bad.clone()).await), "bad_request", "{bad}");
    }
    assert_eq!(
        code(client.fault(json!({"kind": "never", "module": "M", "export": "f", "ms": 5})).await),
        "unknown_field"
    );
    assert_eq!(code(client.fault(json!({"kind": "reload", "page": "p9"})).await), "not_found");
}

#[tokio::test]
async fn queries_fail_on_request() {
    let (_sim, client) = simulator().await;
    client.accounts(json!([{"number": ANA}])).await.unwrap();
    let mut page = FakePage::linked(&client, None).await;
    client.fault(json!({"kind": "query_error", "status": 429, "text": "rate-overlimit", "max": 1})).await.unwrap();
    let refused = page.request("exists", json!({"phone": ANA})).await;
    assert_eq!(refused["err"], json!({"status": 429, "text": "rate-overlimit"}));
    assert_eq!(page.request("exists", json!({"phone": ANA})).await["err"], Value::Null, "worn out");
}

#[tokio::test]
async fn a_page_hears_of_faults_that_came_and_went_without_it() {
    let (sim, client) = simulator().await;
    let early = client.fault(json!({"kind": "missing_module", "module": "Early"})).await.unwrap();
    let html = crate::service::document(&sim, "x").await.1;
    assert!(html.contains(r#""module":"Early""#));
    let load = html.split(r#""load":"#).nth(1).and_then(|rest| rest.split([',', '}']).next()?.parse().ok()).unwrap();
    // Between the document and its socket.
    let late = client.fault(json!({"kind": "missing_module", "module": "Late"})).await.unwrap();
    let mut page = FakePage::open(&client, Some(load)).await;
    page.hello().await;
    assert_eq!(page.expect("fault").await["fault"], late);
    client.socket(json!({"close": true})).await.unwrap();
    page.until_closed().await;
    client.clear_faults(Some(&early)).await.unwrap();
    page.reconnect().await;
    page.hello().await;
    let frame = page.expect("fault").await;
    assert_eq!((&frame["kind"], &frame["fault"]), (&json!("clear"), &json!(early)));
    assert_eq!(page.next().await.unwrap()["t"], "pair_device", "and nothing twice");
}
