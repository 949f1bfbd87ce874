//! Order: messages to one recipient one after the other, recipients in turn.

use std::collections::{HashMap, VecDeque};

use crate::model::{MessageId, Recipient};

/// The recipients that messages wait for, or that one is being handed over for.
#[derive(Default)]
pub(super) struct Lanes {
    lanes: HashMap<String, Lane>,
    /// Lanes with something to hand over, in the order of their turn.
    turns: VecDeque<String>,
    queued: usize,
}

/// The messages to one recipient.
#[derive(Default)]
struct Lane {
    queue: VecDeque<MessageId>,
    /// Being handed over, or in doubt.
    busy: Option<MessageId>,
    /// How many of its messages the page is being asked about.
    held: usize,
}

impl Lanes {
    /// How many messages wait.
    pub(super) fn queued(&self) -> usize {
        self.queued
    }

    /// Whether [`next`](Self::next) has something.
    pub(super) fn has_next(&self) -> bool {
        !self.turns.is_empty()
    }

    /// Takes the next message of the lane whose turn it is. Its lane stands still until [`release`](Self::release).
    pub(super) fn next(&mut self) -> Option<MessageId> {
        let lane = self.lanes.get_mut(&self.turns.pop_front()?)?;
        let id = lane.queue.pop_front()?;
        self.queued -= 1;
        lane.busy = Some(id.clone());
        Some(id)
    }

    /// Puts a message at the end of its lane.
    pub(super) fn push(&mut self, to: &Recipient, id: MessageId) {
        let name = name_of(to);
        self.lanes.entry(name.clone()).or_default().queue.push_back(id);
        self.queued += 1;
        self.settle(&name);
    }

    /// Puts a message back to the front of its lane, behind those that are `earlier`. The lane goes on with them.
    pub(super) fn put_back(&mut self, to: &Recipient, id: &MessageId, earlier: impl Fn(&MessageId) -> bool) {
        let name = name_of(to);
        let lane = self.lanes.entry(name.clone()).or_default();
        lane.busy.take_if(|busy| *busy == *id);
        let place = lane.queue.iter().take_while(|queued| earlier(queued)).count();
        lane.queue.insert(place, id.clone());
        self.queued += 1;
        self.settle(&name);
    }

    /// Takes out a message that waits.
    pub(super) fn remove(&mut self, to: &Recipient, id: &MessageId) {
        let name = name_of(to);
        if let Some(lane) = self.lanes.get_mut(&name) {
            let before = lane.queue.len();
            lane.queue.retain(|queued| queued != id);
            self.queued -= before - lane.queue.len();
        }
        self.settle(&name);
    }

    /// Lets the lane go on after `id`.
    pub(super) fn release(&mut self, to: &Recipient, id: &MessageId) {
        let name = name_of(to);
        if let Some(lane) = self.lanes.get_mut(&name) {
            lane.busy.take_if(|busy| *busy == *id);
        }
        self.settle(&name);
    }

    /// Lets the lane stand still until [`unhold`](Self::unhold), as often as it is called.
    pub(super) fn hold(&mut self, to: &Recipient) {
        let name = name_of(to);
        self.lanes.entry(name.clone()).or_default().held += 1;
        self.settle(&name);
    }

    pub(super) fn unhold(&mut self, to: &Recipient) {
        let name = name_of(to);
        if let Some(lane) = self.lanes.get_mut(&name) {
            lane.held = lane.held.saturating_sub(1);
        }
        self.settle(&name);
    }

    /// Whether the lane stands still because of `id`.
    pub(super) fn is_held_by(&self, to: &Recipient, id: &MessageId) -> bool {
        self.lanes.get(&name_of(to)).is_some_and(|lane| lane.busy.as_ref() == Some(id))
    }

    /// A lane has a turn exactly while it can hand something over, and exists only while there is a reason for it.
    fn settle(&mut self, name: &str) {
        let Some(lane) = self.lanes.get(name) else { return };
        let (idle, empty) = (lane.busy.is_none() && lane.held == 0, lane.queue.is_empty());
        let turn = self.turns.iter().position(|turn| turn == name);
        match (idle && !empty, turn) {
            (true, None) => self.turns.push_back(name.to_owned()),
            (false, Some(at)) => drop(self.turns.remove(at)),
            _ => {}
        }
        if idle && empty {
            self.lanes.remove(name);
        }
    }
}

/// A person has one lane, whether addressed by number or by the chat that bears it.
fn name_of(to: &Recipient) -> String {
    match to {
        Recipient::Phone(phone) => phone.digits().to_owned(),
        Recipient::Chat(chat) => {
            chat.phone().map_or_else(|| chat.as_str().to_owned(), |phone| phone.digits().to_owned())
        }
    }
}
