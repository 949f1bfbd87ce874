//! Why a control call was refused: the error table of the contract.

use serde_json::{Value, json};

macro_rules! codes {
    ($($variant:ident $status:literal $text:literal),+ $(,)?) => {
        /// Stable codes of the control contract.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum ErrorCode { $($variant),+ }

        impl ErrorCode {
            pub(crate) fn status(self) -> u16 {
                match self { $(Self::$variant => $status),+ }
            }

            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

codes! {
    BadJson 400 "bad_json",
    BadRequest 400 "bad_request",
    UnknownField 400 "unknown_field",
    QrMalformed 400 "qr_malformed",
    Unauthorized 401 "unauthorized",
    DeviceLimit 403 "device_limit",
    NotFound 404 "not_found",
    QrUnknown 404 "qr_unknown",
    CodeUnknown 404 "code_unknown",
    MethodNotAllowed 405 "method_not_allowed",
    NoTarget 409 "no_target",
    AmbiguousTarget 409 "ambiguous_target",
    QrUsed 409 "qr_used",
    CodeUsed 409 "code_used",
    KeyMismatch 409 "key_mismatch",
    WrongPhone 409 "wrong_phone",
    LidTaken 409 "lid_taken",
    PagesLinked 409 "pages_linked",
    QrExpired 410 "qr_expired",
    CodeExpired 410 "code_expired",
    PayloadTooLarge 413 "payload_too_large",
    Unsupported 501 "unsupported",
    Timeout 504 "timeout",
    Internal 500 "internal",
}

/// A refused control call.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: ErrorCode,
    message: String,
    detail: Option<Value>,
}

pub(crate) type Reply<T = Value> = Result<T, Failure>;

impl Failure {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), detail: None }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::BadRequest, message)
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(ErrorCode::NotFound, format!("no such {what}"))
    }

    #[must_use]
    pub(crate) fn detail(mut self, detail: Value) -> Self {
        self.detail = Some(detail);
        self
    }

    pub(crate) fn body(&self) -> Value {
        let mut error = json!({"code": self.code.as_str(), "message": self.message});
        if let Some(detail) = &self.detail {
            error["detail"] = detail.clone();
        }
        json!({"ok": false, "error": error})
    }
}
