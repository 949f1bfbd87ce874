//! The sentences for people, by state, as consumers of the service know them.

use std::time::Duration;

use wa_client::{ConnectionSnapshot, ConnectionStatus, Phase, QrCode};

/// How a stopped session is started.
const START: &str = "POST /whatsapp/reconnect starts it.";

/// For `GET /whatsapp/status`.
pub(crate) fn status(snapshot: &ConnectionSnapshot) -> String {
    if snapshot.has_qr_code { "QR code is available for scanning".into() } else { snapshot.message.clone() }
}

/// For `GET /whatsapp/is-authenticated`.
pub(crate) fn is_authenticated(authenticated: bool, snapshot: &ConnectionSnapshot) -> String {
    match (authenticated, snapshot.ready) {
        (true, true) => "WhatsApp client is authenticated and ready to send messages".into(),
        (true, false) => format!("WhatsApp client is authenticated, not ready yet: {}", snapshot.message),
        (false, _) => format!("WhatsApp client is not authenticated: {}", status(snapshot)),
    }
}

/// For a code of `GET /whatsapp/qr`.
pub(crate) const SCAN: &str = "Scan this QR code with WhatsApp mobile app to authenticate";

/// For `GET /whatsapp/qr` without a code: why there is none.
pub(crate) fn no_qr(snapshot: &ConnectionSnapshot) -> String {
    match (&snapshot.phase, snapshot.status) {
        (_, ConnectionStatus::Authenticated | ConnectionStatus::Ready) => {
            "WhatsApp client is authenticated already; there is no QR code to scan".into()
        }
        (Phase::WaitingForCode, _) => {
            "A pairing code is in use; DELETE /whatsapp/pairing-code goes back to QR codes".into()
        }
        (Phase::Stopped | Phase::Failed { .. }, _) => format!("{}. {START}", snapshot.message),
        _ => format!("No QR code yet: {}", snapshot.message),
    }
}

/// For `admin/qr-code`: within the seconds that the page gives.
pub(crate) fn scan_within(qr: &QrCode) -> String {
    let life = qr.expires_at.saturating_since(qr.generated_at);
    let seconds = (life + Duration::from_millis(500)).as_secs();
    format!("Scan this QR code with WhatsApp mobile app within {seconds} seconds to authenticate")
}

/// For calls that need a session when none runs.
pub(crate) fn not_running(snapshot: &ConnectionSnapshot) -> Option<String> {
    matches!(snapshot.phase, Phase::Stopped | Phase::Failed { .. }).then(|| format!("{}. {START}", snapshot.message))
}

#[cfg(test)]
mod tests {
    use wa_client::{DisconnectReason, Timestamp};

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn snapshot(status: ConnectionStatus, phase: Phase) -> ConnectionSnapshot {
        ConnectionSnapshot::new("default", status, phase, NOW)
    }

    #[test]
    fn a_code_to_scan_is_told_in_the_known_words() {
        let mut waiting = snapshot(ConnectionStatus::QrReady, Phase::WaitingForScan);
        waiting.has_qr_code = true;
        assert_eq!(status(&waiting), "QR code is available for scanning");
        assert_eq!(waiting.message, "QR code is ready for scanning. Please scan with WhatsApp mobile app.");
        let qr = QrCode::new("payload".into(), NOW, NOW + Duration::from_millis(59_998), 1, 6);
        assert_eq!(scan_within(&qr), "Scan this QR code with WhatsApp mobile app within 60 seconds to authenticate");
    }

    #[test]
    fn ready_is_told_in_the_known_words() {
        let ready = snapshot(ConnectionStatus::Ready, Phase::Ready);
        let text = "WhatsApp client is authenticated and ready to send messages";
        assert_eq!((status(&ready).as_str(), is_authenticated(true, &ready).as_str()), (text, text));
        assert!(no_qr(&ready).contains("authenticated already"));
    }

    #[test]
    fn what_is_stopped_says_how_to_start() {
        for phase in [Phase::Stopped, Phase::Failed { reason: DisconnectReason::ProfileLocked }] {
            let stopped = snapshot(ConnectionStatus::Disconnected, phase);
            assert!(no_qr(&stopped).contains("POST /whatsapp/reconnect"));
            assert!(not_running(&stopped).is_some());
        }
        assert_eq!(not_running(&snapshot(ConnectionStatus::Connecting, Phase::Probing)), None);
    }
}
