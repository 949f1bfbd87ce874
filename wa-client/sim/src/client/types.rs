//! Answers of the control contract.

use serde::Deserialize;
use serde_json::{Map, Value};

/// Answer of [`SimClient::health`](super::SimClient::health).
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Health {
    /// Name of the simulator.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Version of the control contract.
    pub contract: u32,
    /// Version that its page reports.
    pub wa_version: String,
    /// What it can do.
    pub capabilities: Vec<String>,
    /// Number of the newest event.
    pub seq: u64,
}

/// Answer of a scan or a typed pairing code.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Linked {
    /// False when the phone's owner said no.
    pub linked: bool,
    /// Number of the phone.
    pub phone: Option<String>,
    /// Number of the new device.
    pub device: Option<u32>,
    /// The device's address by number.
    pub jid: Option<String>,
    /// The account's LID.
    pub lid: Option<String>,
    /// Number of the newest event.
    pub seq: u64,
}

/// Answer of [`SimClient::messages`](super::SimClient::messages).
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Posted {
    /// In the order in which they were sent.
    pub messages: Vec<PostedMessage>,
    /// The device was offline; delivery follows at its next login.
    pub queued: bool,
    /// Whether the page has applied the last one; `None` when nobody asked.
    pub applied: Option<bool>,
    /// Number of the newest event.
    pub seq: u64,
}

/// One inbound message.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct PostedMessage {
    /// Its id.
    pub id: String,
    /// Its key in text form, as clients report it.
    pub key: String,
    /// Address of the chat.
    pub chat: String,
    /// Unix seconds.
    pub t: u64,
    /// Its number in the burst, from 0.
    pub n: u32,
}

/// Answer of [`SimClient::outbox`](super::SimClient::outbox).
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Outbox {
    /// How many match, whatever the limit.
    pub total: usize,
    /// Arrivals beyond the first of each.
    pub duplicates: u64,
    /// In the order in which they came in.
    pub messages: Vec<OutboxMessage>,
}

/// A message as the server got it.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct OutboxMessage {
    /// Number of its event.
    pub seq: u64,
    /// Its id.
    pub id: String,
    /// Its key in text form.
    pub key: String,
    /// Address of the sender.
    pub from: String,
    /// The sender's device.
    pub device: u32,
    /// Address of the chat.
    pub to: String,
    /// `chat`, `image`, `location`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Its text.
    pub body: String,
    /// Unix seconds, by the page's clock.
    pub t: u64,
    /// Unix milliseconds.
    pub received_at_ms: u64,
    /// How often this id came in.
    pub times: u64,
    /// How far it was confirmed; −1 means refused.
    pub ack: i8,
    /// Id of the quoted message.
    pub quoted: Option<String>,
    /// Addresses of who is mentioned.
    pub mentions: Vec<String>,
    /// `{from, emoji}` each.
    pub reactions: Vec<Value>,
    /// `{body, at_ms}` each.
    pub edits: Vec<Value>,
    /// Deleted for everyone.
    pub revoked: bool,
    /// What else it has: `media`, `loc`, `poll`.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// Answer of [`SimClient::outbox_summary`](super::SimClient::outbox_summary).
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Summary {
    /// Text messages with the prefix.
    pub total: u64,
    /// Ids among them.
    pub distinct_ids: u64,
    /// Texts among them.
    pub distinct_bodies: u64,
    /// `{body, count}` of each text that came under several ids.
    pub repeated_bodies: Vec<Value>,
    /// Arrivals beyond the first of each id.
    pub wire_repeats: u64,
    /// Entries that came in after one with a larger trailing number.
    pub out_of_order: u64,
}

/// An entry of the simulator's log.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// Its number.
    pub seq: u64,
    /// Unix milliseconds.
    pub at_ms: u64,
    /// For instance `device.online`.
    pub kind: String,
    /// The other fields.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

impl Event {
    /// A field as text; empty when it is absent or no text.
    #[must_use]
    pub fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(Value::as_str).unwrap_or_default()
    }
}

/// Answer of [`SimClient::state`](super::SimClient::state).
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct State {
    /// Counts the resets.
    pub epoch: u64,
    /// Number of the newest event.
    pub seq: u64,
    /// Pages, oldest first.
    pub pages: Vec<StatePage>,
    /// Devices that are or were linked.
    pub devices: Vec<StateDevice>,
    /// Number of accounts.
    pub accounts: usize,
    /// Number of outbox entries.
    pub outbox: usize,
}

/// A document in a browser.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct StatePage {
    /// Its name in control calls.
    pub page: String,
    /// Whether it has a socket.
    pub connected: bool,
    /// Its socket model's state.
    pub state: String,
    /// Its socket model's stream.
    pub stream: String,
    /// Whether it counts as synced.
    pub synced: bool,
    /// The account it is linked to.
    pub phone: Option<String>,
    /// The device it is linked as.
    pub device: Option<u32>,
    /// The ref on its screen.
    pub qr_ref: Option<String>,
    /// Its address.
    pub url: String,
}

/// A linked device.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct StateDevice {
    /// Number of its account.
    pub phone: String,
    /// Its number.
    pub device: u32,
    /// False once it was unlinked or logged out.
    pub linked: bool,
    /// What waits for it while it is offline.
    pub queued: usize,
}
