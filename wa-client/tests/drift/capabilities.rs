//! The table of capabilities, as it stands in the script, and in the documentation.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::tree::{read, root};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Login,
    Main,
    Optional,
}

#[derive(Debug)]
pub(crate) struct Capability {
    pub(crate) name: String,
    pub(crate) part: Part,
    /// Module and export, in order of preference.
    pub(crate) places: Vec<(String, String)>,
}

impl Capability {
    /// Takes all its modules away.
    pub(crate) fn without_modules(&self) -> Vec<Value> {
        let mut modules: Vec<&str> = self.places.iter().map(|(module, _)| module.as_str()).collect();
        modules.dedup();
        modules.into_iter().map(|module| json!({"kind": "missing_module", "module": module})).collect()
    }

    /// Takes its exports away and leaves the modules.
    pub(crate) fn without_exports(&self) -> Vec<Value> {
        self.each(|at| at["kind"] = json!("missing_export"))
    }

    /// Puts something else in its places.
    pub(crate) fn of_another_shape(&self) -> Vec<Value> {
        self.each(|at| {
            at["kind"] = json!("shape");
            at["value"] = json!({"of": "tomorrow"});
        })
    }

    /// A fault in each of its places.
    pub(crate) fn each(&self, change: impl Fn(&mut Value)) -> Vec<Value> {
        let place = |(module, export): &(String, String)| {
            let mut fault = json!({"module": module, "export": export});
            change(&mut fault);
            fault
        };
        self.places.iter().map(place).collect()
    }

    /// As an error names it.
    pub(crate) fn label(&self) -> String {
        let (module, export) = &self.places[0];
        format!("{} ({module}.{export}", self.name)
    }
}

/// All of `modules.js`.
pub(crate) fn all() -> Vec<Capability> {
    let script = read("wa-client/src/page/js/modules.js");
    let table = script.split_once("new Map([").and_then(|(_, rest)| rest.split_once("\n]);")).expect("the table").0;
    let mut found = Vec::new();
    for section in table.split("...places(").skip(1) {
        let part = match section.split_once(',').expect("a part").0 {
            "'login'" => Part::Login,
            "'main'" => Part::Main,
            "null" => Part::Optional,
            other => panic!("a part of another name: {other}"),
        };
        for row in section.split("],\n") {
            let Some((before, after)) = row.split_once(": [") else { continue };
            let name = before.rsplit(|c: char| c.is_whitespace()).next().unwrap_or_default().to_owned();
            let texts = after.split('\'').skip(1).step_by(2).filter(|text| text.contains('.'));
            found.push(Capability { name, part, places: texts.map(place).collect() });
        }
    }
    assert!(found.len() > 40 && found.iter().all(|capability| !capability.places.is_empty()), "{found:?}");
    found
}

pub(crate) fn of(part: Part) -> Vec<Capability> {
    all().into_iter().filter(|capability| capability.part == part).collect()
}

pub(crate) fn named(name: &str) -> Capability {
    all().into_iter().find(|capability| capability.name == name).unwrap_or_else(|| panic!("no capability {name}"))
}

fn place(text: &str) -> (String, String) {
    let cut = text.find(".default.").or_else(|| text.rfind('.')).expect("a place has a dot");
    (text[..cut].to_owned(), text[cut + 1..].to_owned())
}

/// What stands between the two marks of `docs/drift.md`.
fn document() -> String {
    let mut table =
        String::from("| Capability | Module and export, in order of preference | Without it |\n|---|---|---|\n");
    for capability in all() {
        let places: Vec<String> =
            capability.places.iter().map(|(module, export)| format!("`{module}`.`{export}`")).collect();
        let without = match capability.part {
            Part::Login => "core: no session",
            Part::Main => "core, once linked: no session",
            Part::Optional => "its calls fail",
        };
        let _ = writeln!(table, "| `{}` | {} | {without} |", capability.name, places.join(", "));
    }
    table
}

#[test]
fn the_documentation_lists_every_capability() {
    const BEGIN: &str = "<!-- made from modules.js; WA_BLESS=1 writes it anew -->\n";
    const END: &str = "<!-- end -->";
    let text = read("docs/drift.md");
    let (before, rest) = text.split_once(BEGIN).expect("a mark before the table");
    let (table, after) = rest.split_once(END).expect("a mark after the table");
    let now = document();
    if std::env::var_os("WA_BLESS").is_some() {
        let whole = format!("{before}{BEGIN}{now}{END}{after}");
        std::fs::write(root().join("docs/drift.md"), whole).expect("docs/drift.md can be written");
    } else {
        assert_eq!(table, now, "docs/drift.md is behind modules.js: run this test with WA_BLESS=1");
    }
}
