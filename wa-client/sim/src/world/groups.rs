//! Groups: made by tests or by pages, changed by tests.

use serde::Deserialize;
use serde_json::{Value, json};

use super::accounts::AccountId;
use super::address::Address;
use super::render::Note;
use super::{PageId, World};
use crate::failure::{Failure, Reply};

#[derive(Clone, Debug)]
pub(super) struct Participant {
    pub(super) account: AccountId,
    pub(super) admin: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(super) id: String,
    pub(super) subject: String,
    pub(super) owner: AccountId,
    pub(super) announce: bool,
    pub(super) created_t: u64,
    pub(super) participants: Vec<Participant>,
}

impl Group {
    pub(super) fn has(&self, account: AccountId) -> bool {
        self.participants.iter().any(|p| p.account == account)
    }
}

/// Body of `POST /sim/groups`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupSpec {
    id: Option<String>,
    subject: String,
    participants: Vec<String>,
    #[serde(default)]
    announce: bool,
    phone: Option<String>,
}

/// Body of `POST /sim/groups/participants`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupChange {
    group: String,
    #[serde(default)]
    add: Vec<String>,
    #[serde(default)]
    remove: Vec<String>,
    #[serde(default)]
    promote: Vec<String>,
    #[serde(default)]
    demote: Vec<String>,
    by: Option<String>,
}

fn group_id(text: &str) -> Reply<String> {
    let text = text.strip_suffix("@g.us").unwrap_or(text);
    match Address::parse(&format!("{text}@g.us"))? {
        Address::Group(id) => Ok(id),
        _ => Err(Failure::bad_request("not a group")),
    }
}

fn people(texts: &[String]) -> Reply<Vec<Address>> {
    let parsed: Vec<Address> = texts.iter().map(|t| Address::parse(t)).collect::<Reply<_>>()?;
    if parsed.iter().any(|a| matches!(a, Address::Group(_))) {
        return Err(Failure::bad_request("only people can be in a group"));
    }
    Ok(parsed)
}

impl World {
    pub(crate) fn post_group(&mut self, spec: &GroupSpec) -> Reply {
        let owner = Address::Number(Address::number(spec.phone.as_deref().unwrap_or(&self.config.own_number))?);
        let others = people(&spec.participants)?;
        let id = spec.id.as_deref().map(group_id).transpose()?;
        if id.as_ref().is_some_and(|id| self.groups.contains_key(id)) {
            return Err(Failure::bad_request("there is a group with this id"));
        }
        let owner = self.accounts.ensure(&owner)?;
        let others: Vec<AccountId> = others.iter().map(|a| self.accounts.ensure(a)).collect::<Reply<_>>()?;
        let id = id.unwrap_or_else(|| self.ids.group());
        self.new_group(&id, &spec.subject, owner, &others, spec.announce);
        let everybody = self.groups.get(&id).map(|g| g.participants.iter().map(|p| p.account).collect());
        self.tell_group(&id, "create", Some(owner), everybody.unwrap_or_default());
        Ok(json!({"group": self.groups.get(&id).map(|g| self.show_group(g))}))
    }

    fn new_group(&mut self, id: &str, subject: &str, owner: AccountId, others: &[AccountId], announce: bool) {
        let mut participants = vec![Participant { account: owner, admin: true }];
        for &account in others {
            if !participants.iter().any(|p| p.account == account) {
                participants.push(Participant { account, admin: false });
            }
        }
        let group = Group {
            id: id.into(),
            subject: subject.into(),
            owner,
            announce,
            created_t: self.unix_seconds(),
            participants,
        };
        self.groups.insert(id.into(), group);
    }

    /// Tells every linked device of everybody concerned, also of those who just left.
    fn tell_group(&mut self, id: &str, action: &'static str, by: Option<AccountId>, who: Vec<AccountId>) {
        let Some(group) = self.groups.get(id) else { return };
        let mut accounts: Vec<AccountId> =
            group.participants.iter().map(|p| p.account).chain(who.iter().copied()).collect();
        accounts.sort();
        accounts.dedup();
        let note = Note::Group { id: id.into(), action, by, who };
        for account in accounts {
            self.deliver_all(account, None, &note);
        }
    }

    pub(crate) fn show_groups(&self) -> Value {
        json!({"groups": self.groups.values().map(|g| self.show_group(g)).collect::<Vec<_>>()})
    }

    pub(crate) fn change_group(&mut self, change: &GroupChange) -> Reply {
        let id = group_id(&change.group)?;
        let group = self.groups.get(&id).ok_or_else(|| Failure::not_found("group"))?;
        let owner = group.owner;
        let add = people(&change.add)?;
        let known = |texts: &[String]| -> Reply<Vec<AccountId>> {
            people(texts)?
                .iter()
                .map(|a| {
                    self.accounts.find(a).filter(|a| group.has(*a)).ok_or_else(|| Failure::not_found("participant"))
                })
                .collect()
        };
        let (remove, promote, demote) = (known(&change.remove)?, known(&change.promote)?, known(&change.demote)?);
        let by = change.by.as_deref().map(Address::parse).transpose()?;
        if matches!(by, Some(Address::Group(_))) {
            return Err(Failure::bad_request("by: a person"));
        }
        let by = by.map(|a| self.accounts.ensure(&a)).transpose()?.unwrap_or(owner);
        let add: Vec<AccountId> = add.iter().map(|a| self.accounts.ensure(a)).collect::<Reply<_>>()?;
        if let Some(group) = self.groups.get_mut(&id) {
            for &account in &add {
                if !group.has(account) {
                    group.participants.push(Participant { account, admin: false });
                }
            }
            group.participants.retain(|p| !remove.contains(&p.account));
            for p in &mut group.participants {
                p.admin = (p.admin || promote.contains(&p.account)) && !demote.contains(&p.account);
            }
        }
        for (action, who) in [("add", add), ("remove", remove), ("promote", promote), ("demote", demote)] {
            if !who.is_empty() {
                self.tell_group(&id, action, Some(by), who);
            }
        }
        Ok(json!({"group": self.groups.get(&id).map(|g| self.show_group(g))}))
    }

    /// A page makes a group. Who is not on the network is left out and answered with 404.
    pub(super) fn create_group(&mut self, page: PageId, args: &Value) -> Result<Value, (u16, &'static str)> {
        let owner = self.pages.get(&page).and_then(|p| p.device).ok_or((401, "not-authorized"))?;
        let subject = args["subject"].as_str().filter(|s| !s.is_empty()).ok_or((400, "bad-request"))?.to_owned();
        let asked: Vec<String> = args["participants"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|p| p.as_str().map(str::to_owned))
            .collect();
        let asked = people(&asked).map_err(|_| (400, "bad-request"))?;
        let mut members = Vec::new();
        let mut answers = Vec::new();
        for address in asked {
            let found = self.lookup(&address);
            members.extend(found);
            let account = found.and_then(|id| self.accounts.get(id));
            let (asked_wid, code) = (address.to_string(), if found.is_some() { 200 } else { 404 });
            let wid = account.map_or(Some(asked_wid), |a| a.pn());
            answers.push(json!({"wid": wid, "lid": account.map(|a| a.lid_wid()), "code": code}));
        }
        let id = self.ids.group();
        self.new_group(&id, &subject, owner.account, &members, args["announce"].as_bool().unwrap_or(false));
        let others: Vec<AccountId> = members.iter().copied().filter(|m| *m != owner.account).collect();
        for account in others {
            let note = Note::Group { id: id.clone(), action: "create", by: Some(owner.account), who: members.clone() };
            self.deliver_all(account, None, &note);
        }
        let wid = format!("{id}@g.us");
        let event = json!({"id": wid, "subject": subject, "page": self.page_name(page), "participants": answers});
        self.event("group.created", event);
        Ok(json!({"id": wid, "subject": subject, "participants": answers}))
    }

    /// A page changes a group: people, subject, who may send. Only admins may, but everybody may leave.
    pub(super) fn page_changes_group(&mut self, page: PageId, args: &Value) -> Result<Value, (u16, &'static str)> {
        let me = self.pages.get(&page).and_then(|p| p.device).ok_or((401, "not-authorized"))?.account;
        let id = args["id"].as_str().and_then(|id| group_id(id).ok()).ok_or((400, "bad-request"))?;
        let group = self.groups.get(&id).ok_or((404, "item-not-found"))?;
        let admin = group.participants.iter().find(|p| p.account == me).ok_or((403, "forbidden"))?.admin;
        let mut done: Vec<(&'static str, Vec<AccountId>)> = Vec::new();
        let mut answers = Vec::new();
        for action in ["add", "remove", "promote", "demote"] {
            let asked: Vec<String> =
                args[action].as_array().into_iter().flatten().filter_map(|p| p.as_str().map(str::to_owned)).collect();
            let asked = people(&asked).map_err(|_| (400, "bad-request"))?;
            let mut who = Vec::new();
            for address in asked {
                let found = self.lookup(&address);
                let inside = found.is_some_and(|a| self.groups.get(&id).is_some_and(|g| g.has(a)));
                let leaving = action == "remove" && found == Some(me);
                if !admin && !leaving {
                    return Err((403, "forbidden"));
                }
                let code = match (found, action == "add", inside) {
                    (None, ..) | (_, false, false) => 404,
                    (_, true, true) => 409,
                    _ => 200,
                };
                who.extend(found.filter(|_| code == 200));
                let account = found.and_then(|a| self.accounts.get(a));
                let wid = account.map_or(Some(address.to_string()), |a| a.pn());
                answers.push(json!({"wid": wid, "lid": account.map(|a| a.lid_wid()), "code": code}));
            }
            if !who.is_empty() {
                done.push((action, who));
            }
        }
        let subject = args["subject"].as_str();
        let announce = args["announce"].as_bool();
        if !admin && (subject.is_some() || announce.is_some()) {
            return Err((403, "forbidden"));
        }
        let group = self.groups.get_mut(&id).ok_or((404, "item-not-found"))?;
        for (action, who) in &done {
            match *action {
                "add" => {
                    group
                        .participants
                        .extend(who.iter().map(|account| Participant { account: *account, admin: false }));
                }
                "remove" => group.participants.retain(|p| !who.contains(&p.account)),
                promote_or_demote => {
                    for p in group.participants.iter_mut().filter(|p| who.contains(&p.account)) {
                        p.admin = promote_or_demote == "promote";
                    }
                }
            }
        }
        if let Some(subject) = subject {
            subject.clone_into(&mut group.subject);
            done.push(("subject", Vec::new()));
        }
        if let Some(announce) = announce {
            group.announce = announce;
            done.push(("announce", Vec::new()));
        }
        for (action, who) in done {
            self.tell_group(&id, action, Some(me), who);
        }
        let group = self.groups.get(&id).map(|g| self.show_group(g));
        Ok(json!({"group": group, "participants": answers}))
    }

    pub(super) fn group_info(&self, args: &Value) -> Result<Value, (u16, &'static str)> {
        let id = args["id"].as_str().and_then(|id| group_id(id).ok()).ok_or((400, "bad-request"))?;
        self.groups.get(&id).map(|g| self.show_group(g)).ok_or((404, "item-not-found"))
    }
}
