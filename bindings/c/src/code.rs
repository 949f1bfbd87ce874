//! Result codes with fixed numbers.

use std::ffi::{CStr, c_char};

use wa_client::ErrorKind;

use crate::guard;

/// What a call answers: 0 is success. Numbers never change and are never used again; later versions may have more.
#[repr(i32)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaCode {
    /// It worked.
    Ok = 0,
    /// The text is not a phone number in international form.
    InvalidPhone = 1,
    /// An argument is NULL, not UTF-8, or outside of what the function accepts.
    InvalidArgument = 2,
    /// The session has not reached the state the call needs.
    NotReady = 3,
    /// The account is linked already, so there is nothing to link.
    AlreadyAuthenticated = 4,
    /// No account is linked.
    NotAuthenticated = 5,
    /// The number has no WhatsApp account.
    NotRegistered = 6,
    /// Our own pacing or the server asks to slow down; see wa_error_retry_after_ms.
    RateLimited = 7,
    /// The deadline passed; for a send see wa_error_maybe_sent.
    Timeout = 8,
    /// The caller gave up.
    Cancelled = 9,
    /// The session ended while the call was under way.
    Disconnected = 10,
    /// The page or the server refused the message.
    SendFailed = 11,
    /// The page of today lacks what this one call needs.
    CapabilityUnavailable = 12,
    /// The page of today lacks what the library needs to work at all.
    IncompatiblePage = 13,
    /// No Chromium was found, or one that is too old; the message says which, and where it was looked for.
    BrowserNotFound = 14,
    /// Chromium did not start.
    BrowserLaunch = 15,
    /// Chromium ended while it was needed.
    BrowserCrashed = 16,
    /// The page failed or answered something that makes no sense.
    Page = 17,
    /// Another live process uses the session.
    ProfileLocked = 18,
    /// The stored session cannot be read, or its directory cannot be written.
    SessionCorrupt = 19,
    /// The cache failed.
    Cache = 20,
    /// The configuration is not valid.
    Config = 21,
    /// The client was shut down.
    Stopped = 22,
    /// A defect of this library.
    Internal = 23,
    /// An error that this header does not know; wa_error_name tells its name.
    Other = 1000,
}

impl WaCode {
    /// With the texts of their names.
    const ALL: [(Self, &'static CStr); 25] = [
        (Self::Ok, c"ok"),
        (Self::InvalidPhone, c"invalid_phone"),
        (Self::InvalidArgument, c"invalid_argument"),
        (Self::NotReady, c"not_ready"),
        (Self::AlreadyAuthenticated, c"already_authenticated"),
        (Self::NotAuthenticated, c"not_authenticated"),
        (Self::NotRegistered, c"not_registered"),
        (Self::RateLimited, c"rate_limited"),
        (Self::Timeout, c"timeout"),
        (Self::Cancelled, c"cancelled"),
        (Self::Disconnected, c"disconnected"),
        (Self::SendFailed, c"send_failed"),
        (Self::CapabilityUnavailable, c"capability_unavailable"),
        (Self::IncompatiblePage, c"incompatible_page"),
        (Self::BrowserNotFound, c"browser_not_found"),
        (Self::BrowserLaunch, c"browser_launch"),
        (Self::BrowserCrashed, c"browser_crashed"),
        (Self::Page, c"page"),
        (Self::ProfileLocked, c"profile_locked"),
        (Self::SessionCorrupt, c"session_corrupt"),
        (Self::Cache, c"cache"),
        (Self::Config, c"config"),
        (Self::Stopped, c"stopped"),
        (Self::Internal, c"internal"),
        (Self::Other, c"other"),
    ];

    pub(crate) fn of(kind: ErrorKind) -> Self {
        let known = |(_, name): &&(Self, &CStr)| name.to_bytes() == kind.code().as_bytes();
        Self::ALL.iter().find(known).map_or(Self::Other, |(code, _)| *code)
    }
}

/// The stable name of a code, for example "invalid_phone"; "other" for a number that is none. Never NULL, lives for ever.
#[unsafe(no_mangle)]
pub extern "C" fn wa_code_name(code: i32) -> *const c_char {
    guard::value(c"other".as_ptr(), || {
        let known = WaCode::ALL.iter().find(|(known, _)| *known as i32 == code);
        known.map_or(c"other", |(_, name)| name).as_ptr()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails when the core gets a kind that has no number here.
    #[test]
    fn every_kind_of_the_core_has_a_number() {
        for kind in ErrorKind::ALL {
            assert_ne!(WaCode::of(*kind), WaCode::Other, "{kind}");
        }
        assert_eq!(WaCode::ALL.len(), ErrorKind::ALL.len() + 2, "and besides only ok and other");
    }

    /// A change here breaks programs that were built before.
    #[test]
    fn numbers_stay() {
        let numbers: Vec<i32> = ErrorKind::ALL.iter().map(|kind| WaCode::of(*kind) as i32).collect();
        assert_eq!(numbers, (1..=23).collect::<Vec<_>>());
        assert_eq!((WaCode::Ok as i32, WaCode::Other as i32), (0, 1000));
    }
}
