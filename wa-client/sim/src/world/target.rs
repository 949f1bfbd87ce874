//! Which page or device a control call means.

use serde::Deserialize;
use serde_json::{Value, json};

use super::accounts::AccountId;
use super::address::Address;
use super::devices::DeviceKey;
use super::{PageId, World};
use crate::failure::{ErrorCode, Failure, Reply};

/// `page`, or `phone` and `device`; all may be left out when there is only one candidate.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Target {
    pub(crate) page: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) device: Option<u32>,
}

fn single<T: Copy>(found: &[T], show: impl Fn(T) -> Value) -> Reply<T> {
    match found {
        [one] => Ok(*one),
        [] => Err(Failure::new(ErrorCode::NoTarget, "nothing to act on")),
        many => Err(Failure::new(ErrorCode::AmbiguousTarget, "several candidates")
            .detail(json!({"candidates": many.iter().map(|c| show(*c)).collect::<Vec<_>>()}))),
    }
}

impl World {
    /// A connected page; with `unlinked`, one that shows QR codes.
    pub(super) fn target_page(&self, target: &Target, unlinked: bool) -> Reply<PageId> {
        if let Some(name) = &target.page
            && !self.pages.values().any(|p| p.name == *name)
        {
            return Err(Failure::not_found("page"));
        }
        let phone = target.phone.as_deref().map(Address::number).transpose()?;
        let found: Vec<PageId> = self
            .pages
            .iter()
            .filter(|(_, p)| p.connected && !(unlinked && p.device.is_some()))
            .filter(|(_, p)| target.page.as_ref().is_none_or(|name| p.name == *name))
            .filter(|(_, p)| phone.as_ref().is_none_or(|n| p.device.is_some_and(|d| self.number_of(d.account) == *n)))
            .filter(|(_, p)| target.device.is_none_or(|n| p.device.is_some_and(|d| d.device == n)))
            .map(|(id, _)| *id)
            .collect();
        single(&found, |id| json!({"page": self.page_name(id)}))
    }

    /// A linked device, connected or not.
    pub(super) fn target_device(&self, target: &Target) -> Reply<DeviceKey> {
        let phone = target.phone.as_deref().map(Address::number).transpose()?;
        let found: Vec<DeviceKey> = self
            .devices
            .iter()
            .filter(|(_, d)| d.linked)
            .map(|(key, _)| *key)
            .filter(|key| phone.as_ref().is_none_or(|n| self.number_of(key.account) == *n))
            .filter(|key| target.device.is_none_or(|n| key.device == n))
            .collect();
        single(&found, |key| json!({"phone": self.number_of(key.account), "device": key.device}))
    }

    /// The own account that somebody writes to: the one named, or the only one with a linked device.
    pub(super) fn target_phone(&self, phone: Option<&str>) -> Reply<AccountId> {
        let named = phone.map(Address::parse).transpose()?;
        let mut linked: Vec<AccountId> =
            self.devices.iter().filter(|(_, d)| d.linked).map(|(k, _)| k.account).collect();
        linked.dedup();
        if let Some(address) = named {
            let id = self.accounts.find(&address);
            linked.retain(|a| Some(*a) == id);
        }
        single(&linked, |id| json!({"phone": self.number_of(id)}))
    }
}
