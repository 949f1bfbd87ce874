//! Traffic and light faults for as long as it is told: what `cargo xtask soak` watches from outside.
//!
//! Given the address of a simulator and a number of seconds, it links, writes and is written to, and prints one line of JSON at
//! the end. It fails when a message was lost or doubled.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::{interval, timeout};
use wa_client::{Client, Config, Event, EventStream};
use wa_client_sim::SimClient;

const FRIENDS: u64 = 10;
/// Between two rounds of traffic: one message out, two in.
const ROUND: Duration = Duration::from_millis(500);
/// Between two faults, in rounds.
const FAULT_EVERY: u64 = 40;
/// How long an interruption of the network lasts, in rounds.
const OFFLINE_FOR: u64 = 3;
/// How long everything may take to arrive in the end.
const SETTLES: Duration = Duration::from_secs(60);

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

fn friend(n: u64) -> String {
    format!("55119888877{:02}", n % FRIENDS)
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Fallible<()> {
    let usage = "usage: soak <address of wa-sim> <seconds> <directory for session data>";
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [base, seconds, data] = arguments.as_slice() else { return Err(usage.into()) };
    let duration = Duration::from_secs(seconds.parse()?);
    let settings = json!({
        "pageUrl": format!("{base}/"), "sessionPath": data, "pacing": null, "checkInterval": 1000,
        "reconnect": {"base": 200},
    });
    let client = Client::builder().config(Config::from_json(&settings.to_string())?).build()?;
    let sim = SimClient::new(base.clone());
    sim.accounts((0..FRIENDS).map(|n| json!({"number": friend(n)})).collect::<Vec<_>>()).await?;
    client.initialize().await?;
    sim.scan(&client.qr_code().await.ok_or("there is no code")?.payload).await?;
    client.wait_ready().await?;

    let reader = tokio::spawn(read(client.events()));
    let began = Instant::now();
    let mut rounds = interval(ROUND);
    let (mut round, mut sent, mut failed, mut faults) = (0_u64, 0_u64, 0_u64, 0_u64);
    let mut sends = tokio::task::JoinSet::new();
    while began.elapsed() < duration {
        rounds.tick().await;
        sends.spawn(client.send_message(friend(round).as_str(), format!("out {round}")).into_future());
        let body = json!({"from": friend(round / 3), "body": format!("in {round}, {{i}}"), "count": 2});
        sim.messages(body).await?;
        faults += u64::from(disturb(&sim, round).await?);
        while let Some(answer) = sends.try_join_next() {
            count(answer?, &mut sent, &mut failed);
        }
        round += 1;
    }
    sim.put_network(json!({"state": "online"})).await?;
    while let Some(answer) = sends.join_next().await {
        count(answer?, &mut sent, &mut failed);
    }
    client.wait_ready().await?;
    // The last of all: what was written before it has arrived, or is found by the search that is under way.
    sim.messages(json!({"from": friend(0), "body": "the last"})).await?;
    let received = wait_for(reader, round * 2).await?;
    let outbox = sim.outbox_summary("out ").await?;
    client.shutdown().await;
    let total = outbox.total;
    println!(
        "{}",
        json!({"sent": sent, "failed": failed, "received": received, "faults": faults, "atTheServer": total})
    );
    if failed > 0 || total != sent || outbox.distinct_bodies != sent {
        return Err(format!("{failed} sends failed; {sent} were sent, {total} are at the server").into());
    }
    Ok(())
}

fn count<T, E>(answer: Result<T, E>, sent: &mut u64, failed: &mut u64) {
    *if answer.is_ok() { sent } else { failed } += 1;
}

/// What a session on a good line sees now and then.
async fn disturb(sim: &SimClient, round: u64) -> Fallible<bool> {
    if round % FAULT_EVERY == OFFLINE_FOR {
        sim.put_network(json!({"state": "online"})).await?;
    }
    if round == 0 || !round.is_multiple_of(FAULT_EVERY) {
        return Ok(false);
    }
    let struck = match round / FAULT_EVERY % 4 {
        0 => sim.fault(json!({"kind": "reload"})).await.map(drop),
        1 => sim.socket(json!({"close": true})).await.map(drop),
        2 => sim.fault(json!({"kind": "iframes", "count": 20})).await.map(drop),
        _ => sim.put_network(json!({"state": "offline"})).await.map(drop),
    };
    match struck {
        Ok(()) => Ok(true),
        // The page is between two connections.
        Err(error) if error.code() == Some("no_target") => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// How often each message came, when all have come.
type Reader = tokio::task::JoinHandle<Result<HashMap<String, u32>, String>>;

async fn read(events: EventStream) -> Result<HashMap<String, u32>, String> {
    let mut texts: HashMap<String, u32> = HashMap::new();
    let mut last = None;
    let mut expected = None;
    while let Some(envelope) = events.next().await {
        if last.replace(envelope.seq).is_some_and(|last| envelope.seq != last + 1) {
            return Err(format!("a gap before event {}", envelope.seq));
        }
        if let Event::Message(message) = &envelope.event {
            let text = message.body.clone().unwrap_or_default();
            expected = if text == "the last" { Some(()) } else { expected };
            *texts.entry(text).or_default() += 1;
        }
        if expected.is_some() {
            return Ok(texts);
        }
    }
    Err("the events have ended".to_owned())
}

async fn wait_for(reader: Reader, expected: u64) -> Fallible<u64> {
    let texts = timeout(SETTLES, reader).await.map_err(|_| "not everything arrived in time")???;
    let doubled = texts.values().filter(|count| **count > 1).count();
    let received = texts.len() as u64 - 1;
    if doubled > 0 || received != expected {
        return Err(format!("{received} of {expected} messages arrived, {doubled} of them more than once").into());
    }
    Ok(received)
}
