//! What must agree between the core and its bindings: names, scenarios, events, codes, settings, versions.

#[path = "support/tree.rs"]
mod tree;

use std::collections::BTreeSet;
use std::fs;

use tree::{read, root};
use wa_client::{Config, ErrorKind, Event};

/// All files of one kind below a directory, as one text.
fn read_all(directory: &str, extension: &str) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(root().join(directory)).unwrap_or_else(|error| panic!("{directory}: {error}")) {
        let name = entry.expect("readable").file_name().into_string().expect("UTF-8");
        let path = format!("{directory}/{name}");
        if root().join(&path).is_dir() {
            if !["node_modules", ".venv", "__pycache__"].contains(&name.as_str()) {
                text += &read_all(&path, extension);
            }
        } else if name.ends_with(extension) {
            text += &read(&path);
        }
    }
    text
}

/// The rows of the table under a heading of `bindings/README.md`, without their back quotes.
fn table(heading: &str) -> Vec<Vec<String>> {
    let text = read("bindings/README.md");
    let section = text.split_once(&format!("## {heading}\n")).expect("the heading is there").1;
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cells =
        |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect();
    rows.map(cells).collect()
}

/// Whether `name` stands in `text` as a word of its own.
fn has_word(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| !text[..at].ends_with(part) && !text[at + name.len()..].starts_with(part))
}

#[track_caller]
fn none_missing<'a>(place: &str, text: &str, names: impl IntoIterator<Item = &'a str>) {
    let missing: Vec<_> = names.into_iter().filter(|name| !has_word(text, name)).collect();
    assert!(missing.is_empty(), "{place} lacks {}", missing.join(", "));
}

fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + &part[..1].to_uppercase() + &part[1..])
}

fn c_header() -> String {
    read("include/wa_client.h")
}

fn python_types() -> String {
    read_all("bindings/python/python/wa_client", ".pyi") + &read_all("bindings/python/python/wa_client", ".py")
}

fn node_types() -> String {
    read_all("bindings/node", ".d.ts")
}

#[test]
fn every_operation_of_the_core_is_in_the_table_and_in_each_language() {
    let names = table("Names");
    let rust: BTreeSet<&str> = names.iter().map(|row| row[0].as_str()).collect();
    let lacking: Vec<_> = wa_client::ops::ALL.iter().filter(|name| !rust.contains(**name)).collect();
    assert!(lacking.is_empty(), "bindings/README.md lacks {lacking:?}");
    for (column, place, text) in [
        (1, "include/wa_client.h", c_header()),
        (2, "the Python package", python_types()),
        (3, "the types of Node", node_types()),
    ] {
        // `qr.svg` is `svg` in a namespace `qr`.
        none_missing(place, &text, names.iter().map(|row| row[column].rsplit('.').next().unwrap_or_default()));
    }
}

/// Public methods of the handle are operations, so that none can be left out of the comparison above.
#[test]
fn every_method_of_the_handle_is_an_operation() {
    let source = read("wa-client/src/client.rs") + &read_all("wa-client/src/ops", ".rs");
    let handle = source.split("impl Client {").skip(1).map(|rest| rest.split("\n}\n").next().unwrap_or_default());
    let methods = handle.flat_map(|block| block.lines()).filter_map(|line| {
        let rest = line.strip_prefix("    pub ")?;
        let rest = rest.strip_prefix("async ").unwrap_or(rest).strip_prefix("fn ")?;
        Some(rest.split(['(', '<']).next()?.to_owned())
    });
    let known: BTreeSet<String> = table("Names").into_iter().map(|row| row[0].clone()).collect();
    let methods: Vec<String> = methods.collect();
    assert!(methods.len() > 15);
    let unknown: Vec<_> = methods.iter().filter(|name| !known.contains(*name)).collect();
    assert!(unknown.is_empty(), "bindings/README.md lacks {unknown:?}");
}

#[test]
fn every_language_runs_every_scenario_under_its_name() {
    let scenarios: Vec<String> = table("Scenarios").into_iter().map(|row| row[0].clone()).collect();
    assert!(scenarios.len() > 20);
    let rust = read("wa-client/tests/scenarios.rs");
    let in_rust: BTreeSet<_> = rust
        .split("#[tokio::test]\nasync fn ")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('(')?.0.to_owned()))
        .collect();
    assert_eq!(in_rust, scenarios.iter().cloned().collect(), "wa-client/tests/scenarios.rs");
    let [c, python, node] =
        [("bindings/c/tests/c", ".c"), ("bindings/python/tests", ".py"), ("bindings/node/tests", "js")]
            .map(|(directory, extension)| read_all(directory, extension));
    for name in &scenarios {
        assert!(has_word(&c, name), "C has no scenario {name}");
        assert!(has_word(&python, &format!("test_{name}")), "Python has no scenario {name}");
        assert!(node.contains(&format!("'{name}'")), "Node has no scenario {name}");
    }
}

#[test]
fn every_event_and_code_is_typed_in_each_language() {
    let (python, node) = (python_types(), node_types());
    none_missing("the Python package", &python, Event::NAMES.iter().copied());
    none_missing("the types of Node", &node, Event::NAMES.iter().copied());
    none_missing("include/wa_client.h", &c_header(), Event::NAMES.iter().copied());
    let codes: Vec<String> = ErrorKind::ALL.iter().map(|kind| kind.code().to_uppercase()).collect();
    let prefixed = |prefix: &str| codes.iter().map(|code| format!("{prefix}{code}")).collect::<Vec<_>>();
    none_missing("include/wa_client.h", &c_header(), prefixed("WA_CODE_").iter().map(String::as_str));
    none_missing("the types of Node", &node, prefixed("WA_").iter().map(String::as_str));
    none_missing("the Python package", &python, ErrorKind::ALL.iter().map(|kind| kind.code()));
}

/// Settings cross as JSON, so none can be missing at run time; these are the types that a person sees.
#[test]
fn every_setting_is_typed_in_each_language() {
    let source = read("wa-client/src/config.rs");
    let declared =
        source.split_once("pub struct Config {").expect("it is there").1.split_once("\n}").expect("it ends").0;
    let fields: Vec<&str> = declared
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(':').map(|(name, _)| name))
        .collect();
    // `redis_url` is never written.
    let written = serde_json::to_value(Config::default()).expect("it can be written");
    assert_eq!(fields.len(), written.as_object().expect("an object").len() + 1);
    let nested = ["deadlines", "pacing", "reconnect"];
    let deeper =
        nested.iter().flat_map(|name| written[name].as_object().expect("an object").keys()).map(String::as_str);
    let camels: Vec<String> = fields.iter().map(|name| camel(name)).collect();
    none_missing("the types of Node", &node_types(), camels.iter().map(String::as_str).chain(deeper));
    none_missing("the Python package", &python_types(), fields.iter().copied());
}

#[test]
fn versions_agree() {
    let version = env!("CARGO_PKG_VERSION");
    let header = c_header();
    assert!(header.contains(&format!("\"{version}\"")), "include/wa_client.h has another version");
    let numbers: Vec<&str> = version.split(['.', '-']).take(3).collect();
    for (name, number) in ["MAJOR", "MINOR", "PATCH"].iter().zip(numbers) {
        let line = format!("#define WA_VERSION_{name} {number}");
        assert!(header.lines().any(|text| text == line), "include/wa_client.h lacks `{line}`");
    }
    let pyproject = read("bindings/python/pyproject.toml");
    assert!(pyproject.contains("dynamic = [\"version\"]"), "the wheel takes its version from Cargo.toml");
    let lock: serde_json::Value = serde_json::from_str(&read("bindings/node/package-lock.json")).expect("JSON");
    assert_eq!(
        (&lock["version"], &lock["packages"][""]["version"]),
        (&version.into(), &version.into()),
        "package-lock.json"
    );
}

/// Platforms are listed in the npm manifest; what builds the packages follows it.
#[test]
fn the_workflows_build_every_platform() {
    let manifest: serde_json::Value = serde_json::from_str(&read("bindings/node/package.json")).expect("JSON");
    let targets = manifest["napi"]["targets"].as_array().expect("a list").iter();
    let targets: BTreeSet<String> = targets.map(|target| target.as_str().expect("a text").to_owned()).collect();
    assert!(targets.len() > 5);
    for workflow in [".github/workflows/npm.yml", ".github/workflows/wheels.yml"] {
        let text = read(workflow);
        let jobs = text.lines().filter(|line| line.contains("- { target: ") && !line.contains("experimental: true"));
        let built = jobs.filter_map(|line| Some(line.split_once("target: ")?.1.split_once(',')?.0.to_owned()));
        assert_eq!(built.collect::<BTreeSet<_>>(), targets, "{workflow}");
    }
}
