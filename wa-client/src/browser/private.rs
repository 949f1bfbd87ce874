//! Directories that are ours alone.

use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::OFlags;

/// The flag with which a file is opened that must not be a link.
pub(super) const NO_LINK: i32 = OFlags::NOFOLLOW.bits().cast_signed();

/// Makes the directory when it is missing, and makes it private.
///
/// # Errors
/// Also when it is a link, or belongs to another user: whoever prepared it could read or exchange what is put there.
pub(super) fn directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    if path.symlink_metadata()?.is_symlink() {
        return Err(refused("it is a symbolic link; give the directory that it names".to_owned()));
    }
    // What is looked at is what is changed, whatever happens to the name meanwhile.
    let directory = OpenOptions::new().read(true).custom_flags(NO_LINK).open(path)?;
    let metadata = directory.metadata()?;
    let (owner, me) = (metadata.uid(), rustix::process::geteuid().as_raw());
    if owner != me {
        return Err(refused(format!("it belongs to user {owner}, and this process runs as user {me}")));
    }
    // It may be older than us, and the umask may have taken too much.
    if metadata.mode() & 0o7777 != 0o700 {
        directory.set_permissions(Permissions::from_mode(0o700))?;
    }
    Ok(())
}

fn refused(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, why)
}
