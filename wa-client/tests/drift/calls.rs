//! Calls of a page that has changed: each gets one answer that says what went wrong, and the session is usable afterwards.

use std::time::Duration;

use serde_json::{Value, json};
use wa_client::{Client, ErrorKind, Event, MessageId};
use wa_client_sim::SimClient;

use crate::optional::{link, works};
use crate::support::{Events, Rig, leak};
use crate::{FRIEND, OWN, heal, strike};

/// For what is never answered.
const DEADLINE: Duration = Duration::from_secs(3);

async fn at(sim: &SimClient, (module, export): (&str, &str), mut fault: Value) {
    let fields = fault.as_object_mut().expect("an object");
    fields.extend([("module".to_owned(), json!(module)), ("export".to_owned(), json!(export))]);
    strike(sim, [fault]).await;
}

/// Sends under a fault of `place`, and again under the same id when the page is as it was.
async fn sends(rig: &Rig, client: &Client, place: (&str, &str), fault: Value) -> Result<(), (ErrorKind, bool)> {
    at(&rig.sim, place, fault.clone()).await;
    let id = MessageId::from_random(rand_bytes(&fault, place));
    let send = || client.send_message(FRIEND, "through a changed page").id(&id).deadline(DEADLINE).into_future();
    let result = send().await;
    heal(&rig.sim).await;
    let sent = rig.sim.outbox_by_id(id.as_str()).await.unwrap().total;
    let outcome = match &result {
        Ok(_) => Ok(()),
        Err(error) => Err((error.kind(), error.maybe_sent().expect("a send says so"))),
    };
    match outcome {
        Ok(()) => assert_eq!(sent, 1, "{place:?} {fault}"),
        Err((_, maybe_sent)) => assert!(sent == 0 || maybe_sent, "{place:?} {fault}: it was sent"),
    }
    // Nothing is left in the way, and no second message is made.
    send().await.unwrap_or_else(|error| panic!("{place:?} {fault}: {error}"));
    assert_eq!(rig.sim.outbox_by_id(id.as_str()).await.unwrap().total, 1, "{place:?} {fault}");
    outcome
}

/// Another id for each.
fn rand_bytes(fault: &Value, place: (&str, &str)) -> [u8; 9] {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    (fault.to_string(), place).hash(&mut hasher);
    let mut bytes = [0; 9];
    bytes[..8].copy_from_slice(&hasher.finish().to_be_bytes());
    bytes
}

fn throws() -> Value {
    json!({"kind": "throw", "name": "PageError", "message": "of tomorrow", "drift": true})
}

fn rejects() -> Value {
    json!({"kind": "throw", "async": true, "drift": true})
}

fn never() -> Value {
    json!({"kind": "never", "drift": true})
}

fn late() -> Value {
    json!({"kind": "delay", "ms": 500, "drift": true})
}

fn odd(result: Value) -> Value {
    json!({"kind": "shape", "result": result})
}

fn odd_later() -> Value {
    json!({"kind": "shape", "result": {"of": "tomorrow"}, "async": true})
}

/// The page does its work and answers otherwise than today.
fn odd_after_work(result: Value) -> Value {
    json!({"kind": "shape", "result": result, "calls": true})
}

#[tokio::test]
async fn a_send_of_a_changed_page_has_one_answer() {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (client, _events) = rig.ready().await;
    const SEND: (&str, &str) = ("WAWebSendMsgChatAction", "addAndSendMsgToChat");
    // Not handed over, and known at once.
    assert_eq!(sends(&rig, &client, SEND, throws()).await, Err((ErrorKind::Page, false)));
    // The page did not throw, so that it may have done something.
    for fault in [odd(json!(null)), odd(json!({"ok": 1})), odd(json!([])), odd_later(), rejects()] {
        assert_eq!(sends(&rig, &client, SEND, fault.clone()).await, Err((ErrorKind::Page, true)), "{fault}");
    }
    assert_eq!(sends(&rig, &client, SEND, never()).await, Err((ErrorKind::Timeout, true)));
    // A message that is in the page is sent, whatever it answers, and however late.
    for fault in [late(), odd_after_work(json!(null)), odd_after_work(json!([1, 2])), odd_after_work(json!({"ok": 1}))]
    {
        assert_eq!(sends(&rig, &client, SEND, fault.clone()).await, Ok(()), "{fault}");
    }
    rig.stop(client).await;
}

#[tokio::test]
async fn what_comes_before_a_send_fails_it_unsent() {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (client, _events) = rig.ready().await;
    const BEFORE: [(&str, &str); 2] =
        [("WAWebFindChatAction", "findOrCreateLatestChat"), ("WAWebSendTextMsgChatAction", "createTextMsgData")];
    for place in BEFORE {
        for fault in [throws(), rejects(), odd(json!(7)), odd_later()] {
            assert_eq!(
                sends(&rig, &client, place, fault.clone()).await,
                Err((ErrorKind::Page, false)),
                "{place:?} {fault}"
            );
        }
        assert_eq!(sends(&rig, &client, place, never()).await, Err((ErrorKind::Timeout, false)), "{place:?}");
        assert_eq!(sends(&rig, &client, place, late()).await, Ok(()), "{place:?}");
    }
    rig.stop(client).await;
}

#[tokio::test]
async fn a_look_up_of_a_changed_page_has_one_answer() {
    let mut rig = Rig::start().await;
    rig.config.deadlines.exists = DEADLINE;
    rig.config.exists_ttl = Duration::ZERO;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (client, mut events) = rig.ready().await;
    const EXISTS: (&str, &str) = ("WAWebQueryExistsJob", "queryWidExists");
    for (fault, kind) in [
        (throws(), ErrorKind::Page),
        (rejects(), ErrorKind::Page),
        (odd(json!({"jid": 1})), ErrorKind::Page),
        (odd_later(), ErrorKind::Page),
        (never(), ErrorKind::Timeout),
    ] {
        at(&rig.sim, EXISTS, fault.clone()).await;
        let error = client.is_registered(FRIEND).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{fault}: {error}");
        heal(&rig.sim).await;
        assert!(client.is_registered(FRIEND).await.unwrap(), "{fault}");
    }
    works(&rig, &client, &mut events, "afterwards").await;
    rig.stop(client).await;
}

/// A code that a phone takes: the right ref and the right keys. The owner says no, so that nothing is linked.
async fn is_good(rig: &Rig, payload: &str) {
    leak::secret("QR payload", payload);
    let scanned = rig.sim.scan_with(json!({"qr": payload, "outcome": "reject"})).await;
    scanned.unwrap_or_else(|error| panic!("the code is of no use: {error}"));
}

async fn next_qr(events: &mut Events, what: &str) -> String {
    let envelope = events.wait(what, |event| matches!(event, Event::Qr(_))).await;
    let Event::Qr(qr) = &envelope.event else { unreachable!("it was asked for") };
    qr.payload.clone()
}

#[tokio::test]
async fn a_page_that_cannot_make_new_codes_says_so_and_keeps_the_old_one() {
    let mut rig = Rig::start().await;
    rig.config.deadlines.generate_qr = DEADLINE;
    let client = rig.client();
    let mut events = Events::of(&client);
    client.initialize().await.unwrap();
    let shown = next_qr(&mut events, "qr").await;
    const REFRESH: (&str, &str) = ("WAWebBackendEventBus", "BackendEventBus.triggerRefreshQR");
    at(&rig.sim, REFRESH, throws()).await;
    let error = client.generate_qr_code().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Page, "{error}");
    assert_eq!(client.qr_code().await.map(|qr| qr.payload), Some(shown.clone()), "it was not replaced");
    assert_eq!(next_qr(&mut events, "the same qr again").await, shown);
    is_good(&rig, &shown).await;
    heal(&rig.sim).await;
    // Answered, but not done: then the page is loaded anew, which brings other codes.
    for fault in [never(), odd(json!(7))] {
        at(&rig.sim, REFRESH, fault.clone()).await;
        let error = client.generate_qr_code().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{fault}: {error}");
        rig.sim.clear_faults(None).await.unwrap();
        let next = next_qr(&mut events, "the next qr").await;
        assert_ne!(next, shown);
        is_good(&rig, &next).await;
    }
    let fresh = client.generate_qr_code().await.unwrap();
    is_good(&rig, &fresh.payload).await;
    rig.stop(client).await;
}

#[tokio::test]
async fn a_pairing_code_of_a_changed_page_has_one_answer_and_a_qr_code_follows() {
    let mut rig = Rig::start().await;
    rig.config.deadlines.pairing_code = DEADLINE;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let client = rig.client();
    let mut events = Events::of(&client);
    client.initialize().await.unwrap();
    next_qr(&mut events, "qr").await;
    const MODULE: &str = "WAWebAltDeviceLinkingApi";
    let kinds = [(throws(), ErrorKind::Page), (rejects(), ErrorKind::Page), (never(), ErrorKind::Timeout)];
    let mut cases: Vec<_> = ["initializeAltDeviceLinking", "startAltLinkingFlow"]
        .into_iter()
        .flat_map(|export| kinds.clone().map(|(fault, kind)| (export, fault, kind)))
        .collect();
    cases.push(("setPairingType", throws(), ErrorKind::Page));
    cases.push(("startAltLinkingFlow", odd(json!(7)), ErrorKind::Page));
    cases.push(("startAltLinkingFlow", odd_later(), ErrorKind::Page));
    for (export, fault, kind) in cases {
        at(&rig.sim, (MODULE, export), fault.clone()).await;
        let error = client.request_pairing_code(OWN).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{export} {fault}: {error}");
        // Asked for at once, while the page is still on its way back to QR codes.
        let qr = client.generate_qr_code().await.unwrap_or_else(|error| panic!("{export} {fault}: {error}"));
        is_good(&rig, &qr.payload).await;
        heal(&rig.sim).await;
    }
    at(&rig.sim, (MODULE, "startAltLinkingFlow"), late()).await;
    let code = client.request_pairing_code(OWN).await.unwrap();
    leak::secret("pairing code", &code.code);
    assert!(rig.sim.pair(&code.code, None).await.unwrap().linked);
    events.wait("ready", |event| matches!(event, Event::Ready(_))).await;
    works(&rig, &client, &mut events, "linked by a late code").await;
    rig.stop(client).await;
}

#[tokio::test]
async fn a_page_that_cannot_leave_a_pairing_code_shows_a_qr_code_all_the_same() {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let client = rig.client();
    let mut events = Events::of(&client);
    client.initialize().await.unwrap();
    next_qr(&mut events, "qr").await;
    const CANCEL: (&str, &str) = ("WAWebAltDeviceLinkingApi", "initializeQRLinking");
    for fault in [throws(), rejects(), never(), json!({"kind": "missing_export"}), json!({"kind": "shape", "value": 7})]
    {
        at(&rig.sim, CANCEL, fault.clone()).await;
        let code = client.request_pairing_code(OWN).await.unwrap();
        leak::secret("pairing code", &code.code);
        client.cancel_pairing_code().await.unwrap_or_else(|error| panic!("{fault}: {error}"));
        let envelope = events.wait_for("qr", DEADLINE * 2, |event| matches!(event, Event::Qr(_))).await;
        let Event::Qr(qr) = &envelope.event else { unreachable!("it was asked for") };
        is_good(&rig, &qr.payload).await;
        heal(&rig.sim).await;
    }
    // Not even a new batch can be had: a new document has one.
    at(&rig.sim, CANCEL, throws()).await;
    let code = client.request_pairing_code(OWN).await.unwrap();
    leak::secret("pairing code", &code.code);
    at(&rig.sim, ("WAWebBackendEventBus", "BackendEventBus.triggerRefreshQR"), throws()).await;
    assert_eq!(client.cancel_pairing_code().await.unwrap_err().kind(), ErrorKind::Page);
    events.wait("reconnecting", |event| matches!(event, Event::Reconnecting(_))).await;
    heal(&rig.sim).await;
    link(&rig, &mut events).await;
    works(&rig, &client, &mut events, "afterwards").await;
    rig.stop(client).await;
}
