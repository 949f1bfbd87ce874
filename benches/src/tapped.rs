//! A browser whose debugging pipe goes through the program `tap`, and what that has counted.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// A program to be started as the browser.
pub struct TappedBrowser {
    /// What a session is to start.
    pub program: PathBuf,
    counts: PathBuf,
}

impl TappedBrowser {
    /// Writes the program that starts `browser` behind `tap`; what is counted is kept beside it.
    ///
    /// # Errors
    /// When the directory cannot be written to.
    pub fn write(directory: &Path, tap: &Path, browser: &Path) -> io::Result<Self> {
        let (program, counts) = (directory.join("tapped-browser"), directory.join("counts"));
        let script =
            format!("#!/bin/sh\nexec '{}' '{}' '{}' \"$@\"\n", tap.display(), counts.display(), browser.display());
        fs::write(&program, script)?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
        Ok(Self { program, counts })
    }

    /// What was counted until now; nothing before the browser runs.
    pub fn meter(&self) -> Meter {
        let bytes = fs::read(&self.counts).unwrap_or_default();
        let mut counts = [0; 4];
        for (count, bytes) in counts.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *count = u64::from_le_bytes(*bytes);
        }
        let [commands, received, bytes_out, bytes_in] = counts;
        Meter { commands, received, bytes_out, bytes_in }
    }

    /// The methods of the commands until now, in their order.
    pub fn methods(&self) -> Vec<String> {
        let names = fs::read_to_string(self.counts.with_extension("methods")).unwrap_or_default();
        names.lines().map(str::to_owned).collect()
    }
}

/// Messages and bytes at the debugging pipe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meter {
    /// Messages to the browser.
    pub commands: u64,
    /// Messages from the browser.
    pub received: u64,
    /// Bytes to the browser.
    pub bytes_out: u64,
    /// Bytes from the browser.
    pub bytes_in: u64,
}

impl Meter {
    /// What came after `before`.
    pub fn since(self, before: Self) -> Self {
        Self {
            commands: self.commands.saturating_sub(before.commands),
            received: self.received.saturating_sub(before.received),
            bytes_out: self.bytes_out.saturating_sub(before.bytes_out),
            bytes_in: self.bytes_in.saturating_sub(before.bytes_in),
        }
    }

    /// For a report.
    pub fn json(self) -> Value {
        let Self { commands, received, bytes_out, bytes_in } = self;
        json!({"commands": commands, "received": received, "bytes_out": bytes_out, "bytes_in": bytes_in})
    }
}
