//! What a session costs, from the first QR code to two thousand messages at once: `cargo xtask bench`.
//!
//! `session [--quick] <address of wa-sim>` prints one line of JSON. Names and settings are those of the bench that drives
//! whatsapp-web.js, so that the figures can be divided by each other. With `--through <program> [argument]...` at the end it
//! measures what other languages are compared by, on a session that the program keeps; with `--growth chats 1000` or
//! `--growth messages 1000` only what a send and an event cost beside so many.

mod figures;
mod floor;
mod growth;
mod many;
mod processes;
mod receiving;
mod sending;
mod starting;
mod through;
mod wire;

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use wa_client::{Client, Config, Event};
use wa_client_sim::SimClient;

use processes::{browsers, memory, own_rss_mib};

pub(crate) type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long memory may settle before it is read.
const SETTLING: Duration = Duration::from_secs(3);

/// How much of everything.
#[derive(Clone, Copy)]
pub(crate) struct Amount {
    pub(crate) runs: usize,
    pub(crate) sends: usize,
    pub(crate) burst: usize,
    pub(crate) senders: usize,
    pub(crate) one_chat: usize,
    pub(crate) steady: usize,
    pub(crate) sessions: &'static [usize],
}

const WHOLE: Amount =
    Amount { runs: 5, sends: 300, burst: 2000, senders: 40, one_chat: 200, steady: 2000, sessions: &[1, 5, 10] };
const QUICK: Amount =
    Amount { runs: 2, sends: 60, burst: 400, senders: 40, one_chat: 100, steady: 200, sessions: &[1, 2] };

/// A simulator and where sessions are kept.
pub(crate) struct Bench {
    pub(crate) sim: SimClient,
    pub(crate) amount: Amount,
    pub(crate) people: Vec<String>,
    data: TempDir,
}

impl Bench {
    /// The settings of a session of this name.
    pub(crate) fn config(&self, name: &str) -> Fallible<Config> {
        let settings = json!({
            "session": name, "pageUrl": format!("{}/", self.sim.base()), "sessionPath": self.data.path(), "pacing": null,
            "eventQueue": 50_000,
        });
        Ok(Config::from_json(&settings.to_string())?)
    }

    pub(crate) fn client(&self, name: &str) -> Fallible<Client> {
        Ok(Client::builder().config(self.config(name)?).build()?)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.data.path().join(name)
    }

    /// Links the session; the time is from the scan to ready.
    pub(crate) async fn link(&self, client: &Client) -> Fallible<Duration> {
        let qr = client.qr_code().await.ok_or("there is no code")?;
        let start = std::time::Instant::now();
        self.sim.scan(&qr.payload).await?;
        client.wait_ready().await?;
        Ok(start.elapsed())
    }
}

/// Waits for a number of events that `wanted` accepts.
pub(crate) async fn seen(
    events: &wa_client::EventStream,
    count: usize,
    wanted: impl Fn(&Event) -> bool,
) -> Fallible<()> {
    let mut seen = 0;
    while seen < count {
        let next = tokio::time::timeout(PATIENCE, events.next()).await.map_err(|_| "an event did not come")?;
        seen += usize::from(wanted(&next.ok_or("the events have ended")?.event));
    }
    Ok(())
}

const USAGE: &str = "usage: session [--quick] <address of wa-sim> [--through <program> [argument]... | --growth chats|messages <count>]";

#[tokio::main]
async fn main() -> Fallible<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let through = arguments.iter().position(|argument| argument == "--through").map(|at| arguments.split_off(at));
    let quick = arguments.iter().any(|argument| argument == "--quick");
    arguments.retain(|argument| argument != "--quick");
    let (base, growth) = match arguments.as_slice() {
        [base] => (base, None),
        [base, flag, what, count] if flag == "--growth" => (base, Some((what, count.parse()?))),
        _ => return Err(USAGE.into()),
    };
    let mut amount = if quick { QUICK } else { WHOLE };
    if growth.is_some() {
        amount.senders = growth::SENDERS;
    }
    let people = (0..amount.senders).map(|n| (5_511_970_000_000 + n).to_string()).collect();
    let bench = Bench { sim: SimClient::new(base), amount, people, data: tempfile::tempdir()? };
    let fresh_rss = own_rss_mib();
    prepare(&bench).await?;
    if let Some(through) = through {
        println!("{}", through::measure(&bench, &through[1..]).await?);
        return Ok(());
    }
    if let Some((what, count)) = growth {
        println!("{}", growth::measure(&bench, what, count).await?);
        return Ok(());
    }
    let browser = browser();
    let floor = floor::round_trips(&browser, &bench.path("floor"), amount.sends)?;

    let mut report =
        json!({"subject": "wa-client", "floor_round_trip_ms": figures::stats(&floor), "host_fresh_rss_mib": fresh_rss});
    let mut take = |part: Value| {
        if let (Value::Object(whole), Value::Object(part)) = (&mut report, part) {
            whole.extend(part);
        }
    };
    take(starting::first_codes(&bench).await?);
    take(starting::restores(&bench).await?);
    take(wire::counts(&bench, &browser).await?);
    let client = bench.client("starting")?;
    client.initialize().await?;
    client.wait_ready().await?;
    tokio::time::sleep(SETTLING).await;
    take(json!({"memory_idle": {"host_rss_mib": own_rss_mib(), "chromium_pss": memory(&browsers())}}));
    take(sending::measure(&bench, &client).await?);
    take(receiving::measure(&bench, &client).await?);
    tokio::time::sleep(SETTLING).await;
    take(json!({"memory_after": {"host_rss_mib": own_rss_mib(), "chromium_pss": memory(&browsers())}}));
    let closing = std::time::Instant::now();
    client.shutdown().await;
    take(json!({"shutdown_ms": figures::ms(closing.elapsed())}));
    take(many::measure(&bench).await?);
    println!("{report}");
    Ok(())
}

/// The same world as that of the other bench.
async fn prepare(bench: &Bench) -> Fallible<()> {
    let sim = &bench.sim;
    sim.reset().await?;
    sim.patch_config(json!({
        "key_shape": "serialized", "login": {"steps": [0, 100], "step_ms": 1, "synced_delay_ms": SYNCED_DELAY_MS, "never_sync": false},
    }))
    .await?;
    sim.put_qr(json!({"first_ttl_ms": 60_000, "ttl_ms": 20_000})).await?;
    acks(bench).await?;
    let people = bench.people.iter().map(|number| json!({"number": number, "pushname": "a friend"}));
    sim.accounts(people.collect::<Value>()).await?;
    Ok(())
}

/// What of a login is the simulator's own delay.
pub(crate) const SYNCED_DELAY_MS: u64 = 500;

pub(crate) async fn acks(bench: &Bench) -> Fallible<()> {
    bench.sim.put_acks(json!({"server_ms": 0, "delivered_ms": 15, "read_ms": 30})).await?;
    Ok(())
}

fn browser() -> PathBuf {
    std::env::var_os("CHROME_PATH").map_or_else(|| "/usr/bin/chromium".into(), PathBuf::from)
}
