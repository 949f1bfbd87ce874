//! What goes over the debugging protocol for a send, an acknowledgement and a message, counted by the program `tap` between the
//! library and the browser.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use wa_client::{Client, Event, SendUntil};
use wa_client_benches::{Meter, TappedBrowser};

use crate::{Bench, Fallible, acks, seen};

const SAMPLES: usize = 10;
/// What may follow an answer is on the wire by then.
const SILENCE: Duration = Duration::from_millis(200);

pub(crate) async fn counts(bench: &Bench, browser: &Path) -> Fallible<Value> {
    let tap = std::env::current_exe()?.with_file_name("tap");
    let tapped = TappedBrowser::write(&bench.path(""), &tap, browser)?;
    let mut config = bench.config("wire")?;
    config.executable = Some(tapped.program.clone());
    let client = Client::builder().config(config).build()?;
    client.initialize().await?;
    let to_code = tapped.meter();
    bench.link(&client).await?;
    let events = client.events();
    let to = bench.people[0].as_str();
    client.send_message(to, "warm up").await?;
    tokio::time::sleep(SILENCE).await;

    bench.sim.put_acks(json!({"server_ms": null, "delivered_ms": null, "read_ms": null})).await?;
    let mut sends = Vec::new();
    for n in 0..SAMPLES {
        let before = tapped.meter();
        client.send_message(to, format!("cdp-{n}")).until(SendUntil::Queued).await?;
        tokio::time::sleep(SILENCE).await;
        sends.push(tapped.meter().since(before));
    }
    bench.sim.put_acks(json!({"server_ms": 0, "delivered_ms": 0, "read_ms": 0})).await?;
    let before = tapped.meter();
    client.send_message(to, "cdp-acks").until(SendUntil::Read).await?;
    tokio::time::sleep(SILENCE).await;
    let with_acks = tapped.meter().since(before);
    let before = tapped.meter();
    bench.sim.text(&bench.people[1], "cdp inbound").await?;
    seen(
        &events,
        1,
        |event| matches!(event, Event::Message(message) if message.body.as_deref() == Some("cdp inbound")),
    )
    .await?;
    tokio::time::sleep(SILENCE).await;
    let inbound = tapped.meter().since(before);
    acks(bench).await?;
    client.shutdown().await;
    Ok(json!({
        "debugger_messages_to_first_qr": to_code.json(),
        "debugger_messages_per_send": {"without_acks": middle(sends).json(), "with_three_acks": with_acks.json()},
        "debugger_messages_per_inbound": inbound.json(),
    }))
}

fn middle(mut counts: Vec<Meter>) -> Meter {
    counts.sort_by_key(|meter| (meter.commands, meter.received, meter.bytes_in));
    counts[counts.len() / 2]
}
