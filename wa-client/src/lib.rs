//! Link a WhatsApp account and use it.

mod browser;
pub mod cache;
pub mod config;
pub mod error;
pub mod event;
pub mod model;
mod page;
pub mod phone;
pub mod qr;
pub mod redact;
pub mod stream;

pub use cache::{Cache, MemoryCache};
pub use config::{Config, Deadlines, Pacing, ReconnectPolicy};
pub use error::{Error, ErrorKind, Result, Retry};
pub use event::{Event, EventEnvelope};
pub use model::*;
pub use phone::PhoneNumber;
pub use stream::{EventStream, Subscription};
