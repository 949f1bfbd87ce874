use futures::StreamExt;
use proptest::prelude::*;
use tokio::sync::mpsc;

use super::*;
use crate::event::LoadingScreen;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn progress(percent: u8) -> Event {
    Event::LoadingScreen(LoadingScreen { percent })
}

fn drain(stream: &EventStream) -> Vec<(u64, &'static str)> {
    std::iter::from_fn(|| stream.try_next()).map(|envelope| (envelope.seq, envelope.event.name())).collect()
}

#[test]
fn handles_can_be_shared_between_threads() {
    fn check<T: Send + Sync + Unpin + fmt::Debug + 'static>() {}
    check::<EventHub>();
    check::<EventStream>();
    check::<Subscription>();
    check::<EventEnvelope>();
}

#[test]
fn a_late_subscriber_starts_with_the_next_event() {
    let hub = EventHub::new("default", 10, 0);
    let early = hub.subscribe();
    hub.emit(NOW, progress(1));
    let late = hub.subscribe();
    hub.emit(NOW, progress(2));
    assert_eq!(drain(&early), [(1, "loading_screen"), (2, "loading_screen")]);
    assert_eq!(drain(&late), [(2, "loading_screen")]);
}

#[test]
fn only_the_slow_subscriber_loses_events_and_is_told() {
    let hub = EventHub::new("default", 3, 0);
    let slow = hub.subscribe();
    let quick = hub.subscribe();
    for percent in 0..5 {
        hub.emit(NOW + std::time::Duration::from_secs(percent.into()), progress(percent));
        assert_eq!(drain(&quick).len(), 1);
    }
    let lagged = slow.try_next().unwrap();
    assert_eq!(lagged.event, Event::Lagged(Lagged { missed: 2 }));
    assert_eq!((lagged.seq, lagged.at.unix_s()), (2, 1));
    assert_eq!(drain(&slow), [(3, "loading_screen"), (4, "loading_screen"), (5, "loading_screen")]);
}

#[test]
fn a_subscriber_that_takes_nothing_holds_only_so_many_bytes() {
    let hub = EventHub::new("default", 1 << 20, 1 << 20);
    let slow = hub.subscribe();
    let text = "x".repeat(1 << 20);
    for _ in 0..200 {
        let data = crate::event::MessageEdit { previous: Some(text.clone()), message: message() };
        hub.emit(NOW, Event::MessageEdit(data));
    }
    let lagged = slow.try_next().unwrap();
    let Event::Lagged(Lagged { missed }) = lagged.event else { panic!("nothing was left out") };
    let kept = drain(&slow).len();
    assert!((60..=64).contains(&kept), "{kept} MiB are kept");
    assert_eq!(missed + kept as u64, 200);
    assert!(slow.try_next().is_none());
    let again = hub.subscribe_after(0);
    assert!(matches!(again.try_next().unwrap().event, Event::Lagged(_)));
    assert!((60..=64).contains(&drain(&again).len()), "the replay is bounded as well");
    hub.emit(NOW, progress(1));
    assert_eq!(drain(&slow), [(201, "loading_screen")], "what was taken weighs nothing");
}

fn message() -> crate::model::Message {
    let chat = || "123456789012345@lid".parse().unwrap();
    let key = "false_123456789012345@lid_3EB001".parse().unwrap();
    crate::model::Message::new(key, "3EB001".parse().unwrap(), chat(), chat(), chat(), NOW)
}

#[test]
fn past_events_are_replayed_as_far_as_they_are_kept() {
    let hub = EventHub::new("default", 10, 3);
    (1..=5).for_each(|percent| drop(hub.emit(NOW, progress(percent))));
    assert_eq!(drain(&hub.subscribe_after(3)), [(4, "loading_screen"), (5, "loading_screen")]);
    assert_eq!(drain(&hub.subscribe_after(5)), []);
    assert_eq!(drain(&hub.subscribe_after(99)), []);

    let from_start = hub.subscribe_after(0);
    assert_eq!(from_start.try_next().unwrap().event, Event::Lagged(Lagged { missed: 2 }));
    assert_eq!(drain(&from_start).iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [3, 4, 5]);
}

#[test]
fn without_replay_a_subscriber_behind_learns_how_much_it_missed() {
    let hub = EventHub::new("default", 10, 0);
    (1..=5).for_each(|percent| drop(hub.emit(NOW, progress(percent))));
    let stream = hub.subscribe_after(2);
    let lagged = stream.try_next().unwrap();
    assert_eq!((lagged.seq, &lagged.event), (5, &Event::Lagged(Lagged { missed: 3 })));
    assert!(stream.try_next().is_none());
}

#[tokio::test]
async fn waiting_takes_nothing() {
    let hub = EventHub::new("default", 10, 0);
    let stream = hub.subscribe();
    hub.emit(NOW, progress(1));
    assert!(stream.ready().await);
    assert!(stream.ready().await);
    assert_eq!(drain(&stream).len(), 1);
}

#[tokio::test]
async fn two_waiters_are_both_woken() {
    let hub = EventHub::new("default", 10, 0);
    let stream = hub.subscribe();
    let (first, second, ()) = tokio::join!(stream.ready(), stream.ready(), async {
        tokio::task::yield_now().await;
        hub.emit(NOW, progress(1));
    });
    assert!(first && second);
}

#[tokio::test]
async fn a_stream_ends_when_drained_and_closed() {
    let hub = EventHub::new("default", 10, 0);
    let mut stream = hub.subscribe();
    hub.emit(NOW, progress(1));
    hub.close();
    assert!(stream.ready().await);
    assert_eq!(StreamExt::next(&mut stream).await.unwrap().seq, 1);
    assert!(!stream.ready().await);
    assert!(StreamExt::next(&mut stream).await.is_none());
    assert!(!hub.subscribe().ready().await);
}

#[tokio::test]
async fn a_stream_ends_with_its_hub() {
    let hub = EventHub::new("default", 10, 0);
    let stream = hub.subscribe();
    let (event, ()) = tokio::join!(stream.next(), async {
        tokio::task::yield_now().await;
        drop(hub);
    });
    assert!(event.is_none());
}

#[tokio::test]
async fn a_callback_gets_its_events_in_order() {
    let hub = EventHub::new("default", 100, 0);
    let (sender, mut received) = mpsc::unbounded_channel();
    let subscription = hub
        .subscribe()
        .on("loading_screen", move |envelope| {
            let _ = sender.send(envelope.seq);
        })
        .unwrap();
    hub.emit(NOW, progress(1));
    hub.emit(NOW, Event::ManualDisconnect);
    hub.emit(NOW, progress(2));
    assert_eq!((received.recv().await, received.recv().await), (Some(1), Some(3)));
    drop(subscription);
    assert_eq!(received.recv().await, None, "the callback is gone with its subscription");
}

#[tokio::test]
async fn a_detached_callback_lives_on() {
    let hub = EventHub::new("default", 100, 0);
    let (sender, mut received) = mpsc::unbounded_channel();
    hub.subscribe()
        .on("*", move |envelope| {
            let _ = sender.send(envelope.event.name());
        })
        .unwrap()
        .detach();
    hub.emit(NOW, Event::ManualReconnect);
    assert_eq!(received.recv().await, Some("manual_reconnect"));
}

#[tokio::test]
async fn an_unknown_name_is_refused() {
    let hub = EventHub::new("default", 1, 0);
    let error = hub.subscribe().on("mesage", |_| {}).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
}

proptest! {
    /// Whatever a subscriber does, numbers only rise, and every gap is told by a `lagged` of the right size.
    #[test]
    fn numbers_have_no_untold_gap(queue in 1_usize..8, takes in prop::collection::vec(0_usize..6, 1..40)) {
        let hub = EventHub::new("default", queue, 0);
        let stream = hub.subscribe();
        let mut last = 0;
        for take in takes {
            (0..3).for_each(|percent| drop(hub.emit(NOW, progress(percent))));
            for envelope in std::iter::from_fn(|| stream.try_next()).take(take) {
                let stands_for = match &envelope.event {
                    Event::Lagged(lagged) => lagged.missed,
                    _ => 1,
                };
                prop_assert_eq!(envelope.seq, last + stands_for);
                last = envelope.seq;
            }
        }
    }
}
