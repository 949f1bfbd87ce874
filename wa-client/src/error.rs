//! The one error type: what failed ([`ErrorKind`]), in which operation, and whether trying again can help ([`Retry`]).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::ser::SerializeMap as _;

use crate::model::{MessageId, Phase};

/// A result with the crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn std::error::Error + Send + Sync + 'static>;

macro_rules! error_kinds {
    ($($(#[$doc:meta])* $variant:ident = $code:literal,)*) => {
        /// What went wrong. The code of a kind is stable across releases and languages.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[$doc])* $variant,)*
        }

        impl ErrorKind {
            /// Every kind, in the order of its declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable code, for example `invalid_phone`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }
        }
    };
}

error_kinds! {
    /// The text is not a phone number in international form.
    InvalidPhone = "invalid_phone",
    /// An argument is outside of what the operation accepts.
    InvalidArgument = "invalid_argument",
    /// The session has not reached the state the operation needs.
    NotReady = "not_ready",
    /// The account is linked already, so there is nothing to link.
    AlreadyAuthenticated = "already_authenticated",
    /// No account is linked.
    NotAuthenticated = "not_authenticated",
    /// The number has no WhatsApp account.
    NotRegistered = "not_registered",
    /// Our own pacing or the server asks to slow down; see [`Error::retry_after`].
    RateLimited = "rate_limited",
    /// The deadline passed; for a send see [`Error::maybe_sent`].
    Timeout = "timeout",
    /// The caller gave up.
    Cancelled = "cancelled",
    /// The session ended while the operation was under way.
    Disconnected = "disconnected",
    /// The page or the server refused the message.
    SendFailed = "send_failed",
    /// The page of today lacks what this one operation needs.
    CapabilityUnavailable = "capability_unavailable",
    /// The page of today lacks what the library needs to work at all; see [`Error::missing`].
    IncompatiblePage = "incompatible_page",
    /// No Chromium was found, or one that is too old; the message says which, and where it was looked for.
    BrowserNotFound = "browser_not_found",
    /// Chromium did not start.
    BrowserLaunch = "browser_launch",
    /// Chromium ended while it was needed.
    BrowserCrashed = "browser_crashed",
    /// The page failed or answered something that makes no sense.
    Page = "page",
    /// Another live process uses the session.
    ProfileLocked = "profile_locked",
    /// The stored session cannot be read, or its directory cannot be written.
    SessionCorrupt = "session_corrupt",
    /// The cache failed.
    Cache = "cache",
    /// The configuration is not valid.
    Config = "config",
    /// The client was stopped.
    Stopped = "stopped",
    /// A defect of this library.
    Internal = "internal",
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl serde::Serialize for ErrorKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// The text is not the code of an [`ErrorKind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown error code")]
pub struct UnknownErrorKind;

impl FromStr for ErrorKind {
    type Err = UnknownErrorKind;

    fn from_str(code: &str) -> std::result::Result<Self, UnknownErrorKind> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code).ok_or(UnknownErrorKind)
    }
}

/// Whether the same call can succeed when made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Retry {
    /// Not without a change of the arguments or the surroundings.
    Never,
    /// At once.
    Now,
    /// When this time has passed.
    After(Duration),
}

impl Retry {
    /// The stable name: `never`, `now` or `after`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Now => "now",
            Self::After(_) => "after",
        }
    }
}

/// Why an operation failed.
///
/// Neither its text nor its `Debug` form holds a phone number, a name or a message text.
#[derive(thiserror::Error)]
#[error("{}: {}: {}", .detail.operation, .detail.kind, .detail.message)]
pub struct Error {
    // Boxed: a result with this error stays one word wide.
    detail: Box<Detail>,
    #[source]
    source: Option<Source>,
}

struct Detail {
    kind: ErrorKind,
    operation: &'static str,
    retry: Retry,
    message: Cow<'static, str>,
    maybe_sent: Option<bool>,
    message_id: Option<MessageId>,
    phase: Option<Phase>,
    missing: Vec<String>,
}

impl Error {
    /// An error of `kind` in `operation`. `message` must hold nothing about people.
    ///
    /// Retry advice starts as [`Retry::Now`] for `timeout`, `disconnected`, `browser_crashed`, `page` and `not_ready`,
    /// else as [`Retry::Never`].
    #[must_use]
    pub fn new(kind: ErrorKind, operation: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        let retry = match kind {
            ErrorKind::Timeout
            | ErrorKind::Disconnected
            | ErrorKind::BrowserCrashed
            | ErrorKind::Page
            | ErrorKind::NotReady => Retry::Now,
            _ => Retry::Never,
        };
        Self {
            detail: Box::new(Detail {
                kind,
                operation,
                retry,
                message: message.into(),
                maybe_sent: None,
                message_id: None,
                phase: None,
                missing: Vec::new(),
            }),
            source: None,
        }
    }

    /// Replaces the retry advice.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.detail.retry = retry;
        self
    }

    /// Says in which operation it happened.
    #[must_use]
    pub fn with_operation(mut self, operation: &'static str) -> Self {
        self.detail.operation = operation;
        self
    }

    /// Keeps what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync + 'static>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Says whether the message may have left, and under which id.
    #[must_use]
    pub fn with_send(mut self, id: MessageId, maybe_sent: bool) -> Self {
        self.detail.message_id = Some(id);
        self.detail.maybe_sent = Some(maybe_sent);
        self
    }

    /// Says in which phase of the session it happened.
    #[must_use]
    pub fn with_phase(mut self, phase: Phase) -> Self {
        self.detail.phase = Some(phase);
        self
    }

    /// Names what is missing: page modules and exports, or the conditions a phase waited for.
    #[must_use]
    pub fn with_missing(mut self, missing: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.detail.missing = missing.into_iter().map(Into::into).collect();
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.detail.kind
    }

    /// The stable code of [`kind`](Self::kind).
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.detail.kind.code()
    }

    /// The operation that failed, for example `send_message`.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.detail.operation
    }

    /// Whether the same call can succeed when made again.
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.detail.retry
    }

    /// How long to wait before the next try; `None` when the advice is not to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self.detail.retry {
            Retry::After(wait) => Some(wait),
            _ => None,
        }
    }

    /// The text without kind and operation.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.detail.message
    }

    /// For a send: `Some(true)` when the message may have reached the server, `Some(false)` when it surely has not.
    #[must_use]
    pub fn maybe_sent(&self) -> Option<bool> {
        self.detail.maybe_sent
    }

    /// For a send: the id that was chosen for the message. Sending again with it never makes a second message.
    #[must_use]
    pub fn message_id(&self) -> Option<&MessageId> {
        self.detail.message_id.as_ref()
    }

    /// The phase of the session in which it happened.
    #[must_use]
    pub fn phase(&self) -> Option<&Phase> {
        self.detail.phase.as_ref()
    }

    /// What is missing: page modules and exports (`incompatible_page`), or the conditions a phase waited for (`timeout`).
    #[must_use]
    pub fn missing(&self) -> &[String] {
        &self.detail.missing
    }
}

/// As other languages get it: `{"code", "operation", "message", "retry": "never" | "now" | "after", "retryAfterMs"?,
/// "maybeSent"?, "messageId"?, "phase"?, "missing"?, "source"?}`.
impl serde::Serialize for Error {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let Detail { kind, operation, retry, message, maybe_sent, message_id, phase, missing } = &*self.detail;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", kind)?;
        map.serialize_entry("operation", operation)?;
        map.serialize_entry("message", message)?;
        map.serialize_entry("retry", retry.name())?;
        if let Some(wait) = self.retry_after() {
            map.serialize_entry("retryAfterMs", &u64::try_from(wait.as_millis()).unwrap_or(u64::MAX))?;
        }
        if let Some(maybe_sent) = maybe_sent {
            map.serialize_entry("maybeSent", maybe_sent)?;
        }
        if let Some(id) = message_id {
            map.serialize_entry("messageId", id)?;
        }
        if let Some(phase) = phase {
            map.serialize_entry("phase", phase)?;
        }
        if !missing.is_empty() {
            map.serialize_entry("missing", missing)?;
        }
        if let Some(source) = &self.source {
            map.serialize_entry("source", &source.to_string())?;
        }
        map.end()
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Detail { kind, operation, retry, message, maybe_sent, message_id, phase, missing } = &*self.detail;
        let mut out = f.debug_struct("Error");
        out.field("kind", kind).field("operation", operation).field("retry", retry).field("message", message);
        if let Some(maybe_sent) = maybe_sent {
            out.field("maybe_sent", maybe_sent);
        }
        if let Some(id) = message_id {
            out.field("message_id", id);
        }
        if let Some(phase) = phase {
            out.field("phase", phase);
        }
        if !missing.is_empty() {
            out.field("missing", missing);
        }
        if let Some(source) = &self.source {
            out.field("source", source);
        }
        out.finish()
    }
}

/// Lets values that always convert stand where a conversion may fail, as in `send_message(chat_id, …)`.
impl From<std::convert::Infallible> for Error {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    #[test]
    fn codes_are_unique_and_read_back() {
        let codes: std::collections::BTreeSet<_> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(codes.len(), ErrorKind::ALL.len());
        for kind in ErrorKind::ALL {
            assert_eq!(kind.code().parse(), Ok(*kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.code());
        }
        assert_eq!("INVALID_PHONE".parse::<ErrorKind>(), Err(UnknownErrorKind));
    }

    /// Stable across releases and languages: a change here breaks somebody.
    #[test]
    fn codes_stay() {
        insta::assert_snapshot!(ErrorKind::ALL.iter().map(|kind| kind.code()).collect::<Vec<_>>().join(" "));
    }

    #[test]
    fn text_and_debug_say_what_failed_where() {
        let id: MessageId = "3EB0AB".parse().unwrap();
        let error = Error::new(ErrorKind::Timeout, "send_message", "the server did not take it in time")
            .with_send(id.clone(), true)
            .with_phase(Phase::Ready)
            .with_missing(["acknowledgement"])
            .with_source(std::io::Error::other("pipe closed"));
        assert_eq!(error.to_string(), "send_message: timeout: the server did not take it in time");
        assert_eq!(error.source().unwrap().to_string(), "pipe closed");
        assert_eq!((error.maybe_sent(), error.message_id()), (Some(true), Some(&id)));
        insta::assert_snapshot!(format!("{error:#?}"));
        let json = serde_json::json!({
            "code": "timeout", "operation": "send_message", "message": "the server did not take it in time", "retry": "now",
            "maybeSent": true, "messageId": "3EB0AB", "phase": {"name": "ready"}, "missing": ["acknowledgement"],
            "source": "pipe closed",
        });
        assert_eq!(serde_json::to_value(&error).unwrap(), json);
    }

    #[test]
    fn advice_can_carry_a_wait() {
        let error = Error::new(ErrorKind::RateLimited, "send_message", "too many messages");
        assert_eq!((error.retry(), error.retry_after()), (Retry::Never, None));
        let wait = Duration::from_secs(3);
        let error = error.with_retry(Retry::After(wait));
        assert_eq!(error.retry_after(), Some(wait));
        let json = serde_json::to_value(&error).unwrap();
        assert_eq!((&json["retry"], &json["retryAfterMs"]), (&"after".into(), &3000.into()));
    }

    #[test]
    fn an_error_is_small_and_travels() {
        fn check<T: Send + Sync + 'static>() {}
        check::<Error>();
        assert!(size_of::<Error>() <= 3 * size_of::<usize>());
    }
}
