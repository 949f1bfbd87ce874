use super::event::Progress;
use super::*;
use crate::error::ErrorKind;
use crate::model::CapabilityStatus;

fn decode(json: &str) -> Result<Vec<BridgeEvent>, Malformed> {
    decode_batch(json, &mut 1)
}

fn message_json() -> Value {
    serde_json::json!({
        "key": "false_100000000000001@lid_3EB0AA", "id": "3EB0AA", "chat": "100000000000001@lid",
        "from": "100000000000001@lid", "to": "5511988887777@c.us", "fromMe": false, "phone": "5511977776666",
        "lid": "100000000000001@lid", "type": "chat", "body": "the secret text", "t": 1_780_000_000, "ack": 1,
        "notifyName": "Somebody Known", "system": false, "live": true, "hasMedia": false, "ciphertext": false,
        "aFieldOfTomorrow": [1, 2, 3],
    })
}

fn batch(name: &str, data: &Value) -> String {
    serde_json::json!([{ "n": 1, "e": name, "d": data }]).to_string()
}

#[test]
fn numbers_are_in_order() {
    let mut expected = 1;
    let events = decode_batch(r#"[{"n":1,"e":"qr_idle","d":{}},{"n":2,"e":"qr_idle"}]"#, &mut expected).unwrap();
    assert_eq!(events, [BridgeEvent::QrIdle, BridgeEvent::QrIdle]);
    assert_eq!(expected, 3);

    let again = decode_batch(r#"[{"n":2,"e":"qr_idle"}]"#, &mut expected);
    assert_eq!(again, Err(Malformed::Order { expected: 3, found: 2 }));
    assert_eq!(expected, 3, "a refused batch moves nothing");

    let events = decode_batch(r#"[{"n":6,"e":"qr_idle"}]"#, &mut expected).unwrap();
    assert_eq!(events, [BridgeEvent::Lost { count: 3 }, BridgeEvent::QrIdle]);
    assert_eq!(expected, 7);

    assert_eq!(decode(&format!(r#"[{{"n":{},"e":"qr_idle"}}]"#, u64::MAX)), Err(Malformed::Shape));
}

#[test]
fn what_is_no_batch_is_refused() {
    for json in ["", "null", "{}", "[1]", r#"[{"e":"hello"}]"#, r#"[{"n":-1,"e":"hello"}]"#, r#"[{"n":1}]"#] {
        assert_eq!(decode(json), Err(Malformed::Shape), "{json}");
    }
    let long = format!("[{}]", " ".repeat(MAX_BATCH));
    assert_eq!(decode(&long), Err(Malformed::TooLong(MAX_BATCH + 2)));
}

#[test]
fn one_odd_event_takes_no_others_with_it() {
    let json = r#"[{"n":1,"e":"of_tomorrow","d":{"x":1}},{"n":2,"e":"progress","d":{"percent":"many"}},{"n":3,"e":"progress","d":{"percent":7}}]"#;
    let events = decode(json).unwrap();
    assert!(matches!(&events[0], BridgeEvent::Unknown { name } if &**name == "of_tomorrow"));
    assert!(matches!(&events[1], BridgeEvent::Invalid { name } if &**name == "progress"));
    assert_eq!(events[2], BridgeEvent::Progress(Progress { percent: 7 }));
}

#[test]
fn lists_have_limits() {
    let probe = |lines: usize, name: usize| {
        let line = serde_json::json!({"capability": "x".repeat(name), "core": true, "status": "ok"});
        batch("probe", &serde_json::json!({"complete": true, "report": vec![line; lines]}))
    };
    assert!(matches!(decode(&probe(2_048, 10)).unwrap()[..], [BridgeEvent::Probe(_)]));
    assert!(matches!(decode(&probe(2_049, 10)).unwrap()[..], [BridgeEvent::Invalid { .. }]));
    assert!(matches!(decode(&probe(1, 257)).unwrap()[..], [BridgeEvent::Invalid { .. }]));
    let mut message = message_json();
    message["mentions"] = vec!["5511977776666@c.us"; 2_049].into();
    assert!(matches!(decode(&batch("message", &message)).unwrap()[..], [BridgeEvent::Invalid { .. }]));
}

#[test]
fn a_document_begins_once() {
    let hello = |n: u64| format!(r#"[{{"n":{n},"e":"hello","d":{{"url":"https://web.example/","userAgent":"x"}}}}]"#);
    let mut expected = 1;
    assert!(matches!(decode_batch(&hello(1), &mut expected).unwrap()[..], [BridgeEvent::Hello(_)]));
    assert!(matches!(decode_batch(&hello(2), &mut expected).unwrap()[..], [BridgeEvent::Invalid { .. }]));
    assert!(decode_batch(&hello(1), &mut expected).is_err(), "a number that was used");
    let events = decode_batch(&hello(9), &mut expected).unwrap();
    assert!(matches!(events[..], [BridgeEvent::Lost { count: 6 }, BridgeEvent::Invalid { .. }]));
}

#[test]
fn texts_have_limits() {
    let mut long = message_json();
    long["body"] = "x".repeat(65_536).into();
    assert!(matches!(decode(&batch("message", &long)).unwrap()[..], [BridgeEvent::Message(_)]));
    long["body"] = "x".repeat(65_537).into();
    assert!(matches!(decode(&batch("message", &long)).unwrap()[..], [BridgeEvent::Invalid { .. }]));
    let mut long = message_json();
    long["chat"] = "1".repeat(257).into();
    assert!(matches!(decode(&batch("message", &long)).unwrap()[..], [BridgeEvent::Invalid { .. }]));
}

#[test]
fn debug_shows_nothing_about_people() {
    let message = message_json();
    let cases = [
        ("message", message.clone()),
        ("edit", serde_json::json!({ "message": message, "previous": "the secret text" })),
        ("revoke", serde_json::json!({ "key": "false_5511977776666@c.us_3EB0AA", "message": message, "by": "sender" })),
        ("ack", serde_json::json!({ "key": "true_5511977776666@c.us_3EB0AA", "id": "3EB0AA", "ack": 2 })),
        (
            "qr",
            serde_json::json!({ "payload": "the secret text", "ttlMs": 60_000, "expiresAt": 1, "attempt": 1, "of": 6 }),
        ),
        (
            "reaction",
            serde_json::json!({ "parent": "true_5511977776666@c.us_3EB0AA", "sender": "100000000000001@lid", "emoji": "x", "t": 1, "fromMe": false }),
        ),
        (
            "call",
            serde_json::json!({ "id": "C1", "peer": "5511977776666@c.us", "phone": "5511977776666", "video": false, "group": false, "offline": false, "t": 1 }),
        ),
        (
            "state",
            serde_json::json!({ "registered": true, "socket": "CONNECTED", "stream": "CONNECTED", "mode": "MAIN", "synced": true, "offlineEnd": true, "lockedByOther": false, "me": { "pn": "5511977776666@c.us", "pushname": "Somebody Known" } }),
        ),
        ("hello", serde_json::json!({ "url": "https://web.example/?phone=5511977776666", "userAgent": "x" })),
    ];
    for (name, data) in cases {
        let events = decode(&batch(name, &data)).unwrap();
        assert!(!matches!(events[0], BridgeEvent::Invalid { .. } | BridgeEvent::Unknown { .. }), "{name}");
        let shown = format!("{events:?}");
        for private in ["secret", "5511977776666", "5511988887777", "100000000000001", "Somebody"] {
            assert!(!shown.contains(private), "{name} shows {private}: {shown}");
        }
    }
}

#[test]
fn a_probe_is_a_capability_report() {
    let data = serde_json::json!({ "version": "2.3000.1", "complete": true, "report": [
        { "capability": "socket", "core": true, "status": "ok", "module": "WAWebSocketModel", "export": "Socket" },
        { "capability": "calls", "core": false, "status": "missing", "module": "WAWebCallCollection", "export": "default", "tried": ["WAWebCallCollection.default"] },
    ]});
    let [BridgeEvent::Probe(report)] = &decode(&batch("probe", &data)).unwrap()[..] else { panic!("not a probe") };
    assert_eq!(report.status("calls"), Some(CapabilityStatus::Missing));
    assert!(report.complete && report.missing_core().is_empty());
}

#[test]
fn answers_are_a_value_or_an_error() {
    let answer = decode_answer::<Exists>(r#"{"ok":{"registered":true,"wid":"100000000000001@lid"}}"#).unwrap();
    let Answer::Ok(exists) = answer else { panic!("not ok") };
    assert!(exists.registered && exists.wid.as_deref() == Some("100000000000001@lid"));

    let json = r#"{"err":{"kind":"rate_limited","message":"too many","name":"ServerStatusCodeError","detail":{"status":429,"maybeSent":false}}}"#;
    let Answer::Err(error) = decode_answer::<Exists>(json).unwrap() else { panic!("no error") };
    assert_eq!(
        (error.kind, error.detail.status, error.detail.maybe_sent),
        (ErrorKind::RateLimited, Some(429), Some(false))
    );

    let Answer::Err(error) = decode_answer::<Value>(r#"{"err":{"kind":"of_tomorrow","message":""}}"#).unwrap() else {
        panic!()
    };
    assert_eq!(error.kind, ErrorKind::Page);

    for json in ["", "null", "{}", "[]", r#"{"ok":{}}"#, r#"{"err":"x"}"#] {
        assert_eq!(decode_answer::<Exists>(json), Err(Malformed::Shape), "{json}");
    }
}
