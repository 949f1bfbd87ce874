//! Control calls that may have to wait for a page.

use std::time::Duration;

use serde_json::{Value, json};

use super::input::Input;
use crate::failure::{ErrorCode, Failure, Reply};
use crate::shared::Shared;
use crate::world::Filter;
use crate::world::messages::Inbound;
use crate::world::qr::Scan;

/// The text on a screen can be quicker than the page's own word of it, which goes through the socket.
const SCREEN_LAG: Duration = Duration::from_millis(250);
const POLL_MAX_MS: u64 = 30_000;
/// For a burst to be written, beyond the time it takes by its own intervals.
const BURST_SLACK: Duration = Duration::from_secs(10);

pub(super) async fn scan(shared: &Shared, input: Input) -> Reply {
    let scan: Scan = input.body()?;
    let lag = SCREEN_LAG + Duration::from_millis(shared.network().borrow().latency_ms);
    shared.wait_until(lag, |world| (!world.scan_may_be_early(&scan)).then_some(())).await;
    shared.with(|world| {
        let mut reply = world.scan(&scan)?;
        reply["seq"] = world.seq().into();
        Ok(reply)
    })
}

pub(super) async fn messages(shared: &Shared, input: Input) -> Reply {
    let spec: Inbound = input.body()?;
    let (mut reply, last, seq) = shared.with(|world| {
        let (reply, last) = world.post_messages(&spec)?;
        Ok((reply, last, world.seq()))
    })?;
    reply["seq"] = seq.into();
    reply["applied"] = Value::Null;
    let span = Duration::from_millis(spec.span_ms()) + BURST_SLACK;
    shared.wait_until(span, |world| world.is_delivered(&last).then_some(())).await;
    if spec.waits() {
        let limit = Duration::from_millis(spec.timeout_ms());
        let applied = shared.wait_until(limit, |world| world.is_applied(&last).then_some(())).await;
        applied.ok_or_else(|| Failure::new(ErrorCode::Timeout, "sent, but the page has not applied it in time"))?;
        reply["applied"] = Value::Bool(true);
    }
    Ok(reply)
}

pub(super) async fn events(shared: &Shared, mut input: Input) -> Reply {
    let kinds: Option<String> = input.take("kinds")?;
    let filter = Filter {
        since: input.take("since")?.unwrap_or(0),
        kinds: kinds.map(|k| k.split(',').map(str::to_owned).collect()),
        limit: input.take("limit")?,
    };
    let wait_ms: u64 = input.take("wait_ms")?.unwrap_or(0);
    input.nothing_left()?;
    let limit = Duration::from_millis(wait_ms.min(POLL_MAX_MS));
    let mut checked = None;
    let found = shared
        .wait_until(limit, |world| {
            // Most changes of the world are no events.
            let seq = world.seq();
            if checked.replace(seq) == Some(seq) {
                return None;
            }
            let events = world.events(&filter);
            (!events.is_empty()).then_some((events, seq))
        })
        .await;
    let (events, seq) = found.unwrap_or_else(|| (Vec::new(), shared.seq()));
    Ok(json!({"events": events, "seq": seq}))
}
