//! What holds whatever happens, in any order.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::model::ConnectionStatus;
use crate::session::state::{Browser, Stage};

/// An index into the inputs, so that sequences shrink well.
fn any_sequence() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0..every_input().len(), 0..60)
}

/// The outside world, as far as the invariants need it.
struct World {
    driver: Driver,
    open: HashSet<Ticket>,
    browsers: usize,
    readys: usize,
    ready: bool,
    linked: bool,
}

impl World {
    fn new(start: Vec<Input>) -> Self {
        let mut world =
            Self { driver: Driver::new(), open: HashSet::new(), browsers: 0, readys: 0, ready: false, linked: false };
        for input in start {
            world.take(input);
        }
        world
    }

    /// Gives each command a ticket of its own, and answers of the actor only when it owes one.
    fn take(&mut self, input: Input) {
        let input = match input {
            Input::Command(_, command) => {
                self.driver.ticket += 1;
                let ticket = Ticket(self.driver.ticket);
                self.open.insert(ticket);
                Input::Command(ticket, command)
            }
            Input::Called(PageCall::PairingCode { .. }, result) => {
                let Some(ticket) = self.driver.state.waiters.pairing else { return };
                Input::Called(PageCall::PairingCode { ticket, phone: phone(), notify: true }, result)
            }
            Input::Launched | Input::LaunchFailed(_) if self.driver.state.browser != Browser::Starting => return,
            Input::Closed if self.driver.state.browser != Browser::Closing => return,
            other => other,
        };
        if matches!(input, Input::Closed | Input::LaunchFailed(_)) {
            self.browsers -= 1;
        }
        let attempts = self.driver.state.attempts;
        let starts = matches!(
            &input,
            Input::Command(_, Command::Initialize | Command::Reconnect) | Input::Closed | Input::Deleted(_)
        );
        self.driver.step(input);
        let state = &self.driver.state;
        if state.attempts < attempts {
            assert!(state.stage == Stage::Ready || starts, "attempts forgotten without being ready or started by hand");
        }
        for effect in self.driver.last.clone() {
            self.effect(effect);
        }
        let ready = self.driver.state.status() == ConnectionStatus::Ready;
        assert_eq!(self.readys, usize::from(ready && !self.ready), "one `ready` for each transition");
        self.readys = 0;
        self.ready = ready;
    }

    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::Launch => {
                self.browsers += 1;
                assert!(self.browsers <= 1, "two browsers");
            }
            Effect::Reply(ticket, _) => assert!(self.open.remove(&ticket), "answered twice"),
            Effect::Emit(Event::Ready(_)) => {
                self.readys += 1;
                self.linked = true;
            }
            Effect::Emit(Event::Disconnected(data)) => self.linked &= data.will_retry,
            Effect::Emit(Event::ManualReconnect | Event::ManualDisconnect) => self.linked = false,
            Effect::Emit(Event::Qr(_) | Event::Code(_)) => assert!(!self.linked, "a code for a linked account"),
            _ => {}
        }
    }

    /// Stops, and lets the actor do what it owes.
    fn stop(&mut self) {
        self.take(Input::Command(Ticket(0), Command::Disconnect));
        for _ in 0..3 {
            self.take(Input::Closed);
            if self.driver.last.contains(&Effect::DeleteSession) || self.driver.state.delete {
                self.take(Input::Deleted(Ok(())));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_promises_hold(from in 0..4_usize, sequence in any_sequence()) {
        let inputs = every_input();
        let start = [vec![], to_qr(), to_code(), to_ready()][from].clone();
        let mut world = World::new(start);
        for index in sequence {
            world.take(inputs[index].1.clone());
        }
        world.stop();
        prop_assert_eq!(world.driver.state.stage, Stage::Stopped);
        prop_assert_eq!(world.driver.state.browser, Browser::Absent);
        prop_assert!(world.open.is_empty(), "not answered: {:?}", world.open);
        prop_assert!(world.driver.state.qr.is_none() && world.driver.state.code.is_none());
    }
}
