//! Doing what the session decided.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::actor::{Actor, Done, RECONCILE};
use super::clock::wall;
use super::convert;
use super::effect::{Effect, Gate, PageCall};
use super::fault::Fault;
use super::input::{CallValue, SecretText};
use super::request::{Job, View};
use super::store;
use crate::browser::{self, LaunchOptions, SessionDir};
use crate::error::ErrorKind;
use crate::event::{Authenticated, Event};
use crate::model::Recipient;
use crate::outbox::{Action, SendCall};
use crate::page::protocol::{CaughtUp, MessageStatus, PairingCodeMade, Sent, StateSnapshot};
use crate::page::script::ScriptConfig;
use crate::page::{CallError, Page};

/// Messages asked for at a time when catching up.
const CATCH_UP_MAX: usize = 500;
/// The page gives up by itself this much earlier, so that its own reason arrives.
const PAGE_MARGIN: Duration = Duration::from_millis(250);

impl Actor {
    pub(super) fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Launch => self.launch(),
            Effect::Navigate => self.navigate(),
            Effect::CloseBrowser if self.starting => self.close_when_started = true,
            Effect::CloseBrowser => self.close_browser(),
            Effect::DeleteSession => self.delete_session(),
            Effect::Call(call) => self.call(call),
            Effect::Arm(timer, after) => {
                self.timers.insert(timer, Instant::now() + after);
            }
            Effect::Cancel(timer) => {
                self.timers.remove(&timer);
            }
            Effect::Emit(event) => self.emit(event),
            Effect::Reply(ticket, result) => {
                if let Some(reply) = self.commands.remove(&ticket) {
                    // Whoever asked may have stopped waiting.
                    let _ = reply.send(result);
                }
            }
            Effect::Publish => self.publish(),
            Effect::Sends(gate) => {
                if gate != Gate::Open {
                    self.inbox.open_gap();
                    // What is being found may be behind the new gap.
                    self.catching_up = None;
                }
                if gate != Gate::Wait {
                    for (_, job) in std::mem::take(&mut self.jobs) {
                        self.run_job(job, &gate);
                    }
                }
                self.outbox.set_gate(gate, self.clock.steady());
            }
            Effect::PageGone => {
                self.epoch += 1;
                self.outbox.page_gone();
            }
            Effect::Exit => self.exit = true,
        }
    }

    pub(super) fn publish(&self) {
        let (snapshot, qr) = (self.state.snapshot(), self.state.qr.clone());
        self.views.send_replace(View { snapshot, qr, report: self.report.clone() });
    }

    fn emit(&mut self, event: Event) {
        match &event {
            Event::Authenticated(Authenticated { restored: false }) => self.inbox.start_afresh(wall()),
            Event::Ready(_) => self.catch_up(),
            Event::Reconnecting(next) => {
                let why = self.state.fault.as_ref().map_or("", |fault| &*fault.message);
                tracing::warn!(attempt = next.attempt, next_at = %next.next_at, reason = next.reason.code(), why, "trying again");
            }
            _ => {}
        }
        tracing::info!(event = event.name(), status = %self.state.status(), phase = %self.state.phase(), "session");
        self.hub.emit(wall(), event);
    }

    pub(super) fn emit_all(&self, events: Vec<Event>) {
        for event in events {
            self.hub.emit(wall(), event);
        }
    }

    fn launch(&mut self) {
        self.session_dir = None;
        self.starting = true;
        self.close_when_started = false;
        let name = || format!("_{:032x}", rand::random::<u128>());
        let overrides = Some(&self.config.bridge_overrides).filter(|overrides| !overrides.is_empty()).map(|o| json!(o));
        let options = LaunchOptions {
            executable: self.config.executable.clone(),
            session_dir: self.config.session_dir(),
            page_url: self.config.page_url.clone(),
            extra_args: self.config.browser_args.clone(),
            user_agent: self.config.user_agent.clone(),
            no_sandbox: self.config.no_sandbox,
            launch_deadline: self.config.deadlines.start_browser,
            script: ScriptConfig { binding: name(), handle: name(), overrides },
        };
        let load = !std::mem::replace(&mut self.loaded, true);
        self.tasks.spawn(async move {
            let session_dir = options.session_dir.clone();
            let running = browser::launch(options).await;
            let seen = if load && running.is_ok() { store::load(session_dir).await } else { None };
            Done::Launched(running, seen)
        });
    }

    fn navigate(&mut self) {
        let Some(page) = self.page.clone() else { return };
        let crashed = std::mem::take(&mut self.crashed);
        let deadline = self.config.deadlines.load_page;
        self.tasks.spawn(async move {
            let result = if crashed { page.reload(deadline).await } else { page.navigate(deadline).await };
            Done::Navigated(result.map_err(|error| convert::fault(&error)))
        });
    }

    /// In order: what was reported is stored, the browser stores what it has, and ends.
    pub(super) fn close_browser(&mut self) {
        let (process, events) = (self.process.take(), self.events.take());
        self.page = None;
        let deadline = self.config.deadlines.close;
        let session_dir = self.config.session_dir();
        let seen = self.inbox.take_dirty();
        self.save_at = None;
        self.tasks.spawn(async move {
            // Somebody has to take the last events, or the browser waits for that.
            let drain = tokio::spawn(async move {
                if let Some(mut events) = events {
                    while events.recv().await.is_some() {}
                }
            });
            if let Some(seen) = seen {
                store::save(&session_dir, seen).await;
            }
            let session_dir = match process {
                Some(process) => {
                    let (closed, session_dir) = process.close(deadline).await;
                    tracing::debug!(?closed, "the browser is closed");
                    session_dir
                }
                None => None,
            };
            drain.abort();
            Done::Closed(session_dir)
        });
    }

    fn delete_session(&mut self) {
        let locked = self.session_dir.take();
        let path = self.config.session_dir();
        self.inbox.start_afresh(wall());
        let _ = self.inbox.take_dirty();
        self.tasks.spawn(async move {
            let fault = |message: String| Fault::new(ErrorKind::SessionCorrupt, message);
            let session_dir = match locked {
                Some(session_dir) => Ok(session_dir),
                None => SessionDir::open(&path).await.map_err(|error| Fault::from(&error)),
            };
            let removed = match session_dir {
                Ok(session_dir) => match tokio::task::spawn_blocking(|| session_dir.remove()).await {
                    Ok(Ok(())) => Ok(()),
                    Ok(Err(error)) => Err(fault(format!("the session data cannot be deleted ({})", error.kind()))),
                    Err(_) => Err(fault("the session data cannot be deleted".into())),
                },
                Err(error) => Err(error),
            };
            Done::Deleted(removed)
        });
    }

    fn call(&mut self, call: PageCall) {
        let epoch = self.epoch;
        let Some(page) = self.page.clone() else { return };
        let deadlines = &self.config.deadlines;
        let deadline = match call {
            PageCall::Ping => deadlines.ping,
            PageCall::QrRefresh => deadlines.generate_qr,
            PageCall::PairingCode { .. } => deadlines.pairing_code,
            PageCall::PairingCancel { .. } | PageCall::Logout => deadlines.page_call,
        };
        self.tasks.spawn(async move {
            let result = page_call(&page, &call, deadline).await.map_err(|error| convert::fault(&error));
            Done::Called { epoch, call, result }
        });
    }

    pub(super) fn run_job(&mut self, job: Job, gate: &Gate) {
        let page = match (gate, &self.page) {
            (Gate::Open, Some(page)) => Ok(page.clone()),
            (Gate::Closed(fault), _) => Err(fault.clone()),
            _ => Err(Fault::new(ErrorKind::NotReady, "the session is not ready")),
        };
        self.tasks.spawn(async move {
            (job.run)(page).await;
            Done::Nothing
        });
    }

    pub(super) fn perform_outbox(&mut self) {
        for action in self.outbox.take_actions() {
            match action {
                Action::Call(call) => self.send(*call),
                Action::Look { id, key } => {
                    let Some(page) = self.page.clone() else { continue };
                    let deadline = self.config.deadlines.page_call;
                    self.tasks.spawn(async move {
                        let args = json!({"key": key, "deadlineMs": page_deadline(deadline)});
                        let result = page.call::<MessageStatus>("message_status", &args, deadline).await;
                        Done::Looked(id, result.map(convert::look).map_err(|error| convert::fault(&error)))
                    });
                }
                Action::Answer(ticket, result) => {
                    if let Some(reply) = self.sends.remove(&ticket) {
                        // Whoever asked may have stopped waiting; the message goes on.
                        let _ = reply.send(result);
                    }
                }
                Action::Emit(event) => {
                    self.hub.emit(wall(), event);
                }
            }
        }
    }

    fn send(&mut self, call: SendCall) {
        let page = self.page.clone();
        self.tasks.spawn(async move {
            let id = call.message.id.clone();
            let result = match page {
                Some(page) => send_text(&page, &call).await,
                None => Err(CallError::Gone { maybe_ran: false }),
            };
            let reply =
                result.and_then(|sent| convert::reply(sent).ok_or_else(|| CallError::Protocol("send_text".into())));
            Done::Sent(id, reply.map_err(|error| convert::call_failure(&error)))
        });
    }

    /// Asks for messages that arrived while nobody watched: they fire no event in the page.
    pub(super) fn catch_up(&mut self) {
        self.reconcile_at = Some(Instant::now() + RECONCILE);
        match self.inbox.catch_up_from() {
            // Whatever came meanwhile is found by the one that is under way, or is told as an event.
            Some(_) if self.catching_up == Some(self.epoch) => {}
            Some(since) => self.catch_up_since(since.unix_s(), false),
            None => {
                self.inbox.start_at(wall());
                self.inbox.close_gap();
            }
        }
    }

    /// `more`: the last answer has arrived, and the page goes on behind it.
    fn catch_up_since(&mut self, since: i64, more: bool) {
        let Some(page) = self.page.clone() else { return };
        self.catching_up = Some(self.epoch);
        let (epoch, deadline) = (self.epoch, self.config.deadlines.catch_up);
        self.tasks.spawn(async move {
            let args =
                json!({"since": since, "max": CATCH_UP_MAX, "more": more, "deadlineMs": page_deadline(deadline)});
            Done::CaughtUp { epoch, since, result: page.call("catch_up", &args, deadline).await }
        });
    }

    pub(super) fn caught_up(&mut self, epoch: u64, since: i64, result: Result<CaughtUp, CallError>) {
        if self.catching_up == Some(epoch) {
            self.catching_up = None;
        }
        let caught_up = match result {
            Ok(caught_up) => caught_up,
            // The next document starts its own.
            Err(_) if epoch != self.epoch => return,
            Err(error) => return tracing::warn!(?error, "catching up failed"),
        };
        let more = caught_up.truncated && !caught_up.messages.is_empty() && epoch == self.epoch;
        tracing::debug!(messages = caught_up.messages.len(), truncated = caught_up.truncated, "caught up");
        for message in caught_up.messages {
            let events = self.inbox.message(message, self.clock.steady());
            self.emit_all(events);
        }
        if more {
            self.catch_up_since(since, true);
        } else if epoch == self.epoch && self.state.gate() == Gate::Open {
            self.inbox.close_gap();
        }
    }

    pub(super) fn save(&mut self) {
        self.save_at = None;
        let Some(seen) = self.inbox.take_dirty() else { return };
        // Without a browser the directory may be somebody else's.
        if self.process.is_none() {
            return;
        }
        self.saving = true;
        let session_dir = self.config.session_dir();
        self.tasks.spawn(async move {
            store::save(&session_dir, seen).await;
            Done::Saved
        });
    }
}

async fn page_call(page: &Page, call: &PageCall, deadline: Duration) -> Result<CallValue, CallError> {
    let nothing = json!({"deadlineMs": page_deadline(deadline)});
    let done = |_: Value| CallValue::Done;
    match call {
        PageCall::Ping => {
            let state = page.call::<StateSnapshot>("ping", &nothing, deadline).await?;
            Ok(CallValue::State(convert::page_state(state)))
        }
        PageCall::QrRefresh => page.call("qr_refresh", &nothing, deadline).await.map(done),
        PageCall::PairingCode { phone, notify, .. } => {
            let args = json!({"phone": phone, "notify": notify, "deadlineMs": page_deadline(deadline)});
            let made = page.call::<PairingCodeMade>("pairing_code", &args, deadline).await?;
            Ok(CallValue::Code(SecretText(made.code.into_string())))
        }
        PageCall::PairingCancel { .. } => page.call("pairing_cancel", &nothing, deadline).await.map(done),
        PageCall::Logout => page.call("logout", &nothing, deadline).await.map(done),
    }
}

async fn send_text(page: &Page, call: &SendCall) -> Result<Sent, CallError> {
    let to = match &call.message.to {
        Recipient::Phone(phone) => json!({"phone": phone}),
        Recipient::Chat(chat) => json!({"chat": chat}),
    };
    let mut args = json!({
        "id": call.message.id,
        "to": to,
        "text": call.message.text,
        "deadlineMs": page_deadline(call.deadline),
    });
    if let Some(wid) = &call.wid {
        args["wid"] = json!(wid);
    }
    if let Some(quoted) = &call.message.quoted {
        args["quoted"] = json!(quoted);
    }
    page.call("send_text", &args, call.deadline).await
}

/// What the page is told, in milliseconds.
pub(crate) fn page_deadline(deadline: Duration) -> u64 {
    u64::try_from(deadline.saturating_sub(PAGE_MARGIN).as_millis()).unwrap_or(u64::MAX).max(1)
}
