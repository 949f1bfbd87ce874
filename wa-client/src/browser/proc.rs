//! What the system tells about processes.

use std::fs;

use rustix::process::{Pid, test_kill_process, test_kill_process_group};

/// The identity of this boot; process ids and start times mean nothing across two of them.
pub(super) fn boot() -> Option<String> {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").ok().map(|id| id.trim().to_owned())
}

/// When a process started, in clock ticks since boot.
pub(super) fn started(pid: i32) -> Option<u64> {
    // Field 22, the 20th behind the name.
    stat(pid)?.split_whitespace().nth(19)?.parse().ok()
}

/// Whether a process runs. One that has ended stays in the table of processes until somebody waits for it, which may be
/// never; it does not count.
pub(super) fn runs(pid: i32) -> bool {
    let Some(id) = Pid::from_raw(pid) else { return false };
    !matches!(test_kill_process(id), Err(rustix::io::Errno::SRCH))
        && !stat(pid).is_some_and(|stat| matches!(stat.split_whitespace().next(), Some("Z" | "X")))
}

/// Whether any process of the group still runs. Orphans that ended may stay in the table of processes for long when the
/// first process of a container does not wait for them; they do not count.
pub(super) fn group_runs(group: Pid) -> bool {
    if test_kill_process_group(group).is_err() {
        return false;
    }
    let Ok(processes) = fs::read_dir("/proc") else { return true };
    let wanted = group.as_raw_nonzero().to_string();
    processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter_map(stat).any(|stat| {
        let mut fields = stat.split_whitespace();
        let state = fields.next();
        fields.nth(1) == Some(&wanted) && !matches!(state, Some("Z" | "X"))
    })
}

/// `/proc/<pid>/stat` behind the name, which may hold anything: state, parent, group, …
fn stat(pid: i32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(stat.rsplit_once(')')?.1.to_owned())
}
