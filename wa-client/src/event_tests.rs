use super::*;
use crate::model::{Capability, CapabilityStatus, ConnectionSnapshot};

const PHONE: &str = "5511988887777";
const LID: &str = "123456789012345@lid";
const NAME: &str = "Push Name";
const TEXT: &str = "What only two people know";
const PAYLOAD: &str = "ref,noise,identity,secret,1";
const CODE: &str = "QY1KMZF3";
const EMOJI: &str = "\u{1F44D}";

fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(1_785_585_600_000 + ms)
}

fn parse<T: std::str::FromStr<Err = crate::Error>>(text: &str) -> T {
    text.parse().unwrap()
}

fn message() -> Message {
    let mut message = Message::new(
        parse(&format!("false_{LID}_3EB0ABCDEF0123456789")),
        parse("3EB0ABCDEF0123456789"),
        parse(LID),
        parse(LID),
        parse("5511900000001@c.us"),
        at(0),
    );
    message.phone = Some(parse(PHONE));
    message.lid = Some(parse(LID));
    message.chat_phone = Some(parse(PHONE));
    message.chat_lid = Some(parse(LID));
    message.body = Some(TEXT.into());
    message.notify_name = Some(NAME.into());
    message.ack = Some(Ack::Server);
    message.quoted = Some(parse(&format!("true_{LID}_3EB000")));
    message.mentions = vec![parse(&format!("{PHONE}@c.us"))];
    message
}

fn me() -> Me {
    let mut me = Me::new(parse(PHONE));
    me.lid = Some(parse(LID));
    me.pushname = Some(NAME.into());
    me.platform = Some("android".into());
    me
}

fn report() -> CapabilityReport {
    let json = serde_json::json!({"version": "2.3000.1044822804", "complete": true, "report": [
        {"capability": "login", "core": true, "status": "ok", "module": "ConnModule", "export": "Conn"},
        {"capability": "call", "core": false, "status": "missing", "tried": ["CallModule.default"]}]});
    serde_json::from_value(json).unwrap()
}

/// One of each, in the order of [`Event::NAMES`].
fn all() -> Vec<Event> {
    let reason = DisconnectReason::LoggedOut { page_reason: Some("3".into()) };
    let key: MessageKey = parse(&format!("false_{LID}_3EB0ABCDEF0123456789"));
    let id: MessageId = parse("3EB0ABCDEF0123456789");
    let waited = std::time::Duration::from_millis(1500);
    let mut call = Call::new("CALL1".into(), parse(LID), at(0));
    call.phone = Some(parse(PHONE));
    vec![
        Event::Qr(QrCode::new(PAYLOAD.into(), at(0), at(60_000), 1, 6)),
        Event::Code(PairingCode::new(CODE, at(180_000))),
        Event::LoadingScreen(LoadingScreen { percent: 40 }),
        Event::Authenticated(Authenticated { restored: false }),
        Event::AuthFailure(AuthFailure { reason: DisconnectReason::AuthFailure }),
        Event::Ready(Ready { me: Some(me()), web_version: Some("2.3000.1044822804".into()) }),
        Event::Disconnected(Disconnected { reason, will_retry: false }),
        Event::ChangeState(ChangeState {
            status: ConnectionStatus::Authenticated,
            previous: ConnectionStatus::QrReady,
            phase: Phase::Syncing { percent: 40 },
        }),
        Event::Reconnecting(Reconnecting { attempt: 2, next_at: at(1500), reason: DisconnectReason::Network }),
        Event::Message(message()),
        Event::MessageCreate(message()),
        Event::MessageSent(SentMessage::new(id.clone(), key.clone(), parse(LID), at(0), Ack::Server, waited)),
        Event::MessageAck(MessageAck::new(key.clone(), id, Ack::Read)),
        Event::MessageCiphertext(message()),
        Event::MessageEdit(MessageEdit { message: message(), previous: Some(TEXT.into()) }),
        Event::MessageRevokeEveryone(MessageRevoke {
            key: key.clone(),
            by: RevokedBy::Admin,
            message: Some(message()),
        }),
        Event::MessageRevokeMe(MessageRemoved { key: key.clone() }),
        Event::MessageReaction(Reaction::new(key, parse(LID), EMOJI.into(), at(0), false)),
        Event::Call(call),
        Event::ManualDisconnect,
        Event::ManualReconnect,
        Event::Incompatible(Incompatible { fatal: false, report: report() }),
        Event::AccountRestricted(AccountRestricted { kind: "reachout_timelock".into(), until: Some(at(0)) }),
        Event::CacheDegraded,
        Event::Lagged(Lagged { missed: 3 }),
    ]
}

#[test]
fn the_names_agree_everywhere() {
    let names: Vec<_> = all().iter().map(Event::name).collect();
    assert_eq!(names, Event::NAMES);
    for event in all() {
        assert_eq!(serde_json::to_value(&event).unwrap()["event"], event.name());
        let topic = EventEnvelope::new(event.clone(), "default", 1, at(0)).topic();
        assert_eq!(topic, format!("whatsapp.{}", event.name()));
    }
}

#[test]
fn json_of_every_event() {
    let lines: Vec<_> = (1..)
        .zip(all())
        .map(|(seq, event)| EventEnvelope::new(event, "default", seq, at(7)).to_json().unwrap())
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn json_of_snapshots() {
    let mut ready = ConnectionSnapshot::new("default", ConnectionStatus::Ready, Phase::Ready, at(0));
    ready.me = Some(me());
    ready.web_version = Some("2.3000.1044822804".into());
    let mut scan = ConnectionSnapshot::new("sales", ConnectionStatus::QrReady, Phase::WaitingForScan, at(0));
    scan.has_qr_code = true;
    scan.qr_code_expiry = Some(at(60_000));
    let reason = DisconnectReason::Network;
    let phase = Phase::Reconnecting { attempt: 2, next_at: at(1500), reason: reason.clone() };
    let mut lost = ConnectionSnapshot::new("default", ConnectionStatus::Connecting, phase, at(0));
    lost.reason = Some(reason);
    lost.reconnect_attempts = 2;
    let stopped = ConnectionSnapshot::stopped("default", at(0));
    let lines: Vec<_> = [stopped, scan, ready, lost]
        .iter()
        .map(|snapshot| {
            let json = serde_json::to_string(snapshot).unwrap();
            assert_eq!(&serde_json::from_str::<ConnectionSnapshot>(&json).unwrap(), snapshot);
            json
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn data_types_are_read_back() {
    fn check<T: Serialize + for<'de> Deserialize<'de> + PartialEq + fmt::Debug>(value: &T) {
        let json = serde_json::to_string(value).unwrap();
        assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value);
    }
    for event in all() {
        match &event {
            Event::Qr(data) => check(data),
            Event::Code(data) => check(data),
            Event::Ready(data) => check(data),
            Event::ChangeState(data) => check(data),
            Event::Message(data) => check(data),
            Event::MessageSent(data) => check(data),
            Event::MessageAck(data) => check(data),
            Event::MessageEdit(data) => check(data),
            Event::MessageRevokeEveryone(data) => check(data),
            Event::MessageReaction(data) => check(data),
            Event::Call(data) => check(data),
            Event::Incompatible(data) => check(data),
            _ => {}
        }
    }
}

#[test]
fn debug_shows_nothing_about_people() {
    let secrets = [PHONE, "123456789012345", NAME, TEXT, PAYLOAD, CODE, "QY1K-MZF3", EMOJI, "5511900000001"];
    for event in all() {
        let shown = format!("{event:?}{event:#?}");
        for secret in secrets {
            assert!(!shown.contains(secret), "{}: {shown}", event.name());
        }
    }
}

#[test]
fn a_report_names_what_is_missing() {
    let mut report = report();
    assert_eq!(report.missing_core(), Vec::<String>::new());
    assert_eq!(report.status("call"), Some(CapabilityStatus::Missing));
    assert_eq!(report.status("polls"), None);
    let login: &mut Capability = &mut report.capabilities[0];
    login.status = CapabilityStatus::Missing;
    assert_eq!(report.missing_core(), ["login (ConnModule.Conn)"]);
}
