//! Everybody with a phone.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::{Value, json};

use super::address::Address;
use super::{Addressing, World};
use crate::failure::{ErrorCode, Failure, Reply};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct AccountId(u32);

#[derive(Clone, Debug)]
pub(crate) struct Account {
    /// Absent for somebody who is known by LID only.
    pub(crate) number: Option<String>,
    pub(crate) lid: String,
    pub(crate) registered: bool,
    pub(crate) pushname: Option<String>,
    /// Name in the owner's address book.
    pub(crate) name: Option<String>,
    pub(crate) business: bool,
}

impl Account {
    pub(crate) fn pn(&self) -> Option<String> {
        self.number.as_ref().map(|n| format!("{n}@c.us"))
    }

    pub(crate) fn lid_wid(&self) -> String {
        format!("{}@lid", self.lid)
    }

    /// The address under which a page keeps the chat with this account.
    pub(crate) fn wid(&self, addressing: Addressing) -> String {
        match (addressing, self.pn()) {
            (Addressing::Pn, Some(pn)) => pn,
            _ => self.lid_wid(),
        }
    }

    pub(crate) fn show(&self) -> Value {
        json!({
            "number": self.number, "wid": self.pn(), "lid": self.lid_wid(), "registered": self.registered,
            "pushname": self.pushname, "name": self.name, "business": self.business,
        })
    }
}

#[derive(Default)]
pub(crate) struct Accounts {
    list: BTreeMap<AccountId, Account>,
    by_number: HashMap<String, AccountId>,
    by_lid: HashMap<String, AccountId>,
    next: u32,
}

impl Accounts {
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (AccountId, &Account)> {
        self.list.iter().map(|(id, a)| (*id, a))
    }

    pub(crate) fn get(&self, id: AccountId) -> Option<&Account> {
        self.list.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: AccountId) -> Option<&mut Account> {
        self.list.get_mut(&id)
    }

    pub(crate) fn find(&self, address: &Address) -> Option<AccountId> {
        match address {
            Address::Number(n) => self.by_number.get(n).copied(),
            Address::Lid(l) => self.by_lid.get(l).copied(),
            Address::Group(_) => None,
        }
    }

    /// A LID that depends on the number alone, unless another account has it.
    fn derive_lid(&self, number: &str) -> String {
        // FNV-1a, spread over the 15-digit numbers.
        let hash =
            number.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
        let mut lid = 100_000_000_000_000 + hash % 900_000_000_000_000;
        while self.by_lid.contains_key(&lid.to_string()) {
            lid += 1;
        }
        lid.to_string()
    }

    fn insert(&mut self, account: Account) -> AccountId {
        let id = AccountId(self.next);
        self.next += 1;
        if let Some(number) = &account.number {
            self.by_number.insert(number.clone(), id);
        }
        self.by_lid.insert(account.lid.clone(), id);
        self.list.insert(id, account);
        id
    }

    /// The account at this address; one that did not exist is created, known to the network.
    pub(crate) fn ensure(&mut self, address: &Address) -> Reply<AccountId> {
        if let Some(id) = self.find(address) {
            return Ok(id);
        }
        let (number, lid) = match address {
            Address::Number(n) => (Some(n.clone()), self.derive_lid(n)),
            Address::Lid(l) => (None, l.clone()),
            Address::Group(_) => return Err(Failure::bad_request("a person is wanted, not a group")),
        };
        Ok(self.insert(Account { number, lid, registered: true, pushname: None, name: None, business: false }))
    }

    fn remove(&mut self, id: AccountId) {
        if let Some(account) = self.list.remove(&id) {
            self.by_lid.remove(&account.lid);
            if let Some(number) = account.number {
                self.by_number.remove(&number);
            }
        }
    }
}

/// Body of `POST /sim/accounts`, one entry.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountSpec {
    pub(crate) number: String,
    pub(crate) registered: Option<bool>,
    pub(crate) lid: Option<String>,
    pub(crate) pushname: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) business: Option<bool>,
}

impl World {
    /// Declares or changes accounts; all of them or none.
    pub(crate) fn put_accounts(&mut self, specs: Vec<AccountSpec>) -> Reply {
        let mut checked = Vec::with_capacity(specs.len());
        let mut lids: HashMap<String, String> = HashMap::new();
        for spec in specs {
            let number = Address::number(&spec.number)?;
            let lid = spec.lid.as_deref().map(parse_lid).transpose()?;
            if let Some(lid) = &lid {
                let owner = self.accounts.find(&Address::Lid(lid.clone()));
                let taken = owner.is_some_and(|o| self.accounts.find(&Address::Number(number.clone())) != Some(o));
                if taken || lids.insert(lid.clone(), number.clone()).is_some_and(|n| n != number) {
                    return Err(Failure::new(ErrorCode::LidTaken, "another account has this LID"));
                }
            }
            checked.push((number, lid, spec));
        }
        let mut changed = Vec::with_capacity(checked.len());
        for (number, lid, spec) in checked {
            let id = self.accounts.ensure(&Address::Number(number))?;
            if let (Some(lid), Some(account)) = (lid, self.accounts.list.get_mut(&id)) {
                self.accounts.by_lid.remove(&account.lid);
                self.accounts.by_lid.insert(lid.clone(), id);
                account.lid = lid;
            }
            if let Some(account) = self.accounts.list.get_mut(&id) {
                account.registered = spec.registered.unwrap_or(account.registered);
                account.business = spec.business.unwrap_or(account.business);
                account.pushname = spec.pushname.or(account.pushname.take());
                account.name = spec.name.or(account.name.take());
                changed.push(account.show());
            }
            self.announce_contact(id);
        }
        Ok(json!({"accounts": changed}))
    }

    pub(crate) fn delete_account(&mut self, number: &str) -> Reply {
        let number = Address::number(number)?;
        if number == self.config.own_number {
            return Err(Failure::bad_request("the own account stays"));
        }
        let id = self.accounts.find(&Address::Number(number)).ok_or_else(|| Failure::not_found("account"))?;
        if !self.linked_devices(id).is_empty() {
            return Err(Failure::bad_request("the account has linked devices"));
        }
        self.accounts.remove(id);
        Ok(json!({}))
    }

    pub(crate) fn show_accounts(&self) -> Value {
        json!({"accounts": self.accounts.iter().map(|(_, a)| a.show()).collect::<Vec<_>>()})
    }

    /// The registered account that the network means by a number, which may be written without or with the digit
    /// that Brazil, Mexico and Argentina put in: telling them apart is the server's job.
    pub(crate) fn lookup(&mut self, address: &Address) -> Option<AccountId> {
        let found = self.accounts.find(address).or_else(|| match address {
            Address::Number(n) => spellings(n).into_iter().find_map(|n| self.accounts.by_number.get(&n).copied()),
            _ => None,
        });
        match (found, address) {
            (Some(id), _) => self.accounts.get(id).is_some_and(|a| a.registered).then_some(id),
            (None, Address::Number(_)) if self.config.default_registered => self.accounts.ensure(address).ok(),
            _ => None,
        }
    }

    pub(crate) fn account_text(&self, id: AccountId, addressing: Addressing) -> String {
        self.accounts.get(id).map(|a| a.wid(addressing)).unwrap_or_default()
    }

    /// Number of an own account; own accounts always have one.
    pub(crate) fn number_of(&self, id: AccountId) -> String {
        self.accounts.get(id).and_then(|a| a.number.clone()).unwrap_or_default()
    }
}

fn parse_lid(text: &str) -> Reply<String> {
    let lid = text.strip_suffix("@lid").unwrap_or(text);
    match Address::parse(&format!("{lid}@lid"))? {
        Address::Lid(lid) => Ok(lid),
        _ => Err(Failure::bad_request("not a LID")),
    }
}

/// Other spellings of a number that reach the same phone.
fn spellings(number: &str) -> Option<String> {
    let at = |from: usize, to: usize| number.get(from..to);
    match (number.get(..2)?, number.len()) {
        ("55", 13) if at(4, 5) == Some("9") => Some(format!("{}{}", at(0, 4)?, at(5, 13)?)),
        ("55", 12) => Some(format!("{}9{}", at(0, 4)?, at(4, 12)?)),
        ("52", 13) if at(2, 3) == Some("1") => Some(format!("52{}", at(3, 13)?)),
        ("52", 12) => Some(format!("521{}", at(2, 12)?)),
        ("54", 13) if at(2, 3) == Some("9") => Some(format!("54{}", at(3, 13)?)),
        ("54", 12) => Some(format!("549{}", at(2, 12)?)),
        _ => None,
    }
}
