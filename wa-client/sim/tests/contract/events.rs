//! The log and waiting on it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wa_client_sim::ClientError;

use crate::support::{FakePage, OWN, PATIENCE, simulator};

#[tokio::test]
async fn the_log_is_filtered_and_numbered() {
    let (_sim, client) = simulator().await;
    let mut page = FakePage::linked(&client, None).await;
    page.send(json!({"t": "presence", "state": "available"})).await;
    client.wait_event(&["presence.received"], 0, |_| true, PATIENCE).await.unwrap();
    let all = client.events(&[], 0, Duration::ZERO).await.unwrap();
    assert!(all.iter().zip(1..).all(|(e, n)| e.seq == n), "no gaps");
    let wanted = ["page.connected", "page.hello", "qr.batch", "qr.shown", "device.linked", "device.online"];
    for kind in wanted {
        assert!(all.iter().any(|e| e.kind == kind), "{kind}");
    }
    let linked = client.events(&["device.linked", "device.online"], 0, Duration::ZERO).await.unwrap();
    assert_eq!(linked.iter().map(|e| e.text("phone")).collect::<Vec<_>>(), [OWN, OWN]);
    let later = client.events(&[], linked[0].seq, Duration::ZERO).await.unwrap();
    assert_eq!(later[0].seq, linked[0].seq + 1);
    let limited = client.call("GET", "/sim/events?limit=2", &Value::Null).await.unwrap();
    assert_eq!(limited["events"].as_array().unwrap().len(), 2);
    assert_eq!(limited["seq"], all.len());
}

#[tokio::test]
async fn an_empty_answer_is_held_back() {
    let (_sim, client) = simulator().await;
    let since = client.mark().await.unwrap();
    let waiting = client.events(&["network"], since, PATIENCE);
    let act = async {
        // Neither of these is what the other side waits for.
        client.patch_config(json!({"default_registered": true})).await.unwrap();
        FakePage::open(&client, None).await;
        client.put_network(json!({"latency_ms": 0})).await.unwrap();
    };
    let (events, ()) = tokio::join!(waiting, act);
    assert_eq!(events.unwrap().len(), 1);
}

#[tokio::test]
async fn waiting_has_an_end() {
    let (_sim, client) = simulator().await;
    let start = Instant::now();
    assert!(client.events(&["network"], 0, Duration::from_millis(40)).await.unwrap().is_empty());
    assert!(start.elapsed() >= Duration::from_millis(40));
    let nothing = client.wait_event(&["network"], 0, |_| true, Duration::from_millis(20)).await;
    assert!(matches!(nothing, Err(ClientError::Timeout(_))));
}

#[tokio::test]
async fn calls_answer_with_the_number_of_their_own_last_event() {
    let (_sim, client) = simulator().await;
    let before = client.mark().await.unwrap();
    let answer = client.put_network(json!({"latency_ms": 0})).await.unwrap();
    assert_eq!(answer["seq"], before + 1);
    assert_eq!(client.patch_config(json!({})).await.unwrap()["seq"], before + 1);
}
