//! After a failure: try again, wait, or give up.

use std::time::Duration;

use super::backoff;
use super::effect::Timer;
use super::fault::Fault;
use super::reason::{Policy, policy};
use super::state::{Browser, Stage, Step};
use crate::error::ErrorKind;
use crate::event::{Disconnected, Event, Reconnecting};
use crate::model::DisconnectReason;

impl Step<'_> {
    /// Something failed on the way up or took the session down.
    pub(super) fn died(&mut self, reason: DisconnectReason, fault: Fault) {
        match policy(&reason, self.s.config.takeover_on_conflict) {
            Policy::GiveUp => self.give_up(reason, fault),
            Policy::Relaunch => self.attempt_again(reason, fault, true),
            Policy::Reload => {
                // Loading the page anew has just been tried, without success.
                let tried = self.s.attempts > 0 && !self.s.is_up();
                let relaunch = tried || self.s.browser != Browser::Running;
                self.attempt_again(reason, fault, relaunch);
            }
        }
    }

    /// Only a new browser has a page that can be told from the one that floods us.
    pub(super) fn flooded(&mut self) {
        if self.s.browser == Browser::Running && self.s.stage != Stage::Closing {
            let fault = Fault::new(ErrorKind::Page, "the page floods the library with events");
            self.attempt_again(DisconnectReason::PageUnresponsive, fault, true);
        }
    }

    /// Ends the session with `reason`; only a command starts it again.
    pub(super) fn give_up(&mut self, reason: DisconnectReason, fault: Fault) {
        self.s.fault = Some(fault.clone());
        self.fail_waiting(&fault);
        self.end(reason);
    }

    fn attempt_again(&mut self, reason: DisconnectReason, fault: Fault, relaunch: bool) {
        self.logout_failed(&Fault::new(ErrorKind::Disconnected, "the page was lost"));
        self.s.attempts += 1;
        let exhausted = self.s.config.reconnect.attempts.is_some_and(|most| self.s.attempts > most);
        if exhausted && self.s.config.reconnect.slow_interval.is_none() {
            return self.give_up(DisconnectReason::ReconnectExhausted, fault);
        }
        if self.s.is_up() {
            self.emit(Event::Disconnected(Disconnected { reason: reason.clone(), will_retry: true }));
        }
        self.enter(Stage::Waiting);
        self.leave_document();
        let delay = match self.s.config.reconnect.slow_interval.filter(|_| exhausted) {
            Some(interval) => {
                if !std::mem::replace(&mut self.s.quiet, true) {
                    let reason = DisconnectReason::ReconnectExhausted;
                    self.emit(Event::Disconnected(Disconnected { reason, will_retry: true }));
                }
                self.fail_waiting(&fault);
                interval
            }
            None => self.backoff(),
        };
        self.s.fault = Some(fault);
        self.s.reason = Some(reason.clone());
        self.s.relaunch |= relaunch;
        if self.s.relaunch {
            self.close_browser();
        }
        let next_at = self.now + delay;
        self.s.next_at = Some(next_at);
        self.arm(Timer::Retry, delay);
        if !self.s.quiet {
            self.emit(Event::Reconnecting(Reconnecting { attempt: self.s.attempts, next_at, reason }));
        }
    }

    fn backoff(&mut self) -> Duration {
        let jitter = random(&mut self.s.seed);
        backoff::delay(&self.s.config.reconnect, self.s.attempts, jitter)
    }

    /// The time of the next attempt has come.
    pub(super) fn retry(&mut self) {
        if self.s.stage != Stage::Waiting {
            return;
        }
        self.cancel(Timer::Retry);
        if self.s.relaunch || self.s.browser != Browser::Running {
            self.launch();
        } else {
            self.navigate();
        }
    }

    pub(super) fn navigation_failed(&mut self, fault: Fault) {
        if self.s.stage == Stage::Loading {
            self.died(DisconnectReason::Navigation, fault);
        }
    }
}

/// A number in `0.0..1.0` from a seed that moves on (SplitMix64).
fn random(seed: &mut u64) -> f64 {
    *seed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *seed;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    // 53 bits fill the mantissa.
    #[allow(clippy::cast_precision_loss)]
    let unit = (z >> 11) as f64 / (1_u64 << 53) as f64;
    unit
}
