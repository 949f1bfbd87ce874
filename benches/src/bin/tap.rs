//! A browser with a meter at its debugging pipe: `tap <file> <browser> <arguments…>`.
//!
//! Stands between a client and Chromium, passes everything on as it is, and keeps in the file how many messages and bytes went
//! each way: `commands`, `received`, `bytes_out`, `bytes_in`, four little-endian 64-bit numbers. A file beside it, with the
//! extension `methods`, has a line for each command: its method. It knows nothing of the library, so what it counts is what is
//! on the wire.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::thread;

use command_fds::{CommandFdExt as _, FdMapping};
use serde_json::Value;

/// What Chromium reads from and writes to with `--remote-debugging-pipe`.
const COMMANDS: i32 = 3;
const ANSWERS: i32 = 4;

fn main() -> io::Result<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let usage = || io::Error::other("usage: tap <file> <browser> <arguments…>");
    let file = PathBuf::from(arguments.next().ok_or_else(usage)?);
    let counts = File::options().create(true).truncate(false).write(true).open(&file)?;
    let methods = File::options().create(true).append(true).open(file.with_extension("methods"))?;
    let mut browser = Command::new(arguments.next().ok_or_else(usage)?);
    let (commands, to_browser) = io::pipe()?;
    let (from_browser, answers) = io::pipe()?;
    let mappings = vec![
        FdMapping { parent_fd: commands.into(), child_fd: COMMANDS },
        FdMapping { parent_fd: answers.into(), child_fd: ANSWERS },
    ];
    let mut child = browser.args(arguments).fd_mappings(mappings).map_err(io::Error::other)?.spawn()?;
    // Holds the browser's ends of the pipes.
    drop(browser);
    let (from_client, to_client) = (File::open(fd(COMMANDS))?, File::options().write(true).open(fd(ANSWERS))?);
    let both = counts.try_clone()?;
    thread::spawn(move || {
        pass_on(from_client, to_browser, &both, 0, Some(Methods { file: methods, begun: Vec::new() }))
    });
    thread::spawn(move || pass_on(from_browser, to_client, &counts, 8, None));
    let status = child.wait()?;
    Ok(ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)))
}

/// A descriptor that we were started with, opened anew.
fn fd(number: i32) -> String {
    format!("/proc/self/fd/{number}")
}

/// Counts before it passes on, so that whoever has seen a message finds it counted.
fn pass_on(
    mut from: impl Read,
    mut to: impl Write,
    counts: &File,
    at: u64,
    mut methods: Option<Methods>,
) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 16];
    let (mut messages, mut bytes) = (0u64, 0u64);
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        messages += buffer[..read].iter().filter(|byte| **byte == 0).count() as u64;
        bytes += read as u64;
        if let Some(methods) = &mut methods {
            methods.note(&buffer[..read])?;
        }
        counts.write_all_at(&messages.to_le_bytes(), at)?;
        counts.write_all_at(&bytes.to_le_bytes(), at + 16)?;
        to.write_all(&buffer[..read])?;
    }
}

/// Writes down the methods of messages.
struct Methods {
    file: File,
    /// A message whose end has not come yet.
    begun: Vec<u8>,
}

impl Methods {
    fn note(&mut self, bytes: &[u8]) -> io::Result<()> {
        for piece in bytes.split_inclusive(|byte| *byte == 0) {
            self.begun.extend_from_slice(piece);
            if self.begun.pop_if(|last| *last == 0).is_some() {
                let message: Value = serde_json::from_slice(&self.begun)?;
                self.begun.clear();
                writeln!(self.file, "{}", message["method"].as_str().unwrap_or_default())?;
            }
        }
        Ok(())
    }
}
