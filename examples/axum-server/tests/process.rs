//! The service as a process of its own: load, restart, and an end in order.

mod support;

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::json;
use support::process::{Running, command, processes_on};
use support::{PATIENCE, Rig, leak};

const FRIEND: &str = "5511988887777";
/// What is asked of the end.
const LIMIT: Duration = Duration::from_secs(10);

async fn rig() -> Rig {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND, "pushname": "name of a friend"}])).await.unwrap();
    rig
}

/// Lines of a log that hold what must not be in one.
fn leaks<'a>(lines: &'a [String], secrets: &[&str]) -> Vec<&'a String> {
    lines.iter().filter(|line| secrets.iter().any(|secret| line.contains(secret))).collect()
}

#[tokio::test]
async fn a_send_that_runs_when_the_signal_comes_is_finished_and_the_session_returns() {
    let rig = rig().await;
    let service = Running::start(&rig, &[("RUST_LOG", "debug")]).await;
    service.link(&rig).await;
    rig.sim.put_acks(json!({"server_ms": 1500})).await.unwrap();
    let since = rig.sim.mark().await.unwrap();
    let text = "sent while the lights go out";
    let http = service.http.clone();
    let send = tokio::spawn(async move { http.send(FRIEND, text).await });
    rig.sim.wait_event(&["message.received"], since, |_| true, PATIENCE).await.unwrap();
    let mut events = service.http.events("").await;
    let signalled = service.terminate();
    let sent = send.await.unwrap();
    assert_eq!(sent.message(), "Message sent successfully");
    while events.next().await.is_some() {}
    let ended = service.ended(signalled).await;
    println!("ended {:?} after the signal, with a send under way", ended.took);
    assert!(ended.status.success() && ended.took < LIMIT, "{} after {:?}: {:?}", ended.status, ended.took, ended.err);
    assert_eq!(processes_on(&rig.config.session_path), Vec::<String>::new());
    assert_eq!(rig.sim.outbox().await.unwrap().total, 1);

    // Each line is JSON; those of a request carry its id; none tells of people.
    let lines: Vec<serde_json::Value> = ended.out.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = lines.iter().find(|line| line["message"] == "message sent").expect("a line on the send");
    assert_eq!((&line["to"], line["id"].is_string()), (&json!("55*********77"), true));
    assert_eq!(line["span"]["name"], "request");
    let answered = lines.iter().find(|line| line["message"] == "answered" && line["span"]["route"] == "/whatsapp/send");
    assert_eq!(answered.expect("a line on the answer")["span"]["id"], sent.header("x-request-id"));
    let token = axum_server::Auth::new(support::SECRET.as_bytes()).issue(Duration::from_secs(1)).unwrap();
    let header = token.split('.').next().unwrap();
    let secrets = [text, FRIEND, "5511900000001", "name of a friend", "wa.me/settings", header, support::SECRET];
    assert_eq!(leaks(&ended.out, &secrets), Vec::<&String>::new());
    assert_eq!(ended.err, Vec::<String>::new());

    rig.sim.put_acks(json!({"server_ms": 0})).await.unwrap();
    let service = Running::start(&rig, &[]).await;
    let mut events = service.http.events("?after=0").await;
    let seen = events.until("ready").await;
    assert!(seen.iter().all(|event| event.topic != "whatsapp.qr"), "a restored session shows no code");
    service.http.send(FRIEND, "the lights are on again").await.data();
    let ended = service.stop().await;
    assert!(ended.status.success() && ended.took < LIMIT);
}

#[tokio::test]
async fn a_send_that_cannot_finish_does_not_keep_the_process() {
    let rig = rig().await;
    let service = Running::start(&rig, &[]).await;
    service.link(&rig).await;
    rig.sim.put_acks(json!({"server_ms": null})).await.unwrap();
    let since = rig.sim.mark().await.unwrap();
    let http = service.http.clone();
    let send = tokio::spawn(async move { http.send(FRIEND, "never confirmed").await });
    rig.sim.wait_event(&["message.received"], since, |_| true, PATIENCE).await.unwrap();
    let signalled = service.terminate();
    let answer = send.await.unwrap();
    let error = answer.json()["error"].clone();
    assert_eq!((answer.status, &error["maybeSent"]), (503, &json!(true)), "{error}");
    assert_eq!(error["id"], rig.sim.outbox().await.unwrap().messages[0].id);
    let ended = service.ended(signalled).await;
    println!("ended {:?} after the signal, with a send that never ends", ended.took);
    assert!(ended.status.success() && ended.took < LIMIT, "{} after {:?}", ended.status, ended.took);
    assert_eq!(processes_on(&rig.config.session_path), Vec::<String>::new());
}

#[tokio::test]
async fn a_signal_while_the_session_starts_counts() {
    let rig = rig().await;
    let service = Running::start(&rig, &[]).await;
    let ended = service.stop().await;
    assert!(ended.status.success() && ended.took < LIMIT, "{} after {:?}", ended.status, ended.took);
    assert_eq!(processes_on(&rig.config.session_path), Vec::<String>::new());
}

#[tokio::test]
async fn without_a_secret_the_terminal_shows_a_token_and_the_log_does_not() {
    let rig = rig().await;
    let mut command = command(&rig.config.session_path);
    command.env("CHROME_PATH", "/nonexistent/browser").env("RUST_LOG", "trace");
    let service = Running::spawn(command, "nothing").await;
    service.http.get("/whatsapp/status").await.failure(401, "unauthorized");
    let ended = service.stop().await;
    let token = ended.err.last().expect("a token");
    assert_eq!(token.split('.').count(), 3, "{:?}", ended.err);
    assert_eq!(leaks(&ended.out, &[token]), Vec::<&String>::new());
    assert!(ended.status.success());
}

#[tokio::test]
async fn the_documentation_draws_itself_under_its_policy() {
    let rig = rig().await;
    let service = Running::start(&rig, &[("CHROME_PATH", "/nonexistent/browser")]).await;
    let profile = tempfile::tempdir().unwrap();
    let browser = std::env::var("CHROME_PATH").unwrap_or_else(|_| "chromium".into());
    let mut command = tokio::process::Command::new(browser);
    command
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--virtual-time-budget=10000"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(["--dump-dom", &format!("{}/docs/", service.http.base())])
        .kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await.expect("it ends in time").expect("a browser");
    let (page, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    for route in ["/whatsapp/send", "/whatsapp/events", "/readyz"] {
        assert!(page.contains(&format!("data-path=\"{route}\"")), "no {route}: {page}");
    }
    assert!(!said.contains("Content Security Policy"), "{said}");
    assert!(service.stop().await.status.success());
}

#[tokio::test]
async fn an_argument_starts_nothing() {
    let directory = tempfile::tempdir().unwrap();
    for (argument, code) in [("--help", 0), ("--port", 2)] {
        let output = command(directory.path()).arg(argument).output().await.unwrap();
        assert_eq!(output.status.code(), Some(code), "{argument}");
        let said = if code == 0 { output.stdout } else { output.stderr };
        assert!(String::from_utf8_lossy(&said).starts_with("usage: "), "{argument}");
    }
}

#[tokio::test]
async fn a_setting_that_makes_no_sense_ends_the_start_and_is_named() {
    let directory = tempfile::tempdir().unwrap();
    for (name, value) in [("PORT", "many"), ("WHATSAPP_JWT_SECRET", "short"), ("WHATSAPP_LOG_FORMAT", "xml")] {
        let output = command(directory.path()).env(name, value).output().await.unwrap();
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(&format!("{name}: ")) && !said.contains("short"), "{said}");
    }
    let output = command(directory.path()).env("HOST", "0.0.0.0").output().await.unwrap();
    assert!(
        !output.status.success() && String::from_utf8(output.stderr).unwrap().contains("WHATSAPP_JWT_SECRET: needed")
    );
}

/// Latencies of as many calls at once, sorted.
async fn at_once(service: &Running, count: usize, routes: &'static [&'static str]) -> Vec<Duration> {
    let calls = (0..count).map(|n| {
        let http = service.http.clone();
        tokio::spawn(async move {
            let started = Instant::now();
            http.get(routes[n % routes.len()]).await.data();
            started.elapsed()
        })
    });
    let mut took: Vec<_> = join_all(calls.collect::<Vec<_>>()).await.into_iter().map(Result::unwrap).collect();
    took.sort();
    took
}

#[tokio::test]
async fn fifty_sends_and_two_hundred_reads_at_once_lose_nothing() {
    const READS: &[&str] =
        &["/whatsapp/status", "/whatsapp/connection-status", "/whatsapp/is-authenticated", "/whatsapp/qr"];
    let rig = rig().await;
    let number = |chat: usize| format!("55119888877{chat:02}");
    rig.sim.accounts((0..10).map(|chat| json!({"number": number(chat)})).collect::<Vec<_>>()).await.unwrap();
    leak::secret("phone number", &number(1));
    let service = Running::start(&rig, &[]).await;
    service.link(&rig).await;
    let idle = at_once(&service, 200, &["/healthz"]).await;
    let sends = (0..50).map(|n| {
        let (http, to) = (service.http.clone(), number(n % 10));
        tokio::spawn(async move { http.send(&to, &format!("m-{n}")).await.data()["id"].clone() })
    });
    let sends: Vec<_> = sends.collect();
    let took = at_once(&service, 200, READS).await;
    let mut ids: Vec<_> = join_all(sends).await.into_iter().map(|id| id.unwrap().to_string()).collect();
    for (what, took) in [("200 health checks at once", &idle), ("200 reads at once beside 50 sends", &took)] {
        println!("{what}: median {:?}, p99 {:?}, longest {:?}", took[100], took[197], took[199]);
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 50);
    let summary = rig.sim.outbox_summary("m-").await.unwrap();
    assert_eq!((summary.total, summary.distinct_bodies, summary.wire_repeats), (50, 50, 0));
    let metrics = service.http.get("/metrics").await.text;
    assert!(metrics.contains("whatsapp_messages_sent_total 50\n"), "{metrics}");
    assert!(service.stop().await.status.success());
}
