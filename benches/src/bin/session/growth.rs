//! What a send and an event cost when the account has many chats, or many messages.
//!
//! All of it is history that the page finds when it is linked. Every chat is a model in the page's memory, and so is the last
//! message of each; all messages are rows of the page's database, of which the page keeps a copy in memory.

use std::time::Instant;

use serde_json::{Value, json};
use wa_client::SendUntil;

use crate::figures::ms;
use crate::processes::{browsers, memory, own_rss_mib};
use crate::{Bench, Fallible, SETTLING, SYNCED_DELAY_MS, receiving, sending};

/// The chats over which messages are spread.
const CHATS: usize = 100;

/// Those who write and are written to; each has one of the chats.
pub(crate) const SENDERS: usize = 10;

/// One message in each of `count` chats, or `count` messages in a hundred chats.
pub(crate) async fn measure(bench: &Bench, what: &str, count: usize) -> Fallible<Value> {
    let (chats, messages) = match what {
        "chats" => (count, 1),
        "messages" => (CHATS, count / CHATS),
        _ => return Err("--growth: chats or messages".into()),
    };
    if chats < bench.people.len() || messages == 0 {
        return Err("--growth: too few for those who write".into());
    }
    let numbers = (0..chats).map(|n| match bench.people.get(n) {
        Some(number) => number.clone(),
        None => (5_511_980_000_000 + n).to_string(),
    });
    let history = numbers.map(|number| json!({"id": number, "messages": messages}));
    bench.sim.chats(json!({"chats": history.collect::<Value>()})).await?;
    let seeded = own_rss_mib();
    let client = bench.client("growth")?;
    client.initialize().await?;
    let ready = bench.link(&client).await?;
    tokio::time::sleep(SETTLING).await;
    let idle = json!({"host_rss_mib": own_rss_mib(), "chromium_pss": memory(&browsers())});
    client.send_message(bench.people[0].as_str(), "warm up").await?;
    let start = Instant::now();
    let sends = sending::one_by_one(bench, &client, "growth-", SendUntil::Queued).await?;
    let events = client.events();
    let steady = receiving::steady(bench, &events).await?;
    let took = start.elapsed();
    let host_rss = own_rss_mib();
    client.shutdown().await;
    Ok(json!({
        "what": what, "count": count, "chats": chats, "messages_in_database": chats * messages,
        "scan_to_ready_ms": {"value": ms(ready), "of_which_simulated_ms": SYNCED_DELAY_MS}, "memory_idle": idle,
        "host_rss_seeded_mib": seeded,
        "send_sequential_ms": sends, "inbound_steady": steady, "load_ms": ms(took), "host_rss_after_mib": host_rss,
    }))
}
