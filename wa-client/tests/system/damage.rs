//! Files of the session directory that a crash of the machine has cut off or changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use wa_client::Event;

use crate::host::{stored_session, works_without_a_code};
use crate::row::Trial;
use crate::support::{Events, Rig, leak};
use crate::{FRIEND, is_ready};

/// What happens to the bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Damage {
    /// Nothing is left of it.
    Emptied,
    /// The second half is missing.
    CutOff,
    /// Every bit of its middle is the other way round.
    Flipped,
}

const ALL: [Damage; 3] = [Damage::Emptied, Damage::CutOff, Damage::Flipped];

impl Damage {
    fn strike(self, file: &Path) {
        let mut bytes = fs::read(file).expect("a file of the profile");
        let middle = bytes.len() / 2;
        match self {
            Self::Emptied => bytes.clear(),
            Self::CutOff => bytes.truncate(middle),
            Self::Flipped => {
                let half = bytes.len() / 4;
                bytes[middle - half..middle + half].iter_mut().for_each(|byte| *byte = !*byte);
            }
        }
        fs::write(file, bytes).expect("the file can be written");
    }
}

/// The files under a directory whose path ends so.
fn files(directory: &Path, wanted: impl Fn(&str) -> bool + Copy) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("a directory").flatten() {
        let (kind, path) = (entry.file_type().expect("a kind"), entry.path());
        if kind.is_dir() {
            found.extend(files(&path, wanted));
        } else if kind.is_file() && wanted(&path.to_string_lossy()) {
            found.push(path);
        }
    }
    found
}

/// Where the page keeps its login.
const LOGIN: [&str; 2] = ["/Local Storage/", "/IndexedDB/"];
/// Our own files.
const OURS: &str = "/wa-client.";

fn copy(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    assert!(Command::new("cp").arg("-a").args([from, to]).status().expect("cp").success());
}

/// For each kind of damage, a start from the same stored session with the files that are `wanted` damaged.
async fn starts_in_spite_of_it(name: &str, wanted: impl Fn(&str) -> bool + Copy) {
    let rig = Rig::start().await;
    stored_session(&rig).await;
    let (profile, pristine) = (rig.profile(), rig.config.session_path.join("pristine"));
    copy(&profile, &pristine);
    let mut trial = Trial::of(name, &rig.config, None);
    for damage in ALL {
        copy(&pristine, &profile);
        let struck = files(&profile, wanted);
        assert!(!struck.is_empty(), "there are such files");
        struck.iter().for_each(|file| damage.strike(file));
        trial.healed();
        let (client, mut events) = works_without_a_code(&rig).await;
        assert_eq!(events.count("reconnecting"), 0, "{damage:?}");
        rig.sim.text(FRIEND, "heard").await.unwrap();
        events.wait("a message", |event| matches!(event, Event::Message(_))).await;
        client.shutdown().await;
    }
    trial.call("starts");
    trial.over("itself");
    trial.settle();
}

#[tokio::test]
async fn damage_to_what_the_browser_can_do_without_is_not_seen() {
    starts_in_spite_of_it("browser_files_damaged", |path| {
        !LOGIN.iter().any(|login| path.contains(login)) && !path.contains(OURS)
    })
    .await;
}

#[tokio::test]
async fn damage_to_our_own_files_costs_no_login() {
    starts_in_spite_of_it("own_files_damaged", |path| path.contains(OURS)).await;
}

/// One half of the login is of no use without the other.
async fn says_that_the_login_is_lost(name: &str, part: &str, damages: &[Damage]) {
    let rig = Rig::start().await;
    stored_session(&rig).await;
    let (profile, pristine) = (rig.profile(), rig.config.session_path.join("pristine"));
    copy(&profile, &pristine);
    let mut done = None;
    for damage in damages {
        copy(&pristine, &profile);
        files(&profile, |path| path.contains(part)).iter().for_each(|file| damage.strike(file));
        let client = rig.client();
        let mut events = Events::of(&client);
        let mut trial = Trial::of(name, &rig.config, Some(&mut events));
        client.initialize().await.expect("it starts");
        events.wait("auth_failure", |event| matches!(event, Event::AuthFailure(_))).await;
        events.wait("qr", |event| matches!(event, Event::Qr(_))).await;
        trial.look(&mut events);
        trial.call("starts");
        let qr = client.qr_code().await.expect("a code");
        leak::secret("QR payload", &qr.payload);
        trial.healed();
        rig.sim.scan(&qr.payload).await.expect("the phone accepts the code");
        events.wait("ready", is_ready).await;
        assert_eq!(events.count("reconnecting"), 0, "{damage:?}");
        client.send_message(FRIEND, "linked again").await.expect("a message goes out");
        trial.over("a scan");
        trial.lost("the link, events of the time without it");
        client.shutdown().await;
        done = Some(trial);
    }
    done.expect("damage was done").settle();
}

#[tokio::test]
async fn damage_to_the_pages_storage_is_told_as_the_loss_of_the_link() {
    says_that_the_login_is_lost("login_storage_damaged", LOGIN[0], &ALL).await;
}

#[tokio::test]
async fn damage_to_the_pages_database_is_told_as_the_loss_of_the_link() {
    says_that_the_login_is_lost("login_database_damaged", LOGIN[1], &ALL[..2]).await;
}
