//! Documents in browsers, as far as the server sees them.

use std::collections::{BTreeSet, VecDeque};

use serde_json::{Value, json};

use super::devices::DeviceKey;
use super::{Addressing, World};

pub(crate) type PageId = u64;

/// Pages that are gone are kept for `/sim/state` as long as there are not more than these.
const GONE_KEPT: usize = 16;

#[derive(Clone, Debug, Default)]
pub(super) struct Shown {
    pub(super) qr_ref: String,
    pub(super) noise: String,
    pub(super) identity: String,
    pub(super) adv: String,
}

#[derive(Debug)]
pub(super) struct Page {
    /// `p1`, `p2`, … in control calls and events.
    pub(super) name: String,
    load: Option<u64>,
    pub(super) connected: bool,
    /// Counts the sockets of this page, so that a late end of an old one is told apart.
    pub(super) socket: u64,
    /// The newest answers to queries, with the socket they went to.
    pub(super) answers: VecDeque<(u64, Value)>,
    pub(super) addressing: Addressing,
    pub(super) url: String,
    pub(super) shown: Option<Shown>,
    pub(super) device: Option<DeviceKey>,
    /// The device that this page is being made into.
    pub(super) pairing: Option<DeviceKey>,
    /// Lasting faults that the document has; absent when it did not say which document it is.
    pub(super) faults: Option<BTreeSet<String>>,
    /// The newest mark that this page was sent and has not answered.
    pub(super) mark: Option<u64>,
    state: Value,
    stream: Value,
    synced: bool,
}

impl World {
    /// A page opened a socket; `load` is the number of its document. Answers page and socket.
    pub(crate) fn page_opened(&mut self, load: Option<u64>) -> (PageId, u64) {
        let known = load.and_then(|l| self.pages.iter().find(|(_, p)| p.load == Some(l)).map(|(id, _)| *id));
        let id = match known {
            Some(id) => {
                if self.pages.get(&id).is_some_and(|p| p.connected) {
                    self.cut(id);
                }
                id
            }
            None => self.new_page(load),
        };
        let mut name = String::new();
        let mut socket = 0;
        if let Some(page) = self.pages.get_mut(&id) {
            page.connected = true;
            page.socket += 1;
            socket = page.socket;
            name.clone_from(&page.name);
        }
        self.event("page.connected", json!({"page": name}));
        (id, socket)
    }

    fn new_page(&mut self, load: Option<u64>) -> PageId {
        let gone: Vec<PageId> = self.pages.iter().filter(|(_, p)| !p.connected).map(|(id, _)| *id).collect();
        if let Some(oldest) = gone.first().filter(|_| gone.len() >= GONE_KEPT) {
            self.pages.remove(oldest);
        }
        let faults = load.and_then(|l| self.faults.given.remove(&l));
        let id = self.next_page;
        self.next_page += 1;
        self.page_names += 1;
        self.pages.insert(
            id,
            Page {
                name: format!("p{}", self.page_names),
                load,
                connected: false,
                socket: 0,
                answers: VecDeque::new(),
                addressing: self.config.addressing,
                url: String::new(),
                pairing: None,
                shown: None,
                device: None,
                faults,
                mark: None,
                state: json!("UNLAUNCHED"),
                stream: json!("DISCONNECTED"),
                synced: false,
            },
        );
        id
    }

    /// Whether this is still the page's socket.
    pub(super) fn is_open(&self, page: PageId, socket: u64) -> bool {
        self.pages.get(&page).is_some_and(|p| p.connected && p.socket == socket)
    }

    /// The page's socket ended by itself.
    pub(crate) fn page_closed(&mut self, page: PageId, socket: u64) {
        if self.is_open(page, socket) {
            self.disconnected(page);
        }
    }

    /// The rest of the work when a connection is gone.
    pub(super) fn disconnected(&mut self, id: PageId) {
        let Some(page) = self.pages.get_mut(&id) else { return };
        page.connected = false;
        page.mark = None;
        let name = page.name.clone();
        if let Some(key) = page.device.take()
            && let Some(device) = self.devices.get_mut(&key)
            && device.page == Some(id)
        {
            device.page = None;
        }
        self.event("page.disconnected", json!({"page": name}));
    }

    /// Connected pages, oldest first.
    pub(super) fn connected(&self) -> Vec<PageId> {
        self.pages.iter().filter(|(_, p)| p.connected).map(|(id, _)| *id).collect()
    }

    pub(super) fn page_name(&self, page: PageId) -> String {
        self.pages.get(&page).map(|p| p.name.clone()).unwrap_or_default()
    }

    /// First frame of a socket.
    pub(super) fn hello(&mut self, id: PageId, frame: &Value) {
        let Some(page) = self.pages.get_mut(&id) else { return };
        page.url = frame["url"].as_str().unwrap_or_default().to_owned();
        if let Ok(addressing) = serde_json::from_value(frame["addressing"].clone()) {
            page.addressing = addressing;
        }
        let name = page.name.clone();
        let creds = &frame["creds"];
        self.event(
            "page.hello",
            json!({"page": name, "registered": !creds.is_null(), "version": frame["version"], "url": frame["url"]}),
        );
        self.catch_up_on_faults(id);
        if creds.is_null() {
            self.unpaired_hello(id);
        } else {
            self.login(id, creds);
        }
    }

    /// What the page's own models say.
    pub(super) fn page_state(&mut self, id: PageId, frame: &Value) {
        let Some(page) = self.pages.get_mut(&id) else { return };
        page.state = frame["state"].clone();
        page.stream = frame["stream"].clone();
        page.synced = frame["synced"].as_bool().unwrap_or(false);
        let event = json!({
            "page": page.name, "state": page.state, "stream": page.stream, "synced": page.synced, "mode": frame["mode"],
        });
        self.event("page.state", event);
    }

    pub(crate) fn show_state(&self) -> Value {
        let pages: Vec<Value> = self
            .pages
            .values()
            .map(|p| {
                json!({
                    "page": p.name, "connected": p.connected, "state": p.state, "stream": p.stream, "synced": p.synced,
                    "phone": p.device.map(|d| self.number_of(d.account)), "device": p.device.map(|d| d.device),
                    "qr_ref": p.shown.as_ref().filter(|_| p.connected).map(|s| &s.qr_ref), "url": p.url,
                })
            })
            .collect();
        let devices: Vec<Value> = self
            .devices
            .iter()
            .map(|(key, d)| {
                let queued = if d.page.is_some() { 0 } else { d.queue.len() };
                json!({"phone": self.number_of(key.account), "device": key.device, "linked": d.linked, "queued": queued})
            })
            .collect();
        json!({
            "epoch": self.epoch, "network": self.network, "acks": self.ack_policy, "faults": self.faults.show(),
            "accounts": self.accounts.len(), "outbox": self.outbox.len(), "pages": pages, "devices": devices,
        })
    }
}
