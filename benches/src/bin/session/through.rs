//! The same session through another language: a program keeps it and takes the times, and all else is done here, so that it is
//! the same for every language.
//!
//! The program is given the address of the simulator and keeps its data in the current directory. It prints its first QR code as
//! a JSON text, then `ready`, and does what it is told on standard input, one line each, until that ends:
//!
//! * `send <prefix> <count> <until> <to>`: sends one message after the other and prints how long each took, in microseconds.
//! * `receive <prefix> <count>`: subscribes and prints `listening`; prints a list of `[body, microseconds since 1970]` as soon as
//!   it has had so many different messages of that prefix.
//!
//! Such programs are `subject.rs` and those in `borders/`.

use std::collections::{HashMap, HashSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

use crate::figures::{ms, rate, stats};
use crate::processes::{browsers_of, memory, rss_mib};
use crate::receiving::{EVERY, TOGETHER};
use crate::sending::{Cpu, arrived};
use crate::{Bench, Fallible, SETTLING};

pub(crate) async fn measure(bench: &Bench, program: &[String]) -> Fallible<Value> {
    let mut subject = Subject::start(bench, program)?;
    let code: String = serde_json::from_str(&subject.line()?)?;
    bench.sim.scan(&code).await?;
    subject.expect("ready")?;
    tokio::time::sleep(SETTLING).await;
    let idle = subject.memory();
    subject.ask(&format!("send warm-up 1 queued {}", bench.people[0]))?;
    let queued = one_by_one(bench, &mut subject, "seq-", "queued").await?;
    let server = one_by_one(bench, &mut subject, "ack-", "server").await?;
    let burst = burst(bench, &mut subject, "spread-").await?;
    let steady = steady(bench, &mut subject, "steady-").await?;
    tokio::time::sleep(SETTLING).await;
    let after = subject.memory();
    let closing = Instant::now();
    subject.end()?;
    Ok(json!({
        "memory_idle": idle, "send_sequential_ms": queued, "send_to_server_ms": server, "inbound_burst": burst,
        "inbound_steady": steady, "memory_after": after, "shutdown_ms": ms(closing.elapsed()),
    }))
}

async fn one_by_one(bench: &Bench, subject: &mut Subject, prefix: &str, until: &str) -> Fallible<Value> {
    let count = bench.amount.sends;
    let cpu = Cpu::of(subject.pid());
    let start = Instant::now();
    let micros: Vec<f64> =
        serde_json::from_str(&subject.ask(&format!("send {prefix} {count} {until} {}", bench.people[0]))?)?;
    let took = start.elapsed();
    let times: Vec<Duration> = micros.iter().map(|it| Duration::from_secs_f64(it / 1e6)).collect();
    let mut figures = stats(&times);
    figures["per_second"] = rate(count, took).into();
    figures["cpu_ms_per_send"] = cpu.each(count);
    figures["at_server"] = arrived(bench, prefix, count).await?;
    Ok(figures)
}

/// From all people at once.
async fn burst(bench: &Bench, subject: &mut Subject, prefix: &str) -> Fallible<Value> {
    let each = bench.amount.burst.div_ceil(bench.people.len());
    let receiving = Receiving::start(subject, prefix, each * bench.people.len())?;
    let mut posted = HashMap::new();
    let start = Instant::now();
    for sender in &bench.people {
        posted.insert(sender.clone(), since_epoch());
        bench.sim.messages(json!({"from": sender, "body": format!("{prefix}{sender}-{{i}}"), "count": each})).await?;
    }
    let handed_over = start.elapsed();
    let first = posted.values().min().copied().unwrap_or_default();
    let (mut figures, last) = receiving.end(&posted)?;
    let took = last.saturating_sub(first);
    figures["senders"] = bench.people.len().into();
    figures["handed_over_ms"] = ms(handed_over).into();
    figures["last_event_ms"] = ms(took).into();
    figures["events_per_second"] = rate(figures["delivered"].as_u64().unwrap_or_default() as usize, took).into();
    Ok(figures)
}

/// 500 a second.
async fn steady(bench: &Bench, subject: &mut Subject, prefix: &str) -> Fallible<Value> {
    let batches = bench.amount.steady / TOGETHER;
    let receiving = Receiving::start(subject, prefix, batches * TOGETHER)?;
    let mut tick = interval(EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut posted = HashMap::new();
    for batch in 0..batches {
        tick.tick().await;
        posted.insert(batch.to_string(), since_epoch());
        let from = &bench.people[batch % bench.people.len()];
        bench.sim.messages(json!({"from": from, "body": format!("{prefix}{batch}-{{i}}"), "count": TOGETHER})).await?;
    }
    let first = posted.values().min().copied().unwrap_or_default();
    let (mut figures, last) = receiving.end(&posted)?;
    let delivered = figures["delivered"].as_u64().unwrap_or_default() as usize;
    figures["per_second"] = rate(delivered, last.saturating_sub(first)).into();
    Ok(figures)
}

/// A program that is to have so many messages.
struct Receiving<'a> {
    subject: &'a mut Subject,
    prefix: &'a str,
    wanted: usize,
    cpu: Cpu,
}

impl<'a> Receiving<'a> {
    fn start(subject: &'a mut Subject, prefix: &'a str, wanted: usize) -> Fallible<Self> {
        subject.tell(&format!("receive {prefix} {wanted}"))?;
        subject.expect("listening")?;
        let cpu = Cpu::of(subject.pid());
        Ok(Self { subject, prefix, wanted, cpu })
    }

    /// What came, and when the last of it did. `posted` tells when that was asked of the simulator which follows the prefix.
    fn end(self, posted: &HashMap<String, Duration>) -> Fallible<(Value, Duration)> {
        let records: Vec<(String, f64)> = serde_json::from_str(&self.subject.line()?)?;
        let cpu = self.cpu.each(self.wanted);
        let (mut bodies, mut times, mut last) = (HashSet::new(), Vec::with_capacity(records.len()), Duration::ZERO);
        for (body, at) in &records {
            let at = Duration::from_secs_f64(at / 1e6);
            let batch = body.strip_prefix(self.prefix).and_then(|rest| rest.split('-').next()).unwrap_or_default();
            times.push(at.saturating_sub(*posted.get(batch).ok_or("a message that nobody posted")?));
            bodies.insert(body);
            last = last.max(at);
        }
        let figures = json!({
            "messages": self.wanted, "delivered": bodies.len(), "lost": self.wanted - bodies.len(),
            "duplicates": records.len() - bodies.len(), "latency_ms": stats(&times), "cpu_ms_per_message": cpu,
        });
        Ok((figures, last))
    }
}

/// The clock that all processes share.
fn since_epoch() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// The program that keeps the session.
struct Subject {
    process: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Subject {
    fn start(bench: &Bench, program: &[String]) -> Fallible<Self> {
        let (name, arguments) = program.split_first().ok_or("--through wants a program")?;
        let mut command = Command::new(name);
        command.args(arguments).current_dir(bench.path("")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let (orders, answers) = (process.stdin.take(), process.stdout.take());
        let (orders, answers) = orders.zip(answers).ok_or("the program has no pipes")?;
        Ok(Self { process, orders, answers: BufReader::new(answers) })
    }

    fn pid(&self) -> u32 {
        self.process.id()
    }

    fn tell(&mut self, order: &str) -> Fallible<()> {
        Ok(writeln!(self.orders, "{order}")?)
    }

    fn line(&mut self) -> Fallible<String> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            return Err("the program ended too early".into());
        }
        Ok(line)
    }

    fn expect(&mut self, word: &str) -> Fallible<()> {
        let line = self.line()?;
        if line.trim_end() == word { Ok(()) } else { Err(format!("not `{word}`, but {line}").into()) }
    }

    fn ask(&mut self, order: &str) -> Fallible<String> {
        self.tell(order)?;
        self.line()
    }

    fn memory(&self) -> Value {
        json!({"host_rss_mib": rss_mib(self.pid()), "chromium_pss": memory(&browsers_of(self.pid()))})
    }

    /// It has nothing more to do.
    fn end(self) -> Fallible<()> {
        let Self { mut process, orders, .. } = self;
        drop(orders);
        let status = process.wait()?;
        if status.success() { Ok(()) } else { Err(format!("the program: {status}").into()) }
    }
}
