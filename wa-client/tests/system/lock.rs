//! The session's directory is in use, or looks as if it were.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Stdio;

use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;
use wa_client::{Client, ConnectionStatus, ErrorKind, Event};

use crate::host::{Host, stored_session, works_without_a_code};
use crate::row::Trial;
use crate::support::{Events, PATIENCE, Rig, processes};
use crate::{FRIEND, is_ready};

fn is_locked(event: &Event) -> bool {
    matches!(event, Event::Disconnected(data) if data.reason.code() == "profile_locked" && !data.will_retry)
}

/// The id of a process that has ended and was waited for.
fn dead_pid() -> u32 {
    let mut child = std::process::Command::new("true").spawn().expect("it starts");
    child.wait().expect("it ends");
    child.id()
}

/// What a browser leaves in its profile when it cannot clean up.
fn leave_browser_lock(profile: &Path, host: &str, pid: u32) {
    symlink(format!("{host}-{pid}"), profile.join("SingletonLock")).expect("a link");
    symlink("4711", profile.join("SingletonCookie")).expect("a link");
    let socket = profile.parent().expect("a directory").join("org.chromium.Chromium.AbCdEf/SingletonSocket");
    symlink(socket, profile.join("SingletonSocket")).expect("a link");
}

fn this_host() -> String {
    fs::read_to_string("/proc/sys/kernel/hostname").expect("a name").trim().to_owned()
}

/// The start fails at once and for good, and says who has the session.
async fn is_refused(client: &Client, events: &mut Events, trial: &mut Trial, owner: &str) {
    let error = client.initialize().await.expect_err("it is in use");
    trial.told(&error);
    events.wait("disconnected", is_locked).await;
    trial.look(events);
    assert_eq!(error.kind(), ErrorKind::ProfileLocked);
    assert!(error.message().contains(owner), "{error}");
}

/// The session is free again.
async fn starts_afterwards(rig: Rig, client: Client, mut events: Events, mut trial: Trial) {
    trial.healed();
    client.initialize().await.unwrap();
    events.wait("ready", is_ready).await;
    trial.over("`initialize`, once the other has ended");
    rig.stop(client).await;
    trial.settle();
}

#[tokio::test]
async fn a_second_client_is_told_at_once_who_has_the_session() {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (first, _) = rig.ready().await;
    let second = rig.client();
    let mut events = Events::of(&second);
    let mut trial = Trial::of("locked_here", &rig.config, Some(&mut events));
    is_refused(&second, &mut events, &mut trial, &format!("process {}", std::process::id())).await;
    assert_eq!(first.connection_status().status, ConnectionStatus::Ready);
    first.send_message(FRIEND, "undisturbed").await.unwrap();
    first.shutdown().await;
    starts_afterwards(rig, second, events, trial).await;
}

#[tokio::test]
async fn a_client_is_told_at_once_that_another_process_has_the_session() {
    let rig = Rig::start().await;
    stored_session(&rig).await;
    let mut host = Host::start(&rig);
    host.event("ready").await;
    let client = rig.client();
    let mut events = Events::of(&client);
    let mut trial = Trial::of("locked_elsewhere", &rig.config, Some(&mut events));
    is_refused(&client, &mut events, &mut trial, &format!("process {} on {}", host.program.pid(), this_host())).await;
    // The first goes on, and nothing else has started.
    rig.sim.text(FRIEND, "undisturbed").await.unwrap();
    host.event("message").await;
    assert_eq!(processes::browsers(&rig.profile()).len(), 1);
    host.program.signal(rustix::process::Signal::TERM);
    host.program.end().await;
    starts_afterwards(rig, client, events, trial).await;
}

#[tokio::test]
async fn locks_of_the_dead_stand_in_nobodys_way() {
    let rig = Rig::start().await;
    stored_session(&rig).await;
    let profile = rig.profile();
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    let owner = json!({"host": this_host(), "pid": dead_pid(), "started": 1, "boot": boot.trim(),
        "browser": {"pid": dead_pid(), "started": 2}});
    fs::write(profile.join("wa-client.lock"), owner.to_string()).unwrap();
    leave_browser_lock(&profile, &this_host(), dead_pid());
    let trial = Trial::of("locked_by_the_dead", &rig.config, None);
    starts(&rig, trial).await;
}

/// As after a container was replaced by one with another name.
#[tokio::test]
async fn a_lock_of_another_host_without_a_live_browser_stands_in_nobodys_way() {
    let rig = Rig::start().await;
    stored_session(&rig).await;
    let profile = rig.profile();
    let owner = json!({"host": "elsewhere", "pid": 1, "started": 1, "boot": "another"});
    fs::write(profile.join("wa-client.lock"), owner.to_string()).unwrap();
    // Here this is the id of a live process, which says nothing about the other host.
    leave_browser_lock(&profile, "elsewhere", 1);
    let trial = Trial::of("locked_by_another_host", &rig.config, None);
    starts(&rig, trial).await;
}

async fn starts(rig: &Rig, mut trial: Trial) {
    trial.healed();
    let (client, _events) = works_without_a_code(rig).await;
    trial.call("starts");
    trial.over("itself");
    client.shutdown().await;
    trial.settle();
}

/// A browser of somebody else, in a place with another host name, at work on the same directory.
struct Stranger(Child);

impl Stranger {
    /// `None` where this is not allowed.
    async fn start(rig: &Rig) -> Option<Self> {
        let browser = std::env::var("CHROME_PATH").unwrap_or_else(|_| "chromium".to_owned());
        let script = format!(
            "hostname elsewhere && exec '{browser}' --ozone-platform=headless --no-sandbox --no-first-run --disable-gpu \
             --remote-debugging-port=0 --user-data-dir='{}' about:blank",
            rig.profile().display()
        );
        let allowed =
            Command::new("unshare").args(["--uts", "true"]).status().await.is_ok_and(|status| status.success());
        if !allowed {
            return None;
        }
        let mut command = Command::new("unshare");
        command.args(["--uts", "sh", "-c", &script]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn().expect("it starts");
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let up =
            async { while !lines.next_line().await.expect("text").expect("it runs").contains("DevTools listening") {} };
        timeout(PATIENCE, up).await.expect("it comes up");
        tokio::spawn(async move { while lines.next_line().await.is_ok_and(|line| line.is_some()) {} });
        Some(Self(child))
    }
}

/// Its process cannot be seen from here; what it holds in the directory can.
#[tokio::test]
async fn a_live_browser_of_another_host_keeps_the_session() {
    let rig = Rig::start().await;
    stored_session(&rig).await;
    let Some(mut stranger) = Stranger::start(&rig).await else {
        eprintln!("SKIPPED: another host name cannot be had here (unshare --uts)");
        return;
    };
    let client = rig.client();
    let mut events = Events::of(&client);
    let mut trial = Trial::of("locked_by_a_live_browser_of_another_host", &rig.config, Some(&mut events));
    is_refused(&client, &mut events, &mut trial, "on elsewhere").await;
    assert!(stranger.0.try_wait().unwrap().is_none(), "the other browser goes on");
    stranger.0.kill().await.unwrap();
    starts_afterwards(rig, client, events, trial).await;
}
