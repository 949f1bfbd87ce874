//! What goes over the debugging protocol for a send, an acknowledgement and a message, counted by the program `tap` between the
//! library and the browser.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use wa_client::{Client, Event, SendUntil};

use crate::{Bench, Fallible, acks, seen};

const SAMPLES: usize = 10;
/// What may follow an answer is on the wire by then.
const SILENCE: Duration = Duration::from_millis(200);

pub(crate) async fn counts(bench: &Bench, browser: &Path) -> Fallible<Value> {
    let counts = bench.path("wire");
    let mut config = bench.config("wire")?;
    config.executable = Some(tapped(bench, browser, &counts)?);
    let client = Client::builder().config(config).build()?;
    let start = Meter::read(&counts);
    client.initialize().await?;
    let to_code = Meter::read(&counts).since(&start);
    bench.link(&client).await?;
    let events = client.events();
    let to = bench.people[0].as_str();
    client.send_message(to, "warm up").await?;
    tokio::time::sleep(SILENCE).await;

    bench.sim.put_acks(json!({"server_ms": null, "delivered_ms": null, "read_ms": null})).await?;
    let mut sends = Vec::new();
    for n in 0..SAMPLES {
        let before = Meter::read(&counts);
        client.send_message(to, format!("cdp-{n}")).until(SendUntil::Queued).await?;
        tokio::time::sleep(SILENCE).await;
        sends.push(Meter::read(&counts).since(&before));
    }
    bench.sim.put_acks(json!({"server_ms": 0, "delivered_ms": 0, "read_ms": 0})).await?;
    let before = Meter::read(&counts);
    client.send_message(to, "cdp-acks").until(SendUntil::Read).await?;
    tokio::time::sleep(SILENCE).await;
    let with_acks = Meter::read(&counts).since(&before);
    let before = Meter::read(&counts);
    bench.sim.text(&bench.people[1], "cdp inbound").await?;
    seen(
        &events,
        1,
        |event| matches!(event, Event::Message(message) if message.body.as_deref() == Some("cdp inbound")),
    )
    .await?;
    tokio::time::sleep(SILENCE).await;
    let inbound = Meter::read(&counts).since(&before);
    acks(bench).await?;
    client.shutdown().await;
    Ok(json!({
        "debugger_messages_to_first_qr": to_code.json(),
        "debugger_messages_per_send": {"without_acks": middle(sends).json(), "with_three_acks": with_acks.json()},
        "debugger_messages_per_inbound": inbound.json(),
    }))
}

/// The browser behind the meter.
fn tapped(bench: &Bench, browser: &Path, counts: &Path) -> Fallible<PathBuf> {
    let tap = std::env::current_exe()?.with_file_name("tap");
    let script = format!("#!/bin/sh\nexec '{}' '{}' '{}' \"$@\"\n", tap.display(), counts.display(), browser.display());
    let path = bench.path("tapped-browser");
    fs::write(&path, script)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    Ok(path)
}

/// Messages out and in, bytes out and in.
#[derive(Clone, Copy)]
struct Meter([u64; 4]);

impl Meter {
    fn read(file: &Path) -> Self {
        let bytes = fs::read(file).unwrap_or_default();
        let mut counts = [0; 4];
        for (count, bytes) in counts.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *count = u64::from_le_bytes(*bytes);
        }
        Self(counts)
    }

    fn since(self, before: &Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at].saturating_sub(before.0[at])))
    }

    fn json(self) -> Value {
        let [commands, received, bytes_out, bytes_in] = self.0;
        json!({"commands": commands, "received": received, "bytes_out": bytes_out, "bytes_in": bytes_in})
    }
}

fn middle(mut counts: Vec<Meter>) -> Meter {
    counts.sort_by_key(|meter| (meter.0[0], meter.0[1], meter.0[3]));
    counts[counts.len() / 2]
}
