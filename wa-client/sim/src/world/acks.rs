//! How far and how fast the server and the recipient confirm what pages send.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use super::accounts::AccountId;
use super::address::Address;
use super::messages::Chat;
use super::render::Note;
use super::{Job, World};
use crate::failure::{Failure, Reply};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Order {
    #[default]
    Forward,
    Reverse,
    Twice,
}

/// Body of `PUT /sim/acks`: the whole policy.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AckPolicy {
    #[serde(default = "at_once", deserialize_with = "delay")]
    server_ms: Option<u64>,
    #[serde(default)]
    delivered_ms: Option<u64>,
    #[serde(default)]
    read_ms: Option<u64>,
    #[serde(default)]
    played_ms: Option<u64>,
    #[serde(default)]
    error: Option<u16>,
    #[serde(default)]
    order: Order,
}

fn at_once() -> Option<u64> {
    Some(0)
}

/// Left out means at once, null means never.
fn delay<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u64>, D::Error> {
    Option::deserialize(value)
}

impl Default for AckPolicy {
    fn default() -> Self {
        Self {
            server_ms: Some(0),
            delivered_ms: Some(15),
            read_ms: Some(30),
            played_ms: None,
            error: None,
            order: Order::Forward,
        }
    }
}

impl AckPolicy {
    /// Levels and their delays, in the order in which they are scheduled.
    fn plan(&self) -> Vec<(u64, u8)> {
        let mut later: Vec<(u64, u8)> = [(self.delivered_ms, 2), (self.read_ms, 3), (self.played_ms, 4)]
            .into_iter()
            .filter_map(|(delay, level)| Some((delay?, level)))
            .collect();
        if self.order == Order::Reverse {
            let mut delays: Vec<u64> = later.iter().map(|(delay, _)| *delay).collect();
            delays.sort_unstable();
            later = delays.into_iter().zip(later.into_iter().rev().map(|(_, level)| level)).collect();
        }
        let mut plan: Vec<(u64, u8)> = self.server_ms.map(|delay| (delay, 1)).into_iter().chain(later).collect();
        if self.order == Order::Twice {
            plan = plan.into_iter().flat_map(|step| [step, step]).collect();
        }
        plan
    }
}

/// Body of `POST /sim/acks`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AckSpec {
    message: String,
    level: u8,
    participant: Option<String>,
}

impl World {
    pub(crate) fn put_acks(&mut self, policy: AckPolicy) -> Value {
        self.ack_policy = policy;
        self.show_acks()
    }

    pub(crate) fn show_acks(&self) -> Value {
        Self::settings("acks", json!(self.ack_policy))
    }

    /// Applies the policy to a message that came in. Answers whether the server took it.
    pub(super) fn confirm(&mut self, id: &str) -> bool {
        let policy = self.ack_policy.clone();
        if let Some(code) = policy.error {
            self.after(policy.server_ms.unwrap_or(0), Job::Refuse { message: id.into(), code });
            return false;
        }
        let reachable = match self.records.get(id).map(|r| &r.chat) {
            Some(Chat::Direct(_, peer)) => self.accounts.get(*peer).is_some_and(|a| a.registered),
            _ => true,
        };
        for (delay, level) in policy.plan() {
            if level == 1 || reachable {
                self.after(delay, Job::Ack { message: id.into(), level });
            }
        }
        true
    }

    pub(super) fn refuse(&mut self, id: &str, code: u16) {
        let Some(sent) = self.sent_mut(id) else { return };
        sent.ack = -1;
        let from = sent.from;
        self.deliver(from, Note::Nack { message: id.into(), code });
        self.event("ack.sent", json!({"id": id, "level": -1, "code": code}));
    }

    pub(super) fn policy_ack(&mut self, id: &str, level: u8) {
        let others = match (level, self.records.get(id)) {
            (2.., Some(record)) => match &record.chat {
                Chat::Group(group) => self.group_others(group, record.sender),
                Chat::Direct(..) => Vec::new(),
            },
            _ => Vec::new(),
        };
        if others.is_empty() {
            self.receipt(id, level, None);
        }
        for participant in others {
            self.receipt(id, level, Some(participant));
        }
    }

    /// Everybody in a group but one.
    fn group_others(&self, group: &str, sender: AccountId) -> Vec<AccountId> {
        let group = self.groups.get(group);
        group.map(|g| g.participants.iter().map(|p| p.account).filter(|a| *a != sender).collect()).unwrap_or_default()
    }

    /// Confirms one level to the devices of the sender: the server's own answer only to the one that sent.
    pub(super) fn receipt(&mut self, id: &str, level: u8, participant: Option<AccountId>) {
        let Some(record) = self.records.get(id) else { return };
        let others = match &record.chat {
            Chat::Group(group) => self.group_others(group, record.sender),
            Chat::Direct(..) => Vec::new(),
        };
        let t = self.unix_seconds();
        let of = participant.map(|_| others.len());
        let Some(sent) = self.sent_mut(id) else { return };
        let reached = match participant {
            None => level,
            Some(who) => {
                let known = sent.receipts.entry(who).or_default();
                *known = (*known).max(level);
                others.iter().map(|o| sent.receipts.get(o).copied().unwrap_or(0)).min().unwrap_or(level)
            }
        };
        if sent.ack >= 0 {
            sent.ack = sent.ack.max(i8::try_from(reached).unwrap_or(i8::MAX));
        }
        let from = sent.from;
        let note = Note::Receipt { message: id.into(), level, t, participant, of };
        if level == 1 {
            self.deliver(from, note);
        } else {
            self.deliver_all(from.account, None, &note);
        }
        let who = participant.map(|p| self.account_text(p, super::Addressing::Pn));
        self.event("ack.sent", json!({"id": id, "level": level, "participant": who}));
    }

    pub(crate) fn post_ack(&mut self, spec: &AckSpec) -> Reply {
        if !(1..=4).contains(&spec.level) {
            return Err(Failure::bad_request("level: 1 to 4"));
        }
        let id = self.find_sent(&spec.message)?.id.clone();
        let participant = match &spec.participant {
            None => None,
            Some(text) => {
                let who = self.accounts.find(&Address::parse(text)?);
                Some(who.ok_or_else(|| Failure::not_found("participant"))?)
            }
        };
        match participant {
            Some(_) => self.receipt(&id, spec.level, participant),
            None => self.policy_ack(&id, spec.level),
        }
        Ok(json!({"id": id, "level": spec.level}))
    }
}
