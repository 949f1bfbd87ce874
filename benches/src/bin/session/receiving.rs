//! Many messages at once, and a steady stream of them.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval, timeout};
use wa_client::{Client, Event, EventStream};

use crate::figures::{ms, rate, stats};
use crate::processes::own_rss_mib;
use crate::sending::Cpu;
use crate::{Bench, Fallible, PATIENCE};

/// A stranger, for a chat of its own.
const ONE: &str = "5511979999999";
/// Messages that arrive together in the steady stream, and how often: 500 a second.
pub(crate) const TOGETHER: usize = 10;
pub(crate) const EVERY: Duration = Duration::from_millis(20);

pub(crate) async fn measure(bench: &Bench, client: &Client) -> Fallible<Value> {
    let events = client.events();
    let people: Vec<&str> = bench.people.iter().map(String::as_str).collect();
    let spread = burst(bench, &events, "spread-", bench.amount.burst, &people).await?;
    let single = burst(bench, &events, "single-", bench.amount.one_chat, &[ONE]).await?;
    let steady = steady(bench, &events).await?;
    Ok(json!({"inbound_burst": spread, "inbound_one_chat": single, "inbound_steady": steady}))
}

async fn burst(bench: &Bench, events: &EventStream, label: &str, total: usize, senders: &[&str]) -> Fallible<Value> {
    let each = total.div_ceil(senders.len());
    let wanted = each * senders.len();
    let cpu = Cpu::now();
    let start = Instant::now();
    let post = async {
        for sender in senders {
            bench
                .sim
                .messages(json!({"from": sender, "body": format!("{label}{sender}-{{i}}"), "count": each}))
                .await?;
        }
        Fallible::Ok(start.elapsed())
    };
    let (posted, seen) = tokio::join!(post, take(events, label, wanted));
    let (times, last) = seen?;
    let took = last - start;
    let duplicates: usize = times.values().map(|count| count - 1).sum();
    Ok(json!({
        "messages": wanted, "senders": senders.len(), "delivered": times.len(), "lost": wanted - times.len(),
        "duplicates": duplicates, "handed_over_ms": ms(posted?), "last_event_ms": ms(took),
        "events_per_second": rate(times.len(), took), "cpu_ms_per_message": cpu.each(wanted), "host_rss_mib": own_rss_mib(),
    }))
}

/// How often each message was seen, and when the last one was.
async fn take(events: &EventStream, label: &str, wanted: usize) -> Fallible<(HashMap<String, usize>, Instant)> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    while seen.len() < wanted {
        let Ok(Some(envelope)) = timeout(PATIENCE, events.next()).await else { break };
        if let Event::Message(message) = &envelope.event
            && let Some(body) = message.body.as_ref().filter(|body| body.starts_with(label))
        {
            *seen.entry(body.clone()).or_default() += 1;
        }
    }
    Ok((seen, Instant::now()))
}

/// From the request to the simulator until the application has the message.
pub(crate) async fn steady(bench: &Bench, events: &EventStream) -> Fallible<Value> {
    let batches = bench.amount.steady / TOGETHER;
    let cpu = Cpu::now();
    let post = async {
        let mut tick = interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut posted = Vec::with_capacity(batches);
        for batch in 0..batches {
            tick.tick().await;
            posted.push(Instant::now());
            let from = &bench.people[batch % bench.people.len()];
            let body = format!("steady-{batch}-{{i}}");
            bench.sim.messages(json!({"from": from, "body": body, "count": TOGETHER})).await?;
        }
        Fallible::Ok(posted)
    };
    let seen = async {
        let mut seen = Vec::with_capacity(batches * TOGETHER);
        while seen.len() < batches * TOGETHER {
            let Ok(Some(envelope)) = timeout(PATIENCE, events.next()).await else { break };
            if let Event::Message(message) = &envelope.event
                && let Some(rest) = message.body.as_deref().and_then(|body| body.strip_prefix("steady-"))
                && let Some(batch) = rest.split('-').next().and_then(|batch| batch.parse::<usize>().ok())
            {
                seen.push((batch, Instant::now()));
            }
        }
        seen
    };
    let start = Instant::now();
    let (posted, seen) = tokio::join!(post, seen);
    let (posted, took) = (posted?, start.elapsed());
    let times: Vec<Duration> = seen.iter().map(|(batch, at)| at.saturating_duration_since(posted[*batch])).collect();
    let sent = batches * TOGETHER;
    Ok(json!({
        "messages": sent, "lost": sent - times.len(), "per_second": rate(times.len(), took), "latency_ms": stats(&times),
        "cpu_ms_per_message": cpu.each(sent),
    }))
}
