//! What others on the machine, in a chat and in the page can do, tried.

#[path = "../support/program.rs"]
mod program;
#[path = "../support/mod.rs"]
mod support;

mod bench;
mod environment;
mod files;
mod logs;
mod neighbours;
mod terminal;
