//! Settings: what `GET /sim/config` answers, and what a page is given when it is loaded.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::World;
use super::address::Address;
use crate::failure::{Failure, Reply};

pub(super) const OWN_NUMBER: &str = "5511900000001";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Addressing {
    Pn,
    Lid,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KeyShape {
    Opaque,
    Serialized,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum UnknownModules {
    Undefined,
    Throw,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum QrEnding {
    Plain,
    Link,
    Faq,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Boot {
    version_ms: u64,
    connect_ms: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    steps: Vec<u8>,
    step_ms: u64,
    synced_delay_ms: u64,
    pub(super) never_sync: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PairingCode {
    pub(super) ttl_ms: u64,
}

/// Switches beyond contract 1.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageSwitches {
    unknown_modules: UnknownModules,
    qr_ending: QrEnding,
    /// The real page turns headless browsers away; here that has to be asked for.
    pub(crate) unsupported_headless: bool,
    /// Whether the phone's proof at pairing holds.
    pub(super) adv_ok: bool,
    /// Stored credentials are refused with this code.
    pub(super) login_failure: Option<u16>,
    /// Requests for pairing codes are refused with this code, 429 for too many of them.
    pub(super) pairing_refusal: Option<u16>,
    /// The own accounts may not begin new chats for now.
    reachout_timelock: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(super) own_number: String,
    pub(super) wa_version: String,
    key_shape: KeyShape,
    pub(super) addressing: Addressing,
    pub(super) default_registered: bool,
    pub(super) linked_devices_max: usize,
    boot: Boot,
    pub(super) login: Login,
    pub(super) pairing_code: PairingCode,
    pub(crate) page: PageSwitches,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            own_number: OWN_NUMBER.into(),
            wa_version: "2.3000.1044822804".into(),
            key_shape: KeyShape::Opaque,
            addressing: Addressing::Pn,
            default_registered: false,
            linked_devices_max: 4,
            boot: Boot { version_ms: 0, connect_ms: 10 },
            login: Login { steps: vec![0, 40, 80, 100], step_ms: 10, synced_delay_ms: 250, never_sync: false },
            pairing_code: PairingCode { ttl_ms: 180_000 },
            page: PageSwitches {
                unknown_modules: UnknownModules::Undefined,
                qr_ending: QrEnding::Plain,
                unsupported_headless: false,
                adv_ok: true,
                login_failure: None,
                pairing_refusal: None,
                reachout_timelock: false,
            },
        }
    }
}

impl Config {
    /// These settings with `patch` put over them, one level deep.
    fn patched(&self, patch: Value) -> Reply<Self> {
        let mut whole = serde_json::to_value(self).map_err(|e| Failure::bad_request(e.to_string()))?;
        let Value::Object(patch) = patch else {
            return Err(Failure::bad_request("an object is wanted"));
        };
        for (key, value) in patch {
            match (whole.get_mut(&key), value) {
                (Some(Value::Object(old)), Value::Object(new)) => old.extend(new),
                (Some(old), new) => *old = new,
                (None, new) => whole[key] = new,
            }
        }
        let config: Self = crate::control::parse(whole)?;
        Address::number(&config.own_number)?;
        let steps = &config.login.steps;
        if !steps.is_sorted() || steps.last().is_some_and(|s| *s > 100) {
            return Err(Failure::bad_request("login.steps do not fall and end at 100 at most"));
        }
        Ok(config)
    }
}

impl World {
    pub(crate) fn patch_config(&mut self, patch: Value) -> Reply {
        let mut config = self.config.patched(patch)?;
        config.own_number = Address::number(&config.own_number)?;
        let locked = config.page.reachout_timelock;
        if locked != std::mem::replace(&mut self.config, config).page.reachout_timelock {
            for page in self.connected() {
                self.send(page, json!({"t": "reachout_timelock", "active": locked}));
            }
        }
        self.ensure_own_account()?;
        Ok(self.show_config())
    }

    pub(crate) fn turns_headless_away(&self) -> bool {
        self.config.page.unsupported_headless
    }

    pub(crate) fn show_config(&self) -> Value {
        Self::settings("config", json!(self.config))
    }

    /// What is written into a document, and the number of that document.
    pub(crate) fn page_config(&mut self) -> Value {
        self.loads += 1;
        let faults = self.faults.give(self.loads);
        let c = &self.config;
        json!({
            "load": self.loads,
            "waVersion": c.wa_version,
            "keyShape": c.key_shape,
            "addressing": c.addressing,
            "boot": c.boot,
            "unknownModules": c.page.unknown_modules,
            "qrEnding": c.page.qr_ending,
            "reachoutTimelock": c.page.reachout_timelock,
            "faults": faults,
        })
    }
}
