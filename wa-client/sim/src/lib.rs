//! A stand-in for WhatsApp Web on loopback.
//!
//! One process plays the page that a client drives, the server behind it, the phone that links it and the
//! other people who write. Tests steer the last three through the control calls under `/sim/`.
//!
//! ```no_run
//! use std::time::Duration;
//! use wa_client_sim::Simulator;
//!
//! # async fn example(qr_of_the_client_under_test: &str) -> Result<(), Box<dyn std::error::Error>> {
//! let sim = Simulator::builder().seed(7).start().await?;
//! let phone = sim.client();
//! // Start the client under test on `sim.base()` and take the QR text that it publishes.
//! let linked = phone.scan(qr_of_the_client_under_test).await?;
//! phone.wait_event(&["device.online"], linked.seq, |_| true, Duration::from_secs(10)).await?;
//! phone.text("5511988887777", "hello").await?;
//! # Ok(())
//! # }
//! ```

mod assets;
pub mod client;
mod control;
mod failure;
mod http;
mod page_socket;
mod shared;
mod simulator;
mod stop;
mod world;

pub use client::{ClientError, SimClient};
pub use simulator::{Builder, Simulator};
pub use stop::stop_signal;

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
