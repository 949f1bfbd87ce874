//! What comes in: each message once, unreadable ones later or never, levels that only rise. Pure.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use super::clock::Now;
use super::convert;
use super::dedup::Seen;
use super::tally::Tally;
use crate::event::{AccountRestricted, Event, MessageAck, MessageEdit, MessageRemoved, MessageRevoke, RevokedBy};
use crate::model::{Ack, Call, Message, MessageKey, Reaction, Timestamp};
use crate::page::protocol::{BridgeEvent, RawMessage};
use crate::phone::PhoneNumber;

/// Keys of messages that are remembered.
const MAX_SEEN: usize = 20_000;
/// Messages whose level is remembered.
const MAX_ACKS: usize = 20_000;
/// Unreadable messages that are waited for.
const MAX_UNREADABLE: usize = 2_000;
/// What they may weigh together.
const MAX_UNREADABLE_BYTES: usize = 8 << 20;
/// Messages do not arrive in the order of their times.
const OVERLAP: Duration = Duration::from_secs(120);

/// Everything that is known about incoming messages.
#[derive(Debug)]
pub(crate) struct Inbox {
    seen: Seen,
    /// [`Seen`] has changed since it was last stored.
    dirty: bool,
    unreadable: HashMap<MessageKey, Unreadable>,
    unreadable_order: VecDeque<MessageKey>,
    unreadable_bytes: usize,
    deadlines: BTreeSet<(Timestamp, MessageKey)>,
    patience: Duration,
    acks: HashMap<MessageKey, Ack>,
    acks_order: VecDeque<MessageKey>,
    unusable: Tally,
}

/// A message that cannot be read yet.
#[derive(Debug)]
struct Unreadable {
    /// `None` when it was reported as such.
    message: Option<Message>,
    deadline: Timestamp,
    bytes: usize,
}

impl Inbox {
    /// `patience`: how long an unreadable message may take to become readable.
    pub(crate) fn new(patience: Duration) -> Self {
        Self {
            seen: Seen::new(MAX_SEEN),
            dirty: false,
            unreadable: HashMap::new(),
            unreadable_order: VecDeque::new(),
            unreadable_bytes: 0,
            deadlines: BTreeSet::new(),
            patience,
            acks: HashMap::new(),
            acks_order: VecDeque::new(),
            unusable: Tally::default(),
        }
    }

    /// Goes on from what was stored.
    pub(crate) fn restore(&mut self, seen: Seen) {
        self.seen = seen;
        self.seen.limit(MAX_SEEN);
    }

    /// Another account was linked: what was seen before says nothing about it.
    pub(crate) fn start_afresh(&mut self, now: Timestamp) {
        *self = Self::new(self.patience);
        self.seen.start_at(now);
        self.dirty = true;
    }

    /// No account is linked any more.
    pub(crate) fn forget(&mut self) {
        *self = Self::new(self.patience);
        self.dirty = true;
    }

    /// Whether what is remembered is of an account that was linked when it was stored.
    pub(crate) fn is_linked(&self) -> bool {
        self.catch_up_from().is_some()
    }

    /// What is to be stored, if it has changed since it was last taken.
    pub(crate) fn take_dirty(&mut self) -> Option<Seen> {
        std::mem::take(&mut self.dirty).then(|| self.seen.clone())
    }

    /// What was taken could not be stored.
    pub(crate) fn still_dirty(&mut self) {
        self.dirty = true;
    }

    pub(crate) fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// From when on the page is to be asked for messages that were not reported.
    pub(crate) fn catch_up_from(&self) -> Option<Timestamp> {
        self.seen.catch_up_from(OVERLAP)
    }

    /// From now on messages that arrive while nobody watches are looked for.
    pub(crate) fn start_at(&mut self, now: Timestamp) {
        self.seen.start_at(now);
        self.dirty = true;
    }

    /// The page may miss messages from now on: it is gone, or its connection is.
    pub(crate) fn open_gap(&mut self) {
        self.seen.open_gap();
    }

    /// Everything that came has been looked through.
    pub(crate) fn close_gap(&mut self) {
        self.seen.close_gap();
        self.dirty = true;
    }

    pub(crate) fn next_wake(&self) -> Option<Timestamp> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// What an event of the page means to subscribers.
    pub(crate) fn event(&mut self, event: BridgeEvent, now: Now) -> Vec<Event> {
        match event {
            BridgeEvent::Message(raw) | BridgeEvent::Resolved(raw) => self.message(*raw, now),
            BridgeEvent::Ack(change) => {
                let ack = convert::level(change.ack, change.failed);
                let (Some(key), Ok(id)) = (convert::key(&change.key), change.id.parse()) else { return Vec::new() };
                if self.rises(&key, ack) { vec![Event::MessageAck(MessageAck::new(key, id, ack))] } else { Vec::new() }
            }
            BridgeEvent::Edit(edit) => {
                let previous = edit.previous.map(|text| text.into_string());
                let message = convert::message(edit.message);
                message.map(|message| Event::MessageEdit(MessageEdit { message, previous })).into_iter().collect()
            }
            BridgeEvent::Revoke(revoke) => {
                let by = if &*revoke.by == "admin" { RevokedBy::Admin } else { RevokedBy::Sender };
                let message = revoke.message.and_then(convert::message);
                let key = convert::key(&revoke.key);
                key.map(|key| Event::MessageRevokeEveryone(MessageRevoke { key, by, message })).into_iter().collect()
            }
            BridgeEvent::Removed(removed) => {
                let Some(key) = convert::key(&removed.key) else { return Vec::new() };
                // The page takes an unreadable message away when something readable replaces it. Nobody was told of it.
                if self.forget_unreadable(&key).is_some_and(|waiting| waiting.message.is_some()) {
                    return Vec::new();
                }
                vec![Event::MessageRevokeMe(MessageRemoved { key })]
            }
            BridgeEvent::Reaction(reaction) => {
                let (Some(parent), Ok(sender)) = (convert::key(&reaction.parent), reaction.sender.parse()) else {
                    return Vec::new();
                };
                let at = Timestamp::from_unix_ms(reaction.t);
                let mut told = Reaction::new(parent, sender, reaction.emoji.into_string(), at, reaction.from_me);
                told.phone = reaction.phone.and_then(|digits| PhoneNumber::from_page(&digits));
                told.lid = reaction.lid.and_then(|lid| lid.parse().ok());
                vec![Event::MessageReaction(told)]
            }
            BridgeEvent::Call(offered) => {
                let Ok(peer) = offered.peer.parse() else { return Vec::new() };
                let mut call = Call::new(offered.id.into_string(), peer, Timestamp::from_unix_s(offered.t));
                call.phone = offered.phone.and_then(|digits| PhoneNumber::from_page(&digits));
                call.lid = offered.lid.and_then(|lid| lid.parse().ok());
                (call.video, call.group, call.offline) = (offered.video, offered.group, offered.offline);
                vec![Event::Call(call)]
            }
            BridgeEvent::Restricted(restricted) if restricted.active != Some(false) => {
                vec![Event::AccountRestricted(AccountRestricted { kind: restricted.kind.into_string(), until: None })]
            }
            _ => Vec::new(),
        }
    }

    /// A message, live or found afterwards.
    pub(crate) fn message(&mut self, raw: RawMessage, now: Now) -> Vec<Event> {
        // The page makes such messages itself, two of them in each new chat.
        if raw.system || (!raw.live && &*raw.kind == "revoked") {
            return Vec::new();
        }
        let unreadable = raw.ciphertext;
        let Some(message) = convert::message(raw) else {
            if let Some(times) = self.unusable.told() {
                tracing::warn!(times, "a message of the page has no usable address");
            }
            return Vec::new();
        };
        if self.seen.contains(&message.key) {
            return Vec::new();
        }
        if unreadable {
            return self.wait_for(message, now.steady).into_iter().map(Event::MessageCiphertext).collect();
        }
        self.forget_unreadable(&message.key);
        self.seen.insert(&message.key);
        // Own messages carry the time of this machine, whose clock may be ahead of the server's.
        if !message.from_me {
            self.seen.reached(message.timestamp, now.wall);
        }
        self.dirty = true;
        let mut events = vec![Event::MessageCreate(message.clone())];
        if !message.from_me {
            events.push(Event::Message(message));
        }
        events
    }

    /// Reports the messages that have stayed unreadable for too long. One that becomes readable later is reported then.
    pub(crate) fn on_time(&mut self, now: Timestamp) -> Vec<Event> {
        let mut events = Vec::new();
        while self.deadlines.first().is_some_and(|(at, _)| *at <= now) {
            let Some((_, key)) = self.deadlines.pop_first() else { break };
            let waiting = self.unreadable.get_mut(&key).and_then(|waiting| waiting.message.take());
            events.extend(waiting.map(Event::MessageCiphertext));
        }
        events
    }

    /// Waits for an unreadable message to become readable. Gives back those that are waited for no longer, if there are too many.
    fn wait_for(&mut self, message: Message, now: Timestamp) -> Vec<Message> {
        if self.unreadable.contains_key(&message.key) {
            return Vec::new();
        }
        let (key, deadline, bytes) = (message.key.clone(), now + self.patience, message.weight());
        self.deadlines.insert((deadline, key.clone()));
        self.unreadable_order.push_back(key.clone());
        self.unreadable_bytes += bytes;
        self.unreadable.insert(key, Unreadable { message: Some(message), deadline, bytes });
        let mut early = Vec::new();
        while self.unreadable_order.len() > MAX_UNREADABLE || self.unreadable_bytes > MAX_UNREADABLE_BYTES {
            let Some(oldest) = self.unreadable_order.front().cloned() else { break };
            early.extend(self.forget_unreadable(&oldest).and_then(|waiting| waiting.message));
        }
        early
    }

    fn forget_unreadable(&mut self, key: &MessageKey) -> Option<Unreadable> {
        let waiting = self.unreadable.remove(key)?;
        self.deadlines.remove(&(waiting.deadline, key.clone()));
        self.unreadable_order.retain(|other| other != key);
        self.unreadable_bytes -= waiting.bytes;
        Some(waiting)
    }

    /// Whether the level is news.
    fn rises(&mut self, key: &MessageKey, ack: Ack) -> bool {
        match self.acks.get_mut(key) {
            Some(known) if known.advances_to(ack) => {
                *known = ack;
                true
            }
            Some(_) => false,
            None => {
                if self.acks_order.len() >= MAX_ACKS
                    && let Some(oldest) = self.acks_order.pop_front()
                {
                    self.acks.remove(&oldest);
                }
                self.acks.insert(key.clone(), ack);
                self.acks_order.push_back(key.clone());
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KEY: &str = "false_123456789012345@lid_3EB001";

    fn at(s: i64) -> Timestamp {
        Timestamp::from_unix_s(s)
    }

    fn on(s: i64) -> Now {
        Now { steady: at(s), wall: at(s + 1000) }
    }

    fn raw(n: u8, more: serde_json::Value) -> RawMessage {
        let mut raw = json!({
            "key": format!("false_123456789012345@lid_3EB0{n:02X}"), "id": format!("3EB0{n:02X}"),
            "chat": "123456789012345@lid", "from": "123456789012345@lid", "to": "5511900000001@c.us",
            "fromMe": false, "type": "chat", "body": "words", "t": 1000, "system": false, "live": true,
            "hasMedia": false, "ciphertext": false,
        });
        raw.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(raw).unwrap()
    }

    fn names(events: &[Event]) -> Vec<&'static str> {
        events.iter().map(Event::name).collect()
    }

    fn inbox() -> Inbox {
        Inbox::new(Duration::from_secs(60))
    }

    #[test]
    fn each_message_once_and_ghosts_never() {
        let mut inbox = inbox();
        inbox.close_gap();
        assert_eq!(names(&inbox.message(raw(1, json!({})), on(0))), ["message_create", "message"]);
        assert!(inbox.message(raw(1, json!({"live": false})), on(0)).is_empty());
        assert!(inbox.message(raw(2, json!({"system": true})), on(0)).is_empty());
        let own = json!({"fromMe": true, "key": "true_123456789012345@lid_3EB003"});
        assert_eq!(names(&inbox.message(raw(3, own), on(0))), ["message_create"]);
        assert!(inbox.take_dirty().is_some() && !inbox.is_dirty());
        assert_eq!(inbox.catch_up_from(), Some(at(1000) - OVERLAP));
    }

    #[test]
    fn an_unreadable_message_is_reported_once_and_again_when_it_can_be_read() {
        let mut inbox = inbox();
        let unreadable = || raw(1, json!({"ciphertext": true, "type": "ciphertext", "body": null}));
        assert!(inbox.message(unreadable(), on(0)).is_empty());
        assert_eq!(inbox.next_wake(), Some(at(60)));
        assert!(inbox.on_time(at(59)).is_empty());
        assert_eq!(names(&inbox.on_time(at(60))), ["message_ciphertext"]);
        assert!(inbox.message(unreadable(), on(61)).is_empty(), "found again while catching up");
        assert!(inbox.on_time(at(200)).is_empty());
        let readable = BridgeEvent::Resolved(Box::new(raw(1, json!({}))));
        assert_eq!(names(&inbox.event(readable, on(201))), ["message_create", "message"]);
    }

    #[test]
    fn too_many_unreadable_messages_are_reported_early_not_lost() {
        let mut inbox = inbox();
        let reported: usize = (0..=MAX_UNREADABLE)
            .map(|n| {
                let key = format!("false_123456789012345@lid_3EB1{n:04X}");
                inbox.message(raw(1, json!({"ciphertext": true, "key": key})), on(0)).len()
            })
            .sum();
        assert_eq!(reported, 1);
    }

    #[test]
    fn nothing_is_kept_of_unreadable_messages_that_are_waited_for_no_longer() {
        let mut inbox = inbox();
        for n in 0..3 * MAX_UNREADABLE {
            let key = format!("false_123456789012345@lid_3EB1{n:04X}");
            inbox.message(raw(1, json!({"ciphertext": true, "key": key})), on(0));
            assert!(inbox.deadlines.len() <= MAX_UNREADABLE && inbox.unreadable_order.len() <= MAX_UNREADABLE);
        }
        assert_eq!(inbox.deadlines.len(), inbox.unreadable.len());
        for n in 0..3 * MAX_UNREADABLE {
            let key = format!("false_123456789012345@lid_3EB1{n:04X}");
            inbox.message(raw(1, json!({"key": key})), on(1));
        }
        assert!(inbox.deadlines.is_empty() && inbox.unreadable_order.is_empty() && inbox.unreadable.is_empty());
        assert_eq!((inbox.unreadable_bytes, inbox.next_wake()), (0, None));
    }

    #[test]
    fn unreadable_messages_are_bounded_by_what_they_weigh() {
        let mut inbox = inbox();
        let body = "x".repeat(60_000);
        let reported: usize = (0..500)
            .map(|n| {
                let key = format!("false_123456789012345@lid_3EB1{n:04X}");
                let reported =
                    inbox.message(raw(1, json!({"ciphertext": true, "key": key, "body": body})), on(0)).len();
                assert!(inbox.unreadable_bytes <= MAX_UNREADABLE_BYTES);
                reported
            })
            .sum();
        assert!((350..400).contains(&reported), "{reported} are reported early, none is lost");
        assert_eq!(inbox.on_time(at(60)).len() + reported, 500);
    }

    #[test]
    fn a_message_from_the_future_does_not_hide_those_that_come_until_then() {
        let mut inbox = inbox();
        inbox.close_gap();
        assert_eq!(inbox.message(raw(1, json!({"t": 4_000_000_000_i64})), on(5)).len(), 2, "it is reported");
        inbox.open_gap();
        assert_eq!(inbox.catch_up_from(), Some(at(1005) - OVERLAP));
        let missed = json!({"t": 1006, "live": false});
        assert_eq!(inbox.message(raw(2, missed), on(10)).len(), 2);
    }

    #[test]
    fn an_unreadable_message_that_the_page_takes_away_was_none() {
        let mut inbox = inbox();
        let removed = || BridgeEvent::Removed(serde_json::from_value(json!({"key": KEY})).unwrap());
        inbox.message(raw(1, json!({"ciphertext": true})), on(0));
        assert!(inbox.event(removed(), on(1)).is_empty());
        assert!(inbox.on_time(at(100)).is_empty());
        inbox.message(raw(1, json!({"ciphertext": true})), on(100));
        assert_eq!(names(&inbox.on_time(at(200))), ["message_ciphertext"]);
        assert_eq!(names(&inbox.event(removed(), on(201))), ["message_revoke_me"], "this one was told");
    }

    #[test]
    fn levels_rise() {
        let mut inbox = inbox();
        let mut told = |ack: i64| {
            let change = json!({"key": "true_123456789012345@lid_3EB001", "id": "3EB001", "ack": ack});
            inbox.event(BridgeEvent::Ack(serde_json::from_value(change).unwrap()), on(0)).len()
        };
        assert_eq!([1, 3, 2, 3, 1].map(&mut told), [1, 1, 0, 0, 0]);
    }
}
