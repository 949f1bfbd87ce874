//! What a page must keep true of addresses, keys, chats and messages, seen from inside a real Chromium.

#[path = "../support/mod.rs"]
mod support;

mod addresses;
mod other_clients;
mod receiving;
mod rig;
mod sending;
mod storing;
