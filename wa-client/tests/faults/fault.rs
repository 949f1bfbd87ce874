//! What is expected to follow when something goes wrong.

use std::time::Duration;

use serde_json::json;
use wa_client::Config;

use crate::cell::Cell;
use crate::moment::Moment;
pub(crate) use crate::support::fault::Fault;

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

use Fault as F;

impl Fault {
    /// What goes on after the first blow, until the session says that it noticed; for causes nobody notices, for a while.
    pub(crate) async fn goes_on(self, cell: &mut Cell) {
        match self {
            Self::PageReloadsInALoop => cell.reload_until_noticed().await,
            Self::Flapping => {
                for state in ["online", "offline", "online", "offline"] {
                    // How long the network is away: time is what is tested.
                    tokio::time::sleep(LASTS / 5).await;
                    cell.rig.sim.put_network(json!({"state": state})).await.expect("a network");
                }
            }
            // The same: time is what is tested.
            Self::HalfOpen | Self::Offline => tokio::time::sleep(LASTS).await,
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
