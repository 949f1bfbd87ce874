//! What a session costs, as counts: commands, messages and bytes at the debugging pipe, and allocations of the host. Each has a
//! budget, the figure of today; room is given only where a count varies by itself, and said why. Times are for
//! `cargo xtask bench`.

use std::alloc::System;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tempfile::TempDir;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;
use wa_client::{Client, Config, Event, EventStream, SendUntil};
use wa_client_benches::{Meter, TappedBrowser};
use wa_client_sim::SimClient;

/// Counts what all threads of this process allocate; browser and simulator are other processes.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// One session at a time, for the allocations of another one would be counted.
static TURN: Semaphore = Semaphore::const_new(1);

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
const FRIEND: &str = "5511988887777";
/// What is sent and received; its length is part of the bytes.
const TEXT: &str = "a text of thirty characters ..";
const SAMPLES: usize = 11;
/// A batch of codes is six, and a command asks for the next batch.
const NEXT_CODES: usize = 5;
const BURST: usize = 500;
/// Messages of which the allocations are counted together, and how often.
const TOGETHER: usize = 50;
const ROUNDS: usize = 10;
const SENDS: usize = 100;

/// All that is ever asked of the browser. A domain that is enabled tells everything that happens in it, and `Network`, `DOM`, `Log`,
/// `Fetch` and `Performance` would make each event and send dearer.
const METHODS: [&str; 14] = [
    "Browser.close",
    "Browser.getVersion",
    "Browser.setDownloadBehavior",
    "Inspector.enable",
    "Page.addScriptToEvaluateOnNewDocument",
    "Page.enable",
    "Page.getFrameTree",
    "Page.navigate",
    "Runtime.addBinding",
    "Runtime.callFunctionOn",
    "Runtime.enable",
    "Runtime.evaluate",
    "Target.attachToTarget",
    "Target.setDiscoverTargets",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_goes_over_the_debugging_pipe() {
    let rig = Rig::start().await;
    let mut budget = Budget::default();

    rig.client.initialize().await.expect("the session starts");
    let start = rig.tapped.meter();
    budget.exactly("commands until the first code", start.commands, 13);
    // Most of it is the injected script; room for a few lines more.
    budget.at_most("bytes to the browser until the first code", start.bytes_out, 76_000);
    // How often the browser tells of the title and the address of its page varies, and whether the page tells what was found
    // in it once or more often before the code.
    budget.at_most("messages from the browser until the first code", start.received, 45);

    rig.seen(1, is_code).await;
    let mut codes = Vec::new();
    for _ in 0..NEXT_CODES {
        codes.push(
            rig.metered(async {
                rig.sim.rotate_qr(None).await.expect("the next code is shown");
                rig.seen(1, is_code).await;
            })
            .await,
        );
    }
    budget.exactly("commands for the next codes, all of them", sum(&codes).commands, 0);
    // The middle of several here and below: the page may have other news meanwhile, as the last report of its start.
    budget.exactly("messages from the browser for the next code", middle(&codes).received, 1);
    // The time in it may have a digit more or less.
    budget.at_most("bytes from the browser for the next code", middle(&codes).bytes_in, 555);

    // With a text behind it, for the command that asks for what was missed goes out when the session is ready.
    let linked = rig
        .metered(async {
            rig.link().await;
            rig.send(SendUntil::Server).await;
        })
        .await;
    budget.exactly("commands from the scan until the first text is sent", linked.commands, 2);
    // States that change at the same moment are told together or one by one. Bytes say nothing here: the page may tell of itself
    // once more, which is 7 kB.
    budget.at_most("messages from the browser from the scan until the first text is sent", linked.received, 24);

    sends(&rig, &mut budget).await;
    arrivals(&rig, &mut budget).await;

    let Rig { client, tapped, .. } = &rig;
    timeout(PATIENCE, client.shutdown()).await.expect("the client ends");
    let methods = tapped.methods();
    budget.exactly("methods that were not counted", tapped.meter().commands.abs_diff(methods.len() as u64), 0);
    let strange: Vec<&String> = methods.iter().filter(|method| !METHODS.contains(&method.as_str())).collect();
    budget.exactly(&format!("commands of other methods {strange:?}"), strange.len() as u64, 0);
    budget.close();
}

/// A send is one command, and its acknowledgements are none.
async fn sends(rig: &Rig, budget: &mut Budget) {
    rig.acks(json!({"server_ms": null, "delivered_ms": null, "read_ms": null})).await;
    let mut queued = Vec::new();
    for _ in 0..SAMPLES {
        queued.push(rig.metered(rig.send(SendUntil::Queued)).await);
    }
    budget.exactly("commands for texts, all of them", sum(&queued).commands, SAMPLES as u64);
    budget.exactly("messages from the browser for a text", middle(&queued).received, 2);
    // The numbers of the command and of the object that it is for have a digit more or less.
    budget.at_most("bytes to the browser for a text", middle(&queued).bytes_out, 510);
    budget.at_most("bytes from the browser for a text", middle(&queued).bytes_in, 1_025);

    rig.acks(json!({"server_ms": 0, "delivered_ms": 0, "read_ms": 0})).await;
    let mut read = Vec::new();
    for _ in 0..SAMPLES {
        read.push(rig.metered(rig.send(SendUntil::Read)).await);
    }
    // A command that an acknowledgement had caused is on its way before that of the next send.
    budget.exactly("commands for texts with three acks each, all of them", sum(&read).commands, SAMPLES as u64);
    // Acks that come together are told together.
    budget.at_most("messages from the browser for a text with three acks", middle(&read).received, 6);
    budget.at_most("bytes from the browser for a text with three acks", middle(&read).bytes_in, 2_300);
}

/// What arrives costs no command and one message.
async fn arrivals(rig: &Rig, budget: &mut Budget) {
    let mut arrived = Vec::new();
    for _ in 0..SAMPLES {
        arrived.push(
            rig.metered(async {
                rig.sim.text(FRIEND, TEXT).await.expect("a friend writes");
                rig.seen(1, |event| has_text(event, TEXT)).await;
            })
            .await,
        );
    }
    budget.exactly("commands for messages received, all of them", sum(&arrived).commands, 0);
    budget.exactly("messages from the browser for a message received", middle(&arrived).received, 1);
    budget.at_most("bytes from the browser for a message received", middle(&arrived).bytes_in, 750);

    rig.acks(json!({"server_ms": null, "delivered_ms": null, "read_ms": null})).await;
    let burst = rig
        .metered(async {
            let burst = json!({"from": FRIEND, "body": "burst {i}", "count": BURST});
            rig.sim.messages(burst).await.expect("a friend writes");
            rig.seen(BURST, |event| has_text(event, "burst ")).await;
            // Its command comes after all that the burst had caused.
            rig.send(SendUntil::Queued).await;
        })
        .await;
    budget.exactly("commands for a burst of 500 and one text", burst.commands, 1);
    // Two of them for the text, and room for other news of the page.
    budget.at_most("messages from the browser for a burst of 500 and one text", burst.received, BURST as u64 + 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_host_allocates() {
    let rig = Rig::start().await;
    rig.client.initialize().await.expect("the session starts");
    rig.link().await;
    rig.acks(json!({"server_ms": 0, "delivered_ms": null, "read_ms": null})).await;
    let mut budget = Budget::default();

    // Once a second the list of reported messages is copied to be stored, which is some thousand allocations, and no part of a
    // message. So the least of the rounds counts, and of the texts the middle.
    let mut arrived = Vec::new();
    for round in 0..ROUNDS {
        arrived.push(rig.allocations_of_burst(&format!("round {round} ")).await / TOGETHER as u64);
    }
    let least = arrived.into_iter().min().unwrap_or_default();
    budget.at_most("allocations for a message received", least, 108);

    let mut sent = Vec::with_capacity(SENDS);
    rig.send(SendUntil::Server).await;
    for _ in 0..SENDS {
        let before = allocations();
        rig.send(SendUntil::Server).await;
        sent.push(allocations() - before);
    }
    budget.at_most("allocations for a text", middle_of(&sent), 312);
    timeout(PATIENCE, rig.client.shutdown()).await.expect("the client ends");
    budget.close();
}

/// A session behind a meter, with a simulator in a process of its own.
struct Rig {
    sim: SimClient,
    client: Client,
    events: EventStream,
    tapped: TappedBrowser,
    _simulator: Child,
    _directory: TempDir,
    _turn: SemaphorePermit<'static>,
}

impl Rig {
    /// A session that has not begun, and a friend.
    async fn start() -> Self {
        let turn = TURN.acquire().await.expect("the semaphore is never closed");
        // It ends when its standard input is dropped.
        let mut simulator = Command::new(env!("CARGO_BIN_EXE_simulator"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the simulator starts");
        let mut base = String::new();
        let stdout = simulator.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut base).expect("the simulator tells its address");
        let sim = SimClient::new(base.trim_end());
        sim.accounts(json!([{"number": FRIEND, "pushname": "a friend"}])).await.expect("the friend has an account");
        // Codes change when the test says so.
        sim.put_qr(json!({"first_ttl_ms": 600_000, "ttl_ms": 600_000})).await.expect("codes last");

        let directory = tempfile::tempdir().expect("a directory for temporary files");
        let browser = std::env::var("CHROME_PATH").unwrap_or_else(|_| "chromium".to_owned());
        let tapped = TappedBrowser::write(directory.path(), Path::new(env!("CARGO_BIN_EXE_tap")), Path::new(&browser))
            .expect("a program in the directory");
        // Nothing is asked of the page because time has passed.
        let settings = json!({
            "pageUrl": format!("{}/", sim.base()), "sessionPath": directory.path(), "executable": tapped.program,
            "pacing": null, "eventQueue": 2 * BURST, "checkInterval": 3_600_000,
        });
        let config = Config::from_json(&settings.to_string()).expect("the settings are known");
        let client = Client::builder().config(config).build().expect("the settings are valid");
        let events = client.events();
        Self { sim, client, events, tapped, _simulator: simulator, _directory: directory, _turn: turn }
    }

    async fn link(&self) {
        let code = self.client.qr_code().await.expect("a code is shown");
        self.sim.scan(&code.payload).await.expect("the phone accepts the code");
        timeout(PATIENCE, self.client.wait_ready()).await.expect("in time").expect("the session gets ready");
    }

    async fn send(&self, until: SendUntil) {
        self.client.send_message(FRIEND, TEXT).until(until).await.expect("the text is sent");
    }

    async fn acks(&self, policy: Value) {
        self.sim.put_acks(policy).await.expect("the policy is known");
    }

    /// Waits for a number of events that `wanted` accepts.
    async fn seen(&self, count: usize, wanted: impl Fn(&Event) -> bool) {
        let mut seen = 0;
        while seen < count {
            let next = timeout(PATIENCE, self.events.next()).await.expect("the event comes in time");
            seen += usize::from(wanted(&next.expect("the session goes on").event));
        }
    }

    /// What goes over the pipe meanwhile.
    async fn metered(&self, work: impl Future<Output = ()>) -> Meter {
        let before = self.tapped.meter();
        work.await;
        self.tapped.meter().since(before)
    }

    /// What is allocated while a burst arrives. The request is written without a client, which would allocate too.
    async fn allocations_of_burst(&self, prefix: &str) -> u64 {
        let body = json!({"from": FRIEND, "body": format!("{prefix}{{i}}"), "count": TOGETHER}).to_string();
        let host = self.sim.base().trim_start_matches("http://");
        let request = format!(
            "POST /sim/messages HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\nconnection: close\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut connection = TcpStream::connect(host).expect("the simulator is there");
        let before = allocations();
        connection.write_all(request.as_bytes()).expect("the simulator takes the request");
        self.seen(TOGETHER, |event| has_text(event, prefix)).await;
        let arrived = allocations() - before;
        let mut answer = String::new();
        connection.read_to_string(&mut answer).expect("the simulator answers");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        arrived
    }
}

fn is_code(event: &Event) -> bool {
    matches!(event, Event::Qr(_))
}

fn has_text(event: &Event, prefix: &str) -> bool {
    matches!(event, Event::Message(message) if message.body.as_deref().is_some_and(|body| body.starts_with(prefix)))
}

/// By all threads until now.
fn allocations() -> u64 {
    let stats = ALLOCATOR.stats();
    (stats.allocations + stats.reallocations) as u64
}

fn middle_of(counts: &[u64]) -> u64 {
    let mut counts = counts.to_vec();
    counts.sort_unstable();
    counts[counts.len() / 2]
}

/// Each count by itself.
fn combined(meters: &[Meter], combine: fn(&[u64]) -> u64) -> Meter {
    let of = |count: fn(&Meter) -> u64| combine(&meters.iter().map(count).collect::<Vec<_>>());
    Meter {
        commands: of(|it| it.commands),
        received: of(|it| it.received),
        bytes_out: of(|it| it.bytes_out),
        bytes_in: of(|it| it.bytes_in),
    }
}

fn middle(meters: &[Meter]) -> Meter {
    combined(meters, middle_of)
}

fn sum(meters: &[Meter]) -> Meter {
    combined(meters, |counts| counts.iter().sum())
}

/// Figures beside their budgets; all of them are compared before anything fails.
#[derive(Default)]
struct Budget {
    over: Vec<String>,
}

impl Budget {
    fn exactly(&mut self, what: &str, figure: u64, budget: u64) {
        self.note(figure == budget, &format!("{what}: {figure}, budget: exactly {budget}"));
    }

    /// Nothing at all is as wrong as too much: then the meter does not work.
    fn at_most(&mut self, what: &str, figure: u64, budget: u64) {
        self.note((1..=budget).contains(&figure), &format!("{what}: {figure}, budget: 1 to {budget}"));
    }

    fn note(&mut self, kept: bool, line: &str) {
        println!("{} {line}", if kept { "kept" } else { "OVER" });
        if !kept {
            self.over.push(line.to_owned());
        }
    }

    fn close(self) {
        assert!(self.over.is_empty(), "over budget:\n  {}", self.over.join("\n  "));
    }
}
