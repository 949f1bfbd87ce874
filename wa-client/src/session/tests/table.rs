//! Every input in every state, as text: a changed behaviour is a changed line.

use std::fmt::Write as _;

use super::*;
use crate::session::effect::{Answer, Gate};

fn states() -> Vec<(&'static str, Vec<Input>)> {
    let logout = || Input::Command(Ticket(1002), Command::Logout);
    let disconnect = || Input::Command(Ticket(1003), Command::Disconnect);
    vec![
        ("stopped", vec![]),
        ("launching", vec![start()]),
        ("loading", vec![start(), Input::Launched]),
        ("probing", vec![start(), Input::Launched, hello()]),
        ("waiting for qr", then(to_qr(), [Input::Timer(Timer::Qr)])),
        ("waiting for scan", to_qr()),
        ("waiting for code", to_code()),
        ("linking", then(to_qr(), [state(scanned())])),
        ("syncing", vec![start(), Input::Launched, hello(), probe(), state(syncing())]),
        ("ready", to_ready()),
        ("recovering", then(to_ready(), [state(reopening())])),
        ("waiting to reload", then(to_ready(), [Input::Died(Death::Page)])),
        ("waiting to relaunch", then(to_ready(), [Input::Died(Death::Browser), Input::Closed])),
        ("logging out", then(to_ready(), [logout()])),
        ("deleting", then(to_ready(), [logout(), Input::Page(Signal::LogoutDone { reason: None }), Input::Closed])),
        ("closing", then(to_ready(), [disconnect()])),
        ("failed", vec![start(), Input::LaunchFailed(fault(ErrorKind::BrowserNotFound))]),
    ]
}

fn show(effect: &Effect) -> Option<String> {
    Some(match effect {
        // Cancelled timers and the publication of a change are in nearly every row.
        Effect::Cancel(_) | Effect::Publish => return None,
        Effect::Arm(timer, after) => format!("arm {timer:?} {}ms", after.as_millis()),
        Effect::Emit(Event::ChangeState(_)) => return None,
        Effect::Emit(event) => format!("emit {}{}", event.name(), details(event)),
        Effect::Reply(Ticket(ticket), Ok(answer)) => format!(
            "reply {ticket} ok{}",
            match answer {
                Answer::Done => "",
                Answer::Qr(_) => " qr",
                Answer::Code(_) => " code",
            }
        ),
        Effect::Reply(Ticket(ticket), Err(fault)) => format!("reply {ticket} {}", fault.kind),
        Effect::Call(call) => format!(
            "call {}",
            match call {
                PageCall::Ping => "ping",
                PageCall::QrRefresh => "qr_refresh",
                PageCall::PairingCode { .. } => "pairing_code",
                PageCall::PairingCancel { .. } => "pairing_cancel",
                PageCall::Logout => "logout",
            }
        ),
        Effect::Sends(Gate::Closed(fault)) => format!("sends fail {}", fault.kind),
        Effect::Sends(gate) => format!("sends {gate:?}").to_lowercase(),
        other => format!("{other:?}").to_lowercase(),
    })
}

fn details(event: &Event) -> String {
    match event {
        Event::Disconnected(data) => format!("({}{})", data.reason, if data.will_retry { ", will retry" } else { "" }),
        Event::AuthFailure(data) => format!("({})", data.reason),
        Event::Reconnecting(data) => format!("({}, {})", data.attempt, data.reason),
        Event::LoadingScreen(data) => format!("({})", data.percent),
        _ => String::new(),
    }
}

#[test]
fn every_input_in_every_state() {
    let mut table = String::new();
    for (name, inputs) in states() {
        let base = Driver::new().after(inputs);
        let _ = writeln!(table, "\n== {name}: {} / {}", base.state.status(), base.state.phase());
        let mut unchanged = Vec::new();
        for (input_name, input) in every_input() {
            let mut driver = base.clone();
            driver.step(input);
            let effects: Vec<_> = driver.last.iter().filter_map(show).collect();
            let moved = (driver.state.status(), driver.state.phase()) != (base.state.status(), base.state.phase());
            if effects.is_empty() && !moved {
                unchanged.push(input_name);
                continue;
            }
            let to = if moved { format!("{} / {}", driver.state.status(), driver.state.phase()) } else { "=".into() };
            let _ = writeln!(table, "{input_name} -> {to}: {}", effects.join("; "));
        }
        let _ = writeln!(table, "nothing: {}", unchanged.join(", "));
    }
    insta::assert_snapshot!(table);
}
