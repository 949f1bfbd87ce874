//! A page that says whatever it likes through our own script cannot crash, stall or confuse the library.
//!
//! What it does is in `hostile_page/page.js`. The tests run one after the other, because memory and log are those of the process.

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;
use support::{PATIENCE, Rig, leak};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, timeout};
use wa_client::{Client, Config, ConnectionStatus, DisconnectReason, Event, EventStream};

static ALONE: Mutex<()> = Mutex::const_new(());

const PAGE: &str = include_str!("hostile_page/page.js");
const FRIEND: &str = "5511988887777";
const MIB: u64 = 1 << 20;

/// A client on a page of ours, which is hostile until it is told otherwise.
struct Hostile {
    client: Client,
    events: EventStream,
    /// One who never takes any.
    _idle: EventStream,
    seen: BTreeMap<&'static str, usize>,
    hostile: Arc<AtomicBool>,
    _dir: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl Hostile {
    async fn start(scenario: &'static str) -> Self {
        let alone = ALONE.lock().await;
        leak::install();
        let hostile = Arc::new(AtomicBool::new(true));
        let dir = tempfile::tempdir().expect("a directory for temporary files");
        let mut config = Config::default();
        config.page_url = serve(scenario, Arc::clone(&hostile)).await;
        config.session_path = dir.path().to_owned();
        config.pacing = None;
        config.check_interval = Duration::from_millis(500);
        config.deadlines.send = Duration::from_secs(2);
        config.deadlines.exists = Duration::from_secs(5);
        config.deadlines.ping = Duration::from_secs(60);
        config.reconnect.base = Duration::from_millis(100);
        let client = Client::builder().config(config).build().expect("the configuration is valid");
        let (events, idle) = (client.events(), client.events());
        Self { client, events, _idle: idle, seen: BTreeMap::new(), hostile, _dir: dir, _alone: alone }
    }

    /// Waits for an event. None is kept: what this process holds is what the library holds.
    async fn wait(&mut self, what: &str, wanted: impl Fn(&Event) -> bool) {
        let found = async {
            loop {
                let envelope = self.events.next().await.expect("the events go on");
                *self.seen.entry(envelope.event.name()).or_default() += 1;
                if wanted(&envelope.event) {
                    break;
                }
            }
        };
        let in_time = timeout(Duration::from_secs(300), found).await.is_ok();
        assert!(in_time, "no `{what}` in time; seen: {:?}", self.seen);
    }

    /// The page was replaced because of what it said, and one that behaves is as good as any.
    async fn is_replaced_and_recovers(&mut self) {
        let replaced = |event: &Event| matches!(event, Event::Reconnecting(next) if next.reason == DisconnectReason::PageUnresponsive);
        self.wait("reconnecting", replaced).await;
        self.hostile.store(false, Ordering::Relaxed);
        self.wait("ready", |event| matches!(event, Event::Ready(_))).await;
        timeout(PATIENCE, self.client.wait_ready()).await.expect("in time").expect("it is ready");
    }

    async fn stop(self) {
        timeout(PATIENCE, self.client.shutdown()).await.expect("the client ends");
    }
}

/// Serves the page; its address.
async fn serve(scenario: &'static str, hostile: Arc<AtomicBool>) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("its address"));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let scenario = if hostile.load(Ordering::Relaxed) { scenario } else { "" };
            tokio::spawn(answer(stream, scenario));
        }
    });
    url
}

async fn answer(stream: TcpStream, scenario: &str) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while stream.read_line(&mut head).await? > 2 {}
    let page = format!("<!doctype html><meta charset=utf-8><script>const HOSTILE = '{scenario}';\n{PAGE}</script>");
    let length = page.len();
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(page.as_bytes()).await?;
    stream.shutdown().await
}

/// What this process holds in memory, and has held at most.
fn resident(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the state of this process");
    let line = status.lines().find_map(|line| line.strip_prefix(what)).expect("a size");
    line.trim_matches(|c: char| !c.is_ascii_digit()).parse::<u64>().expect("a number") << 10
}

/// Forgets the most that was held so far.
fn reset_peak() {
    std::fs::write("/proc/self/clear_refs", "5").expect("the peak can be reset");
}

fn is_message(event: &Event, body: &str) -> bool {
    matches!(event, Event::Message(message) if message.body.as_deref() == Some(body))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nonsense_is_passed_over_and_the_session_goes_on() {
    let mut hostile = Hostile::start("nonsense").await;
    let lines = leak::lines();
    hostile.client.initialize().await.expect("the session starts");
    hostile.wait("what comes behind the nonsense", |event| is_message(event, "the end")).await;
    assert_eq!(hostile.client.connection_status().status, ConnectionStatus::Ready);
    let interrupted = ["disconnected", "reconnecting", "auth_failure", "qr", "code"];
    for name in interrupted {
        assert_eq!(hostile.seen.get(name), None, "it was taken for what it said");
    }
    assert_eq!(hostile.seen["ready"], 1);
    let lines = leak::lines() - lines;
    assert!(lines < 200, "{lines} lines in the log");
    hostile.stop().await;
}

/// Floods with `scenario` beside a session that works: that one must not notice, and memory and log must not grow.
async fn flood(scenario: &'static str) {
    let mut hostile = Hostile::start(scenario).await;
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.expect("somebody to write to");
    let (client, _events) = rig.ready().await;
    let (lines, before) = (leak::lines(), resident("VmRSS:"));
    reset_peak();
    let (beginning, mut slowest) = (Instant::now(), Duration::ZERO);
    let over = AtomicBool::new(false);
    let mut sent = 0;
    let sends = async {
        while !over.load(Ordering::Relaxed) {
            let begun = Instant::now();
            client.send_message(FRIEND, format!("number {sent}")).await.expect("the other session sends");
            slowest = slowest.max(begun.elapsed());
            sent += 1;
        }
    };
    let flood = async {
        let _ = hostile.client.initialize().await;
        hostile.is_replaced_and_recovers().await;
        over.store(true, Ordering::Relaxed);
    };
    tokio::join!(sends, flood);
    let grown = resident("VmHWM:").saturating_sub(before) / MIB;
    let lines = leak::lines() - lines;
    println!(
        "{scenario}: {:?}, {sent} sends, the slowest {slowest:?}, grown by {grown} MiB, {lines} lines",
        beginning.elapsed()
    );
    assert!(slowest < Duration::from_secs(10), "the other session waited {slowest:?} for a send");
    assert!(grown < 300, "grown by {grown} MiB");
    // The other session tells of each send.
    assert!(lines < 500 + 4 * sent, "{lines} lines in the log");
    hostile.stop().await;
    rig.stop(client).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_calls_that_make_no_sense() {
    flood("calls").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_messages() {
    flood("events").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_comes_and_goes_all_the_time() {
    flood("flapping").await;
}

/// One subscriber takes nothing, so events pile up for it as far as they may.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hundreds_of_mebibytes_do_not_fill_the_memory() {
    let mut hostile = Hostile::start("huge").await;
    let before = resident("VmRSS:");
    reset_peak();
    hostile.client.initialize().await.expect("the session starts");
    hostile.wait("the end", |event| is_message(event, "the end")).await;
    let grown = resident("VmHWM:").saturating_sub(before) / MIB;
    println!("huge: grown by {grown} MiB");
    assert!(grown < 300, "grown by {grown} MiB");
    hostile.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_make_no_sense_are_errors_in_time() {
    let hostile = Hostile::start("answers").await;
    let rounds = async {
        hostile.client.initialize().await.expect("the session starts");
        hostile.client.wait_ready().await.expect("the page says that it is ready");
        // Each kind of nonsense, for each kind of call.
        for n in 0..10 {
            let number = format!("55119888877{n:02}");
            hostile.client.is_registered(number.as_str()).await.expect_err("nobody knows");
            let error = hostile.client.send_message(number.as_str(), "text").await.expect_err("nothing was sent");
            assert_eq!(error.maybe_sent(), Some(true), "who knows: {error}");
        }
    };
    timeout(Duration::from_secs(120), rounds).await.expect("every call has its deadline");
    hostile.stop().await;
}
