//! The echo bots in C and C++ as a user runs them, against the simulator in real Chromium.

#[path = "../../../wa-client/tests/support/program.rs"]
mod program;
mod support;

use std::time::Duration;

use program::Program;
use rustix::process::Signal;
use serde_json::json;
use support::{Build, Linkage};
use wa_client_sim::Simulator;

const FRIEND: &str = "5511988887777";

async fn echoes(name: &str, source: &str, build: Build) {
    let bot = support::place(name);
    build.program(&[support::package().join("../../examples").join(source)], &bot);
    let simulator = Simulator::start().await.unwrap();
    let phone = simulator.client();
    phone.accounts(json!([{"number": FRIEND, "registered": true}])).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let page = format!("{}/", simulator.base());
    let environment = [("WHATSAPP_WEB_URL", page.as_str())];
    let mut bot = Program::start(bot.to_str().unwrap(), directory.path(), [""; 0], &environment);

    assert!(phone.scan(&bot.qr().await).await.unwrap().linked);
    bot.line_with("Ready.").await;
    let since = phone.mark().await.unwrap();
    let asked = phone.text(FRIEND, "is there an echo").await.unwrap();
    let limit = Duration::from_secs(30);
    phone.wait_event(&["message.received"], since, |_| true, limit).await.unwrap();
    let outbox = phone.outbox().await.unwrap();
    assert_eq!((outbox.total, outbox.messages[0].body.as_str()), (1, "is there an echo"));
    assert_eq!(outbox.messages[0].quoted.as_ref(), Some(&asked.messages[0].id));

    bot.signal(Signal::INT);
    let (status, _, errors) = bot.end().await;
    assert!(status.success() && errors.is_empty(), "{errors}");
    simulator.stop().await;
}

#[tokio::test]
async fn the_bot_in_c_echoes() {
    let build = Build { compiler: "gcc", standard: "-std=c11", linkage: Linkage::Static, flags: &["-O2"] };
    echoes("echo-bot-c", "c/echo_bot.c", build).await;
}

#[tokio::test]
async fn the_bot_in_cplusplus_echoes() {
    let build = Build { compiler: "g++", standard: "-std=c++17", linkage: Linkage::Shared, flags: &["-O2"] };
    echoes("echo-bot-cpp", "cpp/echo_bot.cpp", build).await;
}
