//! What can go wrong, and what is expected to follow.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;
use wa_client::Config;

use crate::cell::Cell;
use crate::moment::Moment;
use crate::support::processes;

/// A cause that lasts is there for so long when nothing tells that it was noticed.
const LASTS: Duration = Duration::from_millis(1500);

/// What the application sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing: no change of the status, no event.
    Unseen,
    /// The session is interrupted and comes back by itself.
    Recovers,
    /// The session ends; a person has to act.
    Ends,
}

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

    pub(crate) async fn strike(self, cell: &mut Cell) {
        let browser = || cell.rig.browser();
        match self {
            Self::BrowserKilled => processes::signal(browser(), Signal::KILL),
            Self::BrowserStopped => processes::signal_group(browser(), Signal::STOP),
            Self::ConnectionCut => processes::cut_connection(browser()),
            Self::RendererKilled => {
                for renderer in processes::renderers(browser()) {
                    processes::signal(renderer, Signal::KILL);
                }
            }
            Self::OutOfMemory => cell.in_page(json!({"kind": "oom"})).await,
            // Far longer than anybody waits.
            Self::PageHangs => cell.in_page(json!({"kind": "hang", "ms": 600_000})).await,
            Self::PageReloads | Self::PageReloadsInALoop => cell.in_page(json!({"kind": "reload"})).await,
            Self::PageGoesElsewhere => {
                let elsewhere = cell.rig.config.page_url.replace("127.0.0.1", "localhost") + "browsers.html";
                cell.in_page(json!({"kind": "navigate", "path": elsewhere})).await;
            }
            Self::PageRefusesTheBrowser => cell.in_page(json!({"kind": "navigate", "path": "/browsers.html"})).await,
            Self::Iframes => cell.in_page(json!({"kind": "iframes", "count": 20})).await,
            Self::Dialog => cell.in_page(json!({"kind": "dialog"})).await,
            Self::ReloadWhileServerSays503 => cell.reload_at(json!("503")).await,
            Self::ReloadWhileServerHangs => cell.reload_at(json!("hang")).await,
            Self::ReloadWhileServerResets => cell.reload_at(json!("reset")).await,
            Self::SocketClosed => drop(cell.rig.sim.socket(json!({"close": true})).await.expect("a page")),
            Self::Offline | Self::Flapping => cell.network(json!({"state": "offline"})).await,
            Self::HalfOpen => cell.network(json!({"state": "half_open"})).await,
            Self::UnlinkedOnThePhone => drop(cell.rig.sim.unlink(None, None).await.expect("a device")),
            Self::Replaced => cell.stream_ends(json!({"code": 440, "conflict": "replaced"})).await,
            Self::Banned => cell.stream_ends(json!({"code": 402, "expire": 3600})).await,
            Self::PageOutdated => cell.stream_ends(json!({"code": 405})).await,
            Self::SecondTab => cell.rig.open_second_tab().await,
            Self::CredentialsWiped => {
                cell.in_page(json!({"kind": "wipe_storage"})).await;
                cell.in_page(json!({"kind": "reload"})).await;
            }
        }
    }

    /// What goes on after the first blow, until the session says that it noticed; for causes nobody notices, for a while.
    pub(crate) async fn goes_on(self, cell: &mut Cell) {
        match self {
            Self::PageReloadsInALoop => cell.reload_until_noticed().await,
            Self::Flapping => {
                for state in ["online", "offline", "online", "offline"] {
                    // How long the network is away: time is what is tested.
                    tokio::time::sleep(LASTS / 5).await;
                    cell.network(json!({"state": state})).await;
                }
            }
            // The same: time is what is tested.
            Self::HalfOpen | Self::Offline => tokio::time::sleep(LASTS).await,
            _ => {}
        }
    }

    /// Takes the cause away.
    pub(crate) async fn heal(self, cell: &mut Cell) {
        match self {
            Self::ReloadWhileServerSays503 | Self::ReloadWhileServerHangs | Self::ReloadWhileServerResets => {
                cell.network(json!({"http": "up"})).await;
            }
            Self::Offline | Self::HalfOpen | Self::Flapping => cell.network(json!({"state": "online"})).await,
            _ => {}
        }
    }

    pub(crate) fn effect(self, moment: Moment) -> Effect {
        match (self, moment) {
            // Whatever happens then, `disconnect` ends the session in order.
            (_, Moment::Closing) => Effect::Unseen,
            (F::UnlinkedOnThePhone | F::Replaced | F::Banned | F::SecondTab | F::CredentialsWiped, _) => Effect::Ends,
            (F::PageRefusesTheBrowser, _) => Effect::Ends,
            (F::Iframes | F::Dialog | F::HalfOpen, _) => Effect::Unseen,
            // The page gets its first code, or its login, a little later.
            (F::SocketClosed | F::Offline | F::Flapping, Moment::Starting | Moment::Linking | Moment::Syncing) => {
                Effect::Unseen
            }
            (F::PageReloads | F::PageOutdated, Moment::Starting) => Effect::Unseen,
            _ => Effect::Recovers,
        }
    }

    /// How long it may take until the application sees it, by the settings.
    pub(crate) fn noticed_within(self, moment: Moment, config: &Config) -> Duration {
        let unresponsive = 2 * (config.deadlines.ping + config.check_interval);
        match self {
            // One document takes the place of another before anything was known of it.
            Self::ReloadWhileServerSays503 if moment == Moment::Starting => config.deadlines.probe,
            Self::BrowserStopped | Self::PageHangs => unresponsive,
            // The page waits as well before it believes it.
            Self::Replaced | Self::SecondTab => Duration::from_secs(12),
            Self::ReloadWhileServerHangs => config.deadlines.load_page,
            _ => Duration::from_secs(1),
        }
    }
}
