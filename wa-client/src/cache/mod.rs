//! Where the present status and QR code are kept for others to read.
//!
//! The library writes here and reads its own memory first: a cache is never on the critical path.

mod memory;
#[cfg(feature = "redis")]
mod redis;

#[cfg(test)]
pub(crate) mod contract;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::error::Result;

pub use memory::MemoryCache;
#[cfg(feature = "redis")]
pub use redis::{RedisCache, RedisOptions};

/// What the calls of a [`Cache`] return.
pub type CacheFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// A store of small texts with a life span.
///
/// # Errors
/// Every call fails with `cache` when the store cannot be reached. The caller sets the deadline.
pub trait Cache: Send + Sync + std::fmt::Debug + 'static {
    /// The value of `key`; `None` when there is none or its time has passed. The library takes none above 64 KiB.
    fn get<'a>(&'a self, key: &'a str) -> CacheFuture<'a, Option<String>>;

    /// Sets `key`, in place of an earlier value and its life span. Without `ttl` it stays; with a `ttl` of zero the key is
    /// removed.
    fn set<'a>(&'a self, key: &'a str, value: &'a str, ttl: Option<Duration>) -> CacheFuture<'a, ()>;

    /// Removes `key`, if it is there.
    fn delete<'a>(&'a self, key: &'a str) -> CacheFuture<'a, ()>;
}

impl<T: Cache + ?Sized> Cache for std::sync::Arc<T> {
    fn get<'a>(&'a self, key: &'a str) -> CacheFuture<'a, Option<String>> {
        (**self).get(key)
    }

    fn set<'a>(&'a self, key: &'a str, value: &'a str, ttl: Option<Duration>) -> CacheFuture<'a, ()> {
        (**self).set(key, value, ttl)
    }

    fn delete<'a>(&'a self, key: &'a str) -> CacheFuture<'a, ()> {
        (**self).delete(key)
    }
}

/// The longest value that is taken from a cache, in bytes. What the library writes is a small part of it; others may write there.
pub(crate) const MAX_VALUE: usize = 64 << 10;

/// The key of a session's snapshot: `cache:whatsapp:status`, with the name of the session unless that is `default`.
#[must_use]
pub fn status_key(session: &str) -> String {
    key(session, "status")
}

/// The key of a session's QR code: `cache:whatsapp:qr`, with the name of the session unless that is `default`.
#[must_use]
pub fn qr_key(session: &str) -> String {
    key(session, "qr")
}

fn key(session: &str, what: &str) -> String {
    if session == "default" { format!("cache:whatsapp:{what}") } else { format!("cache:whatsapp:{session}:{what}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_carry_the_session_unless_it_is_the_default() {
        assert_eq!(status_key("default"), "cache:whatsapp:status");
        assert_eq!(qr_key("default"), "cache:whatsapp:qr");
        assert_eq!(status_key("sales"), "cache:whatsapp:sales:status");
        assert_eq!(qr_key("sales"), "cache:whatsapp:sales:qr");
    }

    #[test]
    fn any_cache_can_stand_behind_the_trait() {
        let _: std::sync::Arc<dyn Cache> = std::sync::Arc::new(MemoryCache::new());
    }
}
