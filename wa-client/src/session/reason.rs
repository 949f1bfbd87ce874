//! What follows from the reason of an end.

use crate::model::DisconnectReason;

/// What to do about an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// Try again with a new browser.
    Relaunch,
    /// Try again by loading the page anew.
    Reload,
    /// Only a person can help.
    GiveUp,
}

/// Classifies `reason`; `takeover` says whether to fight for a session that another browser took.
pub(crate) fn policy(reason: &DisconnectReason, takeover: bool) -> Policy {
    use DisconnectReason as R;
    match reason {
        R::BrowserCrashed | R::Other => Policy::Relaunch,
        R::PageCrashed | R::PageUnresponsive | R::Network | R::Navigation | R::ClientOutdated => Policy::Reload,
        R::Replaced if takeover => Policy::Reload,
        R::Manual
        | R::LoggedOut { .. }
        | R::UnlinkedByPhone
        | R::Replaced
        | R::Banned { .. }
        | R::AuthFailure
        | R::ProfileLocked
        | R::IncompatiblePage { .. }
        | R::QrRetriesExhausted
        | R::ReconnectExhausted => Policy::GiveUp,
    }
}

/// The reason the page gives for an own logout (`WAWebLogoutReasonConstants`).
pub(crate) const USER_INITIATED: &str = "user_initiated";

/// Whether a session that ended so needs somebody's attention.
pub(crate) fn is_failure(reason: &DisconnectReason) -> bool {
    match reason {
        DisconnectReason::Manual => false,
        DisconnectReason::LoggedOut { page_reason } => page_reason.as_deref() != Some(USER_INITIATED),
        _ => true,
    }
}

/// Why the page logged out although nobody here asked for it.
///
/// `announced`: the page said that it begins. It does so when the device was removed on the phone, then with no reason of its
/// own or with that of a user; it does not when the server refuses the credentials (`WAWebHandleFailure`, 401 and 403).
/// `code` is what it left in its address: 0 client fatal, 1 sync, 2 history sync, 3 account locked.
pub(crate) fn of_logout(announced: bool, reason: Option<&str>, code: Option<u8>) -> DisconnectReason {
    let named = reason.filter(|reason| *reason != USER_INITIATED);
    let coded = code.map(|code| match code {
        0 => "client_fatal",
        1 => "sync_failure",
        2 => "history_sync_timeout",
        3 => "account_locked",
        _ => "unknown",
    });
    match named.or(coded) {
        Some(reason) => DisconnectReason::LoggedOut { page_reason: Some(reason.to_owned()) },
        None if announced => DisconnectReason::UnlinkedByPhone,
        None => DisconnectReason::LoggedOut { page_reason: None },
    }
}
