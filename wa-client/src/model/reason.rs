use std::fmt;

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// Why a session ended or was interrupted. An open set with stable codes; JSON is `{"code": …}` plus the details.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum DisconnectReason {
    /// `disconnect`, `stop` or `shutdown` was called.
    Manual,
    /// The account was logged out from our side or by the server.
    LoggedOut {
        /// What the page gave as its reason.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        page_reason: Option<String>,
    },
    /// The device was removed on the phone.
    UnlinkedByPhone,
    /// Another browser took over the session.
    Replaced,
    /// The account is banned.
    Banned {
        /// When the ban ends, if it does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Linking was refused, or the stored credentials are no longer accepted.
    AuthFailure,
    /// The server wants a newer page.
    ClientOutdated,
    /// Chromium ended.
    BrowserCrashed,
    /// The page's process ended.
    PageCrashed,
    /// The page's main thread no longer answers.
    PageUnresponsive,
    /// The connection to the server was lost and did not return by itself.
    Network,
    /// The page went elsewhere.
    Navigation,
    /// Another live process uses the session.
    ProfileLocked,
    /// The page lacks what the library needs.
    IncompatiblePage {
        /// The missing `capability (module.export)`.
        missing: Vec<String>,
    },
    /// Nobody scanned within the permitted number of batches.
    QrRetriesExhausted,
    /// The quick attempts to reconnect are used up.
    ReconnectExhausted,
    /// None of the above.
    Other,
}

impl DisconnectReason {
    /// The stable code, for example `logged_out`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::LoggedOut { .. } => "logged_out",
            Self::UnlinkedByPhone => "unlinked_by_phone",
            Self::Replaced => "replaced",
            Self::Banned { .. } => "banned",
            Self::AuthFailure => "auth_failure",
            Self::ClientOutdated => "client_outdated",
            Self::BrowserCrashed => "browser_crashed",
            Self::PageCrashed => "page_crashed",
            Self::PageUnresponsive => "page_unresponsive",
            Self::Network => "network",
            Self::Navigation => "navigation",
            Self::ProfileLocked => "profile_locked",
            Self::IncompatiblePage { .. } => "incompatible_page",
            Self::QrRetriesExhausted => "qr_retries_exhausted",
            Self::ReconnectExhausted => "reconnect_exhausted",
            Self::Other => "other",
        }
    }
}

impl DisconnectReason {
    /// Whether the account has to be linked again.
    pub(crate) const fn is_loss_of_link(&self) -> bool {
        matches!(self, Self::LoggedOut { .. } | Self::UnlinkedByPhone)
    }
}

impl fmt::Display for DisconnectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_carries_the_code_and_the_details() {
        for reason in [
            DisconnectReason::Manual,
            DisconnectReason::LoggedOut { page_reason: Some("3".into()) },
            DisconnectReason::UnlinkedByPhone,
            DisconnectReason::Replaced,
            DisconnectReason::Banned { until: Some(Timestamp::from_unix_ms(0)) },
            DisconnectReason::AuthFailure,
            DisconnectReason::ClientOutdated,
            DisconnectReason::BrowserCrashed,
            DisconnectReason::PageCrashed,
            DisconnectReason::PageUnresponsive,
            DisconnectReason::Network,
            DisconnectReason::Navigation,
            DisconnectReason::ProfileLocked,
            DisconnectReason::IncompatiblePage { missing: vec!["login (ConnModule.Conn)".into()] },
            DisconnectReason::QrRetriesExhausted,
            DisconnectReason::ReconnectExhausted,
            DisconnectReason::Other,
        ] {
            let json = serde_json::to_value(&reason).unwrap();
            assert_eq!(json["code"], reason.code());
            assert_eq!(serde_json::from_value::<DisconnectReason>(json).unwrap(), reason);
        }
    }
}
