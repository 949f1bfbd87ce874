//! What nothing works without: the session ends within seconds, naming module and export, and everybody is answered.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use wa_client::{Client, ConnectionStatus, DisconnectReason, ErrorKind, Event};

use crate::FRIEND;
use crate::capabilities::{Capability, Part, named, of};
use crate::support::{Events, PATIENCE, Rig, processes};

/// From when the page has got so far that it is needed: the start of its document, or of what follows from it.
const SOON: Duration = Duration::from_secs(5);

/// What is found as soon as it is needed: in a new document, on its login screen, of a linked account.
const STAGES: [&str; 3] = ["probing", "waiting_for_qr", "syncing"];

/// Loads the page with these faults and sees the session end because of `lacking`.
async fn ends(rig: &Rig, client: &Client, faults: Vec<Value>, lacking: &[String]) {
    for fault in &faults {
        rig.sim.fault(fault).await.unwrap_or_else(|error| panic!("{fault}: {error}"));
    }
    let mut events = Events::of(client);
    let calls = async {
        tokio::join!(
            client.initialize(),
            client.generate_qr_code(),
            client.send_message(FRIEND, "into the void").into_future(),
            client.is_registered(FRIEND),
        )
    };
    let (started, code, sent, registered) =
        tokio::time::timeout(PATIENCE, calls).await.unwrap_or_else(|_| panic!("{lacking:?}: a call hangs"));
    // What is only found missing when the page is used already is found after the start.
    if let Err(error) = started {
        assert_eq!(error.kind(), ErrorKind::IncompatiblePage, "{lacking:?}: {error}");
        names("the error", error.missing(), lacking);
    }
    assert!(code.is_err() && registered.is_err(), "{lacking:?}");
    assert_eq!(sent.expect_err("nothing can be sent").maybe_sent(), Some(false), "{lacking:?}");

    let ended = |event: &Event| matches!(event, Event::Disconnected(data) if matches!(data.reason, DisconnectReason::IncompatiblePage { .. }) && !data.will_retry);
    events.wait("disconnected", ended).await;
    let last = |wanted: &dyn Fn(&Event) -> bool| {
        let found = events.passed().iter().rev().find(|envelope| wanted(&envelope.event));
        Arc::clone(found.unwrap_or_else(|| panic!("{lacking:?}: not told")))
    };
    let loaded = last(&|event| matches!(event, Event::ChangeState(change) if STAGES.contains(&change.phase.name()))).at;
    let told = last(&|event| matches!(event, Event::Incompatible(data) if data.fatal));
    let Event::Incompatible(data) = &told.event else { unreachable!("it was looked for") };
    names("the event", &data.report.missing_core(), lacking);
    let told = told.at;
    assert!(told < loaded + SOON, "{lacking:?}: told at {told}, loaded at {loaded}");
    let tried_again = events.passed().iter().filter(|envelope| envelope.event.name() == "reconnecting").count();
    assert_eq!(tried_again, 0, "{lacking:?}");

    let status = client.connection_status();
    assert_eq!((status.status, status.phase.name()), (ConnectionStatus::Disconnected, "failed"), "{lacking:?}");
    client.disconnect().await.unwrap();
    assert_eq!(processes::browsers(&rig.profile()), Vec::<i32>::new(), "{lacking:?}: a browser is left");
    rig.sim.clear_faults(None).await.unwrap();
}

/// All of `lacking` are there; a reason may follow.
fn names(what: &str, missing: &[String], lacking: &[String]) {
    for label in lacking {
        assert!(missing.iter().any(|it| it.starts_with(label)), "{what} does not name {label}: {missing:?}");
    }
}

/// Each of these on its own.
async fn each_ends(rig: &Rig, client: &Client, part: Part, change: impl Fn(&Capability) -> Vec<Value>) {
    for capability in of(part) {
        ends(rig, client, change(&capability), &[capability.label()]).await;
    }
}

/// All of these together; each is named.
async fn together_end(rig: &Rig, client: &Client, names: &[&str], change: impl Fn(&Capability) -> Vec<Value>) {
    let (mut faults, mut labels) = (Vec::new(), Vec::new());
    for capability in names.iter().map(|name| named(name)) {
        faults.extend(change(&capability));
        labels.push(capability.label());
    }
    ends(rig, client, faults, &labels).await;
}

/// A client without an account, and afterwards the proof that nothing is left of the faults.
async fn unlinked(test: impl AsyncFnOnce(&Rig, &Client)) {
    let rig = Rig::start().await;
    let client = rig.client();
    test(&rig, &client).await;
    client.initialize().await.unwrap();
    assert_eq!(client.connection_status().status, ConnectionStatus::QrReady);
    rig.stop(client).await;
}

/// The same with an account.
async fn linked(test: impl AsyncFnOnce(&Rig, &Client)) {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (client, mut events) = rig.ready().await;
    client.disconnect().await.unwrap();
    test(&rig, &client).await;
    client.initialize().await.unwrap();
    events.wait("ready", |event| matches!(event, Event::Ready(_))).await;
    client.send_message(FRIEND, "back again").await.unwrap();
    assert_eq!(events.count("qr"), 1, "the account has stayed linked");
    rig.stop(client).await;
}

#[tokio::test]
async fn a_module_of_the_login_is_gone() {
    unlinked(async |rig, client| each_ends(rig, client, Part::Login, Capability::without_modules).await).await;
}

#[tokio::test]
async fn a_module_of_the_main_part_is_gone() {
    linked(async |rig, client| each_ends(rig, client, Part::Main, Capability::without_modules).await).await;
}

/// All but one: nobody is known as linked when that one does not say so.
async fn all_end(change: impl Fn(&Capability) -> Vec<Value>) {
    let all: Vec<String> = [of(Part::Login), of(Part::Main)].into_iter().flatten().map(|it| it.name).collect();
    let but_one: Vec<&str> = all.iter().map(String::as_str).filter(|name| *name != "registered").collect();
    linked(async |rig, client| {
        together_end(rig, client, &["registered"], &change).await;
        together_end(rig, client, &but_one, &change).await;
    })
    .await;
}

#[tokio::test]
async fn the_exports_are_gone() {
    all_end(Capability::without_exports).await;
}

#[tokio::test]
async fn the_exports_are_of_another_shape() {
    all_end(Capability::of_another_shape).await;
}

/// What is called of a capability to see whether it answers.
fn asked(name: &str) -> &'static str {
    match name {
        "noise_keys" => ".get",
        "identity_keys" => ".getRegistrationInfo",
        _ => "",
    }
}

/// A function fails its callers: the one at that path of a capability.
fn failing(kind: Value, path: fn(&str) -> &'static str) -> impl Fn(&Capability) -> Vec<Value> {
    move |capability| {
        capability.each(|fault| {
            let export = fault["export"].as_str().expect("a place has an export").to_owned();
            fault.as_object_mut().expect("an object").extend(kind.as_object().expect("an object").clone());
            fault["export"] = json!(export + path(&capability.name));
        })
    }
}

#[tokio::test]
async fn the_keys_of_a_code_are_not_answered() {
    unlinked(async |rig, client| {
        for kind in [
            json!({"kind": "throw", "async": true, "drift": true}),
            json!({"kind": "never", "drift": true}),
            json!({"kind": "delay", "ms": 60_000, "drift": true}),
            json!({"kind": "shape", "result": {"of": "tomorrow"}, "async": true}),
        ] {
            together_end(rig, client, &["noise_keys", "identity_keys"], failing(kind.clone(), asked)).await;
            together_end(rig, client, &["adv_secret"], failing(kind, asked)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_asked_at_once_fails() {
    linked(async |rig, client| {
        for names in [
            &["registered"][..],
            &["own_number", "own_lid"],
            &["create_wid"],
            &["is_me", "number_of_lid", "lid_of_number"],
        ] {
            // Whatever is answered late or never is a promise at first.
            for kind in [
                json!({"kind": "throw", "drift": true}),
                json!({"kind": "never", "drift": true}),
                json!({"kind": "shape", "result": {"of": "tomorrow"}}),
            ] {
                together_end(rig, client, names, failing(kind, asked)).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_model_cannot_be_listened_to() {
    linked(async |rig, client| {
        for name in ["socket", "stream", "connection", "commands", "backend_events", "messages"] {
            together_end(rig, client, &[name], failing(json!({"kind": "throw", "drift": true}), |_| ".on")).await;
        }
    })
    .await;
}

/// What nobody missed at the login screen is missed when the phone has scanned the code.
#[tokio::test]
async fn what_only_a_linked_account_needs_is_missed_after_linking() {
    let rig = Rig::start().await;
    let client = rig.client();
    let mut events = Events::of(&client);
    for fault in named("send_message").without_exports() {
        rig.sim.fault(fault).await.unwrap();
    }
    client.initialize().await.unwrap();
    let qr = client.qr_code().await.expect("the login works");
    crate::support::leak::secret("QR payload", &qr.payload);
    rig.sim.scan(&qr.payload).await.unwrap();
    let waits = client.send_message(FRIEND, "too early").await.unwrap_err();
    assert_eq!(waits.maybe_sent(), Some(false));
    events
        .wait(
            "disconnected",
            |event| matches!(event, Event::Disconnected(data) if data.reason.code() == "incompatible_page"),
        )
        .await;
    assert_eq!(events.count("ready"), 0, "a session that cannot send is not ready");
    rig.stop(client).await;
}
