//! What may have reached the server and may not: how it comes about, how it is settled, and that it is not forgotten.
//!
//! A message that was handed over once and not settled stays in doubt through all later attempts. However those end, nobody is
//! told that it was not sent.

use super::entry::{Place, given_up_by_page, refusal};
use super::{Action, Look, Outbox, UNKNOWN};
use crate::model::{Ack, MessageId, Timestamp};
use crate::page::protocol::Failure;
use crate::session::fault::Fault;

impl Outbox {
    /// The document is gone: what it was about to do is in doubt.
    pub(crate) fn page_gone(&mut self) {
        self.page += 1;
        for entry in self.entries.values_mut() {
            if entry.place == Place::InPage {
                entry.place = Place::Unknown;
            }
            entry.stale = true;
        }
    }

    /// Settles what was in doubt, for whoever still waits.
    pub(super) fn take_up_again(&mut self) {
        let mut waiting: Vec<_> =
            self.entries.iter().filter(|(_, entry)| entry.stale && !entry.waiters.is_empty()).collect();
        waiting.sort_by_key(|(_, entry)| entry.order);
        let waiting: Vec<_> =
            waiting.into_iter().map(|(id, entry)| (id.clone(), entry.key().cloned(), entry.place.clone())).collect();
        for (id, key, place) in waiting {
            match (place, key) {
                (Place::Unknown, Some(key)) => {
                    self.hold(&id);
                    self.actions.push(Action::Look { id, key });
                }
                (Place::Taken, Some(key)) => self.actions.push(Action::Look { id, key }),
                (Place::Unknown, None) => self.requeue(&id),
                _ => {}
            }
        }
        self.entries.values_mut().for_each(|entry| entry.stale = false);
    }

    /// What waits behind a message in doubt must not go before it.
    fn hold(&mut self, id: &MessageId) {
        if let Some(entry) = self.entries.get(id).filter(|_| !self.held.contains_key(id)) {
            self.lanes.hold(&entry.message.to);
            self.held.insert(id.clone(), entry.message.to.clone());
        }
    }

    /// The answer of the page to [`Action::Look`].
    pub(crate) fn looked(&mut self, id: &MessageId, result: Result<Look, Fault>, now: Timestamp) {
        self.take_look(id, result);
        if let Some(to) = self.held.remove(id) {
            self.lanes.unhold(&to);
        }
        self.answer(id, now);
        self.pump(now);
    }

    fn take_look(&mut self, id: &MessageId, result: Result<Look, Fault>) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        match result {
            // Whoever waits is answered by an event or by the deadline.
            Err(_) => {}
            Ok(look) if !look.found => {
                if entry.place == Place::Unknown && !entry.waiters.is_empty() {
                    self.requeue(id);
                }
            }
            Ok(look) => {
                if let Some(ack) = look.ack {
                    entry.raise(ack);
                }
                // The page sends it again when it is handed over again.
                let given_up = look.failed == Some(Failure::GivenUp) && entry.ack == Ack::Pending;
                if given_up && entry.place == Place::Unknown && !entry.waiters.is_empty() {
                    return self.requeue(id);
                }
                if matches!(entry.place, Place::Unknown | Place::InPage) {
                    entry.place = match look.failed {
                        None => Place::InPage,
                        Some(Failure::Refused) => Place::Failed(refusal(UNKNOWN, look.code.as_deref())),
                        Some(Failure::GivenUp) => Place::Abandoned(given_up_by_page()),
                    };
                }
                self.release(id);
            }
        }
    }

    /// Back to the front of its lane, behind those that came before it, to be sent again under the same id.
    pub(super) fn requeue(&mut self, id: &MessageId) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        entry.doubtful |= matches!(entry.place, Place::Unknown | Place::Abandoned(_));
        entry.place = Place::Queued;
        let (to, order) = (entry.message.to.clone(), entry.order);
        let earlier = |other: &MessageId| self.entries.get(other).is_some_and(|entry| entry.order < order);
        self.lanes.put_back(&to, id, earlier);
    }

    /// A message that never came to be leaves its id free for another try. One that is in doubt is tried again as such.
    pub(super) fn forget_unsent(&mut self, id: &MessageId) {
        let Some(entry) = self.entries.get_mut(id).filter(|entry| entry.waiters.is_empty()) else { return };
        match entry.place {
            Place::Queued | Place::Failed(_) if entry.doubtful => entry.place = Place::Unknown,
            Place::Queued => drop(self.entries.remove(id)),
            Place::Failed(_) if entry.reply.is_none() => drop(self.entries.remove(id)),
            _ => {}
        }
    }
}
