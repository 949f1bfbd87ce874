//! Finds a Chromium program.

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind};

/// Programs looked for in `PATH`, best first.
const NAMES: &[&str] =
    &["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "microsoft-edge-stable"];

/// Where packages put it.
#[cfg(target_os = "macos")]
const PLACES: &[&str] = &[
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/opt/homebrew/bin/chromium",
    "/usr/local/bin/chromium",
];
#[cfg(not(target_os = "macos"))]
const PLACES: &[&str] = &[
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/lib/chromium/chromium",
    "/usr/lib64/chromium-browser/chromium-browser",
    "/usr/bin/google-chrome-stable",
    "/opt/google/chrome/chrome",
    "/usr/local/bin/chromium",
    // Last: the confinement of the snap keeps it out of hidden directories, where sessions often are.
    "/snap/bin/chromium",
];

/// The program to run. What the configuration or the environment names must exist; only then it is looked for.
///
/// # Errors
/// `browser_not_found`, with everything that was tried.
pub(super) fn find(configured: Option<&Path>, env: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, Error> {
    if let Some(path) = configured {
        return named("the configured executable", path.as_os_str(), &env);
    }
    for variable in ["CHROME_PATH", "PUPPETEER_EXECUTABLE_PATH"] {
        if let Some(value) = env(variable).filter(|value| !value.is_empty()) {
            return named(variable, &value, &env);
        }
    }
    let directories = path_directories(&env);
    let in_path = NAMES.iter().flat_map(|name| directories.iter().map(move |directory| directory.join(name)));
    in_path.chain(PLACES.iter().map(PathBuf::from)).find(|path| is_program(path)).ok_or_else(|| {
        Error::new(
            ErrorKind::BrowserNotFound,
            "launch",
            format!(
                "no Chromium found: CHROME_PATH and PUPPETEER_EXECUTABLE_PATH are not set; tried {} in PATH ({}), and {}",
                NAMES.join(", "),
                directories.iter().map(|d| d.display().to_string()).collect::<Vec<_>>().join(":"),
                PLACES.join(", "),
            ),
        )
    })
}

/// A program that was named: a path, or a bare name to be found in `PATH`.
fn named(by: &str, value: &OsStr, env: &impl Fn(&str) -> Option<OsString>) -> Result<PathBuf, Error> {
    let path = Path::new(value);
    let found = if path.components().count() > 1 {
        is_program(path).then(|| path.to_owned())
    } else {
        path_directories(env).into_iter().map(|directory| directory.join(path)).find(|path| is_program(path))
    };
    found.ok_or_else(|| {
        Error::new(
            ErrorKind::BrowserNotFound,
            "launch",
            format!("{by} names {}, which is not a program; nothing else was tried", path.display()),
        )
    })
}

fn path_directories(env: &impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    env("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}

fn is_program(path: &Path) -> bool {
    let Ok(metadata) = path.metadata() else { return false };
    metadata.is_file() && metadata.permissions().mode() & 0o111 != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(directory: &Path, name: &str) -> PathBuf {
        let path = directory.join(name);
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        path
    }

    fn environment<'a>(pairs: &'a [(&'a str, OsString)]) -> impl Fn(&str) -> Option<OsString> + 'a {
        |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone())
    }

    #[test]
    fn configuration_beats_environment_beats_path() {
        let directory = tempfile::tempdir().unwrap();
        let configured = program(directory.path(), "mine");
        let chrome_path = program(directory.path(), "theirs");
        let in_path = program(directory.path(), "chromium");
        let path = ("PATH", directory.path().as_os_str().to_owned());
        let variable = ("CHROME_PATH", chrome_path.clone().into_os_string());

        let both = [path.clone(), variable];
        assert_eq!(find(Some(&configured), environment(&both)).unwrap(), configured);
        assert_eq!(find(None, environment(&both)).unwrap(), chrome_path);
        assert_eq!(find(None, environment(std::slice::from_ref(&path))).unwrap(), in_path);
        let puppeteer = [path, ("PUPPETEER_EXECUTABLE_PATH", configured.clone().into_os_string())];
        assert_eq!(find(None, environment(&puppeteer)).unwrap(), configured);
    }

    #[test]
    fn a_bare_name_is_looked_for_in_path() {
        let directory = tempfile::tempdir().unwrap();
        let mine = program(directory.path(), "mine");
        let pairs = [("PATH", directory.path().as_os_str().to_owned())];
        assert_eq!(find(Some(Path::new("mine")), environment(&pairs)).unwrap(), mine);
    }

    #[test]
    fn a_named_program_that_is_missing_is_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        program(directory.path(), "chromium");
        let missing = directory.path().join("missing");
        let pairs = [("PATH", directory.path().as_os_str().to_owned()), ("CHROME_PATH", missing.clone().into())];
        let error = find(None, environment(&pairs)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrowserNotFound);
        assert!(error.message().contains("CHROME_PATH"), "{error}");
        assert!(error.message().contains(&missing.display().to_string()), "{error}");
    }
}
