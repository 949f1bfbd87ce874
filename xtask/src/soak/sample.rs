//! What a process and its browser use, as the system tells it.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// One look at everything.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Sample {
    /// Seconds since the run began.
    pub(crate) at: f64,
    pub(crate) values: [f64; FIGURES.len()],
}

/// What is sampled: name in the summary, heading, unit.
pub(crate) const FIGURES: [(&str, &str, &str); 6] = [
    ("hostRss", "Host, resident memory", "MiB"),
    ("browserRss", "Browser, resident memory of all processes", "MiB"),
    ("hostThreads", "Host, threads", ""),
    ("hostDescriptors", "Host, file descriptors", ""),
    ("browserProcesses", "Browser, processes", ""),
    ("temporaryFiles", "Temporary files", ""),
];

const KIB_PER_MIB: f64 = 1024.0;

/// Looks at the process `host`, at the browser that works in `data`, and at the files in `temporary`. `None` when the process
/// has ended.
pub(crate) fn take(host: u32, data: &Path, temporary: &Path, elapsed: Duration) -> Option<Sample> {
    let status = fs::read_to_string(format!("/proc/{host}/status")).ok()?;
    let browser = browser(host, data);
    // A sum of nothing would be minus zero.
    let rss = browser.iter().filter_map(|pid| resident(*pid)).fold(0.0, |all, rss| all + rss);
    let descriptors = fs::read_dir(format!("/proc/{host}/fd")).ok()?.count();
    let values = [
        field(&status, "VmRSS:")? / KIB_PER_MIB,
        rss / KIB_PER_MIB,
        field(&status, "Threads:")?,
        count(descriptors),
        count(browser.len()),
        count(files(temporary)),
    ];
    Some(Sample { at: elapsed.as_secs_f64(), values })
}

fn count(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

fn field(status: &str, name: &str) -> Option<f64> {
    status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

fn resident(pid: u32) -> Option<f64> {
    field(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?, "VmRSS:")
}

/// Descendants of the host, and whatever else works on its data: what was left behind has another parent.
fn browser(host: u32, data: &Path) -> HashSet<u32> {
    let data = data.as_os_str().as_encoded_bytes();
    let all: Vec<u32> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    let parents: Vec<(u32, u32)> = all.iter().filter_map(|pid| Some((*pid, parent(*pid)?))).collect();
    let works_on_it = |pid: &u32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let browser = line.windows(16).any(|part| part == b"--user-data-dir=");
        browser && line.windows(data.len()).any(|part| part == data)
    };
    let mut found: HashSet<u32> = all.iter().copied().filter(|pid| *pid != host && works_on_it(pid)).collect();
    loop {
        let more: Vec<u32> = parents
            .iter()
            .filter(|(pid, parent)| (*parent == host || found.contains(parent)) && !found.contains(pid))
            .map(|(pid, _)| *pid)
            .collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name is in parentheses and may hold anything.
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// Files and directories below a directory.
fn files(directory: &Path) -> usize {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .map(|entry| 1 + if entry.file_type().is_ok_and(|kind| kind.is_dir()) { files(&entry.path()) } else { 0 })
        .sum()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_process_its_children_and_its_files_are_seen() {
        let temporary = std::env::temp_dir().join(format!("xtask-sample-{}", std::process::id()));
        fs::create_dir_all(temporary.join("below")).unwrap();
        fs::write(temporary.join("below/file"), "").unwrap();
        let ours = std::process::id();
        let before = take(ours, &temporary, &temporary, Duration::from_secs(7)).unwrap();
        let mut child = Command::new("sh").args(["-c", "read -r _"]).stdin(Stdio::piped()).spawn().unwrap();
        let after = take(ours, &temporary, &temporary, Duration::from_secs(8)).unwrap();
        let value = |sample: &Sample, name: &str| {
            sample.values[FIGURES.iter().position(|(figure, ..)| *figure == name).unwrap()]
        };
        assert_eq!((before.at, value(&before, "temporaryFiles")), (7.0, 2.0));
        assert!(value(&before, "hostRss") > 0.5 && value(&before, "hostThreads") >= 1.0);
        assert!(value(&after, "browserProcesses") >= 1.0 && value(&after, "browserRss") > 0.0);
        assert!(browser(ours, &temporary).contains(&child.id()));
        drop(child.stdin.take());
        child.wait().unwrap();
        assert!(!browser(ours, &temporary).contains(&child.id()));
        assert_eq!(take(child.id(), &temporary, &temporary, Duration::ZERO), None);
        fs::remove_dir_all(temporary).unwrap();
    }
}
