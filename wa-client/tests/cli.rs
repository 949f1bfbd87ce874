//! The command line program against the simulator, in real Chromium.

#[path = "support/program.rs"]
mod program;

use std::time::Duration;

use program::Program;
use rustix::process::Signal;
use serde_json::{Value, json};
use wa_client_sim::{SimClient, Simulator};

const FRIEND: &str = "5511988887777";
const NOBODY: &str = "5511900009999";

struct Bench {
    // Closed at the end of the test, not before.
    _simulator: Simulator,
    phone: SimClient,
    base: String,
    directory: tempfile::TempDir,
}

impl Bench {
    async fn start() -> Self {
        let simulator = Simulator::start().await.unwrap();
        let phone = simulator.client();
        phone.accounts(json!([{"number": FRIEND, "registered": true}])).await.unwrap();
        let base = format!("{}/", simulator.base().trim_end_matches('/'));
        Self { _simulator: simulator, phone, base, directory: tempfile::tempdir().unwrap() }
    }

    fn run(&self, args: &[&str]) -> Program {
        let session = ["--session-path", "sessions", "--page-url", &self.base];
        Program::start(env!("CARGO_BIN_EXE_wa-client"), self.directory.path(), session.iter().chain(args), &[])
    }

    /// Runs a command to its end: exit status, output, complaints.
    async fn done(&self, args: &[&str]) -> (i32, String, String) {
        let (status, out, errors) = self.run(args).end().await;
        (status.code().expect("it exits by itself"), out, errors)
    }

    /// Links the account by scanning what the terminal shows.
    async fn link(&self) {
        let mut login = self.run(&["login"]);
        let payload = login.qr().await;
        assert!(self.phone.scan(&payload).await.unwrap().linked);
        login.line_with("Linked.").await;
        login.line_with("Ready.").await;
        let (status, _, errors) = login.end().await;
        assert!(status.success(), "{errors}");
    }
}

#[tokio::test]
async fn an_account_is_linked_used_and_watched() {
    let bench = Bench::start().await;

    let (code, out, errors) = bench.done(&["status", "--json"]).await;
    assert_eq!(code, 3, "nothing is linked yet: {errors}");
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["status"], "QR_READY");
    let (code, _, errors) = bench.done(&["send", FRIEND, "too early"]).await;
    assert_eq!(code, 3);
    assert!(errors.contains("not_authenticated"), "{errors}");

    bench.link().await;

    let (code, out, errors) = bench.done(&["status", "--json"]).await;
    assert_eq!(code, 0, "{errors}");
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["status"], "READY");

    let (code, out, errors) = bench.done(&["send", FRIEND, "good morning", "--until", "delivered"]).await;
    assert_eq!(code, 0, "{errors}");
    let sent: Value = serde_json::from_str(&out).unwrap();
    assert!(sent["ack"].as_i64().unwrap() >= 2, "{sent}");
    let outbox = bench.phone.outbox().await.unwrap();
    assert_eq!((outbox.total, outbox.messages[0].body.as_str()), (1, "good morning"));
    assert_eq!(sent["id"], outbox.messages[0].id);

    let (code, _, errors) = bench.done(&["send", NOBODY, "is anybody there"]).await;
    assert_eq!(code, 1);
    assert!(errors.contains("not_registered"), "{errors}");
    assert!(!errors.contains(NOBODY) && !errors.contains("anybody"), "{errors}");

    let mut listen = bench.run(&["listen", "--event", "ready", "--event", "message"]);
    listen.line_with(r#""event":"ready""#).await;
    bench.phone.text(FRIEND, "good evening").await.unwrap();
    let line: Value = serde_json::from_str(&listen.line_with("message").await).unwrap();
    assert_eq!((&line["event"], &line["data"]["body"]), (&json!("message"), &json!("good evening")));
    listen.signal(Signal::TERM);
    let (status, rest, errors) = listen.end().await;
    assert!(status.success() && rest.is_empty(), "{rest}{errors}");
}

#[tokio::test]
async fn an_account_is_linked_by_a_code() {
    let bench = Bench::start().await;
    let own =
        bench.phone.config().await.unwrap()["config"]["own_number"].as_str().unwrap_or("5511900000001").to_owned();
    let mut login = bench.run(&["login", "--phone", &own]);
    let line = login.line_with("Code: ").await;
    let code = line.strip_prefix("Code: ").unwrap();
    assert!(bench.phone.pair(code, None).await.unwrap().linked);
    login.line_with("Ready.").await;
    assert!(login.end().await.0.success());
}

#[tokio::test]
async fn the_doctor_names_what_is_missing() {
    let bench = Bench::start().await;
    let (code, out, errors) = bench.done(&["doctor"]).await;
    assert_eq!(code, 0, "{out}{errors}");
    assert!(out.contains("Everything was found."), "{out}");

    let (_, out, _) = bench.done(&["doctor", "--json"]).await;
    let report: Value = serde_json::from_str(&out).unwrap();
    let needed = report["report"].as_array().unwrap().iter().find(|entry| entry["core"] == true).unwrap();
    let (module, name) = (needed["module"].as_str().unwrap(), needed["capability"].as_str().unwrap());
    bench.phone.fault(json!({"kind": "missing_module", "module": module})).await.unwrap();

    let (code, out, errors) = bench.done(&["doctor", "--json"]).await;
    assert_eq!(code, 4, "{out}{errors}");
    let report: Value = serde_json::from_str(&out).unwrap();
    let found = report["report"].as_array().unwrap().iter().find(|entry| entry["capability"] == name).unwrap();
    assert_eq!(found["status"], "missing");

    let (code, _, errors) = bench.done(&["status"]).await;
    assert_eq!(code, 4, "{errors}");
    assert!(errors.contains("incompatible_page") && errors.contains(module), "{errors}");
}

#[tokio::test]
async fn an_override_is_looked_at_first() {
    let bench = Bench::start().await;
    std::fs::write(bench.directory.path().join("other.json"), r#"{"socket": ["NoSuchModule.Socket"]}"#).unwrap();
    let (code, out, errors) = bench.done(&["doctor", "--overrides", "other.json"]).await;
    assert_eq!(code, 0, "{out}{errors}");
    let line = out.lines().find(|line| line.starts_with("socket ")).unwrap();
    assert!(line.contains("fallback"), "{line}");

    std::fs::write(bench.directory.path().join("wrong.json"), r#"{"socket": 1}"#).unwrap();
    let (code, _, errors) = bench.done(&["doctor", "--overrides", "wrong.json"]).await;
    assert_eq!(code, 1);
    assert!(errors.contains("config"), "{errors}");
}

#[tokio::test]
async fn a_wait_for_the_phone_can_be_limited_and_interrupted() {
    let bench = Bench::start().await;
    let (code, _, errors) = bench.done(&["login", "--timeout", "5"]).await;
    assert_eq!(code, 1);
    assert!(errors.contains("timeout"), "{errors}");

    let mut login = bench.run(&["login"]);
    login.qr().await;
    login.signal(Signal::TERM);
    let ended = tokio::time::timeout(Duration::from_secs(30), login.end()).await.expect("it ends when asked to");
    assert_eq!(ended.0.code(), Some(130), "{}", ended.2);
}

#[tokio::test]
async fn wrong_arguments_are_told() {
    let bench = Bench::start().await;
    for args in [
        &["send", "nobody", "x"][..],
        &["send", FRIEND],
        &["listen", "--event", "mesage"],
        &["login", "--timeout", "0"],
        &[],
    ] {
        assert_eq!(bench.done(args).await.0, 2, "{args:?}");
    }
    let (code, _, errors) = bench.done(&["status", "--session", "a b"]).await;
    assert_eq!(code, 1);
    assert!(errors.contains("config"), "{errors}");
}

#[tokio::test]
async fn a_command_ends_when_its_time_is_up() {
    let bench = Bench::start().await;
    bench.phone.put_network(json!({"http": "hang"})).await.unwrap();
    for command in [&["status"][..], &["send", FRIEND, "too late"]] {
        let (code, out, errors) = bench.done(&[command, &["--timeout", "3"]].concat()).await;
        assert_ne!(code, 0, "{out}");
        assert!(errors.contains("not connected within 3 s"), "{errors}");
    }
}
