//! What another user of the machine can do to a session: it is tried.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

use crate::bench::{Bench, stop};

/// The sockets that these processes hold.
fn sockets(pids: &[i32]) -> BTreeSet<String> {
    let links = pids.iter().filter_map(|pid| fs::read_dir(format!("/proc/{pid}/fd")).ok()).flatten().flatten();
    let inode = |link: std::path::PathBuf| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned());
    links.filter_map(|fd| inode(fs::read_link(fd.path()).ok()?)).collect()
}

/// Lines of the kernel's tables of sockets that wait for somebody to connect, or take whatever is sent.
fn open_ports(inodes: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    // State 0A: listens; 07: a datagram socket that is bound and connected to nobody.
    for (table, state) in [("tcp", "0A"), ("tcp6", "0A"), ("udp", "07"), ("udp6", "07")] {
        let text = fs::read_to_string(format!("/proc/net/{table}")).unwrap_or_default();
        let waits = |line: &&str| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            fields[3] == state && inodes.contains(fields[9])
        };
        found.extend(text.lines().skip(1).filter(waits).map(|line| format!("{table} {line}")));
    }
    found
}

#[tokio::test]
async fn nothing_of_a_session_can_be_connected_to() {
    let bench = Bench::start().await;
    bench.link("", &[]).await;
    let listen = bench.listen("", &[]).await;
    let mut pids = bench.browser_tree();
    pids.push(listen.pid());

    // What is looked for can be found: this very process has the simulator's port open.
    let own = i32::try_from(std::process::id()).expect("a pid");
    assert!(!open_ports(&sockets(&[own])).is_empty());
    assert!(!sockets(&pids).is_empty());
    assert_eq!(open_ports(&sockets(&pids)), Vec::<String>::new());

    for pid in bench.browser_tree() {
        let command = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        assert!(!command.contains("remote-debugging-port"), "{command}");
    }
    // A port for debugging would be written here.
    assert!(!bench.profile().join("DevToolsActivePort").exists());
    stop(listen).await;
}

/// Whether a line of shell succeeds, run by this user or by one who has nothing to do with us.
async fn succeeds(script: &str, arguments: &[&str], stranger: bool) -> bool {
    let mut command = if stranger {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", "sh"]);
        command
    } else {
        Command::new("sh")
    };
    command.args(["-c", script, "sh"]).args(arguments).current_dir("/");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().await.expect("it runs").success()
}

/// Lets others through to what is below, so that only the library's own rights stand in their way.
fn let_through(directory: &Path) {
    fs::set_permissions(directory, fs::Permissions::from_mode(0o755)).expect("its rights");
}

#[tokio::test]
async fn another_user_reaches_neither_the_profile_nor_the_processes() {
    // Only root can be somebody else.
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let bench = Bench::start().await;
    bench.link("", &[]).await;
    let listen = bench.listen("", &[]).await;
    let_through(&bench.home());
    let_through(&bench.home().join("sessions"));
    assert!(
        succeeds("ls \"$1\"", &[bench.home().join("sessions").to_str().expect("text")], true).await,
        "as far as that"
    );

    let profile = bench.profile();
    let profile = profile.to_str().expect("text");
    let socket = fs::read_link(bench.profile().join("SingletonSocket")).expect("a browser that runs has one");
    let socket = socket.to_str().expect("text");
    let files = [
        ("list the profile", "ls \"$1\"", profile),
        ("read a file of it", "cat \"$1/wa-client.lock\"", profile),
        ("read its databases", "cat \"$1/Default/Preferences\"", profile),
        ("write into it", ": >\"$1/other\"", profile),
        ("see the socket of the browser", "test -S \"$1\"", socket),
    ];
    for (what, script, argument) in files {
        assert!(succeeds(script, &[argument], false).await, "its owner can {what}");
        assert!(!succeeds(script, &[argument], true).await, "another user can {what}");
    }
    // Opening the memory asks the kernel for the same right as attaching a debugger.
    let processes = [
        ("see its descriptors", "ls /proc/$1/fd/0"),
        ("read its environment", "cat /proc/$1/environ"),
        ("open its memory", "exec 3</proc/$1/mem"),
        ("signal it", "kill -0 $1"),
    ];
    for pid in [bench.browser(), listen.pid()] {
        for (what, script) in &processes {
            let pid = pid.to_string();
            assert!(succeeds(script, &[&pid], false).await, "its owner can {what}");
            assert!(!succeeds(script, &[&pid], true).await, "another user can {what}");
        }
    }
    for pid in bench.browser_tree() {
        assert!(!succeeds("exec 3</proc/$1/mem", &[&pid.to_string()], true).await, "the memory of process {pid}");
        assert!(!succeeds("ls /proc/$1/fd/0", &[&pid.to_string()], true).await, "the descriptors of process {pid}");
    }
    stop(listen).await;
}
