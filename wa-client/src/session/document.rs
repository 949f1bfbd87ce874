//! What the page says about itself: from its first sign of life to ready, and back.

use std::time::Duration;

use super::effect::{PageCall, Timer};
use super::fault::Fault;
use super::input::{CallValue, Landing, PageState};
use super::reason::of_logout;
use super::state::{PageLogout, Stage, Step};
use crate::error::ErrorKind;
use crate::event::{Authenticated, Disconnected, Event, Incompatible, LoadingScreen, Ready};
use crate::model::{CapabilityReport, DisconnectReason};

/// Proofs of life that may fail in a row.
const PINGS_TO_MISS: u8 = 2;

/// Documents without getting up that count as a failure: the page may load itself anew a few times, not for ever.
const MAX_DOCUMENTS: u32 = 10;

/// A page whose connection is lost opens a new one within about a second, or never.
const SILENCE: Duration = Duration::from_secs(10);

/// The same, when another tab has just taken the page's lock.
const SILENCE_OF_TAKEN: Duration = Duration::from_secs(3);

impl Step<'_> {
    /// A new document. The page loads itself anew after a logout, for an update, to repair its storage.
    pub(super) fn hello(&mut self, landing: Landing) {
        if matches!(self.s.stage, Stage::Stopped | Stage::Closing | Stage::Waiting) {
            return;
        }
        if landing == Landing::Elsewhere {
            return self.gone_elsewhere();
        }
        let was = self.s.stage;
        self.leave_document();
        if self.s.logging_out && matches!(landing, Landing::AfterLogout(_)) {
            return self.logged_out();
        }
        if landing == Landing::Unsupported {
            let fault = Fault::new(ErrorKind::IncompatiblePage, "the page does not support this browser");
            return self
                .give_up(DisconnectReason::IncompatiblePage { missing: vec!["supported browser".into()] }, fault);
        }
        if let Landing::AfterLogout(code) = landing {
            if was == Stage::Linking {
                self.refuse(DisconnectReason::AuthFailure);
            } else if self.s.linked || was == Stage::Probing {
                // Stored credentials can be refused before anything is known of the document that held them.
                self.link_lost(code);
            }
        }
        self.s.documents += 1;
        if self.s.documents > MAX_DOCUMENTS {
            self.s.documents = 0;
            let fault = Fault::new(ErrorKind::Page, "the page loads itself over and over");
            return self.died(DisconnectReason::Navigation, fault);
        }
        self.enter(Stage::Probing);
        self.arm(Timer::Phase, self.s.config.deadlines.probe);
        self.arm(Timer::Ping, self.s.config.check_interval);
    }

    /// Another site, an empty page or the browser's own error page has taken the page's place.
    fn gone_elsewhere(&mut self) {
        if self.has_document() {
            self.died(DisconnectReason::Navigation, Fault::new(ErrorKind::Page, "the page went elsewhere"));
        }
    }

    pub(super) fn probe(&mut self, report: CapabilityReport) {
        self.s.version = report.web_version.clone().or_else(|| self.s.version.take());
        let usable = report.missing_core().is_empty();
        let complete = report.complete;
        self.s.document.report = Some(report);
        match self.s.stage {
            Stage::Probing if usable => self.decide(),
            Stage::Syncing if usable => self.linked_state(),
            // What only a linked account needs is missed after login, what does not answer after the page was usable. A session
            // that is ready is not ended by a look.
            Stage::Probing | Stage::Linking | Stage::Syncing if !usable && complete => self.incompatible(),
            Stage::Ready => self.tell_drift(),
            _ => {}
        }
    }

    /// Says once a document what the page lacks although it works.
    fn tell_drift(&mut self) {
        let lacks = |report: &&CapabilityReport| report.complete && !report.missing().is_empty();
        if let Some(report) = self.s.document.report.as_ref().filter(lacks).cloned()
            && !std::mem::replace(&mut self.s.document.told_drift, true)
        {
            self.emit(Event::Incompatible(Incompatible { fatal: false, report }));
        }
    }

    fn incompatible(&mut self) {
        let report = self.s.document.report.clone().unwrap_or_default();
        let missing = report.missing_core();
        let fault =
            Fault::new(ErrorKind::IncompatiblePage, "the page lacks what the library needs").missing(missing.clone());
        self.emit(Event::Incompatible(Incompatible { fatal: true, report }));
        self.give_up(DisconnectReason::IncompatiblePage { missing }, fault);
    }

    pub(super) fn page_state(&mut self, state: PageState) {
        self.s.me = state.me.clone().or_else(|| self.s.me.take());
        self.s.version = state.version.clone().or_else(|| self.s.version.take());
        self.s.document.offline_ended |= state.offline_end;
        let registered = state.registered;
        let new_credentials = registered && !self.s.registered();
        let unpaired = |state: &PageState| state.socket == "UNPAIRED";
        let refs_lost = self.s.document.state.as_ref().is_some_and(unpaired) && !unpaired(&state);
        let connects = self.s.document.state.as_ref().is_none_or(|was| was.socket != state.socket);
        self.s.document.state = Some(state);
        match self.s.stage {
            // Its credentials stay readable until the very end of a logout.
            Stage::Syncing | Stage::Ready | Stage::Recovering if !registered => self.login_gone(),
            Stage::Probing => self.decide(),
            Stage::Linking if registered => self.linking_state(new_credentials),
            Stage::Linking if refs_lost => self.refs_lost(),
            Stage::Linking if connects => self.await_refs(),
            Stage::Syncing | Stage::Ready | Stage::Recovering => self.linked_state(),
            _ => {}
        }
    }

    /// With capabilities and state known: login screen or linked?
    fn decide(&mut self) {
        if !self.s.missing_core().is_some_and(|missing| missing.is_empty()) || self.s.document.state.is_none() {
            return;
        }
        if self.s.registered() {
            self.logout_failed(&Fault::new(ErrorKind::Page, "the page loaded anew instead of logging out"));
            self.s.restored = true;
            return self.authenticated();
        }
        if self.s.logging_out {
            return self.logged_out();
        }
        self.s.restored = false;
        if self.s.linked {
            self.link_lost(None);
        }
        self.s.me = None;
        self.s.page_logout = None;
        self.enter_linking();
    }

    /// Credentials come first; the page leaves its login screen when it connects with them.
    fn linking_state(&mut self, new_credentials: bool) {
        if !self.s.document.state.as_ref().is_some_and(PageState::at_login) {
            return self.authenticated();
        }
        self.drop_qr();
        if new_credentials {
            self.arm(Timer::Phase, self.s.config.deadlines.linking);
        }
    }

    fn authenticated(&mut self) {
        self.drop_qr();
        self.drop_code();
        self.s.linked = true;
        self.s.refused = false;
        self.s.page_logout = None;
        self.s.batches = 0;
        self.enter(Stage::Syncing);
        self.arm(Timer::Phase, self.s.sync_deadline());
        if !std::mem::replace(&mut self.s.told_authenticated, true) {
            self.emit(Event::Authenticated(Authenticated { restored: self.s.restored }));
        }
        self.fail_qr(&Fault::new(ErrorKind::AlreadyAuthenticated, "the account is linked"));
        self.linked_state();
    }

    pub(super) fn progress(&mut self, percent: u8) {
        let percent = percent.min(100);
        let syncing = self.s.stage == Stage::Syncing || (self.s.stage == Stage::Linking && self.s.being_linked());
        if syncing && self.s.document.percent != Some(percent) {
            self.s.document.percent = Some(percent);
            self.emit(Event::LoadingScreen(LoadingScreen { percent }));
            if self.s.stage == Stage::Syncing {
                self.arm(Timer::Phase, self.s.sync_deadline());
            }
        }
    }

    /// Looks at the conditions of readiness, whatever made them change.
    fn linked_state(&mut self) {
        if self.s.logging_out || self.s.page_logout.is_some() {
            return;
        }
        let ready = self.s.not_ready_because().is_empty();
        match self.s.stage {
            // The account is linked, so more is core than before; the page may still be bringing it.
            Stage::Syncing if ready && self.s.missing_core().is_some_and(|missing| !missing.is_empty()) => {}
            Stage::Syncing | Stage::Recovering if ready => self.ready(),
            Stage::Ready if !ready => self.socket_lost(),
            Stage::Syncing | Stage::Recovering => self.watch_silence(),
            _ => {}
        }
    }

    fn ready(&mut self) {
        self.enter(Stage::Ready);
        self.s.was_ready = true;
        self.s.documents = 0;
        self.s.reason = None;
        self.s.fault = None;
        self.s.quiet = false;
        self.s.next_at = None;
        self.arm(Timer::Healthy, self.s.config.reconnect.reset_after);
        let (me, web_version) = (self.s.me.clone(), self.s.version.clone());
        self.emit(Event::Ready(Ready { me, web_version }));
        self.tell_drift();
    }

    /// The page reconnects by itself, for as long as it takes; a reload too early only makes it worse.
    fn socket_lost(&mut self) {
        self.enter(Stage::Recovering);
        self.s.reason = Some(DisconnectReason::Network);
        self.s.next_at = Some(self.now + self.s.config.page_recovery_grace);
        self.arm(Timer::Socket, self.s.config.page_recovery_grace);
        self.watch_silence();
    }

    /// A page that has lost its connection and makes no attempt to get another has given way to another browser.
    fn watch_silence(&mut self) {
        let silent = self.silent();
        if silent && !std::mem::replace(&mut self.s.document.silent, silent) {
            self.arm(Timer::Silence, if self.taken_by_other_tab() { SILENCE_OF_TAKEN } else { SILENCE });
        } else if !silent && std::mem::take(&mut self.s.document.silent) {
            self.cancel(Timer::Silence);
        }
    }

    fn taken_by_other_tab(&self) -> bool {
        self.s.document.state.as_ref().is_some_and(|page| page.locked_by_other && !page.stream_connected())
    }

    /// Down without an attempt: `Socket.state` stays `CONNECTED` when the server gave the session to another browser,
    /// and becomes `OPENING` within about a second otherwise.
    fn silent(&self) -> bool {
        self.s.document.state.as_ref().is_some_and(|page| page.socket == "CONNECTED" && !page.stream_connected())
    }

    pub(super) fn silence(&mut self) {
        if matches!(self.s.stage, Stage::Syncing | Stage::Recovering) && self.silent() {
            self.replaced();
        }
    }

    fn replaced(&mut self) {
        self.died(DisconnectReason::Replaced, Fault::new(ErrorKind::Disconnected, "another browser took the session"));
    }

    pub(super) fn socket_deadline(&mut self) {
        if self.s.stage == Stage::Recovering {
            let fault = Fault::new(ErrorKind::Disconnected, "the page could not bring back its connection");
            self.died(DisconnectReason::Network, fault);
        }
    }

    pub(super) fn healthy(&mut self) {
        if self.s.stage == Stage::Ready {
            self.s.attempts = 0;
        }
    }

    pub(super) fn page_logout_starting(&mut self) {
        if matches!(self.s.stage, Stage::Syncing | Stage::Ready | Stage::Recovering) && self.s.page_logout.is_none() {
            self.s.page_logout = Some(PageLogout { announced: true, reason: None, told: false });
        }
    }

    pub(super) fn page_logout_done(&mut self, reason: Option<String>) {
        if self.s.logging_out {
            return self.logged_out();
        }
        if !matches!(self.s.stage, Stage::Syncing | Stage::Ready | Stage::Recovering) {
            return;
        }
        let announced = self.s.page_logout.as_ref().is_some_and(|logout| logout.announced);
        let known = reason.is_some();
        self.s.page_logout = Some(PageLogout { announced, reason, told: false });
        if known {
            self.link_lost(None);
        }
        self.login_gone();
    }

    /// The page is about to load anew, without credentials. What it leaves in its address completes the reason.
    fn login_gone(&mut self) {
        if self.s.logging_out {
            return self.logged_out();
        }
        self.enter(Stage::Loading);
        self.arm(Timer::Phase, self.s.config.deadlines.load_page);
    }

    /// Reports that the account is linked no longer. Once for each loss; nothing is deleted.
    fn link_lost(&mut self, code: Option<u8>) {
        self.s.linked = false;
        self.s.told_authenticated = false;
        let logout = self.s.page_logout.take();
        if logout.as_ref().is_some_and(|logout| logout.told) {
            return;
        }
        let (announced, reason) = logout.map_or((false, None), |logout| (logout.announced, logout.reason));
        let reason = of_logout(announced, reason.as_deref(), code);
        self.s.page_logout = Some(PageLogout { announced, reason: None, told: true });
        if !std::mem::take(&mut self.s.was_ready) {
            self.refuse(reason.clone());
        }
        self.s.reason = Some(reason.clone());
        self.s.me = None;
        // The page shows its login screen next.
        self.emit(Event::Disconnected(Disconnected { reason, will_retry: false }));
    }

    fn has_document(&self) -> bool {
        matches!(self.s.stage, Stage::Probing | Stage::Linking | Stage::Syncing | Stage::Ready | Stage::Recovering)
    }

    pub(super) fn ping(&mut self) {
        if self.has_document() {
            self.call(PageCall::Ping);
        }
    }

    pub(super) fn pinged(&mut self, result: Result<CallValue, Fault>) {
        if !self.has_document() {
            return;
        }
        match result {
            Err(fault) if matches!(fault.kind, ErrorKind::Timeout | ErrorKind::Disconnected) => {
                self.s.document.pings_missed += 1;
                if self.s.document.pings_missed >= PINGS_TO_MISS {
                    let fault = Fault::new(ErrorKind::Page, "the page no longer answers");
                    return self.died(DisconnectReason::PageUnresponsive, fault);
                }
            }
            // It answers, if only that it cannot tell its state yet; that comes as an event.
            Ok(_) | Err(_) => self.s.document.pings_missed = 0,
        }
        self.arm(Timer::Ping, self.s.config.check_interval);
    }

    /// The present phase took too long.
    pub(super) fn phase_deadline(&mut self) {
        let phase = self.s.phase();
        let late = |missing: Vec<&'static str>| {
            let message = format!("phase {} took too long; missing: {}", phase.name(), missing.join(", "));
            Fault::new(ErrorKind::Timeout, message).missing(missing).during(phase.clone())
        };
        match self.s.stage {
            Stage::Loading => self.died(DisconnectReason::Navigation, late(vec!["document"])),
            Stage::Probing => match self.s.missing_core() {
                None => self.died(DisconnectReason::PageUnresponsive, late(vec!["probe"])),
                Some(missing) if missing.is_empty() => {
                    self.died(DisconnectReason::PageUnresponsive, late(vec!["page_state"]))
                }
                Some(_) => self.incompatible(),
            },
            Stage::Linking if self.s.being_linked() => {
                self.died(DisconnectReason::PageUnresponsive, late(vec!["main_mode"]));
            }
            Stage::Linking if self.s.qr.is_none() && self.s.code.is_none() => {
                let fault = late(vec!["qr_ref"]);
                self.fail_qr(&fault);
                self.died(DisconnectReason::PageUnresponsive, fault);
            }
            Stage::Syncing if self.taken_by_other_tab() => self.replaced(),
            Stage::Syncing => {
                let fault = late(self.s.not_ready_because());
                self.died(DisconnectReason::PageUnresponsive, fault);
            }
            _ => {}
        }
    }
}
