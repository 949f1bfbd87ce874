//! What the operating system says of processes (Linux).

use std::collections::HashMap;
use std::fs;

use serde_json::{Value, json};

use crate::figures::rounded;

/// A process and all that it started, by number.
fn tree(root: u32) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    for pid in entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()) {
        if let Some(parent) = field(pid, 1).and_then(|parent| u32::try_from(parent).ok()) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut tree = vec![root];
    let mut next = 0;
    while let Some(pid) = tree.get(next) {
        tree.extend(children.remove(pid).unwrap_or_default());
        next += 1;
    }
    tree
}

/// The browsers of this process, helpers and all.
pub(crate) fn browsers() -> Vec<u32> {
    browsers_of(std::process::id())
}

/// Those of the process that keeps the session.
pub(crate) fn browsers_of(host: u32) -> Vec<u32> {
    tree(host).split_off(1)
}

/// What they have in memory, shared pages by share.
pub(crate) fn memory(pids: &[u32]) -> Value {
    let kb = |pid: &u32| {
        let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
        rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?.trim().trim_end_matches(" kB").parse::<f64>().ok()
    };
    let sizes: Vec<f64> = pids.iter().filter_map(kb).collect();
    json!({"mib": rounded(sizes.iter().sum::<f64>() / 1024.0), "processes": sizes.len()})
}

/// The memory of this process.
pub(crate) fn own_rss_mib() -> f64 {
    rss_mib(std::process::id())
}

pub(crate) fn rss_mib(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    rounded(line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(f64::NAN) / 1024.0)
}

/// The processor time so far, in milliseconds: unlike wall time it hardly depends on what else the machine does.
pub(crate) fn cpu_ms(pids: &[u32]) -> f64 {
    let ticks = |pid: &u32| Some(field(*pid, 11)? + field(*pid, 12)?);
    pids.iter().filter_map(ticks).sum::<u64>() as f64 * 1e3 / TICKS_A_SECOND
}

pub(crate) fn own_cpu_ms() -> f64 {
    cpu_ms(&[std::process::id()])
}

/// The same on every Linux that programs can see (`USER_HZ`).
const TICKS_A_SECOND: f64 = 100.0;

/// A field of `/proc/<pid>/stat`, counted from the state.
fn field(pid: u32, number: usize) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(number)?.parse().ok()
}
