#![doc = include_str!("../README.md")]
#![deny(missing_docs)]
#![warn(clippy::disallowed_methods, clippy::print_stdout, clippy::print_stderr)]

#[allow(clippy::disallowed_methods, reason = "starts, watches and ends a process")]
mod browser;
mod builder;
pub mod cache;
mod client;
pub mod config;
pub mod error;
pub mod event;
#[cfg(any(test, feature = "__fuzz"))]
#[doc(hidden)]
pub mod fuzz;
pub mod model;
pub mod ops;
mod outbox;
mod overrides;
#[allow(clippy::disallowed_methods, reason = "every call of the page has a deadline of ours")]
mod page;
pub mod phone;
pub mod qr;
pub mod redact;
mod session;
pub mod stream;

pub use builder::ClientBuilder;
pub use cache::{Cache, MemoryCache};
pub use client::Client;
pub use config::{Config, Deadlines, Pacing, ReconnectPolicy, RedisUrl};
pub use error::{Error, ErrorKind, Result, Retry};
pub use event::{Event, EventEnvelope};
pub use model::*;
pub use ops::SendMessage;
pub use phone::PhoneNumber;
pub use stream::{EventStream, Subscription};
