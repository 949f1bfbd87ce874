//! The deployment files say the same as the code. None of them is run here.

use std::collections::BTreeSet;

use axum_server::Settings;

fn read(path: &str) -> String {
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn variables() -> BTreeSet<String> {
    Settings::VARIABLES.iter().map(ToString::to_string).collect()
}

fn is_name(text: &str) -> bool {
    text.len() > 3 && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
}

/// The names that lines assign, `NAME=…` or `NAME: …`.
fn assigned(text: &str, separator: char) -> BTreeSet<String> {
    let names = text.lines().filter_map(|line| line.trim().split_once(separator));
    names.map(|(name, _)| name.to_owned()).filter(|name| is_name(name)).collect()
}

#[test]
fn the_example_of_an_environment_has_every_variable_and_no_other() {
    assert_eq!(assigned(&read(".env.example"), '='), variables());
}

#[test]
fn the_example_of_an_environment_can_be_used_as_it_is() {
    let text = read(".env.example");
    let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    let settings = Settings::read(|name| value(name).map(Into::into)).unwrap();
    let defaults = Settings::read(|_| None).unwrap();
    assert_eq!(format!("{settings:?}"), format!("{defaults:?}"));
}

#[test]
fn the_readme_has_every_variable_and_no_other() {
    let readme = read("README.md");
    let section = readme.split("\n## ").find(|section| section.starts_with("Environment\n")).expect("a section");
    let table = section.lines().filter(|line| line.starts_with('|'));
    let names = table.flat_map(|line| line.split('`').skip(1).step_by(2)).filter(|code| is_name(code));
    let names: BTreeSet<_> = names.map(str::to_owned).collect();
    assert_eq!(names, variables());
}

#[test]
fn no_file_sets_a_variable_that_nobody_reads_or_a_secret() {
    let compose = read("docker-compose.yml");
    let unit = read("deploy/axum-server.service");
    let image = read("Dockerfile");
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join("\n");
    // HOME is Chromium's, not ours.
    let unit_names = assigned(&words(&unit.replace("Environment=", "")), '=').into_iter().filter(|name| name != "HOME");
    let set: BTreeSet<_> =
        assigned(&compose, ':').into_iter().chain(unit_names).chain(assigned(&words(&image), '=')).collect();
    assert!(set.contains("REDIS_HOST") && set.contains("WHATSAPP_SESSION_PATH"), "{set:?}");
    assert_eq!(set.difference(&variables()).collect::<Vec<_>>(), Vec::<&String>::new());
    for name in ["WHATSAPP_JWT_SECRET", "REDIS_PASSWORD"] {
        let mut values = compose.lines().filter_map(|line| line.trim().strip_prefix(name)?.strip_prefix(": "));
        assert!(values.all(|value| value.starts_with(&format!("${{{name}:?"))), "{name} has to be set by the operator");
        assert!(!unit.contains(&format!("{name}=")) && !image.contains(&format!("{name}=")));
    }
}
