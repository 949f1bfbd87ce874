//! What goes wrong, at each moment of a session: what the application sees of it, how soon, and that nothing is lost.
//!
//! Each cell of the table is a test of its own, `fault::moment`. What it sees is compared with its file in `cells/`;
//! `docs/reliability.md` is made from those files. `WA_BLESS=1` writes them anew.

#[path = "../support/document.rs"]
mod document;
#[path = "../support/redis.rs"]
mod redis;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/tree.rs"]
mod tree;

mod cell;
mod fault;
mod moment;
mod outcome;
mod table;

use fault::Fault;
use moment::Moment;

/// Each fault with the moments at which it can strike, as tests and as a list.
macro_rules! cells {
    ($($fault:ident: $($moment:ident)+;)+) => {
        $(mod $fault {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $moment() {
                crate::cell::run(crate::Fault::named(stringify!($fault)), crate::Moment::named(stringify!($moment))).await;
            })+
        })+

        /// In the order of the table.
        const CELLS: &[(&str, &[&str])] = &[$((stringify!($fault), &[$(stringify!($moment)),+])),+];
    };
}

cells! {
    browser_killed: starting waiting_for_qr linking syncing ready sending receiving closing;
    browser_stopped: starting waiting_for_qr linking syncing ready sending receiving closing;
    connection_cut: starting waiting_for_qr linking syncing ready sending receiving closing;
    renderer_killed: starting waiting_for_qr linking syncing ready sending receiving closing;
    out_of_memory: starting waiting_for_qr linking syncing ready sending receiving closing;
    page_hangs: starting waiting_for_qr linking syncing ready sending receiving closing;
    page_reloads: starting waiting_for_qr linking syncing ready sending receiving closing;
    page_reloads_in_a_loop: starting waiting_for_qr syncing ready sending receiving closing;
    page_goes_elsewhere: starting waiting_for_qr linking syncing ready sending receiving closing;
    page_refuses_the_browser: starting waiting_for_qr linking syncing ready sending receiving closing;
    iframes: starting waiting_for_qr linking syncing ready sending receiving closing;
    dialog: starting waiting_for_qr linking syncing ready sending receiving closing;
    reload_while_server_says_503: starting waiting_for_qr syncing ready sending receiving closing;
    reload_while_server_hangs: starting waiting_for_qr syncing ready sending receiving closing;
    reload_while_server_resets: starting waiting_for_qr syncing ready sending receiving closing;
    socket_closed: waiting_for_qr syncing ready sending receiving closing;
    offline: starting waiting_for_qr linking syncing ready sending receiving closing;
    half_open: starting waiting_for_qr linking syncing ready sending receiving closing;
    flapping: starting waiting_for_qr linking syncing ready sending receiving closing;
    unlinked_on_the_phone: syncing ready sending receiving closing;
    replaced: syncing ready sending receiving closing;
    banned: syncing ready sending receiving closing;
    page_outdated: syncing ready sending receiving closing;
    second_tab: ready sending receiving;
    credentials_wiped: ready sending receiving closing;
}
