//! Compiles C and C++ programs and runs them against the simulator.

#![allow(dead_code, reason = "each test binary uses its own part")]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) mod redis;
pub(crate) mod run;
pub(crate) mod valgrind;

/// The warnings of which none may be left.
pub(crate) const STRICT: [&str; 5] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-D_GNU_SOURCE=1"];

/// What a static Rust library needs of the system.
pub(crate) const SYSTEM: [&str; 7] = ["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl", "-lc"];

pub(crate) fn package() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

pub(crate) fn include() -> PathBuf {
    package().join("../../include")
}

/// Where cargo put the libraries that it built together with this test.
pub(crate) fn libraries() -> PathBuf {
    let program = std::env::current_exe().expect("the path of this program");
    program.parent().expect("a directory").to_owned()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Linkage {
    Shared,
    Static,
}

/// A way to build a program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Build {
    pub(crate) compiler: &'static str,
    pub(crate) standard: &'static str,
    pub(crate) linkage: Linkage,
    pub(crate) flags: &'static [&'static str],
}

impl Build {
    /// Compiles and links; panics with what the compiler says.
    pub(crate) fn program(&self, sources: &[PathBuf], out: &Path) {
        let mut command = Command::new(self.compiler);
        command.arg(self.standard).args(STRICT).args(self.flags).arg("-I").arg(include()).args(["-g", "-o"]).arg(out);
        command.args(sources);
        let libraries = libraries();
        match self.linkage {
            Linkage::Shared => {
                let mut path = OsString::from("-Wl,-rpath,");
                path.push(&libraries);
                command.arg("-L").arg(&libraries).args(["-lwa_client_c", "-pthread"]).arg(path);
            }
            Linkage::Static => {
                command.arg(libraries.join("libwa_client_c.a")).args(SYSTEM);
            }
        }
        let output = command.output().unwrap_or_else(|error| panic!("{}: {error}", self.compiler));
        assert!(output.status.success(), "{self:?}:\n{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// The C sources of these names in `tests/c`.
pub(crate) fn sources(names: &[&str]) -> Vec<PathBuf> {
    names.iter().map(|name| package().join("tests/c").join(name)).collect()
}

/// The program with the scenarios in C, built this way, at a place of its own.
pub(crate) fn scenarios(build: Build, name: &str) -> PathBuf {
    let out = place(name);
    let files = ["scenarios.c", "harness.c", "http.c", "linking.c", "sending.c", "receiving.c", "several.c"];
    build.program(&sources(&files), &out);
    out
}

/// A path for what is built, within cargo's directory.
pub(crate) fn place(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wa-client-c");
    std::fs::create_dir_all(&directory).expect("a directory can be made");
    directory.join(name)
}
