//! Keeps a session and does what `session --through` tells it, in Rust, the measure for the other languages (`borders/session.*`).

use std::collections::HashSet;
use std::io::stdin;
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};
use tokio::time::timeout;
use wa_client::{Client, Config, Event, EventStream, SendUntil};

/// How long messages may take to arrive, all of them.
const PATIENCE: Duration = Duration::from_secs(120);

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> Fallible<()> {
    let base = std::env::args().nth(1).ok_or("usage: subject <address of wa-sim>")?;
    let settings = json!({"pageUrl": format!("{base}/"), "pacing": null, "eventQueue": 50_000});
    let client = Client::builder().config(Config::from_json(&settings.to_string())?).build()?;
    client.initialize().await?;
    println!("{}", json!(client.qr_code().await.ok_or("there is no code")?.payload));
    client.wait_ready().await?;
    println!("ready");
    for order in stdin().lines() {
        let order = order?;
        match order.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["send", prefix, count, until, to] => {
                let until = if *until == "queued" { SendUntil::Queued } else { SendUntil::Server };
                println!("{}", json!(send(&client, prefix, count.parse()?, until, to).await?));
            }
            ["receive", prefix, count] => {
                let events = client.events();
                println!("listening");
                let (mut seen, mut bodies) = (Vec::new(), HashSet::new());
                let receiving = receive(&events, prefix, count.parse()?, &mut seen, &mut bodies);
                // What came until then is told all the same.
                let _ = timeout(PATIENCE, receiving).await;
                println!("{}", Value::from(seen));
            }
            _ => return Err("an unknown order".into()),
        }
    }
    client.shutdown().await;
    Ok(())
}

async fn send(
    client: &Client,
    prefix: &str,
    count: usize,
    until: SendUntil,
    to: &str,
) -> Result<Vec<f64>, wa_client::Error> {
    let mut times = Vec::with_capacity(count);
    for n in 0..count {
        let start = Instant::now();
        client.send_message(to, format!("{prefix}{n}")).until(until).await?;
        times.push(start.elapsed().as_secs_f64() * 1e6);
    }
    Ok(times)
}

async fn receive(
    events: &EventStream,
    prefix: &str,
    count: usize,
    seen: &mut Vec<Value>,
    bodies: &mut HashSet<String>,
) {
    while bodies.len() < count
        && let Some(envelope) = events.next().await
    {
        if let Event::Message(message) = &envelope.event
            && let Some(body) = message.body.as_ref().filter(|body| body.starts_with(prefix))
        {
            let at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            seen.push(json!([body, at.as_micros() as u64]));
            bodies.insert(body.clone());
        }
    }
}
