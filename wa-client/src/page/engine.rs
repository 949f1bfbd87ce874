//! The protocol client: commands with a deadline each, and the events of one page in order.
//!
//! The only file that knows chromiumoxide. It uses that crate's connection and message types, not its `Browser` and
//! `Handler`: those watch every target, keep events in unbounded queues, and do not end with the browser.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chromiumoxide::Connection;
use chromiumoxide::error::CdpError;
use chromiumoxide::types::{CallId, EventMessage, Message, Method, MethodId, Response};
use futures::StreamExt;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::timeout;
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

/// The browser goes deaf on one command of 100 MiB; nothing of ours comes near this.
pub(crate) const COMMAND_LIMIT: usize = 8 << 20;
const COMMAND_QUEUE: usize = 256;
/// Events between the connection and its reader. When it is full the connection is not read, and the browser keeps them.
const EVENT_QUEUE: usize = 1024;
/// What these events and those that were made of them may weigh together until the session has taken them, in kibibytes.
const EVENT_QUEUE_KIB: u32 = 32 << 10;

/// A connection to a browser. Clones use the same connection; it ends with the browser, or with the last clone.
#[derive(Clone)]
pub(crate) struct Engine {
    commands: mpsc::Sender<Submission>,
}

/// A session with one target of the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SessionId(String);

/// An event of the protocol. Its content is private: `Debug` shows the name alone.
#[derive(Deserialize, Clone)]
pub(crate) struct Event {
    pub(crate) method: String,
    #[serde(rename = "sessionId")]
    session: Option<String>,
    #[serde(default)]
    pub(crate) params: Value,
    #[serde(skip)]
    pub(crate) hold: Option<Hold>,
}

/// A share of what may wait. It is given back when the last clone is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Hold {
    _permit: Arc<OwnedSemaphorePermit>,
}

/// Why a command has no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CommandError {
    /// No answer in time; `sent` is false when it never left.
    Timeout { sent: bool },
    /// The connection has ended.
    Closed,
    /// The browser refused it. The text is the browser's, about its own objects.
    Refused { code: i64, message: String },
}

struct Submission {
    method: &'static str,
    session: Option<SessionId>,
    params: Value,
    /// Whoever sets it first decides: the connection that it is sent, the caller that it never is.
    claimed: Arc<AtomicBool>,
    reply: oneshot::Sender<Result<Value, CommandError>>,
}

impl Engine {
    /// Connects to the browser behind `url`. Of its events only those named in `wanted` are delivered, in order and
    /// without loss; the connection ends when their receiver is dropped.
    ///
    /// While that receiver is full nothing is read, so commands get no answer either.
    pub(crate) async fn connect(
        url: &str,
        wanted: &'static [&'static str],
        deadline: Duration,
    ) -> Result<(Self, mpsc::Receiver<Event>), CommandError> {
        // The connection logs its address and what it carries, and both are private.
        let silent = NoSubscriber::new;
        let connecting = timeout(deadline, Connection::connect(url).with_subscriber(silent()));
        let connection =
            connecting.await.map_err(|_| CommandError::Timeout { sent: false })?.map_err(|_| CommandError::Closed)?;
        let (commands, submitted) = mpsc::channel(COMMAND_QUEUE);
        let (sink, events) = mpsc::channel(EVENT_QUEUE);
        let driver = Driver {
            connection,
            submitted,
            sink,
            wanted,
            pending: HashMap::new(),
            room: Arc::new(Semaphore::new(EVENT_QUEUE_KIB as usize)),
        };
        tokio::spawn(driver.run().with_subscriber(silent()));
        Ok((Self { commands }, events))
    }

    /// Sends one command, to the browser or to a target, and waits for its answer.
    pub(crate) async fn command(
        &self,
        session: Option<&SessionId>,
        method: &'static str,
        params: Value,
        deadline: Duration,
    ) -> Result<Value, CommandError> {
        self.command_in_turn(session, method, params, deadline, ()).await
    }

    /// As [`command`](Self::command); `turn` is dropped when the command has its place in the order of commands.
    pub(crate) async fn command_in_turn<T>(
        &self,
        session: Option<&SessionId>,
        method: &'static str,
        params: Value,
        deadline: Duration,
        turn: T,
    ) -> Result<Value, CommandError> {
        let (reply, answer) = oneshot::channel();
        let claimed = Arc::new(AtomicBool::new(false));
        let submission = Submission { method, session: session.cloned(), params, claimed: Arc::clone(&claimed), reply };
        let answered = async {
            self.commands.send(submission).await.map_err(|_| CommandError::Closed)?;
            drop(turn);
            answer.await.unwrap_or(Err(CommandError::Closed))
        };
        match timeout(deadline, answered).await {
            Ok(result) => result,
            Err(_) => Err(CommandError::Timeout { sent: claimed.swap(true, Ordering::AcqRel) }),
        }
    }

    /// A session with the first page of the browser, which may still be about to open.
    pub(crate) async fn attach(
        &self,
        events: &mut mpsc::Receiver<Event>,
        deadline: Duration,
    ) -> Result<SessionId, CommandError> {
        timeout(deadline, self.attach_to_first(events, deadline))
            .await
            .unwrap_or(Err(CommandError::Timeout { sent: true }))
    }

    async fn attach_to_first(
        &self,
        events: &mut mpsc::Receiver<Event>,
        deadline: Duration,
    ) -> Result<SessionId, CommandError> {
        let pages = json!({"discover": true, "filter": [{"type": "page"}]});
        self.command(None, "Target.setDiscoverTargets", pages, deadline).await?;
        let first = async {
            while let Some(mut event) = events.recv().await {
                if event.method == "Target.targetCreated" && event.params["targetInfo"]["type"] == "page" {
                    return Ok(event.params["targetInfo"]["targetId"].take());
                }
            }
            Err(CommandError::Closed)
        };
        let target = first.await?;
        self.command(None, "Target.setDiscoverTargets", json!({"discover": false}), deadline).await?;
        let attach = json!({"targetId": target, "flatten": true});
        let mut attached = self.command(None, "Target.attachToTarget", attach, deadline).await?;
        match attached["sessionId"].take() {
            Value::String(id) => Ok(SessionId(id)),
            _ => Err(CommandError::Refused { code: 0, message: "no session id".to_owned() }),
        }
    }

    /// Asks the browser to end. Its answer may never come, because it ends.
    pub(crate) async fn close_browser(&self, deadline: Duration) {
        let _ = self.command(None, "Browser.close", json!({}), deadline).await;
    }
}

/// Owns the connection; ends with it, with the last [`Engine`], or with the receiver of the events.
struct Driver {
    connection: Connection<Event>,
    submitted: mpsc::Receiver<Submission>,
    sink: mpsc::Sender<Event>,
    wanted: &'static [&'static str],
    pending: HashMap<CallId, oneshot::Sender<Result<Value, CommandError>>>,
    /// What may still wait, in kibibytes.
    room: Arc<Semaphore>,
}

impl Driver {
    async fn run(mut self) {
        // Room for an event is kept before anything is read, so that none is ever held or dropped here.
        while let Ok(room) = self.sink.reserve().await {
            tokio::select! {
                submission = self.submitted.recv() => match submission {
                    Some(submission) => Self::submit(&mut self.connection, &mut self.pending, submission),
                    None => return,
                },
                message = self.connection.next() => match message {
                    Some(Ok(Message::Response(response))) => Self::settle(&mut self.pending, response),
                    Some(Ok(Message::Event(mut event))) => {
                        if self.wanted.contains(&event.method.as_str()) {
                            let weight = event.kib().min(EVENT_QUEUE_KIB);
                            let permit = tokio::select! {
                                permit = Arc::clone(&self.room).acquire_many_owned(weight) => permit,
                                () = self.sink.closed() => return,
                            };
                            event.hold = permit.ok().map(|permit| Hold { _permit: Arc::new(permit) });
                            room.send(event);
                        }
                    }
                    // Not JSON as the standard has it, for example half a surrogate pair.
                    Some(Err(CdpError::InvalidMessage(..))) => {}
                    Some(Err(_)) | None => return,
                },
                () = self.sink.closed() => return,
            }
        }
    }

    fn submit(
        connection: &mut Connection<Event>,
        pending: &mut HashMap<CallId, oneshot::Sender<Result<Value, CommandError>>>,
        submission: Submission,
    ) {
        let Submission { method, session, params, claimed, reply } = submission;
        if claimed.swap(true, Ordering::AcqRel) {
            return;
        }
        // Callers that gave up leave their entry until the answer comes, which an unresponsive page may never give.
        pending.retain(|_, reply| !reply.is_closed());
        let session = session.map(|SessionId(id)| id.into());
        if let Ok(id) = connection.submit_command(method.into(), session, params) {
            pending.insert(id, reply);
        }
    }

    fn settle(pending: &mut HashMap<CallId, oneshot::Sender<Result<Value, CommandError>>>, response: Response) {
        let Some(reply) = pending.remove(&response.id) else { return };
        let _ = reply.send(match response.error {
            Some(error) => Err(CommandError::Refused { code: error.code, message: error.message }),
            None => Ok(response.result.unwrap_or(Value::Null)),
        });
    }
}

impl Event {
    /// What it weighs: the texts in it, of which few events have more than one.
    fn kib(&self) -> u32 {
        fn texts(value: &Value) -> usize {
            match value {
                Value::String(text) => text.len(),
                Value::Array(values) => values.iter().map(texts).sum(),
                Value::Object(members) => members.values().map(texts).sum(),
                _ => 8,
            }
        }
        u32::try_from(texts(&self.params) >> 10).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// Whether the event belongs to this session.
    pub(crate) fn is_of(&self, session: &SessionId) -> bool {
        self.session.as_ref() == Some(&session.0)
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event").field("method", &self.method).finish_non_exhaustive()
    }
}

impl Method for Event {
    fn identifier(&self) -> MethodId {
        self.method.clone().into()
    }
}

impl EventMessage for Event {
    fn session_id(&self) -> Option<&str> {
        self.session.as_deref()
    }
}
