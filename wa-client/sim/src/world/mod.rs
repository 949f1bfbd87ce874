//! Server, phone and other people: state and rules, without sockets and clocks.
//!
//! Every entry point takes effect at once; what is to be said to pages comes out of [`World::take_output`], and
//! what is to happen later waits in a list of jobs until [`World::run_due`].

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

pub(crate) mod accounts;
pub(crate) mod acks;
pub(crate) mod address;
pub(crate) mod calls;
pub(crate) mod chats;
mod config;
mod devices;
mod events;
pub(crate) mod faults;
mod frames;
pub(crate) mod groups;
mod ids;
mod media;
pub(crate) mod messages;
pub(crate) mod network;
mod outbox;
mod pages;
pub(crate) mod pairing;
pub(crate) mod people;
pub(crate) mod qr;
mod queries;
mod render;
pub(crate) mod socket;
mod target;

use accounts::{AccountId, Accounts};
use acks::AckPolicy;
pub(crate) use config::Addressing;
use config::Config;
use devices::{Device, DeviceKey};
pub(crate) use events::Filter;
use faults::Faults;
use groups::Group;
use ids::Ids;
use messages::Record;
use network::Network;
pub(crate) use outbox::OutboxFilter;
use outbox::Sent;
use pages::Page;
pub(crate) use pages::PageId;
use qr::{QrPolicy, Ref};
pub(crate) use target::Target;

use crate::failure::{ErrorCode, Failure, Reply};

/// What the world has to say to a page's socket.
#[derive(Debug)]
pub(crate) enum Output {
    Frame(PageId, Value),
    /// An orderly end of the connection.
    Close(PageId),
    /// The connection breaks.
    Cut(PageId),
}

/// What happens later.
#[derive(Debug)]
enum Job {
    Inbound { message: String, repeat: u32 },
    Resolve { message: String },
    Ack { message: String, level: u8 },
    Refuse { message: String, code: u16 },
    Fault { fault: String },
}

pub(crate) struct World {
    now_ms: u64,
    epoch: u64,
    ids: Ids,
    log: events::EventLog,
    output: Vec<Output>,
    jobs: BTreeMap<(u64, u64), Job>,
    next_job: u64,
    config: Config,
    network: Network,
    ack_policy: AckPolicy,
    qr_policy: QrPolicy,
    faults: Faults,
    accounts: Accounts,
    pages: BTreeMap<PageId, Page>,
    next_page: PageId,
    page_names: u32,
    loads: u64,
    devices: BTreeMap<DeviceKey, Device>,
    refs: HashMap<String, Ref>,
    codes: HashMap<String, pairing::Code>,
    records: HashMap<String, Record>,
    outbox: Vec<Sent>,
    groups: BTreeMap<String, Group>,
    calls: HashMap<String, calls::Call>,
    chats: Vec<chats::HistoryChat>,
    files: media::Files,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut world = Self {
            now_ms: 0,
            epoch: 1,
            ids: Ids::new(seed),
            log: events::EventLog::default(),
            output: Vec::new(),
            jobs: BTreeMap::new(),
            next_job: 0,
            config: Config::default(),
            network: Network::default(),
            ack_policy: AckPolicy::default(),
            qr_policy: QrPolicy::default(),
            faults: Faults::default(),
            accounts: Accounts::default(),
            pages: BTreeMap::new(),
            next_page: 1,
            page_names: 0,
            loads: 0,
            devices: BTreeMap::new(),
            refs: HashMap::new(),
            codes: HashMap::new(),
            records: HashMap::new(),
            outbox: Vec::new(),
            groups: BTreeMap::new(),
            calls: HashMap::new(),
            chats: Vec::new(),
            files: media::Files::default(),
        };
        // A fresh account list has no LID that could be taken, nor is the number wrong.
        let _ = world.ensure_own_account();
        world
    }

    /// Forgets everything but event numbers and, when asked, pages that are not linked.
    pub(crate) fn reset(&mut self, seed: Option<u64>, keep_pages: bool) -> Reply {
        if keep_pages && self.pages.values().any(|p| p.device.is_some()) {
            return Err(Failure::new(ErrorCode::PagesLinked, "a page is linked"));
        }
        if !keep_pages {
            for page in self.connected() {
                self.cut(page);
            }
        }
        let mut fresh = Self::new(0);
        fresh.now_ms = self.now_ms;
        fresh.epoch = self.epoch + 1;
        fresh.loads = self.loads;
        fresh.next_page = self.next_page;
        std::mem::swap(&mut fresh.log, &mut self.log);
        std::mem::swap(&mut fresh.output, &mut self.output);
        match seed {
            Some(seed) => fresh.ids = Ids::new(seed),
            None => std::mem::swap(&mut fresh.ids, &mut self.ids),
        }
        if keep_pages {
            fresh.page_names = self.page_names;
            std::mem::swap(&mut fresh.pages, &mut self.pages);
            std::mem::swap(&mut fresh.refs, &mut self.refs);
        }
        *self = fresh;
        Ok(json!({"epoch": self.epoch}))
    }

    fn ensure_own_account(&mut self) -> Reply<AccountId> {
        let id = self.accounts.ensure(&address::Address::Number(self.config.own_number.clone()))?;
        if let Some(account) = self.accounts.get_mut(id) {
            account.pushname.get_or_insert_with(|| "Owner".into());
        }
        Ok(id)
    }

    /// Moves the world's clock, in Unix milliseconds; it never goes back.
    pub(crate) fn set_now(&mut self, now_ms: u64) {
        self.now_ms = self.now_ms.max(now_ms);
    }

    fn unix_seconds(&self) -> u64 {
        self.now_ms / 1000
    }

    pub(crate) fn take_output(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.output)
    }

    /// Number of the newest event.
    pub(crate) fn seq(&self) -> u64 {
        self.log.seq()
    }

    pub(crate) fn events(&self, filter: &Filter) -> Vec<Value> {
        self.log.read(filter)
    }

    fn event(&mut self, kind: &str, fields: Value) -> u64 {
        self.log.push(self.now_ms, kind, fields)
    }

    fn later(&mut self, after_ms: u64, job: Job) {
        self.next_job += 1;
        self.jobs.insert((self.now_ms + after_ms, self.next_job), job);
    }

    /// Runs the job now when it is due at once, else later.
    fn after(&mut self, after_ms: u64, job: Job) {
        if after_ms == 0 { self.run(job) } else { self.later(after_ms, job) }
    }

    /// When the next job is due, in Unix milliseconds.
    pub(crate) fn next_due(&self) -> Option<u64> {
        self.jobs.first_key_value().map(|((due, _), _)| *due)
    }

    pub(crate) fn run_due(&mut self) {
        while let Some(entry) = self.jobs.first_entry() {
            if entry.key().0 > self.now_ms {
                return;
            }
            let job = entry.remove();
            self.run(job);
        }
    }

    fn run(&mut self, job: Job) {
        match job {
            Job::Inbound { message, repeat } => self.deliver_inbound(&message, repeat),
            Job::Resolve { message } => self.resolve_ciphertext(&message),
            Job::Ack { message, level } => self.policy_ack(&message, level),
            Job::Refuse { message, code } => self.refuse(&message, code),
            Job::Fault { fault } => self.strike(&fault),
        }
    }

    fn send(&mut self, page: PageId, frame: Value) {
        self.output.push(Output::Frame(page, frame));
    }

    /// Settings under a name and also by themselves: the contract does not say which, so readers find both.
    fn settings(name: &str, value: Value) -> Value {
        let mut shown = value.clone();
        shown[name] = value;
        shown
    }

    pub(crate) fn health(&self) -> Value {
        json!({
            "name": "wa-sim",
            "version": env!("CARGO_PKG_VERSION"),
            "contract": crate::CONTRACT,
            "wa_version": self.config.wa_version,
            "capabilities": crate::CAPABILITIES,
        })
    }
}
