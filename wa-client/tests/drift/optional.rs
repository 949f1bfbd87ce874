//! What only some calls need: without it, or when it fails, linking, sending and receiving go on.

use serde_json::{Value, json};
use wa_client::{Client, ErrorKind, Event};

use crate::capabilities::{Capability, Part, named, of};
use crate::support::{Events, Rig, leak};
use crate::{FRIEND, OWN, heal, strike};

/// Of use at the login screen; each is tried in a document that links.
const AT_LOGIN: &[&str] = &[
    "version",
    "adv_secret_events",
    "qr_for_camera",
    "knobs",
    "network",
    "offline_progress",
    "pairing_type",
    "pairing_set_type",
    "pairing_prepare",
    "pairing_code",
    "pairing_cancel",
    "pairing_events",
];

pub(crate) fn is_ready(event: &Event) -> bool {
    matches!(event, Event::Ready(_))
}

/// Scans the code on the screen and waits until the account can be used.
pub(crate) async fn link(rig: &Rig, events: &mut Events) {
    let envelope = events.wait("qr", |event| matches!(event, Event::Qr(_))).await;
    let Event::Qr(qr) = &envelope.event else { unreachable!("it was asked for") };
    leak::secret("QR payload", &qr.payload);
    assert!(rig.sim.scan(&qr.payload).await.unwrap().linked);
    events.wait("ready", is_ready).await;
}

/// A message each way.
pub(crate) async fn works(rig: &Rig, client: &Client, events: &mut Events, what: &str) {
    let sent = client.send_message(FRIEND, "there").await.unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(rig.sim.outbox_by_id(sent.id.as_str()).await.unwrap().total, 1, "{what}");
    let posted = rig.sim.text(FRIEND, "and back").await.unwrap();
    let id = &posted.messages[0].id;
    events.wait(what, |event| matches!(event, Event::Message(message) if message.id.as_str() == id)).await;
}

/// The page shows its login screen anew.
async fn unlink(rig: &Rig, events: &mut Events) {
    rig.sim.unlink(None, None).await.unwrap();
    events.wait("unlinked", |event| matches!(event, Event::Disconnected(_))).await;
}

/// The drift is told once the page has been looked through.
async fn told(events: &mut Events, capability: &Capability) {
    let label = capability.label();
    let names = |event: &Event| matches!(event, Event::Incompatible(data) if !data.fatal && data.report.missing().iter().any(|m| m.starts_with(&label)));
    if !events
        .passed()
        .iter()
        .rev()
        .take_while(|envelope| !is_ready(&envelope.event))
        .any(|envelope| names(&envelope.event))
    {
        events.wait(&label, names).await;
    }
}

/// Each in turn: how it is broken, and then a document that is loaded with it.
async fn each(names: &[&str], relink: bool) {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (client, mut events) = rig.ready().await;
    let ways = [Capability::without_modules, Capability::without_exports, Capability::of_another_shape];
    for (index, name) in names.iter().enumerate() {
        let capability = named(name);
        strike(&rig.sim, ways[index % ways.len()](&capability)).await;
        if relink {
            unlink(&rig, &mut events).await;
            if name.starts_with("pairing") && *name != "pairing_events" && *name != "pairing_cancel" {
                events.wait("qr", |event| matches!(event, Event::Qr(_))).await;
                let error = client.request_pairing_code(OWN).await.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::CapabilityUnavailable, "{name}: {error}");
            }
            link(&rig, &mut events).await;
        } else {
            rig.sim.fault(json!({"kind": "reload"})).await.unwrap();
            events.wait("ready again", is_ready).await;
        }
        works(&rig, &client, &mut events, name).await;
        told(&mut events, &capability).await;
        heal(&rig.sim).await;
    }
    rig.stop(client).await;
}

#[tokio::test]
async fn one_that_the_login_can_do_without_is_gone() {
    each(AT_LOGIN, true).await;
}

#[tokio::test]
async fn one_that_a_linked_account_can_do_without_is_gone() {
    let names: Vec<String> =
        of(Part::Optional).into_iter().map(|it| it.name).filter(|name| !AT_LOGIN.contains(&name.as_str())).collect();
    each(&names.iter().map(String::as_str).collect::<Vec<_>>(), false).await;
}

#[tokio::test]
async fn all_are_gone() {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    for capability in of(Part::Optional) {
        for fault in capability.without_exports() {
            rig.sim.fault(fault).await.unwrap();
        }
    }
    let (client, mut events) = rig.ready().await;
    works(&rig, &client, &mut events, "all gone").await;
    for capability in of(Part::Optional) {
        told(&mut events, &capability).await;
    }
    rig.stop(client).await;
}

/// The functions behind them, by the path at which they are called.
const CALLED: &[(&str, &str)] = &[
    ("adv_secret_events", ".on"),
    ("qr_for_camera", ""),
    ("knobs", "._"),
    ("offline_progress", ".hasInitOfflineResumeManager"),
    ("offline_progress", ".getOfflineDeliveryProgress"),
    ("pairing_events", ".on"),
    ("logout_reason", ""),
    ("restriction", ""),
    ("resend", ""),
    ("mark_seen", ""),
    ("group_metadata", ".find"),
    ("load_earlier", ""),
    ("message_key", ".fromString"),
    ("alternate_key", ""),
    ("reactions", ""),
    ("edited", ""),
    ("acks_of_others", ""),
    ("acks_of_peers", ""),
    ("calls", ".processIncomingCall"),
    ("calls", ".setActiveCall"),
];

/// Each on its own at run time, and all of them together from the start of a document that links.
#[tokio::test]
async fn they_fail_when_they_are_called() {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (client, mut events) = rig.ready().await;
    let kinds = [
        json!({"kind": "throw", "drift": true}),
        json!({"kind": "throw", "async": true, "drift": true}),
        json!({"kind": "never", "drift": true}),
        json!({"kind": "delay", "ms": 60_000, "drift": true}),
        json!({"kind": "shape", "result": {"of": "tomorrow"}}),
    ];
    let faults = |name: &str, path: &str, kind: &Value| {
        named(name).each(|fault| {
            fault["export"] = json!(format!("{}{path}", fault["export"].as_str().expect("a place has an export")));
            fault.as_object_mut().expect("an object").extend(kind.as_object().expect("an object").clone());
        })
    };
    for kind in &kinds {
        for (name, path) in CALLED {
            strike(&rig.sim, faults(name, path, kind)).await;
            works(&rig, &client, &mut events, &format!("{name}{path}: {kind}")).await;
            heal(&rig.sim).await;
        }
        strike(&rig.sim, CALLED.iter().flat_map(|(name, path)| faults(name, path, kind))).await;
        unlink(&rig, &mut events).await;
        link(&rig, &mut events).await;
        works(&rig, &client, &mut events, &format!("all: {kind}")).await;
        heal(&rig.sim).await;
    }
    rig.stop(client).await;
}
