//! The native half of the npm package `wa-client`: converts and forwards. What users see is in `index.cjs` and `index.d.ts`.
//!
//! Settings, events, answers and errors cross as the core's JSON text; see `border` for what every call has in common.

#![cfg_attr(test, allow(dead_code, reason = "napi registers nothing in a build for Rust's own tests"))]

mod border;
mod client;
mod events;
mod simulator;
mod testing;

use napi::bindgen_prelude::Buffer;
use napi_derive::napi;
use wa_client::{ErrorKind, Event, PhoneNumber, qr, redact};

use crate::border::guard;

/// The version of the library.
#[napi]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// The codes of all errors, as the core writes them.
#[napi]
pub fn error_codes() -> Vec<String> {
    ErrorKind::ALL.iter().map(|kind| kind.code().to_owned()).collect()
}

/// The names of all events.
#[napi]
pub fn event_names() -> Vec<String> {
    Event::NAMES.iter().map(|name| (*name).to_owned()).collect()
}

/// The digits of a phone number in international form.
#[napi]
pub fn parse_phone(text: String) -> napi::Result<String> {
    guard("parse_phone", || Ok(text.parse::<PhoneNumber>()?.digits().to_owned()))
}

/// Hides all but the first and the last two characters.
#[napi]
pub fn mask(text: String) -> napi::Result<String> {
    guard("mask", || Ok(redact::mask(&text)))
}

#[napi]
pub fn qr_terminal(payload: String) -> napi::Result<String> {
    guard("qr_terminal", || qr::terminal(&payload))
}

#[napi]
pub fn qr_svg(payload: String) -> napi::Result<String> {
    guard("qr_svg", || qr::svg(&payload))
}

#[napi]
pub fn qr_png(payload: String, scale: u32) -> napi::Result<Buffer> {
    guard("qr_png", || qr::png(&payload, scale).map(Buffer::from))
}

#[napi(js_name = "qrDataURL")]
pub fn qr_data_url(payload: String) -> napi::Result<String> {
    guard("qr_data_url", || qr::data_url(&payload))
}
