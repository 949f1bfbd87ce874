//! The Redis server: where it is, and what is made of that.

use std::fmt;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _, RedisConnectionInfo};
use wa_client::cache::{RedisCache, RedisOptions};

use crate::settings::{SettingsError, Variables};

/// Where the Redis server is and how to log in: `REDIS_URL`, or `REDIS_HOST` with `REDIS_PORT`, `REDIS_PASSWORD` and
/// `REDIS_DB`.
#[derive(Clone)]
pub struct RedisSettings {
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Url(String),
    Host { host: String, port: u16, password: Option<String>, db: u32 },
}

/// Without the password.
impl fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Url(_) => f.write_str("RedisSettings(url)"),
            Kind::Host { host, port, db, .. } => write!(f, "RedisSettings({host}:{port}/{db})"),
        }
    }
}

impl RedisSettings {
    /// The server that a `redis://` or `rediss://` URL names.
    #[must_use]
    pub fn url(url: impl Into<String>) -> Self {
        Self { kind: Kind::Url(url.into()) }
    }

    pub(crate) fn read(variables: &Variables<'_>) -> Result<Option<Self>, SettingsError> {
        if let Some(url) = variables.text("REDIS_URL")? {
            let checked = RedisOptions::from_url(&url);
            checked.map_err(|error| SettingsError::new("REDIS_URL", error.message())).map(drop)?;
            return Ok(Some(Self::url(url)));
        }
        let port = variables.number("REDIS_PORT")?.unwrap_or(6379);
        let db = variables.number("REDIS_DB")?.unwrap_or(0);
        let password = variables.text("REDIS_PASSWORD")?;
        let host = variables.text("REDIS_HOST")?;
        Ok(host.map(|host| Self { kind: Kind::Host { host, port, password, db } }))
    }

    fn info(&self) -> redis::RedisResult<ConnectionInfo> {
        match &self.kind {
            Kind::Url(url) => url.as_str().into_connection_info(),
            Kind::Host { host, port, password, db } => {
                let mut login = RedisConnectionInfo::default().set_db(i64::from(*db));
                if let Some(password) = password {
                    login = login.set_password(password);
                }
                let info = ConnectionAddr::Tcp(host.clone(), *port).into_connection_info()?;
                Ok(info.set_redis_settings(login))
            }
        }
    }

    /// For publishing. Nothing connects yet.
    ///
    /// # Errors
    /// When the address is none.
    pub fn client(&self) -> redis::RedisResult<redis::Client> {
        redis::Client::open(self.info()?)
    }

    /// For status and QR code. Nothing connects yet.
    ///
    /// # Errors
    /// `config` when the address is none.
    pub fn cache(&self) -> wa_client::Result<RedisCache> {
        RedisCache::new(match &self.kind {
            Kind::Url(url) => RedisOptions::from_url(url)?,
            Kind::Host { host, port, password, db } => {
                let options = RedisOptions::new(host, *port).db(*db);
                match password {
                    Some(password) => options.password(password),
                    None => options,
                }
            }
        })
    }
}
