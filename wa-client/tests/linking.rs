//! An account is linked, stays linked over a restart, and is unlinked.

mod support;

use std::time::Duration;

use serde_json::json;
use support::{Events, Rig, leak};
use wa_client::{ConnectionStatus, DisconnectReason, ErrorKind, Event, Timestamp};

#[tokio::test]
async fn a_scanned_code_links_the_account_and_a_restart_needs_none() {
    let rig = Rig::start().await;
    let client = rig.client();
    let mut events = Events::of(&client);
    client.initialize().await.unwrap();
    assert_eq!(client.connection_status().status, ConnectionStatus::QrReady);
    let qr = client.qr_code().await.expect("a code");
    leak::secret("QR payload", &qr.payload);
    assert!(rig.sim.scan(&qr.payload).await.unwrap().linked);
    events.wait("authenticated", |event| matches!(event, Event::Authenticated(data) if !data.restored)).await;
    events.wait("ready", |event| matches!(event, Event::Ready(_))).await;
    assert!(client.is_authenticated());
    assert_eq!(client.qr_code().await, None);
    let error = client.generate_qr_code().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyAuthenticated);
    client.disconnect().await.unwrap();
    assert_eq!(events.count("ready"), 1);

    client.initialize().await.unwrap();
    assert_ne!(client.connection_status().status, ConnectionStatus::QrReady);
    events.wait("authenticated", |event| matches!(event, Event::Authenticated(data) if data.restored)).await;
    events.wait("ready", |event| matches!(event, Event::Ready(_))).await;
    assert_eq!((events.count("qr"), events.count("ready")), (1, 2));
    rig.stop(client).await;
}

fn qr_payload(event: &Event) -> String {
    match event {
        Event::Qr(qr) => qr.payload.clone(),
        other => panic!("not a code: {}", other.name()),
    }
}

fn is_qr(event: &Event) -> bool {
    matches!(event, Event::Qr(_))
}

fn is_ready(event: &Event) -> bool {
    matches!(event, Event::Ready(_))
}

fn now() -> Timestamp {
    std::time::SystemTime::now().into()
}

#[tokio::test]
async fn codes_rotate_expire_and_are_made_anew() {
    let rig = Rig::start().await;
    rig.sim.put_qr(json!({"first_ttl_ms": 1500, "ttl_ms": 600})).await.unwrap();
    let client = rig.client();
    let mut events = Events::of(&client);
    client.initialize().await.unwrap();
    let mut codes = Vec::new();
    for _ in 0..7 {
        let envelope = events.wait("qr", is_qr).await;
        let Event::Qr(qr) = &envelope.event else { unreachable!("it was asked for") };
        leak::secret("QR payload", &qr.payload);
        let served = client.qr_code().await;
        assert!(served.is_none_or(|served| served.is_valid_at(now())), "an expired code was served");
        codes.push(qr.clone());
    }
    let places: Vec<_> = codes.iter().map(|qr| qr.attempt).collect();
    assert_eq!(places, [1, 2, 3, 4, 5, 6, 1], "six refs, then a new batch");
    let lives: Vec<_> = codes.iter().map(|qr| qr.expires_at.saturating_since(qr.generated_at).as_millis()).collect();
    assert_eq!(lives, [1500, 600, 600, 600, 600, 600, 1500]);
    let old = rig.sim.scan(&codes[0].payload).await.unwrap_err();
    assert_eq!(old.code(), Some("qr_expired"));
    let current = client.qr_code().await.expect("the new batch shows");
    assert!(rig.sim.scan(&current.payload).await.unwrap().linked);
    events.wait("ready", is_ready).await;
    rig.stop(client).await;
}

/// The page's own `Conn.refExpiry` is what counts, to the millisecond; nothing of ours is added to it.
#[tokio::test]
async fn a_code_expires_when_the_page_says_so() {
    let rig = Rig::start().await;
    rig.sim.put_qr(json!({"first_ttl_ms": 1500, "ttl_ms": 900})).await.unwrap();
    let client = rig.client();
    let mut events = Events::of(&client);
    client.initialize().await.unwrap();
    for _ in 0..3 {
        let qr_event = events.wait("qr", is_qr).await;
        let Event::Qr(qr) = &qr_event.event else { unreachable!("it was asked for") };
        leak::secret("QR payload", &qr.payload);
        let shown = |event: &wa_client_sim::client::Event| qr.payload.starts_with(event.text("ref"));
        let on_screen = rig.sim.wait_event(&["qr.shown"], 0, shown, support::PATIENCE).await.unwrap();
        assert_eq!(json!(qr.expires_at.unix_ms()), on_screen.fields["expires_at_ms"]);
    }
    rig.stop(client).await;
}

#[tokio::test]
async fn unused_batches_end_the_session_when_told_so() {
    let mut rig = Rig::start().await;
    rig.config.qr_max_retries = Some(2);
    rig.sim.put_qr(json!({"first_ttl_ms": 400, "ttl_ms": 300, "refs": 2})).await.unwrap();
    let client = rig.client();
    let mut events = Events::of(&client);
    client.initialize().await.unwrap();
    let over = |event: &Event| matches!(event, Event::Disconnected(data) if data.reason == DisconnectReason::QrRetriesExhausted);
    events.wait("disconnected", over).await;
    assert_eq!(
        events.so_far().iter().filter(|envelope| matches!(&envelope.event, Event::Qr(qr) if qr.attempt == 1)).count(),
        2
    );
    assert_eq!(client.qr_code().await, None);
    rig.stop(client).await;
}

#[tokio::test]
async fn a_code_on_demand_replaces_the_one_on_screen() {
    let rig = Rig::start().await;
    let client = rig.client();
    client.initialize().await.unwrap();
    let first = client.qr_code().await.unwrap();
    let second = client.generate_qr_code().await.unwrap();
    assert_ne!(first.payload, second.payload);
    assert_eq!(client.qr_code().await.as_ref(), Some(&second));
    assert!(rig.sim.scan(&first.payload).await.is_err());
    assert!(rig.sim.scan(&second.payload).await.unwrap().linked);
    client.wait_ready().await.unwrap();
    rig.stop(client).await;
}

#[tokio::test]
async fn every_ending_of_the_payload_scans() {
    for ending in ["plain", "link", "faq"] {
        let rig = Rig::start().await;
        rig.sim.patch_config(json!({"page": {"qr_ending": ending}})).await.unwrap();
        let client = rig.client();
        client.initialize().await.unwrap();
        let qr = client.qr_code().await.unwrap();
        leak::secret("QR payload", &qr.payload);
        assert!(rig.sim.scan(&qr.payload).await.unwrap().linked, "{ending}");
        client.wait_ready().await.unwrap();
        rig.stop(client).await;
    }
}

#[tokio::test]
async fn a_secret_that_changes_under_the_same_ref_changes_the_code() {
    let rig = Rig::start().await;
    let client = rig.client();
    let mut events = Events::of(&client);
    client.initialize().await.unwrap();
    let before = qr_payload(&events.wait("qr", is_qr).await.event);
    rig.sim.rotate_secret(None).await.unwrap();
    let after = qr_payload(&events.wait("another qr", is_qr).await.event);
    assert_eq!(before.split(',').next(), after.split(',').next(), "the ref is the same");
    assert_eq!(rig.sim.scan(&before).await.unwrap_err().code(), Some("key_mismatch"));
    assert!(rig.sim.scan(&after).await.unwrap().linked);
    events.wait("ready", is_ready).await;
    rig.stop(client).await;
}

#[tokio::test]
async fn a_refusal_of_the_phone_changes_nothing_and_a_failed_exchange_is_an_auth_failure() {
    let rig = Rig::start().await;
    let client = rig.client();
    let mut events = Events::of(&client);
    client.initialize().await.unwrap();
    let qr = client.qr_code().await.unwrap();
    assert!(!rig.sim.scan_with(json!({"qr": qr.payload, "outcome": "reject"})).await.unwrap().linked);
    assert_eq!(client.connection_status().status, ConnectionStatus::QrReady);
    rig.sim.patch_config(json!({"page": {"adv_ok": false}})).await.unwrap();
    let qr = client.generate_qr_code().await.unwrap();
    let _ = rig.sim.scan(&qr.payload).await;
    events.wait("auth_failure", |event| matches!(event, Event::AuthFailure(_))).await;
    events.wait("qr", is_qr).await;
    assert_eq!(client.connection_status().status, ConnectionStatus::QrReady);
    rig.stop(client).await;
}

#[tokio::test]
async fn a_pairing_code_links_as_well() {
    let rig = Rig::start().await;
    rig.sim.put_qr(json!({"first_ttl_ms": 700, "ttl_ms": 500})).await.unwrap();
    let client = rig.client();
    let mut events = Events::of(&client);
    client.initialize().await.unwrap();
    let own = rig.sim.config().await.unwrap()["config"]["own_number"].as_str().unwrap_or("5511900000001").to_owned();
    let pairing = client.request_pairing_code(own.as_str()).await.unwrap();
    leak::secret("pairing code", &pairing.code);
    assert_eq!((pairing.code.len(), pairing.code.as_bytes()[4]), (9, b'-'));
    assert_eq!(client.connection_status().phase.name(), "waiting_for_code");
    assert_eq!(rig.sim.pair("AAAA-AAAA", None).await.unwrap_err().code(), Some("code_unknown"));
    // The refs go on rotating underneath, and run out.
    let since = rig.sim.mark().await.unwrap();
    rig.sim.wait_event(&["qr.shown"], since, |_| true, support::PATIENCE).await.unwrap();
    assert_eq!(client.connection_status().phase.name(), "waiting_for_code");
    assert!(rig.sim.pair(&pairing.code, None).await.unwrap().linked);
    events.wait("ready", is_ready).await;
    assert_eq!(events.count("code"), 1);
    let error = client.request_pairing_code(own.as_str()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyAuthenticated);
    rig.stop(client).await;
}

#[tokio::test]
async fn a_cancelled_pairing_code_gives_way_to_a_qr_code() {
    let rig = Rig::start().await;
    let client = rig.client();
    let mut events = Events::of(&client);
    client.initialize().await.unwrap();
    events.wait("qr", is_qr).await;
    client.request_pairing_code("5511900000001").await.unwrap();
    client.cancel_pairing_code().await.unwrap();
    let qr = qr_payload(&events.wait("qr", is_qr).await.event);
    assert!(rig.sim.scan(&qr).await.unwrap().linked);
    events.wait("ready", is_ready).await;
    rig.stop(client).await;
}

#[tokio::test]
async fn our_logout_unlinks_the_device_and_leaves_nothing() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    let since = rig.sim.mark().await.unwrap();
    client.logout().await.unwrap();
    rig.sim.wait_event(&["device.logged_out"], since, |_| true, support::PATIENCE).await.unwrap();
    let lost = |event: &Event| matches!(event, Event::Disconnected(data) if data.reason.code() == "logged_out" && !data.will_retry);
    events.wait("disconnected", lost).await;
    assert!(!rig.config.session_dir().exists());
    assert!(!client.is_authenticated());
    client.initialize().await.unwrap();
    assert_eq!(client.connection_status().status, ConnectionStatus::QrReady);
    rig.stop(client).await;
}

#[tokio::test]
async fn unlinked_on_the_phone_it_says_so_and_asks_for_a_new_link() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    rig.sim.unlink(None, None).await.unwrap();
    let lost =
        |event: &Event| matches!(event, Event::Disconnected(data) if data.reason == DisconnectReason::UnlinkedByPhone);
    events.wait("disconnected", lost).await;
    let qr = qr_payload(&events.wait("qr", is_qr).await.event);
    assert!(rig.config.session_dir().exists());
    assert!(rig.sim.scan(&qr).await.unwrap().linked);
    events.wait("ready", is_ready).await;
    rig.stop(client).await;
}

#[tokio::test]
async fn a_page_that_loads_itself_anew_is_ready_again_without_a_code() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    rig.sim.fault(json!({"kind": "reload"})).await.unwrap();
    events.wait("ready again", is_ready).await;
    assert_eq!((events.count("qr"), events.count("disconnected")), (1, 0));
    rig.stop(client).await;
}

#[tokio::test]
async fn a_session_that_never_syncs_names_what_is_missing() {
    let mut rig = Rig::start().await;
    rig.config.deadlines.syncing = Duration::from_millis(1500);
    rig.sim.patch_config(json!({"login": {"never_sync": true}})).await.unwrap();
    let client = rig.client();
    let mut events = Events::of(&client);
    client.initialize().await.unwrap();
    let qr = client.qr_code().await.unwrap();
    rig.sim.scan(&qr.payload).await.unwrap();
    events
        .wait(
            "reconnecting",
            |event| matches!(event, Event::Reconnecting(data) if data.reason == DisconnectReason::PageUnresponsive),
        )
        .await;
    let message = client.connection_status().message;
    assert!(message.contains("syncing") && message.contains("synced"), "{message}");
    rig.stop(client).await;
}

#[tokio::test]
async fn a_page_without_a_core_module_is_named_at_once() {
    let rig = Rig::start().await;
    rig.sim.fault(json!({"kind": "missing_module", "module": "WAWebSocketModel"})).await.unwrap();
    let client = rig.client();
    let error = client.initialize().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::IncompatiblePage);
    assert!(error.missing().iter().any(|missing| missing.contains("WAWebSocketModel")), "{:?}", error.missing());
    let report = client.doctor().await.unwrap();
    assert!(!report.missing_core().is_empty());
    rig.stop(client).await;
}

#[tokio::test]
async fn a_pairing_code_that_is_refused_or_too_old_says_so() {
    let rig = Rig::start().await;
    let client = rig.client();
    let mut events = Events::of(&client);
    client.initialize().await.unwrap();
    assert_eq!(client.request_pairing_code("not a number").await.unwrap_err().kind(), ErrorKind::InvalidPhone);
    for (status, kind) in [(429, ErrorKind::RateLimited), (400, ErrorKind::InvalidPhone), (500, ErrorKind::Page)] {
        events.wait("qr", is_qr).await;
        rig.sim.patch_config(json!({"page": {"pairing_refusal": status}})).await.unwrap();
        let error = client.request_pairing_code("5511900000001").await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status}: {error}");
        assert_eq!(error.retry_after().is_some(), kind == ErrorKind::RateLimited);
    }
    events.wait("qr", is_qr).await;
    let refusal = json!({"page": {"pairing_refusal": null}, "pairing_code": {"ttl_ms": 1}});
    rig.sim.patch_config(refusal).await.unwrap();
    let old = client.request_pairing_code("5511900000001").await.unwrap();
    assert_eq!(rig.sim.pair(&old.code, None).await.unwrap_err().code(), Some("code_expired"));
    rig.sim.patch_config(json!({"pairing_code": {"ttl_ms": 180_000}})).await.unwrap();
    let fresh = client.request_pairing_code("5511900000001").await.unwrap();
    assert_ne!(old.code, fresh.code);
    assert!(rig.sim.pair(&fresh.code, None).await.unwrap().linked);
    events.wait("ready", is_ready).await;
    rig.stop(client).await;
}

#[tokio::test]
async fn stored_credentials_that_are_refused_need_a_person() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    client.disconnect().await.unwrap();
    rig.sim.patch_config(json!({"page": {"login_failure": 401}})).await.unwrap();
    client.initialize().await.unwrap();
    events.wait("auth_failure", |event| matches!(event, Event::AuthFailure(_))).await;
    events
        .wait("disconnected", |event| matches!(event, Event::Disconnected(data) if data.reason.code() == "logged_out"))
        .await;
    rig.sim.patch_config(json!({"page": {"login_failure": null}})).await.unwrap();
    let qr = qr_payload(&events.wait("qr", is_qr).await.event);
    assert!(rig.sim.scan(&qr).await.unwrap().linked);
    events.wait("ready", is_ready).await;
    rig.stop(client).await;
}

#[tokio::test]
async fn a_code_that_the_page_cannot_replace_is_no_longer_served() {
    let rig = Rig::start().await;
    rig.sim.put_qr(json!({"first_ttl_ms": 2000, "ttl_ms": 600})).await.unwrap();
    let client = rig.client();
    let mut events = Events::of(&client);
    client.initialize().await.unwrap();
    let shown = client.qr_code().await.expect("a code");
    // The page shows no further code and cannot say so.
    rig.sim.fault(json!({"kind": "hang", "ms": 6000})).await.unwrap();
    let expired =
        |event: &Event| matches!(event, Event::ChangeState(change) if change.previous == ConnectionStatus::QrReady);
    let envelope = events.wait("change_state", expired).await;
    assert!(envelope.at >= shown.expires_at, "it was valid until then");
    assert_eq!(client.qr_code().await, None);
    assert!(!client.connection_status().has_qr_code);
    events.wait("the next qr", is_qr).await;
    let next = client.qr_code().await.expect("the page is back");
    leak::secret("QR payload", &next.payload);
    assert!(next.expires_at > shown.expires_at);
    rig.stop(client).await;
}

#[tokio::test]
async fn loading_is_told_in_steps_that_do_not_fall() {
    let rig = Rig::start().await;
    rig.sim.patch_config(json!({"login": {"steps": [0, 10, 55, 90, 100], "step_ms": 50}})).await.unwrap();
    let (client, mut events) = rig.ready().await;
    let order: Vec<_> = events
        .so_far()
        .iter()
        .filter_map(|envelope| match &envelope.event {
            Event::Authenticated(_) => Some(-1),
            Event::LoadingScreen(loading) => Some(i32::from(loading.percent)),
            Event::Ready(_) => Some(1000),
            _ => None,
        })
        .collect();
    assert_eq!((order.first(), order.last()), (Some(&-1), Some(&1000)), "{order:?}");
    assert!(order.windows(2).all(|pair| pair[0] < pair[1]), "{order:?}");
    assert!(order.contains(&55) && order.contains(&100), "{order:?}");
    rig.stop(client).await;
}
