//! A whole life of a session, from the first code to the logout and with every kind of failure, at the most verbose: nobody is
//! recognised by what it leaves in logs, in errors and in what `Debug` shows.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;
use wa_client::{Config, Error, ErrorKind, Event, PhoneNumber};

use crate::bench::{Bench, FRIEND, OWN, stop};
use crate::support::{Events, Rig, leak, processes};

const NOBODY: &str = "5511900009999";
const FRIENDS_NAME: &str = "Friend of long standing";
const SENT: &str = "meet me at the old harbour";
const REFUSED: &str = "this one is turned down";
const UNCONFIRMED: &str = "and this one stays without a word";
const RECEIVED: &str = "the parcel is with the neighbour";
const EDITED: &str = "the parcel is in the shed";
const TEXTS: [&str; 5] = [SENT, REFUSED, UNCONFIRMED, RECEIVED, EDITED];

/// What a program may show of a value goes where the watch over log lines sees it.
fn show(value: &dyn Debug) {
    tracing::info!("{value:?} {value:#?}");
}

/// The error, as programs print errors.
fn shown<T: Debug>(result: Result<T, Error>) -> Error {
    let error = result.expect_err("it fails");
    let whole: &(dyn std::error::Error + 'static) = &error;
    tracing::error!(whole, "{error} {error:?} {error:#?}");
    tracing::error!("{}", serde_json::to_string(&error).expect("an error as JSON"));
    error
}

#[tokio::test]
async fn a_whole_life_leaves_nobody_in_logs_errors_and_debug() {
    let mut rig = Rig::start().await;
    TEXTS.iter().for_each(|text| leak::secret("text", text));
    leak::secret("name", FRIENDS_NAME);
    leak::secret("password", "redis-password-4711");
    rig.config.deadlines.close = Duration::from_secs(3);
    rig.sim.accounts(json!([{"number": FRIEND, "pushname": FRIENDS_NAME}])).await.expect("a friend");
    let client = rig.client();
    let mut events = Events::of(&client);

    // Linked by a code that is typed, after one that is refused, and logged out.
    shown(client.send_message(FRIEND, SENT).await);
    client.initialize().await.expect("the session starts");
    shown(client.send_message(FRIEND, SENT).deadline(Duration::from_millis(1)).await);
    let code = client.request_pairing_code(OWN).await.expect("a code");
    leak::secret("pairing code", &code.code);
    show(&code);
    rig.sim.pair(&code.code, None).await.expect("the phone takes the code");
    events.wait("ready", |event| matches!(event, Event::Ready(_))).await;
    shown(client.generate_qr_code().await);
    client.logout().await.expect("the account is logged out");
    events.wait("the end", |event| matches!(event, Event::Disconnected(_))).await;

    // Linked by a code that is scanned.
    client.initialize().await.expect("the session starts again");
    let qr = client.qr_code().await.expect("a code");
    leak::secret("QR payload", &qr.payload);
    show(&qr);
    rig.sim.scan(&qr.payload).await.expect("the phone scans");
    events.wait("ready", |event| matches!(event, Event::Ready(_))).await;

    // Sent, refused, unanswered.
    show(&client.send_message(FRIEND, SENT).await.expect("it is sent"));
    show(&client.send_message(FRIEND, SENT));
    assert_eq!(shown(client.send_message(NOBODY, SENT).await).kind(), ErrorKind::NotRegistered);
    shown(client.send_message("5511988887777 extension 4711", SENT).await);
    shown(client.send_message(format!("{FRIEND}@nowhere"), SENT).await);
    shown(client.send_message(FRIEND, SENT).quoted(format!("true_{NOBODY}@c.us_3EB0AA")).await);
    shown(format!("{FRIEND}{FRIEND}").parse::<PhoneNumber>());
    rig.sim.put_acks(json!({"error": 463})).await.expect("acks");
    assert_eq!(shown(client.send_message(FRIEND, REFUSED).await).kind(), ErrorKind::SendFailed);
    rig.sim.put_acks(json!({"server_ms": null})).await.expect("acks");
    let unconfirmed = client.send_message(FRIEND, UNCONFIRMED).deadline(Duration::from_secs(1)).await;
    assert_eq!(shown(unconfirmed).kind(), ErrorKind::Timeout);
    rig.sim.put_acks(json!({"server_ms": 0})).await.expect("acks");

    // Received, changed, taken back.
    let posted = rig.sim.text(FRIEND, RECEIVED).await.expect("the friend writes");
    events.wait("message", |event| matches!(event, Event::Message(_))).await;
    let id = &posted.messages[0].id;
    rig.sim.edits(id, EDITED).await.expect("the friend edits");
    events.wait("message_edit", |event| matches!(event, Event::MessageEdit(_))).await;
    rig.sim.revokes(id).await.expect("the friend deletes");
    events.wait("revoke", |event| matches!(event, Event::MessageRevokeEveryone(_))).await;
    rig.sim.calls(FRIEND, false).await.expect("the friend calls");
    events.wait("call", |event| matches!(event, Event::Call(_))).await;

    // Ended, taken up, lost and found; what was linked is on disk by then.
    client.disconnect().await.expect("the browser closes");
    client.initialize().await.expect("the session starts once more");
    events.wait("ready", |event| matches!(event, Event::Ready(_))).await;
    processes::signal(rig.browser(), Signal::KILL);
    events.wait("the loss", |event| matches!(event, Event::Disconnected(_) | Event::Reconnecting(_))).await;
    events.wait("ready", |event| matches!(event, Event::Ready(_))).await;
    show(&client);
    show(&client.connection_status());
    tracing::info!("{} {}", client.connection_status().message, client.connection_status().phase);
    client.disconnect().await.expect("the session ends");
    let mut config = rig.config.clone();
    config.redis_url = Some("redis://somebody:redis-password-4711@127.0.0.1:1/0".into());
    show(&config);
    shown(Config::from_json(r#"{"pacing": "redis-password-4711"}"#));

    for envelope in events.so_far() {
        show(envelope);
    }
    // The watch ends the run at once when it finds something. It has seen all of us, at every level.
    let seen: BTreeSet<String> = leak::install().sources();
    for source in [
        "DEBUG wa_client::browser",
        "DEBUG wa_client::page",
        "DEBUG wa_client::session",
        "INFO wa_client::ops",
        "TRACE ",
    ] {
        assert!(seen.iter().any(|it| it.starts_with(source)), "no {source} in {seen:?}");
    }
    rig.stop(client).await;
}

#[tokio::test]
async fn the_program_at_its_most_verbose_complains_about_nobody() {
    let bench = Bench::start().await;
    bench.phone.accounts(json!([{"number": FRIEND, "pushname": FRIENDS_NAME}])).await.expect("a friend");
    let trace = [("RUST_LOG", "trace")];
    let payload = bench.link("", &trace).await;
    for to in [FRIEND, NOBODY, "55119 and more"] {
        bench.run("", &trace, &["send", to, SENT]).end().await;
    }
    bench.phone.put_acks(json!({"error": 463})).await.expect("acks");
    bench.run("", &trace, &["send", FRIEND, REFUSED]).end().await;
    let mut listen = bench.listen("", &trace).await;
    bench.phone.text(FRIEND, RECEIVED).await.expect("the friend writes");
    assert!(listen.line_with(r#""event":"message""#).await.contains(RECEIVED), "standard output is for this");
    stop(listen).await;
    let mut login = bench.run("", &trace, &["--session", "second", "login", "--phone", OWN]);
    let line = login.line_with("Code: ").await;
    let code = line.strip_prefix("Code: ").expect("a code");
    bench.phone.pair(code, None).await.expect("the phone takes the code");
    login.line_with("Ready.").await;
    assert!(login.end().await.0.success());

    let complaints = bench.complaints();
    for level in ["TRACE", "DEBUG"] {
        assert!(complaints.contains(level), "no {level} among the complaints");
    }
    assert!(complaints.contains("not_registered"), "the failures are told");
    let bare: String = complaints.chars().filter(|c| !matches!(c, ' ' | '+' | '-' | '(' | ')')).collect();
    let plain_code = code.replace('-', "");
    let keys = payload.split(',').filter(|part| part.len() >= 16);
    let secrets = [OWN, FRIEND, NOBODY, FRIENDS_NAME, SENT, REFUSED, RECEIVED, code, &plain_code];
    for secret in secrets.into_iter().chain(keys) {
        let line = complaints.lines().find(|line| line.contains(secret));
        assert!(line.is_none() && !bare.contains(secret), "{secret} in {line:?}");
    }
}
