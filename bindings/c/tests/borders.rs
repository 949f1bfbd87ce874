//! What must not break the border, in C: plainly, with sanitizers, and under valgrind. Needs no browser.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use support::valgrind::VALGRIND;
use support::{Build, Linkage};

const SOURCES: [&str; 3] = ["borders.c", "harness.c", "http.c"];

const PLAIN: Build = Build { compiler: "gcc", standard: "-std=c11", linkage: Linkage::Shared, flags: &["-O1"] };

const SANITIZED: Build = Build {
    compiler: "clang",
    linkage: Linkage::Static,
    flags: &["-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
    ..PLAIN
};

static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| build("borders", PLAIN));
static CHECKED: LazyLock<PathBuf> = LazyLock::new(|| build("borders-sanitized", SANITIZED));

fn build(name: &str, build: Build) -> PathBuf {
    let out = support::place(name);
    build.program(&support::sources(&SOURCES), &out);
    out
}

fn run(before: &[&str], program: &Path, name: &str) {
    let directory = tempfile::tempdir().unwrap();
    let words: Vec<PathBuf> = before.iter().map(PathBuf::from).chain([program.to_owned(), name.into()]).collect();
    let output = Command::new(&words[0]).args(&words[1..]).arg(directory.path()).output().unwrap();
    let (out, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains(&format!("done {name}")), "{name}\n{out}\n{errors}");
}

macro_rules! borders {
    ($($name:ident)*) => {
        $(
            mod $name {
                #[test]
                fn plain() {
                    super::run(&[], &super::PROGRAM, stringify!($name));
                }

                #[test]
                fn sanitized() {
                    super::run(&[], &super::CHECKED, stringify!($name));
                }
            }
        )*
    };
}

borders!(null_arguments strange_texts failing_stages panic_in_an_event end_inside_callbacks any_order values broken_pipe exit_without_free);

#[test]
fn under_valgrind() {
    for name in ["null_arguments", "failing_stages", "panic_in_an_event", "end_inside_callbacks", "any_order", "values"]
    {
        run(&VALGRIND, &PROGRAM, name);
    }
}

/// What is drawn by lot; `WA_SEED` repeats a run.
fn any_arguments(before: &[&str], build_as: (&str, Build), turns: &str) {
    let program = support::place(build_as.0);
    build_as.1.program(&support::sources(&["arguments.c", "harness.c", "http.c"]), &program);
    let drawn = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos().to_string();
    let seed = std::env::var("WA_SEED").unwrap_or(drawn);
    let directory = tempfile::tempdir().unwrap();
    let words: Vec<PathBuf> = before.iter().map(PathBuf::from).chain([program]).collect();
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).arg(directory.path()).args([turns, &seed]).current_dir(&directory);
    let output = command.output().unwrap();
    let (out, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("done arguments"), "WA_SEED={seed}\n{out}\n{errors}");
    // A setting that names a place is a text until a session starts.
    let left: Vec<_> = std::fs::read_dir(directory.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name.to_string_lossy().starts_with("session-")), "WA_SEED={seed}: {left:?}");
}

#[test]
fn any_arguments_plain() {
    any_arguments(&[], ("arguments", PLAIN), "10000");
}

#[test]
fn any_arguments_sanitized() {
    any_arguments(&[], ("arguments-sanitized", SANITIZED), "10000");
}

#[test]
fn any_arguments_under_valgrind() {
    any_arguments(&VALGRIND, ("arguments-watched", PLAIN), "1500");
}

/// A function that is added to the header is added to those that are called with any arguments.
#[test]
fn every_function_of_the_header_gets_any_arguments() {
    let header = std::fs::read_to_string(support::include().join("wa_client.h")).unwrap();
    let program = std::fs::read_to_string(support::package().join("tests/c/arguments.c")).unwrap();
    let code: String = header.lines().filter(|line| !line.starts_with("//")).map(|line| format!("{line}\n")).collect();
    let ends = code.match_indices('(').map(|(end, _)| end);
    let names = ends.filter_map(|end| code[..end].rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next());
    let names: Vec<&str> = names.filter(|name| name.starts_with("wa_")).collect();
    assert!(names.len() > 80, "{names:?}");
    let absent: Vec<_> = names.iter().filter(|name| !program.contains(**name)).collect();
    assert!(absent.is_empty(), "{absent:?}");
}

/// Compiled by both, as C and as C++, without a word.
#[test]
fn every_program_compiles_strictly_everywhere() {
    let directory = support::package().join("tests/c");
    let files: Vec<PathBuf> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    let files: Vec<PathBuf> = files.into_iter().filter(|path| path.extension().is_some_and(|it| it == "c")).collect();
    for (compiler, standard) in [
        ("gcc", "-std=c11"),
        ("clang", "-std=c11"),
        ("gcc", "-std=c17"),
        ("clang", "-std=c2x"),
        ("g++", "-std=c++17"),
        ("clang++", "-std=c++20"),
    ] {
        // The borders are C alone.
        let kept = |path: &&PathBuf| {
            !compiler.ends_with("++") || !(path.ends_with("borders.c") || path.ends_with("arguments.c"))
        };
        let mut command = Command::new(compiler);
        command.args([standard, "-fsyntax-only", "-I"]).arg(support::include()).args(support::STRICT);
        if compiler.ends_with("++") {
            command.args(["-x", "c++"]).arg(support::package().join("tests/cpp/scenarios.cpp"));
        }
        let output = command.args(files.iter().filter(kept)).output().unwrap();
        assert!(output.status.success(), "{compiler} {standard}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

/// What stands in the README between these two lines.
fn readme(from: &str) -> String {
    let text = std::fs::read_to_string(support::package().join("README.md")).unwrap();
    text.split_once(&format!("\n{from}\n")).unwrap().1.split_once("\n```").unwrap().0.to_owned()
}

#[test]
fn the_programs_of_the_readme_compile() {
    let first = support::place("readme.c");
    std::fs::write(&first, readme("```c") + "\n").unwrap();
    PLAIN.program(&[first], &support::place("readme-c"));
    let second = support::place("readme.cpp");
    let (include, body) = readme("```cpp").split_once("\n\n").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    std::fs::write(&second, format!("{include}\nint main() {{\n{body}\n}}\n")).unwrap();
    let build = Build { compiler: "g++", standard: "-std=c++17", ..PLAIN };
    build.program(&[second], &support::place("readme-cpp"));
}
