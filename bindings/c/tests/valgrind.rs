//! The scenarios in C under valgrind: no leaked byte, no read of what is not there. The browser is another program and not watched.

mod support;

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use support::run::{scenario, scenarios};
use support::{Build, Linkage};

const BUILD: Build = Build { compiler: "gcc", standard: "-std=c11", linkage: Linkage::Shared, flags: &["-O1"] };

const VALGRIND: [&str; 7] = [
    "valgrind",
    "--quiet",
    "--error-exitcode=9",
    "--leak-check=full",
    "--errors-for-leak-kinds=definite,possible",
    "--show-leak-kinds=definite,possible",
    "--child-silent-after-fork=yes",
];

static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| support::scenarios(BUILD, "scenarios-valgrind"));

async fn run(name: &str) {
    scenario(&VALGRIND, &PROGRAM, name).await;
}

scenarios!(run);

/// What finds nothing may not be looking.
#[test]
fn valgrind_finds_a_leak() {
    let out = support::place("leaking");
    BUILD.program(&support::sources(&["sanitized.c"]), &out);
    for (kind, found) in [("leak", true), ("overflow", true), ("nothing", false)] {
        let output = Command::new(VALGRIND[0]).args(&VALGRIND[1..]).arg(&out).arg(kind).output().unwrap();
        assert_eq!(output.status.code() == Some(9), found, "{kind}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
