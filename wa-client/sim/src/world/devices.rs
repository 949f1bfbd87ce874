//! Linked devices: credentials, logins, and what waits for a device until its page has confirmed it.

use std::collections::{BTreeSet, VecDeque};

use serde_json::{Value, json};

use super::accounts::AccountId;
use super::render::Note;
use super::{Output, PageId, Target, World};
use crate::failure::Reply;

/// How many queued messages go into one frame after a login.
const BATCH: usize = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct DeviceKey {
    pub(super) account: AccountId,
    pub(super) device: u32,
}

#[derive(Debug)]
pub(super) struct Device {
    token: String,
    pub(super) linked: bool,
    /// No login has been completed yet.
    fresh: bool,
    /// The page that is logged in as this device.
    pub(super) page: Option<PageId>,
    /// What the page has not confirmed, numbered in order.
    pub(super) queue: VecDeque<(u64, Note)>,
    next: u64,
    /// Number of the newest entry that went out on the present connection.
    sent: u64,
    /// Number of the newest confirmed entry.
    pub(super) applied: u64,
    /// History chats that this device was given.
    pub(super) chats_given: BTreeSet<usize>,
}

impl Device {
    pub(super) fn new(token: String) -> Self {
        Self {
            token,
            linked: true,
            fresh: true,
            page: None,
            queue: VecDeque::new(),
            next: 1,
            sent: 0,
            applied: 0,
            chats_given: BTreeSet::new(),
        }
    }
}

impl World {
    /// A page comes with stored credentials.
    pub(super) fn login(&mut self, page: PageId, creds: &Value) {
        let token = creds["token"].as_str().unwrap_or_default();
        let known = self.devices.iter().find(|(_, d)| d.linked && d.token == token).map(|(key, _)| *key);
        let refusal = match known {
            None => Some(401),
            Some(_) => self.config.page.login_failure,
        };
        match (known, refusal) {
            (Some(key), None) => self.welcome(page, key),
            (_, refusal) => {
                let code = refusal.unwrap_or(401);
                let name = self.page_name(page);
                self.event(
                    "device.rejected",
                    json!({"page": name, "phone": creds["phone"], "device": creds["device"], "code": code}),
                );
                self.send(page, json!({"t": "failure", "code": code}));
                self.close(page);
            }
        }
    }

    fn welcome(&mut self, page: PageId, key: DeviceKey) {
        let other = self.devices.get(&key).and_then(|d| d.page).filter(|p| *p != page);
        if let Some(other) = other {
            self.end_stream(other, json!({"code": 409, "conflict": "replaced"}));
        }
        let Some(device) = self.devices.get_mut(&key) else { return };
        device.page = Some(page);
        device.sent = device.queue.back().map_or(device.next - 1, |(n, _)| *n);
        let fresh = device.fresh;
        let notes: Vec<Note> = device.queue.iter().map(|(_, note)| note.clone()).collect();
        if let Some(p) = self.pages.get_mut(&page) {
            p.device = Some(key);
            p.shown = None;
        }
        let phone = self.number_of(key.account);
        let event = json!({"page": self.page_name(page), "phone": phone, "device": key.device, "fresh": fresh});
        self.event("device.online", event);

        let (messages, others): (Vec<Note>, Vec<Note>) = notes.into_iter().partition(|n| matches!(n, Note::Message(_)));
        let success = self.success(page, key, fresh, messages.len());
        self.send(page, success);
        if fresh && !self.config.login.never_sync {
            self.send(page, json!({"t": "synced"}));
        }
        self.send_batches(page, key, &messages);
        for note in &others {
            self.send_note(page, key, note);
        }
        self.mark(key);
    }

    fn success(&mut self, page: PageId, key: DeviceKey, fresh: bool, offline: usize) -> Value {
        let addressing = self.pages.get(&page).map_or(self.config.addressing, |p| p.addressing);
        let chats = self.history_for(key, addressing);
        let (pushname, business) =
            self.accounts.get(key.account).map(|a| (a.pushname.clone(), a.business)).unwrap_or_default();
        let contacts: Vec<Value> = self
            .accounts
            .iter()
            .filter(|(_, a)| a.name.is_some() && a.registered)
            .map(|(_, a)| a.show_contact())
            .collect();
        let groups: Vec<Value> =
            self.groups.values().filter(|g| g.has(key.account)).map(|g| self.show_group(g)).collect();
        json!({
            "t": "success", "login": self.config.login, "fresh": fresh, "offline": offline, "pushname": pushname,
            "platform": if business { "smba" } else { "android" }, "contacts": contacts, "groups": groups,
            "history": !chats.is_empty(), "chats": chats,
        })
    }

    fn send_batches(&mut self, page: PageId, key: DeviceKey, messages: &[Note]) {
        let total = messages.len();
        let mut done = 0;
        loop {
            let rest = &messages[done..];
            let batch = &rest[..rest.len().min(BATCH)];
            let frames: Vec<Value> =
                batch.iter().filter_map(|note| self.frame_for(page, key, note)?.get("message").cloned()).collect();
            done += batch.len();
            let end = done == total;
            self.send(
                page,
                json!({"t": "offline_batch", "messages": frames, "done": done, "total": total, "end": end}),
            );
            if end {
                return;
            }
        }
    }

    fn send_note(&mut self, page: PageId, key: DeviceKey, note: &Note) {
        if let Some(frame) = self.frame_for(page, key, note) {
            self.send(page, frame);
        }
    }

    /// Queues for the device and sends at once when its page is there. Answers the entry's number.
    pub(super) fn deliver(&mut self, key: DeviceKey, note: Note) -> u64 {
        let Some(device) = self.devices.get_mut(&key) else { return 0 };
        let n = device.next;
        device.next += 1;
        device.queue.push_back((n, note.clone()));
        if let Some(page) = device.page {
            device.sent = n;
            self.send_note(page, key, &note);
            self.mark(key);
        }
        n
    }

    /// Delivers to all linked devices of an account but one.
    pub(super) fn deliver_all(&mut self, account: AccountId, but: Option<DeviceKey>, note: &Note) {
        for key in self.linked_devices(account) {
            if Some(key) != but {
                self.deliver(key, note.clone());
            }
        }
    }

    pub(super) fn linked_devices(&self, account: AccountId) -> Vec<DeviceKey> {
        self.devices.iter().filter(|(k, d)| k.account == account && d.linked).map(|(k, _)| *k).collect()
    }

    /// Sends a frame to the account's pages that are there, and to nobody later.
    pub(super) fn tell_online(&mut self, account: AccountId, frame: impl Fn(&Self, super::Addressing) -> Value) {
        for key in self.linked_devices(account) {
            if let Some(page) = self.devices.get(&key).and_then(|d| d.page) {
                let addressing = self.pages.get(&page).map_or(self.config.addressing, |p| p.addressing);
                let frame = frame(self, addressing);
                self.send(page, frame);
            }
        }
    }

    /// Asks the page to confirm what it has, unless it is being asked.
    fn mark(&mut self, key: DeviceKey) {
        let Some(device) = self.devices.get(&key) else { return };
        let (Some(page), sent) = (device.page, device.sent) else { return };
        if let Some(p) = self.pages.get_mut(&page)
            && p.mark.is_none()
        {
            p.mark = Some(sent);
            self.send(page, json!({"t": "mark", "mark": sent}));
        }
    }

    pub(super) fn applied(&mut self, page: PageId, frame: &Value) {
        let Some(mark) = frame["mark"].as_u64() else { return };
        let Some(p) = self.pages.get_mut(&page) else { return };
        if p.mark != Some(mark) {
            return;
        }
        p.mark = None;
        let Some(key) = p.device else { return };
        let Some(device) = self.devices.get_mut(&key) else { return };
        device.fresh = false;
        device.applied = device.applied.max(mark);
        while device.queue.front().is_some_and(|(n, _)| *n <= mark) {
            device.queue.pop_front();
        }
        if device.sent > mark {
            self.mark(key);
        }
    }

    /// The owner removes a device on the phone.
    pub(crate) fn unlink(&mut self, target: &Target) -> Reply {
        let key = self.target_device(target)?;
        let page = self.devices.get(&key).and_then(|d| d.page);
        self.forget_device(key, "device.unlinked");
        if let Some(page) = page {
            self.end_stream(page, json!({"code": 401, "conflict": "device_removed"}));
        }
        Ok(json!({"phone": self.number_of(key.account), "device": key.device}))
    }

    /// The page logs itself out.
    pub(super) fn logout(&mut self, page: PageId) {
        if let Some(key) = self.pages.get(&page).and_then(|p| p.device) {
            self.forget_device(key, "device.logged_out");
        }
    }

    pub(super) fn forget_device(&mut self, key: DeviceKey, event: &str) {
        let Some(device) = self.devices.get_mut(&key) else { return };
        device.linked = false;
        device.queue.clear();
        let page = device.page.take();
        let name = page.map(|p| self.page_name(p));
        if let Some(page) = page.and_then(|p| self.pages.get_mut(&p)) {
            page.device = None;
            page.mark = None;
        }
        let phone = self.number_of(key.account);
        self.event(event, json!({"page": name, "phone": phone, "device": key.device}));
    }

    /// Ends a page's stream in order: it is told why, then the connection closes.
    pub(super) fn end_stream(&mut self, page: PageId, why: Value) {
        let mut frame = why;
        frame["t"] = json!("stream_end");
        self.send(page, frame);
        self.close(page);
    }

    fn close(&mut self, page: PageId) {
        self.output.push(Output::Close(page));
        self.disconnected(page);
    }
}
