//! What happens when WhatsApp changes its page: the simulator takes names away, renames them, and changes what is behind them.
//!
//! Without something core the session ends at once, naming it. Without anything else only the calls that need it fail.

#[path = "../support/program.rs"]
mod program;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/tree.rs"]
mod tree;

mod calls;
mod capabilities;
mod core;
mod doctor;
mod optional;
mod repair;
mod tomorrow;

use serde_json::Value;
use wa_client_sim::SimClient;

/// Somebody to write to.
const FRIEND: &str = "5511988887777";

/// The own account.
const OWN: &str = "5511900000001";

/// Changes a live page: returns when it has changed.
async fn strike(sim: &SimClient, faults: impl IntoIterator<Item = Value>) {
    let since = sim.mark().await.expect("the simulator answers");
    for fault in faults {
        let id = sim.fault(&fault).await.unwrap_or_else(|error| panic!("{fault}: {error}"));
        known(sim, since, &id, true).await;
    }
}

/// Makes a live page what it was: returns when it is.
async fn heal(sim: &SimClient) {
    let since = sim.mark().await.expect("the simulator answers");
    let answer = sim.clear_faults(None).await.expect("the simulator answers");
    for id in answer["cleared"].as_array().expect("a list of faults") {
        known(sim, since, id.as_str().expect("a name"), false).await;
    }
}

async fn known(sim: &SimClient, since: u64, id: &str, on: bool) {
    let wanted = |event: &wa_client_sim::client::Event| event.fields["fault"] == id && event.fields["on"] == on;
    sim.wait_event(&["fault.known"], since, wanted, support::PATIENCE).await.expect("the page hears of it");
}
