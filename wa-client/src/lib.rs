//! Link a WhatsApp account and use it.

pub mod config;
pub mod error;
pub mod event;
pub mod model;
pub mod phone;
pub mod redact;

pub use config::Config;
pub use error::{Error, ErrorKind, Result, Retry};
pub use event::{Event, EventEnvelope};
pub use model::*;
pub use phone::PhoneNumber;
