//! Gets the page ready for its first navigation.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::engine::{CommandError, Engine, Event};
use super::listener::Listener;
use super::script::ScriptConfig;
use super::{Page, PageEvent, Slot, Stage};
use crate::browser::{Exit, identity};

/// Events between the page and the session. When it is full the page's listener waits, and in the end the browser keeps
/// them.
const PAGE_EVENT_QUEUE: usize = 1024;

/// What a page needs besides a browser.
pub(crate) struct Preparation {
    pub(crate) url: String,
    pub(crate) user_agent: Option<String>,
    /// The names in it are those that `source` uses.
    pub(crate) script: ScriptConfig,
    pub(crate) source: String,
    pub(crate) exit: watch::Receiver<Option<Exit>>,
}

/// Attaches to the first page of the browser, gives it its identity and installs binding and script. All of it outlives
/// navigations, reloads and crashes of the renderer.
/// `version` is what the browser says of itself (`Browser.getVersion`).
pub(crate) async fn prepare(
    engine: &Engine,
    mut events: mpsc::Receiver<Event>,
    preparation: Preparation,
    version: &Value,
    deadline: Duration,
) -> Result<(Page, mpsc::Receiver<PageEvent>), CommandError> {
    let Preparation { url, user_agent, script, source, exit } = preparation;
    let give_up = Instant::now() + deadline;
    let left = || give_up.saturating_duration_since(Instant::now());

    let session = engine.attach(&mut events, left()).await?;
    // All at once: the browser does them in order.
    let of_page = |method, params| engine.command(Some(&session), method, params, left());
    let identify = async {
        match identity::wanted(version, user_agent.as_deref()) {
            Some(identity) => of_page("Emulation.setUserAgentOverride", identity).await.map(drop),
            None => Ok(()),
        }
    };
    // Nothing of ours is downloaded, so what the page starts by itself goes nowhere.
    let refuse = engine.command(None, "Browser.setDownloadBehavior", json!({"behavior": "deny"}), left());
    let (_, _, tree, ..) = tokio::try_join!(
        biased;
        of_page("Page.enable", json!({})),
        of_page("Inspector.enable", json!({})),
        of_page("Page.getFrameTree", json!({})),
        identify,
        refuse,
        of_page("Runtime.addBinding", json!({"name": script.binding})),
        of_page("Page.addScriptToEvaluateOnNewDocument", json!({"source": source})),
        of_page("Runtime.enable", json!({})),
    )?;

    let (slot, present) = watch::channel(Slot { doc: 0, stage: Stage::NoScript });
    let (out, page_events) = mpsc::channel(PAGE_EVENT_QUEUE);
    let main_frame = text(&tree["frameTree"]["frame"]["id"]);
    let page = Page { engine: engine.clone(), session: session.clone(), slot: present, url: url.as_str().into() };
    let listener = Listener {
        engine: engine.clone(),
        session,
        page_url: url,
        main_frame,
        binding: script.binding,
        handle: script.handle,
        slot,
        out,
        exit,
        context: None,
        malformed: 0,
    };
    tokio::spawn(listener.run(events));
    Ok((page, page_events))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
