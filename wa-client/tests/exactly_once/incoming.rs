//! What people write to the account, and what the application gets of it.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use wa_client::{Client, Event, EventStream};
use wa_client_sim::SimClient;

use crate::dice::Dice;
use crate::{FRIENDS, friend, pause};

/// What the application was told.
#[derive(Default)]
struct Told {
    /// Texts of messages, with how often each came.
    texts: HashMap<String, usize>,
    /// Ids of `message_sent`.
    sent: HashMap<String, usize>,
    ready: usize,
    events: usize,
}

pub(crate) struct Incoming {
    told: watch::Receiver<Told>,
    watcher: JoinHandle<()>,
    /// Texts with when and by whom they were posted.
    expected: HashMap<String, (Duration, String)>,
}

impl Incoming {
    pub(crate) fn watch(client: &Client) -> Self {
        let (tell, told) = watch::channel(Told::default());
        let watcher = tokio::spawn(listen(client.events(), tell));
        Self { told, watcher, expected: HashMap::new() }
    }

    /// People write in bursts, spread over the time.
    pub(crate) async fn post(&mut self, sim: &SimClient, count: u64, duration: Duration, mut dice: Dice) {
        let began = Instant::now();
        let mut posted = 0;
        let mut burst = 0;
        while posted < count {
            let size = dice.between(1..=40).min(count - posted);
            let (from, every) = (friend(dice.between(0..=FRIENDS - 1)), dice.between(0..=20));
            // The simulator numbers bursts only.
            let text = format!("burst {burst} {}", if size == 1 { "0" } else { "{i}" });
            let body = json!({"from": &from, "body": text, "count": size, "interval_ms": every});
            let messages = sim.messages(body).await.expect("the simulator takes it").messages;
            assert_eq!(messages.len() as u64, size);
            let posting = began.elapsed();
            let texts = messages.iter().map(|message| format!("burst {burst} {}", message.n));
            self.expected.extend(texts.map(|text| (text, (posting, from.clone()))));
            (posted, burst) = (posted + size, burst + 1);
            let due = duration.mul_f64(posted as f64 / count as f64);
            pause(due.saturating_sub(began.elapsed())).await;
        }
    }

    /// Waits for what has not arrived yet.
    pub(crate) async fn all_there(&mut self) {
        let expected = &self.expected;
        let all = |told: &Told| expected.keys().all(|text| told.texts.contains_key(text));
        self.told.wait_for(all).await.expect("the events of a session have no gaps and do not end");
    }

    pub(crate) fn missing(&self) -> String {
        let told = self.told.borrow();
        let mut missing: Vec<_> = self.expected.iter().filter(|(text, _)| !told.texts.contains_key(*text)).collect();
        missing.sort_by_key(|(_, (posted, _))| *posted);
        let some: Vec<_> = missing.iter().take(20).collect();
        format!("{} of {} messages did not arrive: {some:?}", missing.len(), self.expected.len())
    }

    /// Each once, and nothing else.
    pub(crate) fn prove(self) -> String {
        assert!(!self.watcher.is_finished(), "the events go on without a gap");
        let told = self.told.borrow();
        let repeated: BTreeMap<_, _> = told.texts.iter().filter(|(_, count)| **count > 1).collect();
        assert!(repeated.is_empty(), "messages came more than once: {repeated:?}");
        let strange: Vec<_> = told.texts.keys().filter(|text| !self.expected.contains_key(*text)).collect();
        assert!(strange.is_empty(), "messages that nobody wrote: {strange:?}");
        let twice: Vec<_> = told.sent.iter().filter(|(_, count)| **count > 1).collect();
        assert!(twice.is_empty(), "told as sent more than once: {twice:?}");
        let (texts, ready) = (told.texts.len(), told.ready);
        format!("{texts} messages received once, {} events without a gap, {ready} × ready", told.events)
    }
}

async fn listen(events: EventStream, tell: watch::Sender<Told>) {
    let mut last = None;
    while let Some(envelope) = events.next().await {
        crate::support::leak::learn(&envelope);
        if let Some(last) = last.replace(envelope.seq) {
            assert_eq!(envelope.seq, last + 1, "a gap before `{}`", envelope.event.name());
        }
        tell.send_modify(|told| {
            told.events += 1;
            match &envelope.event {
                Event::Message(message) => {
                    *told.texts.entry(message.body.clone().unwrap_or_default()).or_default() += 1;
                }
                Event::MessageSent(sent) => *told.sent.entry(sent.id.to_string()).or_default() += 1,
                Event::Ready(_) => told.ready += 1,
                Event::Lagged(lagged) => panic!("the queue was too short: {lagged:?}"),
                _ => {}
            }
        });
    }
}
