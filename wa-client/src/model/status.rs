use std::fmt;

use serde::{Deserialize, Serialize};

use super::{DisconnectReason, Me, Timestamp};

/// What an application needs to know about the session. A closed set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConnectionStatus {
    /// No session runs, or one was lost and no attempt is under way.
    #[default]
    Disconnected,
    /// The browser or the page starts, or a connection is attempted.
    Connecting,
    /// A QR code or a pairing code is valid right now.
    QrReady,
    /// Linked, still syncing.
    Authenticated,
    /// Linked, synced and able to send.
    Ready,
    /// Linking was refused, or the stored credentials are no longer accepted; needs a person.
    AuthFailure,
}

impl ConnectionStatus {
    /// Every status.
    pub const ALL: [Self; 6] =
        [Self::Disconnected, Self::Connecting, Self::QrReady, Self::Authenticated, Self::Ready, Self::AuthFailure];

    /// The text on the wire, for example `QR_READY`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Disconnected => "DISCONNECTED",
            Self::Connecting => "CONNECTING",
            Self::QrReady => "QR_READY",
            Self::Authenticated => "AUTHENTICATED",
            Self::Ready => "READY",
            Self::AuthFailure => "AUTH_FAILURE",
        }
    }
}

impl fmt::Display for ConnectionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the session is doing, finer than [`ConnectionStatus`] and meant for people. An open set; JSON is `{"name": …}` plus the details.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Phase {
    /// Nothing runs.
    #[default]
    Stopped,
    /// Chromium starts.
    StartingBrowser,
    /// The page loads.
    LoadingPage,
    /// The page is checked for what the library needs.
    Probing,
    /// The page has not shown its first code yet.
    WaitingForQr,
    /// A QR code is shown.
    WaitingForScan,
    /// A pairing code was made.
    WaitingForCode,
    /// The phone has accepted; keys are exchanged.
    Linking,
    /// Linked; chats arrive, or the stored session connects.
    Syncing {
        /// Progress as the page reports it, 0 to 100.
        percent: u8,
    },
    /// Able to send.
    Ready,
    /// Lost; waiting for the next attempt.
    Reconnecting {
        /// The number of the next attempt, from 1.
        attempt: u32,
        /// When it starts.
        next_at: Timestamp,
        /// What was lost.
        reason: DisconnectReason,
    },
    /// Ended; needs a person or a call of `reconnect`.
    Failed {
        /// What ended it.
        reason: DisconnectReason,
    },
}

impl Phase {
    /// The stable name, for example `waiting_for_scan`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::StartingBrowser => "starting_browser",
            Self::LoadingPage => "loading_page",
            Self::Probing => "probing",
            Self::WaitingForQr => "waiting_for_qr",
            Self::WaitingForScan => "waiting_for_scan",
            Self::WaitingForCode => "waiting_for_code",
            Self::Linking => "linking",
            Self::Syncing { .. } => "syncing",
            Self::Ready => "ready",
            Self::Reconnecting { .. } => "reconnecting",
            Self::Failed { .. } => "failed",
        }
    }

    /// A sentence for people.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Stopped => "WhatsApp client is not running".into(),
            Self::StartingBrowser => "Starting the browser".into(),
            Self::LoadingPage => "Loading WhatsApp Web".into(),
            Self::Probing => "Checking WhatsApp Web".into(),
            Self::WaitingForQr => "Waiting for a QR code".into(),
            Self::WaitingForScan => "QR code is ready for scanning. Please scan with WhatsApp mobile app.".into(),
            Self::WaitingForCode => "Pairing code is ready. Please type it into WhatsApp on the phone.".into(),
            Self::Linking => "Linking with the phone".into(),
            Self::Syncing { percent } => format!("Syncing, {percent} %"),
            Self::Ready => "WhatsApp client is authenticated and ready to send messages".into(),
            Self::Reconnecting { attempt, next_at, reason } => {
                format!("Connection lost ({reason}); attempt {attempt} at {next_at}")
            }
            Self::Failed { reason } => format!("WhatsApp client has ended ({reason})"),
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Everything about the session at one moment; what `connection_status()` returns and the cache stores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ConnectionSnapshot {
    /// The status.
    pub status: ConnectionStatus,
    /// Whether messages can be sent.
    pub ready: bool,
    /// Whether a start or an attempt is under way.
    pub initializing: bool,
    /// Whether a QR code is valid.
    #[serde(rename = "hasQRCode")]
    pub has_qr_code: bool,
    /// When the valid QR code ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qr_code_expiry: Option<Timestamp>,
    /// Attempts to reconnect since the session was last healthy.
    pub reconnect_attempts: u32,
    /// When any of this last changed.
    pub last_updated: Timestamp,
    /// A sentence for people.
    pub message: String,
    /// What the session is doing.
    pub phase: Phase,
    /// Why it is not connected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<DisconnectReason>,
    /// The linked account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub me: Option<Me>,
    /// The version of the page, `2.3000.…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web_version: Option<String>,
    /// The name of the session.
    pub session: String,
}

impl ConnectionSnapshot {
    /// The snapshot of a session that was never started.
    #[must_use]
    pub fn stopped(session: impl Into<String>, now: Timestamp) -> Self {
        Self::new(session, ConnectionStatus::Disconnected, Phase::Stopped, now)
    }

    /// A snapshot with what follows from status and phase; the rest is empty.
    #[must_use]
    pub fn new(session: impl Into<String>, status: ConnectionStatus, phase: Phase, now: Timestamp) -> Self {
        Self {
            status,
            ready: status == ConnectionStatus::Ready,
            initializing: matches!(status, ConnectionStatus::Connecting),
            has_qr_code: false,
            qr_code_expiry: None,
            reconnect_attempts: 0,
            last_updated: now,
            message: phase.message(),
            phase,
            reason: None,
            me: None,
            web_version: None,
            session: session.into(),
        }
    }
}
