//! Whether a browser works on a profile, told by the locks on its databases.
//!
//! Where the browser's process cannot be seen (it is in another container, or on another machine with the same disk), its
//! locks still can: the kernel, or the server of the disk, drops them with the process.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::path::Path;

use rustix::fs::{FlockOperation, fcntl_lock};

/// How deep below the profile the databases are.
const DEPTH: usize = 4;

/// Whether a database in this directory is locked by a live process other than this one.
pub(super) fn is_in_use(profile: &Path) -> bool {
    any_locked(profile, DEPTH)
}

fn any_locked(directory: &Path, depth: usize) -> bool {
    let Ok(entries) = fs::read_dir(directory) else { return false };
    entries.flatten().any(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => depth > 0 && any_locked(&entry.path(), depth - 1),
        Ok(kind) if kind.is_file() && entry.file_name() == OsStr::new("LOCK") => is_locked(&entry.path()),
        _ => false,
    })
}

/// Takes the lock for a moment: it goes with the file.
fn is_locked(path: &Path) -> bool {
    let Ok(file) = OpenOptions::new().write(true).open(path) else { return false };
    matches!(
        fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive),
        Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS)
    )
}
