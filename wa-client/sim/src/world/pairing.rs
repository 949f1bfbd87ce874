//! Linking a page to a phone: by a scan or by a code.

use serde::Deserialize;
use serde_json::{Value, json};

use super::accounts::AccountId;
use super::address::Address;
use super::devices::{Device, DeviceKey};
use super::{PageId, World};
use crate::failure::{ErrorCode, Failure, Reply};

/// A pairing code that a page has shown.
#[derive(Debug)]
pub(super) struct Code {
    page: PageId,
    number: String,
    reference: String,
    expires_ms: u64,
    fate: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Open,
    Replaced,
    Used,
}

/// Body of `POST /sim/phone/pair`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pair {
    code: String,
    phone: Option<String>,
}

/// Codes are compared without hyphen and in capitals.
fn plain(code: &str) -> String {
    code.chars().filter(|c| !matches!(c, '-' | ' ')).collect::<String>().to_ascii_uppercase()
}

impl World {
    /// The account of the phone that links, and a check that it may.
    pub(super) fn pairing_account(&mut self, phone: Option<&str>) -> Reply<AccountId> {
        let number = Address::number(phone.unwrap_or(&self.config.own_number))?;
        let address = Address::Number(number);
        let linked = self.accounts.find(&address).map_or(0, |id| self.linked_devices(id).len());
        if linked >= self.config.linked_devices_max {
            return Err(Failure::new(ErrorCode::DeviceLimit, "too many linked devices"));
        }
        self.accounts.ensure(&address)
    }

    /// Makes the page a linked device.
    pub(super) fn link(&mut self, page: PageId, account: AccountId) -> Reply {
        let device = self.devices.keys().filter(|k| k.account == account).map(|k| k.device).max().unwrap_or(0) + 1;
        let key = DeviceKey { account, device };
        // A page that kept credentials of a forgotten world must not pass for a device of this one.
        let token = format!("{}-{}", self.epoch, self.ids.token());
        self.devices.insert(key, Device::new(token.clone()));
        let Some(owner) = self.accounts.get_mut(account) else {
            return Err(Failure::new(ErrorCode::Internal, "the account is gone"));
        };
        owner.registered = true;
        let pushname = owner.pushname.get_or_insert_with(|| "Owner".into()).clone();
        let (number, lid, business) = (owner.number.clone().unwrap_or_default(), owner.lid.clone(), owner.business);
        self.event("device.linked", json!({"page": self.page_name(page), "phone": number, "device": device}));
        self.send(
            page,
            json!({
                "t": "pair_success", "phone": number, "device": device, "lid": format!("{lid}@lid"),
                "platform": if business { "smba" } else { "android" }, "pushname": pushname, "token": token,
                "adv_ok": self.config.page.adv_ok,
            }),
        );
        if let Some(p) = self.pages.get_mut(&page) {
            p.pairing = Some(key);
        }
        Ok(json!({
            "linked": true, "phone": number, "device": device,
            "jid": format!("{number}:{device}@c.us"), "lid": format!("{lid}@lid"),
        }))
    }

    /// The page has sent its signed identity: the stream ends and the page comes back as a device.
    pub(super) fn pair_done(&mut self, page: PageId) {
        if let Some(p) = self.pages.get_mut(&page) {
            p.pairing = None;
        }
        self.end_stream(page, json!({"code": 515}));
    }

    /// The page did not accept the phone's proof.
    pub(super) fn pair_failed(&mut self, page: PageId) {
        let key = self.pages.get_mut(&page).and_then(|p| p.pairing.take());
        if let Some(key) = key {
            self.forget_device(key, "device.unlinked");
        }
    }

    /// A page asks for a pairing code; the page makes the code, the server a reference.
    pub(super) fn pairing_code(&mut self, page: PageId, args: &Value) -> Result<Value, (u16, &'static str)> {
        if let Some(status) = self.config.page.pairing_refusal {
            return Err((status, "refused"));
        }
        let phone = args["phone"].as_str().unwrap_or_default();
        let number =
            Some(phone).filter(|p| p.bytes().all(|b| b.is_ascii_digit())).and_then(|p| Address::number(p).ok());
        let (Some(number), Some(code)) = (number, args["code"].as_str()) else {
            return Err((400, "bad-request"));
        };
        for old in self.codes.values_mut().filter(|c| c.page == page && c.fate == Fate::Open) {
            old.fate = Fate::Replaced;
        }
        let reference = self.ids.qr_ref();
        let expires_ms = self.now_ms + self.config.pairing_code.ttl_ms;
        self.event("pairing_code.issued", json!({"page": self.page_name(page), "phone": number}));
        let made = Code { page, number, reference: reference.clone(), expires_ms, fate: Fate::Open };
        self.codes.insert(plain(code), made);
        Ok(json!({"ref": reference}))
    }

    pub(crate) fn pair(&mut self, pair: &Pair) -> Reply {
        let typed = plain(&pair.code);
        let phone = pair.phone.clone().unwrap_or_else(|| self.config.own_number.clone());
        let number = Address::number(&phone)?;
        let known = self.codes.get(&typed);
        let known = known.ok_or_else(|| Failure::new(ErrorCode::CodeUnknown, "no page asked for this code"))?;
        if known.fate == Fate::Used {
            return Err(Failure::new(ErrorCode::CodeUsed, "somebody typed it before"));
        }
        if known.fate == Fate::Replaced || known.expires_ms <= self.now_ms {
            return Err(Failure::new(ErrorCode::CodeExpired, "too late"));
        }
        if known.number != number {
            return Err(Failure::new(ErrorCode::WrongPhone, "the code was asked for another number"));
        }
        let (page, reference) = (known.page, known.reference.clone());
        if !self.pages.get(&page).is_some_and(|p| p.connected) {
            return Err(Failure::new(ErrorCode::NoTarget, "that page is gone"));
        }
        let account = self.pairing_account(Some(&number))?;
        self.send(page, json!({"t": "pairing_hello", "ref": reference}));
        let answer = self.link(page, account)?;
        if let Some(known) = self.codes.get_mut(&typed) {
            known.fate = Fate::Used;
        }
        Ok(answer)
    }
}
