//! The events of the script. Field by field as `docs/architecture.md` lists them; unknown fields are ignored.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::text::{Id, Label, Private, Text};
use crate::model::CapabilityReport;

macro_rules! bridge_events {
    (data { $($name:literal => $variant:ident($data:ty),)* } boxed { $($boxed:literal => $bvariant:ident($bdata:ty),)* } empty { $($empty:literal => $evariant:ident,)* }) => {
        /// One event of the injected script, in the order in which the page made it happen.
        #[derive(Debug, Clone, PartialEq)]
        pub(crate) enum BridgeEvent {
            $($variant($data),)*
            $($bvariant(Box<$bdata>),)*
            $($evariant,)*
            /// An event of a name this version does not know.
            Unknown { name: Label },
            /// A known event whose data do not fit.
            Invalid { name: Label },
            /// Events were left out: their batch was refused or never came.
            Lost { count: u64 },
        }

        impl BridgeEvent {
            pub(super) fn decode(name: Label, data: Value) -> Self {
                let decoded = match &*name {
                    $($name => read(data).map(Self::$variant),)*
                    $($boxed => read(data).map(|data| Self::$bvariant(Box::new(data))),)*
                    $($empty => Some(Self::$evariant),)*
                    _ => return Self::Unknown { name },
                };
                decoded.filter(Self::is_bounded).unwrap_or(Self::Invalid { name })
            }
        }
    };
}

/// Lines of a report, and mentions of a message: more than the script has, and than a group has members.
const MOST: usize = 2_048;

impl BridgeEvent {
    /// Whether the lists in it, and the texts in those lists, are as short as they should be.
    fn is_bounded(&self) -> bool {
        let short = |text: &String| text.len() <= 256;
        match self {
            Self::Probe(report) => {
                report.web_version.iter().all(short)
                    && report.capabilities.len() <= MOST
                    && report.capabilities.iter().all(|line| {
                        let place = line.module.iter().chain(&line.export).chain(&line.tried);
                        short(&line.name) && line.tried.len() <= 64 && place.into_iter().all(short)
                    })
            }
            Self::Message(message) | Self::Resolved(message) => message.mentions.len() <= MOST,
            _ => true,
        }
    }
}

fn read<T: DeserializeOwned>(data: Value) -> Option<T> {
    serde_json::from_value(data).ok()
}

bridge_events! {
    data {
        "hello" => Hello(Hello),
        "probe" => Probe(CapabilityReport),
        "state" => State(StateSnapshot),
        "qr" => Qr(QrShown),
        "pairing" => Pairing(Pairing),
        "progress" => Progress(Progress),
        "logout" => Logout(Logout),
        "banned" => Banned(Banned),
        "restricted" => Restricted(Restricted),
        "ack" => Ack(AckChanged),
        "send_result" => SendResult(SendResult),
        "removed" => Removed(Removed),
        "reaction" => Reaction(Reacted),
        "call" => Call(CallOffered),
        "fault" => Fault(Fault),
    }
    boxed {
        "message" => Message(RawMessage),
        "resolved" => Resolved(RawMessage),
        "edit" => Edit(Edited),
        "revoke" => Revoke(Revoked),
    }
    empty {
        "qr_idle" => QrIdle,
    }
}

/// The first event of a document.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Hello {
    /// Address of the document, without its fragment.
    pub(crate) url: Private<4096>,
    pub(crate) user_agent: Private<1024>,
}

/// What the page says about its session. Texts are the page's own (`WAWebSocketModel`, `WAWebStreamModel`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StateSnapshot {
    /// `WAWebUserPrefsMultiDevice.isRegistered()`.
    pub(crate) registered: bool,
    /// `Socket.state`.
    pub(crate) socket: Label,
    /// `Socket.stream`.
    pub(crate) stream: Label,
    /// `Stream.mode`.
    pub(crate) mode: Label,
    /// `Socket.hasSynced === true`.
    pub(crate) synced: bool,
    /// `BackendEventBus.isOfflineDeliveryEnd`.
    pub(crate) offline_end: bool,
    /// Another tab of the same profile has taken the page's lock.
    pub(crate) locked_by_other: bool,
    #[serde(default)]
    pub(crate) me: Option<Me>,
    #[serde(default)]
    pub(crate) version: Option<Label>,
}

/// The linked account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Me {
    /// Phone number address, `…@c.us`.
    pub(crate) pn: Id,
    /// Opaque account address, `…@lid`.
    #[serde(default)]
    pub(crate) lid: Option<Id>,
    #[serde(default)]
    pub(crate) pushname: Option<Private<1024>>,
    #[serde(default)]
    pub(crate) platform: Option<Label>,
}

/// A QR code is on the page's screen.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QrShown {
    pub(crate) payload: Private<4096>,
    /// How long the page shows this ref.
    pub(crate) ttl_ms: u64,
    /// When the page replaces it, Unix milliseconds.
    pub(crate) expires_at: i64,
    /// Its number within the batch, from 1.
    pub(crate) attempt: u32,
    /// Codes in the batch; the page is written for six.
    pub(crate) of: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct Pairing {
    pub(crate) stage: PairingStage,
}

/// A step of a pairing code (`WAWebLinkDeviceEvents`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PairingStage {
    /// The code was typed on the phone.
    Hello,
    /// The exchange failed.
    Error,
    /// Server or page want a new code.
    Refresh,
    /// The code was withdrawn.
    Withdrawn,
    /// The server demands a passkey.
    Passkey,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) struct Progress {
    pub(crate) percent: u8,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Logout {
    pub(crate) stage: LogoutStage,
    /// `WAWebLogoutReasonConstants.LogoutReason`, when the page gave one.
    #[serde(default)]
    pub(crate) reason: Option<Label>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogoutStage {
    /// First sign: credentials are about to go.
    Starting,
    /// The page is about to load itself anew.
    Done,
}

/// The account is banned (never sent for the page's routine `banned: false`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Banned {
    #[serde(default)]
    pub(crate) code: Option<i64>,
    /// Unix milliseconds.
    #[serde(default)]
    pub(crate) expires_at: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Restricted {
    /// `reachout_timelock` or `new_chat_cap`.
    pub(crate) kind: Label,
    /// Whether the restriction holds now; absent when the page does not say.
    #[serde(default)]
    pub(crate) active: Option<bool>,
}

/// A message as the page holds it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RawMessage {
    pub(crate) key: Id,
    pub(crate) id: Label,
    pub(crate) chat: Id,
    pub(crate) from: Id,
    pub(crate) to: Id,
    #[serde(default)]
    pub(crate) author: Option<Id>,
    pub(crate) from_me: bool,
    /// The sender's number, digits only.
    #[serde(default)]
    pub(crate) phone: Option<Id>,
    /// The sender's `…@lid`.
    #[serde(default)]
    pub(crate) lid: Option<Id>,
    /// The other side's number in a one-to-one chat.
    #[serde(default)]
    pub(crate) chat_phone: Option<Id>,
    #[serde(default)]
    pub(crate) chat_lid: Option<Id>,
    #[serde(rename = "type")]
    pub(crate) kind: Label,
    #[serde(default)]
    pub(crate) subtype: Option<Label>,
    /// Text or caption; never the thumbnail the page keeps in `body` of media.
    #[serde(default)]
    pub(crate) body: Option<Text>,
    /// Unix seconds.
    pub(crate) t: i64,
    #[serde(default)]
    pub(crate) ack: Option<i64>,
    #[serde(default)]
    pub(crate) notify_name: Option<Private<1024>>,
    /// Key of the message it answers.
    #[serde(default)]
    pub(crate) quoted: Option<Id>,
    #[serde(default)]
    pub(crate) mentions: Vec<Id>,
    /// Written by the page or the server, not by a person.
    pub(crate) system: bool,
    /// Arrived while the page was watched, as opposed to found afterwards.
    pub(crate) live: bool,
    pub(crate) has_media: bool,
    /// Not readable yet.
    pub(crate) ciphertext: bool,
    /// Key of the latest edit.
    #[serde(default)]
    pub(crate) edited_key: Option<Id>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct AckChanged {
    pub(crate) key: Id,
    pub(crate) id: Label,
    /// `WAWebAck.ACK`.
    pub(crate) ack: i64,
    #[serde(default)]
    pub(crate) failed: Option<Failure>,
    /// The page's name of the failure, or the server's number.
    #[serde(default)]
    pub(crate) code: Option<Label>,
}

/// How a message of ours failed. The script decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Failure {
    /// No message exists.
    Refused,
    /// By the page, with the document that was sending it: the server may have it.
    GivenUp,
}

/// The page's send job ended.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct SendResult {
    pub(crate) key: Id,
    pub(crate) id: Label,
    /// `OK`, the name of a failure, or `REJECTED`.
    pub(crate) result: Label,
    /// The server's number.
    #[serde(default)]
    pub(crate) code: Option<i64>,
    /// Name of the error of a rejection.
    #[serde(default)]
    pub(crate) name: Option<Label>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Edited {
    pub(crate) message: RawMessage,
    #[serde(default)]
    pub(crate) previous: Option<Text>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Revoked {
    /// Key of the deleted message.
    pub(crate) key: Id,
    /// What the page holds in its place, when it holds something.
    #[serde(default)]
    pub(crate) message: Option<RawMessage>,
    /// `sender` or `admin`.
    pub(crate) by: Label,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Removed {
    pub(crate) key: Id,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reacted {
    /// Key of the message reacted to.
    pub(crate) parent: Id,
    pub(crate) sender: Id,
    #[serde(default)]
    pub(crate) phone: Option<Id>,
    #[serde(default)]
    pub(crate) lid: Option<Id>,
    /// Empty: taken back.
    pub(crate) emoji: Private<64>,
    /// Unix milliseconds.
    pub(crate) t: i64,
    pub(crate) from_me: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct CallOffered {
    pub(crate) id: Label,
    pub(crate) peer: Id,
    #[serde(default)]
    pub(crate) phone: Option<Id>,
    #[serde(default)]
    pub(crate) lid: Option<Id>,
    pub(crate) video: bool,
    pub(crate) group: bool,
    /// Offered while we were away.
    pub(crate) offline: bool,
    /// Unix seconds.
    pub(crate) t: i64,
}

/// A listener of ours failed. Texts are masked by the script.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Fault {
    #[serde(rename = "where")]
    pub(crate) place: Label,
    pub(crate) name: Label,
    #[serde(default)]
    pub(crate) message: Label,
}
