//! Everything that can be set, with the values used when it is not.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, ErrorKind, Result};
use crate::overrides;
use crate::redact::Hidden;

/// The settings of a session. In JSON, names are camelCase and durations are milliseconds; what is left out keeps its default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Config {
    /// The name of the session: 1 to 64 letters, digits, `-`, `_`. Other users of the machine can see it in the list of
    /// processes, as part of the session directory: no number, no name. Default `default`.
    pub session: String,
    /// Where session data is kept, in `session-<name>` below it. Default `.wwebjs_auth`.
    pub session_path: PathBuf,
    /// The page. Default `https://web.whatsapp.com/`; a simulator's address for trials.
    pub page_url: String,
    /// Chromium. Default: `CHROME_PATH`, `PUPPETEER_EXECUTABLE_PATH`, then the usual places.
    pub executable: Option<PathBuf>,
    /// The user agent. Default: the browser's own without `Headless`.
    pub user_agent: Option<String>,
    /// Switches Chromium's sandbox off. Default: only when running as root.
    pub no_sandbox: Option<bool>,
    /// More arguments for Chromium.
    pub browser_args: Vec<String>,
    /// How long each step may take.
    pub deadlines: Deadlines,
    /// How fast messages are sent; `None` (JSON `null`) sends as fast as possible.
    pub pacing: Option<Pacing>,
    /// How a lost session is taken up again.
    pub reconnect: ReconnectPolicy,
    /// How long the page may repair its own connection before it is loaded anew. Default 3 minutes.
    #[serde(with = "millis")]
    pub page_recovery_grace: Duration,
    /// How long a browser may run before it is replaced by a fresh one, which takes seconds and gives back what a page takes
    /// over weeks. That waits for a moment when the session is ready and nothing was sent or received for a while (30 s, or
    /// this long if that is less). No event is lost, calls wait. Default: never.
    #[serde(with = "optional_millis")]
    pub recycle_after: Option<Duration>,
    /// Whether to take the session back when another browser takes it over. Default: no.
    pub takeover_on_conflict: bool,
    /// After how many unused batches of QR codes to give up. Default: never.
    pub qr_max_retries: Option<u32>,
    /// How long the cache may take. Default 250 ms.
    #[serde(with = "millis")]
    pub cache_timeout: Duration,
    /// How often readiness and liveness are checked beside events. Default 5 s.
    #[serde(with = "millis")]
    pub check_interval: Duration,
    /// How long the answer of a number check is kept. Default 1 hour.
    #[serde(with = "millis")]
    pub exists_ttl: Duration,
    /// How many events a subscriber may be behind. Default 4,096.
    pub event_queue: usize,
    /// How many past events can be replayed to a new subscriber. Default 0.
    pub event_replay: usize,
    /// A Redis server for status and QR code, where other processes can read them: `redis://user:password@host:port/db`, or
    /// `rediss://…` for TLS. Default: in memory. Never written to JSON, for it may hold a password. Needs the feature `redis`.
    #[serde(skip_serializing)]
    pub redis_url: Option<RedisUrl>,
    /// Other places of page modules: capability to candidates `Module.export`, tried before the built-in ones. See
    /// [`read_overrides`](Self::read_overrides) for a file of them.
    pub bridge_overrides: BTreeMap<String, Vec<String>>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            session: "default".into(),
            session_path: ".wwebjs_auth".into(),
            page_url: "https://web.whatsapp.com/".into(),
            executable: None,
            user_agent: None,
            no_sandbox: None,
            browser_args: Vec::new(),
            deadlines: Deadlines::default(),
            pacing: Some(Pacing::default()),
            reconnect: ReconnectPolicy::default(),
            page_recovery_grace: Duration::from_secs(180),
            recycle_after: None,
            takeover_on_conflict: false,
            qr_max_retries: None,
            cache_timeout: Duration::from_millis(250),
            check_interval: Duration::from_secs(5),
            exists_ttl: Duration::from_secs(3600),
            event_queue: 4096,
            event_replay: 0,
            redis_url: None,
            bridge_overrides: BTreeMap::new(),
        }
    }
}

/// The address of a Redis server; `Debug` shows only its length.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct RedisUrl(String);

impl RedisUrl {
    #[cfg(feature = "redis")]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<T: Into<String>> From<T> for RedisUrl {
    fn from(url: T) -> Self {
        Self(url.into())
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hidden(&self.0).fmt(f)
    }
}

macro_rules! deadlines {
    ($($(#[doc = $doc:literal])* $name:ident = $ms:literal,)*) => {
        /// How long each step may take before it fails with `timeout`. JSON: milliseconds.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields, rename_all = "camelCase")]
        #[non_exhaustive]
        pub struct Deadlines {
            $($(#[doc = $doc])* #[serde(with = "millis")] pub $name: Duration,)*
        }

        impl Default for Deadlines {
            fn default() -> Self {
                Self { $($name: Duration::from_millis($ms),)* }
            }
        }

        impl Deadlines {
            fn all(&self) -> impl Iterator<Item = (&'static str, Duration)> {
                [$((stringify!($name), self.$name),)*].into_iter()
            }
        }
    };
}

deadlines! {
    /// Chromium answers. Default 30 s.
    start_browser = 30_000,
    /// The page's document runs our script. Default 60 s.
    load_page = 60_000,
    /// Every core capability is found. Default 30 s.
    probe = 30_000,
    /// The first QR code shows, or a stored session is recognised. Default 60 s.
    first_qr = 60_000,
    /// From the phone's acceptance to syncing. Default 60 s.
    linking = 60_000,
    /// From linked to ready. Default 10 min: a fresh link copies history.
    syncing = 600_000,
    /// From the start of a restored session to ready. Default 3 min.
    restore = 180_000,
    /// A message, from the call to the level it waits for. Default 60 s.
    send = 60_000,
    /// A number check. Default 15 s.
    exists = 15_000,
    /// A pairing code. Default 30 s.
    pairing_code = 30_000,
    /// A new QR code on demand. Default 30 s.
    generate_qr = 30_000,
    /// Unlinking on our request. Default 30 s.
    logout = 30_000,
    /// Any other call of the page. Default 15 s.
    page_call = 15_000,
    /// The page's main thread shows that it lives. Default 10 s.
    ping = 10_000,
    /// The messages that arrived while we were away. Default 60 s.
    catch_up = 60_000,
    /// An unreadable message becomes readable. Default 60 s.
    ciphertext = 60_000,
    /// Page and browser close. Default 10 s.
    close = 10_000,
}

/// How fast messages are sent: both limits hold, and what was not used of the minute can be used at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Pacing {
    /// Messages a minute. Default 20.
    pub per_minute: u32,
    /// Messages a day. Default 1,000.
    pub per_day: u32,
}

impl Default for Pacing {
    fn default() -> Self {
        Self { per_minute: 20, per_day: 1000 }
    }
}

impl Pacing {
    /// A limit per minute and one per day.
    #[must_use]
    pub const fn new(per_minute: u32, per_day: u32) -> Self {
        Self { per_minute, per_day }
    }
}

/// How a lost session is taken up again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReconnectPolicy {
    /// Quick attempts before the slow ones; `None` (JSON `null`) for any number. Default 5.
    pub attempts: Option<u32>,
    /// The longest wait before the first attempt. Default 1 s.
    #[serde(with = "millis")]
    pub base: Duration,
    /// By what the longest wait grows with each attempt. Default 2.
    pub factor: f64,
    /// The longest wait of all. Default 60 s.
    #[serde(with = "millis")]
    pub cap: Duration,
    /// How long a session must be ready before attempts are counted anew. Default 60 s.
    #[serde(with = "millis")]
    pub reset_after: Duration,
    /// The wait between slow attempts, once the quick ones are used up; `None` ends there. Default 5 min.
    #[serde(with = "optional_millis")]
    pub slow_interval: Option<Duration>,
}

impl Default for ReconnectPolicy {
    fn default() -> Self {
        Self {
            attempts: Some(5),
            base: Duration::from_secs(1),
            factor: 2.0,
            cap: Duration::from_secs(60),
            reset_after: Duration::from_secs(60),
            slow_interval: Some(Duration::from_secs(300)),
        }
    }
}

impl ReconnectPolicy {
    /// Ends after the quick attempts.
    #[must_use]
    pub fn give_up(mut self) -> Self {
        self.slow_interval = None;
        self
    }

    /// Never slows down and never ends.
    #[must_use]
    pub fn unlimited(mut self) -> Self {
        self.attempts = None;
        self
    }

    /// Sets the number of quick attempts.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = Some(attempts);
        self
    }
}

/// Times beyond this cannot be counted everywhere, and are mistakes.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

impl Config {
    /// Checks that the settings make sense together.
    ///
    /// # Errors
    /// `config`, naming the setting.
    pub fn validate(&self) -> Result<()> {
        let invalid = |message: String| Err(Error::new(ErrorKind::Config, "validate_config", message));
        let name_ok = (1..=64).contains(&self.session.len())
            && self.session.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !name_ok {
            return invalid("session: 1 to 64 letters, digits, - and _".into());
        }
        if self.session_path.as_os_str().is_empty() {
            return invalid("sessionPath: must not be empty".into());
        }
        if !is_page_url(&self.page_url) {
            return invalid("pageUrl: must be an http or https address".into());
        }
        if self.user_agent.as_ref().is_some_and(|agent| agent.trim().is_empty() || agent.chars().any(char::is_control))
        {
            return invalid("userAgent: must not be empty or hold control characters".into());
        }
        let durations = self.deadlines.all().chain([
            ("cache_timeout", self.cache_timeout),
            ("check_interval", self.check_interval),
            ("recycle_after", self.recycle_after.unwrap_or(LONGEST)),
            ("reconnect.base", self.reconnect.base),
            ("reconnect.cap", self.reconnect.cap),
            ("reconnect.slow_interval", self.reconnect.slow_interval.unwrap_or(LONGEST)),
        ]);
        for (name, duration) in durations {
            if duration.is_zero() {
                return invalid(format!("{name}: must be longer than zero"));
            }
            if duration > LONGEST {
                return invalid(format!("{name}: must not be longer than a year"));
            }
        }
        let waits = [("page_recovery_grace", self.page_recovery_grace), ("reset_after", self.reconnect.reset_after)];
        if let Some((name, _)) = waits.into_iter().find(|(_, wait)| *wait > LONGEST) {
            return invalid(format!("{name}: must not be longer than a year"));
        }
        if self.pacing.is_some_and(|pacing| pacing.per_minute == 0 || pacing.per_day == 0) {
            return invalid("pacing: limits must be at least 1; null switches pacing off".into());
        }
        if !(1.0..=100.0).contains(&self.reconnect.factor) {
            return invalid("reconnect.factor: must be between 1 and 100".into());
        }
        if self.reconnect.cap < self.reconnect.base {
            return invalid("reconnect.cap: must not be shorter than reconnect.base".into());
        }
        if let Err(what) = overrides::check(&self.bridge_overrides) {
            return invalid(format!("bridgeOverrides: {what}"));
        }
        if self.event_queue == 0 {
            return invalid("eventQueue: must be at least 1".into());
        }
        Ok(())
    }

    /// Where the data of this session is kept: `<session_path>/session-<name>`.
    #[must_use]
    pub fn session_dir(&self) -> PathBuf {
        self.session_path.join(format!("session-{}", self.session))
    }

    /// The settings from JSON, checked.
    ///
    /// # Errors
    /// `config`, naming the setting.
    pub fn from_json(json: &str) -> Result<Self> {
        let config: Self = serde_json::from_str(json).map_err(|e| {
            Error::new(ErrorKind::Config, "read_config", format!("not a configuration: {}", unquoted(&e)))
        })?;
        config.validate()?;
        Ok(config)
    }
}

/// What serde says, without the texts that it found: one may be a password in the wrong place.
fn unquoted(error: &serde_json::Error) -> String {
    let message = shortened(error.to_string());
    let end = message.rfind('"').map_or(0, |last| last + 1);
    match message.find('"') {
        Some(start) => format!("{}…{}", &message[..start], &message[end..]),
        None => message,
    }
}

/// The name of an unknown field is told, but not at any length.
fn shortened(message: String) -> String {
    const MOST: usize = 64;
    let (start, end) = (message.find('`').map_or(0, |first| first + 1), message.rfind("`, expected").unwrap_or(0));
    match message.get(start..end).and_then(|name| name.char_indices().nth(MOST)) {
        Some((kept, _)) => format!("{}…{}", &message[..start + kept], &message[end..]),
        None => message,
    }
}

fn is_page_url(url: &str) -> bool {
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let clean = !url.chars().any(|c| c.is_whitespace() || c.is_control());
    clean && host.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#', ':']))
}

mod millis {
    use super::*;

    pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}

mod optional_millis {
    use super::*;

    pub(super) fn serialize<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        duration.map(|d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX)).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_millis))
    }
}

#[cfg(test)]
#[path = "config_tests.rs"]
mod tests;
