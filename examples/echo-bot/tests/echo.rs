//! The echo bot as a user runs it, against the simulator in real Chromium.

#[path = "../../../wa-client/tests/support/program.rs"]
mod program;

use std::time::Duration;

use program::Program;
use rustix::process::Signal;
use serde_json::json;
use wa_client_sim::Simulator;

const FRIEND: &str = "5511988887777";

#[tokio::test]
async fn a_message_comes_back_as_an_answer() {
    let simulator = Simulator::start().await.unwrap();
    let phone = simulator.client();
    phone.accounts(json!([{"number": FRIEND, "registered": true}])).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let page = [("WHATSAPP_WEB_URL", simulator.base())];
    let page = page.each_ref().map(|(name, url)| (*name, url.as_str()));
    let mut bot = Program::start(env!("CARGO_BIN_EXE_echo-bot"), directory.path(), [""; 0], &page);

    assert!(phone.scan(&bot.qr().await).await.unwrap().linked);
    bot.line_with("Ready.").await;
    let since = phone.mark().await.unwrap();
    let asked = phone.text(FRIEND, "is there an echo").await.unwrap();
    let limit = Duration::from_secs(30);
    let arrived = phone.wait_event(&["message.received"], since, |_| true, limit).await.unwrap();

    let outbox = phone.outbox().await.unwrap();
    assert_eq!(outbox.total, 1, "{arrived:?}");
    assert_eq!(outbox.messages[0].body, "is there an echo");
    assert_eq!(outbox.messages[0].quoted.as_ref(), Some(&asked.messages[0].id));

    bot.signal(Signal::INT);
    let (status, _, errors) = bot.end().await;
    assert!(status.success() && errors.is_empty(), "{errors}");
}
