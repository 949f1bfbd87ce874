//! The cache and the page fail at the same time.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::time::timeout;
use wa_client::Event;

use crate::redis::RedisServer;
use crate::row::Trial;
use crate::support::{Events, PATIENCE, Rig, processes};
use crate::{FRIEND, is_ready};

async fn status_in(redis: &RedisServer) -> String {
    let text = redis.cli(&["GET", "cache:whatsapp:status"]).await;
    let json: Value = serde_json::from_str(&text).unwrap_or_default();
    json["status"].as_str().unwrap_or_default().to_owned()
}

async fn until_status_is(redis: &RedisServer, wanted: &str) {
    let there = async { while status_in(redis).await != wanted {} };
    timeout(PATIENCE, there).await.expect("the status is in the cache");
}

async fn rig_with(redis: &RedisServer) -> Rig {
    let mut rig = Rig::start().await;
    rig.config.redis_url = Some(format!("redis://127.0.0.1:{}/0", redis.port()).into());
    // A busy machine is no outage.
    rig.config.cache_timeout = Duration::from_secs(5);
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    rig
}

/// The session gets on without the cache, and says once that the cache fails.
async fn recovers_without_the_cache(rig: &Rig, client: &wa_client::Client, events: &mut Events, trial: &mut Trial) {
    rig.sim.text(FRIEND, "meanwhile").await.unwrap();
    events.wait("ready", is_ready).await;
    client.send_message(FRIEND, "without a cache").await.expect("a message goes out");
    trial.over("itself");
    let heard = |events: &mut Events| events.count("message") > 0;
    if !heard(events) {
        events.wait("the message", |event| matches!(event, Event::Message(_))).await;
    }
    if events.count("cache_degraded") == 0 {
        events.wait("cache_degraded", |event| matches!(event, Event::CacheDegraded)).await;
    }
    trial.look(events);
}

#[tokio::test]
async fn a_browser_killed_while_redis_stands_still() {
    let redis = RedisServer::start().await;
    let rig = rig_with(&redis).await;
    let (client, mut events) = rig.ready_and_stored().await;
    until_status_is(&redis, "READY").await;
    let mut trial = Trial::of("redis_stopped_browser_killed", &rig.config, Some(&mut events));
    redis.freeze();
    processes::signal(rig.browser(), Signal::KILL);
    events.wait("disconnected", |event| matches!(event, Event::Disconnected(_))).await;
    trial.healed();
    recovers_without_the_cache(&rig, &client, &mut events, &mut trial).await;
    redis.thaw();
    // The last word is the present one, not one of those that could not be written.
    client.disconnect().await.unwrap();
    until_status_is(&redis, "DISCONNECTED").await;
    client.initialize().await.unwrap();
    until_status_is(&redis, "READY").await;
    assert_eq!(events.count("cache_degraded"), 1, "once for the outage");
    rig.stop(client).await;
    trial.settle();
}

#[tokio::test]
async fn a_page_reloaded_while_redis_is_gone() {
    let mut redis = RedisServer::start().await;
    let rig = rig_with(&redis).await;
    let (client, mut events) = rig.ready_and_stored().await;
    until_status_is(&redis, "READY").await;
    let mut trial = Trial::of("redis_gone_page_reloads", &rig.config, Some(&mut events));
    redis.stop().await;
    rig.sim.fault(json!({"kind": "reload"})).await.unwrap();
    let gone = |event: &Event| matches!(event, Event::ChangeState(change) if change.previous.to_string() == "READY");
    events.wait("the loss of the page", gone).await;
    trial.noticed();
    trial.healed();
    recovers_without_the_cache(&rig, &client, &mut events, &mut trial).await;
    // Empty, as after a crash: the present status is written without a change.
    redis.restart().await;
    until_status_is(&redis, "READY").await;
    assert_eq!(events.count("cache_degraded"), 1, "once for the outage");
    rig.stop(client).await;
    trial.settle();
}
