//! What the injected script says: batches of events and answers to calls, decoded and checked before use.
//!
//! The page is not trusted. Sizes are limited, the numbers of events are in order, and no text that belongs to people
//! shows in `Debug`.

mod answer;
mod event;
mod text;

use serde::Deserialize;
use serde_json::Value;

pub(crate) use answer::{Answer, CaughtUp, Exists, MessageStatus, PairingCodeMade, RemoteError, Sent, decode_answer};
pub(crate) use event::{BridgeEvent, Failure, LogoutStage, Me, PairingStage, RawMessage, StateSnapshot};
pub(crate) use text::{Id, Label};

/// The longest batch of events, and the longest answer, in bytes.
pub(crate) const MAX_BATCH: usize = 1 << 20;

/// The first event of a document.
const HELLO: &str = "hello";

/// Something the script said that makes no sense. It names the defect, never the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("{0} bytes are too long")]
    TooLong(usize),
    #[error("not JSON of the expected shape")]
    Shape,
    #[error("event number {found} where {expected} was expected")]
    Order { expected: u64, found: u64 },
}

#[derive(Deserialize)]
struct Envelope {
    n: u64,
    e: Label,
    #[serde(default)]
    d: Value,
}

/// Decodes one batch. `expected` is the number of the next event, 1 for a new document, and is moved on.
///
/// Numbers that were used already refuse the whole batch; left out ones become [`BridgeEvent::Lost`], so that what
/// follows is not lost as well. An event with an unknown name or with data that do not fit takes no others with it.
pub(crate) fn decode_batch(json: &str, expected: &mut u64) -> Result<Vec<BridgeEvent>, Malformed> {
    if json.len() > MAX_BATCH {
        return Err(Malformed::TooLong(json.len()));
    }
    let batch: Vec<Envelope> = serde_json::from_str(json).map_err(|_| Malformed::Shape)?;
    let mut next = *expected;
    let mut events = Vec::with_capacity(batch.len());
    for Envelope { n, e, d } in batch {
        if n < next {
            return Err(Malformed::Order { expected: next, found: n });
        }
        if n > next {
            events.push(BridgeEvent::Lost { count: n - next });
        }
        next = n.checked_add(1).ok_or(Malformed::Shape)?;
        // A document begins once. Whoever says so later would have the session forget what it knows of this one.
        let repeated = &*e == HELLO && n != 1;
        events.push(if repeated { BridgeEvent::Invalid { name: e } } else { BridgeEvent::decode(e, d) });
    }
    *expected = next;
    Ok(events)
}

#[cfg(test)]
mod tests;
