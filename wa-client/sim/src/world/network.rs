//! The line between pages and server.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Output, World};
use crate::failure::Reply;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Line {
    Online,
    Offline,
    HalfOpen,
}

/// How page loads behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Loads {
    Up,
    #[serde(rename = "503")]
    Unavailable,
    Hang,
    Reset,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Network {
    pub(crate) state: Line,
    pub(crate) latency_ms: u64,
    pub(crate) http: Loads,
}

impl Default for Network {
    fn default() -> Self {
        Self { state: Line::Online, latency_ms: 0, http: Loads::Up }
    }
}

/// Body of `PUT /sim/network`; what is left out stays.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NetworkSpec {
    state: Option<Line>,
    latency_ms: Option<u64>,
    http: Option<Loads>,
}

impl World {
    pub(crate) fn network(&self) -> Network {
        self.network
    }

    pub(crate) fn put_network(&mut self, spec: &NetworkSpec) -> Reply {
        let old = self.network;
        self.network = Network {
            state: spec.state.unwrap_or(old.state),
            latency_ms: spec.latency_ms.unwrap_or(old.latency_ms),
            http: spec.http.unwrap_or(old.http),
        };
        let shown = json!(self.network);
        self.event("network", shown);
        if self.network.state == Line::Offline {
            for page in self.connected() {
                self.cut(page);
            }
        }
        Ok(self.show_network())
    }

    pub(crate) fn show_network(&self) -> Value {
        json!({"network": self.network})
    }

    /// Drops a page's connection without a word.
    pub(super) fn cut(&mut self, page: super::PageId) {
        self.output.push(Output::Cut(page));
        self.disconnected(page);
    }
}
