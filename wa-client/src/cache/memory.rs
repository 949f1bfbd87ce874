use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::{Cache, CacheFuture};

/// A [`Cache`] in this process.
#[derive(Debug, Default)]
pub struct MemoryCache {
    entries: Mutex<HashMap<String, Entry>>,
}

struct Entry {
    value: String,
    expires: Option<Instant>,
}

/// Shows no value: those hold QR payloads and numbers.
impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("expires", &self.expires).finish_non_exhaustive()
    }
}

impl MemoryCache {
    /// An empty cache.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one clock of the cache: life spans are its business and nobody else's.
#[allow(clippy::disallowed_methods)]
fn now() -> Instant {
    Instant::now()
}

impl Cache for MemoryCache {
    fn get<'a>(&'a self, key: &'a str) -> CacheFuture<'a, Option<String>> {
        Box::pin(async move {
            let mut entries = self.entries();
            if entries.get(key).is_some_and(|entry| entry.expires.is_some_and(|expires| expires <= now())) {
                entries.remove(key);
            }
            Ok(entries.get(key).map(|entry| entry.value.clone()))
        })
    }

    fn set<'a>(&'a self, key: &'a str, value: &'a str, ttl: Option<Duration>) -> CacheFuture<'a, ()> {
        Box::pin(async move {
            if ttl == Some(Duration::ZERO) {
                self.entries().remove(key);
            } else {
                // A life span too long to count never ends.
                let expires = ttl.and_then(|ttl| now().checked_add(ttl));
                self.entries().insert(key.to_owned(), Entry { value: value.to_owned(), expires });
            }
            Ok(())
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> CacheFuture<'a, ()> {
        Box::pin(async move {
            self.entries().remove(key);
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::contract;

    /// Time that passes when told to.
    async fn pass(time: Duration) {
        tokio::time::advance(time).await;
    }

    #[tokio::test(start_paused = true)]
    async fn keeps_the_contract() {
        contract::check(&MemoryCache::new(), pass).await;
    }

    #[tokio::test]
    async fn debug_shows_no_value() {
        let cache = MemoryCache::new();
        cache.set("key", "secret", None).await.unwrap();
        assert!(!format!("{cache:?}").contains("secret"));
    }
}
