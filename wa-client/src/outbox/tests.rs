//! The outbox, driven by a page that does what a test says.

mod doubt;

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::config::Pacing;
use crate::model::SentMessage;
use crate::page::protocol::Failure;

/// An outbox with a clock and a page that does what a test says.
struct Rig {
    outbox: Outbox,
    now: Timestamp,
    tickets: u64,
    calls: Vec<SendCall>,
    looks: Vec<(MessageId, MessageKey)>,
    answers: HashMap<Ticket, Result<SentMessage, Error>>,
    sent: usize,
}

const SECOND: Duration = Duration::from_secs(1);
const DEADLINE: Duration = Duration::from_secs(60);

impl Rig {
    fn new() -> Self {
        Self::paced(None)
    }

    fn paced(pacing: Option<Pacing>) -> Self {
        let config = Config { pacing, ..Config::default() };
        let now = Timestamp::from_unix_s(1_000_000);
        Self {
            outbox: Outbox::new(Arc::new(config), Gate::Open, now),
            now,
            tickets: 0,
            calls: Vec::new(),
            looks: Vec::new(),
            answers: HashMap::new(),
            sent: 0,
        }
    }

    fn send(&mut self, to: &str, n: u8) -> Ticket {
        self.send_until(to, n, SendUntil::Server)
    }

    fn send_until(&mut self, to: &str, n: u8, until: SendUntil) -> Ticket {
        self.tickets += 1;
        let message =
            Outgoing { id: id(n), to: to.parse().unwrap(), text: format!("text {n}"), quoted: None, new_id: true };
        self.outbox.submit(Ticket(self.tickets), message, until, DEADLINE, self.now);
        self.collect();
        Ticket(self.tickets)
    }

    fn collect(&mut self) {
        for action in self.outbox.take_actions() {
            match action {
                Action::Call(call) => self.calls.push(*call),
                Action::Look { id, key } => self.looks.push((id, key)),
                Action::Answer(ticket, result) => {
                    assert!(self.answers.insert(ticket, result).is_none(), "answered twice")
                }
                Action::Emit(Event::MessageSent(_)) => self.sent += 1,
                Action::Emit(event) => panic!("an event of another kind: {}", event.name()),
            }
        }
    }

    fn with(&mut self, act: impl FnOnce(&mut Outbox, Timestamp)) {
        act(&mut self.outbox, self.now);
        self.collect();
    }

    /// The page has the message.
    fn called(&mut self, n: u8) {
        self.with(|outbox, now| outbox.called(&id(n), Ok(reply(n)), now));
    }

    fn fails(&mut self, n: u8, kind: ErrorKind, maybe_ran: bool, page_gone: bool) {
        let failure = CallFailure { fault: Fault::new(kind, "of the test"), maybe_ran, page_gone, settled: false };
        self.with(|outbox, now| outbox.called(&id(n), Err(failure), now));
    }

    fn ack(&mut self, n: u8, ack: Ack) {
        self.with(|outbox, now| outbox.ack(&id(n), &key(n), ack, None, now));
    }

    fn gate(&mut self, gate: Gate) {
        self.with(|outbox, now| outbox.set_gate(gate, now));
    }

    fn page_reloads(&mut self) {
        self.outbox.page_gone();
        self.gate(Gate::Wait);
        self.gate(Gate::Open);
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now + time;
        self.with(Outbox::on_time);
    }

    fn called_ids(&self) -> Vec<MessageId> {
        self.calls.iter().map(|call| call.message.id.clone()).collect()
    }

    fn kind(&self, ticket: Ticket) -> ErrorKind {
        self.answers[&ticket].as_ref().unwrap_err().kind()
    }

    fn maybe_sent(&self, ticket: Ticket) -> Option<bool> {
        self.answers[&ticket].as_ref().unwrap_err().maybe_sent()
    }
}

fn id(n: u8) -> MessageId {
    MessageId::from_random([n; 9])
}

fn key(n: u8) -> MessageKey {
    format!("true_123456789012345@lid_{}", id(n)).parse().unwrap()
}

fn reply(n: u8) -> Reply {
    Reply {
        key: key(n),
        chat: "123456789012345@lid".parse().unwrap(),
        wid: Some("123456789012345@lid".parse().unwrap()),
        timestamp: Timestamp::from_unix_s(1_000_000),
        ack: Ack::Pending,
        duplicate: false,
        resent: false,
    }
}

const A: &str = "5511988887777";
const B: &str = "5511988886666";

#[test]
fn the_server_decides_when_a_message_is_sent() {
    let mut rig = Rig::new();
    let ticket = rig.send(A, 1);
    rig.called(1);
    assert!(rig.answers.is_empty());
    rig.ack(1, Ack::Server);
    let sent = rig.answers[&ticket].as_ref().unwrap();
    assert_eq!((sent.ack, &sent.id, sent.duplicate), (Ack::Server, &id(1), false));
    rig.ack(1, Ack::Delivered);
    assert_eq!(rig.sent, 1);
}

#[test]
fn a_caller_may_wait_for_less_or_more() {
    let mut rig = Rig::new();
    let (queued, read) = (rig.send_until(A, 1, SendUntil::Queued), rig.send_until(B, 2, SendUntil::Read));
    rig.called(1);
    rig.called(2);
    assert!(rig.answers.contains_key(&queued));
    rig.ack(2, Ack::Server);
    rig.ack(2, Ack::Delivered);
    assert!(!rig.answers.contains_key(&read));
    rig.ack(2, Ack::Read);
    assert_eq!(rig.answers[&read].as_ref().unwrap().ack, Ack::Read);
}

#[test]
fn one_recipient_in_order_others_at_the_same_time() {
    let mut rig = Rig::new();
    for n in 1..=3 {
        rig.send(A, n);
    }
    assert_eq!(rig.called_ids(), [id(1), id(2), id(3)], "no answer is waited for");
    for n in 4..=10 {
        rig.send(A, n);
    }
    assert_eq!(rig.calls.len(), 8, "but not any number of them");
    rig.send(B, 11);
    assert_eq!(rig.called_ids()[8], id(11));
    rig.called(2);
    assert_eq!(rig.called_ids()[9], id(9), "the ack need not have come");
    // The same person by the id of the chat.
    for n in 12..=20 {
        rig.send("5511988886666@c.us", n);
    }
    assert_eq!(rig.called_ids()[10..], [12, 13, 14, 15, 16, 17, 18].map(id));
    rig.called(11);
    assert_eq!(rig.called_ids()[17], id(19));
}

#[test]
fn an_ack_may_come_before_the_answer_of_the_page() {
    let mut rig = Rig::new();
    let ticket = rig.send(A, 1);
    rig.ack(1, Ack::Delivered);
    assert_eq!(rig.answers[&ticket].as_ref().unwrap().chat.as_str(), "123456789012345@lid");
    rig.ack(1, Ack::Server);
    rig.called(1);
    assert_eq!(rig.sent, 1);
    rig.send(A, 2);
    assert_eq!(rig.calls.len(), 2, "the lane goes on");
}

#[test]
fn the_same_id_is_the_same_message() {
    let mut rig = Rig::new();
    let first = rig.send(A, 1);
    let second = rig.send(A, 1);
    assert_eq!(rig.calls.len(), 1);
    rig.called(1);
    rig.ack(1, Ack::Server);
    let third = rig.send(A, 1);
    let said = [first, second, third].map(|ticket| rig.answers[&ticket].as_ref().unwrap().duplicate);
    assert_eq!(said, [false, true, true]);
    assert_eq!((rig.calls.len(), rig.sent), (1, 1));
    let other = rig.send(B, 1);
    assert_eq!(rig.kind(other), ErrorKind::InvalidArgument);
}

#[test]
fn a_refusal_that_the_page_resolves_is_an_error() {
    let mut rig = Rig::new();
    let ticket = rig.send(A, 1);
    rig.called(1);
    rig.with(|outbox, now| outbox.send_result(&id(1), &key(1), "ERROR_UNKNOWN", Some("463"), now));
    let error = rig.answers[&ticket].as_ref().unwrap_err();
    assert_eq!((error.kind(), error.maybe_sent()), (ErrorKind::SendFailed, Some(false)));
    assert_eq!(error.message(), "the message was refused (ERROR_UNKNOWN, code 463)");
    let again = rig.send(A, 1);
    assert_eq!(rig.kind(again), ErrorKind::SendFailed);
}

#[test]
fn a_refusal_waits_a_moment_for_its_reason() {
    let mut rig = Rig::new();
    let (told, silent) = (rig.send(A, 1), rig.send(B, 2));
    rig.called(1);
    rig.called(2);
    rig.ack(1, Ack::Failed);
    rig.ack(2, Ack::Failed);
    assert!(rig.answers.is_empty());
    rig.with(|outbox, now| outbox.send_result(&id(1), &key(1), "ERROR_UNKNOWN", Some("479"), now));
    assert!(rig.answers[&told].as_ref().unwrap_err().message().contains("479"));
    rig.pass(REASON_WAIT);
    assert_eq!((rig.kind(silent), rig.maybe_sent(silent)), (ErrorKind::SendFailed, Some(false)));
}

#[test]
fn what_failed_before_the_page_had_it_can_be_tried_again() {
    let mut rig = Rig::new();
    let ticket = rig.send(A, 1);
    rig.fails(1, ErrorKind::NotRegistered, false, false);
    assert_eq!((rig.kind(ticket), rig.maybe_sent(ticket)), (ErrorKind::NotRegistered, Some(false)));
    rig.send(A, 1);
    assert_eq!(rig.calls.len(), 2);
}

#[test]
fn what_the_page_has_and_cannot_account_for_is_answered_at_once_and_asked_for_under_its_id() {
    let mut rig = Rig::new();
    let ticket = rig.send(A, 1);
    let fault = Fault::new(ErrorKind::Page, "of the test");
    let failure = CallFailure { fault, maybe_ran: true, page_gone: false, settled: true };
    rig.with(|outbox, now| outbox.called(&id(1), Err(failure), now));
    assert_eq!((rig.kind(ticket), rig.maybe_sent(ticket)), (ErrorKind::Page, Some(true)));
    rig.send(A, 2);
    assert_eq!(rig.calls.len(), 2, "nothing stands in the way");
    rig.send(A, 1);
    rig.called(2);
    assert_eq!(rig.calls.len(), 3, "the page knows whether it has it");
}

#[test]
fn time_runs_out_before_and_after_the_message_has_left() {
    let mut rig = Rig::new();
    let left = rig.send(A, 1);
    rig.called(1);
    // What is behind a message in doubt does not leave.
    let stuck = rig.send(B, 2);
    rig.fails(2, ErrorKind::Timeout, true, false);
    let behind = rig.send(B, 3);
    rig.pass(DEADLINE);
    for ticket in [left, stuck, behind] {
        assert_eq!(rig.kind(ticket), ErrorKind::Timeout);
    }
    let said: Vec<_> = [left, stuck, behind].map(|ticket| rig.maybe_sent(ticket)).into();
    assert_eq!(said, [Some(true), Some(true), Some(false)]);
    // What nobody waits for any more is not sent late.
    assert_eq!(rig.calls.len(), 2);
    rig.send(A, 1);
    assert_eq!(rig.calls.len(), 2, "the page still has it");
}

#[test]
fn a_caller_who_gives_up_is_told_whether_it_may_have_left() {
    let mut rig = Rig::new();
    let first = rig.send(A, 1);
    rig.gate(Gate::Wait);
    let behind = rig.send(A, 2);
    rig.with(|outbox, now| outbox.cancel(behind, now));
    rig.with(|outbox, now| outbox.cancel(first, now));
    assert_eq!([rig.kind(first), rig.kind(behind)], [ErrorKind::Cancelled; 2]);
    assert_eq!([rig.maybe_sent(first), rig.maybe_sent(behind)], [Some(true), Some(false)]);
    rig.called(1);
    rig.gate(Gate::Open);
    assert_eq!(rig.called_ids(), [id(1)], "what nobody wants any more is not sent");
    // Another caller of the same message still gets its answer.
    let (one, other) = (rig.send(B, 3), rig.send(B, 3));
    rig.with(|outbox, now| outbox.cancel(one, now));
    rig.called(3);
    rig.ack(3, Ack::Server);
    assert!(rig.answers[&other].is_ok());
    rig.with(|outbox, now| outbox.cancel(other, now));
}

#[test]
fn idle_is_when_nothing_is_on_its_way() {
    let mut rig = Rig::new();
    assert!(rig.outbox.is_idle(rig.now));
    rig.send_until(A, 1, SendUntil::Queued);
    rig.called(1);
    assert!(!rig.outbox.is_idle(rig.now), "answered, but the page has yet to send it");
    rig.ack(1, Ack::Server);
    assert!(rig.outbox.is_idle(rig.now));
    rig.gate(Gate::Wait);
    rig.send(A, 2);
    assert!(!rig.outbox.is_idle(rig.now), "it waits");
    rig.gate(Gate::Open);
    rig.called(2);
    rig.pass(DEADLINE);
    assert!(!rig.outbox.is_idle(rig.now), "nobody waits, and it may still go out");
    rig.pass(STUCK);
    assert!(rig.outbox.is_idle(rig.now), "it will not any more");
}

#[test]
fn messages_wait_for_the_session_or_fail_with_its_reason() {
    let mut rig = Rig::new();
    rig.gate(Gate::Wait);
    let (waits, fails) = (rig.send(A, 1), rig.send(B, 2));
    assert!(rig.calls.is_empty());
    rig.gate(Gate::Open);
    assert_eq!(rig.calls.len(), 2);
    rig.called(1);
    rig.ack(1, Ack::Server);
    rig.gate(Gate::Closed(Fault::new(ErrorKind::NotReady, "of the test")));
    assert!(rig.answers[&waits].is_ok());
    assert_eq!((rig.kind(fails), rig.maybe_sent(fails)), (ErrorKind::Disconnected, Some(true)));
    let late = rig.send(A, 3);
    assert_eq!((rig.kind(late), rig.maybe_sent(late)), (ErrorKind::NotReady, Some(false)));
}

#[test]
fn pacing_holds_back_visibly_and_refuses_what_cannot_be_in_time() {
    let mut rig = Rig::paced(Some(Pacing::new(2, 3)));
    let tickets: Vec<_> = (1..=3).map(|n| rig.send(A, n)).collect();
    rig.called(1);
    rig.called(2);
    assert_eq!(rig.calls.len(), 2);
    assert_eq!(rig.outbox.next_wake(), Some(rig.now + 30 * SECOND));
    rig.pass(30 * SECOND);
    rig.called(3);
    rig.ack(3, Ack::Server);
    assert_eq!(rig.answers[&tickets[2]].as_ref().unwrap().queued_ms, 30_000);
    let refused = rig.send(A, 4);
    let error = rig.answers[&refused].as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(error.retry_after().unwrap() > DEADLINE);
    assert_eq!(error.maybe_sent(), Some(false));
}

#[test]
fn a_number_is_looked_up_once() {
    let mut rig = Rig::new();
    rig.send(A, 1);
    assert!(rig.calls[0].wid.is_none());
    rig.called(1);
    rig.send(A, 2);
    assert_eq!(rig.calls[1].wid.as_ref().unwrap().as_str(), "123456789012345@lid");
}

#[test]
fn only_an_id_that_nobody_has_used_is_not_looked_for() {
    let mut rig = Rig::new();
    rig.send(A, 1);
    rig.page_reloads();
    rig.fails(1, ErrorKind::Disconnected, false, true);
    let given = Outgoing { id: id(2), to: A.parse().unwrap(), text: "text".into(), quoted: None, new_id: false };
    rig.with(|outbox, now| outbox.submit(Ticket(99), given, SendUntil::Queued, DEADLINE, now));
    let fresh: Vec<_> = rig.calls.iter().map(|call| call.fresh).collect();
    assert_eq!(fresh, [true, false, false], "new, handed over again, of the caller");
}

#[test]
fn the_numbers_that_were_looked_up_are_not_kept_without_end() {
    let mut rig = Rig::new();
    let wid = |n: usize| format!("1000000{n:08}@lid").parse::<ChatId>().unwrap();
    for n in 0..wids::MAX_WIDS + 10 {
        let phone = PhoneNumber::from_page(&format!("55119{n:08}")).unwrap();
        rig.with(|outbox, now| outbox.learn_wid(phone, wid(n), now));
    }
    assert!(rig.outbox.wids.len() <= wids::MAX_WIDS);
}

#[derive(Debug, Clone)]
enum Happening {
    Send { to: u8, n: u8 },
    Called { n: u8, how: u8 },
    Ack { n: u8, failed: bool },
    Looked { n: u8, found: bool, failed: bool },
    Gate(u8),
    Reload,
    Pass(u16),
    Cancel(u8),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        4 => (0..3_u8, 0..20_u8).prop_map(|(to, n)| Happening::Send { to, n }),
        4 => (0..20_u8, 0..6_u8).prop_map(|(n, how)| Happening::Called { n, how }),
        3 => (0..20_u8, prop::bool::weighted(0.2)).prop_map(|(n, failed)| Happening::Ack { n, failed }),
        1 => (0..20_u8, any::<bool>(), any::<bool>()).prop_map(|(n, found, failed)| Happening::Looked { n, found, failed }),
        1 => (0..3_u8).prop_map(Happening::Gate),
        1 => Just(Happening::Reload),
        1 => (0..40_000_u16).prop_map(Happening::Pass),
        1 => (0..40_u8).prop_map(Happening::Cancel),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_caller_is_answered_once_and_no_lane_is_left_behind(happenings in prop::collection::vec(happening(), 0..150)) {
        let mut rig = Rig::new();
        let mut under_way: HashSet<MessageId> = HashSet::new();
        // Handed over without a certain end; and again after that.
        let (mut left, mut doubtful) = (HashSet::new(), HashSet::new());
        // Refused before the page had answered: that answer changes nothing.
        let mut refused = HashSet::new();
        let mut answered = HashSet::new();
        for happening in happenings {
            match happening {
                Happening::Send { to, n } => {
                    rig.send([A, B, "120363000000000000@g.us"][usize::from(to)], n);
                }
                Happening::Called { n, how } if under_way.remove(&id(n)) => {
                    if !refused.remove(&id(n)) && how != 3 && (how < 5 || n % 2 == 0) {
                        left.insert(id(n));
                    }
                    match how {
                        0..=2 => rig.called(n),
                        3 => rig.fails(n, ErrorKind::NotRegistered, false, false),
                        4 => rig.fails(n, ErrorKind::Timeout, true, false),
                        _ => rig.fails(n, ErrorKind::Disconnected, n % 2 == 0, true),
                    }
                }
                Happening::Called { .. } => {}
                Happening::Ack { n, failed } => {
                    if failed && under_way.contains(&id(n)) {
                        refused.insert(id(n));
                    }
                    rig.ack(n, if failed { Ack::Failed } else { Ack::Server });
                }
                Happening::Looked { n, found, failed } => {
                    let failed = failed.then_some(Failure::GivenUp);
                    let look = Look { found, ack: Some(Ack::Pending), failed, code: None };
                    rig.with(|outbox, now| outbox.looked(&id(n), Ok(look), now));
                }
                Happening::Gate(0) => rig.gate(Gate::Open),
                Happening::Gate(1) => rig.gate(Gate::Wait),
                Happening::Gate(_) => rig.gate(Gate::Closed(Fault::new(ErrorKind::NotReady, "of the test"))),
                Happening::Reload => rig.page_reloads(),
                Happening::Cancel(n) => rig.with(|outbox, now| outbox.cancel(Ticket(n.into()), now)),
                Happening::Pass(ms) => rig.pass(Duration::from_millis(ms.into())),
            }
            for (ticket, answer) in &rig.answers {
                let Err(error) = answer else { continue };
                if answered.insert(*ticket) && error.message_id().is_some_and(|id| doubtful.contains(id)) {
                    // An id of somebody else's message was asked for, which is not about this one.
                    let other = error.kind() == ErrorKind::InvalidArgument;
                    prop_assert!(other || error.maybe_sent() == Some(true), "told as not sent, and may have been");
                }
            }
            for call in rig.calls.drain(..) {
                if left.contains(&call.message.id) {
                    doubtful.insert(call.message.id.clone());
                }
                prop_assert!(under_way.insert(call.message.id), "handed over twice at a time");
            }
        }
        // The page answers what it owes, and time passes.
        for n in 0..20 {
            if under_way.remove(&id(n)) {
                rig.fails(n, ErrorKind::Timeout, true, false);
            }
        }
        rig.calls.clear();
        rig.gate(Gate::Wait);
        rig.pass(DEADLINE);
        prop_assert_eq!(rig.answers.len() as u64, rig.tickets);
        prop_assert_eq!(rig.outbox.next_wake(), None);
        prop_assert_eq!(rig.outbox.lanes.queued(), 0);
    }
}
