//! One linked account: what to do next ([`state`], pure) and doing it ([`actor`]).

pub(crate) mod backoff;
mod document;
pub(crate) mod effect;
pub(crate) mod fault;
pub(crate) mod input;
mod lifecycle;
mod linking;
pub(crate) mod reason;
mod recovery;
pub(crate) mod state;

#[cfg(test)]
mod tests;
