//! What runs under valgrind.

use std::path::Path;
use std::process::Command;

use super::run::scenario;
use super::{Build, Linkage};

pub(crate) const BUILD: Build =
    Build { compiler: "gcc", standard: "-std=c11", linkage: Linkage::Shared, flags: &["-O1"] };

/// No leaked byte, no read of what is not there. The browser is another program and not watched.
pub(crate) const VALGRIND: [&str; 9] = [
    "valgrind",
    "--quiet",
    "--error-exitcode=9",
    "--leak-check=full",
    "--errors-for-leak-kinds=definite,possible",
    "--show-leak-kinds=definite,possible",
    "--child-silent-after-fork=yes",
    "--num-callers=16",
    concat!("--suppressions=", env!("CARGO_MANIFEST_DIR"), "/tests/c/valgrind.supp"),
];

pub(crate) async fn watched(program: &Path, name: &str) {
    scenario(&VALGRIND, program, name).await;
}

/// Whether a program that does wrong is caught. What finds nothing may not be looking.
pub(crate) fn catches(program: &Path, kind: &str) -> bool {
    let output = Command::new(VALGRIND[0]).args(&VALGRIND[1..]).arg(program).arg(kind).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 9)), "{kind}: {errors}");
    output.status.code() == Some(9)
}
