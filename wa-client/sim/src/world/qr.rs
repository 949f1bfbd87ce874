//! QR codes: batches of refs, what is on screen, and the phone's camera.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::pages::Shown;
use super::{PageId, Target, World};
use crate::failure::{ErrorCode, Failure, Reply};

const LINK_PREFIX: &str = "https://wa.me/settings/linked_devices#";
const FAQ_SUFFIX: &str = ",https://faq.whatsapp.com/r/ld";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Issued, not on screen yet.
    Waiting,
    Shown,
    Expired,
    Used,
}

#[derive(Debug)]
pub(super) struct Ref {
    pub(super) page: PageId,
    pub(super) fate: Fate,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct QrPolicy {
    first_ttl_ms: u64,
    ttl_ms: u64,
    refs: usize,
    auto: bool,
}

impl Default for QrPolicy {
    fn default() -> Self {
        Self { first_ttl_ms: 60_000, ttl_ms: 20_000, refs: 6, auto: true }
    }
}

/// Body of `PUT /sim/qr`; what is left out stays.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct QrSpec {
    first_ttl_ms: Option<u64>,
    ttl_ms: Option<u64>,
    refs: Option<usize>,
    auto: Option<bool>,
}

/// Body of `POST /sim/phone/scan`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scan {
    qr: String,
    pub(crate) phone: Option<String>,
    #[serde(default)]
    outcome: Outcome,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    #[default]
    Accept,
    Reject,
}

/// Parts of a QR text.
fn take_apart(qr: &str) -> Option<Shown> {
    let text = qr.strip_prefix(LINK_PREFIX).unwrap_or(qr);
    let text = text.strip_suffix(FAQ_SUFFIX).unwrap_or(text);
    let parts: Vec<&str> = text.split(',').collect();
    let (qr_ref, noise, identity, adv) = match parts[..] {
        [r, n, i, a] => (r, n, i, a),
        [r, n, i, a, platform] if matches!(platform.len(), 1..=2) && platform.bytes().all(|b| b.is_ascii_digit()) => {
            (r, n, i, a)
        }
        _ => return None,
    };
    let key = |text: &str| STANDARD.decode(text).is_ok_and(|k| k.len() == 32);
    (!qr_ref.is_empty() && key(noise) && key(identity) && key(adv)).then(|| Shown {
        qr_ref: qr_ref.into(),
        noise: noise.into(),
        identity: identity.into(),
        adv: adv.into(),
    })
}

impl World {
    pub(crate) fn put_qr(&mut self, spec: &QrSpec) -> Reply {
        if spec.refs.is_some_and(|n| !(1..=100).contains(&n)) {
            return Err(Failure::bad_request("refs: 1 to 100"));
        }
        let policy = &mut self.qr_policy;
        policy.first_ttl_ms = spec.first_ttl_ms.unwrap_or(policy.first_ttl_ms);
        policy.ttl_ms = spec.ttl_ms.unwrap_or(policy.ttl_ms);
        policy.refs = spec.refs.unwrap_or(policy.refs);
        policy.auto = spec.auto.unwrap_or(policy.auto);
        Ok(self.show_qr())
    }

    pub(crate) fn show_qr(&self) -> Value {
        let pages: Vec<Value> = self
            .pages
            .values()
            .filter(|p| p.connected && p.device.is_none())
            .map(|p| {
                let text = |s: &Shown| format!("{},{},{},{},1", s.qr_ref, s.noise, s.identity, s.adv);
                json!({"page": p.name, "ref": p.shown.as_ref().map(|s| &s.qr_ref), "text": p.shown.as_ref().map(text)})
            })
            .collect();
        let mut shown = Self::settings("qr", json!(self.qr_policy));
        shown["pages"] = json!(pages);
        shown
    }

    /// A page without credentials: a batch of refs, unless the policy holds them back.
    pub(super) fn unpaired_hello(&mut self, page: PageId) {
        if self.qr_policy.auto {
            self.new_batch(page);
        }
    }

    pub(super) fn new_batch(&mut self, page: PageId) {
        self.drop_refs(page);
        let refs: Vec<String> = (0..self.qr_policy.refs).map(|_| self.ids.qr_ref()).collect();
        for text in &refs {
            self.refs.insert(text.clone(), Ref { page, fate: Fate::Waiting });
        }
        let policy = &self.qr_policy;
        let frame = json!({
            "t": "pair_device", "refs": refs, "first_ttl_ms": policy.first_ttl_ms, "ttl_ms": policy.ttl_ms,
        });
        self.event("qr.batch", json!({"page": self.page_name(page), "refs": refs.len()}));
        self.send(page, frame);
    }

    /// Nothing that this page was given can be scanned any more.
    fn drop_refs(&mut self, page: PageId) {
        for known in self.refs.values_mut().filter(|r| r.page == page && r.fate != Fate::Used) {
            known.fate = Fate::Expired;
        }
        if let Some(p) = self.pages.get_mut(&page) {
            p.shown = None;
        }
    }

    /// The page shows a ref, or the same ref under another secret.
    pub(super) fn qr_shown(&mut self, page: PageId, frame: &Value) {
        let text = |key: &str| frame[key].as_str().unwrap_or_default().to_owned();
        let shown = Shown { qr_ref: text("ref"), noise: text("noise"), identity: text("identity"), adv: text("adv") };
        let known = self.refs.get(&shown.qr_ref).map(|r| (r.page, r.fate));
        if known.is_none_or(|(owner, fate)| owner != page || !matches!(fate, Fate::Waiting | Fate::Shown)) {
            return;
        }
        for (text, other) in &mut self.refs {
            if other.page == page && other.fate == Fate::Shown && *text != shown.qr_ref {
                other.fate = Fate::Expired;
            }
        }
        if let Some(now) = self.refs.get_mut(&shown.qr_ref) {
            now.fate = Fate::Shown;
        }
        let told = json!({"page": self.page_name(page), "ref": shown.qr_ref, "expires_at_ms": frame["expires_at"]});
        self.event("qr.shown", told);
        if let Some(p) = self.pages.get_mut(&page) {
            p.shown = Some(shown);
        }
    }

    /// The page has used up its refs.
    pub(super) fn qr_idle(&mut self, page: PageId) {
        self.drop_refs(page);
        self.event("qr.exhausted", json!({"page": self.page_name(page)}));
    }

    pub(crate) fn qr_rotate(&mut self, target: &Target) -> Reply {
        let page = self.target_page(target, true)?;
        self.send(page, json!({"t": "qr_rotate"}));
        Ok(json!({"page": self.page_name(page)}))
    }

    pub(crate) fn qr_secret(&mut self, target: &Target) -> Reply {
        let page = self.target_page(target, true)?;
        self.send(page, json!({"t": "adv_rotate"}));
        Ok(json!({"page": self.page_name(page)}))
    }

    pub(crate) fn qr_expire(&mut self, target: &Target) -> Reply {
        let page = self.target_page(target, true)?;
        self.drop_refs(page);
        self.send(page, json!({"t": "qr_expire"}));
        Ok(json!({"page": self.page_name(page)}))
    }

    pub(crate) fn qr_refresh(&mut self, target: &Target) -> Reply {
        let page = self.target_page(target, true)?;
        self.new_batch(page);
        Ok(json!({"page": self.page_name(page)}))
    }

    /// The page whose screen the phone sees, when text and screen agree.
    fn seen(&self, scanned: &Shown) -> Reply<PageId> {
        let known = self.refs.get(&scanned.qr_ref);
        let known = known.ok_or_else(|| Failure::new(ErrorCode::QrUnknown, "this ref was never issued"))?;
        match known.fate {
            Fate::Used => return Err(Failure::new(ErrorCode::QrUsed, "somebody scanned it before")),
            Fate::Expired => return Err(Failure::new(ErrorCode::QrExpired, "no longer on screen")),
            Fate::Waiting => return Err(Failure::new(ErrorCode::QrExpired, "not on screen yet")),
            Fate::Shown => {}
        }
        let page = self.pages.get(&known.page).filter(|p| p.connected);
        let page = page.ok_or_else(|| Failure::new(ErrorCode::NoTarget, "that page is gone"))?;
        let same = page.shown.as_ref().is_some_and(|s| {
            s.qr_ref == scanned.qr_ref
                && s.noise == scanned.noise
                && s.identity == scanned.identity
                && s.adv == scanned.adv
        });
        if same {
            Ok(known.page)
        } else {
            Err(Failure::new(ErrorCode::KeyMismatch, "the keys are not those of the page"))
        }
    }

    /// Whether the page may still be about to tell what is on its screen: its frame and the text take different ways.
    pub(crate) fn scan_may_be_early(&self, scan: &Scan) -> bool {
        let Some(scanned) = take_apart(&scan.qr) else { return false };
        let Some(known) = self.refs.get(&scanned.qr_ref) else { return false };
        let connected = self.pages.get(&known.page).is_some_and(|p| p.connected);
        connected
            && (known.fate == Fate::Waiting
                || matches!(self.seen(&scanned), Err(f) if f.code == ErrorCode::KeyMismatch))
    }

    pub(crate) fn scan(&mut self, scan: &Scan) -> Reply {
        let scanned = take_apart(&scan.qr);
        let scanned =
            scanned.ok_or_else(|| Failure::new(ErrorCode::QrMalformed, "ref, three keys and a platform are wanted"))?;
        let page = self.seen(&scanned)?;
        let account = self.pairing_account(scan.phone.as_deref())?;
        if scan.outcome == Outcome::Reject {
            self.event("scan.rejected", json!({"page": self.page_name(page)}));
            return Ok(json!({"linked": false}));
        }
        let answer = self.link(page, account)?;
        if let Some(used) = self.refs.get_mut(&scanned.qr_ref) {
            used.fate = Fate::Used;
        }
        self.drop_refs(page);
        Ok(answer)
    }
}
