//! One at a time, and many at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wa_client::{Client, SendUntil};

use crate::figures::{rate, rounded, stats};
use crate::processes::{browsers_of, cpu_ms};
use crate::{Bench, Fallible, PATIENCE};

pub(crate) async fn measure(bench: &Bench, client: &Client) -> Fallible<Value> {
    client.send_message(bench.people[0].as_str(), "warm up").await?;
    let queued = one_by_one(bench, client, "seq-", SendUntil::Queued).await?;
    let server = one_by_one(bench, client, "ack-", SendUntil::Server).await?;
    let mut at_once = serde_json::Map::new();
    for inflight in [1, 16, 64] {
        at_once.insert(inflight.to_string(), parallel(bench, client, inflight, SendUntil::Queued).await?);
    }
    let spread = many_chats(bench, client, 16).await?;
    Ok(json!({
        "send_sequential_ms": queued, "send_to_server_ms": server, "send_parallel": at_once, "send_parallel_many_chats": spread,
    }))
}

pub(crate) async fn one_by_one(bench: &Bench, client: &Client, prefix: &str, until: SendUntil) -> Fallible<Value> {
    let to = bench.people[0].as_str();
    let count = bench.amount.sends;
    let cpu = Cpu::now();
    let mut times = Vec::with_capacity(count);
    let start = Instant::now();
    for n in 0..count {
        let sent = Instant::now();
        client.send_message(to, format!("{prefix}{n}")).until(until).await?;
        times.push(sent.elapsed());
    }
    let took = start.elapsed();
    let mut figures = stats(&times);
    figures["per_second"] = rate(count, took).into();
    figures["cpu_ms_per_send"] = cpu.each(count);
    figures["at_server"] = arrived(bench, prefix, count).await?;
    Ok(figures)
}

/// As many calls under way at once as `inflight`, to one chat as the other bench does.
async fn parallel(bench: &Bench, client: &Client, inflight: usize, until: SendUntil) -> Fallible<Value> {
    let prefix = format!("par{inflight}-");
    send_at_once(bench, client, &prefix, inflight, until, 1).await
}

/// The same to forty chats.
async fn many_chats(bench: &Bench, client: &Client, inflight: usize) -> Fallible<Value> {
    send_at_once(bench, client, "chats-", inflight, SendUntil::Queued, bench.people.len()).await
}

async fn send_at_once(
    bench: &Bench,
    client: &Client,
    prefix: &str,
    inflight: usize,
    until: SendUntil,
    chats: usize,
) -> Fallible<Value> {
    let count = bench.amount.sends;
    let next = Arc::new(AtomicUsize::new(0));
    let cpu = Cpu::now();
    let start = Instant::now();
    let workers: Vec<_> = (0..inflight)
        .map(|_| {
            let (client, next, prefix) = (client.clone(), Arc::clone(&next), prefix.to_owned());
            let people = bench.people[..chats].to_vec();
            tokio::spawn(async move {
                let mut times = Vec::new();
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= count {
                        return Ok::<_, wa_client::Error>(times);
                    }
                    let sent = Instant::now();
                    client.send_message(people[n % chats].as_str(), format!("{prefix}{n}")).until(until).await?;
                    times.push(sent.elapsed());
                }
            })
        })
        .collect();
    let mut times: Vec<Duration> = Vec::with_capacity(count);
    for worker in workers {
        times.extend(worker.await??);
    }
    let took = start.elapsed();
    Ok(json!({
        "inflight": inflight, "per_second": rate(count, took), "latency_ms": stats(&times), "cpu_ms_per_send": cpu.each(count),
        "at_server": arrived(bench, prefix, count).await?,
    }))
}

/// What the simulator's server has; waits for all of it.
pub(crate) async fn arrived(bench: &Bench, prefix: &str, count: usize) -> Fallible<Value> {
    let give_up = Instant::now() + PATIENCE;
    loop {
        let summary = bench.sim.outbox_summary(prefix).await?;
        if summary.total >= count as u64 || Instant::now() > give_up {
            let (total, distinct) = (summary.total, summary.distinct_bodies);
            return Ok(json!({"total": total, "distinct": distinct, "out_of_order": summary.out_of_order}));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Processor time from now on.
pub(crate) struct Cpu {
    pid: u32,
    host: f64,
    browser: f64,
    browsers: Vec<u32>,
}

impl Cpu {
    pub(crate) fn now() -> Self {
        Self::of(std::process::id())
    }

    /// Of another process and the browsers of that one.
    pub(crate) fn of(pid: u32) -> Self {
        let browsers = browsers_of(pid);
        Self { pid, host: cpu_ms(&[pid]), browser: cpu_ms(&browsers), browsers }
    }

    /// For each of `count`.
    pub(crate) fn each(&self, count: usize) -> Value {
        let share = |now: f64, then: f64| rounded((now - then) / count as f64);
        json!({"host": share(cpu_ms(&[self.pid]), self.host), "chromium": share(cpu_ms(&self.browsers), self.browser)})
    }
}
