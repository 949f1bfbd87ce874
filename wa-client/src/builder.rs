//! Making a [`Client`].

use std::path::PathBuf;
use std::sync::Arc;

use crate::cache::{Cache, MemoryCache};
use crate::client::Client;
use crate::config::{Config, Deadlines, Pacing, ReconnectPolicy, RedisUrl};
use crate::error::{Error, ErrorKind, Result};

/// Collects what a [`Client`] needs. Every setting has a default; see [`Config`] for what they mean.
#[must_use = "a builder does nothing until it is built"]
#[derive(Debug, Default)]
pub struct ClientBuilder {
    config: Config,
    cache: Option<Arc<dyn Cache>>,
}

macro_rules! setters {
    ($($(#[doc = $doc:literal])* $name:ident: $type:ty => $($field:ident).+ = $value:expr;)*) => {
        $(
            $(#[doc = $doc])*
            pub fn $name(mut self, $name: $type) -> Self {
                self.config.$($field).+ = $value;
                self
            }
        )*
    };
}

impl ClientBuilder {
    /// Takes all settings at once, in place of those made before.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    setters! {
        /// Sets the name of the session, [`Config::session`].
        session: impl Into<String> => session = session.into();
        /// Sets where session data is kept, [`Config::session_path`].
        session_path: impl Into<PathBuf> => session_path = session_path.into();
        /// Sets the address of the page, [`Config::page_url`].
        page_url: impl Into<String> => page_url = page_url.into();
        /// Sets the path of Chromium, [`Config::executable`].
        executable: impl Into<PathBuf> => executable = Some(executable.into());
        /// Sets the user agent, [`Config::user_agent`].
        user_agent: impl Into<String> => user_agent = Some(user_agent.into());
        /// Switches Chromium's sandbox off or on, [`Config::no_sandbox`].
        no_sandbox: bool => no_sandbox = Some(no_sandbox);
        /// Sets the deadlines, [`Config::deadlines`].
        deadlines: Deadlines => deadlines = deadlines;
        /// Sets how fast messages go out, [`Config::pacing`]; `None` switches pacing off.
        pacing: Option<Pacing> => pacing = pacing;
        /// Sets how a lost session is taken up again, [`Config::reconnect`].
        reconnect_policy: ReconnectPolicy => reconnect = reconnect_policy;
        /// Sets whether to take the session back from another browser, [`Config::takeover_on_conflict`].
        takeover_on_conflict: bool => takeover_on_conflict = takeover_on_conflict;
        /// Sets after how many unused batches of QR codes to give up, [`Config::qr_max_retries`].
        qr_max_retries: u32 => qr_max_retries = Some(qr_max_retries);
    }

    /// Sets where status and QR code are kept for other processes to read, in place of [`Config::redis_url`]. Default: in memory.
    pub fn cache(mut self, cache: impl Cache) -> Self {
        self.cache = Some(Arc::new(cache));
        self
    }

    /// Makes the client. Nothing is started before [`Client::initialize`].
    ///
    /// # Errors
    /// `config` when a setting makes no sense, or outside of a Tokio runtime.
    pub fn build(mut self) -> Result<Client> {
        self.config.validate()?;
        // Where the session is does not depend on where the program goes later.
        self.config.session_path = std::path::absolute(&self.config.session_path).map_err(|error| {
            Error::new(ErrorKind::Config, "build", "sessionPath: there is no working directory").with_source(error)
        })?;
        if let Err(error) = tokio::runtime::Handle::try_current() {
            return Err(Error::new(ErrorKind::Config, "build", "a client needs a Tokio runtime").with_source(error));
        }
        let cache = match (self.cache, &self.config.redis_url) {
            (Some(cache), _) => cache,
            (None, Some(url)) => redis_cache(url)?,
            (None, None) => Arc::new(MemoryCache::new()),
        };
        Ok(Client::start(Arc::new(self.config), cache))
    }
}

#[cfg(feature = "redis")]
fn redis_cache(url: &RedisUrl) -> Result<Arc<dyn Cache>> {
    use crate::cache::{RedisCache, RedisOptions};
    Ok(Arc::new(RedisCache::new(RedisOptions::from_url(url.as_str())?)?))
}

#[cfg(not(feature = "redis"))]
fn redis_cache(_: &RedisUrl) -> Result<Arc<dyn Cache>> {
    Err(Error::new(ErrorKind::Config, "build", "redisUrl: this build has no Redis (feature `redis`)"))
}
