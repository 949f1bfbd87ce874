//! Reads the events of the page in order and tells what they mean: documents, events of the script, crashes, the end.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::engine::{Engine, Event, Hold, SessionId};
use super::{PageEvent, Slot, Stage, UrlKind, protocol};
use crate::browser::Exit;

/// The events of the protocol that [`Listener`] understands, and the one that tells of the first page.
pub(crate) const WANTED: &[&str] = &[
    "Inspector.targetCrashed",
    "Page.frameNavigated",
    "Page.javascriptDialogOpening",
    "Runtime.bindingCalled",
    "Runtime.executionContextCreated",
    "Runtime.executionContextsCleared",
    "Target.detachedFromTarget",
    "Target.targetCreated",
];

/// For an answer to a dialog, which no code of the page holds up.
const COMMAND_DEADLINE: Duration = Duration::from_secs(5);
/// For the script's entry point. A page that is busy with its own start may take long; the session has deadlines of its own.
const HANDLE_DEADLINE: Duration = Duration::from_secs(120);
/// A browser that ends in order closes its pipe first and then stores what it has; only its end tells how it ended.
const EXIT_GRACE: Duration = Duration::from_secs(2);

pub(super) struct Listener {
    pub(super) engine: Engine,
    pub(super) session: SessionId,
    pub(super) page_url: String,
    pub(super) main_frame: String,
    /// The names the script was given for its binding and its entry point.
    pub(super) binding: String,
    pub(super) handle: String,
    pub(super) slot: watch::Sender<Slot>,
    pub(super) out: mpsc::Sender<PageEvent>,
    pub(super) exit: watch::Receiver<Option<Exit>>,
    /// The context of the page's own code in the present document.
    pub(super) context: Option<Context>,
    pub(super) malformed: u64,
}

pub(super) struct Context {
    id: i64,
    unique_id: String,
    /// The number of the next event of the script; 1 before its first batch.
    next: u64,
}

/// Nobody wants to know any more.
struct Unheard;

impl Listener {
    pub(super) async fn run(mut self, mut events: mpsc::Receiver<Event>) {
        loop {
            let event = tokio::select! {
                event = events.recv() => event,
                () = self.out.closed() => break,
            };
            let Some(event) = event else { break };
            let lost = event.method == "Target.detachedFromTarget";
            if lost || self.handle(event).await.is_err() {
                break;
            }
        }
        // Without us nobody reads the events, so the connection ends, and then the browser.
        drop(events);
        self.slot.send_modify(|slot| slot.stage = Stage::Died);
        let _ = timeout(EXIT_GRACE, self.exit.wait_for(Option::is_some)).await;
        let Exit { code, signal, stderr } = self.exit.borrow().clone().unwrap_or_default();
        let _ = self.out.send(PageEvent::Died { exit_code: code, signal, stderr }).await;
    }

    async fn handle(&mut self, event: Event) -> Result<(), Unheard> {
        if !event.is_of(&self.session) {
            return Ok(());
        }
        let Event { method, params, hold, .. } = event;
        match method.as_str() {
            "Page.frameNavigated" => self.navigated(&params["frame"]).await,
            "Runtime.executionContextsCleared" => {
                self.context = None;
                Ok(())
            }
            "Runtime.executionContextCreated" => {
                self.context_created(&params["context"]);
                Ok(())
            }
            "Runtime.bindingCalled" => self.binding_called(&params, hold).await,
            "Inspector.targetCrashed" => {
                self.context = None;
                self.slot.send_modify(|slot| slot.stage = Stage::Crashed);
                self.tell(PageEvent::Crashed).await
            }
            "Page.javascriptDialogOpening" => {
                // The page stands still until it is answered. Only the question whether to leave is answered with yes.
                let accept = params["type"] == "beforeunload";
                self.send("Page.handleJavaScriptDialog", json!({"accept": accept}));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A new document. Its context is told of later, and the calls of its script after that.
    async fn navigated(&mut self, frame: &Value) -> Result<(), Unheard> {
        if frame["parentId"].is_string() {
            return Ok(());
        }
        if let Some(id) = frame["id"].as_str() {
            self.main_frame = id.to_owned();
        }
        let url_kind = UrlKind::of(frame["url"].as_str().unwrap_or_default(), &self.page_url);
        self.context = None;
        let stage = if url_kind.has_script() { Stage::Loading } else { Stage::NoScript };
        self.slot.send_modify(|slot| *slot = Slot { doc: slot.doc + 1, stage });
        tracing::debug!(doc = self.slot.borrow().doc, ?url_kind, "a new document");
        self.tell(PageEvent::Document { url_kind }).await
    }

    fn context_created(&mut self, context: &Value) {
        let about = &context["auxData"];
        if about["isDefault"] != true || about["frameId"].as_str() != Some(&self.main_frame) {
            return;
        }
        if let (Some(id), Some(unique_id)) = (context["id"].as_i64(), context["uniqueId"].as_str()) {
            self.context = Some(Context { id, unique_id: unique_id.to_owned(), next: 1 });
        }
    }

    async fn binding_called(&mut self, params: &Value, hold: Option<Hold>) -> Result<(), Unheard> {
        // Empty and error pages run the script as well; it has nothing to say there.
        if params["name"].as_str() != Some(&self.binding) || matches!(self.slot.borrow().stage, Stage::NoScript) {
            return Ok(());
        }
        let from = params["executionContextId"].as_i64();
        let payload = params["payload"].as_str().unwrap_or_default();
        let mut bytes = payload.len();
        let Some(context) = self.context.as_mut().filter(|context| Some(context.id) == from) else {
            return self.malformed(bytes).await;
        };
        let first = context.next == 1;
        let Ok(batch) = protocol::decode_batch(payload, &mut context.next) else { return self.malformed(bytes).await };
        if first {
            let context = context.unique_id.clone();
            self.fetch_handle(context);
        }
        for event in batch {
            let bytes = std::mem::take(&mut bytes);
            self.tell(PageEvent::Bridge { event, bytes, hold: hold.clone() }).await?;
        }
        Ok(())
    }

    /// Takes the script's entry point out of the page. Off this task: its answer arrives behind events that we must read.
    fn fetch_handle(&self, context: String) {
        let doc = self.slot.borrow().doc;
        let expression =
            format!("(() => {{ const h = window[{0:?}]; delete window[{0:?}]; return h; }})()", self.handle);
        let params = json!({"expression": expression, "uniqueContextId": context, "silent": true});
        let (engine, session, slot) = (self.engine.clone(), self.session.clone(), self.slot.clone());
        tokio::spawn(async move {
            let result = engine.command(Some(&session), "Runtime.evaluate", params, HANDLE_DEADLINE).await;
            let handle = result.ok().and_then(|mut result| match result["result"]["objectId"].take() {
                Value::String(id) => Some(id),
                _ => None,
            });
            slot.send_if_modified(|slot| {
                let waits = slot.doc == doc && matches!(slot.stage, Stage::Loading);
                if waits {
                    slot.stage = handle.map_or(Stage::NoScript, |id| Stage::Ready(id.into()));
                }
                waits
            });
        });
    }

    async fn malformed(&mut self, bytes: usize) -> Result<(), Unheard> {
        self.malformed += 1;
        self.tell(PageEvent::Malformed { total: self.malformed, bytes }).await
    }

    async fn tell(&self, event: PageEvent) -> Result<(), Unheard> {
        self.out.send(event).await.map_err(|_| Unheard)
    }

    fn send(&self, method: &'static str, params: Value) {
        let (engine, session) = (self.engine.clone(), self.session.clone());
        tokio::spawn(async move { engine.command(Some(&session), method, params, COMMAND_DEADLINE).await });
    }
}
