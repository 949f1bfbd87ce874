//! wa-client for C and C++: converts and forwards.
//!
//! `include/wa_client.h` is made from this crate, so the comments of exported functions are written for readers of C. Inside:
//!
//! * every body runs in a guard, so nothing unwinds into C ([`guard`]);
//! * results and events cross as the JSON of the core, in one type ([`value`]), so a new field needs no new function;
//! * every call is a task on the client's own runtime, whether somebody blocks for it or has it answered later ([`call`]);
//! * user code runs on plain threads of ours only, where it may block ([`thread`]).

pub mod call;
pub mod client;
pub mod code;
pub mod error;
pub mod events;
mod guard;
pub mod lifecycle;
pub mod linking;
pub mod messages;
pub mod options;
pub mod status;
pub mod testing;
pub mod text;
mod thread;
pub mod value;
