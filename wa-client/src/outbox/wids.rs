//! What numbers were looked up to.

use std::collections::HashMap;

use crate::model::{ChatId, Timestamp};
use crate::phone::PhoneNumber;

/// Numbers that are remembered.
pub(super) const MAX_WIDS: usize = 20_000;

/// The addresses behind numbers, each for some time.
#[derive(Default)]
pub(super) struct Wids(HashMap<PhoneNumber, (ChatId, Timestamp)>);

impl Wids {
    pub(super) fn get(&self, phone: &PhoneNumber, now: Timestamp) -> Option<ChatId> {
        self.0.get(phone).filter(|(_, until)| *until > now).map(|(wid, _)| wid.clone())
    }

    /// Remembers an answer until `until`.
    pub(super) fn learn(&mut self, phone: PhoneNumber, wid: ChatId, until: Timestamp, now: Timestamp) {
        if self.0.len() >= MAX_WIDS {
            self.0.retain(|_, (_, until)| *until > now);
        }
        // All are fresh. Asking again costs less than keeping order among them.
        if self.0.len() >= MAX_WIDS {
            self.0.clear();
        }
        self.0.insert(phone, (wid, until));
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
