//! Messages: what is known of each, and those that other people write.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::accounts::AccountId;
use super::address::Address;
use super::devices::DeviceKey;
use super::media::MediaSpec;
use super::render::Note;
use super::{Job, World};
use crate::failure::{Failure, Reply};

const TYPES: &[&str] =
    &["chat", "location", "image", "video", "audio", "document", "sticker", "vcard", "ciphertext", "unknown"];
/// So begin the types of tomorrow, which the page hands on as they are.
const TYPE_OF_TOMORROW: &str = "x_";
const MEDIA_TYPES: &[&str] = &["image", "video", "audio", "document", "sticker"];
const BURST_MAX: u32 = 100_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Chat {
    /// Sender and the other one; the same account twice in the chat with oneself.
    Direct(AccountId, AccountId),
    Group(String),
}

impl Chat {
    /// The other side as `viewer` sees it.
    pub(super) fn peer(&self, viewer: AccountId) -> Option<AccountId> {
        match self {
            Self::Direct(a, b) => Some(if *a == viewer { *b } else { *a }),
            Self::Group(_) => None,
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) id: String,
    pub(super) sender: AccountId,
    pub(super) chat: Chat,
    pub(super) kind: String,
    /// As it was sent.
    pub(super) body: String,
    /// As it was edited last.
    pub(super) edited: Option<String>,
    pub(super) t: u64,
    pub(super) notify_name: Option<String>,
    pub(super) quoted: Option<String>,
    pub(super) mentions: Vec<AccountId>,
    pub(super) media: Option<super::media::Media>,
    pub(super) lat: Option<f64>,
    pub(super) lng: Option<f64>,
    pub(super) poll: Option<Value>,
    /// Fields of tomorrow.
    pub(super) extra: Option<Map<String, Value>>,
    /// Only messages of the history say how far they got.
    pub(super) ack: Option<u8>,
    /// Entry of this message in each device's queue, once delivered.
    pub(super) delivered: Vec<(DeviceKey, u64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Wait {
    Applied,
}

/// Body of `POST /sim/messages`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Inbound {
    from: String,
    to: Option<String>,
    chat: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    body: Option<String>,
    quoted: Option<String>,
    #[serde(default)]
    mentions: Vec<String>,
    lat: Option<f64>,
    lng: Option<f64>,
    media: Option<MediaSpec>,
    extra: Option<Map<String, Value>>,
    id: Option<String>,
    t: Option<u64>,
    notify_name: Option<String>,
    count: Option<u32>,
    #[serde(default)]
    interval_ms: u64,
    repeat: Option<u32>,
    resolve_after_ms: Option<u64>,
    wait: Option<Wait>,
    timeout_ms: Option<u64>,
}

impl Inbound {
    pub(crate) fn waits(&self) -> bool {
        self.wait.is_some()
    }

    /// How long the last message may take to reach the page.
    pub(crate) fn timeout_ms(&self) -> u64 {
        self.timeout_ms.unwrap_or(10_000)
    }

    /// How long the burst lasts.
    pub(crate) fn span_ms(&self) -> u64 {
        self.interval_ms * u64::from(self.count.unwrap_or(1).saturating_sub(1))
    }

    fn check(&self) -> Reply<&str> {
        let kind = self.kind.as_deref().unwrap_or("chat");
        if !TYPES.contains(&kind) && !kind.starts_with(TYPE_OF_TOMORROW) {
            return Err(Failure::bad_request("unknown message type").detail(json!({"known": TYPES})));
        }
        if kind == "location" && (self.lat.is_none() || self.lng.is_none()) {
            return Err(Failure::bad_request("a location has lat and lng"));
        }
        if self.media.is_some() && !MEDIA_TYPES.contains(&kind) {
            return Err(Failure::bad_request("this type has no media"));
        }
        if self.resolve_after_ms.is_some() && kind != "ciphertext" {
            return Err(Failure::bad_request("only a ciphertext resolves"));
        }
        if !(1..=BURST_MAX).contains(&self.count.unwrap_or(1)) || !(1..=1000).contains(&self.repeat.unwrap_or(1)) {
            return Err(Failure::bad_request("count: 1 to 100000; repeat: 1 to 1000"));
        }
        if self.id.as_ref().is_some_and(|id| self.count.unwrap_or(1) > 1 || id.is_empty() || id.contains('_')) {
            return Err(Failure::bad_request("an id is for one message, and holds no underscore"));
        }
        Ok(kind)
    }
}

impl World {
    /// The message with this id or key.
    pub(super) fn find_message(&self, text: &str) -> Reply<&Record> {
        let id = match text.split('_').collect::<Vec<_>>()[..] {
            [_, _, id, ..] => id,
            _ => text,
        };
        self.records.get(id).ok_or_else(|| Failure::not_found("message"))
    }

    /// Chat of an inbound message and the own accounts that get it.
    fn route(&self, spec: &Inbound) -> Reply<Route> {
        let from = Address::parse(&spec.from)?;
        if let Address::Group(_) = from {
            return Err(Failure::bad_request("a person is wanted, not a group"));
        }
        let chat = spec.chat.as_deref().map(Address::parse).transpose()?;
        if let Some(Address::Group(id)) = chat {
            let group = self.groups.get(&id).ok_or_else(|| Failure::not_found("group"))?;
            let mut linked: Vec<AccountId> =
                self.devices.iter().filter(|(_, d)| d.linked).map(|(k, _)| k.account).collect();
            linked.dedup();
            linked.retain(|a| group.has(*a));
            if let [only] = linked[..] {
                return Ok(Route { from, group: Some(id), peer: only });
            }
            let peer = self.target_phone(spec.to.as_deref())?;
            return Ok(Route { from, group: Some(id), peer });
        }
        let sender = self.accounts.find(&from);
        let own = sender.is_some_and(|s| !self.linked_devices(s).is_empty());
        if own && let Some(to) = spec.to.as_deref().or(spec.chat.as_deref()) {
            let to = self.accounts.find(&Address::parse(to)?).ok_or_else(|| Failure::not_found("account"))?;
            return Ok(Route { from, group: None, peer: to });
        }
        if chat.is_some_and(|c| c != from) {
            return Err(Failure::bad_request("chat: a group, or the sender"));
        }
        let peer = self.target_phone(spec.to.as_deref())?;
        Ok(Route { from, group: None, peer })
    }

    /// Somebody writes. Answers the call's fields, and the id on which a waiting call waits.
    pub(crate) fn post_messages(&mut self, spec: &Inbound) -> Reply<(Value, String)> {
        let kind = spec.check()?.to_owned();
        let route = self.route(spec)?;
        let quoted = spec.quoted.as_deref().map(|q| self.find_message(q).map(|r| r.id.clone())).transpose()?;
        let mentions: Vec<Address> = spec.mentions.iter().map(|m| Address::parse(m)).collect::<Reply<_>>()?;
        if mentions.iter().any(|m| matches!(m, Address::Group(_))) {
            return Err(Failure::bad_request("only people can be mentioned"));
        }
        let media = if MEDIA_TYPES.contains(&kind.as_str()) {
            Some(self.take_media(spec.media.clone().unwrap_or_default(), &kind)?)
        } else {
            None
        };
        let mentions: Vec<AccountId> = mentions.iter().map(|m| self.accounts.ensure(m)).collect::<Reply<_>>()?;
        let sender = self.accounts.ensure(&route.from)?;
        if let Some(name) = &spec.notify_name
            && let Some(account) = self.accounts.get_mut(sender)
        {
            account.pushname = Some(name.clone());
        }
        let chat = route.group.clone().map_or(Chat::Direct(sender, route.peer), Chat::Group);
        let viewers = self.viewers(&chat, sender);
        let online = viewers.iter().any(|k| self.devices.get(k).is_some_and(|d| d.page.is_some()));
        let viewer = if viewers.iter().any(|k| k.account == route.peer) { route.peer } else { sender };
        let notify_name =
            spec.notify_name.clone().or_else(|| self.accounts.get(sender).and_then(|a| a.pushname.clone()));
        let count = spec.count.unwrap_or(1);
        let mut shown = Vec::new();
        let mut last = String::new();
        for n in 0..count {
            let id = spec.id.clone().unwrap_or_else(|| self.ids.message());
            let body = spec.body.clone().unwrap_or_default();
            let record = Record {
                id: id.clone(),
                sender,
                chat: chat.clone(),
                kind: kind.clone(),
                edited: None,
                body: if count > 1 { body.replace("{i}", &n.to_string()) } else { body },
                t: spec.t.unwrap_or_else(|| self.unix_seconds()),
                notify_name: notify_name.clone(),
                quoted: quoted.clone(),
                mentions: mentions.clone(),
                media: media.clone(),
                lat: spec.lat,
                lng: spec.lng,
                poll: None,
                extra: spec.extra.clone(),
                ack: None,
                delivered: Vec::new(),
            };
            let addressing =
                viewers.iter().find(|k| k.account == viewer).map_or(self.config.addressing, |k| self.addressing_of(*k));
            let (key, chat_text) = (self.key(&record, viewer, addressing), self.chat_text(&chat, viewer, addressing));
            // A message that is known keeps what it says: this is one more delivery.
            let known = self.records.entry(id.clone()).or_insert(record);
            shown.push(json!({"id": id, "key": key, "chat": chat_text, "t": known.t, "n": n}));
            let event = json!({
                "id": id, "key": key, "chat": chat_text, "from": self.account_text(sender, addressing),
                "phone": self.number_of(viewer), "type": kind, "queued": !online,
            });
            self.event("message.sent", event);
            let job = Job::Inbound { message: id.clone(), repeat: spec.repeat.unwrap_or(1) };
            self.after(u64::from(n) * spec.interval_ms, job);
            if let Some(after) = spec.resolve_after_ms {
                self.later(u64::from(n) * spec.interval_ms + after, Job::Resolve { message: id.clone() });
            }
            last = id;
        }
        Ok((json!({"messages": shown, "queued": !online}), last))
    }

    /// Linked devices of everybody in a chat.
    pub(super) fn viewers(&self, chat: &Chat, sender: AccountId) -> Vec<DeviceKey> {
        let mut accounts = match chat {
            Chat::Direct(a, b) => vec![*a, *b],
            Chat::Group(id) => {
                self.groups.get(id).map(|g| g.participants.iter().map(|p| p.account).collect()).unwrap_or_default()
            }
        };
        accounts.push(sender);
        accounts.sort();
        accounts.dedup();
        accounts.into_iter().flat_map(|a| self.linked_devices(a)).collect()
    }

    /// Tells all devices in a message's chat but one.
    pub(super) fn tell_chat(&mut self, message: &str, but: Option<DeviceKey>, note: &Note) {
        let Some(record) = self.records.get(message) else { return };
        for key in self.viewers(&record.chat, record.sender) {
            if Some(key) != but {
                self.deliver(key, note.clone());
            }
        }
    }

    pub(super) fn deliver_inbound(&mut self, message: &str, repeat: u32) {
        let Some(record) = self.records.get(message) else { return };
        let mut delivered = Vec::new();
        for key in self.viewers(&record.chat, record.sender) {
            let entries: Vec<u64> = (0..repeat).map(|_| self.deliver(key, Note::Message(message.into()))).collect();
            delivered.extend(entries.last().map(|n| (key, *n)));
        }
        if let Some(record) = self.records.get_mut(message) {
            record.delivered = delivered;
        }
    }

    pub(super) fn resolve_ciphertext(&mut self, message: &str) {
        self.tell_chat(message, None, &Note::Resolve(message.into()));
    }

    /// Whether the message went out to everybody who is meant.
    pub(crate) fn is_delivered(&self, message: &str) -> bool {
        self.records.get(message).is_none_or(|r| !r.delivered.is_empty())
    }

    /// Whether a page has it, and every page that is there.
    pub(crate) fn is_applied(&self, message: &str) -> bool {
        let Some(record) = self.records.get(message) else { return false };
        let has = |(key, n): &(DeviceKey, u64)| self.devices.get(key).is_some_and(|d| d.applied >= *n);
        let there = |(key, _): &(DeviceKey, u64)| self.devices.get(key).is_some_and(|d| d.page.is_some());
        record.delivered.iter().any(has) && record.delivered.iter().filter(|d| there(d)).all(has)
    }
}

struct Route {
    from: Address,
    group: Option<String>,
    peer: AccountId,
}
