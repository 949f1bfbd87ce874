//! From nothing to a code, from a scan to ready, from stored data to ready.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wa_client::{Client, Event};

use crate::figures::{ms, stats};
use crate::{Bench, Fallible, SYNCED_DELAY_MS};

/// `initialize` to the first code, each time with a new profile; the last one is linked.
pub(crate) async fn first_codes(bench: &Bench) -> Fallible<Value> {
    let mut times = Vec::new();
    for run in 1..=bench.amount.runs {
        let last = run == bench.amount.runs;
        let name = if last { "starting".to_owned() } else { format!("code-{run}") };
        let client = bench.client(&name)?;
        let events = client.events();
        let start = Instant::now();
        client.initialize().await?;
        times.push(start.elapsed());
        if last {
            let phases = phases_of(&events, start);
            let ready = bench.link(&client).await?;
            client.shutdown().await;
            return Ok(json!({
                "initialize_to_first_qr_ms": stats(&times), "phases_to_first_qr": phases,
                "scan_to_ready_ms": {"value": ms(ready), "of_which_simulated_ms": SYNCED_DELAY_MS},
            }));
        }
        client.shutdown().await;
    }
    Err("there was no run".into())
}

/// Stored credentials to ready.
pub(crate) async fn restores(bench: &Bench) -> Fallible<Value> {
    let (mut times, mut closing) = (Vec::new(), Vec::new());
    let mut phases = Value::Null;
    for _ in 0..bench.amount.runs {
        let client: Client = bench.client("starting")?;
        let events = client.events();
        let start = Instant::now();
        client.initialize().await?;
        client.wait_ready().await?;
        times.push(start.elapsed());
        phases = phases_of(&events, start);
        let start = Instant::now();
        client.shutdown().await;
        closing.push(start.elapsed());
    }
    let mut restored = stats(&times);
    restored["of_which_simulated_ms"] = SYNCED_DELAY_MS.into();
    Ok(json!({"restore_to_ready_ms": restored, "phases_to_ready": phases, "clean_shutdown_ms": stats(&closing)}))
}

/// When each phase began, by the session's own clock.
fn phases_of(events: &wa_client::EventStream, start: Instant) -> Value {
    let began = std::time::SystemTime::now() - start.elapsed();
    let began = began.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let mut phases = Vec::new();
    while let Some(envelope) = events.try_next() {
        if let Event::ChangeState(change) = &envelope.event {
            let at = Duration::from_millis(u64::try_from(envelope.at.unix_ms()).unwrap_or_default());
            phases.push(json!({"phase": change.phase.name(), "at_ms": ms(at.saturating_sub(began))}));
        }
    }
    phases.into()
}
