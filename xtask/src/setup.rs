//! What a machine must have before anything runs, and how it gets it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::Fallible;
use crate::console::Stage;
use crate::process::{self, End};

const BROWSERS: [&str; 5] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];
const PLACES: [&str; 2] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
const INSTALL_LIMIT: Duration = Duration::from_secs(600);

/// The path of a Chromium, installed if need be. Logs go to the directory `logs`.
pub(crate) fn browser(logs: &Path) -> Fallible<PathBuf> {
    let wanted = Wanted {
        hint: "If it is in an unusual place, set CHROME_PATH to its path.",
        ..Wanted::new("Chromium", "chromium", "--cask google-chrome")
    };
    wanted.find_or_install(logs, find_browser)
}

/// A redis-server, with redis-cli beside it; tests start their own on a free port.
pub(crate) fn redis(logs: &Path) -> Fallible<PathBuf> {
    Wanted::new("redis-server", "redis-server", "redis").find_or_install(logs, || in_path(&["redis-server"]))
}

/// curl, with which the tests try what the documentation of the service says.
pub(crate) fn curl(logs: &Path) -> Fallible<PathBuf> {
    Wanted::new("curl", "curl", "curl").find_or_install(logs, || in_path(&["curl"]))
}

/// Python 3.10 or newer with what it takes to make environments, which Debian has in a package of its own.
pub(crate) fn python(logs: &Path) -> Fallible<PathBuf> {
    let complete = || {
        output(Command::new("python3").args(["-c", "import ensurepip, sys, venv; assert sys.version_info >= (3, 10)"]))
            .map(|_| "python3".into())
    };
    Wanted::new("Python 3.10 or newer with venv", "python3-venv", "python").find_or_install(logs, complete)
}

/// What it takes to build C and C++ programs in every way that the tests do, and to build cargo-c.
pub(crate) fn c(logs: &Path) -> Fallible<()> {
    for (program, package, brew) in [
        ("gcc", "gcc", "gcc"),
        ("g++", "g++", "gcc"),
        ("clang", "clang", "llvm"),
        ("cmake", "cmake", "cmake"),
        ("valgrind", "valgrind", "valgrind"),
        ("pkg-config", "pkg-config", "pkg-config"),
    ] {
        Wanted::new(program, package, brew).find_or_install(logs, || in_path(&[program]))?;
    }
    let sanitizers = || {
        let directory = PathBuf::from(output(Command::new("clang").arg("--print-runtime-dir"))?);
        std::fs::read_dir(&directory)
            .ok()?
            .flatten()
            .any(|it| it.file_name().to_string_lossy().contains("asan"))
            .then_some(directory)
    };
    Wanted::new("clang's sanitizers", "libclang-rt-dev", "llvm").find_or_install(logs, sanitizers)?;
    let openssl = || output(Command::new("pkg-config").args(["--exists", "openssl"])).map(PathBuf::from);
    Wanted::new("OpenSSL's headers (for cargo-c)", "libssl-dev", "openssl").find_or_install(logs, openssl)?;
    Ok(())
}

/// A program that a machine may lack.
struct Wanted {
    name: &'static str,
    /// Of Debian.
    package: &'static str,
    brew: &'static str,
    hint: &'static str,
}

impl Wanted {
    fn new(name: &'static str, package: &'static str, brew: &'static str) -> Self {
        Self { name, package, brew, hint: "Its directory has to be in PATH." }
    }

    fn find_or_install(&self, logs: &Path, find: impl Fn() -> Option<PathBuf>) -> Fallible<PathBuf> {
        if let Some(found) = find() {
            return Ok(found);
        }
        let Self { name, package, .. } = self;
        let advice = match System::detect() {
            System::Debian { root: true } => {
                apt(logs, "package lists", &["update"])?;
                apt(logs, &format!("install {package}"), &["install", "--yes", "--no-install-recommends", package])?;
                return find().ok_or_else(|| format!("{package} was installed, but {name} cannot be found in PATH"));
            }
            System::Debian { root: false } => {
                format!("Install it with:\n\n  sudo apt-get update && sudo apt-get install --yes {package}\n")
            }
            System::OtherLinux => {
                format!("Install the package that holds {name} with the package manager of this system.")
            }
            System::MacOs => format!("Install it with:\n\n  brew install {}\n", self.brew),
            System::Windows => {
                "On Windows, work in WSL (Debian): the browser is driven through pipes that Windows lacks.".to_owned()
            }
        };
        Err(format!("{name} was not found.\n{advice}\n{}", self.hint))
    }
}

/// Node 20 or newer, for the tests of the injected script and for the conformance driver.
pub(crate) fn node() -> Fallible<()> {
    let version = output(Command::new("node").arg("--version"));
    let major = version.as_deref().and_then(|text| text.trim_start_matches('v').split('.').next()?.parse::<u32>().ok());
    match major {
        Some(20..) => Ok(()),
        Some(old) => Err(format!("Node {old} is too old: install Node 20 or newer (https://nodejs.org).")),
        None => Err("Node was not found: install Node 20 or newer with npm (https://nodejs.org).".to_owned()),
    }
}

/// rustfmt and clippy, which a minimal toolchain lacks.
pub(crate) fn toolchain() -> Fallible<()> {
    let present = |tool: &str| output(Command::new("cargo").args([tool, "--version"])).is_some();
    if present("fmt") && present("clippy") {
        return Ok(());
    }
    Err("rustfmt or clippy is missing. Install them with:\n\n  rustup component add rustfmt clippy\n".to_owned())
}

/// Whether a program can be started at all; the answer to `--version`.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// As the library looks for it: the two environment variables, `PATH`, then the usual places.
fn find_browser() -> Option<PathBuf> {
    let named = ["CHROME_PATH", "PUPPETEER_EXECUTABLE_PATH"].into_iter().filter_map(env::var_os).map(PathBuf::from);
    let file = |candidate: &PathBuf| candidate.is_file();
    named.into_iter().find(file).or_else(|| in_path(&BROWSERS)).or_else(|| PLACES.iter().map(PathBuf::from).find(file))
}

/// The first of these programs in `PATH`.
fn in_path(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let places = names.iter().flat_map(|name| env::split_paths(&path).map(move |dir| dir.join(name)));
    places.into_iter().find(|candidate| candidate.is_file())
}

enum System {
    Debian { root: bool },
    OtherLinux,
    MacOs,
    Windows,
}

impl System {
    fn detect() -> Self {
        if cfg!(windows) {
            return Self::Windows;
        }
        if cfg!(target_os = "macos") {
            return Self::MacOs;
        }
        let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
        // Not the derivatives: on Ubuntu the package of that name only points to a snap.
        if release.lines().any(|line| line == "ID=debian") {
            return Self::Debian { root: output(Command::new("id").arg("-u")).as_deref() == Some("0") };
        }
        Self::OtherLinux
    }
}

fn apt(logs: &Path, what: &str, arguments: &[&str]) -> Fallible<()> {
    let mut stage = Stage::start(what);
    let (log, out) = (logs.join("apt.log"), logs.join("apt.out"));
    let mut command = Command::new("apt-get");
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    let end = process::run(&mut command, &log, &out, INSTALL_LIMIT, || stage.tick());
    let ok = matches!(end, Ok(End::Success));
    stage.finish(if ok { "ok" } else { "FAIL" }, "");
    if ok {
        return Ok(());
    }
    let tail = std::fs::read_to_string(&log).unwrap_or_default();
    Err(format!("`apt-get {}` failed:\n{tail}", arguments.join(" ")))
}
