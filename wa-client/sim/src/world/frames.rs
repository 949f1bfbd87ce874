//! What pages say, sorted to whom it concerns.

use serde_json::{Value, json};

use super::{PageId, World};

impl World {
    /// A frame of a page. What makes no sense is dropped: the page is part of the simulator, not under test.
    pub(crate) fn frame(&mut self, page: PageId, socket: u64, frame: &Value) {
        if !self.is_open(page, socket) {
            return;
        }
        let text = |key: &str| frame[key].as_str().unwrap_or_default();
        match text("t") {
            "hello" => self.hello(page, frame),
            "state" => self.page_state(page, frame),
            "qr_shown" => self.qr_shown(page, frame),
            "qr_idle" => self.qr_idle(page),
            "refresh_qr" => self.new_batch(page),
            "pair_done" => self.pair_done(page),
            "pair_failed" => self.pair_failed(page),
            "logout" => self.logout(page),
            "req" => self.request(page, frame),
            "send" => self.outbound(page, frame),
            "applied" => self.applied(page, frame),
            "fault_hit" => self.fault_hit(page, text("fault")),
            "fault_known" => {
                let event = json!({"page": self.page_name(page), "fault": frame["fault"], "on": frame["on"]});
                self.event("fault.known", event);
            }
            "ping" => self.send(page, json!({"t": "pong", "n": frame["n"]})),
            "seen" => {
                let event = json!({
                    "page": self.page_name(page), "chat": frame["chat"], "up_to": frame["upTo"], "count": frame["count"],
                });
                self.event("seen.received", event);
            }
            "chatstate" => {
                let event = json!({"page": self.page_name(page), "chat": frame["chat"], "state": frame["state"]});
                self.event("chatstate.received", event);
            }
            "presence" => {
                let event = json!({"page": self.page_name(page), "state": frame["state"]});
                self.event("presence.received", event);
            }
            // `receipt` and `pong` say nothing that is not known from `applied`.
            _ => {}
        }
    }
}
