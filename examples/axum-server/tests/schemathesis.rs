//! Schemathesis (PyPI) on the description of the service: whatever it makes up is answered as `/openapi.json` says.
//!
//! `SCHEMATHESIS=<venv>/bin/st cargo test -p axum-server --test schemathesis -- --ignored`

mod support;

use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use support::Rig;
use support::process::Running;
use tokio::process::Command;
use tokio::time::timeout;

/// Far longer than it takes on any machine.
const LIMIT: Duration = Duration::from_secs(300);

async fn examine(running: &Running, more: &[&str]) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/schemathesis.sh");
    let mut command = Command::new(script);
    command.arg(running.http.base()).args(more).env("TOKEN", running.http.token());
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = timeout(LIMIT, command.output()).await.expect("it ends in time").expect("it can be run");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    println!("{}", said.lines().rev().take(12).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n"));
}

#[tokio::test]
#[ignore = "needs schemathesis; `cargo xtask test` installs it and runs this"]
async fn without_a_session_every_route_answers_as_described() {
    let rig = Rig::start().await;
    let running = Running::start(&rig, &[("CHROME_PATH", "/nonexistent/browser")]).await;
    examine(&running, &[]).await;
    assert!(running.stop().await.status.success());
}

#[tokio::test]
#[ignore = "needs schemathesis; `cargo xtask test` installs it and runs this"]
async fn with_a_session_every_route_that_keeps_it_answers_as_described() {
    let rig = Rig::start().await;
    rig.sim.patch_config(json!({"default_registered": true})).await.unwrap();
    let running = Running::start(&rig, &[]).await;
    running.link(&rig).await;
    examine(&running, &["--exclude-path-regex", "/(disconnect|reconnect|logout)$"]).await;
    assert_eq!(running.http.get("/readyz").await.status, 200);
    assert!(running.stop().await.status.success());
}
