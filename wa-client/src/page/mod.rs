//! The page: calls into it, events out of it.
//!
//! [`Page`] is the only way to reach the page. A call is one `Runtime.callFunctionOn` on the entry point of the injected
//! script; an event is one element of a batch that the script hands to its binding.

pub(crate) mod engine;
pub(crate) mod protocol;
pub(crate) mod script;

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use protocol::{BridgeEvent, RemoteError};

/// The one page of a browser. Clones are handles to the same page.
#[derive(Clone)]
pub(crate) struct Page {}

impl Page {
    /// Goes to the configured address and waits until the navigation is committed, not until the page is loaded: what
    /// follows comes as [`PageEvent`]s.
    pub(crate) async fn navigate(&self, deadline: Duration) -> Result<(), CallError> {
        todo!()
    }

    /// Loads the page again, also after [`PageEvent::Crashed`]. Pending calls fail with [`CallError::Gone`].
    pub(crate) async fn reload(&self, deadline: Duration) -> Result<(), CallError> {
        todo!()
    }

    /// Calls one operation of the injected script. Exactly one answer, at the latest after `deadline`.
    ///
    /// Fails with [`CallError::Gone`] (and has not run) before the `hello` event of the present document was handled.
    pub(crate) async fn call<R: DeserializeOwned>(
        &self,
        op: &'static str,
        args: &impl Serialize,
        deadline: Duration,
    ) -> Result<R, CallError> {
        todo!()
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

/// What the page reports, in order. `doc` counts the documents of the main frame from 1.
#[derive(Debug)]
pub(crate) enum PageEvent {
    /// The main frame has a new document. Calls of the former one have failed with [`CallError::Gone`].
    Document { doc: u64, url_kind: UrlKind },
    /// An event of the injected script.
    Bridge { doc: u64, event: BridgeEvent },
    /// A batch that did not decode, or came from a place that may not send; `total` counts them since launch.
    Malformed { doc: u64, total: u64 },
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
    /// The document was replaced (or no script is ready in it yet). A call that was under way may have run.
    Gone { maybe_ran: bool },
    /// The renderer process ended. A call that was under way may have run.
    Crashed,
    /// The browser ended. A call that was under way may have run.
    Died,
    /// The script answered with an error.
    Remote(RemoteError),
    /// The browser or the script answered something that makes no sense; the text names the method, never its content.
    Protocol(String),
}
