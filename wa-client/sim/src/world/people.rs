//! What other people do besides writing: react, edit, delete, type, come and go.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::accounts::AccountId;
use super::address::Address;
use super::messages::{Chat, Record};
use super::render::{Note, add};
use super::{Addressing, World};
use crate::failure::{Failure, Reply};

/// Body of `POST /sim/reactions`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReactionSpec {
    from: String,
    message: String,
    emoji: String,
}

/// Body of `POST /sim/edits`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditSpec {
    message: String,
    body: String,
}

/// Body of `POST /sim/revokes`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevokeSpec {
    message: String,
}

/// Body of `POST /sim/phone/delete`, which is beyond contract 1.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteSpec {
    message: String,
    phone: Option<String>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Typing {
    Composing,
    Recording,
    Paused,
}

/// Body of `POST /sim/typing`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TypingSpec {
    from: String,
    state: Typing,
    chat: Option<String>,
}

/// Body of `POST /sim/presence`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PresenceSpec {
    from: String,
    online: bool,
    last_seen: Option<u64>,
}

impl World {
    /// A person by address, created when unknown.
    pub(super) fn ensure_person(&mut self, text: &str) -> Reply<AccountId> {
        self.accounts.ensure(&Address::parse(text)?)
    }

    pub(crate) fn post_reaction(&mut self, spec: &ReactionSpec) -> Reply {
        let id = self.find_message(&spec.message)?.id.clone();
        let from = self.ensure_person(&spec.from)?;
        let who = if self.records.get(&id).is_some_and(|r| r.sender == from) {
            "me".to_owned()
        } else {
            self.account_text(from, Addressing::Pn)
        };
        self.note_reaction(&id, &who, &spec.emoji);
        let note = Note::Reaction { message: id.clone(), from, emoji: spec.emoji.clone(), t: self.unix_seconds() };
        self.tell_chat(&id, None, &note);
        Ok(json!({"message": id}))
    }

    /// An inbound message: one that no page sent.
    fn find_inbound(&self, text: &str) -> Reply<&Record> {
        let record = self.find_message(text)?;
        if self.outbox.iter().any(|s| s.id == record.id) {
            return Err(Failure::not_found("inbound message"));
        }
        Ok(record)
    }

    pub(crate) fn post_edit(&mut self, spec: &EditSpec) -> Reply {
        let id = self.find_inbound(&spec.message)?.id.clone();
        let note = Note::Edit { message: id.clone(), body: spec.body.clone(), t: self.unix_seconds() };
        if let Some(record) = self.records.get_mut(&id) {
            record.edited = Some(spec.body.clone());
        }
        self.tell_chat(&id, None, &note);
        Ok(json!({"message": id}))
    }

    pub(crate) fn post_revoke(&mut self, spec: &RevokeSpec) -> Reply {
        let id = self.find_inbound(&spec.message)?.id.clone();
        let note = Note::Revoke { message: id.clone(), revoke_id: self.ids.message(), t: self.unix_seconds() };
        self.tell_chat(&id, None, &note);
        Ok(json!({"message": id}))
    }

    /// The owner deletes a message on the phone, for himself: his linked devices delete it as well.
    pub(crate) fn post_delete(&mut self, spec: &DeleteSpec) -> Reply {
        let id = self.find_message(&spec.message)?.id.clone();
        let phone = self.target_phone(spec.phone.as_deref())?;
        for key in self.linked_devices(phone) {
            self.deliver(key, Note::Delete(id.clone()));
        }
        Ok(json!({"message": id}))
    }

    pub(crate) fn post_typing(&mut self, spec: &TypingSpec) -> Reply {
        let group = match spec.chat.as_deref().map(Address::parse).transpose()? {
            Some(Address::Group(id)) if self.groups.contains_key(&id) => Some(id),
            Some(Address::Group(_)) => return Err(Failure::not_found("group")),
            _ => None,
        };
        let phone = self.target_phone(None)?;
        let from = self.ensure_person(&spec.from)?;
        let chat = group.map_or(Chat::Direct(from, phone), Chat::Group);
        let state = spec.state;
        self.tell_online(phone, |world, addressing| {
            let mut frame = world.chat_fields(&chat, phone, addressing);
            add(&mut frame, world.person(from, ""));
            add(&mut frame, json!({"t": "typing", "state": state}));
            frame
        });
        Ok(json!({}))
    }

    pub(crate) fn post_presence(&mut self, spec: &PresenceSpec) -> Reply {
        let phone = self.target_phone(None)?;
        let from = self.ensure_person(&spec.from)?;
        let (online, last_seen) = (spec.online, spec.last_seen);
        self.tell_online(phone, |world, _| {
            let mut frame = world.person(from, "");
            add(&mut frame, json!({"t": "presence", "online": online, "last_seen": last_seen}));
            frame
        });
        Ok(json!({}))
    }

    /// A declared account reaches the pages that are there.
    pub(super) fn announce_contact(&mut self, id: AccountId) {
        let Some(account) = self.accounts.get(id).filter(|a| a.registered) else { return };
        let mut frame = account.show_contact();
        frame["t"] = json!("contact");
        let online: Vec<_> = self.devices.values().filter_map(|d| d.page).collect();
        for page in online {
            self.send(page, frame.clone());
        }
    }
}
