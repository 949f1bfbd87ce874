//! The session directory: private, and used by one owner at a time.
//!
//! It is the browser's profile, plus two files of ours: the lock and the state file. The lock is an advisory lock of the
//! kernel, which ends with its owner whatever happens; the text in the file only tells who that is. The browser's own
//! lock is not enough: some builds have none, and one that names another host stops every start after a container was
//! replaced.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, kill_process_group};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use super::in_use::is_in_use;
use super::private;
use super::proc::{boot, group_runs, runs, started};
use crate::error::{Error, ErrorKind};

const LOCK: &str = "wa-client.lock";
const STATE: &str = "wa-client.json";
/// What the browser leaves in its profile while it runs. They are links, and the last points out of the profile.
const SINGLETONS: &[&str] = &["SingletonLock", "SingletonCookie", "SingletonSocket"];

/// A browser whose host has died ends by itself within a second; this is ample.
const ORPHAN_GRACE: Duration = Duration::from_secs(5);
const ORPHAN_CHECK: Duration = Duration::from_millis(25);

/// The largest state file; what is written is a third of it at most.
const MAX_STATE: u64 = 16 << 20;

/// A session directory, locked by us until this is dropped.
#[derive(Debug)]
pub(crate) struct SessionDir {
    path: PathBuf,
    lock: File,
}

/// What is in the state file of a session directory; `None` when there is none. For the owner of the directory.
pub(crate) fn read_state(session_dir: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(session_dir.join(STATE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        result => result?,
    };
    let mut content = Vec::new();
    file.take(MAX_STATE + 1).read_to_end(&mut content)?;
    if content.len() as u64 > MAX_STATE { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(Some(content)) }
}

/// Replaces the state file: afterwards it holds either the former or the new content, never a part. For the owner of the
/// directory.
pub(crate) fn write_state(session_dir: &Path, content: &[u8]) -> io::Result<()> {
    let fresh = session_dir.join(format!("{STATE}.new"));
    let mut file = private_file(&fresh, |options| options.truncate(true))?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&fresh, session_dir.join(STATE))
}

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Owner {
    host: String,
    pid: i32,
    /// When the process started, in clock ticks since boot; tells a process from a later one with the same id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    started: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    boot: Option<String>,
    /// The browser that it has started, once it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    browser: Option<Orphan>,
}

/// A browser whose owner is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Orphan {
    /// Also the id of its group.
    pid: i32,
    started: u64,
}

impl SessionDir {
    /// Makes the directory when it is missing, makes it private, and locks it.
    ///
    /// # Errors
    /// `profile_locked` when a live owner holds it, `session_corrupt` when it cannot be used, `browser_launch` when the disk is
    /// full.
    pub(crate) async fn open(path: &Path) -> Result<Self, Error> {
        let give_up = Instant::now() + ORPHAN_GRACE;
        let session = loop {
            match Self::lock(path)? {
                Ok(session) => break session,
                // One that was killed is gone before its last thread is, and with that its lock.
                Err(Some(owner)) if owner.host == host() && !owner.alive() && Instant::now() < give_up => {
                    sleep(ORPHAN_CHECK).await;
                }
                Err(owner) => return Err(locked(owner.as_ref())),
            }
        };
        let orphan = read_owner(&session.lock).and_then(Owner::orphan);
        session.write_owner(&Owner::me()).map_err(|error| unusable(path, error))?;
        if let Some(orphan) = orphan {
            orphan.end().await;
        }
        session.clear_browser_lock().await?;
        Ok(session)
    }

    /// Whoever comes after us may end this browser when we are gone.
    pub(super) fn note_browser(&self, pid: i32) -> io::Result<()> {
        let browser = started(pid).map(|started| Orphan { pid, started });
        self.write_owner(&Owner { browser, ..Owner::me() })
    }

    /// The directory.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Deletes everything in the session directory, and the directory. Only for a browser that has ended.
    pub(crate) fn remove(self) -> io::Result<()> {
        // The lock file goes last: while anything is left, nobody else can start in here.
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            if entry.file_name() == LOCK {
                continue;
            }
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
        fs::remove_file(self.path.join(LOCK))?;
        match fs::remove_dir(&self.path) {
            // The next owner was quick.
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
            result => result,
        }
    }

    /// The inner error: somebody else has it, and who that is as far as it is known.
    fn lock(path: &Path) -> Result<Result<Self, Option<Owner>>, Error> {
        let fail = |error| unusable(path, error);
        loop {
            private::directory(path).map_err(fail)?;
            let path = path.canonicalize().map_err(fail)?;
            let file = path.join(LOCK);
            let lock = private_file(&file, |options| options.read(true).truncate(false)).map_err(fail)?;
            match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {}
                Err(rustix::io::Errno::WOULDBLOCK) => return Ok(Err(read_owner(&lock))),
                Err(error) => return Err(fail(error.into())),
            }
            // A former owner may have removed file and directory between our opening and locking it.
            let ours = lock.metadata().map_err(fail)?;
            if file.metadata().is_ok_and(|now| now.ino() == ours.ino() && now.dev() == ours.dev()) {
                let owner = read_owner(&lock);
                // Some shared file systems grant every lock. A live owner of this host is a live owner all the same.
                if let Some(owner) = owner.filter(|owner| owner.pid != Owner::me().pid && owner.alive()) {
                    return Ok(Err(Some(owner)));
                }
                return Ok(Ok(Self { path, lock }));
            }
        }
    }

    fn write_owner(&self, owner: &Owner) -> io::Result<()> {
        let mut lock = &self.lock;
        lock.set_len(0)?;
        lock.rewind()?;
        serde_json::to_writer(lock, owner)?;
        lock.flush()
    }

    /// Removes what a browser left that did not end in order. We hold our lock, so a live one is an orphan on its way out,
    /// or was started by a stranger.
    async fn clear_browser_lock(&self) -> Result<(), Error> {
        let Some(owner) = self.browser_owner() else { return Ok(()) };
        let give_up = Instant::now() + ORPHAN_GRACE;
        while owner.host == host() && browser_alive(owner.pid, &self.path) {
            if Instant::now() >= give_up {
                return Err(locked(Some(&owner)));
            }
            sleep(ORPHAN_CHECK).await;
        }
        // Its process cannot be looked for. A name alone may be that of a container which was replaced.
        if owner.host != host() && is_in_use(&self.path) {
            return Err(locked(Some(&owner)));
        }
        self.remove_browser_lock().map_err(|error| unusable(&self.path, error))
    }

    /// The owner in the browser's own lock, a link to `host-pid`.
    fn browser_owner(&self) -> Option<Owner> {
        let target = fs::read_link(self.path.join("SingletonLock")).ok()?;
        let (host, pid) = target.to_str()?.rsplit_once('-')?;
        Some(Owner { host: host.to_owned(), pid: pid.parse().ok()?, started: None, boot: None, browser: None })
    }

    /// Removes the browser's own lock, and the directory its socket was in. Only when that browser is gone.
    pub(super) fn remove_browser_lock(&self) -> io::Result<()> {
        let socket = fs::read_link(self.path.join("SingletonSocket")).ok();
        if let Some(directory) =
            socket.as_deref().and_then(Path::parent).filter(|directory| is_socket_directory(directory))
        {
            match fs::remove_dir_all(directory) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::debug!(error = %error.kind(), "the browser's socket directory stays");
                }
                _ => {}
            }
        }
        for name in SINGLETONS {
            match fs::remove_file(self.path.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Drop for SessionDir {
    fn drop(&mut self) {
        // Else its text would name an owner that is none any more.
        let _ = self.lock.set_len(0);
        // Closing the file is not enough: a program that is just being started elsewhere in this process has a copy of it
        // for a moment.
        let _ = flock(&self.lock, FlockOperation::Unlock);
    }
}

impl Owner {
    fn me() -> Self {
        let pid = rustix::process::getpid().as_raw_nonzero().get();
        Self { host: host(), pid, started: started(pid), boot: boot(), browser: None }
    }

    /// The browser that was left, by an owner that is known to be gone. After a restart of the machine its id is another's.
    fn orphan(self) -> Option<Orphan> {
        self.browser.filter(|_| self.host == host() && self.boot.is_some() && self.boot == boot())
    }

    /// False when it is certain that the process is gone, or when nothing can be known about it.
    fn alive(&self) -> bool {
        self.host == host()
            && (self.boot.is_none() || self.boot == boot())
            && runs(self.pid)
            && (self.started.is_none() || self.started == started(self.pid))
    }
}

impl Orphan {
    fn runs(&self) -> bool {
        runs(self.pid) && started(self.pid) == Some(self.started)
    }

    /// It ends by itself as soon as it sees that its owner is gone; one that stands still or hangs does not see it.
    async fn end(self) {
        let grace = Instant::now() + ORPHAN_GRACE;
        while self.runs() && Instant::now() < grace {
            sleep(ORPHAN_CHECK).await;
        }
        let Some(group) = Pid::from_raw(self.pid).filter(|_| self.runs()) else { return };
        tracing::warn!(pid = self.pid, "a browser whose owner is gone does not end; sending SIGKILL");
        let _ = kill_process_group(group, Signal::KILL);
        let gone = Instant::now() + ORPHAN_GRACE;
        while group_runs(group) && Instant::now() < gone {
            sleep(ORPHAN_CHECK).await;
        }
    }
}

fn read_owner(mut lock: &File) -> Option<Owner> {
    let mut text = String::new();
    lock.rewind().ok()?;
    lock.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn private_file(path: &Path, options: impl FnOnce(&mut OpenOptions) -> &mut OpenOptions) -> io::Result<File> {
    let mut base = OpenOptions::new();
    let file = options(base.write(true).create(true).mode(0o600).custom_flags(private::NO_LINK)).open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Whether this process is a browser on this profile. Where command lines cannot be read, any live process counts.
fn browser_alive(pid: i32, profile: &Path) -> bool {
    if !runs(pid) {
        return false;
    }
    let Ok(command) = fs::read(format!("/proc/{pid}/cmdline")) else { return !Path::new("/proc/self").exists() };
    let profile = profile.as_os_str().as_encoded_bytes();
    command.windows(profile.len()).any(|window| window == profile)
}

/// Chromium puts its socket into a directory of its own in the directory for temporary files.
fn is_socket_directory(directory: &Path) -> bool {
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    ["org.chromium.Chromium.", "com.google.Chrome.", "com.microsoft.Edge."]
        .iter()
        .any(|prefix| name.trim_start_matches('.').starts_with(prefix))
}

fn locked(owner: Option<&Owner>) -> Error {
    let by = owner.map_or("another process".to_owned(), |owner| format!("process {} on {}", owner.pid, owner.host));
    Error::new(ErrorKind::ProfileLocked, "launch", format!("the session directory is in use by {by}"))
}

fn unusable(path: &Path, error: io::Error) -> Error {
    // What is there is in order, and there may be room again by the next attempt.
    let full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    Error::new(
        if full { ErrorKind::BrowserLaunch } else { ErrorKind::SessionCorrupt },
        "launch",
        // Its own name is that of the session, which may be a number.
        format!("cannot use a session directory in {}: {error}", path.parent().unwrap_or(path).display()),
    )
    .with_source(error)
}

#[cfg(test)]
mod tests {
    use std::fs::DirBuilder;
    use std::os::unix::fs::{DirBuilderExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    /// The id of a process that has ended and was waited for.
    fn dead_pid() -> i32 {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        child.id().try_into().unwrap()
    }

    async fn open(path: &Path) -> Result<SessionDir, Error> {
        SessionDir::open(path).await
    }

    #[tokio::test]
    async fn directory_and_files_are_private() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("session-a");
        DirBuilder::new().mode(0o755).create(&path).unwrap();
        let session = open(&path).await.unwrap();
        write_state(session.path(), b"{}").unwrap();
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join(LOCK)), 0o600);
        assert_eq!(mode(&path.join(STATE)), 0o600);
        assert_eq!(read_state(session.path()).unwrap().unwrap(), b"{}");
        File::create(path.join(STATE)).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(read_state(session.path()).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }

    #[tokio::test]
    async fn second_owner_learns_who_the_first_is() {
        let parent = tempfile::tempdir().unwrap();
        let first = open(parent.path()).await.unwrap();
        let error = open(parent.path()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ProfileLocked);
        let me = Owner::me();
        assert!(error.message().contains(&format!("process {} on {}", me.pid, me.host)), "{error}");
        drop(first);
        open(parent.path()).await.unwrap();
    }

    #[tokio::test]
    async fn a_lock_of_a_dead_process_or_another_host_is_stale() {
        let parent = tempfile::tempdir().unwrap();
        let me = Owner::me();
        let stale = [
            Owner { pid: dead_pid(), ..me.clone() },
            Owner { host: "elsewhere".to_owned(), pid: 1, ..me.clone() },
            Owner { pid: 1, started: Some(u64::MAX), ..me.clone() },
            Owner { pid: 1, started: started(1), boot: Some("former".to_owned()), ..me.clone() },
        ];
        for owner in stale {
            fs::write(parent.path().join(LOCK), serde_json::to_vec(&owner).unwrap()).unwrap();
            open(parent.path()).await.unwrap_or_else(|error| panic!("{owner:?}: {error}"));
        }
        let alive = Owner { pid: 1, started: started(1), ..me };
        fs::write(parent.path().join(LOCK), serde_json::to_vec(&alive).unwrap()).unwrap();
        assert_eq!(open(parent.path()).await.unwrap_err().kind(), ErrorKind::ProfileLocked);
    }

    /// Nobody has waited for it yet, as under a supervisor that does not.
    #[tokio::test]
    async fn an_owner_that_has_ended_but_is_in_the_table_of_processes_is_dead() {
        let parent = tempfile::tempdir().unwrap();
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        let pid = child.id().try_into().unwrap();
        let owner = Owner { pid, started: started(pid), ..Owner::me() };
        fs::write(parent.path().join(LOCK), serde_json::to_vec(&owner).unwrap()).unwrap();
        assert_eq!(open(parent.path()).await.unwrap_err().kind(), ErrorKind::ProfileLocked);
        child.kill().unwrap();
        while runs(pid) {
            tokio::task::yield_now().await;
        }
        assert!(started(pid).is_some(), "nobody has waited for it");
        open(parent.path()).await.unwrap();
        child.wait().unwrap();
    }

    #[tokio::test]
    async fn a_lock_whose_owner_has_just_ended_is_waited_for() {
        let parent = tempfile::tempdir().unwrap();
        let owner = Owner { pid: dead_pid(), ..Owner::me() };
        fs::write(parent.path().join(LOCK), serde_json::to_vec(&owner).unwrap()).unwrap();
        let held = File::open(parent.path().join(LOCK)).unwrap();
        flock(&held, FlockOperation::NonBlockingLockExclusive).unwrap();
        let mut opening = Box::pin(open(parent.path()));
        assert!(futures::poll!(&mut opening).is_pending());
        drop(held);
        opening.await.unwrap();
    }

    #[tokio::test]
    async fn what_a_dead_browser_left_is_cleared() {
        for (host, pid) in [(host(), dead_pid()), ("elsewhere".to_owned(), 1), (host(), 1)] {
            let parent = tempfile::tempdir().unwrap();
            let sockets = parent.path().join("org.chromium.Chromium.AbCdEf");
            let path = parent.path().join("session-a");
            fs::create_dir_all(&path).unwrap();
            fs::create_dir_all(&sockets).unwrap();
            symlink(format!("{host}-{pid}"), path.join("SingletonLock")).unwrap();
            symlink(sockets.join("SingletonSocket"), path.join("SingletonSocket")).unwrap();
            symlink("17", path.join("SingletonCookie")).unwrap();
            let _session = open(&path).await.unwrap();
            for name in SINGLETONS {
                assert!(path.join(name).symlink_metadata().is_err(), "{name} is left");
            }
            assert!(!sockets.exists());
        }
    }

    #[tokio::test]
    async fn only_the_browsers_own_socket_directory_is_removed() {
        let parent = tempfile::tempdir().unwrap();
        let strange = parent.path().join("precious");
        let path = parent.path().join("session-a");
        fs::create_dir_all(&path).unwrap();
        fs::create_dir_all(&strange).unwrap();
        symlink(format!("{}-{}", host(), dead_pid()), path.join("SingletonLock")).unwrap();
        symlink(strange.join("SingletonSocket"), path.join("SingletonSocket")).unwrap();
        let _session = open(&path).await.unwrap();
        assert!(strange.exists());
    }

    #[tokio::test]
    async fn remove_leaves_nothing_and_the_next_owner_starts_afresh() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("session-a");
        let session = open(&path).await.unwrap();
        fs::create_dir_all(path.join("Default/Local Storage")).unwrap();
        write_state(session.path(), b"{}").unwrap();
        session.remove().unwrap();
        assert!(!path.exists());
        assert!(read_state(open(&path).await.unwrap().path()).unwrap().is_none());
    }
}
