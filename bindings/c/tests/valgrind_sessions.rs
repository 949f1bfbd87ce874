//! Under valgrind: the scenarios about the life of a session. The other half is a program of its own, for it takes its time.

mod support;

use std::path::PathBuf;
use std::sync::LazyLock;

use support::run::scenarios;
use support::valgrind::{BUILD, watched};

static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| support::scenarios(BUILD, "scenarios-valgrind_sessions"));

async fn run(name: &str) {
    watched(&PROGRAM, name).await;
}

scenarios!(run: link_by_qr link_by_pairing_code cancel_pairing_code restore disconnect_and_reconnect logout two_clients
    close_while_pending page_report status_from_redis);
