//! Under valgrind: the scenarios about messages. The other half is a program of its own, for it takes its time.

mod support;

use std::path::PathBuf;
use std::sync::LazyLock;

use support::run::scenarios;
use support::valgrind::{BUILD, catches, watched};

static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| support::scenarios(BUILD, "scenarios-valgrind_messages"));

async fn run(name: &str) {
    watched(&PROGRAM, name).await;
}

scenarios!(run: send_and_acks send_with_options send_invalid_phone send_not_registered send_not_ready
    send_deadline_maybe_sent check_number message_status receive edits_and_revokes event_overflow replay_events
    cancel_pending_call);

#[test]
fn valgrind_finds_a_leak() {
    let out = support::place("leaking");
    BUILD.program(&support::sources(&["sanitized.c"]), &out);
    assert!(catches(&out, "leak") && catches(&out, "overflow") && !catches(&out, "nothing"));
}
