//! One simulator and one client a test, with short durations. Tests wait for events, never for time to pass.

#![allow(dead_code, reason = "each test binary uses its own part")]

pub(crate) mod fault;
pub(crate) mod leak;
pub(crate) mod processes;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout, timeout_at};
use wa_client::{Client, Config, Event, EventEnvelope, EventStream};
use wa_client_sim::{SimClient, Simulator};

/// How long anything may take that is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Browsers at the same time in one test binary.
static BROWSERS: Semaphore = Semaphore::const_new(2);

/// The own account and those that tests write to.
const NUMBERS: [&str; 3] = ["5511900000001", "5511988887777", "5511900009999"];

/// A simulator, and a place for the data of a session.
pub(crate) struct Rig {
    pub(crate) sim: SimClient,
    pub(crate) config: Config,
    simulator: Simulator,
    _dir: TempDir,
    _turn: SemaphorePermit<'static>,
}

impl Rig {
    /// A fresh simulator with one own account and nobody linked.
    pub(crate) async fn start() -> Self {
        leak::install();
        NUMBERS.iter().for_each(|number| leak::secret("phone number", number));
        let turn = BROWSERS.acquire().await.expect("the semaphore is never closed");
        let simulator = Simulator::start().await.expect("the simulator starts");
        // A name that no line of a log holds by chance.
        let own = json!([{"number": NUMBERS[0], "pushname": "name of the own account"}]);
        simulator.client().accounts(own).await.expect("the own account gets its name");
        let dir = tempfile::tempdir().expect("a directory for temporary files");
        let mut config = Config::default();
        config.page_url = format!("{}/", simulator.base());
        config.session_path = dir.path().to_owned();
        config.pacing = None;
        config.check_interval = Duration::from_millis(500);
        config.reconnect.base = Duration::from_millis(100);
        Self { sim: simulator.client(), config, simulator, _dir: dir, _turn: turn }
    }

    /// A client on the session directory of this rig.
    pub(crate) fn client(&self) -> Client {
        Client::builder().config(self.config.clone()).build().expect("the configuration is valid")
    }

    /// A linked, ready client and its events from the start.
    pub(crate) async fn ready(&self) -> (Client, Events) {
        let client = self.client();
        let mut events = Events::of(&client);
        client.initialize().await.expect("the session starts");
        let qr = client.qr_code().await.expect("a fresh session shows a code");
        leak::secret("QR payload", &qr.payload);
        self.sim.scan(&qr.payload).await.expect("the phone accepts the code");
        events.wait("ready", |event| matches!(event, Event::Ready(_))).await;
        (client, events)
    }

    /// As [`ready`](Self::ready), with everything on disk: a browser that is killed right after linking has stored nothing.
    pub(crate) async fn ready_and_stored(&self) -> (Client, Events) {
        let (client, mut events) = self.ready().await;
        client.disconnect().await.expect("the browser closes");
        client.initialize().await.expect("the session starts again");
        events.wait("ready again", |event| matches!(event, Event::Ready(_))).await;
        (client, events)
    }

    /// The profile of the browser, which is the session's directory.
    pub(crate) fn profile(&self) -> PathBuf {
        self.config.session_dir().canonicalize().unwrap_or_else(|_| self.config.session_dir())
    }

    /// The main process of the browser.
    pub(crate) fn browser(&self) -> i32 {
        *processes::browsers(&self.profile()).first().expect("a browser runs")
    }

    /// Opens the page in another tab of the browser, as a person at its screen would.
    pub(crate) async fn open_second_tab(&self) {
        let command = processes::command_line(self.browser());
        let kept =
            |arg: &&String| ["--user-data-dir", "--no-sandbox", "--ozone-platform"].iter().any(|a| arg.starts_with(a));
        // The second process hands the address to the first and ends.
        let mut second = tokio::process::Command::new(&command[0]);
        second.args(command[1..].iter().filter(kept)).arg(&self.config.page_url).kill_on_drop(true);
        let output = timeout(PATIENCE, second.output()).await.expect("it ends").expect("it starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Ends everything in order.
    pub(crate) async fn stop(self, client: Client) {
        timeout(PATIENCE, client.shutdown()).await.expect("the client ends");
        timeout(PATIENCE, self.simulator.stop()).await.expect("the simulator ends");
    }
}

/// The events of a client, with those that were passed over.
pub(crate) struct Events {
    stream: EventStream,
    passed: Vec<Arc<EventEnvelope>>,
}

impl Events {
    pub(crate) fn of(client: &Client) -> Self {
        Self { stream: client.events(), passed: Vec::new() }
    }

    /// Waits for the next event that `wanted` accepts; others are passed over.
    pub(crate) async fn wait(&mut self, what: &str, wanted: impl Fn(&Event) -> bool) -> Arc<EventEnvelope> {
        self.wait_for(what, PATIENCE, wanted).await
    }

    pub(crate) async fn wait_for(
        &mut self,
        what: &str,
        patience: Duration,
        wanted: impl Fn(&Event) -> bool,
    ) -> Arc<EventEnvelope> {
        let deadline = Instant::now() + patience;
        loop {
            match timeout_at(deadline, self.stream.next()).await {
                Ok(Some(envelope)) => {
                    self.pass(Arc::clone(&envelope));
                    if wanted(&envelope.event) {
                        return envelope;
                    }
                }
                Ok(None) => panic!("no `{what}`: the events have ended; seen: {}", self.names().join(" ")),
                Err(_) => panic!("no `{what}` in time; seen: {}", self.names().join(" ")),
            }
        }
    }

    /// The next event, whatever it is; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Arc<EventEnvelope>> {
        let envelope = self.stream.next().await?;
        self.pass(Arc::clone(&envelope));
        Some(envelope)
    }

    /// Waits until nothing more can come.
    pub(crate) async fn ended(&mut self) -> bool {
        let drain = async {
            while let Some(envelope) = self.stream.next().await {
                self.pass(envelope);
            }
        };
        timeout(PATIENCE, drain).await.is_ok()
    }

    /// Everything so far, waited for or passed over, without waiting for more.
    pub(crate) fn so_far(&mut self) -> &[Arc<EventEnvelope>] {
        while let Some(envelope) = self.stream.try_next() {
            self.pass(envelope);
        }
        &self.passed
    }

    /// Everything that was waited for or passed over.
    pub(crate) fn passed(&self) -> &[Arc<EventEnvelope>] {
        &self.passed
    }

    fn pass(&mut self, envelope: Arc<EventEnvelope>) {
        leak::learn(&envelope);
        let lagged = matches!(envelope.event, Event::Lagged(_));
        if let Some(last) = self.passed.last().filter(|_| !lagged) {
            assert_eq!(envelope.seq, last.seq + 1, "a gap before `{}`", envelope.event.name());
        }
        self.passed.push(envelope);
    }

    /// How many events of that name there were so far.
    pub(crate) fn count(&mut self, name: &str) -> usize {
        self.so_far().iter().filter(|envelope| envelope.event.name() == name).count()
    }

    fn names(&self) -> Vec<String> {
        let detail = |event: &Event| match event {
            Event::ChangeState(change) => format!("change_state({}/{})", change.status, change.phase),
            Event::Disconnected(data) => format!("disconnected({})", data.reason),
            Event::Reconnecting(data) => format!("reconnecting({})", data.reason),
            event => event.name().to_owned(),
        };
        self.passed.iter().map(|envelope| detail(&envelope.event)).collect()
    }
}
