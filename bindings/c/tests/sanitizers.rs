//! The scenarios in C with the address and undefined behaviour sanitizers, which look for leaks as well.

mod support;

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use support::run::{scenario, scenarios};
use support::{Build, Linkage};

const SANITIZE: [&str; 3] = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"];

const BUILD: Build = Build { compiler: "gcc", standard: "-std=c11", linkage: Linkage::Shared, flags: &SANITIZE };

static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| support::scenarios(BUILD, "scenarios-sanitizers"));

async fn run(name: &str) {
    scenario(&[], &PROGRAM, name).await;
}

scenarios!(run);

/// A sanitizer that is not linked in finds nothing: each of these must be found, by both compilers.
#[test]
fn the_sanitizers_are_there() {
    let kinds = [("leak", "LeakSanitizer"), ("overflow", "AddressSanitizer"), ("undefined", "runtime error")];
    for compiler in ["gcc", "clang"] {
        let out = support::place(&format!("sanitized-{compiler}"));
        Build { compiler, ..BUILD }.program(&support::sources(&["sanitized.c"]), &out);
        for (kind, told) in kinds {
            let output = Command::new(&out).arg(kind).output().unwrap();
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(!output.status.success() && errors.contains(told), "{compiler} {kind}: {errors}");
        }
        let output = Command::new(&out).arg("nothing").output().unwrap();
        assert!(output.status.success(), "{compiler}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
