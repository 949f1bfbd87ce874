//! The program `wa-sim`, as other languages and people start it.

#![cfg(unix)]

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use wa_client_sim::SimClient;

const PATIENCE: Duration = Duration::from_secs(20);

/// The running program and the first line it printed.
async fn start(args: &[&str]) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wa-sim"))
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("wa-sim starts");
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
    tokio::time::timeout(PATIENCE, out.read_line(&mut line)).await.expect("a line in time").expect("a line");
    (child, line.trim().to_owned())
}

async fn end(mut child: Child, signal: &str) -> Option<i32> {
    let pid = child.id().expect("it runs").to_string();
    assert!(Command::new("kill").args([signal, &pid]).status().await.expect("kill").success());
    tokio::time::timeout(PATIENCE, child.wait()).await.expect("an end in time").expect("a status").code()
}

#[tokio::test]
async fn it_prints_its_address_as_json_and_ends_cleanly() {
    for signal in ["-TERM", "-INT"] {
        let (child, line) = start(&["--json", "--seed", "5", "--token", "secret"]).await;
        let printed: Value = serde_json::from_str(&line).expect("one line of JSON");
        assert_eq!(printed["contract"], 1);
        let base = printed["base"].as_str().expect("an address");
        assert!(base.starts_with("http://127.0.0.1:"));
        assert_eq!(SimClient::new(base).health().await.expect_err("no token").code(), Some("unauthorized"));
        SimClient::new(base).token("secret").health().await.expect("health");
        assert_eq!(end(child, signal).await, Some(0));
    }
}

#[tokio::test]
async fn it_prints_the_bare_address_otherwise() {
    let (first, base) = start(&[]).await;
    SimClient::new(&base).health().await.expect("health");
    let port = base.rsplit(':').next().expect("a port");
    let (mut second, nothing) = start(&["--port", port]).await;
    assert_eq!(nothing, "");
    let status = tokio::time::timeout(PATIENCE, second.wait()).await.expect("an end in time").expect("a status");
    assert!(!status.success(), "the port is taken");
    assert_eq!(end(first, "-TERM").await, Some(0));
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_in_words() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_wa-sim")).args(["--port", &port]).output().await.expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.starts_with("wa-sim: ") && !said.contains("Os {"), "{said}");
}
