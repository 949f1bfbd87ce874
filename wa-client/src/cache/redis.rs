use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{AsyncCommands as _, Client, ConnectionAddr, IntoConnectionInfo as _, RedisConnectionInfo, RedisError};

use super::{Cache, CacheFuture, MAX_VALUE};
use crate::error::{Error, ErrorKind, Result};

/// For one attempt to connect, the TLS handshake included.
const CONNECT: Duration = Duration::from_secs(5);
/// For one answer. The session waits for less ([`Config::cache_timeout`](crate::Config::cache_timeout)).
const RESPONSE: Duration = Duration::from_secs(1);
/// Life spans above this are no life spans: Redis counts milliseconds since 1970 in 64 bits.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// Where a Redis server is and how to log in.
#[derive(Clone)]
#[must_use = "options do nothing until a cache is made of them"]
pub struct RedisOptions {
    host: String,
    port: u16,
    tls: bool,
    username: Option<String>,
    password: Option<String>,
    db: u32,
}

/// Shows neither name nor password.
impl fmt::Debug for RedisOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, tls, db, .. } = self;
        f.debug_struct("RedisOptions")
            .field("host", host)
            .field("port", port)
            .field("tls", tls)
            .field("db", db)
            .finish_non_exhaustive()
    }
}

impl RedisOptions {
    /// The server at `host` and `port` (usually 6379), without TLS and password, database 0.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        Self { host: host.into(), port, tls: false, username: None, password: None, db: 0 }
    }

    /// The server that a URL names: `redis://user:password@host:port/db`, or `rediss://…` for TLS with a verified certificate.
    ///
    /// # Errors
    /// `config` when it is no such URL; the message does not repeat it.
    pub fn from_url(url: &str) -> Result<Self> {
        let invalid = |why| Error::new(ErrorKind::Config, "redis", why);
        let info = url.into_connection_info().map_err(|_| invalid("not a redis:// or rediss:// address"))?;
        let (host, port, tls) = match info.addr() {
            ConnectionAddr::Tcp(host, port) => (host.clone(), *port, false),
            ConnectionAddr::TcpTls { host, port, insecure: false, .. } => (host.clone(), *port, true),
            ConnectionAddr::TcpTls { .. } => return Err(invalid("a TLS certificate must be verified")),
            _ => return Err(invalid("only redis:// and rediss:// addresses are supported")),
        };
        let settings = info.redis_settings();
        let db = u32::try_from(settings.db()).map_err(|_| invalid("the database must not be negative"))?;
        let text = |value: Option<&str>| value.map(str::to_owned);
        Ok(Self { host, port, tls, username: text(settings.username()), password: text(settings.password()), db })
    }

    /// Logs in as this user (access control lists); without one, as the server's default user.
    pub fn username(mut self, username: impl Into<String>) -> Self {
        self.username = Some(username.into());
        self
    }

    /// Logs in with this password.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Uses this database; 0 unless told otherwise.
    pub fn db(mut self, db: u32) -> Self {
        self.db = db;
        self
    }

    /// Encrypts the connection and verifies the server's certificate with the roots of this machine.
    pub fn tls(mut self, tls: bool) -> Self {
        self.tls = tls;
        self
    }

    fn client(&self) -> Result<Client> {
        let mut settings = RedisConnectionInfo::default().set_db(i64::from(self.db));
        if let Some(username) = &self.username {
            settings = settings.set_username(username);
        }
        if let Some(password) = &self.password {
            settings = settings.set_password(password);
        }
        let (host, port) = (self.host.clone(), self.port);
        let addr = if self.tls {
            // Somebody may have chosen a provider for the whole process; otherwise there has to be one.
            let _ = rustls::crypto::ring::default_provider().install_default();
            ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
        } else {
            ConnectionAddr::Tcp(host, port)
        };
        addr.into_connection_info()
            .and_then(|info| Client::open(info.set_redis_settings(settings)))
            .map_err(|_| Error::new(ErrorKind::Config, "redis", "the options name no server"))
    }
}

/// A [`Cache`] in Redis: other processes see the same status and QR code.
///
/// It connects when it is first used, and again after each loss. Until the server is back, calls fail with `cache`; the session
/// goes on from memory.
pub struct RedisCache {
    options: RedisOptions,
    client: Client,
    connection: Mutex<Option<ConnectionManager>>,
}

impl fmt::Debug for RedisCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisCache").field("options", &self.options).finish_non_exhaustive()
    }
}

impl RedisCache {
    /// A cache on the server that `options` name. Does not connect yet.
    ///
    /// # Errors
    /// `config` when the options make no address.
    pub fn new(options: RedisOptions) -> Result<Self> {
        let client = options.client()?;
        Ok(Self { options, client, connection: Mutex::new(None) })
    }

    fn slot(&self) -> MutexGuard<'_, Option<ConnectionManager>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connection(&self) -> Result<ConnectionManager> {
        let mut slot = self.slot();
        if let Some(connection) = &*slot {
            return Ok(connection.clone());
        }
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(CONNECT))
            .set_response_timeout(Some(RESPONSE));
        let made = ConnectionManager::new_lazy_with_config(self.client.clone(), config).map_err(|e| failed(&e))?;
        Ok(slot.insert(made).clone())
    }

    /// What a command came to. The manager connects anew after a lost connection, but keeps a failed login for ever.
    fn outcome<T>(&self, result: std::result::Result<T, RedisError>) -> Result<T> {
        result.map_err(|error| {
            if !error.is_io_error() && error.is_unrecoverable_error()
                || error.kind() == redis::ErrorKind::AuthenticationFailed
            {
                *self.slot() = None;
            }
            failed(&error)
        })
    }
}

/// What a server says of a failure may repeat the command, and with it the value.
fn failed(error: &RedisError) -> Error {
    let message = match error.kind() {
        redis::ErrorKind::AuthenticationFailed => "Redis refuses the login",
        redis::ErrorKind::Io if error.is_timeout() => "Redis does not answer in time",
        redis::ErrorKind::Io if error.is_connection_refusal() => "nothing listens at the address of Redis",
        redis::ErrorKind::Io => "the connection to Redis is lost",
        _ => {
            return Error::new(
                ErrorKind::Cache,
                "redis",
                format!("Redis refuses the command ({})", error.code().unwrap_or("no code")),
            );
        }
    };
    Error::new(ErrorKind::Cache, "redis", message)
}

impl Cache for RedisCache {
    fn get<'a>(&'a self, key: &'a str) -> CacheFuture<'a, Option<String>> {
        Box::pin(async move {
            // No more than could be taken crosses the network, whoever wrote it.
            let last = isize::try_from(MAX_VALUE).unwrap_or(isize::MAX);
            let mut connection = self.connection()?;
            let value: Vec<u8> = self.outcome(connection.getrange(key, 0, last).await)?;
            if value.len() > MAX_VALUE {
                return Err(Error::new(ErrorKind::Cache, "redis", "the value is longer than 64 KiB"));
            }
            // To Redis, nothing is as long as an empty value.
            if value.is_empty() && !self.outcome(connection.exists(key).await)? {
                return Ok(None);
            }
            let text = |_| Error::new(ErrorKind::Cache, "redis", "the value is no text");
            String::from_utf8(value).map(Some).map_err(text)
        })
    }

    fn set<'a>(&'a self, key: &'a str, value: &'a str, ttl: Option<Duration>) -> CacheFuture<'a, ()> {
        Box::pin(async move {
            let mut connection = self.connection()?;
            let done = match ttl.filter(|ttl| *ttl < LONGEST).map(|ttl| u64::try_from(ttl.as_millis())) {
                Some(Ok(0)) => connection.del(key).await,
                Some(Ok(ms)) => connection.pset_ex(key, value, ms).await,
                _ => connection.set(key, value).await,
            };
            self.outcome(done)
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> CacheFuture<'a, ()> {
        Box::pin(async move { self.outcome(self.connection()?.del(key).await) })
    }
}

#[cfg(test)]
#[path = "../../tests/support/redis.rs"]
mod server;

#[cfg(test)]
mod tests {
    use super::server::RedisServer;
    use super::*;
    use crate::cache::contract;

    fn cache(server: &RedisServer) -> RedisCache {
        RedisCache::new(RedisOptions::new("127.0.0.1", server.port())).unwrap()
    }

    /// Time as Redis knows it.
    #[allow(clippy::disallowed_methods, reason = "another process keeps this time")]
    async fn pass(time: Duration) {
        tokio::time::sleep(time).await;
    }

    async fn message(cache: &RedisCache) -> String {
        cache.set("k", "confidential", None).await.unwrap_err().to_string()
    }

    #[tokio::test]
    async fn keeps_the_contract() {
        let server = RedisServer::start().await;
        contract::check(&cache(&server), pass).await;
    }

    #[tokio::test]
    async fn comes_back_after_a_server_that_was_absent_killed_and_started_again() {
        let mut server = RedisServer::start().await;
        server.stop().await;
        let cache = cache(&server);
        assert!(message(&cache).await.contains("nothing listens"));
        server.restart().await;
        works_again(&cache).await;
        server.stop().await;
        assert_eq!(cache.get("k").await.unwrap_err().kind(), ErrorKind::Cache);
        server.restart().await;
        works_again(&cache).await;
        assert_eq!(server.cli(&["get", "k"]).await, "v");
    }

    /// The first call after a loss may still find the old connection.
    async fn works_again(cache: &RedisCache) {
        let tries = async {
            while cache.set("k", "v", None).await.is_err() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(CONNECT, tries).await.expect("it is back");
    }

    #[tokio::test]
    async fn a_refused_login_is_told_and_tried_again() {
        let mut server = RedisServer::with(&["--requirepass", "right"]).await;
        let options = RedisOptions::new("127.0.0.1", server.port()).password("wrong").db(3);
        let cache = RedisCache::new(options).unwrap();
        assert!(message(&cache).await.contains("refuses"));
        assert!(message(&cache).await.contains("refuses"));
        server.restart_with(&["--requirepass", "wrong"]).await;
        works_again(&cache).await;
        assert_eq!(server.cli(&["-a", "wrong", "-n", "3", "get", "k"]).await, "v");
    }

    #[tokio::test]
    async fn a_server_that_stands_still_fails_the_call_and_nothing_more() {
        let server = RedisServer::start().await;
        let cache = cache(&server);
        cache.set("k", "v", None).await.unwrap();
        server.freeze();
        assert!(message(&cache).await.contains("in time"));
        server.thaw();
        works_again(&cache).await;
    }

    #[tokio::test]
    async fn a_full_server_and_a_value_of_another_type_are_errors_without_the_value() {
        let server = RedisServer::with(&["--maxmemory", "1"]).await;
        let full = message(&cache(&server)).await;
        assert!(full.contains("OOM") && !full.contains("confidential"), "{full}");
        let server = RedisServer::start().await;
        let cache = cache(&server);
        server.cli(&["rpush", "k", "confidential"]).await;
        let error = cache.get("k").await.unwrap_err().to_string();
        assert!(error.contains("WRONGTYPE") && !error.contains("confidential"), "{error}");
        cache.set("k", "v", None).await.unwrap();
        assert_eq!(cache.get("k").await.unwrap().as_deref(), Some("v"));
    }

    #[tokio::test]
    async fn a_value_that_is_too_long_stays_where_it_is() {
        let server = RedisServer::start().await;
        let cache = cache(&server);
        let longest = "x".repeat(MAX_VALUE);
        cache.set("k", &longest, None).await.unwrap();
        assert_eq!(cache.get("k").await.unwrap().as_ref(), Some(&longest));
        server.cli(&["setrange", "k", "50000000", "x"]).await;
        let sent = async || {
            let stats = server.cli(&["info", "stats"]).await;
            let line = stats.lines().find_map(|line| line.strip_prefix("total_net_output_bytes:")).unwrap().trim();
            line.parse::<usize>().unwrap()
        };
        let before = sent().await;
        let error = cache.get("k").await.unwrap_err();
        assert!(error.kind() == ErrorKind::Cache && error.to_string().contains("64 KiB"), "{error}");
        let crossed = sent().await - before;
        assert!(crossed < 200_000, "{crossed} bytes crossed the network");
        server.cli(&["set", "k", "\u{1}"]).await;
        assert_eq!(cache.get("k").await.unwrap().as_deref(), Some("\u{1}"));
    }

    #[test]
    fn addresses() {
        let options = RedisOptions::from_url("rediss://user:secret@example.org:7000/4").unwrap();
        assert_eq!((options.host.as_str(), options.port, options.tls, options.db), ("example.org", 7000, true, 4));
        assert_eq!((options.username.as_deref(), options.password.as_deref()), (Some("user"), Some("secret")));
        let cache = RedisCache::new(options).unwrap();
        let shown = format!("{cache:?}");
        assert!(shown.contains("example.org") && !shown.contains("secret") && !shown.contains("user"), "{shown}");
        let plain = RedisOptions::from_url("redis://localhost").unwrap();
        assert_eq!((plain.port, plain.tls, plain.password), (6379, false, None));
        for wrong in [
            "http://localhost",
            "localhost:6379",
            "redis://",
            "unix:///tmp/redis",
            "rediss://host/#insecure",
            "redis://h/x",
        ] {
            let error = RedisOptions::from_url(wrong).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{wrong}");
        }
    }
}
