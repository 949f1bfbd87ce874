//! The calls of the contract, one method each. Bodies are given as in the contract, for instance with
//! [`serde_json::json!`].

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::types::{Event, Health, Linked, Outbox, Posted, State, Summary};
use super::{ClientError, Result, SimClient, fields, query, read, write};

/// The longest that the simulator holds back an answer.
const POLL: Duration = Duration::from_secs(30);
/// What an answer may take beyond the time it is held back.
const SLACK: Duration = Duration::from_secs(10);

/// # Errors
/// Every call fails with [`ClientError::Refused`] when the simulator says no, with
/// [`ClientError::Transport`] when it is gone, and with [`ClientError::Timeout`] when it does not answer.
impl SimClient {
    /// Version, capabilities and number of the newest event.
    pub async fn health(&self) -> Result<Health> {
        self.get("/sim/health").await
    }

    /// Number of the newest event, to be used as `since`.
    pub async fn mark(&self) -> Result<u64> {
        Ok(self.health().await?.seq)
    }

    /// Forgets everything and closes the pages' sockets.
    pub async fn reset(&self) -> Result<Value> {
        self.send("POST", "/sim/reset", json!({})).await
    }

    /// Forgets everything; identifiers repeat for the same seed.
    pub async fn reset_seeded(&self, seed: u64) -> Result<Value> {
        self.send("POST", "/sim/reset", json!({"seed": seed})).await
    }

    /// The settings.
    pub async fn config(&self) -> Result<Value> {
        self.get("/sim/config").await
    }

    /// Changes settings, one level deep.
    pub async fn patch_config(&self, body: impl Serialize) -> Result<Value> {
        self.send("PATCH", "/sim/config", body).await
    }

    /// Pages, devices and policies.
    pub async fn state(&self) -> Result<State> {
        self.get("/sim/state").await
    }

    /// The own phone scans a QR text and accepts.
    pub async fn scan(&self, qr: &str) -> Result<Linked> {
        self.scan_with(json!({"qr": qr})).await
    }

    /// A scan with all its fields: `{qr, phone?, outcome?}`.
    pub async fn scan_with(&self, body: impl Serialize) -> Result<Linked> {
        self.send("POST", "/sim/phone/scan", body).await
    }

    /// Types a pairing code into a phone, the own one if not named.
    pub async fn pair(&self, code: &str, phone: Option<&str>) -> Result<Linked> {
        let body = fields([("code", Some(code.into())), ("phone", phone.map(Value::from))]);
        self.send("POST", "/sim/phone/pair", body).await
    }

    /// The owner removes a device on the phone; without arguments the only one.
    pub async fn unlink(&self, phone: Option<&str>, device: Option<u32>) -> Result<Value> {
        let body = fields([("phone", phone.map(Value::from)), ("device", device.map(Value::from))]);
        self.send("POST", "/sim/phone/unlink", body).await
    }

    /// Declares or changes accounts: a list of them.
    pub async fn accounts(&self, accounts: impl Serialize) -> Result<Value> {
        self.send("POST", "/sim/accounts", json!({"accounts": write(accounts)?})).await
    }

    /// All accounts.
    pub async fn list_accounts(&self) -> Result<Value> {
        self.get("/sim/accounts").await
    }

    /// Forgets an account.
    pub async fn delete_account(&self, number: &str) -> Result<Value> {
        let query = query([("number", Some(number.into()))]);
        read(self.call("DELETE", &format!("/sim/accounts{query}"), &Value::Null).await?)
    }

    /// History that the next login finds.
    pub async fn chats(&self, body: impl Serialize) -> Result<Value> {
        self.send("POST", "/sim/chats", body).await
    }

    /// Makes a group.
    pub async fn groups(&self, body: impl Serialize) -> Result<Value> {
        self.send("POST", "/sim/groups", body).await
    }

    /// All groups.
    pub async fn list_groups(&self) -> Result<Value> {
        self.get("/sim/groups").await
    }

    /// Somebody changes a group.
    pub async fn group_participants(&self, body: impl Serialize) -> Result<Value> {
        self.send("POST", "/sim/groups/participants", body).await
    }

    /// Somebody writes a text to the own account.
    pub async fn text(&self, from: &str, body: &str) -> Result<Posted> {
        self.messages(json!({"from": from, "body": body})).await
    }

    /// Somebody writes. `timeout_ms` and `interval_ms` of the body extend this call's own deadline.
    pub async fn messages(&self, body: impl Serialize) -> Result<Posted> {
        let body = write(body)?;
        let ms = |name: &str| body[name].as_u64().unwrap_or(0);
        let span = ms("timeout_ms") + ms("interval_ms") * ms("count");
        let limit = super::DEADLINE + Duration::from_millis(span);
        read(self.call_within("POST", "/sim/messages", &body, limit).await?)
    }

    /// Somebody reacts to a message; an empty emoji takes it back.
    pub async fn reactions(&self, from: &str, message: &str, emoji: &str) -> Result<Value> {
        self.send("POST", "/sim/reactions", json!({"from": from, "message": message, "emoji": emoji})).await
    }

    /// The sender edits an inbound message.
    pub async fn edits(&self, message: &str, body: &str) -> Result<Value> {
        self.send("POST", "/sim/edits", json!({"message": message, "body": body})).await
    }

    /// The sender deletes an inbound message for everyone.
    pub async fn revokes(&self, message: &str) -> Result<Value> {
        self.send("POST", "/sim/revokes", json!({"message": message})).await
    }

    /// The own account's owner deletes a message on the phone, for himself (beyond contract 1).
    pub async fn delete_on_phone(&self, message: &str) -> Result<Value> {
        self.send("POST", "/sim/phone/delete", json!({"message": message})).await
    }

    /// Somebody is typing: `composing`, `recording` or `paused`.
    pub async fn typing(&self, from: &str, state: &str, chat: Option<&str>) -> Result<Value> {
        let body =
            fields([("from", Some(from.into())), ("state", Some(state.into())), ("chat", chat.map(Value::from))]);
        self.send("POST", "/sim/typing", body).await
    }

    /// Somebody comes or goes.
    pub async fn presence(&self, body: impl Serialize) -> Result<Value> {
        self.send("POST", "/sim/presence", body).await
    }

    /// Somebody calls. Answers the call's id.
    pub async fn calls(&self, from: &str, video: bool) -> Result<String> {
        let answer: Value = self.send("POST", "/sim/calls", json!({"from": from, "video": video})).await?;
        Ok(answer["id"].as_str().unwrap_or_default().to_owned())
    }

    /// The caller hangs up.
    pub async fn end_call(&self, id: &str) -> Result<Value> {
        self.send("POST", "/sim/calls/end", json!({"id": id})).await
    }

    /// All that pages sent.
    pub async fn outbox(&self) -> Result<Outbox> {
        self.get("/sim/outbox").await
    }

    /// What pages sent under this id or key.
    pub async fn outbox_by_id(&self, id: &str) -> Result<Outbox> {
        self.get(&format!("/sim/outbox{}", query([("id", Some(id.into()))]))).await
    }

    /// What pages sent to this address.
    pub async fn outbox_to(&self, to: &str) -> Result<Outbox> {
        self.get(&format!("/sim/outbox{}", query([("to", Some(to.into()))]))).await
    }

    /// Counts over the text messages with a prefix.
    pub async fn outbox_summary(&self, prefix: &str) -> Result<Summary> {
        self.get(&format!("/sim/outbox/summary{}", query([("prefix", Some(prefix.into()))]))).await
    }

    /// Empties the outbox.
    pub async fn clear_outbox(&self) -> Result<Value> {
        read(self.call("DELETE", "/sim/outbox", &Value::Null).await?)
    }

    /// Replaces the ack policy.
    pub async fn put_acks(&self, body: impl Serialize) -> Result<Value> {
        self.send("PUT", "/sim/acks", body).await
    }

    /// The ack policy.
    pub async fn acks(&self) -> Result<Value> {
        self.get("/sim/acks").await
    }

    /// One explicit ack, whatever the policy: 1 server, 2 device, 3 read, 4 played.
    pub async fn post_ack(&self, message: &str, level: u8) -> Result<Value> {
        self.send("POST", "/sim/acks", json!({"message": message, "level": level})).await
    }

    /// Changes the QR policy.
    pub async fn put_qr(&self, body: impl Serialize) -> Result<Value> {
        self.send("PUT", "/sim/qr", body).await
    }

    /// The QR policy and the refs on screen.
    pub async fn qr(&self) -> Result<Value> {
        self.get("/sim/qr").await
    }

    /// Shows the next ref now; `page` may be left out when there is one unlinked page.
    pub async fn rotate_qr(&self, page: Option<&str>) -> Result<Value> {
        self.send("POST", "/sim/qr/rotate", fields([("page", page.map(Value::from))])).await
    }

    /// Drops the rest of the refs.
    pub async fn expire_qr(&self, page: Option<&str>) -> Result<Value> {
        self.send("POST", "/sim/qr/expire", fields([("page", page.map(Value::from))])).await
    }

    /// Gives a page a new batch of refs.
    pub async fn refresh_qr(&self, page: Option<&str>) -> Result<Value> {
        self.send("POST", "/sim/qr/refresh", fields([("page", page.map(Value::from))])).await
    }

    /// A new ADV secret under the ref on screen; beyond contract 1.
    pub async fn rotate_secret(&self, page: Option<&str>) -> Result<Value> {
        self.send("POST", "/sim/qr/secret", fields([("page", page.map(Value::from))])).await
    }

    /// Changes the line: `{state?, latency_ms?, http?}`.
    pub async fn put_network(&self, body: impl Serialize) -> Result<Value> {
        self.send("PUT", "/sim/network", body).await
    }

    /// Puts a page's socket into a state: `{page?, state?, stream?, close?}`.
    pub async fn socket(&self, body: impl Serialize) -> Result<Value> {
        self.send("POST", "/sim/socket", body).await
    }

    /// Ends a page's stream with a `code`, a `conflict`, the `expire` of a ban; beyond contract 1.
    pub async fn end_stream(&self, body: impl Serialize) -> Result<Value> {
        self.send("POST", "/sim/stream_end", body).await
    }

    /// Makes something go wrong. Answers the fault's id.
    pub async fn fault(&self, body: impl Serialize) -> Result<String> {
        let answer: Value = self.send("POST", "/sim/faults", body).await?;
        Ok(answer["fault"].as_str().unwrap_or_default().to_owned())
    }

    /// Faults that are in force.
    pub async fn faults(&self) -> Result<Value> {
        self.get("/sim/faults").await
    }

    /// Ends one fault, or all.
    pub async fn clear_faults(&self, fault: Option<&str>) -> Result<Value> {
        let query = query([("fault", fault.map(str::to_owned))]);
        read(self.call("DELETE", &format!("/sim/faults{query}"), &Value::Null).await?)
    }

    /// Events after `since`; no kinds means all. With `wait` an empty answer is held back until something matches,
    /// 30 s at most.
    pub async fn events(&self, kinds: &[&str], since: u64, wait: Duration) -> Result<Vec<Event>> {
        let wait = wait.min(POLL);
        let query = query([
            ("since", Some(since.to_string())),
            ("kinds", (!kinds.is_empty()).then(|| kinds.join(","))),
            ("wait_ms", Some(wait.as_millis().to_string())),
        ]);
        let mut answer = self.call_within("GET", &format!("/sim/events{query}"), &Value::Null, wait + SLACK).await?;
        read(answer["events"].take())
    }

    /// Waits for the first event after `since` of one of these kinds that `wanted` accepts.
    ///
    /// # Errors
    /// [`ClientError::Timeout`] when there is none within `limit`.
    pub async fn wait_event(
        &self,
        kinds: &[&str],
        since: u64,
        wanted: impl Fn(&Event) -> bool,
        limit: Duration,
    ) -> Result<Event> {
        let deadline = Instant::now() + limit;
        let mut since = since;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let events = self.events(kinds, since, left).await?;
            for event in events {
                since = event.seq;
                if wanted(&event) {
                    return Ok(event);
                }
            }
            if Instant::now() >= deadline {
                return Err(ClientError::Timeout(limit));
            }
        }
    }
}
