//! Exactly once: numbered messages go out and come in while one fault after the other strikes at random.
//!
//! Whatever happens, every call gets one answer, every answer is true, what is in doubt can be settled, and what was sent to the
//! account arrives once. `WA_EXACTLY_ONCE_SEED` repeats a run, `WA_EXACTLY_ONCE_SECONDS` makes it shorter or longer.

#[path = "../support/mod.rs"]
mod support;

mod chaos;
mod dice;
mod incoming;
mod outgoing;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, SystemTime};

use serde_json::json;
use tokio::time::{Instant, timeout};

use chaos::Chaos;
use dice::Dice;
use incoming::Incoming;
use outgoing::Outgoing;
use support::{Rig, processes};

/// How long it goes on unless the environment says otherwise.
const SECONDS: u64 = 300;
/// Messages to be sent in that time, and to be received.
const SENT: u64 = 1_000;
const RECEIVED: u64 = 5_000;
/// People to write to, who also write.
const FRIENDS: u64 = 20;
/// How long everything may take to settle once nothing goes wrong any more.
const SETTLES: Duration = Duration::from_secs(120);

fn friend(n: u64) -> String {
    format!("55119888877{n:02}")
}

fn setting(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} must be a number")))
}

/// Time that passes between two things that happen to the session.
async fn pause(duration: Duration) {
    // Load and faults are spread over time: time is what is tested.
    tokio::time::sleep(duration).await;
}

/// The harness keeps what a test prints to itself unless it fails; the figures are for everybody.
fn tell(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// `3 × that, 1 × this`
fn counts<K: std::fmt::Display>(counts: &BTreeMap<K, usize>) -> String {
    let mut text = String::new();
    for (what, count) in counts {
        let _ = write!(text, "{}{count} × {what}", if text.is_empty() { "" } else { ", " });
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_message_once_whatever_happens() {
    let by_clock = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock").subsec_nanos().into();
    let seed = setting("WA_EXACTLY_ONCE_SEED").unwrap_or_else(by_clock);
    let seconds = setting("WA_EXACTLY_ONCE_SECONDS").unwrap_or(SECONDS);
    tell(&format!("exactly once: {seconds} s with WA_EXACTLY_ONCE_SEED={seed}"));
    let mut dice = Dice::new(seed);
    let duration = Duration::from_secs(seconds);
    let share = |count: u64| (count * seconds).div_ceil(SECONDS);

    let mut rig = Rig::start().await;
    chaos::prepare(&mut rig.config);
    let accounts: Vec<_> = (0..FRIENDS).map(|n| json!({"number": friend(n)})).collect();
    rig.sim.accounts(accounts).await.expect("friends");
    let (client, events) = rig.ready_and_stored().await;
    drop(events);

    let mut incoming = Incoming::watch(&client);
    let until = Instant::now() + duration;
    let mut outgoing = Outgoing::new(&client, dice.split());
    let mut chaos = Chaos::new(dice.split());
    tokio::join!(
        outgoing.send(share(SENT), duration),
        incoming.post(&rig.sim, share(RECEIVED), duration, dice.split()),
        chaos.rage(&rig, &client, until),
    );
    tell(&format!("faults: {}", counts(&chaos.struck)));
    tell(&chaos.recoveries());

    let answers = outgoing.answers().await;
    tell(&format!("{} sends: {}", answers.len(), counts(&outgoing::kinds(&answers))));
    chaos.recover(&client).await;
    timeout(SETTLES, incoming.all_there()).await.unwrap_or_else(|_| panic!("{}", incoming.missing()));
    let settled = outgoing::prove(&rig.sim, &client, &answers).await;
    tell(&format!("in doubt: {}", counts(&settled)));
    let received = incoming.prove();
    tell(&received);

    let profile = rig.profile();
    rig.stop(client).await;
    assert_eq!(processes::browsers(&profile), Vec::<i32>::new(), "no browser is left");
}
