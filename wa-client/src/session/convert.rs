//! From what the page says to what the library says.

use std::time::Duration;

use super::fault::Fault;
use super::input::{Landing, PageState, PairingStage, Signal};
use crate::error::{ErrorKind, Retry};
use crate::model::{Ack, ChatId, Me, Message, MessageId, MessageKey, QrCode, Timestamp};
use crate::outbox::{CallFailure, Look, Reply};
use crate::page::protocol::{self, BridgeEvent, Failure, LogoutStage, RawMessage};
use crate::page::{CallError, UrlKind};
use crate::phone::PhoneNumber;

/// How long to leave the server alone when it asks for that without saying how long.
const RATE_LIMIT_WAIT: Duration = Duration::from_secs(60);

/// The part of an event that concerns the session itself, if it does.
pub(crate) fn signal(event: &BridgeEvent, url_kind: UrlKind) -> Option<Signal> {
    Some(match event {
        BridgeEvent::Hello(hello) => Signal::Hello(landing(&hello.url, url_kind)),
        BridgeEvent::Probe(report) => Signal::Probe(report.clone()),
        BridgeEvent::State(state) => Signal::State(page_state(state.clone())),
        BridgeEvent::Qr(qr) => {
            let ttl = Duration::from_millis(qr.ttl_ms);
            let expires_at = Timestamp::from_unix_ms(qr.expires_at);
            let code = QrCode::new(qr.payload.to_string(), expires_at - ttl, expires_at, qr.attempt, qr.of);
            Signal::Qr { code, ttl }
        }
        BridgeEvent::QrIdle => Signal::QrIdle,
        BridgeEvent::Pairing(pairing) => Signal::Pairing(match pairing.stage {
            protocol::PairingStage::Hello => PairingStage::Hello,
            protocol::PairingStage::Error => PairingStage::Error,
            protocol::PairingStage::Refresh => PairingStage::Refresh,
            protocol::PairingStage::Withdrawn => PairingStage::Withdrawn,
            protocol::PairingStage::Passkey => PairingStage::Passkey,
        }),
        BridgeEvent::Progress(progress) => Signal::Progress(progress.percent),
        BridgeEvent::Logout(logout) => match logout.stage {
            LogoutStage::Starting => Signal::LogoutStarting,
            LogoutStage::Done => Signal::LogoutDone { reason: logout.reason.as_ref().map(|reason| reason.to_string()) },
        },
        BridgeEvent::Banned(banned) => Signal::Banned { until: banned.expires_at.map(Timestamp::from_unix_ms) },
        _ => return None,
    })
}

/// The page leaves what it knows about a logout in its address, and takes it away soon after it has loaded.
fn landing(url: &str, url_kind: UrlKind) -> Landing {
    match url_kind {
        UrlKind::Unsupported => return Landing::Unsupported,
        UrlKind::Elsewhere | UrlKind::Blank => return Landing::Elsewhere,
        UrlKind::App => {}
    }
    let query = url.split_once('?').map_or("", |(_, query)| query.split('#').next().unwrap_or(""));
    let value =
        |name| query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, v)| v);
    match value("post_logout") {
        Some("1") => Landing::AfterLogout(value("logout_reason").and_then(|code| code.parse().ok())),
        _ => Landing::App,
    }
}

pub(crate) fn page_state(state: protocol::StateSnapshot) -> PageState {
    PageState {
        registered: state.registered,
        socket: state.socket.into_string(),
        stream: state.stream.into_string(),
        mode: state.mode.into_string(),
        synced: state.synced,
        offline_end: state.offline_end,
        locked_by_other: state.locked_by_other,
        me: state.me.and_then(me),
        version: state.version.map(protocol::Label::into_string),
    }
}

fn me(me: protocol::Me) -> Option<Me> {
    let mut own = Me::new(me.pn.parse::<ChatId>().ok()?.phone()?);
    own.lid = me.lid.and_then(|lid| lid.parse().ok());
    own.pushname = me.pushname.map(|text| text.into_string());
    own.platform = me.platform.map(protocol::Label::into_string);
    Some(own)
}

/// `None` when an address or an id makes no sense.
pub(crate) fn message(raw: RawMessage) -> Option<Message> {
    let chat = |id: Option<protocol::Id>| id.and_then(|id| id.parse::<ChatId>().ok());
    let phone = |digits: Option<protocol::Id>| digits.and_then(|digits| PhoneNumber::from_page(&digits));
    let mut message = Message::new(
        key(&raw.key)?,
        MessageId::from_page(&raw.id)?,
        raw.chat.parse().ok()?,
        raw.from.parse().ok()?,
        raw.to.parse().ok()?,
        Timestamp::from_unix_s(raw.t),
    );
    message.from_me = raw.from_me;
    message.author = chat(raw.author);
    message.phone = phone(raw.phone);
    message.lid = chat(raw.lid);
    message.chat_phone = phone(raw.chat_phone);
    message.chat_lid = chat(raw.chat_lid);
    message.kind = raw.kind.into_string();
    message.subtype = raw.subtype.map(protocol::Label::into_string);
    message.body = raw.body.map(|text| text.into_string());
    message.ack = raw.ack.map(Ack::from_level);
    message.notify_name = raw.notify_name.map(|text| text.into_string());
    message.quoted = raw.quoted.and_then(|quoted| key(&quoted));
    message.mentions = raw.mentions.iter().filter_map(|id| id.parse().ok()).collect();
    message.has_media = raw.has_media;
    message.caught_up = !raw.live;
    Some(message)
}

pub(crate) fn key(text: &str) -> Option<MessageKey> {
    text.parse().ok()
}

/// The level a message has now. What the page has given up nobody has refused.
pub(crate) fn level(ack: i64, failed: Option<Failure>) -> Ack {
    if failed == Some(Failure::Refused) { Ack::Failed } else { Ack::from_level(ack) }
}

pub(crate) fn reply(sent: protocol::Sent) -> Option<Reply> {
    Some(Reply {
        key: key(&sent.key)?,
        chat: sent.chat.parse().ok()?,
        wid: sent.wid.and_then(|wid| wid.parse().ok()),
        timestamp: Timestamp::from_unix_s(sent.t),
        ack: Ack::from_level(sent.ack),
        duplicate: sent.duplicate,
        resent: sent.resent,
    })
}

pub(crate) fn look(status: protocol::MessageStatus) -> Look {
    Look {
        found: status.found,
        ack: status.ack.map(|ack| level(ack, status.failed)),
        failed: status.failed,
        code: status.code.map(protocol::Label::into_string),
    }
}

/// Why a call failed, for whoever asked for it.
pub(crate) fn fault(error: &CallError) -> Fault {
    match error {
        CallError::Timeout { .. } => Fault::new(ErrorKind::Timeout, "the page did not answer in time"),
        CallError::Gone { .. } => Fault::new(ErrorKind::Disconnected, "the page was loaded anew"),
        CallError::Crashed => Fault::new(ErrorKind::Disconnected, "the page crashed"),
        CallError::Died => Fault::new(ErrorKind::Disconnected, "the browser ended"),
        CallError::Network(error) => Fault::new(ErrorKind::Page, format!("the page cannot be reached: {error}")),
        CallError::Remote(error) => {
            let mut fault = Fault::new(error.kind, error.message.to_string());
            if error.kind == ErrorKind::RateLimited {
                fault.retry = Some(Retry::After(RATE_LIMIT_WAIT));
            }
            fault
        }
        CallError::Protocol(what) => Fault::new(ErrorKind::Page, format!("the page answered nonsense: {what}")),
    }
}

pub(crate) fn call_failure(error: &CallError) -> CallFailure {
    let (maybe_ran, page_gone) = match error {
        CallError::Timeout { maybe_ran } => (*maybe_ran, false),
        CallError::Gone { maybe_ran } => (*maybe_ran, true),
        CallError::Crashed | CallError::Died => (true, true),
        // The page is logged in no longer, or is another one: the session is about to hear of it.
        CallError::Remote(error) if error.kind == ErrorKind::NotReady => (false, true),
        CallError::Remote(error) => (error.detail.maybe_sent.unwrap_or(error.kind == ErrorKind::Timeout), false),
        CallError::Network(_) => (false, false),
        CallError::Protocol(_) => (true, false),
    };
    // The script has looked for the message before it said so: there is nothing left to wait for.
    let settled = matches!(error, CallError::Remote(error) if error.kind != ErrorKind::Timeout);
    CallFailure { fault: fault(error), maybe_ran, page_gone, settled }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_refusal_is_a_failure() {
        assert_eq!(level(-1, Some(Failure::Refused)), Ack::Failed);
        assert_eq!(level(0, Some(Failure::Refused)), Ack::Failed);
        assert_eq!(level(0, Some(Failure::GivenUp)), Ack::Pending, "given up with its document");
        assert_eq!(level(2, None), Ack::Delivered);
    }

    #[test]
    fn a_page_that_is_not_ready_is_no_reason_to_fail_a_message() {
        let failure = |kind: &str| {
            let remote = serde_json::json!({"kind": kind, "message": "of the test"});
            call_failure(&CallError::Remote(serde_json::from_value(remote).unwrap()))
        };
        let not_ready = failure("not_ready");
        assert_eq!((not_ready.maybe_ran, not_ready.page_gone), (false, true), "it waits for the next document");
        assert!(!failure("not_registered").page_gone);
    }

    #[test]
    fn the_address_tells_of_a_logout() {
        let at = |url: &str| landing(url, UrlKind::App);
        assert_eq!(at("https://web.example.org/"), Landing::App);
        assert_eq!(at("https://web.example.org/?post_logout=1"), Landing::AfterLogout(None));
        assert_eq!(at("https://web.example.org/?post_logout=1&logout_reason=3#x"), Landing::AfterLogout(Some(3)));
        assert_eq!(landing("https://web.example.org/browsers.html", UrlKind::Unsupported), Landing::Unsupported);
    }
}
