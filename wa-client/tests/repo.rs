//! The repository checks itself: what must agree is compared, what must not be there is looked for.

#[path = "support/tree.rs"]
mod tree;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use tree::{between, read, root, table};
use wa_client::ErrorKind;

const CODE: [&str; 10] = ["rs", "js", "mjs", "cjs", "ts", "py", "c", "h", "cpp", "hpp"];
const LONGEST: usize = 600;

/// A text file of the repository; the path is relative to the root and uses `/`.
struct File {
    path: String,
    text: String,
}

impl File {
    fn is(&self, extensions: &[&str]) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, extension)| extensions.contains(&extension))
    }

    fn is_test(&self) -> bool {
        self.path.split('/').any(|part| part == "tests" || part.ends_with("tests.rs"))
    }

    /// Lines with their numbers, without those that are only a comment.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let comment =
            |line: &str| ["//", "/*", "* ", "#!", "# "].iter().any(|start| line.trim_start().starts_with(start));
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line)).filter(move |(_, line)| !comment(line))
    }
}

/// Everything in the tree except what tools put there.
fn files() -> Vec<File> {
    let mut found = Vec::new();
    collect(&root(), "", &mut found);
    assert!(found.len() > 50, "the walk must have found the repository, not {} files", found.len());
    found
}

fn collect(directory: &Path, prefix: &str, found: &mut Vec<File>) {
    for entry in fs::read_dir(directory).expect("the tree is readable") {
        let entry = entry.expect("the tree is readable");
        let name = entry.file_name().into_string().expect("names are UTF-8");
        if [".git", "target", "node_modules", ".wwebjs_auth", ".venv", "__pycache__"].contains(&name.as_str()) {
            continue;
        }
        let (full, path) = (entry.path(), format!("{prefix}{name}"));
        if full.is_dir() {
            collect(&full, &format!("{path}/"), found);
        } else if let Ok(text) = fs::read_to_string(&full) {
            found.push(File { path, text });
        }
    }
}

/// Fails with the whole list, so that one run shows everything.
#[track_caller]
fn none(what: &str, found: Vec<String>) {
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

/// Lines of code for which `wrong` holds, as `path:line: text`.
fn lines_where(files: &[File], wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let of = |file: &File| {
        let path = file.path.clone();
        file.code().filter(|(_, line)| wrong(line)).map(|(n, line)| format!("{path}:{n}: {}", line.trim())).collect()
    };
    files.iter().flat_map::<Vec<String>, _>(of).collect()
}

fn code_files(keep: impl Fn(&File) -> bool) -> Vec<File> {
    files().into_iter().filter(|file| file.is(&CODE) && keep(file)).collect()
}

#[test]
fn no_file_of_code_is_too_long() {
    let count = |file: &File| file.text.lines().count();
    let long =
        code_files(|file| count(file) > LONGEST && !file.path.ends_with(".d.ts") && !file.path.starts_with("include/"));
    none("files over 600 lines", long.iter().map(|file| format!("{} has {}", file.path, count(file))).collect());
}

#[test]
fn modules_of_the_page_are_named_in_one_file() {
    let modules = "wa-client/src/page/js/modules.js";
    let library = code_files(|file| file.path.starts_with("wa-client/src/") && file.path != modules && !file.is_test());
    let names_a_module = |line: &str| {
        let quoted = |quote| line.split(quote).skip(1).step_by(2).any(is_module_name);
        quoted('"') || quoted('\'') || quoted('`')
    };
    none("page modules named outside modules.js", lines_where(&library, names_a_module));
}

fn is_module_name(text: &str) -> bool {
    let rest = text.strip_prefix("WAWeb").or_else(|| text.strip_prefix("WA"));
    rest.is_some_and(|rest| {
        rest.len() > 2 && rest.starts_with(char::is_uppercase) && rest.chars().all(char::is_alphanumeric)
    })
}

/// The manifests of the workspace's members. What is fuzzed is no member, for its macros need another compiler.
fn members() -> impl Iterator<Item = File> {
    let manifests = files().into_iter().filter(|file| file.path != "Cargo.toml" && file.path.ends_with("Cargo.toml"));
    manifests.filter(|file| file.path != "wa-client/fuzz/Cargo.toml")
}

#[test]
fn unsafe_code_is_forbidden_everywhere_but_in_the_c_binding() {
    for manifest in members().filter(|file| !file.path.starts_with("bindings/c/")) {
        // What napi's macros write allows unsafe code for itself, which `forbid` does not let pass.
        let own = manifest.path == "bindings/node/Cargo.toml" && manifest.text.contains("unsafe_code = \"deny\"");
        assert!(
            own || manifest.text.contains("[lints]\nworkspace = true"),
            "{} must take the workspace's lints",
            manifest.path
        );
    }
    let node = code_files(|file| file.path.starts_with("bindings/node/") && file.is(&["rs"]));
    none("unsafe code of our own", lines_where(&node, |line| line.contains("unsafe")));
    assert!(read("Cargo.toml").contains("unsafe_code = \"forbid\""));
}

#[test]
fn versions_agree() {
    let version = env!("CARGO_PKG_VERSION");
    assert!(read("Cargo.toml").contains(&format!("\nversion = \"{version}\"\n")), "[workspace.package] is the source");
    let changelog = read("CHANGELOG.md");
    let newest = between(&changelog[changelog.find("\n## [").expect("an entry")..][..40], "## [", ']');
    assert_eq!(newest, BTreeSet::from([version.to_owned()]), "the newest entry of CHANGELOG.md");
    for manifest in members() {
        assert!(
            manifest.text.contains("version.workspace = true"),
            "{} must take the workspace's version",
            manifest.path
        );
    }
    for manifest in files().into_iter().filter(|file| file.path.ends_with("package.json")) {
        assert!(
            manifest.text.contains(&format!("\"version\": \"{version}\"")),
            "{} has another version",
            manifest.path
        );
    }
}

#[test]
fn the_commands_are_those_that_the_readme_names() {
    let readme = read("README.md");
    for command in ["cargo xtask test", "cargo xtask demo"] {
        assert!(readme.contains(command), "README.md does not name `{command}`");
    }
    assert!(
        read(".ci/run").lines().any(|line| line.ends_with("cargo xtask test")),
        ".ci/run must run the README's test command"
    );
    assert!(read(".cargo/config.toml").contains("xtask = "), "the alias makes `cargo xtask` a command");
}

#[test]
fn both_licences_are_here() {
    assert!(read("LICENSE-MIT").contains("Permission is hereby granted, free of charge"));
    assert!(read("LICENSE-APACHE").contains("Apache License"));
    assert!(read("Cargo.toml").contains("license = \"MIT OR Apache-2.0\""));
}

#[test]
fn no_path_of_a_person_or_machine_is_left_in() {
    // Put together here, so that this file does not find itself.
    let homes = ["home", "root", "Users", "work"].map(|directory| format!("/{directory}/"));
    let inside = |text: &str, home: &str| {
        text.split(home).zip(text.split(home).skip(1)).any(|(before, after)| {
            let starts_a_path = !before.ends_with(|c: char| c.is_alphanumeric() || "._-/*}".contains(c));
            starts_a_path && after.starts_with(char::is_alphanumeric)
        })
    };
    let wrong = |line: &str| homes.iter().any(|home| inside(line, home));
    let all: Vec<File> = files().into_iter().filter(|file| !file.path.ends_with(".lock")).collect();
    none("paths of one machine", lines_where(&all, wrong));
}

#[test]
fn tests_neither_sleep_nor_are_switched_off_without_a_reason() {
    // Put together here, so that this file does not find itself.
    let patterns =
        ["slee|p(", "setTimeout(|resolve", "#[ignore|]", "test.s|kip(", "it.s|kip("].map(|it| it.replace('|', ""));
    // Where time passing is what is tested, the line before says so.
    let reason = "time is what is tested";
    let wrong = |line: &str| patterns.iter().any(|pattern| line.contains(pattern));
    let of = |file: File| {
        let lines: Vec<&str> = file.text.lines().collect();
        let pairs = lines.windows(2).filter(|pair| wrong(pair[1]) && !pair[0].contains(reason));
        pairs.map(|pair| format!("{}: {}", file.path, pair[1].trim())).collect::<Vec<_>>()
    };
    none("tests wait for events, and all of them run", code_files(File::is_test).into_iter().flat_map(of).collect());
}

/// The names that Rust gives to calls of the page: `page.call("ping", …)`.
fn page_calls(text: &str) -> BTreeSet<String> {
    let name = |rest: &str| {
        let rest = rest.strip_prefix("_in_turn").unwrap_or(rest);
        let arguments = if rest.starts_with("::<") { rest.split_once(">(")?.1 } else { rest.strip_prefix('(')? };
        Some(arguments.trim_start().strip_prefix('"')?.split_once('"')?.0.to_owned())
    };
    text.split(".call").skip(1).filter_map(name).collect()
}

/// All files under a directory of the library that are no tests, as one text.
fn library_text(directory: &str, extension: &str) -> String {
    let under = format!("wa-client/src/{directory}");
    let inside = code_files(|file| file.path.starts_with(&under) && file.is(&[extension]) && !file.is_test());
    inside.iter().map(|file| file.text.as_str()).collect::<Vec<_>>().join("\n")
}

#[test]
fn operations_agree_between_rust_the_script_and_the_documentation() {
    let documented = table(&read("docs/architecture.md"), "### Operations");
    assert!(documented.len() > 5);
    assert_eq!(between(&library_text("page/js/", "js"), "\noperation('", '\''), documented, "page/js/ops");
    let called: BTreeSet<String> =
        ["ops/", "session/"].iter().flat_map(|it| page_calls(&library_text(it, "rs"))).collect();
    assert_eq!(called, documented, "what Rust calls");
}

#[test]
fn events_of_the_page_agree_between_rust_the_script_and_the_documentation() {
    let documented = table(&read("docs/architecture.md"), "### Events");
    assert!(documented.len() > 5);
    assert_eq!(between(&library_text("page/js/", "js"), "emit('", '\''), documented, "page/js");
    let protocol = read("wa-client/src/page/protocol/event.rs");
    let decoded =
        protocol.lines().filter_map(|line| Some(line.trim().strip_prefix('"')?.split_once("\" => ")?.0.to_owned()));
    assert_eq!(decoded.collect::<BTreeSet<_>>(), documented, "page/protocol/event.rs");
}

#[test]
fn the_tests_that_the_limits_name_are_there() {
    let limits = read("docs/limits.md");
    let rows = limits.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| What"));
    let named: BTreeSet<_> = rows
        .flat_map(|row| row.split('|').nth(4).unwrap_or_default().split('`').skip(1).step_by(2))
        .filter(|name| !name.contains(['.', '/']))
        .collect();
    assert!(named.len() > 20, "the table must have been read, not {} names", named.len());
    let tests = code_files(|file| file.path.starts_with("wa-client/"));
    let is_there = |name: &str| {
        let forms = [format!("fn {name}("), format!("    {name}: \"")];
        tests.iter().any(|file| forms.iter().any(|form| file.text.contains(form)))
    };
    none("tests that are not there", named.into_iter().filter(|name| !is_there(name)).map(str::to_owned).collect());
}

#[test]
fn every_file_of_the_script_is_injected() {
    let injected = between(&read("wa-client/src/page/script.rs"), "include_str!(\"", '"');
    let directory = "wa-client/src/page/";
    let present = code_files(|file| file.path.starts_with(directory) && file.is(&["js"]));
    assert_eq!(injected, present.iter().map(|file| file.path[directory.len()..].to_owned()).collect());
}

#[test]
fn error_codes_are_documented_and_the_script_uses_no_others() {
    let codes: BTreeSet<String> = ErrorKind::ALL.iter().map(|kind| kind.code().to_owned()).collect();
    assert_eq!(table(&read("docs/errors.md"), "## Codes"), codes, "docs/errors.md");
    let used = between(&library_text("page/js/", "js"), "failure('", '\'');
    assert!(!used.is_empty());
    assert_eq!(used.difference(&codes).collect::<Vec<_>>(), Vec::<&String>::new(), "codes of the script");
}
