//! The moments of a session.

/// When something goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Moment {
    /// The page is loaded and being looked at.
    Starting,
    /// A code is on screen.
    WaitingForQr,
    /// The phone has accepted, the page is logging in.
    Linking,
    /// Linked, not all is there yet.
    Syncing,
    /// Ready, nothing under way. As in the following, from stored credentials.
    Ready,
    /// The server has a message and has not confirmed it; the caller waits.
    Sending,
    /// In the middle of two hundred messages.
    Receiving,
    /// `disconnect` is called right after the fault.
    Closing,
}

impl Moment {
    pub(crate) const ALL: [Self; 8] = [
        Self::Starting,
        Self::WaitingForQr,
        Self::Linking,
        Self::Syncing,
        Self::Ready,
        Self::Sending,
        Self::Receiving,
        Self::Closing,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::WaitingForQr => "waiting_for_qr",
            Self::Linking => "linking",
            Self::Syncing => "syncing",
            Self::Ready => "ready",
            Self::Sending => "sending",
            Self::Receiving => "receiving",
            Self::Closing => "closing",
        }
    }

    pub(crate) fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|moment| moment.name() == name).expect("a moment")
    }

    /// The session is ready when the fault strikes.
    pub(crate) fn is_ready(self) -> bool {
        self >= Self::Ready
    }

    /// Whoever writes now expects to be heard.
    pub(crate) fn is_linked(self) -> bool {
        self >= Self::Syncing
    }
}
