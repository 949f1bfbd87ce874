//! Order: messages to one recipient are handed over in the order they came, recipients in turn.
//!
//! A lane does not wait for the answer to one message before it hands over the next: the page takes calls in the order they
//! arrive. It stands still while a message is in doubt, because what comes behind it must not go before it.

use std::collections::{HashMap, VecDeque};

use crate::model::{MessageId, Recipient};

/// Messages of one lane being handed over at the same time: enough that the page always has the next one, and few enough that
/// a recipient the page has trouble with leaves room for others.
const DEPTH: usize = 8;

/// The recipients that messages wait for, or that some are being handed over for.
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
    calling: Vec<MessageId>,
    in_doubt: Vec<MessageId>,
    /// The first of the queue was handed over before: what is behind it and still being handed over must come back first.
    put_back: bool,
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

    /// Takes the next message of the lane whose turn it is, and whether others of the lane are before it. It takes up room in
    /// its lane until [`release`](Self::release).
    pub(super) fn next(&mut self) -> Option<(MessageId, bool)> {
        let name = self.turns.pop_front()?;
        let lane = self.lanes.get_mut(&name)?;
        let id = lane.queue.pop_front()?;
        self.queued -= 1;
        let behind = !lane.calling.is_empty();
        lane.calling.push(id.clone());
        self.settle(&name);
        Some((id, behind))
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
        lane.let_go(id);
        lane.put_back = true;
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
            lane.let_go(id);
        }
        self.settle(&name);
    }

    /// What became of `id` is not known: its lane stands still until [`release`](Self::release).
    pub(super) fn doubt(&mut self, to: &Recipient, id: &MessageId) {
        let name = name_of(to);
        let lane = self.lanes.entry(name.clone()).or_default();
        lane.let_go(id);
        lane.in_doubt.push(id.clone());
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
        self.lanes.get(&name_of(to)).is_some_and(|lane| lane.in_doubt.contains(id))
    }

    /// A lane has a turn exactly while it can hand something over, and exists only while there is a reason for it.
    fn settle(&mut self, name: &str) {
        let Some(lane) = self.lanes.get_mut(name) else { return };
        lane.put_back &= !lane.calling.is_empty();
        let (ready, gone) = (lane.is_ready(), lane.is_gone());
        let turn = self.turns.iter().position(|turn| turn == name);
        match (ready, turn) {
            (true, None) => self.turns.push_back(name.to_owned()),
            (false, Some(at)) => drop(self.turns.remove(at)),
            _ => {}
        }
        if gone {
            self.lanes.remove(name);
        }
    }
}

impl Lane {
    fn let_go(&mut self, id: &MessageId) {
        self.calling.retain(|other| other != id);
        self.in_doubt.retain(|other| other != id);
    }

    /// Whether it can hand something over.
    fn is_ready(&self) -> bool {
        let open = self.in_doubt.is_empty() && self.held == 0 && !self.put_back && self.calling.len() < DEPTH;
        open && !self.queue.is_empty()
    }

    fn is_gone(&self) -> bool {
        self.queue.is_empty() && self.calling.is_empty() && self.in_doubt.is_empty() && self.held == 0
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
