//! The library's own, in tests of the library.

#[path = "../../../../wa-client/tests/support/redis.rs"]
mod server;

pub(crate) use server::RedisServer;
