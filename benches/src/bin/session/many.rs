//! Several sessions in one process.

use std::time::Instant;

use serde_json::{Value, json};
use wa_client::Client;

use crate::figures::{ms, rounded};
use crate::processes::{browsers, cpu_ms, memory, own_cpu_ms, own_rss_mib};
use crate::{Bench, Fallible, SETTLING};

/// Each is linked first; what is measured is the start of all from stored data, and what they need when nothing happens.
pub(crate) async fn measure(bench: &Bench) -> Fallible<Value> {
    let most = bench.amount.sessions.iter().copied().max().unwrap_or_default();
    for n in 0..most {
        let client = bench.client(&name(n))?;
        client.initialize().await?;
        let qr = client.qr_code().await.ok_or("there is no code")?;
        bench.sim.scan_with(json!({"qr": qr.payload, "phone": (5_511_900_000_100 + n).to_string()})).await?;
        client.wait_ready().await?;
        client.shutdown().await;
    }
    let mut figures = Vec::new();
    for count in bench.amount.sessions {
        figures.push(together(bench, *count).await?);
    }
    Ok(json!({"many_sessions": summary(&figures), "sessions": figures}))
}

/// The most at once, and what each adds to the first.
fn summary(figures: &[Value]) -> Value {
    let Some((one, most)) = figures.first().zip(figures.last()) else { return Value::Null };
    let value = |of: &Value, at: &str| of.pointer(at).and_then(Value::as_f64).unwrap_or(f64::NAN);
    let further = value(most, "/sessions") - value(one, "/sessions");
    let each = |at: &str| rounded((value(most, at) - value(one, at)) / further);
    json!({
        "sessions": most["sessions"], "all_ready_ms": most["all_ready_ms"],
        "each_further": {
            "host_rss_mib": each("/host_rss_mib"), "chromium_pss_mib": each("/chromium_pss/mib"),
            "idle_cpu_ms_per_second": {
                "host": each("/idle_cpu_ms_per_second/host"), "chromium": each("/idle_cpu_ms_per_second/chromium"),
            },
        },
    })
}

fn name(n: usize) -> String {
    format!("one-of-many-{n}")
}

async fn together(bench: &Bench, count: usize) -> Fallible<Value> {
    let clients: Vec<Client> = (0..count).map(|n| bench.client(&name(n))).collect::<Fallible<_>>()?;
    let start = Instant::now();
    let starting: Vec<_> = clients
        .iter()
        .map(|client| {
            let client = client.clone();
            tokio::spawn(async move {
                client.initialize().await?;
                client.wait_ready().await
            })
        })
        .collect();
    for started in starting {
        started.await??;
    }
    let ready = start.elapsed();
    tokio::time::sleep(SETTLING).await;
    let pids = browsers();
    let (host, chromium) = (own_cpu_ms(), cpu_ms(&pids));
    tokio::time::sleep(SETTLING).await;
    let per_second = |now: f64, then: f64| rounded((now - then) / SETTLING.as_secs_f64());
    let idle = json!({"host": per_second(own_cpu_ms(), host), "chromium": per_second(cpu_ms(&pids), chromium)});
    let figures = json!({
        "sessions": count, "all_ready_ms": ms(ready), "host_rss_mib": own_rss_mib(), "chromium_pss": memory(&pids),
        "idle_cpu_ms_per_second": idle,
    });
    for client in clients {
        client.shutdown().await;
    }
    Ok(figures)
}
