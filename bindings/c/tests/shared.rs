//! The scenarios in C, with the shared library.

mod support;

use std::path::PathBuf;
use std::sync::LazyLock;

use support::run::{scenario, scenarios};
use support::{Build, Linkage};

const BUILD: Build = Build { compiler: "gcc", standard: "-std=c11", linkage: Linkage::Shared, flags: &["-O1"] };

static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| support::scenarios(BUILD, "scenarios-shared"));

async fn run(name: &str) {
    scenario(&[], &PROGRAM, name).await;
}

scenarios!(run);

#[tokio::test]
async fn a_program_that_just_ends_leaves_no_browser() {
    run("exit_without_free").await;
}
