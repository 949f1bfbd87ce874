//! The scenarios in C++17 with `wa_client.hpp`, with sanitizers.

mod support;

use std::path::PathBuf;
use std::sync::LazyLock;

use support::run::{scenario, scenarios};
use support::{Build, Linkage};

const BUILD: Build = Build {
    compiler: "clang++",
    standard: "-std=c++17",
    linkage: Linkage::Shared,
    flags: &["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-x", "c++"],
};

/// The harness is compiled as C++ too.
static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    let out = support::place("scenarios-cplusplus");
    BUILD.program(&support::sources(&["../cpp/scenarios.cpp", "harness.c", "http.c"]), &out);
    out
});

async fn run(name: &str) {
    scenario(&[], &PROGRAM, name).await;
}

scenarios!(run);
