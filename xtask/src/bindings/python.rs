//! The Python wheel.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::Fallible;
use crate::cargo::Workspace;
use crate::suite::Suite;
use crate::tally::Runner;

const INSTALL_LIMIT: Duration = Duration::from_secs(300);
/// With everything that the wheel is made of, optimised.
const BUILD_LIMIT: Duration = Duration::from_secs(900);
const CHECK_LIMIT: Duration = Duration::from_secs(240);
const TEST_LIMIT: Duration = Duration::from_secs(420);

/// The test files by stage, so that each stays within its limit.
const TESTS: [(&str, &[&str]); 3] = [
    ("python: scenarios", &["test_linking.py", "test_messages.py"]),
    ("python: border and processes", &["test_border.py", "test_process.py"]),
    (
        "python: scripts, data, simulator, examples",
        &["test_example.py", "test_logs.py", "test_models.py", "test_sync.py", "test_testing.py"],
    ),
];

/// Builds it, installs it where nothing else is, and runs its tests with `browser`.
pub(crate) fn run(suite: &mut Suite, workspace: &Workspace, browser: &Path) {
    let python = Python::of(workspace, browser);
    let Some(installed) = python.build_and_install(suite) else { return };
    python.check(suite, &installed);
    python.test(suite, &installed);
    python.install_from_source(suite);
}

/// Builds it and installs it where nothing else is: the interpreter there.
pub(crate) fn interpreter(suite: &mut Suite, workspace: &Workspace, browser: &Path) -> Option<PathBuf> {
    Python::of(workspace, browser).build_and_install(suite)
}

struct Python<'a> {
    /// Its source.
    package: PathBuf,
    scratch: &'a Path,
    browser: &'a Path,
}

impl<'a> Python<'a> {
    fn of(workspace: &'a Workspace, browser: &'a Path) -> Self {
        Self { package: workspace.root.join("bindings/python"), scratch: &workspace.scratch, browser }
    }

    fn build_and_install(&self, suite: &mut Suite) -> Option<PathBuf> {
        let wheel = self.build(suite)?;
        self.install(suite, &wheel)
    }

    /// The wheel, made now.
    fn build(&self, suite: &mut Suite) -> Option<PathBuf> {
        let tools = self.environment(suite, "python: build environment", "python-build", false)?;
        let mut packages = pip(&tools);
        packages.arg("--requirement").arg(self.package.join("requirements-build.txt"));
        if !suite.stage("python: build tools", Runner::Check, INSTALL_LIMIT, &mut packages) {
            return None;
        }
        let name = "python: wheel";
        let directory = self.scratch.join("wheels");
        // What is found there afterwards is what was built.
        if directory.exists()
            && let Err(error) = fs::remove_dir_all(&directory)
        {
            suite.fail(name, &format!("{}: {error}", directory.display()));
            return None;
        }
        let mut maturin = Command::new(tools.with_file_name("maturin"));
        maturin.args(["build", "--release", "--locked", "--interpreter"]).arg(&tools).arg("--out").arg(&directory);
        if !suite.stage(name, Runner::Check, BUILD_LIMIT, maturin.current_dir(&self.package)) {
            return None;
        }
        only_wheel(&directory).map_err(|why| suite.fail("python: name of the wheel", &why)).ok()
    }

    /// An environment with the wheel and with what tests it, made anew.
    fn install(&self, suite: &mut Suite, wheel: &Path) -> Option<PathBuf> {
        let python = self.environment(suite, "python: test environment", "python-test", true)?;
        let mut packages = pip(&python);
        packages.arg(wheel).arg("--requirement").arg(self.package.join("requirements-test.txt"));
        suite.stage("python: install", Runner::Check, INSTALL_LIMIT, &mut packages).then_some(python)
    }

    /// Types: of the package as it is installed, of its tests, as users see them, and of the native module as it is.
    fn check(&self, suite: &mut Suite, python: &Path) {
        let cache = self.scratch.join("mypy");
        let mypy = |arguments: &[&str]| {
            let mut mypy = self.python(python, &["-m", "mypy", "--strict", "--cache-dir"]);
            mypy.arg(&cache).args(arguments);
            mypy
        };
        suite.stage("python: types of the package", Runner::Check, CHECK_LIMIT, &mut mypy(&["-p", "wa_client"]));
        suite.stage("python: types as users see them", Runner::Check, CHECK_LIMIT, &mut mypy(&["typing", "tests"]));
        let mut bot = mypy(&[]);
        bot.arg(self.package.join("../../examples/python"));
        suite.stage("python: types of the example", Runner::Check, CHECK_LIMIT, &mut bot);
        let mut stubs = self.python(python, &["-m", "mypy.stubtest", "wa_client._native"]);
        suite.stage("python: stubs of the native module", Runner::Check, CHECK_LIMIT, &mut stubs);
    }

    fn test(&self, suite: &mut Suite, python: &Path) {
        for (name, files) in TESTS {
            let mut pytest = self.python(python, &["-m", "pytest", "-q", "-p", "no:cacheprovider"]);
            pytest.args(files.iter().map(|file| format!("tests/{file}")));
            suite.stage(name, Runner::Pytest, TEST_LIMIT, &mut pytest);
        }
        let tested: usize = TESTS.iter().map(|(_, files)| files.len()).sum();
        let there = fs::read_dir(self.package.join("tests")).into_iter().flatten().flatten();
        let there = there.filter(|file| file.file_name().to_string_lossy().starts_with("test_")).count();
        if tested != there {
            suite.fail("python: every test file is run", &format!("{there} files, {tested} of them in a stage"));
        }
    }

    /// As the README says: `pip install` of the source, which fetches its own build tools.
    fn install_from_source(&self, suite: &mut Suite) {
        let Some(python) = self.environment(suite, "python: source environment", "python-source", true) else { return };
        let mut install = pip(&python);
        install.arg(&self.package);
        if suite.stage("python: pip install from the source", Runner::Check, BUILD_LIMIT, &mut install) {
            let script = "from wa_client import Client; assert Client().session == 'default'";
            let mut import = Command::new(&python);
            import.args(["-c", script]).current_dir(self.scratch);
            suite.stage("python: what was installed works", Runner::Check, CHECK_LIMIT, &mut import);
        }
    }

    /// The interpreter of an environment; `fresh` makes it anew.
    fn environment(&self, suite: &mut Suite, stage: &str, name: &str, fresh: bool) -> Option<PathBuf> {
        let directory = self.scratch.join(name);
        let python = directory.join("bin/python");
        if !fresh && python.is_file() {
            return Some(python);
        }
        let mut make = Command::new("python3");
        make.args(["-m", "venv", "--clear"]).arg(&directory);
        suite.stage(stage, Runner::Check, INSTALL_LIMIT, &mut make).then_some(python)
    }

    /// An interpreter at the package's source, which it cannot import: that is one directory further down.
    fn python(&self, python: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(python);
        command.args(arguments).current_dir(&self.package);
        command.env("CHROME_PATH", self.browser).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }
}

fn pip(python: &Path) -> Command {
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    pip
}

/// The wheel in a directory, which must be one for every version of Python from 3.10.
fn only_wheel(directory: &Path) -> Fallible<PathBuf> {
    let files: Vec<_> = fs::read_dir(directory)
        .map_err(|error| format!("{}: {error}", directory.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    let [wheel] = files.as_slice() else { return Err(format!("not one wheel, but {files:?}")) };
    let name = wheel.file_name().unwrap_or_default().to_string_lossy();
    let right =
        name.starts_with(concat!("wa_client-", env!("CARGO_PKG_VERSION"), "-cp310-abi3-")) && name.ends_with(".whl");
    right.then(|| wheel.clone()).ok_or_else(|| format!("{name} is not for every Python from 3.10"))
}
