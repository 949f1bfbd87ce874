//! States and ends that the server puts a page's stream into.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Target, World};
use crate::failure::{Failure, Reply};

const STATES: &[&str] = &[
    "UNLAUNCHED",
    "OPENING",
    "PAIRING",
    "UNPAIRED",
    "UNPAIRED_IDLE",
    "CONNECTED",
    "CONFLICT",
    "PROXYBLOCK",
    "TOS_BLOCK",
    "SMB_TOS_BLOCK",
];
const STREAMS: &[&str] = &["DISCONNECTED", "SYNCING", "RESUMING", "CONNECTED"];

/// Body of `POST /sim/socket`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SocketSpec {
    page: Option<String>,
    phone: Option<String>,
    device: Option<u32>,
    state: Option<String>,
    stream: Option<String>,
    #[serde(default)]
    close: bool,
}

/// Body of `POST /sim/stream_end`, which is beyond contract 1.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StreamEnd {
    page: Option<String>,
    code: u16,
    conflict: Option<String>,
    /// Seconds until a ban ends (402).
    expire: Option<u64>,
}

impl World {
    pub(crate) fn put_socket(&mut self, spec: SocketSpec) -> Reply {
        if spec.state.as_ref().is_some_and(|s| !STATES.contains(&s.as_str())) {
            return Err(Failure::bad_request("unknown state").detail(json!({"known": STATES})));
        }
        if spec.stream.as_ref().is_some_and(|s| !STREAMS.contains(&s.as_str())) {
            return Err(Failure::bad_request("unknown stream").detail(json!({"known": STREAMS})));
        }
        if spec.state.is_none() && spec.stream.is_none() && !spec.close {
            return Err(Failure::bad_request("state, stream or close is wanted"));
        }
        let target = Target { page: spec.page, phone: spec.phone, device: spec.device };
        let page = self.target_page(&target, false)?;
        if spec.state.is_some() || spec.stream.is_some() {
            self.send(page, json!({"t": "set_socket", "state": spec.state, "stream": spec.stream}));
        }
        if spec.close {
            self.cut(page);
        }
        Ok(json!({"page": self.page_name(page)}))
    }

    pub(crate) fn post_stream_end(&mut self, spec: StreamEnd) -> Reply {
        let page = self.target_page(&Target { page: spec.page, ..Target::default() }, false)?;
        let mut why = json!({"code": spec.code});
        if let Some(conflict) = spec.conflict {
            why["conflict"] = Value::String(conflict);
        }
        if let Some(expire) = spec.expire {
            why["expire"] = json!(expire);
        }
        self.end_stream(page, why);
        Ok(json!({"page": self.page_name(page)}))
    }
}
