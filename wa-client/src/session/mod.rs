//! One linked account: what to do next ([`state`], pure) and doing it ([`actor`]).

#[allow(clippy::disallowed_methods, reason = "keeps the timers that the decisions ask for")]
pub(crate) mod actor;
pub(crate) mod backoff;
pub(crate) mod cache_writer;
mod catch_up;
#[allow(clippy::disallowed_methods, reason = "the one place that reads the clock for them")]
pub(crate) mod clock;
pub(crate) mod convert;
pub(crate) mod dedup;
mod document;
pub(crate) mod effect;
pub(crate) mod fault;
mod flood;
pub(crate) mod inbox;
pub(crate) mod input;
mod lifecycle;
pub(crate) mod limiter;
mod linking;
#[allow(clippy::disallowed_methods, reason = "sets the timers that the decisions ask for")]
pub(crate) mod perform;
pub(crate) mod reason;
mod recovery;
pub(crate) mod recycle;
pub(crate) mod request;
pub(crate) mod state;
mod store;
pub(crate) mod tally;

#[cfg(test)]
mod tests;
