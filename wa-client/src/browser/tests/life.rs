//! The browser process: its death, its end, and what it leaves.

use std::io::Write;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;

use super::*;

fn kill(pid: u32) {
    kill_process(Pid::from_raw(pid.try_into().unwrap()).unwrap(), Signal::KILL).unwrap();
}

/// The renderer of the page: the only one that runs.
fn renderers(group: u32) -> Vec<u32> {
    let is_renderer = |pid: &u32| {
        std::fs::read(format!("/proc/{pid}/cmdline"))
            .is_ok_and(|command| String::from_utf8_lossy(&command).contains("--type=renderer"))
    };
    processes_of_group(group).into_iter().filter(is_renderer).collect()
}

/// Sockets of these processes that listen, as lines of the kernel's table.
fn listening(pids: &[u32]) -> Vec<String> {
    let inodes: Vec<String> = pids
        .iter()
        .filter_map(|pid| std::fs::read_dir(format!("/proc/{pid}/fd")).ok())
        .flatten()
        .flatten()
        .filter_map(|fd| std::fs::read_link(fd.path()).ok())
        .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| std::fs::read_to_string(table).unwrap_or_default());
    let lines = tables.iter().flat_map(|table| table.lines().skip(1));
    lines
        .filter(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            fields[3] == "0A" && inodes.iter().any(|inode| inode == fields[9])
        })
        .map(str::to_owned)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_listens_nowhere() {
    let bench = Bench::start().await;
    let browser = processes_of_group(bench.running.process.pid());
    assert!(browser.len() > 1);
    assert_eq!(listening(&browser), Vec::<String>::new());
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_killed_is_reported_at_once() {
    let mut bench = Bench::open().await;
    let page = bench.running.page.clone();
    let pending = tokio::spawn(async move { page.call::<Value>("never", &json!({}), LONG).await });
    bench.run("return 1").await.unwrap();
    let killed = Instant::now();
    kill(bench.running.process.pid());
    let event = bench.next().await;
    let took = killed.elapsed();
    assert!(matches!(event, PageEvent::Died { exit_code: None, signal: Some(9), .. }), "{event:?}");
    assert_eq!(pending.await.unwrap().unwrap_err(), CallError::Died);
    assert_eq!(bench.run("return 1").await.unwrap_err(), CallError::Died);
    assert!(timeout(LONG, bench.running.events.recv()).await.unwrap().is_none(), "the last event");
    assert!(took < Duration::from_secs(1), "{took:?}");
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_crashed_renderer_is_reported_and_comes_back() {
    let mut bench = Bench::open().await;
    let page = bench.running.page.clone();
    let pending = tokio::spawn(async move { page.call::<Value>("never", &json!({}), LONG).await });
    bench.run("return 1").await.unwrap();
    let killed = Instant::now();
    for pid in renderers(bench.running.process.pid()) {
        kill(pid);
    }
    assert!(matches!(bench.next().await, PageEvent::Crashed));
    let took = killed.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert_eq!(pending.await.unwrap().unwrap_err(), CallError::Crashed);
    assert_eq!(bench.run("return 1").await.unwrap_err(), CallError::Crashed);
    bench.running.page.reload(LONG).await.unwrap();
    assert!(matches!(bench.next().await, PageEvent::Document { url_kind: UrlKind::App }));
    assert_eq!(bench.greeting().await, 2);
    assert_eq!(bench.run("return 1").await.unwrap(), json!(1));
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_closed_leaves_nothing_and_keeps_what_the_page_stored() {
    let mut bench = Bench::open().await;
    bench.run("localStorage.setItem('kept', 'yes'); return {}").await.unwrap();
    let dir = bench.dir();
    let pid = bench.running.process.pid();
    let Running { process, page, mut events } = bench.running;
    let (closed, session) = process.close(LONG).await;
    assert_eq!(closed, Closed::Gracefully);
    assert_eq!(processes_of_group(pid), Vec::<u32>::new());
    let last = timeout(LONG, events.recv()).await.unwrap();
    assert!(matches!(last, Some(PageEvent::Died { exit_code: Some(0), .. })), "{last:?}");
    drop(page);

    // Locked until its directory is given back.
    let locked = SessionDir::open(&dir).await.unwrap_err();
    assert_eq!(locked.kind(), ErrorKind::ProfileLocked);
    drop(session);
    bench.running = launch_here(options(&dir, &bench.server.url("/"))).await.unwrap();
    bench.running.page.navigate(LONG).await.unwrap();
    bench.greeting().await;
    assert_eq!(bench.run("return localStorage.getItem('kept')").await.unwrap(), json!("yes"));
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_dropped_leaves_nothing() {
    let bench = Bench::open().await;
    let dir = bench.dir();
    let pid = bench.running.process.pid();
    let mut exit = bench.running.process.exit();
    drop(bench.running);
    timeout(LONG, exit.wait_for(Option::is_some)).await.unwrap().unwrap();
    let _ = timeout(LONG, exit.changed()).await.expect("the supervisor ends");
    assert_eq!(processes_of_group(pid), Vec::<u32>::new());
    SessionDir::open(&dir).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_without_a_listener_ends() {
    let bench = Bench::open().await;
    let mut exit = bench.running.process.exit();
    drop(bench.running.events);
    let exit = timeout(LONG, exit.wait_for(Option::is_some)).await.unwrap().unwrap().clone().unwrap();
    assert_eq!(exit.code, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_second_owner_is_told_who_is_first() {
    let bench = Bench::start().await;
    let error = launch_here(options(&bench.dir(), &bench.server.url("/"))).await.err().expect("refused");
    assert_eq!(error.kind(), ErrorKind::ProfileLocked);
    assert!(error.message().contains(&format!("process {} ", std::process::id())), "{error}");
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_starts_on_what_a_killed_one_left() {
    let mut bench = Bench::open().await;
    let dir = bench.dir();
    kill(bench.running.process.pid());
    while !matches!(bench.next().await, PageEvent::Died { .. }) {}
    bench.running.process.close(LONG).await;
    // As after a crash of the whole container: the lock of a browser on a host of another name.
    std::os::unix::fs::symlink("elsewhere-1", dir.join("SingletonLock")).unwrap();
    bench.running = launch_here(options(&dir, &bench.server.url("/"))).await.unwrap();
    bench.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_that_ends_at_once_is_a_launch_error_with_its_words() {
    let home = tempfile::tempdir().unwrap();
    let program = home.path().join("broken");
    std::fs::write(&program, "#!/bin/sh\necho 'cannot start: library missing' >&2\nexit 3\n").unwrap();
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut opts = options(&home.path().join("session"), "http://127.0.0.1:9/");
    opts.executable = Some(program);
    let error = launch_here(opts).await.err().expect("refused");
    assert_eq!(error.kind(), ErrorKind::BrowserLaunch);
    assert!(error.message().contains("code 3") && error.message().contains("library missing"), "{error}");
    SessionDir::open(&home.path().join("session")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_that_says_nothing_is_ended_at_the_deadline() {
    let home = tempfile::tempdir().unwrap();
    let program = home.path().join("silent");
    std::fs::write(&program, "#!/bin/sh\ntrap '' TERM\nexec sleep 1000\n").unwrap();
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut opts = options(&home.path().join("session"), "http://127.0.0.1:9/");
    opts.executable = Some(program);
    opts.launch_deadline = Duration::from_millis(300);
    let error = launch_here(opts).await.err().expect("refused");
    assert_eq!(error.kind(), ErrorKind::BrowserLaunch);
    assert!(error.message().contains("in time"), "{error}");
    SessionDir::open(&home.path().join("session")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_that_stands_still_is_killed() {
    let bench = Bench::open().await;
    let dir = bench.dir();
    let socket = std::fs::read_link(dir.join("SingletonSocket")).unwrap();
    let pid = bench.running.process.pid();
    kill_process(Pid::from_raw(pid.try_into().unwrap()).unwrap(), Signal::STOP).unwrap();
    let (closed, session) = bench.running.process.close(Duration::from_millis(600)).await;
    assert_eq!(closed, Closed::Killed);
    assert_eq!(processes_of_group(pid), Vec::<u32>::new());
    assert!(session.is_some());
    assert!(!socket.parent().unwrap().exists(), "its directory for temporary files is left");
    assert!(dir.join("SingletonLock").symlink_metadata().is_err());
}

/// Runs in a process of its own that is killed: see the test below.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the host of another test"]
async fn host_that_is_killed() {
    let dir = std::env::var_os("WA_CLIENT_TEST_DIR").unwrap();
    let server = Server::start().await;
    let mut running = launch_here(options(Path::new(&dir), &server.url("/"))).await.unwrap();
    running.page.navigate(LONG).await.unwrap();
    writeln!(std::io::stdout(), "browser {}", running.process.pid()).unwrap();
    while running.events.recv().await.is_some() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_does_not_outlive_its_host() {
    use tokio::io::{AsyncBufReadExt, BufReader};

    let home = tempfile::tempdir().unwrap();
    let mut host = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "browser::tests::life::host_that_is_killed"])
        .env("WA_CLIENT_TEST_DIR", home.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(host.stdout.take().unwrap()).lines();
    let pid = loop {
        let line = timeout(LONG, lines.next_line()).await.unwrap().unwrap().expect("the host speaks");
        if let Some((_, pid)) = line.split_once("browser ") {
            break pid.parse::<u32>().unwrap();
        }
    };
    assert!(!processes_of_group(pid).is_empty());
    host.kill().await.unwrap();
    // Opening waits for a browser that is on its way out.
    let session = SessionDir::open(home.path()).await.unwrap();
    assert!(!processes_of_group(pid).contains(&pid));
    drop(session);
}

#[test]
fn chromium_ends_with_the_runtime_it_was_started_in() {
    let home = tempfile::tempdir().unwrap();
    let first = tokio::runtime::Runtime::new().unwrap();
    let running = first.block_on(launch_here(options(home.path(), "http://127.0.0.1:9/"))).unwrap();
    let pid = running.process.pid();
    drop(first);
    let second = tokio::runtime::Runtime::new().unwrap();
    second.block_on(SessionDir::open(home.path())).unwrap();
    assert!(!processes_of_group(pid).contains(&pid));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_that_is_left_says_goodbye() {
    let mut bench = Bench::open().await;
    bench.run("addEventListener('pagehide', () => localStorage.setItem('left', 'yes')); return {};").await.unwrap();
    bench.running.page.leave().await;
    assert!(matches!(bench.next().await, PageEvent::Document { url_kind: UrlKind::Blank }), "it has gone");
    bench.running.page.navigate(LONG).await.unwrap();
    bench.greeting().await;
    assert_eq!(bench.run("return localStorage.getItem('left');").await.unwrap(), "yes");
    bench.close().await;
}
