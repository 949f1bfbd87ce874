//! History that the next login finds.

use serde::Deserialize;
use serde_json::{Value, json};

use super::accounts::AccountId;
use super::address::Address;
use super::devices::DeviceKey;
use super::messages::{Chat, Record};
use super::{Addressing, World};
use crate::failure::{Failure, Reply};

/// Body of `POST /sim/chats`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChatsSpec {
    phone: Option<String>,
    chats: Vec<ChatSpec>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChatSpec {
    id: String,
    name: Option<String>,
    #[serde(default)]
    unread: i64,
    #[serde(default)]
    archived: bool,
    /// A count or a list.
    #[serde(default)]
    messages: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct HistoryMessage {
    from: Option<String>,
    from_me: bool,
    #[serde(rename = "type")]
    kind: Option<String>,
    body: Option<String>,
    id: Option<String>,
    t: Option<u64>,
    notify_name: Option<String>,
    quoted: Option<String>,
    lat: Option<f64>,
    lng: Option<f64>,
}

#[derive(Debug)]
pub(crate) struct HistoryChat {
    account: AccountId,
    chat: Chat,
    name: Option<String>,
    unread: i64,
    archived: bool,
    messages: Vec<String>,
}

const COUNT_MAX: u64 = 100_000;

fn messages_of(spec: &ChatSpec) -> Reply<Vec<HistoryMessage>> {
    match &spec.messages {
        Value::Null => Ok(Vec::new()),
        Value::Number(count) => {
            let count = count.as_u64().filter(|n| *n <= COUNT_MAX);
            let count = count.ok_or_else(|| Failure::bad_request("messages: a count up to 100000, or a list"))?;
            let made = |n| HistoryMessage {
                from_me: n % 2 == 1,
                body: Some(format!("message {n}")),
                ..HistoryMessage::default()
            };
            Ok((0..count).map(made).collect())
        }
        Value::Array(list) => list.iter().map(|m| crate::control::parse(m.clone())).collect(),
        _ => Err(Failure::bad_request("messages: a count or a list")),
    }
}

impl World {
    pub(crate) fn post_chats(&mut self, spec: &ChatsSpec) -> Reply {
        let number = Address::number(spec.phone.as_deref().unwrap_or(&self.config.own_number))?;
        let mut checked = Vec::new();
        for chat in &spec.chats {
            let address = Address::parse(&chat.id)?;
            if let Address::Group(id) = &address
                && !self.groups.contains_key(id)
            {
                return Err(Failure::not_found("group"));
            }
            let messages = messages_of(chat)?;
            for m in &messages {
                m.from.as_deref().map(Address::parse).transpose()?;
            }
            checked.push((address, chat, messages));
        }
        let account = self.accounts.ensure(&Address::Number(number))?;
        let mut shown = Vec::new();
        for (address, spec, messages) in checked {
            let chat = match &address {
                Address::Group(id) => Chat::Group(id.clone()),
                user => Chat::Direct(account, self.accounts.ensure(user)?),
            };
            let total = messages.len() as u64;
            let mut ids = Vec::with_capacity(messages.len());
            for (n, message) in messages.into_iter().enumerate() {
                let ago = total - n as u64;
                ids.push(self.keep_history(account, &chat, message, ago)?);
            }
            shown.push(json!({"id": address.to_string(), "messages": ids.len()}));
            self.chats.push(HistoryChat {
                account,
                chat,
                name: spec.name.clone(),
                unread: spec.unread,
                archived: spec.archived,
                messages: ids,
            });
        }
        Ok(json!({"chats": shown}))
    }

    fn keep_history(&mut self, account: AccountId, chat: &Chat, message: HistoryMessage, ago: u64) -> Reply<String> {
        let sender = match (message.from_me, &message.from, chat) {
            (true, _, _) => account,
            (false, Some(from), _) => self.ensure_person(from)?,
            (false, None, Chat::Direct(_, peer)) => *peer,
            (false, None, Chat::Group(id)) => {
                let others = self.groups.get(id).into_iter().flat_map(|g| &g.participants);
                others.map(|p| p.account).find(|a| *a != account).unwrap_or(account)
            }
        };
        let peer = chat.peer(account);
        let id = message.id.unwrap_or_else(|| self.ids.message());
        let record = Record {
            id: id.clone(),
            sender,
            // The sender comes first.
            chat: peer
                .map_or_else(|| chat.clone(), |p| Chat::Direct(sender, if sender == account { p } else { account })),
            kind: message.kind.unwrap_or_else(|| "chat".into()),
            body: message.body.unwrap_or_default(),
            edited: None,
            t: message.t.unwrap_or_else(|| self.unix_seconds().saturating_sub(60 * ago)),
            notify_name: message.notify_name.or_else(|| self.accounts.get(sender).and_then(|a| a.pushname.clone())),
            quoted: message.quoted,
            mentions: Vec::new(),
            media: None,
            lat: message.lat,
            lng: message.lng,
            poll: None,
            extra: None,
            ack: Some(if sender == account { 3 } else { 1 }),
            delivered: Vec::new(),
        };
        self.records.insert(id.clone(), record);
        Ok(id)
    }

    /// The chats that a device has not been given, which it then has.
    pub(super) fn history_for(&mut self, key: DeviceKey, addressing: Addressing) -> Vec<Value> {
        let given = self.devices.get(&key).map(|d| d.chats_given.clone()).unwrap_or_default();
        let mut shown = Vec::new();
        let mut new = Vec::new();
        for (n, chat) in self.chats.iter().enumerate() {
            if chat.account != key.account || given.contains(&n) {
                continue;
            }
            new.push(n);
            let records: Vec<&Record> = chat.messages.iter().filter_map(|id| self.records.get(id)).collect();
            let mut fields = self.chat_fields(&chat.chat, key.account, addressing);
            super::render::add(
                &mut fields,
                json!({
                    "name": chat.name, "unread": chat.unread, "archived": chat.archived,
                    "t": records.iter().map(|r| r.t).max(),
                    "messages": records.iter().map(|r| self.message(r, key.account, addressing)).collect::<Vec<_>>(),
                }),
            );
            shown.push(fields);
        }
        if let Some(device) = self.devices.get_mut(&key) {
            device.chats_given.extend(new);
        }
        shown
    }
}
