//! The watch over log lines finds what it is meant to find.

#[path = "support/leak.rs"]
#[allow(dead_code, reason = "the installed check is for the tests that start a client")]
mod leak;

use leak::LeakCheck;
use tracing_subscriber::layer::SubscriberExt as _;

const PHONE: &str = "5511988887777";
const PAYLOAD: &str = "ref0123456789abcdef,noise0123456789abcdef,identity0123456789abcdef,secret0123456789abcdef,1";

/// Runs `log` with a check that knows `PHONE`, and gives what was found.
fn watch(log: impl FnOnce(&LeakCheck)) -> Vec<String> {
    let check = LeakCheck::default();
    check.secret("phone number", PHONE);
    let subscriber = tracing_subscriber::registry().with(check.clone());
    tracing::subscriber::with_default(subscriber, || log(&check));
    check.leaks()
}

#[test]
fn a_number_is_found_in_every_place_and_writing() {
    let error = std::io::Error::other(format!("no such user {PHONE}"));
    let error: &(dyn std::error::Error + 'static) = &error;
    let found = watch(|_| {
        tracing::error!("to {PHONE}");
        tracing::warn!(to = PHONE, "sent");
        tracing::info!(to = ?[PHONE], "sent");
        tracing::debug!("to +55 (11) 98888-7777");
        tracing::trace!(error, "failed");
        tracing::trace_span!("send", to = PHONE);
        let span = tracing::info_span!("send", to = tracing::field::Empty);
        span.record("to", PHONE);
    });
    assert_eq!(found.len(), 7, "{found:?}");
    assert_eq!(found[0], "phone number in a ERROR line of leak_check");
}

#[test]
fn a_masked_number_is_no_leak() {
    let phone: wa_client::PhoneNumber = PHONE.parse().unwrap();
    let found = watch(|_| tracing::info!(to = ?phone, masked = wa_client::redact::mask(PHONE), "sent"));
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_secret_named_late_is_found_in_earlier_lines() {
    let found = watch(|check| {
        tracing::info!("shown: {PAYLOAD}");
        tracing::info!("code QY1KMZF3");
        check.secret("pairing code", "QY1K-MZF3");
        check.secret("QR payload", PAYLOAD);
    });
    assert!(found.iter().any(|leak| leak.starts_with("pairing code")), "{found:?}");
    assert!(found.iter().any(|leak| leak.starts_with("QR payload")), "{found:?}");
}

#[test]
fn a_part_of_a_payload_is_a_key() {
    let found = watch(|check| {
        check.secret("QR payload", PAYLOAD);
        tracing::info!("adv secret0123456789abcdef");
    });
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn an_event_teaches_what_it_tells_of_people() {
    let json = serde_json::json!({
        "key": "false_123456789012345@lid_3EB0AB", "id": "3EB0AB", "chat": "123456789012345@lid",
        "from": "123456789012345@lid", "to": "5511900000001@c.us", "fromMe": false, "type": "chat",
        "chatPhone": "5511977776666", "body": "see you at noon", "notifyName": "Push Name",
        "timestamp": "2026-08-01T12:00:00.000Z",
    });
    let message = wa_client::Event::Message(serde_json::from_value(json).unwrap());
    let envelope = wa_client::EventEnvelope::new(message, "default", 1, wa_client::Timestamp::UNIX_EPOCH);
    let found = watch(|check| {
        tracing::debug!("read see you at noon from Push Name, 5511977776666, 123456789012345 to 5511900000001");
        tracing::debug!(?envelope, "3EB0AB of chat");
        check.learn(&envelope);
    });
    let mut kinds: Vec<_> = found.iter().map(|leak| leak.split(" in ").next().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["address", "address", "name", "phone number", "text"]);
}

#[test]
fn other_lines_are_no_leak() {
    let found = watch(|_| tracing::info!(status = "READY", attempt = 3, "ready after 5511 ms"));
    assert!(found.is_empty(), "{found:?}");
}

#[test]
#[should_panic(expected = "at least")]
fn a_secret_that_is_everywhere_is_refused() {
    LeakCheck::default().secret("name", "Bob");
}
