//! The file system of the session directory: read-only, or full.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use wa_client::{ConnectionStatus, ErrorKind, Event};

use crate::host::{stored_session, works_without_a_code};
use crate::row::Trial;
use crate::support::{Events, PATIENCE, Rig, processes};
use crate::{FRIEND, is_ready};

/// A small file system of its own, gone with the test.
struct Disk {
    path: PathBuf,
}

impl Disk {
    /// Where the rig keeps its sessions; `None` where mounting is not allowed.
    fn under(rig: &mut Rig) -> Option<Self> {
        let path = rig.config.session_path.join("disk");
        fs::create_dir(&path).expect("a directory");
        if !mount(&["-t", "tmpfs", "-o", "size=96m", "tmpfs"], &path) {
            eprintln!("SKIPPED: a file system cannot be mounted here");
            return None;
        }
        rig.config.session_path.clone_from(&path);
        Some(Self { path })
    }

    fn remount(&self, how: &str) {
        assert!(mount(&["-o", &format!("remount,{how}")], &self.path), "it can be mounted {how}");
    }

    /// Not a byte is left.
    fn fill(&self) {
        let mut file = OpenOptions::new().create(true).append(true).open(self.ballast()).expect("a file");
        let block = vec![1_u8; 1 << 16];
        for size in [block.len(), 4096, 1] {
            while file.write_all(&block[..size]).is_ok() {}
        }
    }

    fn make_room(&self) {
        fs::remove_file(self.ballast()).expect("room");
    }

    fn ballast(&self) -> PathBuf {
        self.path.join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.path).status();
    }
}

fn mount(options: &[&str], path: &Path) -> bool {
    Command::new("mount").args(options).arg(path).output().is_ok_and(|output| output.status.success())
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_is_named_at_once() {
    let mut rig = Rig::start().await;
    let Some(disk) = Disk::under(&mut rig) else { return };
    stored_session(&rig).await;
    disk.remount("ro");
    let client = rig.client();
    let mut events = Events::of(&client);
    let mut trial = Trial::of("read_only", &rig.config, Some(&mut events));
    let error = client.initialize().await.expect_err("it cannot be used");
    trial.told(&error);
    trial.look(&mut events);
    assert_eq!(error.kind(), ErrorKind::SessionCorrupt);
    assert!(error.message().contains("Read-only"), "{error}");
    assert!(client.connection_status().message.contains("Read-only"));
    assert_eq!(processes::browsers(&rig.profile()), Vec::<i32>::new());
    client.shutdown().await;
    disk.remount("rw");
    trial.healed();
    let (client, _events) = works_without_a_code(&rig).await;
    trial.over("`initialize`, once it can be written");
    client.shutdown().await;
    trial.settle();
}

#[tokio::test]
async fn a_start_on_a_full_disk_is_named_and_succeeds_when_there_is_room() {
    let mut rig = Rig::start().await;
    let Some(disk) = Disk::under(&mut rig) else { return };
    stored_session(&rig).await;
    rig.config.deadlines.start_browser = Duration::from_secs(5);
    rig.config.reconnect.slow_interval = Some(Duration::from_secs(2));
    disk.fill();
    let client = rig.client();
    let mut events = Events::of(&client);
    let mut trial = Trial::of("disk_full_at_start", &rig.config, Some(&mut events));
    let error = client.initialize().await.expect_err("there is no room");
    trial.look(&mut events);
    trial.told(&error);
    assert_eq!(error.kind(), ErrorKind::BrowserLaunch);
    assert!(error.message().contains("No space left"), "{error}");
    assert_eq!(processes::browsers(&rig.profile()), Vec::<i32>::new());
    trial.look(&mut events);
    disk.make_room();
    trial.healed();
    events.wait("ready", is_ready).await;
    assert_eq!(events.count("qr"), 0, "the account is still linked");
    client.send_message(FRIEND, "there is room").await.expect("a message goes out");
    trial.over("itself, with the next attempt");
    client.shutdown().await;
    trial.settle();
}

#[tokio::test]
async fn a_disk_that_fills_up_while_ready_stops_nothing_for_ever() {
    let mut rig = Rig::start().await;
    let Some(disk) = Disk::under(&mut rig) else { return };
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let (client, mut events) = rig.ready_and_stored().await;
    let mut trial = Trial::of("disk_full_while_ready", &rig.config, Some(&mut events));
    disk.fill();
    let text = |wanted: &'static str| move |event: &Event| matches!(event, Event::Message(message) if message.body.as_deref() == Some(wanted));
    rig.sim.text(FRIEND, "heard without room").await.unwrap();
    events.wait("a message", text("heard without room")).await;
    client.send_message(FRIEND, "sent without room").await.expect("a message goes out");
    trial.call("sent");
    assert_eq!(client.connection_status().status, ConnectionStatus::Ready);
    trial.look(&mut events);
    disk.make_room();
    trial.healed();
    client.send_message(FRIEND, "sent with room").await.expect("a message goes out");
    trial.over("itself");
    client.shutdown().await;
    let (client, mut events) = works_without_a_code(&rig).await;
    assert_eq!(events.count("message"), 0, "nothing is told twice");
    client.shutdown().await;
    trial.settle();
}

/// What was told must be remembered, or the next start tells it again.
#[tokio::test]
async fn a_list_of_reported_messages_that_could_not_be_stored_is_stored_later() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    let file = rig.config.session_dir().join("wa-client.json");
    // Where it is written first there is a pipe, which can be opened and written, but not brought to a disk.
    let first = file.with_extension("json.new");
    let made = Command::new("mkfifo").arg(&first).status().expect("mkfifo is installed");
    assert!(made.success());
    rig.sim.text(FRIEND, "heard").await.unwrap();
    let heard = events.wait("a message", |event| matches!(event, Event::Message(_))).await;
    let Event::Message(message) = &heard.event else { unreachable!("it was asked for") };
    let pipe = first.clone();
    // Ends when the writer has come and gone.
    let tried = tokio::task::spawn_blocking(move || fs::read(pipe));
    tokio::time::timeout(PATIENCE, tried).await.expect("it tries").unwrap().expect("a pipe");
    fs::remove_file(&first).unwrap();
    let stored = async {
        while !fs::read_to_string(&file).unwrap_or_default().contains(message.key.as_str()) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, stored).await.expect("it is stored");
    rig.stop(client).await;
}
