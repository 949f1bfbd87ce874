//! Starting, stopping and logging out.

use super::effect::{Answer, Effect, PageCall, Timer};
use super::fault::Fault;
use super::input::{CallValue, Ticket};
use super::linking::not_running;
use super::reason::USER_INITIATED;
use super::state::{Browser, Document, Stage, Step};
use crate::error::ErrorKind;
use crate::event::{Disconnected, Event};
use crate::model::DisconnectReason;

const TIMERS: [Timer; 9] = [
    Timer::Phase,
    Timer::Qr,
    Timer::Code,
    Timer::Ping,
    Timer::Healthy,
    Timer::Retry,
    Timer::Socket,
    Timer::Silence,
    Timer::Logout,
];

impl Step<'_> {
    pub(super) fn initialize(&mut self, ticket: Ticket) {
        self.s.waiters.up.push(ticket);
        match self.s.stage {
            Stage::Stopped => self.start(),
            Stage::Closing => self.s.restart = true,
            Stage::Waiting if self.s.quiet => {
                self.forget_failures();
                self.retry();
            }
            _ => {}
        }
    }

    fn start(&mut self) {
        self.forget_failures();
        self.s.reason = None;
        self.s.fault = None;
        self.s.refused = false;
        self.s.batches = 0;
        self.s.linked = false;
        self.s.was_ready = false;
        self.launch();
    }

    fn forget_failures(&mut self) {
        self.s.attempts = 0;
        self.s.quiet = false;
        self.s.documents = 0;
    }

    /// A new browser, as soon as the last one is gone. Never two.
    pub(super) fn launch(&mut self) {
        self.enter(Stage::Launching);
        self.s.relaunch = false;
        self.s.told_authenticated = false;
        if self.s.browser == Browser::Absent {
            self.s.browser = Browser::Starting;
            self.effects.push(Effect::Launch);
        }
    }

    /// A document without credentials then means that they are lost.
    pub(super) fn linked_before(&mut self) {
        if self.s.browser == Browser::Starting {
            self.s.linked = true;
        }
    }

    pub(super) fn launched(&mut self) {
        if self.s.browser != Browser::Starting {
            return;
        }
        self.s.browser = Browser::Running;
        self.navigate();
    }

    pub(super) fn navigate(&mut self) {
        self.enter(Stage::Loading);
        self.effects.push(Effect::Navigate);
        self.arm(Timer::Phase, self.s.config.deadlines.load_page);
    }

    pub(super) fn launch_failed(&mut self, fault: Fault) {
        if self.s.browser != Browser::Starting {
            return;
        }
        self.s.browser = Browser::Absent;
        let reason = match fault.kind {
            ErrorKind::ProfileLocked => DisconnectReason::ProfileLocked,
            ErrorKind::BrowserLaunch | ErrorKind::BrowserCrashed | ErrorKind::Timeout | ErrorKind::Page => {
                return self.died(DisconnectReason::BrowserCrashed, fault);
            }
            _ => DisconnectReason::Other,
        };
        self.give_up(reason, fault);
    }

    pub(super) fn disconnect(&mut self, ticket: Ticket) {
        self.s.restart = false;
        if self.s.stage == Stage::Stopped {
            self.reply(ticket, Ok(Answer::Done));
            return self.stopped();
        }
        self.s.waiters.stop.push(ticket);
        if self.s.stage == Stage::Closing {
            return self.fail_waiting(&cancelled());
        }
        self.emit(Event::ManualDisconnect);
        self.fail_waiting(&cancelled());
        self.s.refused = false;
        self.end(DisconnectReason::Manual);
    }

    pub(super) fn reconnect(&mut self, ticket: Ticket) {
        self.emit(Event::ManualReconnect);
        self.fail_waiting(&cancelled());
        self.s.waiters.up.push(ticket);
        match self.s.stage {
            Stage::Stopped => self.start(),
            Stage::Closing => self.s.restart = true,
            _ => {
                self.s.restart = true;
                self.close();
            }
        }
    }

    /// Reports the end, closes the browser and stays stopped.
    pub(super) fn end(&mut self, reason: DisconnectReason) {
        self.s.reason = Some(reason.clone());
        self.emit(Event::Disconnected(Disconnected { reason, will_retry: false }));
        self.close();
    }

    /// Closes the browser in order; what comes afterwards is in `delete` and `restart`.
    pub(super) fn close(&mut self) {
        self.enter(Stage::Closing);
        self.leave_document();
        for timer in TIMERS {
            self.cancel(timer);
        }
        self.s.next_at = None;
        self.s.quiet = false;
        self.close_browser();
        if self.s.browser == Browser::Absent {
            self.closed();
        }
    }

    pub(super) fn close_browser(&mut self) {
        if matches!(self.s.browser, Browser::Starting | Browser::Running) {
            self.s.browser = Browser::Closing;
            self.effects.push(Effect::CloseBrowser);
        }
    }

    pub(super) fn browser_gone(&mut self) {
        if self.s.browser == Browser::Closing {
            self.s.browser = Browser::Absent;
            self.closed();
        }
    }

    fn closed(&mut self) {
        match self.s.stage {
            Stage::Closing if self.s.delete => self.effects.push(Effect::DeleteSession),
            Stage::Closing => self.finish_closing(),
            // The next attempt became due while the last browser was still closing.
            Stage::Launching => self.launch(),
            _ => {}
        }
    }

    pub(super) fn deleted(&mut self, result: Result<(), Fault>) {
        if !std::mem::take(&mut self.s.delete) {
            return;
        }
        for ticket in std::mem::take(&mut self.s.waiters.logout) {
            self.reply(ticket, result.clone().map(|()| Answer::Done));
        }
        self.s.me = None;
        self.finish_closing();
    }

    fn finish_closing(&mut self) {
        for ticket in std::mem::take(&mut self.s.waiters.stop) {
            self.reply(ticket, Ok(Answer::Done));
        }
        if std::mem::take(&mut self.s.restart) {
            return self.start();
        }
        self.enter(Stage::Stopped);
        self.stopped();
    }

    fn stopped(&mut self) {
        if self.s.exit {
            self.effects.push(Effect::Exit);
        }
    }

    pub(super) fn logout(&mut self, ticket: Ticket) {
        match self.s.stage {
            Stage::Syncing | Stage::Ready | Stage::Recovering => {
                self.s.waiters.logout.push(ticket);
                if !self.s.logging_out {
                    self.s.logging_out = true;
                    self.call(PageCall::Logout);
                    self.arm(Timer::Logout, self.s.config.deadlines.logout);
                }
            }
            Stage::Linking => {
                let fault = Fault::new(ErrorKind::NotAuthenticated, "no account is linked");
                self.reply(ticket, Err(fault));
            }
            _ => self.reply(ticket, Err(not_running())),
        }
    }

    pub(super) fn logout_called(&mut self, result: Result<CallValue, Fault>) {
        // The document may be gone before its answer is: then the next document tells.
        if let Err(fault) = result.as_ref().map_err(Clone::clone)
            && fault.kind != ErrorKind::Disconnected
        {
            self.logout_failed(&fault);
        }
    }

    pub(super) fn logout_deadline(&mut self) {
        self.logout_failed(&Fault::new(ErrorKind::Timeout, "the page did not log out"));
    }

    pub(super) fn logout_failed(&mut self, fault: &Fault) {
        if std::mem::take(&mut self.s.logging_out) {
            self.cancel(Timer::Logout);
            for ticket in std::mem::take(&mut self.s.waiters.logout) {
                self.reply(ticket, Err(fault.clone()));
            }
        }
    }

    /// The page is logged out as asked for: nothing in the profile is of use any more.
    pub(super) fn logged_out(&mut self) {
        self.s.logging_out = false;
        self.s.linked = false;
        self.s.delete = true;
        // Callers of `logout` are answered when the data is gone.
        self.fail_waiting(&Fault::new(ErrorKind::NotAuthenticated, "the account was logged out"));
        self.end(DisconnectReason::LoggedOut { page_reason: Some(USER_INITIATED.to_owned()) });
    }

    /// Answers everybody who waits for something that will not come. Callers of `disconnect` are not among them.
    pub(super) fn fail_waiting(&mut self, fault: &Fault) {
        for ticket in std::mem::take(&mut self.s.waiters.up) {
            self.reply(ticket, Err(fault.clone()));
        }
        self.fail_document_waiters(fault);
        self.fail_qr(fault);
        self.logout_failed(fault);
    }

    /// Answers those whose wish was addressed to the document that is gone.
    pub(super) fn fail_document_waiters(&mut self, fault: &Fault) {
        let pairing = self.s.waiters.pairing.take();
        for ticket in pairing.into_iter().chain(std::mem::take(&mut self.s.waiters.cancel)) {
            self.reply(ticket, Err(fault.clone()));
        }
    }

    pub(super) fn enter(&mut self, stage: Stage) {
        if self.s.stage == Stage::Ready && stage != Stage::Ready {
            self.cancel(Timer::Healthy);
        }
        if matches!(self.s.stage, Stage::Syncing | Stage::Recovering) {
            self.cancel(Timer::Socket);
            self.cancel(Timer::Silence);
            self.s.document.silent = false;
        }
        self.cancel(Timer::Phase);
        self.s.stage = stage;
    }

    /// The document is gone, with everything on it.
    pub(super) fn leave_document(&mut self) {
        self.drop_qr();
        self.drop_code();
        self.cancel(Timer::Ping);
        self.s.document = Document::default();
        self.effects.push(Effect::PageGone);
        self.fail_document_waiters(&Fault::new(ErrorKind::Disconnected, "the page went away"));
    }
}

fn cancelled() -> Fault {
    Fault::new(ErrorKind::Cancelled, "disconnect, reconnect or shutdown was called")
}
