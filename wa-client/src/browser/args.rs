//! The command line of the browser.

use std::ffi::OsString;
use std::path::Path;

use crate::error::{Error, ErrorKind};

/// What the arguments depend on.
pub(super) struct Arguments<'a> {
    pub(super) profile: &'a Path,
    pub(super) user_agent: Option<&'a str>,
    pub(super) no_sandbox: bool,
    /// `/dev/shm` is too small for shared memory.
    pub(super) small_shm: bool,
    pub(super) extra: &'a [String],
}

const BASELINE: &[&str] = &[
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--disable-quic",
    "--disable-gpu",
    "--disable-breakpad",
    "--password-store=basic",
    "--use-mock-keychain",
    "--mute-audio",
    // A page nobody looks at must keep its timers.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    // After a kill: no bubble that asks whether to restore pages.
    "--hide-crash-restore-bubble",
    "--noerrdialogs",
    // `navigator.webdriver` is true in every mode otherwise.
    "--disable-blink-features=AutomationControlled",
];

/// Hidden renderers of the browser's own interface, a renderer kept in reserve, documents kept after they were left, and
/// services that call home.
const DISABLED: &[&str] = &[
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "SpareRendererForSitePerProcess",
    "BackForwardCache",
    "Translate",
    "MediaRouter",
    "OptimizationHints",
];

/// The ordinary browser on the platform without a display, where there is one: it needs less memory than
/// `--headless=new`, and no request of it, workers included, ever says `HeadlessChrome`. Without the two sizes its
/// window is empty.
#[cfg(target_os = "linux")]
const DISPLAY: &[&str] =
    &["--ozone-platform=headless", "--window-size=1280,900", "--ozone-override-screen-size=1280,900"];
#[cfg(not(target_os = "linux"))]
const DISPLAY: &[&str] = &["--headless=new", "--window-size=1280,900"];

/// The argument vector. Chromium honours only the last `--disable-features` and the last `--enable-features`, so there
/// is one of each.
///
/// # Errors
/// `config` when an extra argument is none, or would break how the browser is driven.
pub(super) fn build(spec: &Arguments<'_>) -> Result<Vec<OsString>, Error> {
    let mut disabled: Vec<&str> = DISABLED.to_vec();
    let mut enabled: Vec<&str> = Vec::new();
    let mut extra: Vec<&str> = Vec::new();
    for argument in spec.extra {
        let (name, value) = argument.split_once('=').unwrap_or((argument, ""));
        match name {
            "--disable-features" => disabled.extend(features(value)),
            "--enable-features" => {
                let wanted: Vec<&str> = features(value).collect();
                disabled.retain(|feature| !wanted.contains(feature));
                enabled.extend(wanted);
            }
            "--user-data-dir"
            | "--remote-debugging-pipe"
            | "--remote-debugging-port"
            | "--remote-debugging-address" => {
                return Err(invalid(format!("the browser argument {name} is set by the library")));
            }
            _ if name.len() > 2 && name.starts_with("--") => extra.push(argument),
            _ => return Err(invalid("a browser argument must start with --".to_owned())),
        }
    }
    let has = |wanted: &str| extra.iter().any(|argument| argument.split('=').next() == Some(wanted));

    let mut arguments: Vec<OsString> = BASELINE.iter().map(OsString::from).collect();
    if !has("--headless") && !has("--ozone-platform") {
        arguments.extend(DISPLAY.iter().map(OsString::from));
    }
    if spec.no_sandbox && !has("--no-sandbox") {
        arguments.push("--no-sandbox".into());
    }
    if spec.small_shm && !has("--disable-dev-shm-usage") {
        arguments.push("--disable-dev-shm-usage".into());
    }
    if let Some(user_agent) = spec.user_agent {
        arguments.push(format!("--user-agent={user_agent}").into());
    }
    arguments.push(format!("--disable-features={}", disabled.join(",")).into());
    if !enabled.is_empty() {
        arguments.push(format!("--enable-features={}", enabled.join(",")).into());
    }
    arguments.extend(extra.into_iter().map(OsString::from));
    arguments.push("--remote-debugging-pipe".into());
    let mut profile = OsString::from("--user-data-dir=");
    profile.push(spec.profile);
    arguments.push(profile);
    // Without an address the browser opens its own start page, which costs a renderer.
    arguments.push("about:blank".into());
    Ok(arguments)
}

fn features(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').filter(|feature| !feature.is_empty())
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::Config, "launch", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(extra: &[&str]) -> Result<Vec<String>, Error> {
        let extra: Vec<String> = extra.iter().map(ToString::to_string).collect();
        let spec = Arguments {
            profile: Path::new("/profile"),
            user_agent: None,
            no_sandbox: false,
            small_shm: false,
            extra: &extra,
        };
        Ok(build(&spec)?.into_iter().map(|argument| argument.into_string().unwrap()).collect())
    }

    fn values(arguments: &[String], name: &str) -> Vec<String> {
        arguments.iter().filter_map(|a| a.strip_prefix(&format!("{name}="))).map(str::to_owned).collect()
    }

    #[test]
    fn ends_with_the_blank_page_and_keeps_the_sandbox() {
        let arguments = arguments(&[]).unwrap();
        assert_eq!(arguments.last().unwrap(), "about:blank");
        assert_eq!(values(&arguments, "--user-data-dir"), ["/profile"]);
        assert!(!arguments.iter().any(|a| a == "--no-sandbox" || a == "--ignore-certificate-errors"));
    }

    #[test]
    fn features_are_merged_into_one_flag_each() {
        let arguments =
            arguments(&["--disable-features=A,B", "--enable-features=Translate,C", "--disable-features=D"]).unwrap();
        let disabled = values(&arguments, "--disable-features");
        assert_eq!(disabled.len(), 1);
        let disabled: Vec<&str> = disabled[0].split(',').collect();
        for feature in ["WebUIOmniboxPopup", "A", "B", "D"] {
            assert!(disabled.contains(&feature), "{feature}");
        }
        assert!(!disabled.contains(&"Translate"));
        assert_eq!(values(&arguments, "--enable-features"), ["Translate,C"]);
    }

    #[test]
    fn a_display_of_the_callers_choice_replaces_ours() {
        let arguments = arguments(&["--ozone-platform=x11"]).unwrap();
        assert_eq!(values(&arguments, "--ozone-platform"), ["x11"]);
        assert!(!arguments.iter().any(|a| a.starts_with("--headless")));
    }

    #[test]
    fn what_would_break_the_transport_or_the_profile_is_refused() {
        for argument in ["--remote-debugging-port=9222", "--user-data-dir=/tmp", "https://example.org", "-x", "--", ""]
        {
            assert_eq!(arguments(&[argument]).unwrap_err().kind(), ErrorKind::Config, "{argument}");
        }
    }
}
