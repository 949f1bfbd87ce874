//! One linked account: what to do next ([`state`], pure) and doing it ([`actor`]).

pub(crate) mod actor;
pub(crate) mod backoff;
mod cache_writer;
pub(crate) mod clock;
pub(crate) mod convert;
pub(crate) mod dedup;
mod document;
pub(crate) mod effect;
pub(crate) mod fault;
mod inbox;
pub(crate) mod input;
mod lifecycle;
pub(crate) mod limiter;
mod linking;
pub(crate) mod perform;
pub(crate) mod reason;
mod recovery;
pub(crate) mod request;
pub(crate) mod state;
mod store;

#[cfg(test)]
mod tests;
