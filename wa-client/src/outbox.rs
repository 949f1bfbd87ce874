//! Messages on their way out: order, pacing, identity and fate. Pure; the session's actor does what it says.
//!
//! A message keeps the id it got before it was sent, whatever happens to the page, and no id ever makes two messages. Messages
//! to one recipient are handed over in order; different recipients do not wait for each other.

mod action;
mod doubt;
mod entry;
mod lanes;
#[cfg(test)]
mod tests;
mod wids;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

pub(crate) use action::{Action, CallFailure, Look, Reply, SendCall};
pub(crate) use entry::Outgoing;
use entry::{Entry, Place, Waiter, limited, refusal};
use lanes::Lanes;
use wids::Wids;

use crate::config::Config;
use crate::error::{Error, ErrorKind};
use crate::event::Event;
use crate::model::{Ack, ChatId, MessageId, MessageKey, Recipient, SendUntil, Timestamp};
use crate::phone::PhoneNumber;
use crate::session::effect::Gate;
use crate::session::fault::Fault;
use crate::session::input::Ticket;
use crate::session::limiter::Limiter;

/// Messages that may wait with us.
const MAX_QUEUED: usize = 10_000;
/// Ids that are remembered, so that a repeated one is recognised.
const MAX_KNOWN: usize = 20_000;
/// Messages being handed to the page at the same time.
const MAX_CALLS: usize = 64;

/// A message that the page has not got out in so long is no reason to wait for it.
const STUCK: Duration = Duration::from_secs(600);
/// A refused message shows its level first; the reason follows within an instant, if the page still knows it.
const REASON_WAIT: Duration = Duration::from_secs(1);
/// What only waited for others in the page is handed over again when its caller waits for longer than this.
const AGAIN: Duration = Duration::from_secs(1);
/// The page's name of every refusal by the server.
const UNKNOWN: &str = "ERROR_UNKNOWN";

/// All messages of a session that are on their way, and those that were.
pub(crate) struct Outbox {
    config: Arc<Config>,
    gate: Gate,
    limiter: Option<Limiter>,
    paced_until: Option<Timestamp>,
    entries: HashMap<MessageId, Entry>,
    taken_in: u64,
    /// Counts the documents of the page.
    page: u64,
    known: VecDeque<MessageId>,
    lanes: Lanes,
    /// Messages in doubt whose lanes stand still until the page has said whether it has them.
    held: HashMap<MessageId, Recipient>,
    calls: usize,
    deadlines: BTreeSet<(Timestamp, Ticket)>,
    tickets: HashMap<Ticket, MessageId>,
    /// Messages whose refusal is known and whose reason is not.
    refused: BTreeSet<(Timestamp, MessageId)>,
    wids: Wids,
    actions: Vec<Action>,
}

impl Outbox {
    pub(crate) fn new(config: Arc<Config>, gate: Gate, now: Timestamp) -> Self {
        Self {
            limiter: config.pacing.map(|pacing| Limiter::new(pacing, now)),
            config,
            gate,
            paced_until: None,
            entries: HashMap::new(),
            taken_in: 0,
            page: 0,
            known: VecDeque::new(),
            lanes: Lanes::default(),
            held: HashMap::new(),
            calls: 0,
            deadlines: BTreeSet::new(),
            tickets: HashMap::new(),
            refused: BTreeSet::new(),
            wids: Wids::default(),
            actions: Vec::new(),
        }
    }

    /// What is to be done, in order.
    pub(crate) fn take_actions(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    /// When [`on_time`](Self::on_time) has something to do next.
    pub(crate) fn next_wake(&self) -> Option<Timestamp> {
        let pacing = self.paced_until.filter(|_| self.gate == Gate::Open && self.lanes.has_next());
        let deadline = self.deadlines.first().map(|(at, _)| *at);
        let refused = self.refused.first().map(|(at, _)| *at);
        [deadline, refused, pacing].into_iter().flatten().min()
    }

    /// Whether no message is on its way, with us or in the page.
    pub(crate) fn is_idle(&self, now: Timestamp) -> bool {
        let under_way = |entry: &Entry| match entry.place {
            Place::Queued | Place::Calling | Place::Refused => true,
            // What the page has had for so long it will not send any more.
            Place::InPage => entry.handed_over.is_some_and(|at| now < at + STUCK),
            Place::Unknown | Place::Taken | Place::Failed(_) | Place::Abandoned(_) => !entry.waiters.is_empty(),
        };
        self.calls == 0 && self.held.is_empty() && !self.entries.values().any(under_way)
    }

    /// Takes a message in. Its ticket is answered exactly once, at the latest after `deadline`.
    pub(crate) fn submit(
        &mut self,
        ticket: Ticket,
        message: Outgoing,
        until: SendUntil,
        deadline: Duration,
        now: Timestamp,
    ) {
        if let Err(error) = self.admit(&message, until, deadline, now) {
            return self.actions.push(Action::Answer(ticket, Err(error)));
        }
        let id = message.id.clone();
        let waiter = Waiter { ticket, until, deadline: now + deadline, again: self.entries.contains_key(&id) };
        self.deadlines.insert((waiter.deadline, ticket));
        self.tickets.insert(ticket, id.clone());
        match self.entries.get_mut(&id) {
            Some(entry) => {
                entry.waiters.push(waiter);
                // Nobody cared any more what became of it; now somebody does.
                if matches!(entry.place, Place::Unknown | Place::Abandoned(_))
                    && !self.lanes.is_held_by(&entry.message.to, &id)
                {
                    self.requeue(&id);
                }
            }
            None => {
                self.taken_in += 1;
                let mut entry = Entry::new(message, self.taken_in, now);
                entry.waiters.push(waiter);
                self.lanes.push(&entry.message.to, id.clone());
                self.entries.insert(id.clone(), entry);
                self.remember(id.clone());
            }
        }
        self.answer(&id, now);
        self.pump(now);
    }

    /// Whether the message can be taken in, or its caller told what became of it.
    fn admit(&self, message: &Outgoing, until: SendUntil, deadline: Duration, now: Timestamp) -> Result<(), Error> {
        if let Some(entry) = self.entries.get(&message.id) {
            return match &self.gate {
                _ if entry.message.to != message.to => {
                    let fault = Fault::new(ErrorKind::InvalidArgument, "the id belongs to a message to somebody else");
                    Err(entry.error(fault, entry.maybe_sent()))
                }
                Gate::Closed(fault) if entry.outcome(until, now).is_none() => {
                    Err(entry.error(fault.clone(), entry.maybe_sent()))
                }
                _ => Ok(()),
            };
        }
        let pacing = self.limiter.as_ref().and_then(|limiter| limiter.clone().try_take(now).err());
        let fault = match (&self.gate, pacing) {
            (Gate::Closed(fault), _) => fault.clone(),
            _ if self.lanes.queued() >= MAX_QUEUED => limited(Duration::from_secs(60), "too many messages are waiting"),
            (_, Some(wait)) if wait > deadline => limited(wait, "the limit of messages is reached"),
            _ => return Ok(()),
        };
        Err(fault.into_error("send_message").with_send(message.id.clone(), false))
    }

    /// Whether messages can go out has changed.
    pub(crate) fn set_gate(&mut self, gate: Gate, now: Timestamp) {
        self.gate = gate;
        match self.gate.clone() {
            Gate::Open => {
                self.take_up_again();
                self.pump(now);
            }
            Gate::Wait => {}
            Gate::Closed(fault) => self.give_up_all(&fault),
        }
    }

    /// Nobody can be promised anything any more.
    fn give_up_all(&mut self, fault: &Fault) {
        let ids: Vec<_> =
            self.entries.iter().filter(|(_, e)| !e.waiters.is_empty()).map(|(id, _)| id.clone()).collect();
        for id in ids {
            let Some(entry) = self.entries.get_mut(&id) else { continue };
            let maybe_sent = entry.maybe_sent();
            let fault = if maybe_sent {
                Fault::new(ErrorKind::Disconnected, "the session ended before the server confirmed")
            } else {
                fault.clone()
            };
            for waiter in std::mem::take(&mut entry.waiters) {
                self.deadlines.remove(&(waiter.deadline, waiter.ticket));
                self.tickets.remove(&waiter.ticket);
                self.actions.push(Action::Answer(waiter.ticket, Err(entry.error(fault.clone(), maybe_sent))));
            }
            self.abandon(&id);
        }
    }

    /// Time has passed.
    pub(crate) fn on_time(&mut self, now: Timestamp) {
        while self.refused.first().is_some_and(|(at, _)| *at <= now) {
            let Some((_, id)) = self.refused.pop_first() else { break };
            if let Some(entry) = self.entries.get_mut(&id).filter(|entry| entry.place == Place::Refused) {
                entry.place = Place::Failed(refusal(UNKNOWN, None));
                self.answer(&id, now);
            }
        }
        while let Some(&(at, ticket)) = self.deadlines.first()
            && at <= now
        {
            self.deadlines.remove(&(at, ticket));
            let paced = self.paced_until.filter(|until| self.gate == Gate::Open && *until > now);
            self.dismiss(ticket, |place| match (place, paced) {
                (Place::Queued, Some(until)) => {
                    limited(until.saturating_since(now), "the limit of messages is reached")
                }
                (Place::Queued, None) => Fault::new(ErrorKind::Timeout, "the message could not leave in time"),
                _ => Fault::new(ErrorKind::Timeout, "the message was not confirmed in time"),
            });
        }
        self.pump(now);
    }

    /// The caller gave up. Does nothing when it has its answer.
    pub(crate) fn cancel(&mut self, ticket: Ticket, now: Timestamp) {
        self.dismiss(ticket, |_| Fault::new(ErrorKind::Cancelled, "the caller gave up"));
        self.pump(now);
    }

    /// Answers a waiter that has waited long enough; the message is abandoned when it was the last.
    fn dismiss(&mut self, ticket: Ticket, why: impl FnOnce(&Place) -> Fault) {
        let Some(id) = self.tickets.remove(&ticket) else { return };
        let Some(entry) = self.entries.get_mut(&id) else { return };
        if let Some(index) = entry.waiters.iter().position(|waiter| waiter.ticket == ticket) {
            let waiter = entry.waiters.remove(index);
            self.deadlines.remove(&(waiter.deadline, ticket));
        }
        let error = entry.error(why(&entry.place), entry.maybe_sent());
        self.actions.push(Action::Answer(ticket, Err(error)));
        if entry.waiters.is_empty() {
            self.abandon(&id);
        }
    }

    /// Nobody waits for the message any more. One that has not left is not sent.
    fn abandon(&mut self, id: &MessageId) {
        let Some(entry) = self.entries.get(id) else { return };
        match entry.place {
            Place::Queued => {
                self.lanes.remove(&entry.message.to, id);
                self.forget_unsent(id);
            }
            Place::Unknown => self.release(id),
            _ => {}
        }
    }

    /// The answer of the page to [`Action::Call`].
    pub(crate) fn called(&mut self, id: &MessageId, result: Result<Reply, CallFailure>, now: Timestamp) {
        self.calls = self.calls.saturating_sub(1);
        let to = self.entries.get(id).map(|entry| entry.message.to.clone());
        if let (Some(Recipient::Phone(phone)), Some(wid)) =
            (to, result.as_ref().ok().and_then(|reply| reply.wid.clone()))
        {
            self.learn_wid(phone, wid, now);
        }
        let Some(entry) = self.entries.get_mut(id) else { return self.pump(now) };
        // Such an answer may come when the next document can be called already.
        let replaced = entry.page != self.page && self.gate == Gate::Open;
        if result.as_ref().is_err_and(|failure| failure.page_gone) && self.gate == Gate::Open && !replaced {
            // The session will say when there is a page again; until then, trying is of no use.
            self.gate = Gate::Wait;
        }
        match result {
            Ok(mut reply) => {
                if entry.place == Place::Calling {
                    entry.place = if entry.stale { Place::Unknown } else { Place::InPage };
                }
                // A message the page knew before may have failed there; only a look tells.
                if reply.duplicate && !reply.resent && reply.ack < Ack::Server {
                    self.actions.push(Action::Look { id: id.clone(), key: reply.key.clone() });
                }
                // It was we who gave it to the page before.
                reply.duplicate &= !entry.doubtful;
                entry.doubtful |= reply.resent;
                entry.raise(reply.ack);
                entry.reply = Some(reply);
                self.release(id);
            }
            // An event has told its fate meanwhile.
            Err(_) if entry.place != Place::Calling => self.release(id),
            Err(failure) if failure.maybe_ran && failure.settled => {
                entry.place = Place::Abandoned(failure.fault);
                self.release(id);
            }
            Err(failure) if failure.maybe_ran => {
                entry.place = Place::Unknown;
                entry.stale |= failure.page_gone;
                if entry.waiters.is_empty() {
                    self.release(id);
                } else {
                    self.lanes.doubt(&entry.message.to, id);
                }
            }
            Err(failure) => {
                if let Some(limiter) = &mut self.limiter {
                    limiter.give_back();
                }
                let waited = entry.behind && failure.fault.kind == ErrorKind::Timeout && entry.left(now) > AGAIN;
                if waited || (failure.page_gone && !entry.waiters.is_empty()) {
                    self.requeue(id);
                } else {
                    entry.place = Place::Failed(failure.fault);
                    self.release(id);
                }
            }
        }
        if replaced {
            self.take_up_again();
        }
        self.answer(id, now);
        self.forget_unsent(id);
        self.pump(now);
    }

    /// The level of a message has changed.
    pub(crate) fn ack(&mut self, id: &MessageId, key: &MessageKey, ack: Ack, code: Option<&str>, now: Timestamp) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        entry.key.get_or_insert_with(|| key.clone());
        let before = entry.place.clone();
        if ack != Ack::Failed {
            entry.raise(ack);
        } else if entry.ack == Ack::Pending && !matches!(before, Place::Queued | Place::Failed(_)) {
            entry.place = match code {
                Some(code) => Place::Failed(refusal(UNKNOWN, Some(code))),
                None => Place::Refused,
            };
            self.refused.insert((now + REASON_WAIT, id.clone()));
        }
        let settled = entry.place != before;
        match before {
            // The page sent it before it was loaded anew, or before we were started.
            Place::Queued if settled => self.lanes.remove(&entry.message.to, id),
            Place::Unknown if settled => self.release(id),
            _ => {}
        }
        self.answer(id, now);
        self.pump(now);
    }

    /// The page's own attempt to send has ended. It resolves also when the message was refused.
    pub(crate) fn send_result(
        &mut self,
        id: &MessageId,
        key: &MessageKey,
        result: &str,
        code: Option<&str>,
        now: Timestamp,
    ) {
        if result == "OK" {
            return self.ack(id, key, Ack::Server, None, now);
        }
        let Some(entry) = self.entries.get_mut(id) else { return };
        if entry.ack == Ack::Pending && entry.place != Place::Queued {
            entry.place = Place::Failed(refusal(result, code));
            self.release(id);
        }
        self.answer(id, now);
        self.pump(now);
    }

    /// Answers everybody who has what they waited for.
    fn answer(&mut self, id: &MessageId, now: Timestamp) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        let mut waiting = Vec::new();
        for waiter in std::mem::take(&mut entry.waiters) {
            match entry.answer(&waiter, now) {
                Some(result) => {
                    self.deadlines.remove(&(waiter.deadline, waiter.ticket));
                    self.tickets.remove(&waiter.ticket);
                    if let Ok(sent) = &result
                        && sent.ack >= Ack::Server
                        && !entry.told
                    {
                        entry.told = true;
                        self.actions.push(Action::Emit(Event::MessageSent(sent.clone())));
                    }
                    self.actions.push(Action::Answer(waiter.ticket, result));
                }
                None => waiting.push(waiter),
            }
        }
        entry.waiters = waiting;
        if entry.place == Place::Taken
            && !entry.told
            && let Some(sent) = entry.sent(now)
        {
            entry.told = true;
            self.actions.push(Action::Emit(Event::MessageSent(sent)));
        }
    }

    /// Hands over as much as gate, pacing and the page allow, each lane in turn.
    fn pump(&mut self, now: Timestamp) {
        while self.gate == Gate::Open && self.calls < MAX_CALLS && self.lanes.has_next() {
            if let Some(limiter) = &mut self.limiter
                && let Err(wait) = limiter.try_take(now)
            {
                self.paced_until = Some(now + wait);
                return;
            }
            self.paced_until = None;
            if !self.hand_over(now)
                && let Some(limiter) = &mut self.limiter
            {
                limiter.give_back();
            }
        }
    }

    /// Hands over the next message of the lane whose turn it is.
    fn hand_over(&mut self, now: Timestamp) -> bool {
        let Some((id, behind)) = self.lanes.next() else { return false };
        let Some(entry) = self.entries.get_mut(&id) else { return false };
        entry.place = Place::Calling;
        entry.stale = false;
        entry.behind = behind;
        entry.page = self.page;
        let fresh = entry.message.new_id && entry.handed_over.is_none();
        entry.handed_over.get_or_insert(now);
        let left = entry.left(now);
        let wid = match &entry.message.to {
            Recipient::Phone(phone) => self.wids.get(phone, now),
            Recipient::Chat(_) => None,
        };
        let deadline = left.min(self.config.deadlines.page_call);
        self.calls += 1;
        self.actions.push(Action::Call(Box::new(SendCall { message: entry.message.clone(), wid, fresh, deadline })));
        true
    }

    /// Lets the lane of a message go on.
    fn release(&mut self, id: &MessageId) {
        if let Some(entry) = self.entries.get(id) {
            self.lanes.release(&entry.message.to, id);
        }
    }

    fn remember(&mut self, id: MessageId) {
        self.known.push_back(id);
        for _ in 0..self.known.len().saturating_sub(MAX_KNOWN) {
            let Some(oldest) = self.known.pop_front() else { return };
            match self.entries.get(&oldest) {
                Some(entry) if !entry.waiters.is_empty() || entry.place == Place::Queued => {
                    self.known.push_back(oldest)
                }
                _ => {
                    self.entries.remove(&oldest);
                }
            }
        }
    }

    /// A number was looked up.
    pub(crate) fn learn_wid(&mut self, phone: PhoneNumber, wid: ChatId, now: Timestamp) {
        self.wids.learn(phone, wid, now + self.config.exists_ttl, now);
    }
}
