//! Where untrusted bytes come in, for fuzzing and for the corpus of tests. No part of the library.
//!
//! Each function takes any bytes, never panics, and asserts what must hold for whatever was accepted.

#![allow(clippy::missing_panics_doc, reason = "to panic is what they are for")]

use std::sync::Arc;
use std::time::Duration;

use crate::browser::Frames;
use crate::config::Config;
use crate::model::{ChatId, ConnectionSnapshot, MessageId, MessageKey, QrCode, Recipient, Timestamp};
use crate::overrides;
use crate::page::UrlKind;
use crate::page::engine::Event;
use crate::page::protocol::{
    Answer, BridgeEvent, CaughtUp, Exists, MAX_BATCH, MessageStatus, PairingCodeMade, Sent, decode_answer, decode_batch,
};
use crate::phone::PhoneNumber;
use crate::session::clock::Now;
use crate::session::convert;
use crate::session::dedup::Seen;
use crate::session::inbox::Inbox;
use crate::session::input::{Command, Input, Ticket};
use crate::session::state::State;

/// A place where bytes come in.
pub type Target = fn(&[u8]);

/// Every target by name; `tests/corpus` has a directory for each.
pub const TARGETS: [(&str, Target); 10] = [
    ("bridge", bridge),
    ("answers", answers),
    ("frames", frames),
    ("phone", phone),
    ("ids", ids),
    ("chat_ids", chat_ids),
    ("config", config),
    ("cache", cache),
    ("stored", stored),
    ("overrides", overrides_file),
];

fn text(data: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(data)
}

fn wall() -> Timestamp {
    Timestamp::from_unix_s(1_780_000_000)
}

/// Batches of events, one a line: decoded, weighed by the session, reported by the inbox.
pub fn bridge(data: &[u8]) {
    let mut expected = 1;
    let mut state = State::new(Arc::new(Config::default()), 1, wall());
    let mut inbox = Inbox::new(Duration::from_secs(60));
    state.step(Input::Command(Ticket(1), Command::Initialize), wall());
    state.step(Input::Launched, wall());
    for (second, line) in (1_u64..).zip(text(data).split('\n')) {
        let before = expected;
        let Ok(events) = decode_batch(line, &mut expected) else {
            assert_eq!(expected, before, "a refused batch moves nothing");
            continue;
        };
        assert!(expected >= before && events.len() <= 2 * line.len());
        let steady = wall() + Duration::from_secs(second);
        for event in events {
            let shown = format!("{event:?}");
            assert!(shown.len() <= 16 * MAX_BATCH, "bounded");
            if let Some(signal) = convert::signal(&event, UrlKind::App) {
                state.step(Input::Page(signal), steady);
                let snapshot = state.snapshot();
                serde_json::to_string(&snapshot).expect("what is published can be written");
                assert!(state.qr.as_ref().is_none_or(|qr| qr.expires_at <= steady + Duration::from_secs(3600)));
            } else {
                for event in inbox.event(event, Now { steady, wall: steady }) {
                    assert!(event.weight() <= 16 * MAX_BATCH);
                    serde_json::to_string(&event).expect("what is reported can be written");
                }
                assert!(inbox.catch_up_from().is_none_or(|from| from <= steady), "nothing hides what is still to come");
            }
        }
    }
    inbox.on_time(wall() + Duration::from_secs(1 << 30));
    assert_eq!(inbox.next_wake(), None, "nothing is waited for any longer");
}

/// What a call of the page answered, taken for each kind of answer.
pub fn answers(data: &[u8]) {
    let text = text(data);
    let _ = decode_answer::<serde_json::Value>(&text);
    let _ = decode_answer::<Exists>(&text);
    let _ = decode_answer::<PairingCodeMade>(&text);
    if let Ok(Answer::Ok(sent)) = decode_answer::<Sent>(&text) {
        let _ = convert::reply(sent);
    }
    if let Ok(Answer::Ok(status)) = decode_answer::<MessageStatus>(&text) {
        let _ = convert::look(status);
    }
    if let Ok(Answer::Ok(found)) = decode_answer::<CaughtUp>(&text) {
        let mut inbox = Inbox::new(Duration::from_secs(60));
        for message in found.messages {
            let first = inbox.message(message.clone(), Now { steady: wall(), wall: wall() });
            let again = inbox.message(message, Now { steady: wall(), wall: wall() });
            assert!(first.is_empty() || again.is_empty(), "reported twice");
        }
    }
}

/// What the browser writes, in pieces as the first byte says.
pub fn frames(data: &[u8]) {
    let Some((&size, data)) = data.split_first() else { return };
    let mut frames = Frames::new();
    let mut taken = Vec::new();
    for piece in data.chunks(usize::from(size).max(1)) {
        frames.push(piece);
        taken.extend(frames.take());
    }
    let kept = frames.kept();
    let whole: Vec<_> = data.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect();
    assert_eq!(taken, whole[..whole.len() - 1], "however it was cut");
    assert_eq!(kept, whole.last().map_or(0, Vec::len));
    for frame in taken {
        if let Ok(event) = serde_json::from_slice::<Event>(&frame) {
            assert!(format!("{event:?}").len() <= 64 + 16 * event.method.len(), "its content does not show");
        }
    }
}

/// A phone number.
pub fn phone(data: &[u8]) {
    let text = text(data);
    let Ok(phone) = text.parse::<PhoneNumber>() else { return };
    let digits = phone.digits();
    assert!((5..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()));
    assert_eq!(digits.parse::<PhoneNumber>().ok().as_ref(), Some(&phone), "read again");
    assert_eq!(format!("+{digits}").parse::<PhoneNumber>().ok().as_ref(), Some(&phone));
    assert!(!format!("{phone:?}").contains(digits), "masked");
    assert!(text.parse::<Recipient>().is_ok());
}

/// Ids and keys of messages.
pub fn ids(data: &[u8]) {
    let text = text(data);
    if let Ok(id) = text.parse::<MessageId>() {
        assert!(id.as_str().len() <= 128);
        assert_eq!(serde_json::from_str::<MessageId>(&serde_json::to_string(&id).expect("JSON")).ok(), Some(id));
    }
    if let Ok(key) = text.parse::<MessageKey>() {
        assert!(key.as_str().len() <= 256 && !key.id().is_empty());
        assert_eq!(serde_json::from_str::<MessageKey>(&serde_json::to_string(&key).expect("JSON")).ok(), Some(key));
    }
}

/// Addresses.
pub fn chat_ids(data: &[u8]) {
    let text = text(data);
    if let Ok(chat) = text.parse::<ChatId>() {
        assert!(chat.as_str().len() <= 256);
        let again = chat.as_str().parse::<ChatId>();
        assert_eq!(again.ok().as_ref(), Some(&chat), "read again");
        let _ = (chat.kind(), chat.user(), chat.phone());
        assert_eq!(serde_json::from_str::<ChatId>(&serde_json::to_string(&chat).expect("JSON")).ok(), Some(chat));
    }
    let _ = text.parse::<Recipient>();
}

/// Settings.
pub fn config(data: &[u8]) {
    let text = text(data);
    match Config::from_json(&text) {
        Ok(config) => {
            let json = serde_json::to_string(&config).expect("JSON");
            let again = Config::from_json(&json).expect("what was written can be read");
            assert_eq!(serde_json::to_string(&again).expect("JSON"), json);
            assert!(config.session_dir().starts_with(&config.session_path));
        }
        Err(error) => assert!(error.to_string().len() < 1024, "bounded"),
    }
}

/// What a cache holds for others.
pub fn cache(data: &[u8]) {
    let text = text(data);
    if let Ok(snapshot) = serde_json::from_str::<ConnectionSnapshot>(&text) {
        let json = serde_json::to_string(&snapshot).expect("JSON");
        assert_eq!(serde_json::from_str::<ConnectionSnapshot>(&json).ok().as_ref(), Some(&snapshot));
    }
    if let Ok(qr) = serde_json::from_str::<QrCode>(&text) {
        let json = serde_json::to_string(&qr).expect("JSON");
        assert_eq!(serde_json::from_str::<QrCode>(&json).ok().as_ref(), Some(&qr));
        let _ = (crate::qr::svg(&qr.payload), crate::qr::png(&qr.payload, 1), crate::qr::terminal(&qr.payload));
    }
}

/// What is kept in the session directory.
pub fn stored(data: &[u8]) {
    let Ok(seen) = serde_json::from_slice::<Seen>(data) else { return };
    let mut inbox = Inbox::new(Duration::from_secs(60));
    inbox.restore(seen);
    let removed = serde_json::json!([{"n": 1, "e": "removed", "d": {"key": "false_1@lid_A"}}]).to_string();
    for event in decode_batch(&removed, &mut 1).unwrap_or_default() {
        assert!(matches!(event, BridgeEvent::Removed(_)));
        inbox.event(event, Now { steady: wall(), wall: wall() });
    }
    inbox.close_gap();
    let stored = inbox.take_dirty().expect("it has changed");
    let json = serde_json::to_string(&stored).expect("JSON");
    let again: Seen = serde_json::from_str(&json).expect("what was written can be read");
    assert_eq!(serde_json::to_string(&again).expect("JSON"), json);
}

/// The file of overrides.
pub fn overrides_file(data: &[u8]) {
    match overrides::parse(data) {
        Ok(parsed) => {
            let mut config = Config::default();
            config.bridge_overrides.clone_from(&parsed);
            config.validate().expect("what is read is valid");
            let json = serde_json::to_vec(&parsed).expect("JSON");
            assert_eq!(overrides::parse(&json).ok(), Some(parsed));
        }
        Err(error) => assert!(error.to_string().len() < 1024, "bounded"),
    }
}

#[cfg(test)]
#[path = "fuzz_tests.rs"]
mod tests;
