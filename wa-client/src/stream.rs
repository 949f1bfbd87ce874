//! Handing events to subscribers: bounded, in order, and never silent about loss.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use futures::Stream;

use crate::error::{Error, ErrorKind, Result};
use crate::event::{Event, EventEnvelope, Lagged};
use crate::model::Timestamp;

/// Where the session puts its events and subscribers take them from. Cloning gives another handle on the same hub.
///
/// Numbers events from 1 without gaps. Each subscriber has a bounded queue of its own, so a slow one delays nobody.
#[derive(Clone)]
pub(crate) struct EventHub(Arc<HubInner>);

struct HubInner {
    session: String,
    queue: usize,
    replay: usize,
    state: Mutex<HubState>,
}

#[derive(Default)]
struct HubState {
    seq: u64,
    subscribers: Vec<Weak<Queue>>,
    recent: VecDeque<Arc<EventEnvelope>>,
    recent_bytes: usize,
    closed: bool,
}

/// What the events that wait for one subscriber may weigh together, and those that are kept for replay.
const MAX_BYTES: usize = 64 << 20;

impl EventHub {
    /// `queue`: how many events a subscriber may be behind. `replay`: how many past events are kept for
    /// [`subscribe_after`](Self::subscribe_after).
    pub(crate) fn new(session: impl Into<String>, queue: usize, replay: usize) -> Self {
        Self(Arc::new(HubInner { session: session.into(), queue: queue.max(1), replay, state: Mutex::default() }))
    }

    /// Gives `event` the next number and hands it to every subscriber.
    pub(crate) fn emit(&self, at: Timestamp, event: Event) -> Arc<EventEnvelope> {
        // Held until all have it, so that every subscriber sees the same order.
        let mut state = lock(&self.0.state);
        state.seq += 1;
        let envelope = Arc::new(EventEnvelope::new(event, self.0.session.clone(), state.seq, at));
        state.subscribers.retain(|subscriber| match subscriber.upgrade() {
            Some(queue) => {
                queue.push(envelope.clone());
                true
            }
            None => false,
        });
        if self.0.replay > 0 {
            state.recent_bytes += envelope.event.weight();
            state.recent.push_back(envelope.clone());
            while state.recent.len() > self.0.replay || (state.recent_bytes > MAX_BYTES && state.recent.len() > 1) {
                let Some(oldest) = state.recent.pop_front() else { break };
                state.recent_bytes -= oldest.event.weight();
            }
        }
        envelope
    }

    /// A subscriber that starts with the next event.
    pub(crate) fn subscribe(&self) -> EventStream {
        let mut state = lock(&self.0.state);
        self.attach(&mut state, |_| {})
    }

    /// A subscriber that starts behind event number `seq`; what is no longer kept comes as `lagged`.
    pub(crate) fn subscribe_after(&self, seq: u64) -> EventStream {
        let mut state = lock(&self.0.state);
        let past: Vec<_> = state.recent.iter().filter(|envelope| envelope.seq > seq).cloned().collect();
        let oldest = past.first().map_or(state.seq + 1, |envelope| envelope.seq);
        let missed = (oldest - 1).saturating_sub(seq);
        let at = past.first().map_or(Timestamp::UNIX_EPOCH, |envelope| envelope.at);
        self.attach(&mut state, |backlog| {
            if missed > 0 {
                backlog.lost = Some(Lost { count: missed, last_seq: oldest - 1, at });
            }
            past.into_iter().for_each(|envelope| backlog.push(envelope));
        })
    }

    /// Ends all streams once they are drained; later subscribers get nothing.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.0.state);
        state.closed = true;
        for queue in state.subscribers.drain(..).filter_map(|subscriber| subscriber.upgrade()) {
            queue.close();
        }
    }

    fn attach(&self, state: &mut HubState, fill: impl FnOnce(&mut Backlog)) -> EventStream {
        let mut backlog = Backlog::new(self.0.session.clone(), self.0.queue);
        backlog.closed = state.closed;
        fill(&mut backlog);
        let queue = Arc::new(Queue(Mutex::new(backlog)));
        if !state.closed {
            state.subscribers.push(Arc::downgrade(&queue));
        }
        EventStream { queue }
    }
}

impl Drop for HubInner {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        state.subscribers.drain(..).filter_map(|subscriber| subscriber.upgrade()).for_each(|queue| queue.close());
    }
}

impl fmt::Debug for EventHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = lock(&self.0.state);
        f.debug_struct("EventHub").field("seq", &state.seq).field("subscribers", &state.subscribers.len()).finish()
    }
}

struct Queue(Mutex<Backlog>);

/// Whoever waits for the next event of one subscriber; more are asked to come again.
const MAX_WAKERS: usize = 64;

struct Backlog {
    session: String,
    capacity: usize,
    events: VecDeque<Arc<EventEnvelope>>,
    bytes: usize,
    lost: Option<Lost>,
    wakers: Vec<Waker>,
    closed: bool,
}

/// The gap in front of the queue.
struct Lost {
    count: u64,
    last_seq: u64,
    at: Timestamp,
}

impl Queue {
    fn push(&self, envelope: Arc<EventEnvelope>) {
        let wakers = {
            let mut backlog = lock(&self.0);
            backlog.push(envelope);
            std::mem::take(&mut backlog.wakers)
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    fn close(&self) {
        let wakers = {
            let mut backlog = lock(&self.0);
            backlog.closed = true;
            std::mem::take(&mut backlog.wakers)
        };
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Backlog {
    fn new(session: String, capacity: usize) -> Self {
        Self { session, capacity, events: VecDeque::new(), bytes: 0, lost: None, wakers: Vec::new(), closed: false }
    }

    /// When full, the oldest gives way: what just happened matters more than what is long past.
    fn push(&mut self, envelope: Arc<EventEnvelope>) {
        self.bytes += envelope.event.weight();
        self.events.push_back(envelope);
        while self.events.len() > self.capacity || (self.bytes > MAX_BYTES && self.events.len() > 1) {
            let Some(oldest) = self.events.pop_front() else { break };
            self.bytes -= oldest.event.weight();
            let count = self.lost.as_ref().map_or(0, |lost| lost.count) + 1;
            self.lost = Some(Lost { count, last_seq: oldest.seq, at: oldest.at });
        }
    }

    fn pop(&mut self) -> Option<Arc<EventEnvelope>> {
        match self.lost.take() {
            Some(Lost { count, last_seq, at }) => {
                let event = Event::Lagged(Lagged { missed: count });
                Some(Arc::new(EventEnvelope::new(event, self.session.clone(), last_seq, at)))
            }
            None => {
                let next = self.events.pop_front()?;
                self.bytes -= next.event.weight();
                Some(next)
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.events.is_empty() && self.lost.is_none()
    }
}

/// The events of a session from now on, for one subscriber.
///
/// [`ready`](Self::ready) and [`try_next`](Self::try_next) are the primitive: waiting takes nothing, taking does not wait, so
/// giving up a wait loses no event. [`next`](Self::next), the [`Stream`] and [`on`](Self::on) are built on them.
///
/// A subscriber that falls behind by more than [`Config::event_queue`](crate::Config::event_queue) events loses the oldest
/// and gets one [`Event::Lagged`] in their place. The stream ends when the client is shut down.
pub struct EventStream {
    queue: Arc<Queue>,
}

impl EventStream {
    /// Waits until [`try_next`](Self::try_next) has something (`true`) or the stream has ended and is drained (`false`).
    pub async fn ready(&self) -> bool {
        std::future::poll_fn(|cx| self.poll_ready(cx)).await
    }

    /// Takes the next event; `None` when there is none at this moment.
    #[must_use]
    pub fn try_next(&self) -> Option<Arc<EventEnvelope>> {
        lock(&self.queue.0).pop()
    }

    /// Waits for the next event and takes it; `None` when the stream has ended.
    pub async fn next(&self) -> Option<Arc<EventEnvelope>> {
        std::future::poll_fn(|cx| self.poll_event(cx)).await
    }

    /// Calls `callback` with every event of that name (`"*"`: every event), in order and never two at once, until the returned
    /// [`Subscription`] is dropped or the stream ends. `lagged` is delivered whatever the name.
    ///
    /// The callback runs on a Tokio task and must not block. When it panics, the subscription ends.
    ///
    /// # Errors
    /// `invalid_argument` when there is no such event, or outside of a Tokio runtime.
    pub fn on<F>(self, name: &str, mut callback: F) -> Result<Subscription>
    where
        F: FnMut(&EventEnvelope) + Send + 'static,
    {
        let invalid = |what| Error::new(ErrorKind::InvalidArgument, "on", what);
        let wanted = match name {
            "*" => None,
            name => Some(
                *Event::NAMES.iter().find(|known| **known == name).ok_or_else(|| invalid("no event of that name"))?,
            ),
        };
        let runtime = tokio::runtime::Handle::try_current().map_err(|e| invalid("no Tokio runtime").with_source(e))?;
        let task = runtime.spawn(async move {
            while let Some(envelope) = self.next().await {
                let name = envelope.event.name();
                if wanted.is_none_or(|wanted| wanted == name) || name == "lagged" {
                    callback(&envelope);
                }
            }
        });
        Ok(Subscription { task: Some(task) })
    }

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<bool> {
        self.poll(cx, |backlog| !backlog.is_empty())
    }

    fn poll_event(&self, cx: &mut Context<'_>) -> Poll<Option<Arc<EventEnvelope>>> {
        self.poll(cx, Backlog::pop)
    }

    /// `take` from a queue that holds something or has ended; else remember whom to wake.
    fn poll<T>(&self, cx: &mut Context<'_>, take: impl FnOnce(&mut Backlog) -> T) -> Poll<T> {
        let mut backlog = lock(&self.queue.0);
        if !backlog.is_empty() || backlog.closed {
            return Poll::Ready(take(&mut backlog));
        }
        if !backlog.wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
            // Some of them may have stopped waiting; whoever still does comes again.
            if backlog.wakers.len() >= MAX_WAKERS {
                backlog.wakers.drain(..).for_each(Waker::wake);
            }
            backlog.wakers.push(cx.waker().clone());
        }
        Poll::Pending
    }
}

impl Stream for EventStream {
    type Item = Arc<EventEnvelope>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(cx)
    }
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").field("waiting", &lock(&self.queue.0).events.len()).finish()
    }
}

/// Keeps a callback of [`EventStream::on`] alive; dropping it ends the subscription.
#[must_use = "dropping it ends the subscription"]
#[derive(Debug)]
pub struct Subscription {
    task: Option<tokio::task::JoinHandle<()>>,
}

impl Subscription {
    /// Lets the callback run until the stream ends.
    pub fn detach(mut self) {
        self.task = None;
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// A panic elsewhere leaves these plain queues whole, so a poisoned lock is taken all the same.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
