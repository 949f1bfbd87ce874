//! The session as a pure state machine: [`State::step`] takes what happened and the time, and says what to do.
//!
//! No clock, no await, no source of randomness: jitter comes from a seed in the state.

use std::sync::Arc;

use super::effect::{Answer, Effect, Gate, PageCall, Timer};
use super::fault::Fault;
use super::input::{Command, Death, Input, PageState, Signal, Ticket};
use super::reason::is_failure;
use crate::config::Config;
use crate::error::ErrorKind;
use crate::event::{ChangeState, Event};
use crate::model::{
    CapabilityReport, ConnectionSnapshot, ConnectionStatus, DisconnectReason, Me, PairingCode, Phase, QrCode, Timestamp,
};

/// What the session is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Stopped,
    /// A browser is starting, or about to as soon as the last one is gone.
    Launching,
    /// Waiting for a document.
    Loading,
    /// Waiting for the document's capabilities and state.
    Probing,
    /// The login screen.
    Linking,
    /// Linked, not all conditions hold yet.
    Syncing,
    Ready,
    /// Was ready in this document; the page is bringing its socket back.
    Recovering,
    /// Between two attempts.
    Waiting,
    /// The browser is closing, or the session data is being deleted.
    Closing,
}

/// The one browser of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Browser {
    Absent,
    Starting,
    Running,
    Closing,
}

/// What is known about the document on screen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Document {
    pub(crate) report: Option<CapabilityReport>,
    pub(crate) state: Option<PageState>,
    /// Offline delivery has ended once. The page may not say so again after its socket was away.
    pub(crate) offline_ended: bool,
    pub(crate) percent: Option<u8>,
    /// The phone has typed the pairing code.
    pub(crate) phone_answered: bool,
    /// A batch of QR codes was asked for; codes of the old one are void.
    pub(crate) refreshing: bool,
    /// The last code that was shown. When others were asked for it is void, unless the page refuses.
    pub(crate) last_qr: Option<QrCode>,
    /// The page was asked to go back from a pairing code, and shows the next QR code by itself.
    pub(crate) leaving_pairing: bool,
    pub(crate) pings_missed: u8,
    pub(crate) told_drift: bool,
    /// Its connection is down, and it does nothing about it.
    pub(crate) silent: bool,
}

/// A logout of the page, as far as it was seen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PageLogout {
    /// The page said that it begins; it does not when the server refuses the credentials.
    pub(crate) announced: bool,
    pub(crate) reason: Option<String>,
    /// The account has been reported as lost.
    pub(crate) told: bool,
}

/// Callers by what they wait for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waiters {
    pub(crate) up: Vec<Ticket>,
    pub(crate) stop: Vec<Ticket>,
    pub(crate) logout: Vec<Ticket>,
    pub(crate) qr: Vec<Ticket>,
    pub(crate) pairing: Option<Ticket>,
    pub(crate) cancel: Vec<Ticket>,
}

/// The session. Only [`step`](Self::step) changes it.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) config: Arc<Config>,
    pub(crate) stage: Stage,
    pub(crate) browser: Browser,
    pub(crate) document: Document,
    pub(crate) waiters: Waiters,
    pub(crate) qr: Option<QrCode>,
    pub(crate) code: Option<PairingCode>,
    pub(crate) me: Option<Me>,
    pub(crate) version: Option<String>,
    /// Documents of this account have been logged in, so a document without credentials means that the link is lost.
    pub(crate) linked: bool,
    /// Was ready at least once since the account was linked or the session started.
    pub(crate) was_ready: bool,
    /// The account was linked before this document, not in it.
    pub(crate) restored: bool,
    pub(crate) told_authenticated: bool,
    pub(crate) refused: bool,
    /// An own logout is under way.
    pub(crate) logging_out: bool,
    pub(crate) page_logout: Option<PageLogout>,
    /// After the browser is gone: delete the session data, then start again.
    pub(crate) delete: bool,
    pub(crate) restart: bool,
    pub(crate) exit: bool,
    /// Failed attempts since the session was healthy.
    pub(crate) attempts: u32,
    pub(crate) next_at: Option<Timestamp>,
    /// The fast attempts are used up; one every few minutes is left.
    pub(crate) quiet: bool,
    /// The next attempt needs a new browser.
    pub(crate) relaunch: bool,
    pub(crate) batches: u32,
    /// Documents since the session was ready, or showed the second code of a batch.
    pub(crate) documents: u32,
    pub(crate) reason: Option<DisconnectReason>,
    pub(crate) fault: Option<Fault>,
    pub(crate) seed: u64,
    pub(crate) updated: Timestamp,
}

/// One step: the state, the time, and what is to be done so far.
pub(super) struct Step<'a> {
    pub(super) s: &'a mut State,
    pub(super) now: Timestamp,
    pub(super) effects: Vec<Effect>,
}

impl State {
    pub(crate) fn new(config: Arc<Config>, seed: u64, now: Timestamp) -> Self {
        Self {
            config,
            stage: Stage::Stopped,
            browser: Browser::Absent,
            document: Document::default(),
            waiters: Waiters::default(),
            qr: None,
            code: None,
            me: None,
            version: None,
            linked: false,
            was_ready: false,
            restored: false,
            told_authenticated: false,
            refused: false,
            logging_out: false,
            page_logout: None,
            delete: false,
            restart: false,
            exit: false,
            attempts: 0,
            next_at: None,
            quiet: false,
            relaunch: false,
            batches: 0,
            documents: 0,
            reason: None,
            fault: None,
            seed,
            updated: now,
        }
    }

    /// Takes one input and answers with what is to be done, in order.
    pub(crate) fn step(&mut self, input: Input, now: Timestamp) -> Vec<Effect> {
        let before = (self.view(), self.gate());
        let mut step = Step { s: self, now, effects: Vec::new() };
        step.handle(input);
        step.settle();
        step.report(before);
        step.effects
    }

    /// What outsiders see, without the time of the last change.
    fn view(&self) -> ConnectionSnapshot {
        let mut view = ConnectionSnapshot::new(self.config.session.clone(), self.status(), self.phase(), self.updated);
        view.has_qr_code = self.qr.is_some();
        view.qr_code_expiry = self.qr.as_ref().map(|qr| qr.expires_at);
        view.reconnect_attempts = self.attempts;
        view.reason = self.reason.clone();
        view.me = self.me.clone();
        view.web_version = self.version.clone();
        if let Some(fault) = self.fault.as_ref().filter(|_| matches!(self.stage, Stage::Stopped | Stage::Waiting)) {
            view.message = format!("{}: {}", view.message, fault.message);
        }
        view
    }

    /// The snapshot that is published after a step.
    pub(crate) fn snapshot(&self) -> ConnectionSnapshot {
        self.view()
    }

    pub(crate) fn status(&self) -> ConnectionStatus {
        let refused = |other| if self.refused { ConnectionStatus::AuthFailure } else { other };
        match self.stage {
            Stage::Stopped => refused(ConnectionStatus::Disconnected),
            Stage::Closing if self.restart => ConnectionStatus::Connecting,
            Stage::Closing => refused(ConnectionStatus::Disconnected),
            Stage::Waiting if self.quiet => ConnectionStatus::Disconnected,
            Stage::Launching | Stage::Loading | Stage::Probing => refused(ConnectionStatus::Connecting),
            Stage::Linking if self.qr.is_some() || self.code.is_some() => ConnectionStatus::QrReady,
            Stage::Linking => refused(ConnectionStatus::Connecting),
            Stage::Waiting | Stage::Recovering => ConnectionStatus::Connecting,
            Stage::Syncing => ConnectionStatus::Authenticated,
            Stage::Ready => ConnectionStatus::Ready,
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        let waiting = |attempt| Phase::Reconnecting {
            attempt,
            next_at: self.next_at.unwrap_or(self.updated),
            reason: self.reason.clone().unwrap_or(DisconnectReason::Other),
        };
        match self.stage {
            Stage::Closing if self.restart => Phase::StartingBrowser,
            Stage::Stopped | Stage::Closing => match &self.reason {
                Some(reason) if is_failure(reason) => Phase::Failed { reason: reason.clone() },
                _ => Phase::Stopped,
            },
            Stage::Launching => Phase::StartingBrowser,
            Stage::Loading => Phase::LoadingPage,
            Stage::Probing => Phase::Probing,
            Stage::Linking if self.being_linked() => Phase::Linking,
            Stage::Linking if self.code.is_some() => Phase::WaitingForCode,
            Stage::Linking if self.qr.is_some() => Phase::WaitingForScan,
            Stage::Linking => Phase::WaitingForQr,
            Stage::Syncing => Phase::Syncing { percent: self.document.percent.unwrap_or(0) },
            Stage::Ready => Phase::Ready,
            Stage::Waiting => waiting(self.attempts),
            Stage::Recovering => waiting(self.attempts + 1),
        }
    }

    /// The phone has accepted; credentials are being exchanged.
    pub(super) fn being_linked(&self) -> bool {
        self.document.phone_answered || self.registered()
    }

    /// Whether the page has all it needs; `None` while that is not known.
    pub(super) fn missing_core(&self) -> Option<Vec<String>> {
        self.document.report.as_ref().map(CapabilityReport::missing_core)
    }

    /// A fresh link copies history, a stored session only what arrived in the meantime.
    pub(super) fn sync_deadline(&self) -> std::time::Duration {
        if self.restored { self.config.deadlines.restore } else { self.config.deadlines.syncing }
    }

    pub(super) fn registered(&self) -> bool {
        self.document.state.as_ref().is_some_and(|state| state.registered)
    }

    /// A code is shown or the account is linked.
    pub(super) fn is_up(&self) -> bool {
        match self.stage {
            Stage::Linking => self.qr.is_some() || self.code.is_some(),
            Stage::Syncing | Stage::Ready | Stage::Recovering => true,
            _ => false,
        }
    }

    /// An attempt to get up is under way or planned soon.
    pub(super) fn is_starting(&self) -> bool {
        match self.stage {
            Stage::Launching | Stage::Loading | Stage::Probing => true,
            Stage::Waiting => !self.quiet,
            Stage::Closing => self.restart,
            _ => false,
        }
    }

    /// The conditions of readiness (`Socket`, `Stream`, `BackendEventBus`) that do not hold.
    pub(super) fn not_ready_because(&self) -> Vec<&'static str> {
        let Some(page) = &self.document.state else { return vec!["page_state"] };
        [
            (page.registered, "registered"),
            (page.stream_connected(), "stream_connected"),
            (page.synced, "synced"),
            (page.mode == "MAIN", "main_mode"),
            (self.document.offline_ended, "offline_delivery_end"),
        ]
        .into_iter()
        .filter_map(|(holds, name)| (!holds).then_some(name))
        .collect()
    }

    pub(crate) fn gate(&self) -> Gate {
        let closed = |kind, message: &'static str| Gate::Closed(Fault::new(kind, message));
        match self.stage {
            Stage::Ready => Gate::Open,
            Stage::Linking if !self.being_linked() => closed(ErrorKind::NotAuthenticated, "no account is linked"),
            Stage::Linking | Stage::Syncing | Stage::Recovering => Gate::Wait,
            _ if self.is_starting() => Gate::Wait,
            Stage::Waiting => closed(ErrorKind::Disconnected, "the session is lost; attempts go on slowly"),
            _ => closed(ErrorKind::NotReady, "the session is not running"),
        }
    }
}

impl Step<'_> {
    fn handle(&mut self, input: Input) {
        match input {
            Input::Command(ticket, command) => self.command(ticket, command),
            Input::Launched => self.launched(),
            Input::LaunchFailed(fault) => self.launch_failed(fault),
            Input::LinkedBefore => self.linked_before(),
            Input::NavigationFailed(fault) => self.navigation_failed(fault),
            // A page that is on its way out has nothing more to say.
            Input::Page(_) if self.s.browser != Browser::Running => {}
            Input::Page(signal) => self.signal(signal),
            Input::Called(call, result) => self.called(call, result),
            Input::Died(death) => self.died_input(death),
            Input::Flooded => self.flooded(),
            Input::Closed => self.browser_gone(),
            Input::Deleted(result) => self.deleted(result),
            Input::Timer(timer) => self.timer(timer),
            Input::Recycle => self.recycle(),
        }
    }

    fn signal(&mut self, signal: Signal) {
        match signal {
            Signal::Hello(landing) => self.hello(landing),
            Signal::Probe(report) => self.probe(report),
            Signal::State(state) => self.page_state(state),
            Signal::Qr { code, ttl } => self.qr(code, ttl),
            Signal::QrIdle => self.qr_idle(),
            Signal::Pairing(stage) => self.pairing(stage),
            Signal::Progress(percent) => self.progress(percent),
            Signal::LogoutStarting => self.page_logout_starting(),
            Signal::LogoutDone { reason } => self.page_logout_done(reason),
            Signal::Banned { until } => self.give_up(
                DisconnectReason::Banned { until },
                Fault::new(ErrorKind::NotAuthenticated, "the account is banned"),
            ),
        }
    }

    fn command(&mut self, ticket: Ticket, command: Command) {
        if self.s.exit && !matches!(command, Command::Shutdown | Command::Disconnect) {
            return self.reply(ticket, Err(Fault::new(ErrorKind::Stopped, "the client is shut down")));
        }
        match command {
            Command::Initialize => self.initialize(ticket),
            Command::Disconnect => self.disconnect(ticket),
            Command::Shutdown => {
                self.s.exit = true;
                self.disconnect(ticket);
            }
            Command::Reconnect => self.reconnect(ticket),
            Command::Logout => self.logout(ticket),
            Command::GenerateQr => self.generate_qr(ticket),
            Command::PairingCode { phone, notify } => self.pairing_code(ticket, phone, notify),
            Command::CancelPairing => self.cancel_pairing(ticket),
        }
    }

    fn called(&mut self, call: PageCall, result: Result<super::input::CallValue, Fault>) {
        match call {
            PageCall::Ping => self.pinged(result),
            PageCall::QrRefresh => self.qr_refreshed(result),
            PageCall::PairingCode { ticket, .. } => self.pairing_answered(ticket, result),
            PageCall::PairingCancel { ticket } => self.pairing_cancelled(ticket, result),
            PageCall::Logout => self.logout_called(result),
        }
    }

    fn died_input(&mut self, death: Death) {
        if self.s.browser != Browser::Running || self.s.stage == Stage::Closing {
            return;
        }
        let (reason, kind, message) = match death {
            Death::Browser => (DisconnectReason::BrowserCrashed, ErrorKind::BrowserCrashed, "the browser ended"),
            Death::Page => (DisconnectReason::PageCrashed, ErrorKind::Page, "the page crashed"),
        };
        if self.s.stage == Stage::Waiting {
            // The next attempt is planned already; it only needs to know what is left to build on.
            if death == Death::Browser {
                self.s.relaunch = true;
                self.close_browser();
            }
            return;
        }
        self.died(reason, Fault::new(kind, message));
    }

    fn timer(&mut self, timer: Timer) {
        match timer {
            Timer::Phase => self.phase_deadline(),
            Timer::Qr => self.qr_expired(),
            Timer::Code => self.code_expired(),
            Timer::Ping => self.ping(),
            Timer::Healthy => self.healthy(),
            Timer::Retry => self.retry(),
            Timer::Socket => self.socket_deadline(),
            Timer::Silence => self.silence(),
            Timer::Logout => self.logout_deadline(),
        }
    }

    /// What follows from the state as it is now, whatever led to it.
    fn settle(&mut self) {
        if self.s.is_up() {
            for ticket in std::mem::take(&mut self.s.waiters.up) {
                self.reply(ticket, Ok(Answer::Done));
            }
        }
    }

    /// Tells outsiders what has changed.
    fn report(&mut self, (before, gate): (ConnectionSnapshot, Gate)) {
        if self.s.gate() != gate {
            self.effects.push(Effect::Sends(self.s.gate()));
        }
        if self.s.view() == before {
            return;
        }
        self.s.updated = self.now;
        // Before every event and answer: whoever hears of the change and looks at the status must find the new one.
        self.effects.insert(0, Effect::Publish);
        let now = self.s.view();
        // Progress within a phase has an event of its own.
        let moved = now.phase.name() != before.phase.name() || matches!(now.phase, Phase::Reconnecting { .. });
        if now.status != before.status || (moved && now.phase != before.phase) {
            // First the change, then what it means.
            let at =
                self.effects.iter().position(|effect| matches!(effect, Effect::Emit(_))).unwrap_or(self.effects.len());
            let change = ChangeState { status: now.status, previous: before.status, phase: now.phase };
            self.effects.insert(at, Effect::Emit(Event::ChangeState(change)));
        }
    }

    pub(super) fn reply(&mut self, ticket: Ticket, result: Result<Answer, Fault>) {
        self.effects.push(Effect::Reply(ticket, result));
    }

    pub(super) fn emit(&mut self, event: Event) {
        self.effects.push(Effect::Emit(event));
    }

    pub(super) fn arm(&mut self, timer: Timer, after: std::time::Duration) {
        self.effects.push(Effect::Arm(timer, after));
    }

    pub(super) fn cancel(&mut self, timer: Timer) {
        self.effects.push(Effect::Cancel(timer));
    }

    pub(super) fn call(&mut self, call: PageCall) {
        self.effects.push(Effect::Call(call));
    }
}
