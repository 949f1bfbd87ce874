//! What pages are told, in the words of the wire. Everything is rendered when it is sent, for the page that gets it.

use serde_json::{Value, json};

use super::accounts::{Account, AccountId};
use super::devices::DeviceKey;
use super::groups::Group;
use super::messages::{Chat, Record};
use super::{Addressing, PageId, World};

/// Something that a device has to learn, sooner or later.
#[derive(Clone, Debug)]
pub(super) enum Note {
    Message(String),
    Resolve(String),
    Edit {
        message: String,
        body: String,
        t: u64,
    },
    Revoke {
        message: String,
        revoke_id: String,
        t: u64,
    },
    /// The phone's owner deleted it for himself.
    Delete(String),
    Reaction {
        message: String,
        from: AccountId,
        emoji: String,
        t: u64,
    },
    Receipt {
        message: String,
        level: u8,
        t: u64,
        participant: Option<AccountId>,
        of: Option<usize>,
    },
    Nack {
        message: String,
        code: u16,
    },
    Group {
        id: String,
        action: &'static str,
        by: Option<AccountId>,
        who: Vec<AccountId>,
    },
}

pub(super) fn add(frame: &mut Value, fields: Value) {
    if let (Value::Object(frame), Value::Object(fields)) = (frame, fields) {
        frame.extend(fields);
    }
}

impl Account {
    pub(super) fn show_contact(&self) -> Value {
        json!({
            "wid": self.pn(), "lid": self.lid_wid(), "pushname": self.pushname, "name": self.name, "business": self.business,
        })
    }
}

impl World {
    pub(super) fn addressing_of(&self, key: DeviceKey) -> Addressing {
        let page = self.devices.get(&key).and_then(|d| d.page).and_then(|p| self.pages.get(&p));
        page.map_or(self.config.addressing, |p| p.addressing)
    }

    pub(super) fn frame_for(&self, page: PageId, key: DeviceKey, note: &Note) -> Option<Value> {
        let addressing = self.pages.get(&page).map_or(self.config.addressing, |p| p.addressing);
        let viewer = key.account;
        let id = match note {
            Note::Group { id, action, by, who } => {
                return self.groups.get(id).map(|g| self.group_frame(g, action, *by, who));
            }
            Note::Message(id) | Note::Resolve(id) | Note::Delete(id) => id,
            Note::Edit { message, .. }
            | Note::Revoke { message, .. }
            | Note::Reaction { message, .. }
            | Note::Receipt { message, .. }
            | Note::Nack { message, .. } => message,
        };
        let record = self.records.get(id)?;
        if let Note::Message(_) = note {
            return Some(json!({"t": "message", "message": self.message(record, viewer, addressing)}));
        }
        let mut frame = self.chat_fields(&record.chat, viewer, addressing);
        add(&mut frame, json!({"id": record.id, "key": self.key(record, viewer, addressing)}));
        match note {
            Note::Resolve(_) => add(&mut frame, json!({"t": "resolve", "type": "chat", "body": record.body})),
            Note::Edit { body, t, .. } => {
                add(&mut frame, self.person(record.sender, ""));
                add(&mut frame, json!({"t": "edit", "body": body, "at": t}));
            }
            Note::Revoke { revoke_id, t, .. } => {
                add(&mut frame, self.person(record.sender, ""));
                add(&mut frame, json!({"t": "revoke", "revoke_id": revoke_id, "at": t}));
            }
            Note::Delete(_) => add(&mut frame, json!({"t": "delete"})),
            Note::Reaction { from, emoji, t, .. } => {
                add(&mut frame, self.person(*from, ""));
                add(&mut frame, json!({"t": "reaction", "emoji": emoji, "at": t}));
            }
            Note::Receipt { level, t, participant, of, .. } => {
                add(&mut frame, json!({"t": "receipt", "ids": [record.id], "level": level, "at": t}));
                if let Some(who) = participant.and_then(|p| self.accounts.get(p)) {
                    add(&mut frame, json!({"participant": who.pn(), "participant_lid": who.lid_wid(), "of": of}));
                }
            }
            Note::Nack { code, .. } => add(&mut frame, json!({"t": "nack", "code": code})),
            Note::Message(_) | Note::Group { .. } => return None,
        }
        Some(frame)
    }

    /// `from` and `from_lid`, or the same with a prefix.
    pub(super) fn person(&self, id: AccountId, prefix: &str) -> Value {
        let account = self.accounts.get(id);
        let name = if prefix.is_empty() { "from" } else { prefix };
        let mut fields = json!({});
        fields[name] = json!(account.and_then(Account::pn));
        fields[format!("{name}_lid")] = json!(account.map(Account::lid_wid));
        fields
    }

    /// `chat`, `chat_pn` and `chat_lid` as `viewer` has them.
    pub(super) fn chat_fields(&self, chat: &Chat, viewer: AccountId, addressing: Addressing) -> Value {
        match chat {
            Chat::Group(id) => json!({"chat": format!("{id}@g.us"), "chat_pn": null, "chat_lid": null}),
            Chat::Direct(..) => {
                let peer = chat.peer(viewer).and_then(|p| self.accounts.get(p));
                json!({
                    "chat": peer.map(|p| p.wid(addressing)),
                    "chat_pn": peer.and_then(Account::pn),
                    "chat_lid": peer.map(Account::lid_wid),
                })
            }
        }
    }

    pub(super) fn chat_text(&self, chat: &Chat, viewer: AccountId, addressing: Addressing) -> String {
        match chat {
            Chat::Group(id) => format!("{id}@g.us"),
            Chat::Direct(..) => chat.peer(viewer).map(|p| self.account_text(p, addressing)).unwrap_or_default(),
        }
    }

    /// Text form of the message's key as `viewer` has it.
    pub(super) fn key(&self, record: &Record, viewer: AccountId, addressing: Addressing) -> String {
        let from_me = record.sender == viewer;
        let chat = self.chat_text(&record.chat, viewer, addressing);
        let mut key = format!("{from_me}_{chat}_{}", record.id);
        match &record.chat {
            Chat::Group(_) => {
                key.push('_');
                key.push_str(&self.account_text(record.sender, addressing));
            }
            Chat::Direct(a, b) if a == b => key.push_str("_out"),
            Chat::Direct(..) => {}
        }
        key
    }

    pub(super) fn message(&self, record: &Record, viewer: AccountId, addressing: Addressing) -> Value {
        let from_me = record.sender == viewer;
        let in_group = matches!(record.chat, Chat::Group(_));
        let mut frame = self.chat_fields(&record.chat, viewer, addressing);
        add(&mut frame, self.person(record.sender, ""));
        let (to, to_lid) = if from_me {
            (frame["chat_pn"].clone(), frame["chat_lid"].clone())
        } else {
            let me = self.accounts.get(viewer);
            (json!(me.and_then(Account::pn)), json!(me.map(Account::lid_wid)))
        };
        let to = if from_me && in_group { frame["chat"].clone() } else { to };
        let hidden = record.kind == "ciphertext";
        let mentions: Vec<String> = record.mentions.iter().map(|m| self.account_text(*m, addressing)).collect();
        add(
            &mut frame,
            json!({
                "id": record.id, "key": self.key(record, viewer, addressing), "to": to, "to_lid": to_lid,
                "author": in_group.then(|| self.account_text(record.sender, addressing)),
                "type": record.kind, "body": if hidden { Value::Null } else { json!(record.body) }, "t": record.t,
                "notify_name": record.notify_name, "from_me": from_me, "ack": record.ack, "mentions": mentions,
                "quoted": self.quoted(record, viewer, addressing), "media": self.media_fields(record),
                "lat": record.lat, "lng": record.lng, "poll": record.poll, "extra": record.extra,
            }),
        );
        frame
    }

    fn quoted(&self, record: &Record, viewer: AccountId, addressing: Addressing) -> Option<Value> {
        let quoted = self.records.get(record.quoted.as_ref()?)?;
        let mut fields = self.person(quoted.sender, "");
        let kind = if quoted.kind == "ciphertext" { "chat" } else { &quoted.kind };
        add(
            &mut fields,
            json!({
                "id": quoted.id, "key": self.key(quoted, viewer, addressing), "from_me": quoted.sender == viewer,
                "type": kind, "body": quoted.edited.as_ref().unwrap_or(&quoted.body),
            }),
        );
        Some(fields)
    }

    pub(super) fn show_group(&self, group: &Group) -> Value {
        let participants: Vec<Value> = group
            .participants
            .iter()
            .filter_map(|p| {
                let account = self.accounts.get(p.account)?;
                Some(json!({
                    "wid": account.pn(), "lid": account.lid_wid(), "admin": p.admin, "superadmin": p.account == group.owner,
                }))
            })
            .collect();
        let mut shown = self.person(group.owner, "owner");
        add(
            &mut shown,
            json!({
                "id": format!("{}@g.us", group.id), "subject": group.subject, "announce": group.announce,
                "created_t": group.created_t, "participants": participants,
            }),
        );
        shown
    }

    fn group_frame(&self, group: &Group, action: &str, by: Option<AccountId>, who: &[AccountId]) -> Value {
        let mut frame = json!({"t": "group", "action": action, "group": self.show_group(group)});
        if let Some(by) = by {
            add(&mut frame, self.person(by, "by"));
        }
        let who: Vec<Value> = who
            .iter()
            .filter_map(|id| self.accounts.get(*id))
            .map(|a| json!({"wid": a.pn(), "lid": a.lid_wid()}))
            .collect();
        frame["who"] = json!(who);
        frame
    }
}
