//! Runs a scenario: a program in C or C++ that is handed a simulator and a directory.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};
use wa_client_sim::Simulator;

use super::redis::RedisServer;

/// How long one scenario may take; under valgrind everything takes its time.
const LIMIT: Duration = Duration::from_secs(240);

/// Browsers at the same time in one test binary.
static BROWSERS: Semaphore = Semaphore::const_new(2);

/// The scenarios of `bindings/README.md`, a test each, run by `$run(name)`.
#[allow(unused_macros, reason = "not every test binary runs scenarios")]
macro_rules! scenarios {
    ($run:path: $($name:ident)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                $run(stringify!($name)).await;
            }
        )*
    };
    ($run:path) => {
        scenarios!($run: link_by_qr link_by_pairing_code cancel_pairing_code restore send_and_acks send_with_options
            send_invalid_phone send_not_registered send_not_ready send_deadline_maybe_sent check_number message_status receive
            edits_and_revokes event_overflow replay_events disconnect_and_reconnect logout cancel_pending_call two_clients
            close_while_pending page_report status_from_redis);
    };
}
#[allow(unused_imports, reason = "not every test binary runs scenarios")]
pub(crate) use scenarios;

/// What a camera reads from a picture.
fn scan(path: &Path) -> String {
    let mut reader =
        png::Decoder::new(std::io::BufReader::new(std::fs::File::open(path).unwrap())).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    let (width, height) = (frame.width as usize, frame.height as usize);
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    picture.detect_grids()[0].decode().unwrap().1
}

/// Runs the scenario `name` of a program. `before`: a tool that runs it, with its arguments.
pub(crate) async fn scenario(before: &[&str], program: &Path, name: &str) {
    let _turn = BROWSERS.acquire().await.unwrap();
    let simulator = Simulator::start().await.unwrap();
    let other = if name == "two_clients" { Some(Simulator::start().await.unwrap()) } else { None };
    let redis = if name == "status_from_redis" { Some(RedisServer::start().await) } else { None };
    let directory = tempfile::tempdir().unwrap();
    let mut words: Vec<PathBuf> = before.iter().map(PathBuf::from).collect();
    words.extend([program.to_owned(), name.into(), simulator.base().into(), directory.path().to_owned()]);
    words.extend(other.as_ref().map(|other| other.base().into()));
    words.extend(redis.as_ref().map(|redis| format!("redis://127.0.0.1:{}/0", redis.port()).into()));
    let answered = timeout(LIMIT, run(&words)).await;
    let (success, out, errors) = answered.unwrap_or_else(|_| panic!("{name}: no end in {} s", LIMIT.as_secs()));
    assert!(success && out.contains(&format!("done {name}")), "{name}\n{out}\n{errors}");
    nothing_left(&directory).await;
    if let Some(other) = other {
        other.stop().await;
    }
    simulator.stop().await;
}

/// Whether it succeeded, and what it wrote. It asks by `scan PATH` for the text of a picture.
async fn run(words: &[PathBuf]) -> (bool, String, String) {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).kill_on_drop(true);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut errors = child.stderr.take().unwrap();
    let answer = async {
        let mut out = String::new();
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some(path) = line.strip_prefix("scan ") {
                input.write_all(format!("{}\n", scan(Path::new(path))).as_bytes()).await.unwrap();
            }
            out += &line;
            out.push('\n');
        }
        out
    };
    let read = async {
        let mut text = Vec::new();
        errors.read_to_end(&mut text).await.unwrap();
        String::from_utf8_lossy(&text).into_owned()
    };
    let (out, errors) = tokio::join!(answer, read);
    (child.wait().await.unwrap().success(), out, errors)
}

/// No process of the browser is left: each has the directory of the session in its command line, or had a parent that had.
async fn nothing_left(directory: &TempDir) {
    let place = directory.path().to_str().unwrap();
    let until = Instant::now() + Duration::from_secs(10);
    let holds = |process: &Path| {
        let line = std::fs::read(process.join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(place)
    };
    loop {
        let left = std::fs::read_dir("/proc").unwrap().flatten().filter(|entry| holds(&entry.path())).count();
        if left == 0 {
            return;
        }
        assert!(Instant::now() < until, "{left} processes of the browser are left");
        tokio::task::yield_now().await;
    }
}
