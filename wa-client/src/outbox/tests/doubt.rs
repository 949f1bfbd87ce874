//! What may have left.

use super::*;

const GIVEN_UP: Option<Failure> = Some(Failure::GivenUp);

#[test]
fn calls_lost_with_their_page_are_made_again_under_the_same_ids_and_in_order() {
    let mut rig = Rig::new();
    let tickets = [1, 2, 3].map(|n| rig.send(A, n));
    rig.outbox.page_gone();
    // The answers come in any order, and with any fate.
    rig.fails(3, ErrorKind::Disconnected, true, true);
    rig.fails(1, ErrorKind::Disconnected, true, true);
    assert_eq!(rig.calls.len(), 3, "not before there is a page");
    rig.gate(Gate::Wait);
    rig.gate(Gate::Open);
    assert_eq!(rig.calls.len(), 3, "not before the second has come back");
    rig.fails(2, ErrorKind::Disconnected, false, true);
    assert_eq!(rig.called_ids()[3..], [id(1), id(2), id(3)]);
    for n in 1..=3 {
        rig.called(n);
        rig.ack(n, Ack::Server);
    }
    assert!(tickets.iter().all(|ticket| rig.answers[ticket].is_ok()));
}

#[test]
fn a_message_that_waited_in_the_page_for_another_has_its_own_time_after_it() {
    let mut rig = Rig::new();
    let (first, second) = (rig.send(A, 1), rig.send(A, 2));
    rig.pass(15 * SECOND);
    rig.fails(2, ErrorKind::Timeout, false, false);
    assert_eq!(rig.calls.len(), 2, "not before the first has ended");
    rig.fails(1, ErrorKind::Timeout, false, false);
    assert_eq!((rig.kind(first), rig.maybe_sent(first)), (ErrorKind::Timeout, Some(false)));
    assert_eq!(rig.called_ids()[2..], [id(2)]);
    rig.pass(15 * SECOND);
    rig.fails(2, ErrorKind::Timeout, false, false);
    assert_eq!((rig.kind(second), rig.maybe_sent(second)), (ErrorKind::Timeout, Some(false)));
}

#[test]
fn nothing_goes_before_a_message_in_doubt() {
    let mut rig = Rig::new();
    rig.send(A, 1);
    rig.send(A, 2);
    rig.fails(1, ErrorKind::Timeout, true, false);
    rig.called(2);
    rig.send(A, 3);
    rig.send(B, 4);
    assert_eq!(rig.called_ids()[2..], [id(4)]);
    rig.ack(1, Ack::Server);
    assert_eq!(rig.called_ids()[3..], [id(3)]);
}

#[test]
fn a_message_in_the_page_is_looked_up_after_the_page_was_loaded_anew() {
    let found = |failed, ack| Ok(Look { found: true, ack: Some(ack), failed, code: None });
    let mut rig = Rig::new();
    let tickets = [rig.send(A, 1), rig.send(B, 2), rig.send("120363000000000000@g.us", 3)];
    (1..=3).for_each(|n| rig.called(n));
    rig.page_reloads();
    assert_eq!(rig.looks.len(), 3);
    rig.with(|outbox, now| outbox.looked(&id(1), found(None, Ack::Server), now));
    rig.with(|outbox, now| outbox.looked(&id(2), found(GIVEN_UP, Ack::Pending), now));
    let lost = Look { found: false, ack: None, failed: None, code: None };
    rig.with(|outbox, now| outbox.looked(&id(3), Ok(lost), now));
    assert!(rig.answers[&tickets[0]].is_ok());
    assert_eq!(rig.called_ids()[3..], [id(2), id(3)], "again, because the page gave it up, or lost it");
    let again = Reply { duplicate: true, resent: true, ..reply(2) };
    rig.with(|outbox, now| outbox.called(&id(2), Ok(again), now));
    rig.ack(2, Ack::Server);
    assert!(!rig.answers[&tickets[1]].as_ref().unwrap().duplicate, "it was ours before");
    assert_eq!(rig.looks.len(), 3);
}

#[test]
fn a_message_that_the_page_gave_up_and_cannot_send_again_stays_in_doubt() {
    let mut rig = Rig::new();
    let first = rig.send(A, 1);
    rig.called(1);
    rig.page_reloads();
    let given_up = || Ok(Look { found: true, ack: Some(Ack::Pending), failed: GIVEN_UP, code: None });
    rig.with(|outbox, now| outbox.looked(&id(1), given_up(), now));
    let stays = Reply { duplicate: true, ..reply(1) };
    rig.with(|outbox, now| outbox.called(&id(1), Ok(stays), now));
    assert_eq!(rig.looks.len(), 2);
    rig.with(|outbox, now| outbox.looked(&id(1), given_up(), now));
    assert_eq!((rig.kind(first), rig.maybe_sent(first)), (ErrorKind::SendFailed, Some(true)));
    // Whoever asks again makes the page look again: it may have been given what it lacked.
    let second = rig.send(A, 1);
    assert_eq!(rig.called_ids(), [id(1), id(1), id(1)]);
    let again = Reply { duplicate: true, resent: true, ..reply(1) };
    rig.with(|outbox, now| outbox.called(&id(1), Ok(again), now));
    rig.ack(1, Ack::Server);
    assert!(rig.answers[&second].is_ok());
}

#[test]
fn doubt_outlives_every_later_failure() {
    let refuse = |rig: &mut Rig| {
        rig.with(|outbox, now| outbox.send_result(&id(1), &key(1), "ERROR_UNKNOWN", Some("463"), now));
    };
    let never = |rig: &mut Rig| rig.fails(1, ErrorKind::NotReady, false, false);
    let gone = |rig: &mut Rig| rig.gate(Gate::Closed(Fault::new(ErrorKind::NotReady, "of the test")));
    let late = |rig: &mut Rig| {
        rig.gate(Gate::Wait);
        rig.pass(DEADLINE);
    };
    for later in [&refuse as &dyn Fn(&mut Rig), &never, &gone, &late] {
        let mut rig = Rig::new();
        let first = rig.send(A, 1);
        rig.fails(1, ErrorKind::Timeout, true, false);
        rig.pass(DEADLINE);
        assert_eq!(rig.maybe_sent(first), Some(true));
        // Once more, and that fails as if it had been the only time; then again, which cannot even begin.
        let second = rig.send(A, 1);
        later(&mut rig);
        rig.gate(Gate::Closed(Fault::new(ErrorKind::NotReady, "of the test")));
        let third = rig.send(A, 1);
        assert_eq!([second, third].map(|ticket| rig.maybe_sent(ticket)), [Some(true); 2]);
    }
}

#[test]
fn what_is_in_doubt_can_be_sent_again_after_a_failure_that_was_none_of_its_own() {
    let mut rig = Rig::new();
    rig.send(A, 1);
    rig.fails(1, ErrorKind::Timeout, true, false);
    rig.pass(DEADLINE);
    rig.send(A, 1);
    rig.fails(1, ErrorKind::CapabilityUnavailable, false, false);
    let third = rig.send(A, 1);
    rig.called(1);
    rig.ack(1, Ack::Server);
    assert!(rig.answers[&third].is_ok());
    assert_eq!(rig.calls.len(), 3);
}

#[test]
fn what_was_given_up_before_we_were_started_may_have_left_then() {
    let mut rig = Rig::new();
    let ticket = rig.send(A, 1);
    let again = Reply { duplicate: true, resent: true, ..reply(1) };
    rig.with(|outbox, now| outbox.called(&id(1), Ok(again), now));
    rig.with(|outbox, now| outbox.send_result(&id(1), &key(1), "ERROR_UNKNOWN", Some("463"), now));
    assert_eq!((rig.kind(ticket), rig.maybe_sent(ticket)), (ErrorKind::SendFailed, Some(true)));
}

#[test]
fn nothing_overtakes_what_is_in_doubt_after_the_page_was_loaded_anew() {
    let mut rig = Rig::new();
    for n in 1..=2 {
        rig.send(B, n);
        rig.called(n);
        rig.pass(SECOND);
    }
    rig.outbox.page_gone();
    rig.gate(Gate::Wait);
    rig.send(B, 3);
    rig.send(A, 4);
    rig.gate(Gate::Open);
    assert_eq!(rig.called_ids()[2..], [id(4)], "another recipient does not wait");
    assert_eq!(rig.looks.len(), 2);
    let not_found = || Ok(Look { found: false, ack: None, failed: None, code: None });
    // The answers come in any order, and the page has neither.
    rig.with(|outbox, now| outbox.looked(&id(1), not_found(), now));
    assert_eq!(rig.called_ids()[3..], [], "the other one is still in doubt");
    rig.with(|outbox, now| outbox.looked(&id(2), not_found(), now));
    for n in 1..=3 {
        rig.called(n);
    }
    assert_eq!(rig.called_ids()[3..], [id(1), id(2), id(3)]);
    // A look that fails holds up nothing for ever.
    rig.page_reloads();
    rig.send(B, 5);
    for n in 1..=3 {
        let failed = Err(Fault::new(ErrorKind::Timeout, "of the test"));
        rig.with(|outbox, now| outbox.looked(&id(n), failed, now));
    }
    assert_eq!(rig.called_ids().last(), Some(&id(5)));
}
