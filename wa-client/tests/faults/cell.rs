//! One fault at one moment, from a healthy session to a healthy session.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use wa_client::{Client, ConnectionStatus, Error, Event, EventEnvelope, MessageId, SentMessage, Timestamp};
use wa_client_sim::ClientError;

use crate::fault::{Effect, Fault};
use crate::moment::Moment;
use crate::outcome::Outcome;
use crate::support::{Events, PATIENCE, Rig, leak, processes};

const FRIEND: &str = "5511988887777";
/// How many messages arrive in the moment of receiving.
const BURST: usize = 200;
/// How long a session may take to be itself again, whatever it was.
const RECOVERY: Duration = Duration::from_secs(90);
/// More often than any page loads itself.
const LOOP: usize = 40;

type Sending = JoinHandle<Result<SentMessage, Error>>;

pub(crate) struct Cell {
    pub(crate) rig: Rig,
    client: Client,
    events: Events,
    fault: Fault,
    moment: Moment,
    id: MessageId,
    sending: Option<Sending>,
    /// When the fault struck; what happened before is not its effect.
    struck: Timestamp,
    since: usize,
    /// Texts that must arrive.
    expected: Vec<String>,
    seen: Seen,
}

#[derive(Default)]
struct Seen {
    statuses: Vec<String>,
    reasons: Vec<String>,
    person: Vec<String>,
    noticed: Option<Duration>,
    ended: bool,
    ready: bool,
}

/// The whole test of a cell.
pub(crate) async fn run(fault: Fault, moment: Moment) {
    let mut cell = Cell::at(fault, moment).await;
    cell.strike().await;
    let outcome = match moment {
        Moment::Closing => cell.close().await,
        _ => cell.live_through().await,
    };
    cell.prove(outcome).await;
}

impl Cell {
    /// Brings a session to the moment.
    async fn at(fault: Fault, moment: Moment) -> Self {
        let mut rig = Rig::start().await;
        rig.config.check_interval = Duration::from_millis(300);
        rig.config.page_recovery_grace = Duration::from_secs(20);
        let deadlines = &mut rig.config.deadlines;
        deadlines.ping = Duration::from_secs(2);
        deadlines.load_page = Duration::from_secs(8);
        deadlines.probe = Duration::from_secs(8);
        deadlines.close = Duration::from_secs(3);
        rig.config.reconnect.slow_interval = Some(Duration::from_secs(1));
        fault.prepare(&mut rig.config);
        rig.sim.accounts(json!([{"number": FRIEND}])).await.expect("a friend");
        let id = MessageId::from_random(rand::random());
        let (client, events, sending) = Self::bring(&rig, moment, &id).await;
        let struck = now();
        let (expected, seen) = (Vec::new(), Seen::default());
        let mut cell = Self { rig, client, events, fault, moment, id, sending, struck, since: 0, expected, seen };
        if moment == Moment::Receiving {
            cell.receive().await;
        }
        cell
    }

    async fn bring(rig: &Rig, moment: Moment, id: &MessageId) -> (Client, Events, Option<Sending>) {
        if moment.is_ready() {
            let (client, mut events) = rig.ready_and_stored().await;
            if moment != Moment::Sending {
                return (client, events, None);
            }
            rig.sim.put_acks(json!({"server_ms": null})).await.expect("no acks");
            let mark = rig.sim.mark().await.expect("a mark");
            let send = client.send_message(FRIEND, "under way").id(id);
            let sending = tokio::spawn(send.into_future());
            rig.sim.wait_event(&["message.received"], mark, |_| true, PATIENCE).await.expect("it arrives");
            events.so_far();
            return (client, events, Some(sending));
        }
        let client = rig.client();
        let mut events = Events::of(&client);
        if moment == Moment::Starting {
            // The page says late what it is, so that it is being looked at when the fault strikes.
            rig.sim.patch_config(json!({"boot": {"version_ms": 1200}})).await.expect("a slow page");
            let mark = rig.sim.mark().await.expect("a mark");
            let starting = client.clone();
            tokio::spawn(async move { starting.initialize().await });
            rig.sim.wait_event(&["page.connected"], mark, |_| true, PATIENCE).await.expect("a page");
            rig.sim.patch_config(json!({"boot": {"version_ms": 0}})).await.expect("a quick page");
            return (client, events, None);
        }
        client.initialize().await.expect("the session starts");
        let qr = client.qr_code().await.expect("a code");
        leak::secret("QR payload", &qr.payload);
        if moment == Moment::WaitingForQr {
            return (client, events, None);
        }
        if moment == Moment::Linking {
            rig.sim.put_network(json!({"latency_ms": 200})).await.expect("a slow line");
        } else {
            rig.sim.patch_config(json!({"login": {"synced_delay_ms": 3000}})).await.expect("a slow login");
        }
        let mark = rig.sim.mark().await.expect("a mark");
        rig.sim.scan(&qr.payload).await.expect("the phone accepts");
        let linking = |event: &Event| matches!(event, Event::ChangeState(change) if change.phase.name() == "linking");
        let authenticated = |event: &Event| matches!(event, Event::Authenticated(_));
        events
            .wait("the moment", |event| if moment == Moment::Linking { linking(event) } else { authenticated(event) })
            .await;
        if moment == Moment::Syncing {
            // The page leaves its login screen before the server has let it in.
            rig.sim.wait_event(&["device.online"], mark, |_| true, PATIENCE).await.expect("it is let in");
        }
        rig.sim.put_network(json!({"latency_ms": 0})).await.expect("a quick line");
        rig.sim.patch_config(json!({"login": {"synced_delay_ms": 50}})).await.expect("a quick login");
        (client, events, None)
    }

    async fn receive(&mut self) {
        let burst = json!({"from": FRIEND, "body": "burst {i}", "count": BURST, "interval_ms": 5});
        let posted = self.rig.sim.messages(burst).await.expect("a burst");
        self.expected = posted.messages.iter().map(|message| format!("burst {}", message.n)).collect();
        self.events.wait("the first of the burst", |event| matches!(event, Event::Message(_))).await;
    }

    async fn strike(&mut self) {
        self.since = self.events.so_far().len();
        self.seen.statuses = vec![self.client.connection_status().status.to_string()];
        self.struck = now();
        self.fault.strike(&self.rig).await.expect("the fault strikes");
    }

    /// From the fault to a session that is ready again.
    async fn live_through(&mut self) -> Outcome {
        let effect = self.fault.effect(self.moment);
        if self.moment.is_linked() {
            self.expect("meanwhile").await;
        }
        self.fault.goes_on(self).await;
        match effect {
            Effect::Unseen => {}
            Effect::Recovers => self.watch("a sign of it", |seen| seen.noticed.is_some()).await,
            Effect::Ends => self.watch("the end of it", |seen| seen.ended).await,
        }
        self.rig.sim.put_acks(json!({"server_ms": 0})).await.expect("acks");
        let healed = Instant::now();
        self.fault.heal(&self.rig).await.expect("the cause goes");
        self.come_back(effect).await;
        let back = healed.elapsed();
        let relinked = self.seen.person.iter().any(|did| did == "scan");
        if relinked {
            // Nobody could be told of these: they are in the history of the chat.
            self.expected.clear();
        }
        let call = self.settle_call(relinked).await;
        if effect == Effect::Unseen {
            // What was seen is the session getting on; whether it takes a step twice is a matter of chance.
            self.seen.noticed = None;
            if !self.moment.is_ready() {
                let mut seen = HashSet::new();
                self.seen.statuses.retain(|status| !seen.contains("READY") && seen.insert(status.clone()));
            }
        }
        if self.moment == Moment::Linking {
            self.forget_chance(effect);
        }
        self.outcome(call, back, relinked && self.moment.is_linked())
    }

    /// How far a link had come when the fault struck is a matter of chance, and with it whether it has to be made again.
    fn forget_chance(&mut self, effect: Effect) {
        let seen = &mut self.seen;
        seen.person.retain(|did| did != "scan");
        seen.person.push("scan again, if the link was not stored yet".to_owned());
        if effect == Effect::Ends {
            let chance = ["AUTHENTICATED", "QR_READY", "AUTH_FAILURE"];
            seen.statuses.retain(|status| !chance.contains(&status.as_str()));
            seen.statuses.dedup();
            seen.reasons.truncate(1);
        } else {
            seen.statuses = vec![ConnectionStatus::Connecting.to_string(), ConnectionStatus::Ready.to_string()];
            seen.reasons.retain(|reason| !reason.ends_with('!'));
        }
    }

    /// What was seen so far; what follows is no part of it.
    fn outcome(&mut self, call: Option<String>, back: Duration, relinked: bool) -> Outcome {
        let Seen { statuses, reasons, person, noticed, .. } = std::mem::take(&mut self.seen);
        let ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let lost = if relinked { "events of the time without a link" } else { "nothing" };
        let lost = lost.to_owned();
        Outcome {
            statuses,
            reasons,
            call,
            person,
            lost,
            noticed_ms: noticed.map(ms),
            back_ms: ms(back),
            unwritten: None,
        }
    }

    /// Until the session is ready, with what a person does for it.
    async fn come_back(&mut self, effect: Effect) {
        let was_ready = self.moment.is_ready() && effect == Effect::Unseen;
        let deadline = Instant::now() + RECOVERY;
        loop {
            self.look();
            let snapshot = self.client.connection_status();
            if snapshot.ready && (was_ready || self.seen.ready) {
                return;
            }
            match snapshot.status {
                ConnectionStatus::QrReady => {
                    if let Some(qr) = self.client.qr_code().await {
                        leak::secret("QR payload", &qr.payload);
                        // It may have gone from the screen this moment.
                        if self.rig.sim.scan(&qr.payload).await.is_ok() {
                            note(&mut self.seen.person, "scan");
                        }
                    }
                }
                ConnectionStatus::Disconnected | ConnectionStatus::AuthFailure
                    if self.seen.ended && snapshot.phase.name() == "failed" =>
                {
                    note(&mut self.seen.person, "reconnect");
                    let _ = self.client.reconnect().await;
                    continue;
                }
                _ => {}
            }
            assert!(Instant::now() < deadline, "not ready in time: {snapshot:?}; {:?}", self.seen.statuses);
            self.events.wait_for("what leads to ready", RECOVERY, |event| !is_traffic(event)).await;
        }
    }

    /// What the caller was told, and that it is true.
    async fn settle_call(&mut self, relinked: bool) -> Option<String> {
        let sending = self.sending.take()?;
        // In the same document nobody says again what was not said.
        let outbox = self.rig.sim.outbox_by_id(self.id.as_str()).await.expect("an outbox");
        if outbox.messages.iter().any(|message| message.ack < 1) {
            let _ = self.rig.sim.post_ack(self.id.as_str(), 1).await;
        }
        let answer = timeout(PATIENCE, sending).await.expect("one answer").expect("no panic");
        let told = match &answer {
            Ok(_) => "sent".to_owned(),
            // The new link knows nothing of what the old one did.
            Err(error) if relinked => {
                assert_eq!(error.maybe_sent(), Some(true));
                return Some(format!("{}, maybe sent", error.kind().code()));
            }
            Err(error) if error.maybe_sent() == Some(true) => {
                format!("{}, maybe sent; again: sent", error.kind().code())
            }
            Err(error) => format!("{}, not sent", error.kind().code()),
        };
        if answer.is_err() {
            self.client.send_message(FRIEND, "under way").id(&self.id).await.expect("the same id can be sent again");
        }
        Some(told)
    }

    /// `disconnect` right after the fault.
    async fn close(&mut self) -> Outcome {
        let began = Instant::now();
        let closed = timeout(RECOVERY, self.client.disconnect()).await.expect("it ends");
        let took = began.elapsed();
        let told = if closed.is_ok() { "closed" } else { "failed" };
        self.look();
        assert_eq!(processes::browsers(&self.rig.profile()), Vec::<i32>::new(), "a browser is left");
        // Whether the fault is seen before the session ends is a matter of chance.
        self.seen.statuses.truncate(1);
        self.seen.statuses.push(self.client.connection_status().status.to_string());
        self.seen.reasons.clear();
        self.seen.noticed = None;
        self.fault.heal(&self.rig).await.expect("the cause goes");
        self.outcome(Some(told.to_owned()), took, false)
    }

    /// Everything works, nothing was lost, nothing is left.
    async fn prove(mut self, outcome: Outcome) {
        if self.moment == Moment::Closing {
            let _ = self.client.initialize().await;
            self.seen.ended = true;
            self.come_back(Effect::Ends).await;
        }
        self.expect("afterwards").await;
        self.client.send_message(FRIEND, "afterwards").await.expect("sending works again");
        while let Some(missing) = self.missing() {
            self.events.wait(&missing, |event| matches!(event, Event::Message(_))).await;
        }
        let mut received = self.received();
        let all = received.len();
        received.sort();
        received.dedup();
        assert_eq!(received.len(), all, "each message once");
        let outbox = self.rig.sim.outbox_summary("").await.expect("an outbox");
        let sent = 1 + u64::from(self.moment == Moment::Sending);
        assert_eq!((outbox.total, outbox.distinct_bodies), (sent, sent), "each message was sent once");
        let profile = self.rig.profile();
        assert_eq!(processes::browsers(&profile).len(), 1, "one browser");
        let noticed_within = self.fault.noticed_within(self.moment, &self.rig.config);
        self.rig.stop(self.client).await;
        assert_eq!(processes::browsers(&profile), Vec::<i32>::new(), "no browser is left");
        outcome.settle(self.fault, self.moment, noticed_within);
    }

    /// Somebody writes; it must arrive.
    async fn expect(&mut self, body: &str) {
        match self.rig.sim.text(FRIEND, body).await {
            Ok(_) => self.expected.push(body.to_owned()),
            // An account that is linked no longer gets no messages.
            Err(error) => assert!(self.fault == Fault::UnlinkedOnThePhone && body == "meanwhile", "{error}"),
        }
    }

    fn received(&mut self) -> Vec<String> {
        let body = |envelope: &std::sync::Arc<EventEnvelope>| match &envelope.event {
            Event::Message(message) => message.body.clone(),
            _ => None,
        };
        self.events.so_far().iter().filter_map(body).collect()
    }

    fn missing(&mut self) -> Option<String> {
        let received = self.received();
        self.expected.iter().find(|body| !received.contains(body)).cloned()
    }

    /// Notes what has happened since the fault.
    fn look(&mut self) {
        let struck = self.struck;
        let events = self.events.so_far();
        for envelope in &events[self.since.min(events.len())..] {
            let noticed = |seen: &mut Seen| {
                seen.noticed.get_or_insert_with(|| envelope.at.saturating_since(struck));
            };
            match &envelope.event {
                Event::ChangeState(change) => {
                    if change.status != change.previous {
                        noticed(&mut self.seen);
                    }
                    // Where it began is where it returns to.
                    let status = change.status.to_string();
                    let new = self.seen.statuses.last() != Some(&status);
                    if new && !self.seen.statuses.iter().skip(1).any(|known| *known == status) {
                        self.seen.statuses.push(status);
                    }
                }
                Event::Disconnected(data) => {
                    noticed(&mut self.seen);
                    self.seen.ended |= !data.will_retry;
                    note(
                        &mut self.seen.reasons,
                        &format!("{}{}", data.reason.code(), if data.will_retry { "" } else { "!" }),
                    );
                }
                Event::Reconnecting(data) => {
                    noticed(&mut self.seen);
                    note(&mut self.seen.reasons, data.reason.code());
                }
                Event::Ready(_) => self.seen.ready = true,
                _ => {}
            }
        }
        self.since = events.len();
    }

    async fn watch(&mut self, what: &str, done: impl Fn(&Seen) -> bool) {
        loop {
            self.look();
            if done(&self.seen) {
                return;
            }
            self.events.wait_for(what, RECOVERY, |event| !is_traffic(event)).await;
        }
    }

    /// Whenever the page is there again, it loads itself again, until the session says that it has seen enough.
    pub(crate) async fn reload_until_noticed(&mut self) {
        for _ in 0..LOOP {
            self.look();
            if !self.seen.reasons.is_empty() {
                return;
            }
            let mark = self.rig.sim.mark().await.expect("a mark");
            self.rig.in_page(json!({"kind": "reload"})).await.expect("a page");
            // Until the session has had enough, there is a next document.
            let next = self.rig.sim.wait_event(&["page.connected"], mark, |_| true, Duration::from_secs(5)).await;
            assert!(matches!(next, Ok(_) | Err(ClientError::Timeout(_))), "{next:?}");
        }
        panic!("a page that loads itself over and over is not noticed");
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock that is set");
    Timestamp::from_unix_ms(i64::try_from(since.as_millis()).expect("our time"))
}

/// Keeps each word once, in order.
fn note(words: &mut Vec<String>, word: &str) {
    if !words.iter().any(|known| known == word) {
        words.push(word.to_owned());
    }
}

/// Events about messages, of which there may be many.
fn is_traffic(event: &Event) -> bool {
    event.name().starts_with("message")
}
