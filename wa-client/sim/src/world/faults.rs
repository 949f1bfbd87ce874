//! Things that go wrong in a page on request.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Job, PageId, Target, World};
use crate::failure::{ErrorCode, Failure, Reply};

struct Kind {
    name: &'static str,
    required: &'static [&'static str],
    optional: &'static [&'static str],
    /// Strikes once and is over, while the others stay until they are cleared or worn out.
    once: bool,
}

const fn lasting(name: &'static str, required: &'static [&'static str], optional: &'static [&'static str]) -> Kind {
    Kind { name, required, optional, once: false }
}

const fn once(name: &'static str, required: &'static [&'static str], optional: &'static [&'static str]) -> Kind {
    Kind { name, required, optional, once: true }
}

/// Fields that every kind takes.
const COMMON: &[&str] = &["kind", "page", "phone", "device", "max", "after_ms"];

static KINDS: &[Kind] = &[
    lasting("throw", &["module", "export"], &["name", "message", "async", "drift"]),
    lasting("delay", &["module", "export", "ms"], &["drift"]),
    lasting("never", &["module", "export"], &["drift"]),
    lasting("shape", &["module", "export"], &["value", "result", "async", "calls"]),
    lasting("missing_module", &["module"], &[]),
    lasting("missing_export", &["module", "export"], &[]),
    lasting("rename_module", &["module", "to"], &[]),
    lasting("rename_export", &["module", "export", "to"], &[]),
    lasting("query_error", &["status"], &["text", "query"]),
    once("hang", &["ms"], &[]),
    once("reload", &[], &[]),
    once("navigate", &["path"], &[]),
    once("oom", &[], &[]),
    once("wipe_storage", &[], &[]),
    once("dialog", &[], &["text"]),
    once("iframes", &["count"], &[]),
    once("console_error", &[], &["message"]),
    once("unhandled_rejection", &[], &["message"]),
];

#[derive(Debug)]
struct Fault {
    id: String,
    kind: &'static str,
    /// The only page that it concerns.
    page: Option<PageId>,
    /// What the page is told: kind, module and so on.
    fields: Map<String, Value>,
    max: Option<u64>,
    hits: u64,
    once: bool,
    /// False while `after_ms` runs.
    active: bool,
}

impl Fault {
    fn show(&self) -> Value {
        let mut shown = self.fields.clone();
        shown.insert("fault".into(), json!(self.id));
        shown.insert("kind".into(), json!(self.kind));
        if let Some(max) = self.max {
            shown.insert("max".into(), json!(max));
        }
        Value::Object(shown)
    }

    /// As the page gets it: with what is left of `max`.
    fn for_page(&self) -> Value {
        let mut shown = self.show();
        if let Some(max) = self.max {
            shown["max"] = json!(max - self.hits);
        }
        shown
    }
}

#[derive(Default)]
pub(super) struct Faults {
    list: Vec<Fault>,
    made: u32,
    /// Faults that were written into documents whose pages have not come yet, by number of the document.
    pub(super) given: BTreeMap<u64, BTreeSet<String>>,
}

/// Documents that never open a socket are forgotten after so many others.
const DOCUMENTS_KEPT: usize = 64;

impl Faults {
    /// Lasting faults that a page has to know, those of one page only when it is that page.
    fn stored(&self, page: Option<PageId>) -> impl Iterator<Item = &Fault> {
        self.list
            .iter()
            .filter(move |f| f.active && !f.once && f.kind != "query_error" && (f.page.is_none() || f.page == page))
    }

    /// What is written into a document.
    pub(super) fn give(&mut self, load: u64) -> Vec<Value> {
        let given = self.stored(None).map(|f| f.id.clone()).collect();
        self.given.insert(load, given);
        if self.given.len() > DOCUMENTS_KEPT {
            self.given.pop_first();
        }
        self.stored(None).map(Fault::for_page).collect()
    }

    pub(super) fn show(&self) -> Vec<Value> {
        self.list
            .iter()
            .map(|f| {
                let mut shown = f.show();
                shown["hits"] = json!(f.hits);
                shown
            })
            .collect()
    }
}

fn check(kind: &str, body: &Map<String, Value>) -> Reply<&'static Kind> {
    let known = KINDS.iter().find(|k| k.name == kind).ok_or_else(|| {
        let kinds: Vec<&str> = KINDS.iter().map(|k| k.name).collect();
        Failure::new(ErrorCode::Unsupported, "unknown kind of fault").detail(json!({"kinds": kinds}))
    })?;
    for (field, value) in body {
        let common = COMMON.contains(&field.as_str());
        if !common && !known.required.contains(&field.as_str()) && !known.optional.contains(&field.as_str()) {
            return Err(Failure::new(ErrorCode::UnknownField, format!("unknown field `{field}`")));
        }
        let right = match field.as_str() {
            "max" => value.as_u64().is_some_and(|n| n > 0),
            "after_ms" | "ms" | "status" | "device" | "count" => value.is_u64(),
            "async" | "calls" | "drift" => value.is_boolean(),
            "value" | "result" => true,
            _ => value.is_string(),
        };
        if !right {
            return Err(Failure::bad_request(format!("field `{field}` is of the wrong type or out of range")));
        }
    }
    if kind == "shape" && body.contains_key("value") == body.contains_key("result") {
        return Err(Failure::bad_request("a shape is that of the `value` or that of its `result`"));
    }
    if let Some(missing) = known.required.iter().find(|f| !body.contains_key(**f)) {
        return Err(Failure::bad_request(format!("missing field `{missing}`")));
    }
    Ok(known)
}

impl World {
    pub(crate) fn post_fault(&mut self, body: Map<String, Value>) -> Reply {
        let name =
            body.get("kind").and_then(Value::as_str).ok_or_else(|| Failure::bad_request("missing field `kind`"))?;
        let kind = check(name, &body)?;
        let text = |field: &str| body.get(field).and_then(Value::as_str).map(str::to_owned);
        let device = body.get("device").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
        let target = Target { page: text("page"), phone: text("phone"), device };
        let named = target.page.is_some() || target.phone.is_some() || target.device.is_some();
        let page = if kind.once || named { Some(self.target_page(&target, false)?) } else { None };
        let after_ms = body.get("after_ms").and_then(Value::as_u64).unwrap_or(0);
        let max = body.get("max").and_then(Value::as_u64);
        let mut fields = body;
        fields.retain(|field, _| !COMMON.contains(&field.as_str()));
        self.faults.made += 1;
        let id = format!("f{}", self.faults.made);
        self.faults.list.push(Fault {
            id: id.clone(),
            kind: kind.name,
            page,
            fields,
            max,
            hits: 0,
            once: kind.once,
            active: false,
        });
        self.after(after_ms, Job::Fault { fault: id.clone() });
        Ok(json!({"fault": id}))
    }

    /// A fault becomes effective.
    pub(super) fn strike(&mut self, id: &str) {
        let Some(fault) = self.faults.list.iter_mut().find(|f| f.id == id) else { return };
        fault.active = true;
        let (once, kind, only) = (fault.once, fault.kind, fault.page);
        let mut frame = fault.for_page();
        frame["t"] = json!("fault");
        if kind == "query_error" {
            return;
        }
        for page in self.connected() {
            if only.is_none_or(|p| p == page) {
                self.send(page, frame.clone());
                if let Some(known) = self.pages.get_mut(&page).and_then(|p| p.faults.as_mut()).filter(|_| !once) {
                    known.insert(id.to_owned());
                }
            }
        }
        if once {
            let page = only.map(|p| self.page_name(p));
            self.faults.list.retain(|f| f.id != id);
            self.event("fault.hit", json!({"fault": id, "fault_kind": kind, "page": page}));
        }
    }

    /// A lasting fault took effect once more.
    pub(super) fn fault_hit(&mut self, page: PageId, id: &str) {
        let name = self.page_name(page);
        let Some(fault) = self.faults.list.iter_mut().find(|f| f.id == id) else { return };
        fault.hits += 1;
        let (kind, worn) = (fault.kind, fault.max.is_some_and(|max| fault.hits >= max));
        self.event("fault.hit", json!({"fault": id, "fault_kind": kind, "page": name}));
        if worn {
            self.clear_fault(id);
        }
    }

    fn clear_fault(&mut self, id: &str) {
        self.faults.list.retain(|f| f.id != id);
        for page in self.connected() {
            self.send(page, json!({"t": "fault", "kind": "clear", "fault": id}));
            if let Some(known) = self.pages.get_mut(&page).and_then(|p| p.faults.as_mut()) {
                known.remove(id);
            }
        }
    }

    /// Tells a page that connects which faults came and went since it was loaded or was last here.
    pub(super) fn catch_up_on_faults(&mut self, page: PageId) {
        let Some(known) = self.pages.get_mut(&page).and_then(|p| p.faults.take()) else { return };
        let now: Vec<(String, Value)> = self.faults.stored(Some(page)).map(|f| (f.id.clone(), f.for_page())).collect();
        for gone in known.iter().filter(|id| !now.iter().any(|(n, _)| n == *id)) {
            self.send(page, json!({"t": "fault", "kind": "clear", "fault": gone}));
        }
        for (id, fault) in &now {
            if !known.contains(id) {
                let mut frame = fault.clone();
                frame["t"] = json!("fault");
                self.send(page, frame);
            }
        }
        if let Some(p) = self.pages.get_mut(&page) {
            p.faults = Some(now.into_iter().map(|(id, _)| id).collect());
        }
    }

    /// The server error that queries of this sort are to get, if any.
    pub(super) fn query_fault(&mut self, page: PageId, query: &str) -> Option<(u16, String)> {
        let wanted = |f: &&Fault| {
            let asked = f.fields.get("query").and_then(Value::as_str).unwrap_or("exists");
            f.active && f.kind == "query_error" && asked == query && f.page.is_none_or(|p| p == page)
        };
        let fault = self.faults.list.iter().find(wanted)?;
        let status =
            fault.fields.get("status").and_then(Value::as_u64).and_then(|s| u16::try_from(s).ok()).unwrap_or(500);
        let text = fault.fields.get("text").and_then(Value::as_str).unwrap_or("internal-server-error").to_owned();
        let id = fault.id.clone();
        self.fault_hit(page, &id);
        Some((status, text))
    }

    pub(crate) fn show_faults(&self) -> Value {
        json!({"faults": self.faults.show()})
    }

    pub(crate) fn delete_faults(&mut self, id: Option<&str>) -> Reply {
        let ids: Vec<String> = match id {
            Some(id) if self.faults.list.iter().any(|f| f.id == id) => vec![id.to_owned()],
            Some(_) => return Err(Failure::not_found("fault")),
            None => self.faults.list.iter().map(|f| f.id.clone()).collect(),
        };
        for id in &ids {
            self.clear_fault(id);
        }
        Ok(json!({"cleared": ids}))
    }
}
