//! The second table of `docs/reliability.md`, from the rows.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use wa_client::Config;

use crate::document::{self, blessing, list, seconds};
use crate::row::Row;
use crate::{FAULTS, tree};

const DOCUMENT: &str = "docs/reliability.md";
const BEGIN: &str = "<!-- The table of the system is made by `WA_BLESS=1 cargo test -p wa-client --features redis,cli --test system`. -->\n";
const END: &str = "<!-- End of the table of the system. -->\n";

fn table() -> String {
    let config = Config::default();
    let mut out = String::from(
        "\n| What | Status | Reason | Start, or call under way | Known at the latest after | Known here after | Over by | Back after | Lost |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    for fault in FAULTS {
        let Some(row) = Row::stored(fault.name) else { continue };
        let reasons: Vec<String> = row.reasons.iter().map(|reason| format!("`{reason}`")).collect();
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            fault.title,
            list(&row.statuses, " → "),
            list(&reasons, ", "),
            row.call.as_deref().unwrap_or("–"),
            fault.within.map_or_else(|| "–".to_owned(), |within| format!("{} s", within(&config).as_secs())),
            row.noticed_ms.map_or_else(|| "–".to_owned(), seconds),
            row.over,
            row.back_ms.map_or_else(|| "–".to_owned(), seconds),
            row.lost,
        );
    }
    out.push('\n');
    out
}

#[test]
fn the_document_shows_the_rows() {
    document::settle(DOCUMENT, BEGIN, END, &table());
}

#[test]
fn every_row_is_stored_and_none_is_left_over() {
    if blessing() {
        return;
    }
    let wanted: BTreeSet<_> = FAULTS.iter().map(|fault| Row::path(fault.name)).collect();
    let directory = tree::root().join("wa-client/tests/system/rows");
    let stored = fs::read_dir(directory).expect("the rows").flatten().map(|row| row.path());
    assert_eq!(stored.collect::<BTreeSet<_>>(), wanted);
}
