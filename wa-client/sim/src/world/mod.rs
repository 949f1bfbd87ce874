//! Server, phone and other people: state and rules, without sockets and clocks.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

pub(crate) type PageId = u32;

#[derive(Debug)]
pub(crate) enum Output {
    Frame(PageId, Value),
    Close(PageId),
}

#[derive(Default)]
struct Page {
    shown: Option<String>,
}

pub(crate) struct World {
    rng: StdRng,
    pages: BTreeMap<PageId, Page>,
    next_page: PageId,
    seq: u64,
    output: Vec<Output>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self { rng: StdRng::seed_from_u64(seed), pages: BTreeMap::new(), next_page: 1, seq: 0, output: Vec::new() }
    }

    pub(crate) fn take_output(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.output)
    }

    pub(crate) fn page_config(&self) -> Value {
        json!({
            "waVersion": "2.3000.1044822804", "keyShape": "opaque", "addressing": "pn",
            "boot": {"version_ms": 0, "connect_ms": 10}, "unknownModules": "undefined",
            "qrEnding": "plain", "faults": []
        })
    }

    pub(crate) fn page_opened(&mut self) -> PageId {
        let id = self.next_page;
        self.next_page += 1;
        self.pages.insert(id, Page::default());
        id
    }

    pub(crate) fn page_closed(&mut self, page: PageId) {
        self.pages.remove(&page);
    }

    fn send(&mut self, page: PageId, frame: Value) {
        self.output.push(Output::Frame(page, frame));
    }

    fn make_ref(&mut self) -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let text: String = (0..120).map(|_| char::from(ALPHABET[self.rng.random_range(0..64)])).collect();
        format!("2@{text}")
    }

    pub(crate) fn frame(&mut self, page: PageId, frame: &Value) {
        self.seq += 1;
        match frame["t"].as_str() {
            Some("hello") if frame["creds"].is_null() => self.pair_device(page),
            Some("hello") => self.send(page, json!({
                "t": "success", "login": {"steps": [0, 40, 80, 100], "step_ms": 10, "synced_delay_ms": 250, "never_sync": false},
                "fresh": false, "offline": 0, "pushname": "Me", "platform": "android", "contacts": [], "chats": [], "history": []
            })),
            Some("refresh_qr") => self.pair_device(page),
            Some("qr_shown") => {
                if let Some(p) = self.pages.get_mut(&page) {
                    p.shown = frame["ref"].as_str().map(str::to_owned);
                }
            }
            Some("pair_done") => {
                self.send(page, json!({"t": "stream_end", "code": 515}));
                self.output.push(Output::Close(page));
            }
            _ => {}
        }
    }

    fn pair_device(&mut self, page: PageId) {
        let refs: Vec<String> = (0..6).map(|_| self.make_ref()).collect();
        self.send(page, json!({"t": "pair_device", "refs": refs, "first_ttl_ms": 60000, "ttl_ms": 20000}));
    }

    /// The phone scans whatever carries a shown ref.
    pub(crate) fn scan(&mut self, qr: &str) -> Option<Value> {
        let (&page, _) = self.pages.iter().find(|(_, p)| p.shown.as_ref().is_some_and(|r| qr.contains(r.as_str())))?;
        self.send(page, json!({
            "t": "pair_success", "phone": "5511900000001", "device": 1, "lid": "100000000000001@lid",
            "platform": "android", "pushname": "Me", "token": "t1", "adv_ok": true
        }));
        Some(json!({"linked": true, "phone": "5511900000001", "device": 1, "jid": "5511900000001:1@c.us", "lid": "100000000000001@lid"}))
    }

    pub(crate) fn seq(&self) -> u64 {
        self.seq
    }
}
