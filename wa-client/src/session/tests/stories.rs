//! What a user sees, step by step.

use super::*;
use crate::model::{ConnectionStatus, DisconnectReason, Phase};
use crate::session::effect::{Answer, Gate};

/// What is waited for is counted, not read from the clock on the wall.
#[test]
fn a_clock_that_is_set_changes_no_decision_and_no_wait() {
    const DAYS: Duration = Duration::from_secs(3 * 86_400);
    let decided = |driver: &Driver| -> Vec<String> {
        let shown = |effect: &Effect| match effect {
            Effect::Arm(..) | Effect::Cancel(_) | Effect::Launch | Effect::Navigate | Effect::CloseBrowser => {
                Some(format!("{effect:?}"))
            }
            Effect::Emit(event) => Some(event.name().to_owned()),
            _ => None,
        };
        driver.last.iter().filter_map(shown).collect()
    };
    let mut inputs = to_qr();
    inputs.extend(to_ready().into_iter().skip(4));
    inputs.extend([Input::Died(Death::Browser), Input::Closed, Input::Timer(Timer::Retry), Input::Launched, hello()]);
    let (mut steady, mut shaken) = (Driver::new(), Driver::new());
    for (turn, input) in inputs.into_iter().enumerate() {
        shaken.now = if turn % 2 == 0 { steady.now + DAYS } else { steady.now - DAYS };
        steady.step(input.clone());
        shaken.step(input);
        assert_eq!(decided(&shaken), decided(&steady));
        assert_eq!(shaken.state.status(), steady.state.status());
    }
    assert_eq!(steady.state.phase().name(), "probing", "it went all the way");
}

/// The profile has lost what it held, for example by a crash of the machine.
#[test]
fn a_start_without_the_credentials_of_before_says_that_they_are_lost() {
    let begin = || Driver::new().after([start()]);
    let end = || [Input::Launched, hello(), probe(), state(login_screen())];
    let lost = begin().after([Input::LinkedBefore]).after(end());
    let logged_out = |effect: &Effect| matches!(effect, Effect::Emit(Event::Disconnected(data)) if data.reason.code() == "logged_out");
    assert!(lost.last.iter().any(logged_out));
    assert!(lost.last.iter().any(|effect| matches!(effect, Effect::Emit(Event::AuthFailure(_)))));
    let fresh = begin().after(end());
    assert!(!fresh.last.iter().any(logged_out));
}

#[test]
fn a_fresh_link_is_ready_once() {
    let mut driver = Driver::new();
    let start = driver.command(Command::Initialize);
    assert!(driver.last.contains(&Effect::Launch));
    let mut driver = driver.after([Input::Launched, hello(), probe(), state(login_screen())]);
    assert_eq!(driver.state.phase(), Phase::WaitingForQr);
    assert!(driver.reply_to(start).is_none());
    driver.page(qr(1));
    assert_eq!(driver.state.status(), ConnectionStatus::QrReady);
    assert_eq!(driver.reply_to(start), Some(&Ok(Answer::Done)));
    driver.step(state(scanned()));
    assert_eq!(driver.state.phase(), Phase::Linking);
    assert!(driver.state.qr.is_none(), "a scanned code is not served again");
    driver.step(state(syncing()));
    assert_eq!(driver.events(), ["authenticated"]);
    driver.step(state(PageState { offline_end: false, ..all_good() }));
    assert_eq!(driver.state.not_ready_because(), ["offline_delivery_end"]);
    driver.step(state(all_good()));
    assert_eq!(driver.events(), ["ready"]);
    driver.step(Input::Called(PageCall::Ping, Ok(CallValue::Done)));
    driver.step(state(all_good()));
    assert!(driver.events().is_empty());
}

#[test]
fn a_planned_recycle_is_no_failure_and_no_new_link() {
    let mut driver = Driver::new().after(to_ready());
    driver.step(Input::Recycle);
    assert_eq!((driver.state.gate(), driver.state.attempts), (Gate::Wait, 0));
    assert!(driver.last.contains(&Effect::CloseBrowser) && !driver.last.contains(&Effect::Launch), "one at a time");
    assert_eq!(driver.state.phase(), Phase::StartingBrowser);
    driver.step(Input::Closed);
    assert!(driver.last.contains(&Effect::Launch));
    let mut driver = driver.after([Input::Launched, hello(), probe()]);
    driver.step(state(syncing()));
    assert_eq!(driver.events(), ["authenticated"]);
    driver.step(state(all_good()));
    assert_eq!(driver.events(), ["ready"]);
    // Whoever stops it meanwhile has it stopped.
    driver.step(Input::Recycle);
    driver.command(Command::Disconnect);
    driver.step(Input::Closed);
    assert_eq!(driver.state.phase(), Phase::Stopped);
}

#[test]
fn a_missed_edge_is_made_up_for_by_the_timer() {
    let mut driver = Driver::new().after([start(), Input::Launched, hello(), probe(), state(syncing())]);
    driver.step(Input::Timer(Timer::Ping));
    assert!(driver.last.contains(&Effect::Call(PageCall::Ping)), "its answer brings the state");
    driver.step(state(all_good()));
    assert_eq!(driver.events(), ["ready"]);
}

#[test]
fn a_tab_that_took_the_lock_is_given_time_to_give_it_back() {
    let ready = || Driver::new().after([start(), Input::Launched, hello(), probe(), state(all_good())]);
    let taken = PageState { locked_by_other: true, ..socket_down() };
    let mut driver = ready();
    driver.step(state(taken.clone()));
    assert_eq!(driver.armed(Timer::Silence), Some(Duration::from_secs(3)), "sooner than for silence alone");
    assert!(driver.events().is_empty());
    driver.step(state(PageState { socket: "OPENING".into(), ..taken.clone() }));
    assert!(driver.last.contains(&Effect::Cancel(Timer::Silence)), "it tries to come back");
    let mut driver = ready();
    driver.step(state(taken));
    driver.step(Input::Timer(Timer::Silence));
    assert_eq!(driver.state.reason, Some(DisconnectReason::Replaced));
}

#[test]
fn codes_go_with_their_connection_and_are_asked_for_when_no_others_come() {
    let at_qr = || Driver::new().after(to_qr()).after([state(login_screen()), Input::Page(qr(1))]);
    let opening = || state(PageState { socket: "OPENING".into(), ..login_screen() });
    let pairing = || state(PageState { socket: "PAIRING".into(), ..login_screen() });
    let mut driver = at_qr();
    driver.step(opening());
    assert!(driver.state.qr.is_none(), "nobody may be served a code that links nothing");
    assert_eq!(driver.state.status(), ConnectionStatus::Connecting);
    assert!(driver.last.contains(&Effect::Cancel(Timer::Qr)), "without a connection nothing can be asked for");
    driver.step(pairing());
    assert_eq!(driver.armed(Timer::Qr), Some(Duration::from_secs(5)));
    driver.step(Input::Timer(Timer::Qr));
    assert!(driver.last.contains(&Effect::Call(PageCall::QrRefresh)));
    driver.step(Input::Called(PageCall::QrRefresh, Err(fault(ErrorKind::Page))));
    assert!(driver.state.qr.is_none(), "the code that went with its connection is not shown again");
    // Most often they come by themselves.
    let mut driver = at_qr().after([opening(), state(login_screen())]);
    driver.page(qr(1));
    assert_eq!(driver.events(), ["qr"]);
    assert_eq!(driver.armed(Timer::Qr), Some(Duration::from_secs(60)), "the time of the code");
    // The first ones can get lost as well.
    let mut driver = Driver::new().after([start(), Input::Launched, hello(), probe()]);
    driver.step(pairing());
    assert_eq!(driver.armed(Timer::Qr), Some(Duration::from_secs(5)));
    driver.step(Input::Timer(Timer::Qr));
    assert!(driver.last.contains(&Effect::Call(PageCall::QrRefresh)));
    // Only once for each document: on a slow line, to ask again would throw away what is on its way.
    driver.step(pairing());
    driver.step(Input::Timer(Timer::Qr));
    assert!(!driver.last.contains(&Effect::Call(PageCall::QrRefresh)));
}

#[test]
fn a_page_that_gives_way_while_it_synchronises_is_replaced() {
    let mut driver = Driver::new().after([start(), Input::Launched, hello(), probe(), state(syncing())]);
    driver.step(state(socket_down()));
    assert_eq!(driver.armed(Timer::Silence), Some(Duration::from_secs(10)));
    driver.step(state(socket_down()));
    assert_eq!(driver.armed(Timer::Silence), None, "its time goes on");
    driver.step(Input::Timer(Timer::Silence));
    assert_eq!(driver.state.reason, Some(DisconnectReason::Replaced));
}

#[test]
fn a_page_that_loads_itself_over_and_over_at_its_login_screen_is_noticed() {
    let document = || [hello(), probe(), state(login_screen()), Input::Page(qr(1))];
    let mut driver = Driver::new().after([start(), Input::Launched]);
    for _ in 0..10 {
        driver = driver.after(document());
        assert_eq!(driver.state.status(), ConnectionStatus::QrReady);
    }
    driver.step(hello());
    assert_eq!(driver.events(), ["reconnecting"]);
    assert_eq!(driver.state.reason, Some(DisconnectReason::Navigation));
    // One that stays until its second code does not count.
    let mut driver = Driver::new().after([start(), Input::Launched]);
    for _ in 0..20 {
        driver = driver.after(document()).after([Input::Page(qr(2))]);
    }
    driver.step(hello());
    assert!(driver.events().is_empty());
}

#[test]
fn what_only_a_linked_account_needs_is_missed_after_login() {
    let mut driver = Driver::new().after(to_qr());
    driver.step(state(syncing()));
    driver.page(Signal::Probe(report(true, false)));
    assert!(driver.events().is_empty(), "it may still come");
    driver.page(Signal::Probe(report(true, true)));
    assert_eq!(driver.events(), ["incompatible", "disconnected"]);
    assert_eq!(driver.state.reason.as_ref().map(DisconnectReason::code), Some("incompatible_page"));
}

#[test]
fn stored_credentials_that_are_refused_before_the_page_was_looked_at_are_told() {
    let mut driver = Driver::new().after([start(), Input::Launched, hello()]);
    // The page has connected, was refused and has loaded itself anew while its modules were still coming in.
    driver.page(Signal::LogoutDone { reason: None });
    driver.step(Input::Page(Signal::Hello(Landing::AfterLogout(None))));
    assert_eq!(driver.events(), ["auth_failure", "disconnected"]);
    driver.step(probe());
    driver.step(state(login_screen()));
    driver.page(qr(1));
    assert_eq!(driver.events(), ["qr"], "told once");
    assert_eq!(driver.state.status(), ConnectionStatus::QrReady);
}

#[test]
fn a_page_that_works_but_lacks_something_is_told_once() {
    let lacking: CapabilityReport = serde_json::from_value(serde_json::json!({
        "complete": true,
        "report": [{"capability": "calls", "core": false, "status": "missing", "module": "WAWebCallCollection"}],
    }))
    .unwrap();
    let probe = || Input::Page(Signal::Probe(lacking.clone()));
    let mut driver = Driver::new().after([start(), Input::Launched, hello(), probe()]);
    driver.step(state(all_good()));
    assert_eq!(driver.events(), ["authenticated", "ready", "incompatible"]);
    driver.step(probe());
    assert!(driver.events().is_empty());
    assert_eq!(driver.state.status(), ConnectionStatus::Ready);
}

#[test]
fn a_restored_session_shows_no_code() {
    let mut driver = Driver::new().after([start(), Input::Launched, hello(), probe(), state(syncing())]);
    assert_eq!(driver.state.status(), ConnectionStatus::Authenticated);
    driver.page(qr(1));
    assert!(driver.last.is_empty());
}

#[test]
fn an_expired_code_is_not_served() {
    let mut driver = Driver::new().after(to_qr());
    assert_eq!(driver.armed(Timer::Qr), Some(Duration::from_secs(60)));
    driver.step(Input::Timer(Timer::Qr));
    assert!(driver.state.qr.is_none() && !driver.state.snapshot().has_qr_code);
    driver.page(qr(2));
    assert_eq!(driver.armed(Timer::Qr), Some(Duration::from_secs(20)));
}

#[test]
fn a_used_up_batch_is_replaced_and_its_leftovers_are_void() {
    let mut driver = Driver::new().after(to_qr());
    driver.page(Signal::QrIdle);
    assert!(driver.last.contains(&Effect::Call(PageCall::QrRefresh)));
    driver.page(qr(6));
    assert!(driver.state.qr.is_none());
    driver.page(qr_of("second", 1));
    assert!(driver.state.qr.is_some());
}

#[test]
fn unused_batches_end_when_told_so() {
    let config = Config { qr_max_retries: Some(2), ..Config::default() };
    let mut driver = Driver::with(config).after(to_qr()).after([Input::Page(Signal::QrIdle), Input::Page(qr(1))]);
    driver.page(Signal::QrIdle);
    assert_eq!(driver.state.reason, Some(DisconnectReason::QrRetriesExhausted));
    assert!(driver.last.contains(&Effect::CloseBrowser));
}

#[test]
fn a_new_code_on_demand_is_a_new_one() {
    let mut driver = Driver::new().after(to_qr());
    let ticket = driver.command(Command::GenerateQr);
    assert!(driver.last.contains(&Effect::Call(PageCall::QrRefresh)));
    driver.page(qr(2));
    assert!(driver.reply_to(ticket).is_none());
    // The page shows the same ref once more before it has heard of it.
    driver.page(qr(1));
    assert!(driver.reply_to(ticket).is_none());
    driver.page(qr_of("second", 1));
    assert!(matches!(driver.reply_to(ticket), Some(Ok(Answer::Qr(_)))));
    let mut driver = Driver::new().after(to_ready());
    let ticket = driver.command(Command::GenerateQr);
    assert_eq!(driver.reply_to(ticket).unwrap().as_ref().unwrap_err().kind, ErrorKind::AlreadyAuthenticated);
}

#[test]
fn a_code_that_the_page_refuses_to_replace_is_good_again() {
    let mut driver = Driver::new().after(to_qr());
    let shown = driver.state.qr.clone();
    let ticket = driver.command(Command::GenerateQr);
    assert!(driver.state.qr.is_none());
    driver.step(Input::Called(PageCall::QrRefresh, Err(Fault::new(ErrorKind::Page, "of the test"))));
    assert_eq!(driver.reply_to(ticket).unwrap().as_ref().unwrap_err().kind, ErrorKind::Page);
    assert_eq!(driver.state.qr, shown);
}

#[test]
fn a_code_asked_for_while_the_page_leaves_a_pairing_code_is_no_old_one() {
    // Before the page shows a code again: that one.
    let mut driver = Driver::new().after(to_code());
    driver.step(Input::Timer(Timer::Code));
    let ticket = driver.command(Command::GenerateQr);
    assert!(!driver.last.contains(&Effect::Call(PageCall::QrRefresh)));
    driver.page(qr_of("same", 1));
    assert!(matches!(driver.reply_to(ticket), Some(Ok(Answer::Qr(_)))));
    // After it has: one of the next batch.
    let ticket = driver.command(Command::GenerateQr);
    driver.step(Input::Called(PageCall::PairingCancel { ticket: None }, Ok(CallValue::Done)));
    assert!(driver.last.contains(&Effect::Call(PageCall::QrRefresh)));
    driver.page(qr_of("same", 1));
    assert!(driver.reply_to(ticket).is_none());
    driver.page(qr_of("next", 1));
    assert!(matches!(driver.reply_to(ticket), Some(Ok(Answer::Qr(_)))));
}

#[test]
fn a_page_that_cannot_leave_a_pairing_code_is_loaded_anew() {
    let mut driver = Driver::new().after(to_code());
    driver.step(Input::Timer(Timer::Code));
    let failed = Err(Fault::new(ErrorKind::Page, "of the test"));
    driver.step(Input::Called(PageCall::PairingCancel { ticket: None }, failed));
    assert_eq!(driver.state.reason, Some(DisconnectReason::PageUnresponsive));
    assert_eq!(driver.state.phase().name(), "reconnecting");
}

#[test]
fn rotation_does_not_disturb_a_pairing_code() {
    let mut driver = Driver::new().after(to_code());
    let code = driver.state.code.clone();
    assert_eq!(code.as_ref().unwrap().code, "QY1K-MZF3");
    driver.page(qr(2));
    driver.page(Signal::QrIdle);
    assert!(driver.last.is_empty());
    assert_eq!((driver.state.code.clone(), driver.state.status()), (code, ConnectionStatus::QrReady));
    driver.step(Input::Timer(Timer::Code));
    assert_eq!(driver.state.phase(), Phase::WaitingForQr);
    assert!(driver.last.contains(&Effect::Call(PageCall::PairingCancel { ticket: None })));
}

#[test]
fn a_refused_scan_is_an_auth_failure_until_the_next_code() {
    let mut driver = Driver::new().after(to_qr());
    driver.page(Signal::Hello(Landing::AfterLogout(None)));
    assert_eq!(driver.events(), ["auth_failure"]);
    assert_eq!(driver.state.status(), ConnectionStatus::AuthFailure);
    let driver = driver.after([probe(), state(login_screen()), Input::Page(qr(1))]);
    assert_eq!(driver.state.status(), ConnectionStatus::QrReady);
}

#[test]
fn own_logout_deletes_the_data_and_then_answers() {
    let mut driver = Driver::new().after(to_ready());
    let ticket = driver.command(Command::Logout);
    assert!(driver.last.contains(&Effect::Call(PageCall::Logout)));
    driver.page(Signal::LogoutStarting);
    driver.step(state(PageState { synced: false, ..all_good() }));
    assert_eq!(driver.state.status(), ConnectionStatus::Ready);
    driver.page(Signal::LogoutDone { reason: None });
    assert_eq!(driver.events(), ["disconnected"]);
    driver.step(Input::Closed);
    assert!(driver.last.contains(&Effect::DeleteSession));
    driver.step(Input::Deleted(Ok(())));
    assert_eq!(driver.reply_to(ticket), Some(&Ok(Answer::Done)));
    assert_eq!(driver.state.phase(), Phase::Stopped);
}

#[test]
fn an_unlinked_device_is_reported_once_and_linked_anew() {
    let mut driver = Driver::new().after(to_ready());
    driver.step(state(PageState { synced: false, ..all_good() }));
    driver.page(Signal::LogoutStarting);
    driver.page(Signal::LogoutDone { reason: None });
    assert!(driver.events().is_empty());
    driver.page(Signal::Hello(Landing::AfterLogout(None)));
    assert_eq!(driver.events(), ["disconnected"]);
    assert_eq!(driver.state.reason, Some(DisconnectReason::UnlinkedByPhone));
    assert!(!driver.last.contains(&Effect::DeleteSession));
    let driver = driver.after([probe(), state(login_screen()), Input::Page(qr(1))]);
    assert_eq!(driver.state.status(), ConnectionStatus::QrReady);
}

#[test]
fn refused_credentials_name_the_reason_of_the_page() {
    let mut driver = Driver::new().after([start(), Input::Launched, hello(), probe(), state(syncing())]);
    driver.page(Signal::LogoutDone { reason: None });
    driver.page(Signal::Hello(Landing::AfterLogout(Some(3))));
    assert_eq!(driver.events(), ["auth_failure", "disconnected"]);
    assert_eq!(driver.state.reason, Some(DisconnectReason::LoggedOut { page_reason: Some("account_locked".into()) }));
    assert_eq!(driver.state.status(), ConnectionStatus::AuthFailure);
}

#[test]
fn a_lost_socket_is_watched_before_anything_is_done() {
    let mut driver = Driver::new().after(to_ready());
    driver.step(state(socket_down()));
    assert_eq!(driver.armed(Timer::Socket), Some(Duration::from_secs(180)));
    assert!(driver.armed(Timer::Silence).is_some());
    assert_eq!(driver.state.gate(), Gate::Wait);
    driver.step(state(reopening()));
    assert!(driver.last.contains(&Effect::Cancel(Timer::Silence)));
    // The page does not repeat that offline delivery has ended.
    driver.step(state(PageState { offline_end: false, ..all_good() }));
    assert_eq!(driver.events(), ["ready"]);
}

#[test]
fn a_silent_socket_means_another_browser() {
    let lost = || Driver::new().after(to_ready()).after([state(socket_down())]);
    let mut driver = lost();
    driver.step(Input::Timer(Timer::Silence));
    assert_eq!(driver.state.reason, Some(DisconnectReason::Replaced));
    assert!(driver.last.contains(&Effect::CloseBrowser));
    let mut driver = lost();
    driver.state.config = Arc::new(Config { takeover_on_conflict: true, ..Config::default() });
    driver.step(Input::Timer(Timer::Silence));
    assert_eq!(driver.events(), ["disconnected", "reconnecting"]);
}

#[test]
fn a_dead_browser_is_started_again_and_a_crashed_page_loaded_again() {
    let mut driver = Driver::new().after(to_ready());
    driver.step(Input::Died(Death::Page));
    assert_eq!(driver.events(), ["disconnected", "reconnecting"]);
    driver.step(Input::Timer(Timer::Retry));
    assert!(driver.last.contains(&Effect::Navigate));
    driver.step(Input::Died(Death::Browser));
    assert!(driver.last.contains(&Effect::CloseBrowser));
    driver.step(Input::Timer(Timer::Retry));
    assert!(!driver.last.contains(&Effect::Launch), "the old one is not gone yet");
    driver.step(Input::Closed);
    assert!(driver.last.contains(&Effect::Launch));
}

#[test]
fn fast_attempts_are_counted_and_then_it_goes_quiet() {
    let mut driver = Driver::new().after([start()]);
    for attempt in 1..=5 {
        driver.step(Input::LaunchFailed(fault(ErrorKind::BrowserLaunch)));
        assert_eq!(driver.events(), ["reconnecting"]);
        assert_eq!(driver.state.attempts, attempt);
        assert!(driver.armed(Timer::Retry).unwrap() <= Duration::from_secs(1 << (attempt - 1)));
        driver.step(Input::Timer(Timer::Retry));
        assert!(driver.last.contains(&Effect::Launch));
    }
    driver.step(Input::LaunchFailed(fault(ErrorKind::BrowserLaunch)));
    assert_eq!(driver.events(), ["disconnected"]);
    assert_eq!(driver.reply_to(Ticket(1000)).unwrap().as_ref().unwrap_err().kind, ErrorKind::BrowserLaunch);
    assert_eq!(driver.armed(Timer::Retry), Some(Duration::from_secs(300)));
    assert_eq!(driver.state.status(), ConnectionStatus::Disconnected);
    driver.step(Input::Timer(Timer::Retry));
    driver.step(Input::LaunchFailed(fault(ErrorKind::BrowserLaunch)));
    assert!(driver.events().is_empty(), "told once");
}

#[test]
fn an_incompatible_page_is_named_at_once() {
    let mut driver = Driver::new().after([start(), Input::Launched, hello(), state(login_screen())]);
    driver.page(Signal::Probe(report(true, false)));
    assert!(driver.events().is_empty());
    driver.page(Signal::Probe(report(true, true)));
    assert_eq!(driver.events(), ["incompatible", "disconnected"]);
    let fault = driver.reply_to(Ticket(1000)).unwrap().clone().unwrap_err();
    assert_eq!(fault.kind, ErrorKind::IncompatiblePage);
    assert_eq!(fault.missing, ["send_text (WAWebSendTextMsgChatAction.sendTextMsgToChat)"]);
}

#[test]
fn a_late_phase_names_what_is_missing() {
    let mut driver = Driver::new().after([start(), Input::Launched, hello(), probe(), state(syncing())]);
    driver.step(Input::Timer(Timer::Phase));
    let fault = driver.state.fault.clone().unwrap();
    assert_eq!(fault.kind, ErrorKind::Timeout);
    assert_eq!(fault.missing, ["stream_connected", "synced", "main_mode", "offline_delivery_end"]);
    assert_eq!(fault.phase.unwrap().name(), "syncing");
}

#[test]
fn a_page_that_loads_over_and_over_is_a_failure() {
    let mut driver = Driver::new().after([start(), Input::Launched]);
    for _ in 0..10 {
        driver.step(hello());
        assert!(driver.events().is_empty());
    }
    driver.step(hello());
    assert_eq!(driver.events(), ["reconnecting"]);
    assert_eq!(driver.state.reason, Some(DisconnectReason::Navigation));
}

#[test]
fn disconnect_cancels_a_planned_attempt() {
    let mut driver = Driver::new().after(to_ready()).after([Input::Died(Death::Browser), Input::Closed]);
    let ticket = driver.command(Command::Disconnect);
    assert_eq!(driver.reply_to(ticket), Some(&Ok(Answer::Done)));
    assert!(driver.last.contains(&Effect::Cancel(Timer::Retry)));
    driver.step(Input::Timer(Timer::Retry));
    assert!(driver.last.is_empty());
    assert_eq!(driver.state.phase(), Phase::Stopped);
}

#[test]
fn messages_wait_only_while_there_is_hope() {
    let gate = |inputs: Vec<Input>| match Driver::new().after(inputs).state.gate() {
        Gate::Closed(fault) => fault.kind.code(),
        Gate::Wait => "wait",
        Gate::Open => "open",
    };
    assert_eq!(gate(vec![]), "not_ready");
    assert_eq!(gate(vec![start()]), "wait");
    assert_eq!(gate(to_qr()), "not_authenticated");
    assert_eq!(gate(then(to_qr(), [state(scanned())])), "wait");
    assert_eq!(gate(to_ready()), "open");
    assert_eq!(gate(then(to_ready(), [Input::Died(Death::Page)])), "wait");
}
