//! The documents say what the code says, and the tests that they name exist.

#[path = "support/tree.rs"]
mod tree;

use std::collections::BTreeSet;

use tree::{between, read, root, table};
use wa_client::ConnectionStatus;

/// What stands between backticks and names a test: `file::function`, `faults::fault`, or a whole file of tests.
fn references(text: &str) -> Vec<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    let names_a_test = |text: &&str| {
        let (file, function) = text.split_once("::").unwrap_or((text, ""));
        (file == "faults" && !function.is_empty())
            || (file.contains('/') && (!function.is_empty() || file.contains("/tests/") && is_code(file)))
    };
    quoted.filter(names_a_test).collect()
}

fn is_code(file: &str) -> bool {
    [".rs", ".js"].iter().any(|extension| file.ends_with(extension))
}

/// Why a reference leads nowhere; `None` when it leads to a test.
fn broken(reference: &str) -> Option<String> {
    if let Some(fault) = reference.strip_prefix("faults::") {
        let cells = read("wa-client/tests/faults/main.rs");
        return (!cells.contains(&format!("\n    {fault}: "))).then(|| format!("{reference}: no such fault"));
    }
    let (file, function) = reference.split_once("::").unwrap_or((reference, ""));
    if !root().join(file).is_file() {
        return Some(format!("{reference}: no such file"));
    }
    let text = read(file);
    let found = match function {
        "" => text.contains("#[test]") || text.contains("#[tokio::test") || text.contains("\nmod "),
        name if file.ends_with(".js") => text.contains(&format!("test('{name}'")),
        name => is_test(&text, name),
    };
    (!found).then(|| format!("{reference}: no such test"))
}

/// Whether the text has a test of this name: a function with that attribute.
fn is_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    let Some(place) = lines.iter().position(|line| line.contains(&format!("fn {name}("))) else { return false };
    let above = lines[..place].iter().rev().take_while(|line| line.starts_with(['#', '/']));
    above.filter(|line| line.starts_with("#[")).any(|line| line.contains("test]") || line.contains("test("))
}

#[test]
fn every_test_that_a_document_names_exists() {
    let mut seen = 0;
    let mut wrong = Vec::new();
    for document in ["docs/pains.md", "docs/threat-model.md", "docs/operations.md", "SECURITY.md"] {
        let text = read(document);
        let named = references(&text);
        seen += named.len();
        wrong.extend(named.into_iter().filter_map(broken).map(|why| format!("{document}: {why}")));
    }
    assert!(seen > 100, "references are recognised: {seen}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn references_that_lead_nowhere_are_found() {
    let text = "`a/tests/b.rs` and `a/tests/c.rs::d`, `faults::e`; not `core::mem`, `a/b`, `x.md` or `docs/tests/x.md`";
    assert_eq!(references(text), ["a/tests/b.rs", "a/tests/c.rs::d", "faults::e"]);
    for reference in [
        "wa-client/tests/documents.rs::nothing_of_that_name",
        "wa-client/tests/documents.rs::broken",
        "wa-client/tests/no_such_file.rs",
        "wa-client/tests/bridge_js/bridge.test.js::no such test",
        "faults::no_such_fault",
    ] {
        assert!(broken(reference).is_some(), "{reference}");
    }
    assert_eq!(broken("wa-client/tests/documents.rs::references_that_lead_nowhere_are_found"), None);
}

#[test]
fn each_of_the_twenty_two_pains_has_an_answer_and_a_test() {
    let text = read("docs/pains.md");
    let pains: Vec<&str> = text.split("\n## ").skip(1).collect();
    assert_eq!(pains.len(), 22);
    for (index, pain) in pains.iter().enumerate() {
        let number = index + 1;
        assert!(pain.starts_with(&format!("{number}. ")), "the order: {pain}");
        assert!(pain.contains("**Here** "), "pain {number} has no answer");
        assert!(!references(pain).is_empty(), "pain {number} has no test");
    }
}

#[test]
fn each_line_of_the_threat_model_has_a_test_or_says_why_not() {
    let text = read("docs/threat-model.md");
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ") && line.contains("? |")).collect();
    assert!(rows.len() > 25, "{} lines", rows.len());
    for row in rows {
        let proof = row.trim_end_matches(" |").rsplit(" | ").next().unwrap_or_default();
        assert!(!references(proof).is_empty() || proof.starts_with("none: "), "nothing shows it: {row}");
    }
}

/// Texts that a file gives to something: `=> "text"`.
fn codes(file: &str, function: &str) -> BTreeSet<String> {
    let text = read(file);
    let body = text.split_once(function).unwrap_or_else(|| panic!("no {function} in {file}")).1;
    between(body.split_once("\n    }\n").expect("an end").0, "=> \"", '"')
}

fn set(words: impl IntoIterator<Item = &'static str>) -> BTreeSet<String> {
    words.into_iter().map(str::to_owned).collect()
}

#[test]
fn operators_find_every_status_phase_reason_and_metric() {
    let text = read("docs/operations.md");
    assert_eq!(table(&text, "## Status"), set(ConnectionStatus::ALL.map(ConnectionStatus::as_str)));
    let phases = codes("wa-client/src/model/status.rs", "fn name(&self)");
    assert_eq!((phases.len() > 10, table(&text, "## Phase")), (true, phases));
    let reasons = codes("wa-client/src/model/reason.rs", "fn code(&self)");
    assert_eq!((reasons.len() > 15, table(&text, "## Reason")), (true, reasons));

    let metrics = between(&read("examples/axum-server/src/metrics.rs"), "new.", ')');
    let metrics: BTreeSet<String> =
        metrics.iter().filter_map(|call| Some(call.split('"').nth(1)?.to_owned())).collect();
    assert_eq!((metrics.len() > 10, table(&text, "## Metrics")), (true, metrics.clone()));
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let named = text.split(|c| !is_part(c)).filter(|word| ["whatsapp_", "http_"].iter().any(|it| word.starts_with(it)));
    let unknown: Vec<&str> = named.filter(|word| !metrics.contains(*word)).collect();
    assert!(unknown.is_empty(), "an alert on what is not measured: {unknown:?}");
}

#[test]
fn the_documents_are_found() {
    for (file, documents) in [
        (
            "README.md",
            &[
                "docs/reliability.md",
                "docs/operations.md",
                "docs/threat-model.md",
                "docs/pains.md",
                "docs/performance.md",
                "SECURITY.md",
            ][..],
        ),
        ("CONTRIBUTING.md", &["docs/reliability.md", "docs/operations.md", "docs/threat-model.md", "docs/pains.md"]),
    ] {
        let text = read(file);
        for document in documents {
            assert!(text.contains(document), "{file} does not name {document}");
            assert!(root().join(document).is_file(), "{document} is missing");
        }
    }
    let bless = "WA_BLESS=1 cargo test -p wa-client --features redis --test faults";
    assert!(read("CONTRIBUTING.md").contains(bless), "CONTRIBUTING.md does not say how the matrix is written");
}
