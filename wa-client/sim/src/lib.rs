//! A stand-in for WhatsApp Web on loopback.
//!
//! One process plays the page that a client drives, the server behind it, the phone that links it and the
//! other people who write. Tests steer the last three through the control calls under `/sim/`.

mod assets;
pub mod client;
mod control;
mod failure;
mod http;
mod page_socket;
mod shared;
mod simulator;
mod world;

pub use client::{ClientError, SimClient};
pub use simulator::{Builder, Simulator};

/// Version of the control contract that this simulator implements.
pub const CONTRACT: u32 = 1;

/// What this simulator can do, in the words of the contract.
pub const CAPABILITIES: &[&str] = &[
    "qr",
    "pairing_code",
    "session_restore",
    "messages",
    "acks",
    "quotes",
    "reactions",
    "edits",
    "revokes",
    "typing",
    "groups",
    "group_changes",
    "calls",
    "media",
    "location",
    "polls",
    "history",
    "lid_addressing",
    "opaque_keys",
    "network",
    "socket",
    "faults",
    "presence",
    "multi_account",
];
