//! Reading server-sent events.

use std::fmt::Debug;

use http_body_util::BodyExt as _;
use hyper::body::{Body, Bytes};
use serde_json::Value;
use tokio::time::timeout;

use super::PATIENCE;

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sse {
    pub(crate) id: u64,
    pub(crate) topic: String,
    pub(crate) data: Value,
}

/// A stream of events from the service.
pub(crate) struct EventSource {
    body: Box<dyn Body<Data = Bytes, Error = Failed> + Send + Unpin>,
    text: String,
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

impl EventSource {
    pub(crate) fn new<B>(body: B) -> Self
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<Failed>,
    {
        Self { body: Box::new(body.map_err(Into::into)), text: String::new() }
    }

    /// The next event; `None` when the stream has ended.
    pub(crate) async fn next(&mut self) -> Option<Sse> {
        // Around all of it: comments that only show life must not prolong the wait.
        timeout(PATIENCE, self.read_next()).await.expect("an event in time")
    }

    async fn read_next(&mut self) -> Option<Sse> {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let event = read(event);
                self.text = rest.to_owned();
                if event.is_some() {
                    return event;
                }
            }
            let bytes = self.body.frame().await?.expect("an unbroken stream").into_data().expect("no trailers");
            self.text.push_str(std::str::from_utf8(&bytes).expect("text"));
        }
    }

    /// Everything up to the first event of that name.
    pub(crate) async fn until(&mut self, name: &str) -> Vec<Sse> {
        let topic = format!("whatsapp.{name}");
        let mut events = Vec::new();
        loop {
            let Some(event) = self.next().await else { panic!("the stream ended before {topic}: {events:?}") };
            events.push(event);
            if events.last().is_some_and(|event| event.topic == topic) {
                return events;
            }
        }
    }
}

/// Comments are no events.
fn read(text: &str) -> Option<Sse> {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let data = field("data")?;
    Some(Sse {
        id: field("id").expect("a number").parse().expect("a number"),
        topic: field("event").expect("a topic").to_owned(),
        data: serde_json::from_str(data).expect("JSON"),
    })
}
