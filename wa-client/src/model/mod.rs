//! Plain data: what events carry and calls return. JSON is camelCase.
//!
//! `Debug` of these types shows no phone number, name, message text, QR payload or pairing code.

mod ack;
mod capability;
mod chat_id;
mod link;
mod message;
mod message_id;
mod reason;
mod recipient;
mod status;
mod timestamp;

pub use ack::{Ack, SendUntil};
pub use capability::{Capability, CapabilityReport, CapabilityStatus};
pub use chat_id::{ChatId, ChatKind};
pub use link::{Me, PairingCode, QrCode};
pub use message::{Call, Message, Reaction, SentMessage};
pub use message_id::{MessageId, MessageKey, MessageRef};
pub use reason::DisconnectReason;
pub use recipient::Recipient;
pub use status::{ConnectionSnapshot, ConnectionStatus, Phase};
pub use timestamp::Timestamp;
