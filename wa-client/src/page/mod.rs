//! The page: calls into it, events out of it.
//!
//! [`Page`] is the only way to reach the page. A call is one `Runtime.callFunctionOn` on the entry point of the injected
//! script; an event is one element of a batch that the script hands to its binding.

pub(crate) mod engine;
mod listener;
mod prepare;
pub(crate) mod protocol;
pub(crate) mod script;
mod turns;

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};

use engine::{COMMAND_LIMIT, CommandError, Engine, Hold, SessionId};
pub(crate) use listener::WANTED;
pub(crate) use prepare::{Preparation, prepare};
use protocol::Answer;
pub(crate) use protocol::{BridgeEvent, RemoteError};
pub(crate) use turns::{Turn, Turns};

/// Runs in the page, once for each call.
const CALL: &str = "function (op, args) { return this.call(op, args); }";

/// A page that has not answered to nothing by then is taken for stuck when it is loaded again.
const RESPONSIVE: Duration = Duration::from_secs(1);

/// A page that has not let go of its document by then is closed with it.
const LEAVING: Duration = Duration::from_secs(1);

/// The one page of a browser. Clones are handles to the same page.
#[derive(Clone)]
pub(crate) struct Page {
    engine: Engine,
    session: SessionId,
    slot: watch::Receiver<Slot>,
    url: Arc<str>,
}

/// The present document and what can be done with it.
#[derive(Debug)]
struct Slot {
    doc: u64,
    stage: Stage,
}

#[derive(Debug, Clone)]
enum Stage {
    /// A document without our script: nothing to call.
    NoScript,
    /// The script has not reported, or its entry point is being fetched.
    Loading,
    /// The object id of the entry point.
    Ready(Arc<str>),
    Crashed,
    Died,
}

impl Page {
    /// Goes to the configured address and waits until the navigation is committed, not until the page is loaded: what
    /// follows comes as [`PageEvent`]s. Fails with [`CallError::Network`] when there is nothing to be had there.
    pub(crate) async fn navigate(&self, deadline: Duration) -> Result<(), CallError> {
        let result = self.command("Page.navigate", json!({"url": &*self.url}), deadline).await?;
        match result["errorText"].as_str() {
            None | Some("") => Ok(()),
            Some(error) => Err(CallError::Network(error.to_owned())),
        }
    }

    /// Loads the page again, also after [`PageEvent::Crashed`]. Returns when the browser has begun; the new document comes
    /// as an event. Pending calls fail with [`CallError::Gone`]. Code of the page that never ends is ended.
    pub(crate) async fn reload(&self, deadline: Duration) -> Result<(), CallError> {
        let give_up = Instant::now() + deadline;
        let left = || give_up.saturating_duration_since(Instant::now());
        if !matches!(self.slot.borrow().stage, Stage::Crashed) {
            let nothing = json!({"expression": "0", "silent": true});
            let answers = self.command("Runtime.evaluate", nothing, RESPONSIVE.min(left())).await;
            if matches!(answers, Err(CallError::Timeout { .. })) {
                // A busy page would stand in the way of the new document. One that answers must not be told this: it
                // would stop the next code instead, which may be our script.
                self.command("Runtime.terminateExecution", json!({}), left()).await?;
            }
        }
        self.command("Page.reload", json!({}), left()).await.map(|_| ())
    }

    /// Leaves the document before its browser is closed, which would not let it say goodbye: the page then releases its lock
    /// against second tabs, for which the next start would wait a second (`WAWebAppMutex`). A page that cannot is left as it
    /// is.
    pub(crate) async fn leave(&self) {
        let mut slot = self.slot.clone();
        let doc = slot.borrow().doc;
        let leaving = async {
            // By itself: the browser would let another process go on without waiting for what this one still has to say.
            let go = json!({"expression": "location.replace('about:blank')", "silent": true});
            // The answer may go with the document.
            let (_, _) = tokio::join!(self.command("Runtime.evaluate", go, LEAVING), ended(&mut slot, doc));
        };
        let _ = timeout(LEAVING, leaving).await;
    }

    /// Calls one operation of the injected script. Exactly one answer, at the latest after `deadline`.
    ///
    /// In a document whose script has not reported yet it waits for that.
    pub(crate) async fn call<R: DeserializeOwned>(
        &self,
        op: &'static str,
        args: &impl Serialize,
        deadline: Duration,
    ) -> Result<R, CallError> {
        self.call_in_turn(op, args, deadline, Turn::default()).await
    }

    /// As [`call`](Self::call), behind the calls whose turns were taken before.
    pub(crate) async fn call_in_turn<R: DeserializeOwned>(
        &self,
        op: &'static str,
        args: &impl Serialize,
        deadline: Duration,
        mut turn: Turn,
    ) -> Result<R, CallError> {
        let args = serde_json::to_string(args).map_err(|_| CallError::Protocol(format!("{op}: arguments")))?;
        if args.len() > COMMAND_LIMIT {
            return Err(CallError::Protocol(format!("{op}: arguments are too large")));
        }
        let give_up = Instant::now() + deadline;
        let mut slot = self.slot.clone();
        let its_turn = async {
            turn.come().await;
            ready(&mut slot).await
        };
        let (doc, handle) = match timeout_at(give_up, its_turn).await {
            Ok(ready) => ready?,
            Err(_) => return Err(CallError::Timeout { maybe_ran: false }),
        };
        let params = json!({
            "objectId": &*handle,
            "functionDeclaration": CALL,
            "arguments": [{"value": op}, {"value": args}],
            "awaitPromise": true,
            "returnByValue": true,
            "silent": true,
        });
        let left = give_up.saturating_duration_since(Instant::now());
        let result = tokio::select! {
            biased;
            result = self.engine.command_in_turn(Some(&self.session), "Runtime.callFunctionOn", params, left, turn) => result,
            ended = ended(&mut slot, doc) => return Err(ended),
        };
        let mut result = result.map_err(|error| call_error(op, error))?;
        let Value::String(reply) = result["result"]["value"].take() else {
            return Err(CallError::Protocol(format!("{op}: not a text")));
        };
        match protocol::decode_answer(&reply) {
            Ok(Answer::Ok(value)) => Ok(value),
            Ok(Answer::Err(error)) => Err(CallError::Remote(error)),
            Err(defect) => Err(CallError::Protocol(format!("{op}: {defect}"))),
        }
    }

    /// A command about the page; ends when the browser does.
    async fn command(&self, method: &'static str, params: Value, deadline: Duration) -> Result<Value, CallError> {
        self.engine
            .command(Some(&self.session), method, params, deadline)
            .await
            .map_err(|error| call_error(method, error))
    }
}

/// Waits until the present document can be called.
async fn ready(slot: &mut watch::Receiver<Slot>) -> Result<(u64, Arc<str>), CallError> {
    let now = slot.wait_for(|slot| !matches!(slot.stage, Stage::Loading)).await.map_err(|_| CallError::Died)?;
    match &now.stage {
        Stage::Ready(handle) => Ok((now.doc, Arc::clone(handle))),
        Stage::Crashed => Err(CallError::Crashed),
        Stage::Died => Err(CallError::Died),
        Stage::NoScript | Stage::Loading => Err(CallError::Gone { maybe_ran: false }),
    }
}

/// Waits until a call in document `doc` can have no answer any more.
async fn ended(slot: &mut watch::Receiver<Slot>, doc: u64) -> CallError {
    let over = |slot: &Slot| slot.doc != doc || matches!(slot.stage, Stage::Crashed | Stage::Died);
    match slot.wait_for(over).await.map(|slot| slot.stage.clone()) {
        Ok(Stage::Crashed) => CallError::Crashed,
        Ok(Stage::Died) | Err(_) => CallError::Died,
        Ok(_) => CallError::Gone { maybe_ran: true },
    }
}

fn call_error(what: &'static str, error: CommandError) -> CallError {
    /// What the browser says when the object or its context is gone: before the call, or during it.
    const BEFORE: &[&str] = &["Could not find object", "Cannot find context", "Cannot find default execution context"];
    const DURING: &[&str] =
        &["Inspected target navigated or closed", "Execution context was destroyed", "Promise was collected"];
    match error {
        CommandError::Timeout { sent } => CallError::Timeout { maybe_ran: sent },
        CommandError::Closed => CallError::Died,
        CommandError::Refused { message, .. } => {
            let says = |texts: &[&str]| texts.iter().any(|text| message.contains(text));
            if says(BEFORE) {
                CallError::Gone { maybe_ran: false }
            } else if says(DURING) {
                CallError::Gone { maybe_ran: true }
            } else if message.contains("Target crashed") {
                CallError::Crashed
            } else {
                CallError::Protocol(format!("{what}: {message}"))
            }
        }
    }
}

/// What kind of address a document has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UrlKind {
    /// Same origin as the configured address.
    App,
    /// The page that refuses this browser (`/browsers.html` of the same origin).
    Unsupported,
    /// Another origin.
    Elsewhere,
    /// An empty page, or Chromium's own error page after a failed navigation.
    Blank,
}

impl UrlKind {
    fn of(url: &str, page_url: &str) -> Self {
        if url == page_url {
            Self::App
        } else if ["about:", "chrome-error:", "chrome:"].iter().any(|scheme| url.starts_with(scheme)) {
            Self::Blank
        } else if origin(url) != origin(page_url) {
            Self::Elsewhere
        } else if url[end_of_origin(url)..].starts_with("/browsers.html") {
            Self::Unsupported
        } else {
            Self::App
        }
    }

    /// Whether the script has anything to report in such a document.
    fn has_script(self) -> bool {
        matches!(self, Self::App | Self::Unsupported)
    }
}

/// Scheme, host and port of an address, as browsers write them.
fn origin(url: &str) -> String {
    let origin = url[..end_of_origin(url)].to_ascii_lowercase();
    let default_port = if origin.starts_with("https:") { ":443" } else { ":80" };
    origin.strip_suffix(default_port).map(str::to_owned).unwrap_or(origin)
}

fn end_of_origin(url: &str) -> usize {
    let host = url.find("://").map_or(0, |at| at + 3);
    url[host..].find(['/', '?', '#']).map_or(url.len(), |at| host + at)
}

/// What the page reports, in order: what follows a `Document` is of that document.
#[derive(Debug)]
pub(crate) enum PageEvent {
    /// The main frame has a new document. Calls of the former one have failed with [`CallError::Gone`].
    Document { url_kind: UrlKind },
    /// An event of the injected script. `bytes`: what its batch weighed, with the first event of each. `hold`: its share of
    /// what may wait for the session.
    Bridge { event: BridgeEvent, bytes: usize, hold: Option<Hold> },
    /// A batch that did not decode, or came from a place that may not send; `total` counts them since launch.
    Malformed { total: u64, bytes: usize },
    /// The renderer process ended. Pending calls have failed with [`CallError::Crashed`]; [`Page::reload`] brings it back.
    Crashed,
    /// The browser ended; the last event. `stderr` is a short masked tail.
    Died { exit_code: Option<i32>, signal: Option<i32>, stderr: String },
}

/// Why a call into the page has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CallError {
    /// No answer within the deadline. `maybe_ran` is false only when the call surely never reached the page.
    Timeout { maybe_ran: bool },
    /// The document was replaced, or has no script. `maybe_ran` is true for a call that was under way.
    Gone { maybe_ran: bool },
    /// The renderer process ended. A call that was under way may have run.
    Crashed,
    /// The browser ended. A call that was under way may have run.
    Died,
    /// The navigation failed; the text is Chromium's, for example `net::ERR_NAME_NOT_RESOLVED`.
    Network(String),
    /// The script answered with an error.
    Remote(RemoteError),
    /// The browser or the script answered something that makes no sense; the text names the method, never its content.
    Protocol(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart() {
        let page = "https://web.example.org/";
        let kinds = [
            (page, UrlKind::App),
            ("https://web.example.org/?post_logout=1", UrlKind::App),
            ("https://web.example.org", UrlKind::App),
            ("https://web.example.org/browsers.html", UrlKind::Unsupported),
            ("https://web.example.org:8443/", UrlKind::Elsewhere),
            ("http://web.example.org/", UrlKind::Elsewhere),
            ("https://web.example.org.evil.example/", UrlKind::Elsewhere),
            ("about:blank", UrlKind::Blank),
            ("chrome-error://chromewebdata/", UrlKind::Blank),
        ];
        for (url, kind) in kinds {
            assert_eq!(UrlKind::of(url, page), kind, "{url}");
        }
        // What is configured may be written in another way than the browser does.
        assert_eq!(UrlKind::of("https://web.example.org/x", "https://WEB.example.org:443/"), UrlKind::App);
        assert_eq!(UrlKind::of("http://web.example.org/x", "http://web.example.org:80"), UrlKind::App);
        assert_eq!(UrlKind::of("http://web.example.org/x", "http://web.example.org:8080"), UrlKind::Elsewhere);
    }
}
