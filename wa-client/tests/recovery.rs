//! A session that is lost comes back, or says why it does not.

mod support;

use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;
use support::processes::{program, signal};
use support::{Events, Rig};
use wa_client::{ConnectionStatus, DisconnectReason, ErrorKind, Event};

const FRIEND: &str = "5511988887777";

fn is_ready(event: &Event) -> bool {
    matches!(event, Event::Ready(_))
}

fn lost(reason: &'static str) -> impl Fn(&Event) -> bool {
    move |event| matches!(event, Event::Disconnected(data) if data.reason.code() == reason)
}

#[tokio::test]
async fn a_killed_browser_is_replaced_and_the_session_goes_on() {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (client, mut events) = rig.ready_and_stored().await;
    signal(rig.browser(), Signal::KILL);
    events.wait("disconnected", lost("browser_crashed")).await;
    // Sent while there is no browser at all.
    let sent = client.send_message(FRIEND, "meanwhile").await.unwrap();
    events.wait("ready", is_ready).await;
    assert_eq!(rig.sim.outbox_by_id(sent.id.as_str()).await.unwrap().total, 1);
    assert_eq!(events.count("qr"), 1);
    rig.stop(client).await;
}

#[tokio::test]
async fn a_page_whose_main_thread_hangs_is_loaded_anew() {
    let mut rig = Rig::start().await;
    rig.config.deadlines.ping = Duration::from_millis(800);
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (client, mut events) = rig.ready().await;
    // Far longer than the test waits: code of the page that never ends has to be ended.
    rig.sim.fault(json!({"kind": "hang", "ms": 120_000})).await.unwrap();
    let error = client.send_message(FRIEND, "into the void").deadline(Duration::from_secs(1)).await.unwrap_err();
    assert_eq!((error.kind(), error.maybe_sent()), (ErrorKind::Timeout, Some(true)));
    events.wait("disconnected", lost("page_unresponsive")).await;
    events.wait("ready", is_ready).await;
    client.send_message(FRIEND, "afterwards").await.unwrap();
    rig.stop(client).await;
}

#[tokio::test]
async fn a_session_that_another_browser_took_is_given_up() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    rig.sim.end_stream(json!({"code": 440, "conflict": "replaced"})).await.unwrap();
    events.wait("disconnected", lost("replaced")).await;
    assert_eq!(client.connection_status().status, ConnectionStatus::Disconnected);
    let error = client.send_message(FRIEND, "hello").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotReady);
    // It is not forbidden to take it back by hand.
    client.reconnect().await.unwrap();
    events.wait("ready", is_ready).await;
    rig.stop(client).await;
}

#[tokio::test]
async fn two_clients_do_not_share_a_profile() {
    let rig = Rig::start().await;
    let first = rig.client();
    first.initialize().await.unwrap();
    let second = rig.client();
    let mut events = Events::of(&second);
    let error = second.initialize().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProfileLocked);
    events
        .wait(
            "disconnected",
            |event| matches!(event, Event::Disconnected(data) if data.reason == DisconnectReason::ProfileLocked),
        )
        .await;
    second.shutdown().await;
    rig.stop(first).await;
}

#[tokio::test]
async fn dropping_the_last_handle_ends_the_browser() {
    let rig = Rig::start().await;
    let client = rig.client();
    let mut events = Events::of(&client);
    client.initialize().await.unwrap();
    drop(client);
    events.wait("disconnected", lost("manual")).await;
    assert!(events.ended().await, "the stream ends with the session");
    // The profile is free again.
    let client = rig.client();
    client.initialize().await.unwrap();
    rig.stop(client).await;
}

#[tokio::test]
async fn an_attempt_under_way_is_cancelled_by_disconnect() {
    let mut rig = Rig::start().await;
    rig.config.reconnect.base = Duration::from_secs(50);
    let (client, mut events) = rig.ready_and_stored().await;
    signal(rig.browser(), Signal::KILL);
    events.wait("reconnecting", |event| matches!(event, Event::Reconnecting(_))).await;
    client.disconnect().await.unwrap();
    assert_eq!(client.connection_status().phase.name(), "stopped");
    client.reconnect().await.unwrap();
    events.wait("ready", is_ready).await;
    rig.stop(client).await;
}

#[tokio::test]
async fn a_session_that_another_browser_took_is_taken_back_when_told_so() {
    let mut rig = Rig::start().await;
    rig.config.takeover_on_conflict = true;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (client, mut events) = rig.ready_and_stored().await;
    rig.sim.end_stream(json!({"code": 440, "conflict": "replaced"})).await.unwrap();
    events
        .wait(
            "reconnecting",
            |event| matches!(event, Event::Reconnecting(data) if data.reason == DisconnectReason::Replaced),
        )
        .await;
    events.wait("ready", is_ready).await;
    client.send_message(FRIEND, "taken back").await.unwrap();
    assert_eq!(events.count("qr"), 1);
    rig.stop(client).await;
}

#[tokio::test]
async fn messages_of_a_time_without_a_connection_arrive_with_it() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    rig.sim.put_network(json!({"state": "offline"})).await.unwrap();
    let lost = |event: &Event| matches!(event, Event::ChangeState(change) if change.phase.name() == "reconnecting");
    events.wait("lost", lost).await;
    rig.sim.messages(json!({"from": FRIEND, "body": "unheard {i}", "count": 50})).await.unwrap();
    rig.sim.put_network(json!({"state": "online"})).await.unwrap();
    let messages = |events: &mut Events| events.count("message");
    while messages(&mut events) < 50 {
        events.wait("message", |event| matches!(event, Event::Message(_))).await;
    }
    rig.sim.text(FRIEND, "heard at once").await.unwrap();
    let last =
        |event: &Event| matches!(event, Event::Message(message) if message.body.as_deref() == Some("heard at once"));
    events.wait("the last", last).await;
    assert_eq!(messages(&mut events), 51);
    rig.stop(client).await;
}

#[tokio::test]
async fn a_second_tab_of_the_same_profile_takes_the_session() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    rig.open_second_tab().await;
    events.wait("disconnected", lost("replaced")).await;
    assert_eq!(client.connection_status().status, ConnectionStatus::Disconnected);
    assert_eq!(events.count("qr"), 1);
    client.reconnect().await.unwrap();
    events.wait("ready", is_ready).await;
    assert_eq!(events.count("qr"), 1);
    rig.stop(client).await;
}

#[tokio::test]
async fn a_session_is_taken_back_from_a_second_tab_when_told_so() {
    let mut rig = Rig::start().await;
    rig.config.takeover_on_conflict = true;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (client, mut events) = rig.ready().await;
    rig.open_second_tab().await;
    let replaced =
        |event: &Event| matches!(event, Event::Reconnecting(data) if data.reason == DisconnectReason::Replaced);
    events.wait("reconnecting", replaced).await;
    events.wait("ready", is_ready).await;
    let sent = client.send_message(FRIEND, "from the first tab").await.unwrap();
    assert_eq!(rig.sim.outbox_by_id(sent.id.as_str()).await.unwrap().total, 1);
    assert_eq!(events.count("qr"), 1);
    rig.stop(client).await;
}

#[tokio::test]
async fn a_ban_ends_the_session_and_says_until_when() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    rig.sim.end_stream(json!({"code": 402, "expire": 3600})).await.unwrap();
    let envelope = events.wait("disconnected", lost("banned")).await;
    let Event::Disconnected(data) = &envelope.event else { unreachable!("it was asked for") };
    let DisconnectReason::Banned { until: Some(until) } = data.reason else { panic!("{:?}", data.reason) };
    let left = until.saturating_since(envelope.at);
    assert!(left > Duration::from_secs(3590) && left <= Duration::from_secs(3601), "{left:?}");
    assert!(!data.will_retry);
    assert_eq!(client.connection_status().phase.name(), "failed");
    rig.stop(client).await;
}

#[tokio::test]
async fn a_restriction_of_the_account_is_told_and_ends_nothing() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    rig.sim.patch_config(json!({"page": {"reachout_timelock": true}})).await.unwrap();
    let restricted =
        |event: &Event| matches!(event, Event::AccountRestricted(data) if data.kind == "reachout_timelock");
    events.wait("account_restricted", restricted).await;
    assert_eq!(client.connection_status().status, ConnectionStatus::Ready);
    // Being free again is no restriction.
    rig.sim.patch_config(json!({"page": {"reachout_timelock": false}})).await.unwrap();
    rig.sim.text(FRIEND, "the end").await.unwrap();
    events.wait("message", |event| matches!(event, Event::Message(_))).await;
    assert_eq!(events.count("account_restricted"), 1);
    rig.stop(client).await;
}

/// How the server ends a stream, and what the page makes of it.
#[tokio::test]
async fn ends_of_the_stream_that_pass_by_themselves() {
    // 503 is a loss of the connection; 405 (a page that is too old) and 409 make the page load itself anew.
    for code in [503, 405, 409] {
        let rig = Rig::start().await;
        let (client, mut events) = rig.ready().await;
        rig.sim.end_stream(json!({"code": code})).await.unwrap();
        let not_ready =
            |event: &Event| matches!(event, Event::ChangeState(change) if change.previous == ConnectionStatus::Ready);
        events.wait(&format!("loss after {code}"), not_ready).await;
        events.wait(&format!("ready after {code}"), is_ready).await;
        assert_eq!(events.count("qr"), 1, "{code}");
        rig.stop(client).await;
    }
}

/// 516 restarts the document that did the pairing; any other takes it as being unlinked.
#[tokio::test]
async fn a_restored_session_is_unlinked_by_the_servers_word() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready_and_stored().await;
    rig.sim.end_stream(json!({"code": 516})).await.unwrap();
    events.wait("disconnected", lost("unlinked_by_phone")).await;
    events.wait("qr", |event| matches!(event, Event::Qr(_))).await;
    rig.stop(client).await;
}

/// Nothing moves and nothing says so: only our own deadline notices, and the same id settles what became of it.
#[tokio::test]
async fn a_send_into_a_half_open_line_is_settled_afterwards() {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (client, mut events) = rig.ready().await;
    client.send_message(FRIEND, "before").await.unwrap();
    rig.sim.put_network(json!({"state": "half_open"})).await.unwrap();
    let error = client.send_message(FRIEND, "into the void").deadline(Duration::from_secs(2)).await.unwrap_err();
    assert_eq!((error.kind(), error.maybe_sent()), (ErrorKind::Timeout, Some(true)));
    let id = error.message_id().expect("a send names its id").clone();
    rig.sim.put_network(json!({"state": "online"})).await.unwrap();
    let sent = client.send_message(FRIEND, "into the void").id(id.clone()).await.unwrap();
    assert_eq!(sent.id, id);
    let outbox = rig.sim.outbox_summary("").await.unwrap();
    assert_eq!((outbox.total, outbox.distinct_bodies), (2, 2));
    assert_eq!(events.count("disconnected"), 0);
    rig.stop(client).await;
}

#[tokio::test]
async fn a_start_under_way_is_given_up_at_once() {
    let mut rig = Rig::start().await;
    // It never answers, for as long as it may take.
    rig.config.executable = Some(program(&rig.config.session_path, "deaf", "#!/bin/sh\nexec sleep 600\n"));
    let client = rig.client();
    let mut events = Events::of(&client);
    let starting = tokio::spawn({
        let client = client.clone();
        async move { client.initialize().await }
    });
    events
        .wait(
            "change_state",
            |event| matches!(event, Event::ChangeState(change) if change.phase.name() == "starting_browser"),
        )
        .await;
    // Far less than the browser would be given to answer.
    tokio::time::timeout(rig.config.deadlines.start_browser / 2, client.disconnect()).await.expect("at once").unwrap();
    assert_eq!(starting.await.unwrap().unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(client.connection_status().phase.name(), "stopped");
    // Nothing holds the profile any more.
    rig.config.executable = None;
    let next = rig.client();
    next.initialize().await.unwrap();
    next.shutdown().await;
    rig.stop(client).await;
}

#[tokio::test]
async fn a_process_that_runs_no_session_shows_that_of_another() {
    let rig = Rig::start().await;
    let cache = std::sync::Arc::new(wa_client::MemoryCache::new());
    let with_cache = || {
        wa_client::Client::builder().config(rig.config.clone()).cache(std::sync::Arc::clone(&cache)).build().unwrap()
    };
    let (client, other) = (with_cache(), with_cache());
    assert_eq!((other.qr_code().await, other.cached_status().await), (None, None));
    client.initialize().await.unwrap();
    let qr = client.qr_code().await.expect("a code");
    support::leak::secret("QR payload", &qr.payload);
    let written = async {
        while other.qr_code().await.as_ref() != Some(&qr) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(support::PATIENCE, written).await.expect("it is written");
    // It may not have the profile, and what it thinks is not what others should read.
    assert_eq!(other.initialize().await.unwrap_err().kind(), ErrorKind::ProfileLocked);
    assert_eq!(other.qr_code().await.as_ref(), Some(&qr));
    assert_eq!(other.cached_status().await.unwrap().status, ConnectionStatus::QrReady);
    client.shutdown().await;
    assert_eq!(other.cached_status().await.unwrap().status, ConnectionStatus::Disconnected, "the last word is written");
    assert_eq!(other.qr_code().await, None);
    other.shutdown().await;
    rig.stop(client).await;
}
