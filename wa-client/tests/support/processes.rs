//! What the operating system lets one do to a browser.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::time::timeout;

/// The command line of a process.
pub(crate) fn command_line(pid: i32) -> Vec<String> {
    let line = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    line.split_terminator('\0').map(str::to_owned).collect()
}

fn processes() -> Vec<i32> {
    let entries = fs::read_dir("/proc").expect("a table of processes").flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// The main processes of browsers that work on this profile. More than one is a defect.
pub(crate) fn browsers(profile: &Path) -> Vec<i32> {
    let wanted = format!("--user-data-dir={}", profile.display());
    let works_on_it = |pid: &i32| {
        let line = command_line(*pid);
        line.contains(&wanted) && !line.iter().any(|arg| arg.contains("--type="))
    };
    processes().into_iter().filter(works_on_it).collect()
}

/// What is behind the name in the table of processes: state, parent, group, …
fn stat(pid: i32) -> Vec<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().map(str::to_owned).collect()
}

/// All processes that a process has started, and those that they have.
pub(crate) fn descendants(of: i32) -> Vec<i32> {
    let parents: Vec<(i32, i32)> =
        processes().into_iter().filter_map(|pid| Some((pid, stat(pid).get(1)?.parse().ok()?))).collect();
    let mut found = vec![of];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        found.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| *pid));
        next += 1;
    }
    found.split_off(1)
}

/// All processes that have a text in their command line.
pub(crate) fn with_text(text: &str) -> Vec<i32> {
    processes().into_iter().filter(|pid| command_line(*pid).iter().any(|arg| arg.contains(text))).collect()
}

/// Waits until the processes have ended. Those that nobody waited for have ended as well.
pub(crate) async fn ended(processes: &[i32], patience: Duration) {
    let runs = |pid: &&i32| stat(**pid).first().is_some_and(|state| state != "Z");
    let all = async {
        while processes.iter().find(runs).is_some() {
            tokio::task::yield_now().await;
        }
    };
    timeout(patience, all).await.unwrap_or_else(|_| panic!("still there of {processes:?} after {patience:?}"));
}

/// All processes of the group that the browser leads.
pub(crate) fn group(browser: i32) -> Vec<i32> {
    let in_group = |pid: &i32| {
        let stat = stat(*pid);
        stat.get(2) == Some(&browser.to_string()) && stat[0] != "Z"
    };
    processes().into_iter().filter(in_group).collect()
}

/// The processes of pages. What the zygote makes has its whole command line in one piece.
pub(crate) fn renderers(browser: i32) -> Vec<i32> {
    let is_renderer = |pid: &i32| command_line(*pid).iter().any(|arg| arg.contains("--type=renderer"));
    let renderers: Vec<i32> = group(browser).into_iter().filter(is_renderer).collect();
    assert!(!renderers.is_empty(), "a page has a process");
    renderers
}

fn pid(pid: i32) -> Pid {
    Pid::from_raw(pid).expect("a process id")
}

/// Sends a signal to one process, which may have ended.
pub(crate) fn signal(process: i32, signal: Signal) {
    let _ = kill_process(pid(process), signal);
}

/// Sends a signal to the browser and all its helpers.
pub(crate) fn signal_group(browser: i32, signal: Signal) {
    let _ = kill_process_group(pid(browser), signal);
}

/// A browser behind two relays, so that its connection to us can be cut while it lives.
pub(crate) fn relayed_browser(directory: &Path) -> PathBuf {
    let browser = std::env::var("CHROME_PATH").unwrap_or_else(|_| "chromium".to_owned());
    let script = format!(
        "#!/bin/sh\n\
         d=$(mktemp -d '{0}/relay.XXXXXX') && mkfifo \"$d/commands\" \"$d/answers\" || exit 1\n\
         cat <&3 >\"$d/commands\" 4>&- &\n\
         cat <\"$d/answers\" >&4 3<&- &\n\
         exec '{browser}' \"$@\" 3<\"$d/commands\" 4>\"$d/answers\"\n",
        directory.display()
    );
    program(directory, "relayed-browser", &script)
}

/// Writes a program that can be started.
pub(crate) fn program(directory: &Path, name: &str, script: &str) -> PathBuf {
    let path = directory.join(name);
    fs::write(&path, script).expect("a script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a program");
    path
}

/// Ends the relay that carries the browser's answers.
pub(crate) fn cut_connection(browser: i32) {
    let carries_answers =
        |pid: &i32| fs::read_link(format!("/proc/{pid}/fd/0")).is_ok_and(|file| file.ends_with("answers"));
    let relays: Vec<i32> = group(browser).into_iter().filter(carries_answers).collect();
    assert_eq!(relays.len(), 1, "one relay of answers");
    signal(relays[0], Signal::KILL);
}
