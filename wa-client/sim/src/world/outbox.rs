//! What pages sent: the proof that a client sent something, once.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use super::accounts::AccountId;
use super::address::Address;
use super::devices::DeviceKey;
use super::messages::{Chat, Record};
use super::render::Note;
use super::{PageId, World};
use crate::failure::{Failure, Reply};

/// An outbound message as it came in.
#[derive(Debug)]
pub(super) struct Sent {
    seq: u64,
    pub(super) id: String,
    key: String,
    pub(super) from: DeviceKey,
    /// As the page addressed it.
    to: String,
    kind: String,
    body: String,
    t: u64,
    received_at_ms: u64,
    times: u64,
    pub(super) ack: i8,
    quoted: Option<String>,
    mentions: Vec<String>,
    /// Emoji by who reacted; the owner is `me`.
    reactions: BTreeMap<String, String>,
    edits: Vec<Value>,
    revoked: bool,
    loc: Option<Value>,
    poll: Option<Value>,
    /// How far each participant of a group got.
    pub(super) receipts: HashMap<AccountId, u8>,
}

/// Query of `GET /sim/outbox`.
#[derive(Debug, Default)]
pub(crate) struct OutboxFilter {
    pub(crate) to: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) since: u64,
    pub(crate) limit: Option<usize>,
    pub(crate) offset: usize,
}

fn trailing_number(text: &str) -> Option<u64> {
    let start = text
        .rfind(|c: char| !c.is_ascii_digit())
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    text[start..].parse().ok()
}

impl World {
    /// A page sends a message.
    pub(super) fn outbound(&mut self, page: PageId, frame: &Value) {
        let Some(from) = self.pages.get(&page).and_then(|p| p.device) else { return };
        let m = &frame["message"];
        let text = |key: &str| m[key].as_str().map(str::to_owned);
        let (Some(id), Some(to)) = (text("id"), text("to")) else { return };
        if let Some(known) = self.outbox.iter_mut().find(|s| s.id == id && s.from == from) {
            known.times += 1;
            let (times, ack) = (known.times, known.ack);
            self.event("message.duplicate", json!({"id": id, "times": times}));
            if let Ok(level @ 1..) = u8::try_from(ack) {
                // The page asks because it has not seen the server's own answer.
                self.receipt(&id, 1, None);
                if level > 1 {
                    self.receipt(&id, level, None);
                }
            } else if ack == 0 {
                // Sent again because nobody answered: answered under the policy of now.
                self.confirm(&id);
            } else if ack < 0 {
                // Refused before: another try, under the policy of now.
                if let Some(sent) = self.sent_mut(&id) {
                    sent.ack = 0;
                }
                if self.confirm(&id) {
                    self.tell_chat(&id.clone(), Some(from), &Note::Message(id));
                }
            }
            return;
        }
        let Some((to, chat)) = self.recipient(from.account, &to) else {
            self.send(page, json!({"t": "nack", "id": id, "key": m["key"], "code": 404}));
            return;
        };
        let mentions: Vec<String> =
            m["mentions"].as_array().into_iter().flatten().filter_map(|m| m.as_str().map(str::to_owned)).collect();
        let quoted = m["quoted"].as_str().or(m["quoted"]["id"].as_str());
        let quoted = quoted.map(|q| self.find_message(q).map_or_else(|_| q.to_owned(), |r| r.id.clone()));
        let media = self.sent_media(&m["media"]);
        let kind = text("type").unwrap_or_else(|| "chat".into());
        let body = text("body").unwrap_or_default();
        let t = m["t"].as_u64().unwrap_or_else(|| self.unix_seconds());
        let present = |v: &Value| (!v.is_null()).then(|| v.clone());
        let record = Record {
            id: id.clone(),
            sender: from.account,
            chat,
            kind: kind.clone(),
            body: body.clone(),
            edited: None,
            t,
            notify_name: self.accounts.get(from.account).and_then(|a| a.pushname.clone()),
            quoted: quoted.clone(),
            mentions: mentions.iter().filter_map(|m| self.accounts.find(&Address::parse(m).ok()?)).collect(),
            media,
            lat: m["loc"]["lat"].as_f64(),
            lng: m["loc"]["lng"].as_f64(),
            poll: present(&m["poll"]),
            extra: None,
            ack: None,
            delivered: Vec::new(),
        };
        self.records.insert(id.clone(), record);
        let from_text = self.account_text(from.account, super::Addressing::Pn);
        let key = text("key").unwrap_or_else(|| format!("true_{to}_{id}"));
        let event = json!({"id": id, "key": key, "from": from_text, "device": from.device, "to": to, "type": kind, "body": body});
        let seq = self.event("message.received", event);
        self.outbox.push(Sent {
            seq,
            id: id.clone(),
            key,
            from,
            to,
            kind,
            body,
            t,
            received_at_ms: self.now_ms,
            times: 1,
            ack: 0,
            quoted,
            mentions,
            reactions: BTreeMap::new(),
            edits: Vec::new(),
            revoked: false,
            loc: present(&m["loc"]),
            poll: present(&m["poll"]),
            receipts: HashMap::new(),
        });
        if self.confirm(&id) {
            self.tell_chat(&id.clone(), Some(from), &Note::Message(id));
        }
    }

    /// Where a page's message goes; `None` when there is no such group or it is no address.
    fn recipient(&mut self, sender: AccountId, to: &str) -> Option<(String, Chat)> {
        let address = Address::parse(to).ok()?;
        let chat = match &address {
            Address::Group(id) => self.groups.contains_key(id).then(|| Chat::Group(id.clone()))?,
            // The network takes messages to anybody; whether they are confirmed is another matter.
            user => match self.accounts.find(user) {
                Some(id) => Chat::Direct(sender, id),
                None => {
                    let id = self.accounts.ensure(user).ok()?;
                    if let Some(account) = self.accounts.get_mut(id) {
                        account.registered = self.config.default_registered;
                    }
                    Chat::Direct(sender, id)
                }
            },
        };
        Some((address.to_string(), chat))
    }

    pub(super) fn sent_mut(&mut self, id: &str) -> Option<&mut Sent> {
        self.outbox.iter_mut().rev().find(|s| s.id == id)
    }

    pub(super) fn note_reaction(&mut self, message: &str, from: &str, emoji: &str) {
        if let Some(sent) = self.sent_mut(message) {
            if emoji.is_empty() {
                sent.reactions.remove(from);
            } else {
                sent.reactions.insert(from.to_owned(), emoji.to_owned());
            }
        }
    }

    pub(super) fn note_edit(&mut self, message: &str, body: &str) {
        let at_ms = self.now_ms;
        if let Some(sent) = self.sent_mut(message) {
            sent.edits.push(json!({"body": body, "at_ms": at_ms}));
        }
    }

    pub(super) fn note_revoke(&mut self, message: &str) {
        if let Some(sent) = self.sent_mut(message) {
            sent.revoked = true;
        }
    }

    fn show_sent(&self, sent: &Sent) -> Value {
        let media = self.records.get(&sent.id).and_then(|r| r.media.as_ref()).map(|m| {
            json!({
                "mimetype": m.mimetype, "bytes": m.bytes, "sha256": m.sha256, "filename": m.filename, "caption": m.caption,
            })
        });
        let reactions: Vec<Value> =
            sent.reactions.iter().map(|(from, emoji)| json!({"from": from, "emoji": emoji})).collect();
        let mut shown = json!({
            "seq": sent.seq, "id": sent.id, "key": sent.key, "from": self.account_text(sent.from.account, super::Addressing::Pn),
            "device": sent.from.device, "to": sent.to, "type": sent.kind, "body": sent.body, "t": sent.t,
            "received_at_ms": sent.received_at_ms, "times": sent.times, "ack": sent.ack, "quoted": sent.quoted,
            "mentions": sent.mentions, "reactions": reactions, "edits": sent.edits, "revoked": sent.revoked,
        });
        for (name, value) in [("media", &media), ("loc", &sent.loc), ("poll", &sent.poll)] {
            if let Some(value) = value {
                shown[name] = value.clone();
            }
        }
        shown
    }

    pub(crate) fn show_outbox(&self, filter: &OutboxFilter) -> Reply {
        let to = filter.to.as_deref().map(Address::parse).transpose()?;
        let to_account = to.as_ref().and_then(|a| self.accounts.find(a));
        let goes_there = |s: &&Sent| match &to {
            None => true,
            Some(address) => {
                let addressed = Address::parse(&s.to).ok();
                addressed.as_ref() == Some(address)
                    || (to_account.is_some() && addressed.and_then(|a| self.accounts.find(&a)) == to_account)
            }
        };
        let found: Vec<&Sent> = self
            .outbox
            .iter()
            .filter(|s| s.seq > filter.since)
            .filter(|s| filter.id.as_ref().is_none_or(|id| s.id == *id || s.key == *id))
            .filter(|s| filter.kind.as_ref().is_none_or(|kind| s.kind == *kind))
            .filter(goes_there)
            .collect();
        let duplicates: u64 = found.iter().map(|s| s.times - 1).sum();
        let messages: Vec<Value> = found
            .iter()
            .skip(filter.offset)
            .take(filter.limit.unwrap_or(usize::MAX))
            .map(|s| self.show_sent(s))
            .collect();
        Ok(json!({"total": found.len(), "duplicates": duplicates, "messages": messages}))
    }

    pub(crate) fn outbox_summary(&self, prefix: &str) -> Value {
        let found: Vec<&Sent> = self.outbox.iter().filter(|s| s.kind == "chat" && s.body.starts_with(prefix)).collect();
        let mut bodies: BTreeMap<&str, u64> = BTreeMap::new();
        let (mut largest, mut out_of_order) = (None, 0);
        for sent in &found {
            *bodies.entry(&sent.body).or_default() += 1;
            let number = trailing_number(&sent.body);
            if number.is_some() && largest > number {
                out_of_order += 1;
            }
            largest = largest.max(number);
        }
        let ids: std::collections::BTreeSet<&str> = found.iter().map(|s| s.id.as_str()).collect();
        let repeated: Vec<Value> =
            bodies.iter().filter(|(_, n)| **n > 1).map(|(body, n)| json!({"body": body, "count": n})).collect();
        json!({
            "total": found.len(), "distinct_ids": ids.len(), "distinct_bodies": bodies.len(), "repeated_bodies": repeated,
            "wire_repeats": found.iter().map(|s| s.times - 1).sum::<u64>(), "out_of_order": out_of_order,
        })
    }

    pub(crate) fn clear_outbox(&mut self) {
        self.outbox.clear();
    }

    /// The outbox entry of a message.
    pub(super) fn find_sent(&self, text: &str) -> Reply<&Sent> {
        let id = self.find_message(text)?.id.as_str();
        self.outbox.iter().find(|s| s.id == id).ok_or_else(|| Failure::not_found("outbound message"))
    }
}

#[cfg(test)]
mod tests {
    use super::trailing_number;

    #[test]
    fn a_trailing_number_is_what_follows_the_last_other_character() {
        assert_eq!(trailing_number("m-12"), Some(12));
        assert_eq!(trailing_number("7"), Some(7));
        assert_eq!(trailing_number("olá3"), Some(3));
        assert_eq!(trailing_number("é"), None);
        assert_eq!(trailing_number(""), None);
    }
}
