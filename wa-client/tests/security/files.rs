//! Who may read what is stored: nobody else.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use wa_client::{Client, Config, ErrorKind};

use crate::bench::{Bench, stop};

/// Everything below a directory, itself included; links are not followed.
fn tree(path: &Path, found: &mut Vec<PathBuf>) {
    // A browser at work removes files again.
    let Ok(metadata) = path.symlink_metadata() else { return };
    found.push(path.to_owned());
    if metadata.is_dir() {
        for entry in fs::read_dir(path).into_iter().flatten().flatten() {
            tree(&entry.path(), found);
        }
    }
}

/// What more than its owner may do something with. A link has no rights of its own.
fn open_to_others(root: &Path) -> (usize, Vec<String>) {
    let mut all = Vec::new();
    tree(root, &mut all);
    let wrong = |path: &PathBuf| {
        let metadata = path.symlink_metadata().ok()?;
        let mode = metadata.permissions().mode() & 0o7777;
        let right = metadata.is_symlink() || mode & 0o077 == 0;
        (!right).then(|| format!("{mode:o} {}", path.display()))
    };
    (all.len(), all.iter().filter_map(wrong).collect())
}

/// A whole life under an umask, looked at while the browser runs and after its end.
async fn everything_is_private_under(umask: &str) {
    let bench = Bench::start().await;
    let shell = format!("umask {umask}");
    // As the umask says, so that the test sees what the library does itself.
    let witness = bench.run(&format!("{shell}; mkdir sessions; : >sessions/witness"), &[], &["--version"]);
    assert!(witness.end().await.0.success());
    let mode = |path: &Path| path.metadata().expect("it is there").permissions().mode() & 0o777;
    let mask = u32::from_str_radix(umask, 8).expect("octal");
    assert_eq!(mode(&bench.home().join("sessions/witness")), 0o666 & !mask, "the umask is what it should be");

    bench.link(&shell, &[]).await;
    let listen = bench.listen(&shell, &[]).await;
    let (seen, wrong) = open_to_others(&bench.profile());
    assert!(seen > 50, "a profile in use, not {seen} files");
    assert!(wrong.is_empty(), "while the browser runs:\n{}", wrong.join("\n"));
    for lock in ["wa-client.lock", "wa-client.json"] {
        assert_eq!(mode(&bench.profile().join(lock)), 0o600, "{lock}");
    }
    // The browser's own lock leads to a socket in a directory elsewhere.
    let socket = fs::read_link(bench.profile().join("SingletonSocket")).expect("a browser that runs has one");
    assert_eq!(mode(socket.parent().expect("a directory")), 0o700);
    stop(listen).await;
    let (seen, wrong) = open_to_others(&bench.profile());
    assert!(seen > 50, "a profile that stays, not {seen} files");
    assert!(wrong.is_empty(), "after the end:\n{}", wrong.join("\n"));
    assert_eq!(mode(&bench.profile()), 0o700);
}

#[tokio::test]
async fn what_is_stored_is_private_under_an_umask_that_hides_nothing() {
    everything_is_private_under("000").await;
}

#[tokio::test]
async fn what_is_stored_is_private_under_the_usual_umask() {
    everything_is_private_under("022").await;
}

async fn refusal(directory: &Path) -> wa_client::Error {
    let mut config = Config::default();
    config.session_path = directory.to_owned();
    // Nobody gets as far as asking for it.
    config.page_url = "http://127.0.0.1:9/".to_owned();
    let client = Client::builder().config(config).build().expect("a valid configuration");
    let error = client.initialize().await.expect_err("it must not start in there");
    client.shutdown().await;
    error
}

#[tokio::test]
async fn a_session_directory_that_is_a_link_is_refused() {
    let home = tempfile::tempdir().expect("a directory");
    let elsewhere = home.path().join("elsewhere");
    fs::create_dir(&elsewhere).expect("a directory");
    fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o755)).expect("its rights");
    symlink(&elsewhere, home.path().join("session-default")).expect("a link");
    let error = refusal(home.path()).await;
    assert_eq!(error.kind(), ErrorKind::SessionCorrupt);
    assert!(error.message().contains("symbolic link"), "{error}");
    assert_eq!(elsewhere.metadata().expect("it is there").mode() & 0o777, 0o755, "nothing was changed there");
    assert_eq!(fs::read_dir(&elsewhere).expect("a directory").count(), 0, "nothing was written there");
}

#[tokio::test]
async fn a_lock_file_that_is_a_link_is_not_followed() {
    let home = tempfile::tempdir().expect("a directory");
    let target = home.path().join("precious");
    fs::write(&target, "precious").expect("a file");
    fs::create_dir(home.path().join("session-default")).expect("a directory");
    symlink(&target, home.path().join("session-default/wa-client.lock")).expect("a link");
    assert_eq!(refusal(home.path()).await.kind(), ErrorKind::SessionCorrupt);
    assert_eq!(fs::read_to_string(&target).expect("it is there"), "precious");
}

#[tokio::test]
async fn a_session_directory_of_another_user_is_refused() {
    // Only root can make one.
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let home = tempfile::tempdir().expect("a directory");
    let directory = home.path().join("session-default");
    fs::create_dir(&directory).expect("a directory");
    std::os::unix::fs::chown(&directory, Some(65534), Some(65534)).expect("another owner");
    let error = refusal(home.path()).await;
    assert_eq!(error.kind(), ErrorKind::SessionCorrupt);
    assert!(error.message().contains("belongs to user 65534"), "{error}");
    assert_eq!(fs::read_dir(&directory).expect("a directory").count(), 0, "nothing was written there");
}
