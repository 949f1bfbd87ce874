//! Voice and video calls, as far as ringing and declining go.

use serde::Deserialize;
use serde_json::{Value, json};

use super::World;
use super::accounts::AccountId;
use super::render::add;
use crate::failure::{Failure, Reply};

#[derive(Debug)]
pub(super) struct Call {
    phone: AccountId,
}

/// Body of `POST /sim/calls`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallSpec {
    from: String,
    #[serde(default)]
    video: bool,
    id: Option<String>,
}

/// Body of `POST /sim/calls/end`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallEnd {
    id: String,
}

impl World {
    pub(crate) fn post_call(&mut self, spec: &CallSpec) -> Reply {
        let phone = self.target_phone(None)?;
        let from = self.ensure_person(&spec.from)?;
        let id = spec.id.clone().unwrap_or_else(|| self.ids.call());
        self.calls.insert(id.clone(), Call { phone });
        let (video, t) = (spec.video, self.unix_seconds());
        self.tell_online(phone, |world, _| {
            let mut frame = world.person(from, "");
            add(&mut frame, json!({"t": "call", "id": id, "video": video, "group": false, "offline": false, "at": t}));
            frame
        });
        Ok(json!({"id": id}))
    }

    pub(crate) fn end_call(&mut self, spec: &CallEnd) -> Reply {
        let call = self.calls.remove(&spec.id).ok_or_else(|| Failure::not_found("call"))?;
        self.tell_online(call.phone, |_, _| json!({"t": "call_end", "id": spec.id}));
        Ok(json!({"id": spec.id}))
    }

    /// A page declines a call.
    pub(super) fn reject_call(&mut self, page: super::PageId, args: &Value) -> Result<Value, (u16, &'static str)> {
        let id = args["id"].as_str().ok_or((400, "bad-request"))?.to_owned();
        let call = self.calls.remove(&id).ok_or((404, "item-not-found"))?;
        self.event("call.rejected", json!({"id": id, "page": self.page_name(page)}));
        self.tell_online(call.phone, |_, _| json!({"t": "call_end", "id": id}));
        Ok(Value::Null)
    }
}
