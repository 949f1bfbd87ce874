//! The scenarios in C, with the static library.

mod support;

use std::path::PathBuf;
use std::sync::LazyLock;

use support::run::{scenario, scenarios};
use support::{Build, Linkage};

const BUILD: Build = Build { compiler: "clang", standard: "-std=c11", linkage: Linkage::Static, flags: &["-O1"] };

static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| support::scenarios(BUILD, "scenarios-static_library"));

async fn run(name: &str) {
    scenario(&[], &PROGRAM, name).await;
}

scenarios!(run);
