//! The session's actor: the one owner of the browser, and the only place that waits for several things at once.
//!
//! Everything that happens becomes an input of [`State::step`], of the [`Outbox`] or of the [`Inbox`]; what they want done is
//! done in [`perform`](super::perform). Nothing here waits for anything but the next thing to happen.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::catch_up::{CatchUp, Search};
use super::clock::{Clock, wall};
use super::convert;
use super::dedup::Seen;
use super::effect::{Answer, Gate, PageCall, Timer};
use super::fault::Fault;
use super::flood::Flood;
use super::inbox::Inbox;
use super::input::{CallValue, Command, Death, Input, Landing, Signal, Ticket, Tickets};
use super::recycle::Recycle;
use super::request::{Job, Request, View};
use super::state::State;
use super::tally::{Lines, Tally, is_told};
use crate::browser::{Process, Running, SessionDir};
use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::model::{CapabilityReport, MessageId, SentMessage};
use crate::outbox::{CallFailure, Look, Outbox, Reply};
use crate::page::protocol::{BridgeEvent, CaughtUp};
use crate::page::{CallError, Page, PageEvent, Turns, UrlKind};
use crate::stream::EventHub;

/// Requests that may wait for the actor.
const MAX_REQUESTS: usize = 1024;
/// Reported messages are stored so long after the first that is not.
const SAVE_AFTER: Duration = Duration::from_secs(1);
/// The disk may have been full.
const SAVE_AGAIN_AFTER: Duration = Duration::from_secs(10);
/// Between two searches for messages that came without an event.
pub(super) const RECONCILE: Duration = Duration::from_secs(300);
/// When nothing else is to be done.
const IDLE: Duration = Duration::from_secs(3600);

/// What a task of the actor came to.
pub(super) enum Done {
    Launched(Result<Running, Error>, Option<Seen>),
    Closed(Option<SessionDir>),
    Deleted(Result<(), Fault>),
    Navigated(Result<(), Fault>),
    Called {
        epoch: u64,
        call: PageCall,
        result: Result<CallValue, Fault>,
    },
    Sent(MessageId, Result<Reply, CallFailure>),
    Looked(MessageId, Result<Look, Fault>),
    CaughtUp(Search, Result<CaughtUp, CallError>),
    Saved(bool),
    /// Its outcome went straight to whoever asked.
    Nothing,
}

pub(super) struct Actor {
    pub(super) config: Arc<Config>,
    pub(super) clock: Clock,
    pub(super) state: State,
    pub(super) outbox: Outbox,
    pub(super) inbox: Inbox,
    pub(super) hub: EventHub,
    pub(super) views: watch::Sender<View>,
    requests: mpsc::Receiver<Request>,
    /// The browser, in parts that are needed at different times.
    pub(super) page: Option<Page>,
    pub(super) events: Option<mpsc::Receiver<PageEvent>>,
    pub(super) process: Option<Process>,
    /// The directory of the session, still locked, between the end of the browser and what comes then.
    pub(super) session_dir: Option<SessionDir>,
    /// A browser is starting; dropped to make it give up.
    pub(super) starting: Option<oneshot::Sender<()>>,
    /// The page must be loaded with `reload`, because its process is gone or stuck.
    pub(super) stuck: bool,
    /// Messages reach the page in the order they were handed over.
    pub(super) turns: Turns,
    /// What the present document was loaded from; blank in a browser that has just started.
    pub(super) url_kind: UrlKind,
    pub(super) report: Option<CapabilityReport>,
    /// Counts documents; answers of an earlier one are told from those of the present.
    pub(super) epoch: u64,
    pub(super) timers: HashMap<Timer, Instant>,
    pub(super) commands: HashMap<Ticket, oneshot::Sender<Result<Answer, Fault>>>,
    pub(super) sends: HashMap<Ticket, oneshot::Sender<Result<SentMessage, Error>>>,
    pub(super) jobs: Vec<(Instant, Job)>,
    tickets: Tickets,
    pub(super) tasks: JoinSet<Done>,
    pub(super) save_at: Option<Instant>,
    pub(super) reconcile_at: Option<Instant>,
    pub(super) catch_up: CatchUp,
    /// When the last search began.
    pub(super) searched_at: Option<Instant>,
    /// What the page may still say.
    flood: Flood,
    /// It has said too much; nothing more is heard of this browser.
    pub(super) flooded: bool,
    told: Told,
    pub(super) lines: Lines,
    pub(super) recycle: Recycle,
    pub(super) saving: bool,
    /// Whoever writes to the session directory, one after the other.
    pub(super) writer: Arc<tokio::sync::Mutex<()>>,
    pub(super) loaded: bool,
    pub(super) exit: bool,
}

/// Starts the actor of a session. It ends when it was shut down, or when the last sender of requests is gone.
pub(crate) fn spawn(config: Arc<Config>, hub: EventHub) -> (mpsc::Sender<Request>, watch::Receiver<View>, Tickets) {
    let tickets = Tickets::default();
    let clock = Clock::start();
    let state = State::new(Arc::clone(&config), rand::random(), wall());
    let view = View { snapshot: state.snapshot(), qr: None, report: None };
    let (views, view) = watch::channel(view);
    let (sender, requests) = mpsc::channel(MAX_REQUESTS);
    let recycle = Recycle::new(config.recycle_after, clock.steady());
    let actor = Actor {
        outbox: Outbox::new(Arc::clone(&config), state.gate(), clock.steady()),
        inbox: Inbox::new(config.deadlines.ciphertext),
        flood: Flood::new(config.check_interval, clock.steady()),
        config,
        clock,
        state,
        hub,
        views,
        requests,
        page: None,
        events: None,
        process: None,
        session_dir: None,
        starting: None,
        stuck: false,
        turns: Turns::default(),
        url_kind: UrlKind::Blank,
        report: None,
        epoch: 0,
        timers: HashMap::new(),
        commands: HashMap::new(),
        sends: HashMap::new(),
        jobs: Vec::new(),
        tickets: tickets.clone(),
        tasks: JoinSet::new(),
        save_at: None,
        reconcile_at: None,
        catch_up: CatchUp::default(),
        searched_at: None,
        flooded: false,
        told: Told::default(),
        lines: Lines::new(clock.steady()),
        recycle,
        saving: false,
        writer: Arc::default(),
        loaded: false,
        exit: false,
    };
    tokio::spawn(actor.run());
    (sender, view, tickets)
}

/// How often something was told of that the page can make happen at will.
#[derive(Default)]
struct Told {
    lost: Tally,
    fault: Tally,
    unknown: Tally,
    invalid: Tally,
}

/// Ends the streams of events with the actor, however that ends.
struct Closing(EventHub);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Actor {
    async fn run(mut self) {
        let _closing = Closing(self.hub.clone());
        let mut handles = true;
        while !(self.exit && self.tasks.is_empty()) {
            let wake = self.next_wake();
            tokio::select! {
                request = self.requests.recv(), if handles => match request {
                    Some(request) => self.request(request),
                    None => {
                        handles = false;
                        let ticket = self.ticket();
                        self.step(Input::Command(ticket, Command::Shutdown));
                    }
                },
                event = next(&mut self.events) => self.page_event(event),
                Some(done) = self.tasks.join_next() => match done {
                    Ok(done) => self.done(done),
                    Err(error) => tracing::error!(cancelled = error.is_cancelled(), "a task of the session was lost"),
                },
                () = sleep_until(wake) => self.on_time(),
            }
            self.carry_out();
        }
    }

    /// Runs `task` beside the actor. Whatever happens, it comes to something: after a panic to `failed`.
    pub(super) fn spawn<F>(&mut self, task: F, failed: impl FnOnce() -> Done + Send + 'static)
    where
        F: Future<Output = Done> + Send + 'static,
    {
        self.tasks.spawn(async move {
            AssertUnwindSafe(task).catch_unwind().await.unwrap_or_else(|_| {
                // What a panic says may hold anything.
                tracing::error!("a task of the session panicked");
                failed()
            })
        });
    }

    fn next_wake(&self) -> Instant {
        let timers = self.timers.values().copied();
        // Once that has passed, whatever stands in its way wakes us when it is over.
        let recycle = self.recycle.due_at().filter(|at| *at > self.clock.steady());
        let steady = [self.outbox.next_wake(), self.inbox.next_wake(), recycle];
        let steady = steady.into_iter().flatten().map(|at| self.clock.instant(at));
        let jobs = self.jobs.iter().map(|(until, _)| *until);
        let save = self.save_at.filter(|_| !self.saving);
        timers
            .chain(steady)
            .chain(jobs)
            .chain(save)
            .chain(self.reconcile_at)
            .min()
            .unwrap_or_else(|| Instant::now() + IDLE)
    }

    pub(super) fn ticket(&mut self) -> Ticket {
        self.tickets.next()
    }

    pub(super) fn step(&mut self, input: Input) {
        for effect in self.state.step(input, wall()) {
            self.perform(effect);
        }
    }

    fn request(&mut self, request: Request) {
        self.recycle.traffic(self.clock.steady());
        match request {
            Request::Command(command, reply) => {
                let ticket = self.ticket();
                self.commands.insert(ticket, reply);
                self.step(Input::Command(ticket, command));
            }
            Request::Send { ticket, message, until, deadline, reply } => {
                self.sends.insert(ticket, reply);
                self.outbox.submit(ticket, message, until, deadline, self.clock.steady());
            }
            Request::CancelSend(ticket) => self.outbox.cancel(ticket, self.clock.steady()),
            Request::Job(job) => match self.state.gate() {
                Gate::Wait if self.jobs.len() >= MAX_REQUESTS => {
                    let fault = Fault::new(ErrorKind::RateLimited, "too many calls wait for the session to be ready");
                    self.run_job(job, &Gate::Closed(fault));
                }
                Gate::Wait => self.jobs.push((Instant::now() + job.patience, job)),
                gate => self.run_job(job, &gate),
            },
            Request::Learn(phone, wid) => self.outbox.learn_wid(phone, wid, self.clock.steady()),
        }
    }

    fn page_event(&mut self, event: Option<PageEvent>) {
        match event {
            Some(PageEvent::Document { url_kind, .. }) => {
                self.url_kind = url_kind;
                // Nothing of ours speaks there, or nothing that we would believe.
                if matches!(url_kind, UrlKind::Elsewhere | UrlKind::Blank) {
                    self.step(Input::Page(Signal::Hello(Landing::Elsewhere)));
                }
            }
            // What a page says that says too much is worth nothing.
            Some(PageEvent::Bridge { .. } | PageEvent::Malformed { .. }) if self.flooded => {}
            Some(PageEvent::Bridge { event, bytes, hold }) => {
                if self.bears(Some(&event), bytes) {
                    self.bridge(event);
                }
                drop(hold);
            }
            Some(PageEvent::Malformed { total, bytes }) => {
                if is_told(total) {
                    tracing::warn!(total, "the page sent something malformed");
                }
                self.bears(None, bytes);
            }
            Some(PageEvent::Crashed) => {
                self.stuck = true;
                self.step(Input::Died(Death::Page));
            }
            Some(PageEvent::Died { exit_code, signal, stderr }) => {
                tracing::warn!(exit_code, signal, stderr, "the browser ended");
                self.step(Input::Died(Death::Browser));
            }
            None => {
                self.events = None;
                self.step(Input::Died(Death::Browser));
            }
        }
    }

    /// Whether the page may say that. If not, it is left, and the browser with it.
    fn bears(&mut self, event: Option<&BridgeEvent>, bytes: usize) -> bool {
        self.flooded = !self.flood.bears(event, bytes, self.clock.steady());
        if self.flooded {
            tracing::warn!("the page says more than a page can have to say; a new one takes its place");
            self.step(Input::Flooded);
        }
        !self.flooded
    }

    fn bridge(&mut self, event: BridgeEvent) {
        if matches!(event, BridgeEvent::Hello(_)) {
            self.report = None;
        }
        if let Some(signal) = convert::signal(&event, self.url_kind) {
            if let Signal::Probe(report) = &signal {
                self.report = Some(report.clone());
                self.publish();
            }
            return self.step(Input::Page(signal));
        }
        let now = self.clock.now();
        self.recycle.traffic(now.steady);
        match &event {
            BridgeEvent::Ack(change) => {
                if let (Ok(id), Some(key)) = (change.id.parse(), convert::key(&change.key)) {
                    self.outbox.ack(
                        &id,
                        &key,
                        convert::level(change.ack, change.failed),
                        change.code.as_deref(),
                        now.steady,
                    );
                }
            }
            BridgeEvent::SendResult(result) => {
                if let (Ok(id), Some(key)) = (result.id.parse(), convert::key(&result.key)) {
                    let code = result.code.map(|code| code.to_string());
                    let code = code.as_deref().or(result.name.as_deref());
                    self.outbox.send_result(&id, &key, &result.result, code, now.steady);
                }
            }
            BridgeEvent::Fault(fault) => {
                if let Some(times) = self.told.fault.told() {
                    tracing::warn!(times, place = %*fault.place, name = %*fault.name, message = %*fault.message, "a listener in the page failed");
                }
            }
            BridgeEvent::Unknown { name } => {
                if let Some(times) = self.told.unknown.told() {
                    tracing::debug!(times, name = %**name, "an event of an unknown name");
                }
            }
            BridgeEvent::Invalid { name } => {
                if let Some(times) = self.told.invalid.told() {
                    tracing::warn!(times, name = %**name, "an event that makes no sense");
                }
            }
            BridgeEvent::Lost { count } => {
                if let Some(times) = self.told.lost.told() {
                    tracing::warn!(times, count, "events of the page were lost");
                }
                self.inbox.open_gap();
                self.catch_up(true);
            }
            _ => {}
        }
        let events = self.inbox.event(event, now);
        self.emit_all(events);
    }

    fn done(&mut self, done: Done) {
        let now = self.clock.steady();
        match done {
            Done::Launched(result, seen) => self.launched(result, seen),
            Done::Closed(session_dir) => {
                self.session_dir = session_dir;
                self.step(Input::Closed);
                self.session_dir = None;
            }
            Done::Deleted(result) => self.step(Input::Deleted(result)),
            Done::Navigated(Ok(())) => {}
            Done::Navigated(Err(fault)) => self.step(Input::NavigationFailed(fault)),
            Done::Called { epoch, call, result } => {
                let stale = epoch != self.epoch;
                // What the last document answered says nothing about this one.
                if stale && matches!(call, PageCall::Ping | PageCall::QrRefresh | PageCall::Logout) {
                    return;
                }
                let alive = matches!(call, PageCall::Ping) && result.is_ok();
                self.step(Input::Called(call, result));
                if alive {
                    self.outbox.set_gate(self.state.gate(), now);
                }
            }
            Done::Sent(id, result) => self.outbox.called(&id, result, now),
            Done::Looked(id, result) => self.outbox.looked(&id, result, now),
            Done::CaughtUp(search, result) => self.caught_up(search, result),
            Done::Saved(stored) => {
                self.saving = false;
                if !stored {
                    self.inbox.still_dirty();
                    self.save_at = Some(Instant::now() + SAVE_AGAIN_AFTER);
                }
            }
            Done::Nothing => {}
        }
    }

    fn launched(&mut self, result: Result<Running, Error>, seen: Option<Seen>) {
        if let Some(seen) = seen {
            self.inbox.restore(seen);
        }
        let given_up = self.starting.take().is_none();
        match result {
            Ok(running) => {
                (self.page, self.events, self.process) =
                    (Some(running.page), Some(running.events), Some(running.process));
                (self.stuck, self.url_kind) = (false, UrlKind::Blank);
                (self.flood, self.flooded) = (Flood::new(self.config.check_interval, self.clock.steady()), false);
                self.recycle.started(self.clock.steady());
                if given_up {
                    return self.close_browser();
                }
                if self.inbox.is_linked() {
                    self.step(Input::LinkedBefore);
                }
                self.step(Input::Launched);
            }
            Err(_) if given_up => self.step(Input::Closed),
            Err(error) => {
                tracing::debug!(%error, "the browser did not start");
                self.step(Input::LaunchFailed(Fault::from(&error)));
            }
        }
    }

    fn on_time(&mut self) {
        let now = Instant::now();
        let mut due: Vec<_> =
            self.timers.iter().filter(|(_, at)| **at <= now).map(|(timer, at)| (*at, *timer)).collect();
        due.sort_unstable();
        for (at, timer) in due {
            // An earlier one may have set or cancelled it.
            if self.timers.get(&timer) == Some(&at) {
                self.timers.remove(&timer);
                self.step(Input::Timer(timer));
            }
        }
        self.outbox.on_time(self.clock.steady());
        let events = self.inbox.on_time(self.clock.steady());
        self.emit_all(events);
        let (late, waiting) = std::mem::take(&mut self.jobs).into_iter().partition(|(until, _)| *until <= now);
        self.jobs = waiting;
        let late: Vec<(Instant, Job)> = late;
        for (_, job) in late {
            let fault = Fault::new(ErrorKind::Timeout, "the session was not ready in time")
                .missing(self.state.not_ready_because());
            self.spawn(run(job, Err(fault)), || Done::Nothing);
        }
        if self.reconcile_at.is_some_and(|at| at <= now) {
            self.reconcile_at = None;
            if self.state.gate() == Gate::Open {
                self.catch_up(false);
            }
        }
        if self.save_at.is_some_and(|at| at <= now) && !self.saving {
            self.save();
        }
    }

    /// Whether the session is ready and nobody waits for anything, here or in the page.
    fn is_idle(&self) -> bool {
        self.state.gate() == Gate::Open
            && self.commands.is_empty()
            && self.tasks.is_empty()
            && !self.catch_up.is_asking()
            && self.inbox.next_wake().is_none()
            && self.outbox.is_idle(self.clock.steady())
    }

    /// After each thing that happened: what the outbox wants, and what is to be stored.
    fn carry_out(&mut self) {
        self.perform_outbox();
        if self.recycle.is_due(self.clock.steady()) && self.is_idle() {
            tracing::info!("the browser is replaced by a fresh one, as planned");
            self.step(Input::Recycle);
        }
        if self.inbox.is_dirty() && self.save_at.is_none() {
            self.save_at = Some(Instant::now() + SAVE_AFTER);
        }
    }
}

/// A job has told its outcome to whoever asked.
pub(super) async fn run(job: Job, page: Result<Page, Fault>) -> Done {
    (job.run)(page).await;
    Done::Nothing
}

async fn next(events: &mut Option<mpsc::Receiver<PageEvent>>) -> Option<PageEvent> {
    match events {
        Some(events) => events.recv().await,
        None => std::future::pending().await,
    }
}
