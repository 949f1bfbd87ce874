//! Doing what the session decided.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::actor::{Actor, Done, RECONCILE, run};
use super::catch_up::{Found, Next, Search};
use super::clock::wall;
use super::convert;
use super::effect::{Effect, Gate, PageCall};
use super::fault::Fault;
use super::input::{CallValue, SecretText};
use super::request::{Job, View};
use super::store;
use crate::browser::{self, LaunchOptions, SessionDir};
use crate::error::{Error, ErrorKind};
use crate::event::{Authenticated, Event};
use crate::model::{DisconnectReason, Recipient};
use crate::outbox::{Action, CallFailure, SendCall};
use crate::page::protocol::{CaughtUp, MessageStatus, PairingCodeMade, Sent};
use crate::page::script::ScriptConfig;
use crate::page::{CallError, Page, Turn, UrlKind};

/// Messages asked for at a time when catching up.
const CATCH_UP_MAX: usize = 500;
/// Between the beginnings of two searches, when events are lost all the time.
const SEARCH_AGAIN: Duration = Duration::from_secs(1);
/// The page gives up by itself this much earlier, so that its own reason arrives.
const PAGE_MARGIN: Duration = Duration::from_millis(250);

impl Actor {
    pub(super) fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Launch => self.launch(),
            Effect::Navigate => self.navigate(),
            Effect::CloseBrowser => match self.starting.take() {
                // Dropping this makes the start give up; it says so when nothing of it is left.
                Some(starting) => drop(starting),
                None => self.close_browser(),
            },
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
                    self.catch_up.spoil();
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
            Event::Ready(_) => self.catch_up(false),
            Event::Disconnected(end) if end.reason.is_loss_of_link() => self.inbox.forget(),
            Event::Reconnecting(next) => {
                let why = self.state.fault.as_ref().map_or("", |fault| &*fault.message);
                tracing::warn!(attempt = next.attempt, next_at = %next.next_at, reason = next.reason.code(), why, "trying again");
            }
            _ => {}
        }
        // A page can make such events happen at will.
        if let Some(left_out) = self.lines.next(self.clock.steady()) {
            tracing::info!(event = event.name(), status = %self.state.status(), phase = %self.state.phase(), left_out, "session");
        }
        self.hub.emit(wall(), event);
    }

    pub(super) fn emit_all(&self, events: Vec<Event>) {
        for event in events {
            self.hub.emit(wall(), event);
        }
    }

    fn launch(&mut self) {
        self.session_dir = None;
        self.report = None;
        let (starting, given_up) = oneshot::channel::<()>();
        self.starting = Some(starting);
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
        let launch = async move {
            let session_dir = options.session_dir.clone();
            let running = browser::launch(options, given_up.map(drop)).await;
            let seen = if load && running.is_ok() { store::load(session_dir).await } else { None };
            Done::Launched(running, seen)
        };
        self.spawn(launch, || {
            Done::Launched(Err(Error::new(ErrorKind::Internal, "launch", "starting the browser failed badly")), None)
        });
    }

    fn navigate(&mut self) {
        let Some(page) = self.page.clone() else { return };
        // Only the page itself can be loaded again: a new browser has none, and where it went elsewhere it has to come back.
        let hangs = self.state.reason == Some(DisconnectReason::PageUnresponsive) && self.url_kind == UrlKind::App;
        let reload = std::mem::take(&mut self.stuck) || hangs;
        let deadline = self.config.deadlines.load_page;
        let load = async move {
            let result = if reload { page.reload(deadline).await } else { page.navigate(deadline).await };
            Done::Navigated(result.map_err(|error| convert::fault(&error)))
        };
        self.spawn(load, || Done::Navigated(Err(panicked())));
    }

    /// In order: what was reported is stored, the page lets go, the browser stores what it has, and ends.
    pub(super) fn close_browser(&mut self) {
        let (process, events, page) = (self.process.take(), self.events.take(), self.page.take());
        let hangs = self.state.reason == Some(DisconnectReason::PageUnresponsive);
        self.recycle.ended();
        let deadline = self.config.deadlines.close;
        let session_dir = self.config.session_dir();
        let seen = self.inbox.take_dirty();
        self.save_at = None;
        let writer = Arc::clone(&self.writer);
        let close = async move {
            // Somebody has to take the last events, or the browser waits for that.
            let drain = tokio::spawn(async move {
                if let Some(mut events) = events {
                    while events.recv().await.is_some() {}
                }
            });
            {
                // What is being written is older.
                let _turn = writer.lock().await;
                if let Some(seen) = seen {
                    store::save(&session_dir, seen).await;
                }
            }
            let session_dir = match process {
                Some(process) => {
                    if let Some(page) = page.filter(|_| !hangs) {
                        page.leave().await;
                    }
                    let (closed, session_dir) = process.close(deadline).await;
                    tracing::debug!(?closed, "the browser is closed");
                    session_dir
                }
                None => None,
            };
            drain.abort();
            Done::Closed(session_dir)
        };
        self.spawn(close, || Done::Closed(None));
    }

    fn delete_session(&mut self) {
        let locked = self.session_dir.take();
        let path = self.config.session_dir();
        self.inbox.forget();
        let _ = self.inbox.take_dirty();
        let delete = async move {
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
        };
        self.spawn(delete, || Done::Deleted(Err(panicked())));
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
        let lost = call.clone();
        let work = async move {
            let result = page_call(&page, &call, deadline).await.map_err(|error| convert::fault(&error));
            Done::Called { epoch, call, result }
        };
        self.spawn(work, move || Done::Called { epoch, call: lost, result: Err(panicked()) });
    }

    pub(super) fn run_job(&mut self, job: Job, gate: &Gate) {
        let page = match (gate, &self.page) {
            (Gate::Open, Some(page)) => Ok(page.clone()),
            (Gate::Closed(fault), _) => Err(fault.clone()),
            _ => Err(Fault::new(ErrorKind::NotReady, "the session is not ready")),
        };
        self.spawn(run(job, page), || Done::Nothing);
    }

    pub(super) fn perform_outbox(&mut self) {
        for action in self.outbox.take_actions() {
            match action {
                Action::Call(call) => self.send(*call),
                Action::Look { id, key } => {
                    let Some(page) = self.page.clone() else {
                        let gone = Fault::new(ErrorKind::Disconnected, "there is no page");
                        self.spawn(std::future::ready(Done::Looked(id, Err(gone))), || Done::Nothing);
                        continue;
                    };
                    let deadline = self.config.deadlines.page_call;
                    let lost = id.clone();
                    let look = async move {
                        let args = json!({"key": key, "deadlineMs": page_deadline(deadline)});
                        let result = page.call::<MessageStatus>("message_status", &args, deadline).await;
                        Done::Looked(id, result.map(convert::look).map_err(|error| convert::fault(&error)))
                    };
                    self.spawn(look, move || Done::Looked(lost, Err(panicked())));
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
        let lost = call.message.id.clone();
        let turn = self.turns.take();
        let work = async move {
            let id = call.message.id.clone();
            let result = match page {
                Some(page) => send_text(&page, &call, turn).await,
                None => Err(CallError::Gone { maybe_ran: false }),
            };
            let reply =
                result.and_then(|sent| convert::reply(sent).ok_or_else(|| CallError::Protocol("send_text".into())));
            Done::Sent(id, reply.map_err(|error| convert::call_failure(&error)))
        };
        self.spawn(work, move || {
            Done::Sent(lost, Err(CallFailure { fault: panicked(), maybe_ran: true, page_gone: false, settled: false }))
        });
    }

    /// Asks for messages that arrived while nobody watched: they fire no event in the page. `lost`: or that did, when the
    /// event did not arrive.
    pub(super) fn catch_up(&mut self, lost: bool) {
        let now = Instant::now();
        self.reconcile_at = Some(now + RECONCILE);
        let Some(since) = self.inbox.catch_up_from() else {
            self.inbox.start_at(wall());
            return self.inbox.close_gap();
        };
        if !self.catch_up.wants(lost) {
            return;
        }
        let earliest = self.searched_at.map(|at| at + SEARCH_AGAIN).filter(|at| lost && *at > now);
        if earliest.is_some() {
            self.reconcile_at = earliest;
            return;
        }
        self.searched_at = Some(now);
        let search = self.catch_up.begin(self.epoch, since.unix_s());
        self.search(search, false);
    }

    /// `more`: the last answer has arrived, and the page goes on behind it.
    fn search(&mut self, search: Search, more: bool) {
        let Some(page) = self.page.clone() else { return self.catch_up.not_asked() };
        let deadline = self.config.deadlines.catch_up;
        let args = json!({
            "since": search.since, "max": CATCH_UP_MAX, "more": more, "lost": search.lost,
            "deadlineMs": page_deadline(deadline),
        });
        let work = async move { Done::CaughtUp(search, page.call("catch_up", &args, deadline).await) };
        self.spawn(work, move || Done::CaughtUp(search, Err(CallError::Protocol("catch_up".into()))));
    }

    pub(super) fn caught_up(&mut self, search: Search, result: Result<CaughtUp, CallError>) {
        let present = search.epoch == self.epoch;
        let found = match result {
            Ok(CaughtUp { messages, truncated, failed, undecoded }) => {
                tracing::debug!(messages = messages.len(), truncated, failed, undecoded, "caught up");
                if undecoded > 0 {
                    tracing::warn!(undecoded, "messages that make no sense were left out");
                }
                let empty = messages.is_empty() && undecoded == 0;
                for message in messages {
                    let events = self.inbox.message(message, self.clock.now());
                    self.emit_all(events);
                }
                Some(Found { empty, truncated, failed })
            }
            Err(error) => {
                // The next document starts its own.
                if present {
                    tracing::warn!(?error, "catching up failed; it is tried again");
                }
                None
            }
        };
        match self.catch_up.answered(search, found, present) {
            Next::More(search) => self.search(search, true),
            Next::Again => {
                let soon = self.searched_at.map_or_else(Instant::now, |at| at + SEARCH_AGAIN);
                self.reconcile_at = Some(soon);
            }
            Next::Complete { given_up } => {
                if given_up {
                    tracing::warn!("what the page cannot load is no longer looked through");
                }
                if self.state.gate() == Gate::Open {
                    self.inbox.close_gap();
                }
            }
            Next::Incomplete if found.is_some() => {
                tracing::warn!("not everything could be looked through; it is tried again");
            }
            Next::Incomplete | Next::Nothing => {}
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
        let writer = Arc::clone(&self.writer);
        let save = async move {
            let _turn = writer.lock().await;
            Done::Saved(store::save(&session_dir, seen).await)
        };
        self.spawn(save, || Done::Saved(false));
    }
}

/// A defect of this library ended the task.
fn panicked() -> Fault {
    Fault::new(ErrorKind::Internal, "the library failed badly")
}

async fn page_call(page: &Page, call: &PageCall, deadline: Duration) -> Result<CallValue, CallError> {
    let nothing = json!({"deadlineMs": page_deadline(deadline)});
    let done = |_: Value| CallValue::Done;
    match call {
        PageCall::Ping => page.call("ping", &nothing, deadline).await.map(done),
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

async fn send_text(page: &Page, call: &SendCall, turn: Turn) -> Result<Sent, CallError> {
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
    if call.fresh {
        args["fresh"] = json!(true);
    }
    if let Some(wid) = &call.wid {
        args["wid"] = json!(wid);
    }
    if let Some(quoted) = &call.message.quoted {
        args["quoted"] = json!(quoted);
    }
    page.call_in_turn("send_text", &args, call.deadline, turn).await
}

/// What the page is told, in milliseconds.
pub(crate) fn page_deadline(deadline: Duration) -> u64 {
    u64::try_from(deadline.saturating_sub(PAGE_MARGIN).as_millis()).unwrap_or(u64::MAX).max(1)
}
