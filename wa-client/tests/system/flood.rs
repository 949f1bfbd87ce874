//! Thousands of messages arrive while the session is being restored.

use std::collections::BTreeMap;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;
use tokio::time::{Instant, timeout_at};
use wa_client::Event;

use crate::row::Trial;
use crate::support::{Rig, processes};
use crate::{FRIEND, is_ready};

/// While there is no browser, and while it comes back.
const EACH: usize = 2500;
/// How long all of them may take.
const LIMIT: Duration = Duration::from_secs(90);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_thousand_messages_during_recovery_arrive_once_each() {
    let mut rig = Rig::start().await;
    // Two events a message. How fast this machine lets us read is not what is tested.
    rig.config.event_queue = 4 * 2 * EACH;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (client, mut events) = rig.ready_and_stored().await;
    let mut trial = Trial::of("flood", &rig.config, Some(&mut events));
    let mark = rig.sim.mark().await.unwrap();
    processes::signal(rig.browser(), Signal::KILL);
    // From here on the server keeps what comes.
    rig.sim.wait_event(&["page.disconnected"], mark, |_| true, LIMIT).await.expect("the server sees it");
    let queued = rig.sim.messages(json!({"from": FRIEND, "body": "queued {i}", "count": EACH})).await.unwrap();
    let flowing = json!({"from": FRIEND, "body": "flowing {i}", "count": EACH, "interval_ms": 1});
    let sim = rig.sim.clone();
    let flowing = tokio::spawn(async move { sim.messages(flowing).await });
    trial.healed();
    let deadline = Instant::now() + LIMIT;
    let mut heard: BTreeMap<String, u32> = BTreeMap::new();
    while heard.len() < 2 * EACH {
        let next = timeout_at(deadline, events.next()).await;
        let envelope = next.unwrap_or_else(|_| panic!("{} messages were heard", heard.len())).expect("it goes on");
        assert!(!matches!(envelope.event, Event::Lagged(_)), "they fit into the queue");
        if let Event::Message(message) = &envelope.event {
            *heard.entry(message.key.as_str().to_owned()).or_default() += 1;
        }
    }
    trial.over("itself");
    trial.look(&mut events);
    let flowing = flowing.await.unwrap().unwrap();
    let sent: BTreeMap<String, u32> =
        queued.messages.iter().chain(&flowing.messages).map(|message| (message.key.clone(), 1)).collect();
    assert!(heard == sent, "each once, and no other");
    if events.count("ready") < 3 {
        events.wait("ready", is_ready).await;
    }
    client.send_message(FRIEND, "afterwards").await.unwrap();
    assert_eq!(events.count("message"), 2 * EACH, "none is told again");
    rig.stop(client).await;
    trial.settle();
}
