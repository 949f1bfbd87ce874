//! One fault after the other, and the operator who brings back what does not come back by itself.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use wa_client::{Client, Config};

use crate::dice::Dice;
use crate::pause;
use crate::support::Rig;
use crate::support::fault::Fault;

/// Everything but what takes the link away: a new link knows nothing of what the old one did.
const DECK: [Fault; 20] = [
    Fault::BrowserKilled,
    Fault::BrowserStopped,
    Fault::ConnectionCut,
    Fault::RendererKilled,
    Fault::OutOfMemory,
    Fault::PageHangs,
    Fault::PageReloads,
    Fault::PageGoesElsewhere,
    Fault::PageRefusesTheBrowser,
    Fault::Iframes,
    Fault::Dialog,
    Fault::ReloadWhileServerSays503,
    Fault::ReloadWhileServerHangs,
    Fault::ReloadWhileServerResets,
    Fault::SocketClosed,
    Fault::Offline,
    Fault::HalfOpen,
    Fault::Flapping,
    Fault::Replaced,
    Fault::PageOutdated,
];

/// What can strike a session that is just coming back.
const ON_TOP: [Fault; 3] = [Fault::PageReloads, Fault::Offline, Fault::HalfOpen];

/// How long a session may take to be itself again.
const RECOVERY: Duration = Duration::from_secs(90);

/// Short deadlines, so that there is time for many faults.
pub(crate) fn prepare(config: &mut Config) {
    config.check_interval = Duration::from_millis(300);
    config.page_recovery_grace = Duration::from_secs(15);
    let deadlines = &mut config.deadlines;
    deadlines.ping = Duration::from_secs(2);
    deadlines.load_page = Duration::from_secs(8);
    deadlines.probe = Duration::from_secs(8);
    deadlines.close = Duration::from_secs(3);
    config.reconnect.slow_interval = Some(Duration::from_secs(1));
    config.event_queue = 100_000;
    DECK.iter().for_each(|fault| fault.prepare(config));
}

pub(crate) struct Chaos {
    dice: Dice,
    began: Instant,
    deck: Vec<Fault>,
    pub(crate) struck: BTreeMap<&'static str, usize>,
    took: Vec<Duration>,
    /// How often somebody had to call `reconnect`.
    by_hand: usize,
}

impl Chaos {
    pub(crate) fn new(dice: Dice) -> Self {
        Self { dice, began: Instant::now(), deck: Vec::new(), struck: BTreeMap::new(), took: Vec::new(), by_hand: 0 }
    }

    /// Until the time is up; then the session is ready again.
    pub(crate) async fn rage(&mut self, rig: &Rig, client: &Client, until: Instant) {
        loop {
            self.wait(300..=4_000).await;
            if Instant::now() >= until {
                return;
            }
            let fault = self.draw();
            let began = Instant::now();
            self.blow(rig, fault).await;
            if self.dice.chance(25) {
                let index = usize::try_from(self.dice.between(0..=2)).expect("an index");
                self.blow(rig, ON_TOP[index]).await;
            }
            self.recover(client).await;
            println!("{:7.1} s: ready", self.began.elapsed().as_secs_f64());
            self.took.push(began.elapsed());
        }
    }

    async fn wait(&mut self, ms: std::ops::RangeInclusive<u64>) {
        pause(Duration::from_millis(self.dice.between(ms))).await;
    }

    /// Each once before any comes again.
    fn draw(&mut self) -> Fault {
        if self.deck.is_empty() {
            self.deck = DECK.to_vec();
            self.dice.shuffle(&mut self.deck);
        }
        self.deck.pop().expect("it was just filled")
    }

    /// Strikes, lasts for a while, and is over.
    async fn blow(&mut self, rig: &Rig, fault: Fault) {
        // Shown when the test fails.
        println!("{:7.1} s: {}", self.began.elapsed().as_secs_f64(), fault.name());
        match fault.strike(rig).await {
            Ok(()) => *self.struck.entry(fault.name()).or_default() += 1,
            // Whom it was meant for went away this moment.
            Err(error) if matches!(error.code(), Some("no_target" | "ambiguous_target")) => {
                *self.struck.entry("without effect").or_default() += 1;
            }
            Err(error) => panic!("{} cannot strike: {error}", fault.name()),
        }
        self.wait(100..=3_000).await;
        fault.heal(rig).await.expect("the cause goes");
    }

    /// Until the session is ready, with what a person does for it.
    pub(crate) async fn recover(&mut self, client: &Client) {
        let deadline = Instant::now() + RECOVERY;
        loop {
            match timeout_at(deadline, client.wait_ready()).await {
                Ok(Ok(())) => return,
                Ok(Err(_)) => {
                    self.by_hand += 1;
                    let _ = timeout_at(deadline, client.reconnect()).await;
                }
                Err(_) => panic!("not ready in time: {:?}", client.connection_status()),
            }
        }
    }

    pub(crate) fn recoveries(&mut self) -> String {
        self.took.sort_unstable();
        let at = |share: usize| self.took.get(self.took.len() * share / 100).copied().unwrap_or_default().as_secs_f64();
        let (median, most) = (at(50), self.took.last().copied().unwrap_or_default().as_secs_f64());
        let (count, by_hand) = (self.took.len(), self.by_hand);
        format!("{count} recoveries: median {median:.1} s, longest {most:.1} s, {by_hand} of them by hand")
    }
}
