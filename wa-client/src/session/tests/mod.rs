//! The state machine, driven by inputs alone.

mod sequences;
mod stories;
mod table;

use std::sync::Arc;
use std::time::Duration;

use super::effect::{Effect, PageCall, Timer};
use super::fault::Fault;
use super::input::{CallValue, Command, Death, Input, Landing, PageState, PairingStage, SecretText, Signal, Ticket};
use super::state::State;
use crate::config::Config;
use crate::error::ErrorKind;
use crate::event::Event;
use crate::model::{CapabilityReport, QrCode, Timestamp};

/// A session with a clock of its own and everything it ever wanted.
#[derive(Clone)]
struct Driver {
    state: State,
    now: Timestamp,
    last: Vec<Effect>,
    ticket: u64,
}

impl Driver {
    fn new() -> Self {
        Self::with(Config::default())
    }

    fn with(config: Config) -> Self {
        let now = Timestamp::UNIX_EPOCH;
        Self { state: State::new(Arc::new(config), 1, now), now, last: Vec::new(), ticket: 0 }
    }

    fn step(&mut self, input: Input) -> &[Effect] {
        self.now = self.now + Duration::from_millis(1);
        self.last = self.state.step(input, self.now);
        &self.last
    }

    fn page(&mut self, signal: Signal) -> &[Effect] {
        self.step(Input::Page(signal))
    }

    fn command(&mut self, command: Command) -> Ticket {
        self.ticket += 1;
        self.step(Input::Command(Ticket(self.ticket), command));
        Ticket(self.ticket)
    }

    /// Applies the inputs and returns itself.
    fn after(mut self, inputs: impl IntoIterator<Item = Input>) -> Self {
        for input in inputs {
            self.step(input);
        }
        self
    }

    fn events(&self) -> Vec<&'static str> {
        self.last
            .iter()
            .filter_map(|effect| match effect {
                Effect::Emit(event) if event.name() != "change_state" => Some(event.name()),
                _ => None,
            })
            .collect()
    }

    fn reply_to(&self, ticket: Ticket) -> Option<&Result<super::effect::Answer, Fault>> {
        self.last.iter().find_map(|effect| match effect {
            Effect::Reply(to, result) if *to == ticket => Some(result),
            _ => None,
        })
    }

    fn armed(&self, timer: Timer) -> Option<Duration> {
        self.last.iter().rev().find_map(|effect| match effect {
            Effect::Arm(armed, after) if *armed == timer => Some(*after),
            _ => None,
        })
    }
}

fn report(missing: bool, complete: bool) -> CapabilityReport {
    let status = if missing { "missing" } else { "ok" };
    serde_json::from_value(serde_json::json!({
        "version": "2.3000.1",
        "complete": complete,
        "report": [{"capability": "send_text", "core": true, "status": status, "module": "WAWebSendTextMsgChatAction", "export": "sendTextMsgToChat"}],
    }))
    .unwrap()
}

fn login_screen() -> PageState {
    PageState { socket: "UNPAIRED".into(), stream: "DISCONNECTED".into(), mode: "QR".into(), ..PageState::default() }
}

fn scanned() -> PageState {
    PageState { registered: true, ..login_screen() }
}

fn syncing() -> PageState {
    PageState { registered: true, socket: "OPENING".into(), mode: "SYNCING".into(), ..login_screen() }
}

fn all_good() -> PageState {
    PageState {
        registered: true,
        socket: "CONNECTED".into(),
        stream: "CONNECTED".into(),
        mode: "MAIN".into(),
        synced: true,
        offline_end: true,
        ..PageState::default()
    }
}

fn socket_down() -> PageState {
    PageState { stream: "DISCONNECTED".into(), offline_end: false, ..all_good() }
}

fn reopening() -> PageState {
    PageState { socket: "OPENING".into(), ..socket_down() }
}

fn qr(attempt: u32) -> Signal {
    qr_of("first", attempt)
}

/// A code of a named batch; its ref is its own.
fn qr_of(batch: &str, attempt: u32) -> Signal {
    let at = Timestamp::from_unix_ms(1_000_000);
    let ttl = Duration::from_secs(if attempt == 1 { 60 } else { 20 });
    Signal::Qr { code: QrCode::new(format!("{batch} {attempt},keys"), at, at + ttl, attempt, 6), ttl }
}

fn hello() -> Input {
    Input::Page(Signal::Hello(Landing::App))
}

fn state(state: PageState) -> Input {
    Input::Page(Signal::State(state))
}

fn probe() -> Input {
    Input::Page(Signal::Probe(report(false, true)))
}

fn start() -> Input {
    Input::Command(Ticket(1000), Command::Initialize)
}

fn phone() -> crate::phone::PhoneNumber {
    crate::phone::PhoneNumber::from_page("5511988887777").unwrap()
}

fn to_qr() -> Vec<Input> {
    vec![start(), Input::Launched, hello(), probe(), state(login_screen()), Input::Page(qr(1))]
}

fn to_code() -> Vec<Input> {
    let command = Command::PairingCode { phone: phone(), notify: true };
    let call = PageCall::PairingCode { ticket: Ticket(1001), phone: phone(), notify: true };
    let mut inputs = to_qr();
    inputs.push(Input::Command(Ticket(1001), command));
    inputs.push(Input::Called(call, Ok(CallValue::Code(SecretText("QY1KMZF3".into())))));
    inputs
}

fn to_ready() -> Vec<Input> {
    vec![start(), Input::Launched, hello(), probe(), state(all_good())]
}

fn then(mut inputs: Vec<Input>, more: impl IntoIterator<Item = Input>) -> Vec<Input> {
    inputs.extend(more);
    inputs
}

fn fault(kind: ErrorKind) -> Fault {
    Fault::new(kind, "of the test")
}

/// One input of every kind.
fn every_input() -> Vec<(&'static str, Input)> {
    let ticket = Ticket(7);
    let command = |command| Input::Command(ticket, command);
    let page = Input::Page;
    vec![
        ("initialize", command(Command::Initialize)),
        ("disconnect", command(Command::Disconnect)),
        ("shutdown", command(Command::Shutdown)),
        ("reconnect", command(Command::Reconnect)),
        ("logout", command(Command::Logout)),
        ("generate_qr", command(Command::GenerateQr)),
        ("pairing_code", command(Command::PairingCode { phone: phone(), notify: true })),
        ("cancel_pairing", command(Command::CancelPairing)),
        ("launched", Input::Launched),
        ("launch failed: browser_launch", Input::LaunchFailed(fault(ErrorKind::BrowserLaunch))),
        ("launch failed: profile_locked", Input::LaunchFailed(fault(ErrorKind::ProfileLocked))),
        ("linked before", Input::LinkedBefore),
        ("navigation failed", Input::NavigationFailed(fault(ErrorKind::Page))),
        ("closed", Input::Closed),
        ("deleted", Input::Deleted(Ok(()))),
        ("died: browser", Input::Died(Death::Browser)),
        ("died: page", Input::Died(Death::Page)),
        ("flooded", Input::Flooded),
        ("hello", hello()),
        ("hello after logout, code 3", page(Signal::Hello(Landing::AfterLogout(Some(3))))),
        ("hello unsupported", page(Signal::Hello(Landing::Unsupported))),
        ("hello elsewhere", page(Signal::Hello(Landing::Elsewhere))),
        ("probe ok", probe()),
        ("probe missing", page(Signal::Probe(report(true, true)))),
        ("probe not complete", page(Signal::Probe(report(true, false)))),
        ("state: login screen", state(login_screen())),
        ("state: scanned", state(scanned())),
        ("state: syncing", state(syncing())),
        ("state: all good", state(all_good())),
        ("state: socket down", state(socket_down())),
        ("state: locked by other", state(PageState { locked_by_other: true, ..socket_down() })),
        ("qr 1", page(qr(1))),
        ("qr 2", page(qr(2))),
        ("qr idle", page(Signal::QrIdle)),
        ("pairing hello", page(Signal::Pairing(PairingStage::Hello))),
        ("pairing error", page(Signal::Pairing(PairingStage::Error))),
        ("pairing refresh", page(Signal::Pairing(PairingStage::Refresh))),
        ("pairing withdrawn", page(Signal::Pairing(PairingStage::Withdrawn))),
        ("pairing passkey", page(Signal::Pairing(PairingStage::Passkey))),
        ("progress 40", page(Signal::Progress(40))),
        ("logout starting", page(Signal::LogoutStarting)),
        ("logout done", page(Signal::LogoutDone { reason: None })),
        ("logout done: syncd_failure", page(Signal::LogoutDone { reason: Some("syncd_failure".into()) })),
        ("banned", page(Signal::Banned { until: None })),
        ("ping answered", Input::Called(PageCall::Ping, Ok(CallValue::Done))),
        ("ping unanswered", Input::Called(PageCall::Ping, Err(fault(ErrorKind::Timeout)))),
        ("qr refreshed", Input::Called(PageCall::QrRefresh, Ok(CallValue::Done))),
        ("qr refresh failed", Input::Called(PageCall::QrRefresh, Err(fault(ErrorKind::Page)))),
        (
            "pairing code made",
            Input::Called(
                PageCall::PairingCode { ticket, phone: phone(), notify: true },
                Ok(CallValue::Code(SecretText("QY1KMZF3".into()))),
            ),
        ),
        (
            "pairing code refused",
            Input::Called(
                PageCall::PairingCode { ticket: Ticket(1001), phone: phone(), notify: true },
                Err(fault(ErrorKind::RateLimited)),
            ),
        ),
        ("pairing cancelled", Input::Called(PageCall::PairingCancel { ticket: Some(ticket) }, Ok(CallValue::Done))),
        ("logout called", Input::Called(PageCall::Logout, Ok(CallValue::Done))),
        ("logout call failed", Input::Called(PageCall::Logout, Err(fault(ErrorKind::Page)))),
        ("recycle", Input::Recycle),
        ("timer phase", Input::Timer(Timer::Phase)),
        ("timer qr", Input::Timer(Timer::Qr)),
        ("timer code", Input::Timer(Timer::Code)),
        ("timer ping", Input::Timer(Timer::Ping)),
        ("timer healthy", Input::Timer(Timer::Healthy)),
        ("timer retry", Input::Timer(Timer::Retry)),
        ("timer socket", Input::Timer(Timer::Socket)),
        ("timer silence", Input::Timer(Timer::Silence)),
        ("timer logout", Input::Timer(Timer::Logout)),
    ]
}
