//! What can go wrong, and how to make it happen.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::time::Instant;
use wa_client::Config;
use wa_client_sim::ClientError;

use super::{PATIENCE, Rig, processes};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    BrowserKilled,
    BrowserStopped,
    ConnectionCut,
    RendererKilled,
    OutOfMemory,
    PageHangs,
    PageReloads,
    PageReloadsInALoop,
    PageGoesElsewhere,
    PageRefusesTheBrowser,
    Iframes,
    Dialog,
    ReloadWhileServerSays503,
    ReloadWhileServerHangs,
    ReloadWhileServerResets,
    SocketClosed,
    Offline,
    HalfOpen,
    Flapping,
    UnlinkedOnThePhone,
    Replaced,
    Banned,
    PageOutdated,
    SecondTab,
    CredentialsWiped,
}

use Fault as F;

impl Fault {
    const NAMES: [(Self, &str, &str); 25] = [
        (F::BrowserKilled, "browser_killed", "The browser is killed (SIGKILL)"),
        (F::BrowserStopped, "browser_stopped", "The browser stands still (SIGSTOP)"),
        (F::ConnectionCut, "connection_cut", "The pipe to the browser breaks"),
        (F::RendererKilled, "renderer_killed", "The page's process is killed"),
        (F::OutOfMemory, "out_of_memory", "The page runs out of memory"),
        (F::PageHangs, "page_hangs", "The page's main thread is busy for ever"),
        (F::PageReloads, "page_reloads", "The page loads itself anew"),
        (F::PageReloadsInALoop, "page_reloads_in_a_loop", "The page loads itself over and over"),
        (F::PageGoesElsewhere, "page_goes_elsewhere", "The page goes to another site"),
        (F::PageRefusesTheBrowser, "page_refuses_the_browser", "The page goes to its \"unsupported browser\" page"),
        (F::Iframes, "iframes", "Frames in the page come, navigate and go"),
        (F::Dialog, "dialog", "The page shows a dialog that blocks it"),
        (
            F::ReloadWhileServerSays503,
            "reload_while_server_says_503",
            "The page loads itself anew; the server answers 503",
        ),
        (
            F::ReloadWhileServerHangs,
            "reload_while_server_hangs",
            "The page loads itself anew; the server does not answer",
        ),
        (
            F::ReloadWhileServerResets,
            "reload_while_server_resets",
            "The page loads itself anew; the server breaks the connection",
        ),
        (F::SocketClosed, "socket_closed", "The server closes the page's socket"),
        (F::Offline, "offline", "The network is gone"),
        (F::HalfOpen, "half_open", "The network swallows everything"),
        (F::Flapping, "flapping", "The network comes and goes"),
        (F::UnlinkedOnThePhone, "unlinked_on_the_phone", "The device is removed on the phone"),
        (F::Replaced, "replaced", "Another browser takes the session"),
        (F::Banned, "banned", "The account is banned"),
        (F::PageOutdated, "page_outdated", "The server wants a newer page (405)"),
        (F::SecondTab, "second_tab", "The profile's page is opened in another tab"),
        (F::CredentialsWiped, "credentials_wiped", "The page's storage is emptied, then it loads itself anew"),
    ];

    pub(crate) fn named(name: &str) -> Self {
        Self::NAMES.iter().find(|(_, it, _)| *it == name).expect("a fault").0
    }

    fn entry(self) -> &'static (Self, &'static str, &'static str) {
        Self::NAMES.iter().find(|(it, ..)| *it == self).expect("every fault has a name")
    }

    pub(crate) fn name(self) -> &'static str {
        self.entry().1
    }

    pub(crate) fn title(self) -> &'static str {
        self.entry().2
    }

    /// What the session needs before it starts.
    pub(crate) fn prepare(self, config: &mut Config) {
        match self {
            Self::ConnectionCut => config.executable = Some(processes::relayed_browser(&config.session_path)),
            Self::OutOfMemory => config.browser_args.push("--js-flags=--max-old-space-size=64".to_owned()),
            _ => {}
        }
    }

    /// Makes it happen. Fails when there is nothing that it could happen to.
    pub(crate) async fn strike(self, rig: &Rig) -> Result<(), ClientError> {
        let browser = || rig.browser();
        match self {
            Self::BrowserKilled => processes::signal(browser(), Signal::KILL),
            Self::BrowserStopped => processes::signal_group(browser(), Signal::STOP),
            Self::ConnectionCut => processes::cut_connection(browser()),
            Self::RendererKilled => {
                for renderer in processes::renderers(browser()) {
                    processes::signal(renderer, Signal::KILL);
                }
            }
            Self::OutOfMemory => rig.in_page(json!({"kind": "oom"})).await?,
            // Far longer than anybody waits.
            Self::PageHangs => rig.in_page(json!({"kind": "hang", "ms": 600_000})).await?,
            Self::PageReloads | Self::PageReloadsInALoop => rig.in_page(json!({"kind": "reload"})).await?,
            Self::PageGoesElsewhere => {
                let elsewhere = rig.config.page_url.replace("127.0.0.1", "localhost") + "browsers.html";
                rig.in_page(json!({"kind": "navigate", "path": elsewhere})).await?;
            }
            Self::PageRefusesTheBrowser => rig.in_page(json!({"kind": "navigate", "path": "/browsers.html"})).await?,
            Self::Iframes => rig.in_page(json!({"kind": "iframes", "count": 20})).await?,
            Self::Dialog => rig.in_page(json!({"kind": "dialog"})).await?,
            Self::ReloadWhileServerSays503 => rig.reload_at(json!("503")).await?,
            Self::ReloadWhileServerHangs => rig.reload_at(json!("hang")).await?,
            Self::ReloadWhileServerResets => rig.reload_at(json!("reset")).await?,
            Self::SocketClosed => drop(rig.sim.socket(json!({"close": true})).await?),
            Self::Offline | Self::Flapping => drop(rig.sim.put_network(json!({"state": "offline"})).await?),
            Self::HalfOpen => drop(rig.sim.put_network(json!({"state": "half_open"})).await?),
            Self::UnlinkedOnThePhone => drop(rig.sim.unlink(None, None).await?),
            Self::Replaced => drop(rig.sim.end_stream(json!({"code": 440, "conflict": "replaced"})).await?),
            Self::Banned => drop(rig.sim.end_stream(json!({"code": 402, "expire": 3600})).await?),
            Self::PageOutdated => drop(rig.sim.end_stream(json!({"code": 405})).await?),
            Self::SecondTab => rig.open_second_tab().await,
            Self::CredentialsWiped => {
                rig.in_page(json!({"kind": "wipe_storage"})).await?;
                rig.in_page(json!({"kind": "reload"})).await?;
            }
        }
        Ok(())
    }

    /// Takes the cause away.
    pub(crate) async fn heal(self, rig: &Rig) -> Result<(), ClientError> {
        match self {
            Self::ReloadWhileServerSays503 | Self::ReloadWhileServerHangs | Self::ReloadWhileServerResets => {
                rig.sim.put_network(json!({"http": "up"})).await.map(drop)
            }
            Self::Offline | Self::HalfOpen | Self::Flapping => {
                rig.sim.put_network(json!({"state": "online"})).await.map(drop)
            }
            _ => Ok(()),
        }
    }
}

impl Rig {
    /// A fault of the page; while it is between two connections it cannot be told.
    pub(crate) async fn in_page(&self, body: Value) -> Result<(), ClientError> {
        let give_up = Instant::now() + PATIENCE;
        loop {
            let mark = self.sim.mark().await?;
            match self.sim.fault(&body).await {
                Ok(_) => return Ok(()),
                Err(error) if error.code() == Some("no_target") && Instant::now() < give_up => {
                    let connected =
                        self.sim.wait_event(&["page.connected"], mark, |_| true, Duration::from_secs(1)).await;
                    assert!(matches!(connected, Ok(_) | Err(ClientError::Timeout(_))), "{connected:?}");
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The page loads itself anew from a server that fails.
    async fn reload_at(&self, http: Value) -> Result<(), ClientError> {
        self.sim.put_network(json!({"http": http})).await?;
        self.in_page(json!({"kind": "reload"})).await
    }
}
