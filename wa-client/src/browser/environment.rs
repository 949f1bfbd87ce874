//! What the browser gets from us beside its arguments: few variables, no descriptors, and a mask for what it creates.
//!
//! The environment of a program that links accounts holds passwords and tokens. The browser needs none of them, runs the code
//! of a page, and shows its environment to every program of the same user.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use command_fds::FdMapping;
use rustix::fs::OFlags;
use tokio::process::Command;

/// What a browser reads of its environment: where things are, in which language and time zone, and on which display.
///
/// Left out on purpose: `CHROMIUM_FLAGS`, with which a debugging port could be opened, `SSLKEYLOGFILE`, which writes down the
/// keys of every connection, and whatever loads code into it.
const PASSED: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LANGUAGE",
    "TZ",
    "TZDIR",
    "TMPDIR",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    // Without it, a browser with a display would start a bus of its own.
    "DBUS_SESSION_BUS_ADDRESS",
    "FONTCONFIG_FILE",
    "FONTCONFIG_PATH",
    "LD_LIBRARY_PATH",
    "CHROME_DEVEL_SANDBOX",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_DIRS",
    "XDG_CONFIG_HOME",
    "XDG_CURRENT_DESKTOP",
    "XDG_DATA_DIRS",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "XDG_SESSION_TYPE",
    "XDG_STATE_HOME",
];

/// The ways out, in small or capital letters. The browser ignores user and password in them, so it does not get these.
const PROXIES: &[&str] =
    &["all_proxy", "auto_proxy", "http_proxy", "https_proxy", "no_proxy", "socks_server", "socks_version"];

/// What the browser creates is for its user alone; then the browser takes the place of the shell. A mask belongs to the whole
/// process, so ours cannot be changed for the start of another.
const LAUNCHER: &str = r#"umask 077; exec "$0" "$@""#;

/// The command that becomes the browser, with what it may know of the environment `host`.
pub(super) fn command(
    program: &Path,
    arguments: Vec<OsString>,
    host: impl IntoIterator<Item = (OsString, OsString)>,
) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", LAUNCHER]).arg(program).args(arguments);
    command.env_clear().envs(host.into_iter().filter_map(passed));
    command
}

/// Descriptors of this process that any program it starts would inherit, each with nothing in its place: a host may have got
/// them from its own parent, or opened them in C. A browser that keeps a port or a lock of its host outlives it with them.
/// The first five are ours to give.
pub(super) fn withheld() -> io::Result<Vec<FdMapping>> {
    // Where there is no such directory, nothing is known about them.
    let Ok(descriptors) = fs::read_dir("/proc/self/fdinfo") else { return Ok(Vec::new()) };
    let numbers = descriptors.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers
        .filter(|number| *number > 4 && is_inherited(*number))
        .map(|child_fd| Ok(FdMapping { parent_fd: File::open("/dev/null")?.into(), child_fd }))
        .collect()
}

fn is_inherited(descriptor: i32) -> bool {
    // It may be closed by now.
    let Ok(info) = fs::read_to_string(format!("/proc/self/fdinfo/{descriptor}")) else { return false };
    let flags = info.lines().find_map(|line| u32::from_str_radix(line.strip_prefix("flags:")?.trim(), 8).ok());
    flags.is_some_and(|flags| flags & OFlags::CLOEXEC.bits() == 0)
}

fn passed((name, value): (OsString, OsString)) -> Option<(OsString, OsString)> {
    let text = name.to_str()?;
    if PASSED.contains(&text) || text.starts_with("LC_") {
        return Some((name, value));
    }
    PROXIES.iter().any(|proxy| text.eq_ignore_ascii_case(proxy)).then(|| {
        let value = without_password(&value);
        (name, value)
    })
}

/// `http://user:password@host:port` without what stands before the `@`.
fn without_password(value: &OsStr) -> OsString {
    let bytes = value.as_bytes();
    let Some(at) = bytes.iter().rposition(|byte| *byte == b'@') else { return value.to_owned() };
    let scheme = bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let start = if bytes[scheme..].starts_with(b"://") { scheme + 3 } else { 0 };
    OsString::from_vec([&bytes[..start], &bytes[at + 1..]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(host: &[(&str, &str)]) -> Vec<(String, String)> {
        let host = host.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        let command = command(Path::new("chromium"), Vec::new(), host);
        let text = |text: &OsStr| text.to_str().unwrap().to_owned();
        command.as_std().get_envs().map(|(name, value)| (text(name), text(value.unwrap()))).collect()
    }

    #[test]
    fn only_what_is_listed_passes() {
        let host = [
            ("PATH", "/usr/bin"),
            ("LC_ALL", "de_DE.UTF-8"),
            ("REDIS_PASSWORD", "secret"),
            ("WHATSAPP_JWT_SECRET", "secret"),
            ("CHROMIUM_FLAGS", "--remote-debugging-port=9222"),
            ("SSLKEYLOGFILE", "/tmp/keys"),
            ("LD_PRELOAD", "/tmp/code.so"),
            ("XDG_SECRET", "secret"),
        ];
        let passed = environment(&host);
        assert_eq!(
            passed,
            [("LC_ALL", "de_DE.UTF-8"), ("PATH", "/usr/bin")].map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
    }

    #[test]
    fn proxies_pass_without_user_and_password() {
        for (given, wanted) in [
            ("http://user:pass@proxy:3128", "http://proxy:3128"),
            ("http://user:p@ss@proxy:3128/", "http://proxy:3128/"),
            ("http://user:p://ss@proxy", "http://proxy"),
            ("user:a://b@proxy:1", "proxy:1"),
            ("user:pass@proxy:3128", "proxy:3128"),
            ("http://proxy:3128", "http://proxy:3128"),
            ("localhost,.example.org", "localhost,.example.org"),
            ("", ""),
        ] {
            assert_eq!(environment(&[("HTTPS_PROXY", given)]), [("HTTPS_PROXY".to_owned(), wanted.to_owned())]);
        }
    }
}
