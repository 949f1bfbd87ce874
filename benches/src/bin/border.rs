//! What a call and an event cost in Rust, the measure for the other languages: `cargo xtask bench`.
//!
//! The programs beside it (`borders/`) do the same in C, Python and Node. Each is given the address of a simulator, links,
//! takes in a burst of messages, and then measures on what is in memory, so that the page has no part in it. It prints one
//! line of JSON.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wa_client::{Client, Config, Event};
use wa_client_sim::SimClient;

const FRIEND: &str = "5511988887777";
const BURST: u64 = 5_000;
const STATUS_CALLS: u32 = 20_000;
const AWAITED_CALLS: u32 = 5_000;
const ROUNDS: usize = 7;
const IDLE_CLIENTS: u64 = 50;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> Fallible<()> {
    let base = std::env::args().nth(1).ok_or("usage: border <address of wa-sim>")?;
    let data = tempfile::tempdir()?;
    let settings = json!({
        "pageUrl": format!("{base}/"), "sessionPath": data.path(), "pacing": null, "eventQueue": 50_000, "eventReplay": 50_000,
    });
    let config = Config::from_json(&settings.to_string())?;
    let client = Client::builder().config(config.clone()).build()?;
    let sim = SimClient::new(base);
    client.initialize().await?;
    sim.scan(&client.qr_code().await.ok_or("there is no code")?.payload).await?;
    client.wait_ready().await?;
    let arriving = client.events();
    sim.messages(json!({"from": FRIEND, "body": "number {i}", "count": BURST})).await?;
    let mut messages = 0;
    while messages < BURST {
        let event = arriving.next().await.ok_or("the events have ended")?;
        messages += u64::from(matches!(event.event, Event::Message(_)));
    }
    let status = median(|| {
        let start = Instant::now();
        for _ in 0..STATUS_CALLS {
            assert!(std::hint::black_box(client.connection_status()).ready);
        }
        start.elapsed() / STATUS_CALLS
    });
    let mut awaited = Vec::new();
    let mut events = Vec::new();
    let mut total = 0;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..AWAITED_CALLS {
            client.initialize().await?;
        }
        awaited.push(start.elapsed() / AWAITED_CALLS);
        let (kept, start) = (client.events_after(0), Instant::now());
        total = 0;
        while let Some(event) = kept.try_next() {
            std::hint::black_box(&event);
            total += 1;
        }
        events.push(start.elapsed() / total);
    }
    let rss = resident_kb();
    let idle: Vec<Client> = (0..IDLE_CLIENTS)
        .map(|n| {
            let mut config = config.clone();
            config.session = format!("idle-{n}");
            Client::builder().config(config).build()
        })
        .collect::<Result<_, _>>()?;
    let per_client = (resident_kb() - rss) as f64 / IDLE_CLIENTS as f64;
    println!("{}", report(status, middle(awaited), middle(events), total, rss, per_client));
    drop(idle);
    client.shutdown().await;
    Ok(())
}

fn report(
    status: Duration,
    awaited: Duration,
    event: Duration,
    events: u32,
    rss_kb: u64,
    idle_client_kb: f64,
) -> Value {
    let ns = |duration: Duration| duration.as_nanos() as u64;
    json!({
        "status_ns": ns(status), "awaited_ns": ns(awaited), "event_ns": ns(event), "events": events,
        "rss_kb": rss_kb, "idle_client_kb": idle_client_kb,
    })
}

fn median(mut measure: impl FnMut() -> Duration) -> Duration {
    middle((0..ROUNDS).map(|_| measure()).collect())
}

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// What this process has in memory, in kilobytes.
fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}
