//! What the environment sets. Every problem names its variable and never repeats a secret.

use std::ffi::OsString;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

use wa_client::{Config, Pacing};

use crate::redis::RedisSettings;

/// How many past events a reader of `/whatsapp/events` can catch up on.
const REPLAY: usize = 1000;

/// The shortest secret that HS256 may be used with: as long as its hash (RFC 7518, 3.2).
const MIN_SECRET: usize = 32;

/// Everything that can be set.
#[derive(Clone)]
#[non_exhaustive]
pub struct Settings {
    /// Where to listen: `HOST` and `PORT`. Default 127.0.0.1:3030; port 0 takes a free one.
    pub listen: SocketAddr,
    /// `WHATSAPP_JWT_SECRET`; without one a random one is made at start.
    pub secret: Option<String>,
    /// The session.
    pub client: Config,
    /// The Redis server, when one is named.
    pub redis: Option<RedisSettings>,
    /// Whether events are published in Redis: `WHATSAPP_REDIS_BUS`, `on` or `off`.
    pub bus: bool,
    /// Whether log lines are JSON: `WHATSAPP_LOG_FORMAT`, `text` or `json`.
    pub json_logs: bool,
}

/// Without the secret.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { listen, secret, client, redis, bus, json_logs } = self;
        f.debug_struct("Settings")
            .field("listen", listen)
            .field("secret", &secret.is_some())
            .field("client", client)
            .field("redis", redis)
            .field("bus", bus)
            .field("json_logs", json_logs)
            .finish()
    }
}

/// A variable that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    variable: String,
    problem: String,
}

impl SettingsError {
    pub(crate) fn new(variable: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { variable: variable.into(), problem: problem.into() }
    }

    /// The variable.
    #[must_use]
    pub fn variable(&self) -> &str {
        &self.variable
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.variable, self.problem)
    }
}

impl std::error::Error for SettingsError {}

type Result<T> = std::result::Result<T, SettingsError>;

impl Settings {
    /// Every variable that is read.
    pub const VARIABLES: &[&str] = &[
        "HOST",
        "PORT",
        "WHATSAPP_JWT_SECRET",
        "WHATSAPP_SESSION_PATH",
        "WHATSAPP_WEB_URL",
        "WHATSAPP_RECONNECT_ATTEMPTS",
        "WHATSAPP_MAX_PER_MINUTE",
        "WHATSAPP_MAX_PER_DAY",
        "CHROME_PATH",
        "PUPPETEER_EXECUTABLE_PATH",
        "REDIS_HOST",
        "REDIS_PORT",
        "REDIS_PASSWORD",
        "REDIS_DB",
        "REDIS_URL",
        "WHATSAPP_REDIS_BUS",
        "WHATSAPP_LOG_FORMAT",
        "RUST_LOG",
    ];

    /// What the environment of this process says.
    ///
    /// # Errors
    /// The first variable that makes no sense.
    pub fn from_env() -> Result<Self> {
        Self::read(|name| std::env::var_os(name))
    }

    /// What `lookup` says; an empty value counts as none.
    ///
    /// # Errors
    /// The first variable that makes no sense.
    pub fn read(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self> {
        let variables = Variables(&lookup);
        let listen = SocketAddr::new(host(&variables)?, variables.number("PORT")?.unwrap_or(3030));
        let secret = variables.text("WHATSAPP_JWT_SECRET")?;
        if secret.as_ref().is_some_and(|secret| secret.len() < MIN_SECRET) {
            return Err(SettingsError::new(
                "WHATSAPP_JWT_SECRET",
                "at least 32 bytes; `openssl rand -base64 48` makes a good one",
            ));
        }
        if secret.is_none() && !listen.ip().is_loopback() {
            return Err(SettingsError::new(
                "WHATSAPP_JWT_SECRET",
                "needed when HOST is not a loopback address: others would reach the service with a secret nobody knows",
            ));
        }
        Ok(Self {
            listen,
            secret,
            client: client(&variables)?,
            redis: RedisSettings::read(&variables)?,
            bus: variables.choice("WHATSAPP_REDIS_BUS", "off", "on")?.unwrap_or(true),
            json_logs: variables.choice("WHATSAPP_LOG_FORMAT", "text", "json")?.unwrap_or(false),
        })
    }
}

fn host(variables: &Variables<'_>) -> Result<IpAddr> {
    match variables.text("HOST")?.as_deref() {
        None | Some("localhost") => Ok(Ipv4Addr::LOCALHOST.into()),
        Some(host) => host.parse().map_err(|_| SettingsError::new("HOST", "an IP address, or localhost")),
    }
}

fn client(variables: &Variables<'_>) -> Result<Config> {
    let mut config = Config::default();
    config.event_replay = REPLAY;
    if let Some(path) = variables.path("WHATSAPP_SESSION_PATH") {
        config.session_path = path.into();
    }
    if let Some(url) = variables.text("WHATSAPP_WEB_URL")? {
        config.page_url = url;
    }
    let browser = variables.path("CHROME_PATH").or_else(|| variables.path("PUPPETEER_EXECUTABLE_PATH"));
    config.executable = browser.map(Into::into);
    if let Some(attempts) = variables.number("WHATSAPP_RECONNECT_ATTEMPTS")? {
        config.reconnect.attempts = Some(attempts);
    }
    let minute: u32 = variables.number("WHATSAPP_MAX_PER_MINUTE")?.unwrap_or(20);
    let day: u32 = variables.number("WHATSAPP_MAX_PER_DAY")?.unwrap_or(1000);
    // 0 is no limit; the library has one switch for both.
    let limit = |limit| if limit == 0 { u32::MAX } else { limit };
    config.pacing = (minute > 0 || day > 0).then(|| Pacing::new(limit(minute), limit(day)));
    config.validate().map_err(|error| {
        let variable =
            if error.message().starts_with("pageUrl") { "WHATSAPP_WEB_URL" } else { "WHATSAPP_SESSION_PATH" };
        SettingsError::new(variable, error.message())
    })?;
    Ok(config)
}

/// Reads variables; an empty one counts as none.
pub(crate) struct Variables<'a>(&'a dyn Fn(&str) -> Option<OsString>);

impl Variables<'_> {
    fn path(&self, name: &str) -> Option<OsString> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<String>> {
        let text = self.path(name).map(OsString::into_string).transpose();
        text.map_err(|_| SettingsError::new(name, "not valid UTF-8"))
    }

    pub(crate) fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>> {
        let number = self.text(name)?.map(|text| text.trim().parse()).transpose();
        number.map_err(|_| SettingsError::new(name, "a whole number that is not negative and not too large"))
    }

    /// `false` for `no`, `true` for `yes`, nothing else.
    fn choice(&self, name: &str, no: &str, yes: &str) -> Result<Option<bool>> {
        match self.text(name)? {
            None => Ok(None),
            Some(text) if text == no => Ok(Some(false)),
            Some(text) if text == yes => Ok(Some(true)),
            Some(_) => Err(SettingsError::new(name, format!("`{no}` or `{yes}`"))),
        }
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
