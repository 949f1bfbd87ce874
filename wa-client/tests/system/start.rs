//! Chromium cannot be started, or not be used.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use wa_client::{Client, ConnectionStatus, Error, ErrorKind, Event};

use crate::row::Trial;
use crate::support::processes::{group, program};
use crate::support::{Events, Rig};

/// A browser that behaves as `script` says, and notes each of its starts.
fn fake(rig: &Rig, script: &str) -> PathBuf {
    let starts = starts_file(rig);
    program(
        &rig.config.session_path,
        "fake-browser",
        &format!("#!/bin/bash\nprintf '%s\\n' $$ >>'{}'\n{script}\n", starts.display()),
    )
}

fn starts_file(rig: &Rig) -> PathBuf {
    rig.config.session_path.join("starts")
}

/// The processes that were started as the browser.
fn starts(rig: &Rig) -> Vec<i32> {
    fs::read_to_string(starts_file(rig)).unwrap_or_default().lines().map(|pid| pid.parse().expect("a pid")).collect()
}

/// Puts the real browser in the place of the fake one.
fn mend(fake: &Path) {
    let real = std::env::var("CHROME_PATH").unwrap_or_else(|_| "chromium".to_owned());
    let directory = fake.parent().expect("a directory");
    let mended = program(directory, "mended-browser", &format!("#!/bin/sh\nexec '{real}' \"$@\"\n"));
    // At once: it may be started any moment.
    fs::rename(mended, fake).expect("another browser");
}

async fn fails(client: &Client) -> Error {
    client.initialize().await.expect_err("this cannot start")
}

/// The quick attempts are used up, and each was told.
async fn gives_up_slowly(name: &str, script: &str, said: &str) {
    let mut rig = Rig::start().await;
    rig.config.deadlines.start_browser = Duration::from_secs(2);
    // After the quick attempts, one more than the test waits for.
    rig.config.reconnect.slow_interval = Some(Duration::from_secs(2));
    let fake = fake(&rig, script);
    rig.config.executable = Some(fake.clone());
    let client = rig.client();
    let mut events = Events::of(&client);
    let mut trial = Trial::of(name, &rig.config, Some(&mut events));
    let error = fails(&client).await;
    trial.look(&mut events);
    trial.told(&error);
    assert_eq!(error.kind(), ErrorKind::BrowserLaunch);
    assert!(error.message().contains(said), "{error}");
    let quick = rig.config.reconnect.attempts.expect("a number") as usize;
    assert_eq!(starts(&rig).len(), quick + 1, "one start and the quick attempts");
    assert_eq!(events.count("reconnecting"), quick, "each attempt is told");
    for pid in starts(&rig) {
        assert_eq!(group(pid), Vec::<i32>::new(), "a process is left");
    }
    let snapshot = client.connection_status();
    assert_eq!(snapshot.status, ConnectionStatus::Disconnected);
    assert!(snapshot.message.contains(said), "{}", snapshot.message);
    trial.look(&mut events);
    trial.healed();
    mend(&fake);
    events.wait("qr", |event| matches!(event, Event::Qr(_))).await;
    trial.over("itself, with the next slow attempt");
    rig.stop(client).await;
    trial.settle();
}

#[tokio::test]
async fn a_browser_that_exits_is_named_with_what_it_wrote() {
    let script = "echo 'cannot open display or some such' >&2; exit 1";
    gives_up_slowly("browser_exits", script, "code 1; it wrote: cannot open display").await;
}

#[tokio::test]
async fn a_browser_that_dies_at_once_is_named_with_its_signal() {
    gives_up_slowly("browser_dies_at_once", "kill -SEGV $$", "signal 11").await;
}

#[tokio::test]
async fn a_browser_that_says_nothing_is_ended_by_the_deadline() {
    gives_up_slowly("browser_says_nothing", "exec sleep 600", "did not get ready in time").await;
}

/// It answers once, as a browser that works, and then no more.
#[tokio::test]
async fn a_browser_that_falls_silent_is_ended_by_the_deadline() {
    let script = format!("{}\nexec sleep 600", answer("156.0.8078.108"));
    gives_up_slowly("browser_falls_silent", &script, "did not get ready in time").await;
}

/// Answers one command, which asks for the version.
fn answer(version: &str) -> String {
    format!(
        "IFS= read -r -d '' command <&3; id=${{command#*'\"id\":'}}; id=${{id%%[,\\}}]*}}\n\
         printf '{{\"id\":%s,\"result\":{{\"product\":\"Chrome/{version}\",\"userAgent\":\"Chrome/{version}\"}}}}\\0' \"$id\" >&4"
    )
}

/// A start that only a person can mend.
async fn ends_at_once(name: &str, executable: impl FnOnce(&Rig) -> PathBuf, said: &str) {
    let mut rig = Rig::start().await;
    rig.config.executable = Some(executable(&rig));
    let client = rig.client();
    let mut events = Events::of(&client);
    let mut trial = Trial::of(name, &rig.config, Some(&mut events));
    let error = fails(&client).await;
    trial.told(&error);
    trial.look(&mut events);
    assert_eq!(error.kind(), ErrorKind::BrowserNotFound);
    assert!(error.message().contains(said), "{error}");
    let ended = |event: &Event| matches!(event, Event::Disconnected(data) if !data.will_retry);
    assert_eq!(events.so_far().iter().filter(|envelope| ended(&envelope.event)).count(), 1, "told once");
    assert!(client.connection_status().message.contains(said), "{}", client.connection_status().message);
    for pid in starts(&rig) {
        assert_eq!(group(pid), Vec::<i32>::new(), "a process is left");
    }
    let executable = rig.config.executable.clone().expect("it was set");
    fs::write(&executable, "").expect("a file in the place of the browser");
    trial.healed();
    mend(&executable);
    client.initialize().await.expect("it starts");
    trial.over("`initialize`, once there is one");
    rig.stop(client).await;
    trial.settle();
}

#[tokio::test]
async fn a_missing_browser_is_named_at_once() {
    ends_at_once("browser_missing", |rig| rig.config.session_path.join("not-there"), "not-there").await;
}

#[tokio::test]
async fn a_browser_that_is_too_old_is_named_at_once() {
    let script = format!("{}\nexec sleep 600", answer("90.0.4430.212"));
    ends_at_once("browser_too_old", |rig| fake(rig, &script), "too old").await;
}
