//! What the browser is given beside its work: nothing that would tell a secret.

use std::fs;

use crate::bench::{Bench, stop};
use crate::support::processes;

const SECRETS: [(&str, &str); 4] = [
    ("REDIS_PASSWORD", "redis-password-4711"),
    ("WHATSAPP_JWT_SECRET", "token-secret-4711"),
    ("SOMETHING_ELSE", "unheard-of-4711"),
    // The page is on loopback, where no proxy is asked.
    ("https_proxy", "http://somebody:proxy-password-4711@127.0.0.1:9"),
];

/// What `/proc` shows of the process in a file, `None` when the process has ended.
fn shown(pid: i32, file: &str) -> Option<String> {
    fs::read(format!("/proc/{pid}/{file}")).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

#[tokio::test]
async fn no_process_of_the_browser_knows_a_secret_of_its_host() {
    let bench = Bench::start().await;
    let mut listen = bench.run("", &SECRETS, &["listen", "--event", "qr"]);
    listen.line_with(r#""event":"qr""#).await;

    let known = |text: &str| SECRETS.iter().any(|(_, value)| text.contains("4711") || text.contains(value));
    let host = listen.pid();
    assert!(known(&shown(host, "environ").expect("the host runs")), "what is looked for can be found");
    let mut seen = 0;
    for pid in bench.browser_tree() {
        let (Some(environment), Some(command)) = (shown(pid, "environ"), shown(pid, "cmdline")) else { continue };
        seen += usize::from(environment.contains("PATH="));
        assert!(!known(&environment), "process {pid} ({command}) knows a secret");
        assert!(!known(&command), "process {pid} shows a secret on its command line");
    }
    assert!(seen > 0, "the environment of the browser can be looked at");
    let proxy = shown(bench.browser(), "environ").expect("it runs");
    assert!(proxy.contains("https_proxy=http://127.0.0.1:9\0"), "the proxy itself is passed");
    stop(listen).await;
}

#[tokio::test]
async fn a_variable_of_the_host_opens_no_debugging_port() {
    let bench = Bench::start().await;
    // As the launchers of some distributions do.
    let browser = std::env::var("CHROME_PATH").unwrap_or_else(|_| "chromium".to_owned());
    let script = format!("#!/bin/sh\nexec '{browser}' $CHROMIUM_FLAGS \"$@\"\n");
    let launcher = processes::program(&bench.home(), "launcher", &script);
    let flags = [("CHROMIUM_FLAGS", "--remote-debugging-port=0")];
    let launcher = launcher.to_str().expect("text");
    let mut listen = bench.run("", &flags, &["--executable", launcher, "listen", "--event", "qr"]);
    listen.line_with(r#""event":"qr""#).await;
    for pid in bench.browser_tree() {
        let command = shown(pid, "cmdline").unwrap_or_default();
        assert!(!command.contains("--remote-debugging-port"), "{command}");
    }
    stop(listen).await;
}

#[tokio::test]
async fn descriptors_of_the_host_stay_with_the_host() {
    let bench = Bench::start().await;
    // As a shell hands them down to whatever it starts, and as a program does that forgot to keep one for itself.
    let shell = "exec 5>handed-down 9<&5";
    let forgotten = tempfile::tempfile().expect("a file");
    let forgotten = rustix::io::fcntl_dupfd_cloexec(&forgotten, 100).expect("a descriptor");
    rustix::io::fcntl_setfd(&forgotten, rustix::io::FdFlags::empty()).expect("it is inherited now");
    let own = format!("/proc/self/fd/{}", rustix::fd::AsRawFd::as_raw_fd(&forgotten));
    let forgotten_file = fs::read_link(own).expect("it is open");
    let forgotten_file = forgotten_file.to_str().expect("text").to_owned();
    let mut listen = bench.run(shell, &[], &["listen", "--event", "qr"]);
    listen.line_with(r#""event":"qr""#).await;

    let file = |pid: i32, fd: &str| fs::read_link(format!("/proc/{pid}/fd/{fd}")).ok()?.to_str().map(str::to_owned);
    let open = |pid: i32| -> Vec<String> {
        let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        descriptors.filter_map(|fd| file(pid, fd.file_name().to_str()?)).collect()
    };
    // Files by their name; pipes and sockets by their number in the kernel.
    let of_host = open(listen.pid());
    let handed_down = bench.home().join("handed-down").to_str().expect("text").to_owned();
    assert!(of_host.contains(&handed_down) && of_host.contains(&forgotten_file), "the host has them: {of_host:?}");
    // What we give it: where it complains, and the two pipes to drive it by, which its helpers do not have.
    let browser = bench.browser();
    let complaints = file(browser, "2").expect("it can complain");
    let pipes: Vec<String> = ["3", "4"].iter().filter_map(|fd| file(browser, fd)).collect();
    assert!(pipes.iter().all(|pipe| of_host.contains(pipe)), "{pipes:?} lead to the host");
    let of_the_system = |name: &str| name.starts_with("/dev/") || name.starts_with("anon_inode:");
    for pid in bench.browser_tree() {
        let given = |name: &String| *name == complaints || (pid == browser && pipes.contains(name));
        let shared: Vec<_> =
            open(pid).into_iter().filter(|it| of_host.contains(it) && !given(it) && !of_the_system(it)).collect();
        let command = shown(pid, "cmdline").unwrap_or_default();
        assert!(
            shared.is_empty(),
            "process {pid} ({command}) shares {shared:?} with its host; given: {complaints} {pipes:?}"
        );
    }
    stop(listen).await;
}

#[tokio::test]
async fn the_command_line_tells_the_directory_of_the_session_and_nothing_else_of_it() {
    let bench = Bench::start().await;
    let payload = bench.link("", &[]).await;
    let listen = bench.listen("", &[]).await;
    let profile = bench.profile().to_str().expect("text").to_owned();
    for pid in bench.browser_tree() {
        let command = shown(pid, "cmdline").unwrap_or_default().replace(&profile, "PROFILE");
        let home = bench.home().to_str().expect("text").to_owned();
        assert!(!command.contains(&home), "{command}");
        assert!(!command.contains(crate::bench::OWN), "{command}");
        assert!(payload.split(',').filter(|part| part.len() > 8).all(|part| !command.contains(part)), "{command}");
    }
    stop(listen).await;
}
