//! One linked account: what to do next ([`state`], pure) and doing it ([`actor`]).

pub(crate) mod backoff;
pub(crate) mod dedup;
mod document;
pub(crate) mod effect;
pub(crate) mod fault;
pub(crate) mod input;
mod lifecycle;
pub(crate) mod limiter;
mod linking;
pub(crate) mod reason;
mod recovery;
pub(crate) mod state;

#[cfg(test)]
mod tests;
