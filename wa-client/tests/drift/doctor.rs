//! What an operator sees: the program's own words about a page as it is today, and about one that has changed.

use std::process::ExitStatus;

use serde_json::json;
use wa_client_sim::Simulator;

use crate::capabilities::named;
use crate::program::Program;

async fn doctor(simulator: &Simulator, args: &[&str]) -> (ExitStatus, String) {
    let directory = tempfile::tempdir().unwrap();
    let page = format!("{}/", simulator.base().trim_end_matches('/'));
    let session = ["--session-path", "sessions", "--page-url", &page, "doctor"];
    let args = session.iter().chain(args);
    let (status, out, _) = Program::start(env!("CARGO_BIN_EXE_wa-client"), directory.path(), args, &[]).end().await;
    (status, out)
}

#[tokio::test]
async fn the_doctor_finds_a_page_as_it_is_today_healthy() {
    let simulator = Simulator::start().await.unwrap();
    let (status, out) = doctor(&simulator, &[]).await;
    assert!(status.success(), "{out}");
    insta::assert_snapshot!("healthy", out);
}

#[tokio::test]
async fn the_doctor_says_what_is_gone_what_serves_instead_and_what_is_wrong() {
    let simulator = Simulator::start().await.unwrap();
    let phone = simulator.client();
    let mut faults = vec![
        json!({"kind": "rename_export", "module": "WAWebSocketModel", "export": "Socket", "to": "SocketOfTomorrow"}),
        json!({"kind": "missing_module", "module": "WAWebMsgCollection"}),
        json!({"kind": "shape", "module": "WAWebStreamModel", "export": "Stream", "value": {"mode": "MAIN"}}),
        json!({"kind": "throw", "module": "WAWebUserPrefsMeUser", "export": "getMaybeMeLidUser", "drift": true}),
        json!({"kind": "never", "module": "WAWebUserPrefsInfoStore", "export": "waNoiseInfo.get", "drift": true}),
    ];
    faults.extend(named("mark_seen").without_exports());
    faults.extend(named("calls").of_another_shape());
    for fault in faults {
        phone.fault(fault).await.unwrap();
    }
    let (status, out) = doctor(&simulator, &[]).await;
    assert_eq!(status.code(), Some(4), "{out}");
    insta::assert_snapshot!("drifted", out);
    let (_, out) = doctor(&simulator, &["--json"]).await;
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    insta::assert_snapshot!("drifted_json", serde_json::to_string_pretty(&report).unwrap());
}
