//! What goes wrong at start and in the system: what the application sees of it, how soon, and that nothing is lost.
//!
//! Each row of the table has its file in `rows/`, with which its test compares what it sees; the second table of
//! `docs/reliability.md` is made from those files. `WA_BLESS=1` writes them anew.

#[path = "../support/document.rs"]
mod document;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/redis.rs"]
mod redis;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/tree.rs"]
mod tree;

mod cache;
mod damage;
mod disk;
mod flood;
mod host;
mod lock;
mod row;
mod start;
mod table;

use std::time::Duration;

use row::Fault;
use wa_client::{Config, Event};

const FRIEND: &str = "5511988887777";

fn is_ready(event: &Event) -> bool {
    matches!(event, Event::Ready(_))
}

const AT_ONCE: Option<fn(&Config) -> Duration> = Some(|_| Duration::from_secs(1));
const START: Option<fn(&Config) -> Duration> = Some(|config| config.deadlines.start_browser);

const LOAD: Option<fn(&Config) -> Duration> =
    Some(|config| config.deadlines.start_browser + config.deadlines.load_page);

/// In the order of the table.
#[rustfmt::skip]
const FAULTS: &[Fault] = &[
    Fault { name: "host_killed", title: "The process with the client is killed (SIGKILL)", within: AT_ONCE },
    Fault { name: "host_killed_while_starting", title: "The same while the browser loads the page", within: AT_ONCE },
    Fault { name: "host_killed_browser_deaf", title: "The same, and the browser hangs and does not notice", within: None },
    Fault { name: "locked_here", title: "Another client of the same process has the session", within: AT_ONCE },
    Fault { name: "locked_elsewhere", title: "Another process has the session", within: AT_ONCE },
    Fault { name: "locked_by_the_dead", title: "Locks of processes that are gone are left", within: None },
    Fault { name: "locked_by_another_host", title: "Locks of another host are left, and nothing works on the directory", within: None },
    Fault { name: "locked_by_a_live_browser_of_another_host", title: "A browser of another host works on the directory", within: AT_ONCE },
    Fault { name: "read_only", title: "The session's directory is read-only", within: AT_ONCE },
    Fault { name: "disk_full_at_start", title: "The disk is full at the start", within: AT_ONCE },
    Fault { name: "disk_full_while_ready", title: "The disk fills up while the session is ready", within: None },
    Fault { name: "browser_files_damaged", title: "All files of the browser but the login are emptied, cut off or changed", within: None },
    Fault { name: "login_storage_damaged", title: "The page's storage, with half of the login, is emptied, cut off or changed", within: LOAD },
    Fault { name: "login_database_damaged", title: "The page's database, with the other half, is emptied or cut off", within: LOAD },
    Fault { name: "own_files_damaged", title: "Our own files are emptied, cut off or changed", within: None },
    Fault { name: "browser_missing", title: "There is no Chromium", within: AT_ONCE },
    Fault { name: "browser_too_old", title: "Chromium is too old", within: AT_ONCE },
    Fault { name: "browser_exits", title: "Chromium exits with a complaint", within: AT_ONCE },
    Fault { name: "browser_dies_at_once", title: "Chromium dies at once", within: AT_ONCE },
    Fault { name: "browser_says_nothing", title: "Chromium says nothing", within: START },
    Fault { name: "browser_falls_silent", title: "Chromium falls silent before it is ready", within: START },
    Fault { name: "flood", title: "5,000 messages arrive while a killed browser is replaced", within: AT_ONCE },
    Fault { name: "redis_stopped_browser_killed", title: "Redis stands still and the browser is killed", within: AT_ONCE },
    Fault { name: "redis_gone_page_reloads", title: "Redis is gone and the page loads itself anew", within: AT_ONCE },
];
