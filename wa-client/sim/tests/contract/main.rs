//! The control contract, route by route, with a page that speaks the wire and needs no browser.

mod accounts;
mod events;
mod faults;
mod groups;
mod linking;
mod messages;
mod network;
mod outbox;
mod service;
mod support;
