//! Why something failed, in a form that can be handed to several callers.

use std::borrow::Cow;

use crate::error::{Error, ErrorKind, Retry};
use crate::model::Phase;

/// An [`Error`] before it is known which operation it ends.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    pub(crate) kind: ErrorKind,
    pub(crate) message: Cow<'static, str>,
    pub(crate) missing: Vec<String>,
    pub(crate) phase: Option<Phase>,
    pub(crate) retry: Option<Retry>,
}

impl Fault {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, message: message.into(), missing: Vec::new(), phase: None, retry: None }
    }

    pub(crate) fn missing(mut self, missing: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.missing = missing.into_iter().map(Into::into).collect();
        self
    }

    pub(crate) fn during(mut self, phase: Phase) -> Self {
        self.phase = Some(phase);
        self
    }

    pub(crate) fn into_error(self, operation: &'static str) -> Error {
        let mut error = Error::new(self.kind, operation, self.message).with_missing(self.missing);
        if let Some(phase) = self.phase {
            error = error.with_phase(phase);
        }
        if let Some(retry) = self.retry {
            error = error.with_retry(retry);
        }
        error
    }
}

impl From<&Error> for Fault {
    fn from(error: &Error) -> Self {
        Self {
            kind: error.kind(),
            message: error.message().to_owned().into(),
            missing: error.missing().to_vec(),
            phase: error.phase().cloned(),
            retry: Some(error.retry()),
        }
    }
}
