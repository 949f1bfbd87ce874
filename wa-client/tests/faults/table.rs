//! `docs/reliability.md` from the cells.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use wa_client::Config;

use crate::document::{self, blessing, list, seconds};
use crate::fault::{Effect, Fault};
use crate::moment::Moment;
use crate::outcome::{Outcome, path};
use crate::{CELLS, tree};

const DOCUMENT: &str = "docs/reliability.md";
const BEGIN: &str =
    "<!-- The table is made by `WA_BLESS=1 cargo test -p wa-client --features redis --test faults`. -->\n";
const END: &str = "<!-- End of the table. -->\n";

fn row(fault: &str, moment: &str, out: &mut String) {
    let Some(cell) = Outcome::stored(fault, moment) else { return };
    for (outcome, note) in cell.either().zip(["", ", the link not yet on the disk"]) {
        outcome_row(fault, moment, note, outcome, out);
    }
}

fn outcome_row(fault: &str, moment: &str, note: &str, cell: &Outcome, out: &mut String) {
    let noticed = cell.noticed_ms.map_or_else(|| "–".to_owned(), seconds);
    // What follows in such a row is the session getting on.
    let unseen = Fault::named(fault).effect(Moment::named(moment)) == Effect::Unseen;
    let shown = if unseen && moment != "closing" && moment != "linking" { 1 } else { cell.statuses.len() };
    let effect = list(&cell.statuses[..shown], " → ");
    let reasons: Vec<String> =
        cell.reasons.iter().map(|reason| format!("`{}`", reason.trim_end_matches('!'))).collect();
    let _ = writeln!(
        out,
        "| {}{note} | {effect} | {} | {} | {} | {noticed} | {} | {} |",
        moment.replace('_', " "),
        list(&reasons, ", "),
        cell.call.as_deref().unwrap_or("–"),
        list(&cell.person, ", "),
        seconds(cell.back_ms),
        cell.lost,
    );
}

fn tables() -> String {
    let mut out = String::new();
    for (fault, moments) in CELLS {
        let config = Config::default();
        let within = moments.iter().map(|moment| Fault::named(fault).noticed_within(Moment::named(moment), &config));
        let within = within.max().unwrap_or_default();
        let _ = write!(
            out,
            "\n### {}\n\nSeen at the latest after {} s with the default settings. Tests: `faults::{fault}`.\n\n",
            Fault::named(fault).title(),
            within.as_secs()
        );
        out.push_str("| Moment | Status | Reason | Call under way | A person has to | Seen after | Back after | Lost |\n|---|---|---|---|---|---|---|---|\n");
        for moment in *moments {
            row(fault, moment, &mut out);
        }
    }
    out.push('\n');
    out
}

#[test]
fn the_document_shows_the_cells() {
    document::settle(DOCUMENT, BEGIN, END, &tables());
}

#[test]
fn every_cell_is_stored_and_none_is_left_over() {
    if blessing() {
        return;
    }
    let wanted: BTreeSet<_> =
        CELLS.iter().flat_map(|(fault, moments)| moments.iter().map(|moment| path(fault, moment))).collect();
    let directory = tree::root().join("wa-client/tests/faults/cells");
    let stored = fs::read_dir(directory)
        .expect("the cells")
        .flatten()
        .flat_map(|fault| fs::read_dir(fault.path()).expect("the cells of a fault").flatten().map(|cell| cell.path()));
    assert_eq!(stored.collect::<BTreeSet<_>>(), wanted);
}
