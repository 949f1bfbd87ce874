//! The login screen: QR codes and pairing codes.

use std::time::Duration;

use super::effect::{Answer, PageCall, Timer};
use super::fault::Fault;
use super::input::{CallValue, PairingStage, Ticket};
use super::state::{Stage, Step};
use crate::error::ErrorKind;
use crate::event::{AuthFailure, Event};
use crate::model::{DisconnectReason, PairingCode, QrCode};
use crate::phone::PhoneNumber;

/// How long the page accepts the answer to a pairing code (module `WAWebAltDeviceLinkingApi`).
const CODE_TTL: Duration = Duration::from_secs(180);

/// The page shows each code for a minute at most.
const LONGEST_QR: Duration = Duration::from_secs(300);

/// The server sends codes as soon as a connection without a login stands.
const REFS_COME: Duration = Duration::from_secs(5);

impl Step<'_> {
    /// The document shows the login screen.
    pub(super) fn enter_linking(&mut self) {
        self.enter(Stage::Linking);
        self.await_qr();
        self.await_refs();
    }

    fn await_qr(&mut self) {
        self.arm(Timer::Phase, self.s.config.deadlines.first_qr);
    }

    pub(super) fn qr(&mut self, mut code: QrCode, ttl: Duration) {
        let same_ref = |last: &QrCode| last.payload.split(',').next() == code.payload.split(',').next();
        let old = code.attempt > 1 || self.s.document.last_qr.as_ref().is_some_and(same_ref);
        let stale = self.s.document.refreshing && old;
        if self.s.stage != Stage::Linking || self.s.code.is_some() || self.s.being_linked() || stale {
            return;
        }
        // A page may say what it likes; a code that it claims to be good for ever would be served for ever.
        let ttl = ttl.min(LONGEST_QR);
        code.expires_at = code.expires_at.min(self.now + ttl);
        self.s.document.refreshing = false;
        self.s.document.last_qr = Some(code.clone());
        self.s.refused = false;
        // A page that stays long enough for a second code does not load itself over and over.
        if code.attempt > 1 {
            self.s.documents = 0;
        }
        self.s.qr = Some(code.clone());
        self.cancel(Timer::Phase);
        self.arm(Timer::Qr, ttl);
        self.emit(Event::Qr(code.clone()));
        for ticket in std::mem::take(&mut self.s.waiters.qr) {
            self.reply(ticket, Ok(Answer::Qr(code.clone())));
        }
    }

    pub(super) fn drop_qr(&mut self) {
        if self.s.qr.take().is_some() {
            self.cancel(Timer::Qr);
        }
    }

    /// Nobody may be served a code that links nothing. The page shows the next one, or says that it has none left.
    pub(super) fn qr_expired(&mut self) {
        if self.s.qr.take().is_some() && self.s.stage == Stage::Linking {
            self.await_qr();
        } else if self.s.stage == Stage::Linking && self.s.code.is_none() && !self.s.being_linked() {
            self.refresh_qr();
        }
    }

    /// The codes went with the connection that brought them. The page gets others with the next one.
    pub(super) fn refs_lost(&mut self) {
        self.s.document.last_qr = None;
        if self.s.qr.is_some() {
            self.drop_qr();
            self.await_qr();
        }
        self.await_refs();
    }

    /// Connected, and no code yet. A page that takes itself for offline when they come throws them away
    /// (`WAWebHandlePairDevice`) and gets no others: then it has to be asked.
    pub(super) fn await_refs(&mut self) {
        let connected = self.s.document.state.as_ref().is_some_and(|page| page.socket == "PAIRING");
        if connected && self.s.qr.is_none() && self.s.code.is_none() && !self.s.being_linked() {
            self.arm(Timer::Qr, REFS_COME);
        }
    }

    /// All codes of the batch were shown and nobody scanned, which is normal.
    pub(super) fn qr_idle(&mut self) {
        let wanted = self.s.code.is_none() && self.s.waiters.pairing.is_none() && !self.s.being_linked();
        if self.s.stage != Stage::Linking || !wanted {
            return;
        }
        self.drop_qr();
        self.s.batches += 1;
        if self.s.config.qr_max_retries.is_some_and(|most| self.s.batches >= most) {
            let fault = Fault::new(ErrorKind::Timeout, "no QR code was scanned");
            return self.give_up(DisconnectReason::QrRetriesExhausted, fault);
        }
        self.refresh_qr();
    }

    fn refresh_qr(&mut self) {
        if !self.s.document.refreshing {
            self.s.document.refreshing = true;
            self.call(PageCall::QrRefresh);
        }
        self.await_qr();
    }

    pub(super) fn generate_qr(&mut self, ticket: Ticket) {
        match self.s.stage {
            Stage::Linking if self.s.waiters.pairing.is_some() => {
                self.reply(ticket, Err(Fault::new(ErrorKind::NotReady, "a pairing code is being made")));
            }
            Stage::Linking if !self.s.being_linked() => {
                self.s.waiters.qr.push(ticket);
                self.drop_qr();
                if self.s.code.is_some() {
                    self.leave_pairing(None);
                } else if !self.s.document.leaving_pairing {
                    self.refresh_qr();
                }
                self.arm(Timer::Phase, self.s.config.deadlines.generate_qr);
            }
            Stage::Linking | Stage::Syncing | Stage::Ready | Stage::Recovering => {
                self.reply(ticket, Err(already_linked()));
            }
            _ if self.s.is_starting() => self.s.waiters.qr.push(ticket),
            _ => self.reply(ticket, Err(not_running())),
        }
    }

    pub(super) fn qr_refreshed(&mut self, result: Result<CallValue, Fault>) {
        self.refresh_failed(result.err());
    }

    /// Its callers get the reason, unless the document is gone: the next one starts with a batch of its own. The code that was
    /// to be replaced is shown again while it is good.
    fn refresh_failed(&mut self, fault: Option<Fault>) {
        let Some(fault) = fault.filter(|fault| fault.kind != ErrorKind::Disconnected) else { return };
        let asked = std::mem::take(&mut self.s.document.refreshing);
        self.fail_qr(&fault);
        let good = |code: &QrCode| asked && self.s.qr.is_none() && code.is_valid_at(self.now);
        if let Some(code) = self.s.document.last_qr.clone().filter(good) {
            let left = code.expires_at.saturating_since(self.now);
            self.qr(code, left);
        }
    }

    pub(super) fn fail_qr(&mut self, fault: &Fault) {
        for ticket in std::mem::take(&mut self.s.waiters.qr) {
            self.reply(ticket, Err(fault.clone()));
        }
    }

    pub(super) fn pairing_code(&mut self, ticket: Ticket, phone: PhoneNumber, notify: bool) {
        let fault = match self.s.stage {
            Stage::Linking if self.s.being_linked() => already_linked(),
            Stage::Linking if self.s.waiters.pairing.is_some() => {
                Fault::new(ErrorKind::NotReady, "another pairing code is being made")
            }
            Stage::Linking => {
                self.s.waiters.pairing = Some(ticket);
                return self.call(PageCall::PairingCode { ticket, phone, notify });
            }
            Stage::Syncing | Stage::Ready | Stage::Recovering => already_linked(),
            _ if self.s.is_starting() => Fault::new(ErrorKind::NotReady, "the login screen is not there yet"),
            _ => not_running(),
        };
        self.reply(ticket, Err(fault));
    }

    pub(super) fn pairing_answered(&mut self, ticket: Ticket, result: Result<CallValue, Fault>) {
        if self.s.waiters.pairing != Some(ticket) {
            return;
        }
        self.s.waiters.pairing = None;
        match result {
            Ok(CallValue::Code(text)) if self.s.stage == Stage::Linking => {
                let code = PairingCode::new(&text.0, self.now + CODE_TTL);
                self.drop_qr();
                self.s.refused = false;
                self.s.document.phone_answered = false;
                self.s.code = Some(code.clone());
                self.cancel(Timer::Phase);
                self.arm(Timer::Code, CODE_TTL);
                self.emit(Event::Code(code.clone()));
                self.reply(ticket, Ok(Answer::Code(code)));
            }
            Ok(_) => self.reply(ticket, Err(Fault::new(ErrorKind::Page, "the page answered without a code"))),
            Err(fault) => {
                self.reply(ticket, Err(fault));
                // The attempt has taken the QR code off the page (`initializeAltDeviceLinking` removes the ADV secret).
                if self.s.stage == Stage::Linking {
                    self.leave_pairing(None);
                }
            }
        }
    }

    pub(super) fn cancel_pairing(&mut self, ticket: Ticket) {
        let asked = self.s.waiters.pairing.take();
        if let Some(asked) = asked {
            self.reply(asked, Err(Fault::new(ErrorKind::Cancelled, "the pairing code was cancelled")));
        }
        if self.s.stage == Stage::Linking && (asked.is_some() || self.s.code.is_some()) {
            self.leave_pairing(Some(ticket));
        } else {
            self.reply(ticket, Ok(Answer::Done));
        }
    }

    pub(super) fn pairing_cancelled(&mut self, ticket: Option<Ticket>, result: Result<CallValue, Fault>) {
        let waits = ticket.filter(|ticket| self.s.waiters.cancel.contains(ticket));
        self.s.waiters.cancel.retain(|waiting| Some(*waiting) != waits);
        if let Some(ticket) = waits {
            self.reply(ticket, result.clone().map(|_| Answer::Done));
        }
        self.s.document.leaving_pairing = false;
        if self.s.stage != Stage::Linking || self.s.code.is_some() || self.s.being_linked() {
            return;
        }
        match result {
            // Who has asked for a code after that of this page was shown gets one of the next batch.
            Ok(_) if !self.s.waiters.qr.is_empty() => self.refresh_qr(),
            Ok(_) => {}
            Err(fault) if fault.kind == ErrorKind::Disconnected => {}
            // A page that cannot go back has no code to show: a new document has.
            Err(fault) => {
                self.fail_qr(&fault);
                self.died(DisconnectReason::PageUnresponsive, fault);
            }
        }
    }

    pub(super) fn drop_code(&mut self) {
        if self.s.code.take().is_some() {
            self.cancel(Timer::Code);
        }
    }

    pub(super) fn code_expired(&mut self) {
        if self.s.code.is_some() && self.s.stage == Stage::Linking && !self.s.being_linked() {
            self.leave_pairing(None);
        }
    }

    /// Back to QR codes; the page shows the present ref with a new secret.
    fn leave_pairing(&mut self, ticket: Option<Ticket>) {
        self.drop_qr();
        self.drop_code();
        self.s.document.phone_answered = false;
        self.s.document.leaving_pairing = true;
        self.s.waiters.cancel.extend(ticket);
        self.call(PageCall::PairingCancel { ticket });
        self.await_qr();
    }

    pub(super) fn pairing(&mut self, stage: PairingStage) {
        if self.s.stage != Stage::Linking {
            return;
        }
        match stage {
            PairingStage::Hello => {
                self.s.document.phone_answered = true;
                self.arm(Timer::Phase, self.s.config.deadlines.linking);
            }
            PairingStage::Error if self.s.code.is_some() => {
                self.refuse(DisconnectReason::AuthFailure);
                self.leave_pairing(None);
            }
            PairingStage::Refresh | PairingStage::Withdrawn if self.s.code.is_some() => self.leave_pairing(None),
            // Codes alone do not link this account.
            PairingStage::Passkey => self.refuse(DisconnectReason::AuthFailure),
            PairingStage::Error | PairingStage::Refresh | PairingStage::Withdrawn => {}
        }
    }

    /// Linking was refused; the next code clears it.
    pub(super) fn refuse(&mut self, reason: DisconnectReason) {
        self.s.refused = true;
        self.s.reason = Some(reason.clone());
        self.emit(Event::AuthFailure(AuthFailure { reason }));
    }
}

fn already_linked() -> Fault {
    Fault::new(ErrorKind::AlreadyAuthenticated, "the account is linked")
}

pub(super) fn not_running() -> Fault {
    Fault::new(ErrorKind::NotReady, "the session is not running")
}
