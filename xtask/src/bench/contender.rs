//! The programs that do the same in each language, and what they are built of.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::figures::Spread;
use crate::bindings::{node, python};
use crate::cargo::{self, Executable, Workspace};
use crate::suite::Suite;
use crate::tally::Runner;
use crate::{Fallible, setup};

const BUILD_LIMIT: Duration = Duration::from_secs(1200);
const COMPILE_LIMIT: Duration = Duration::from_secs(60);

/// A language and the program that measures it.
pub(super) struct Contender {
    pub(super) language: &'static str,
    program: PathBuf,
    before: Vec<PathBuf>,
    after: Vec<PathBuf>,
    pub(super) results: Vec<Value>,
}

impl Contender {
    pub(super) fn new(language: &'static str, program: impl Into<PathBuf>) -> Self {
        Self { language, program: program.into(), before: Vec::new(), after: Vec::new(), results: Vec::new() }
    }

    /// The program and its arguments, for a simulator at `base`.
    pub(super) fn line(&self, base: &str) -> Vec<PathBuf> {
        let program = [&self.program].into_iter().chain(&self.before).cloned();
        program.chain([base.into()]).chain(self.after.iter().cloned()).collect()
    }

    pub(super) fn figure(&self, field: &str) -> Option<Spread> {
        Spread::of(self.results.iter().filter_map(|result| result[field].as_f64()).collect())
    }
}

/// What is reported of each, by language.
pub(super) fn json(contenders: &[Contender]) -> String {
    let results = contenders.iter().map(|it| (it.language.to_owned(), Value::from(it.results.clone())));
    format!("{:#}\n", Value::from_iter(results))
}

/// Everything that the programs need, made once.
pub(super) struct Languages {
    programs: Vec<Executable>,
    interpreter: PathBuf,
    project: PathBuf,
}

impl Languages {
    pub(super) fn build(suite: &mut Suite, workspace: &Workspace, browser: &Path) -> Fallible<Option<Self>> {
        setup::python(&workspace.scratch)?;
        setup::curl(&workspace.scratch)?;
        Ok(Self::of(suite, workspace, browser))
    }

    fn of(suite: &mut Suite, workspace: &Workspace, browser: &Path) -> Option<Self> {
        let mut build = cargo::command(&["build", "--release", "--message-format=json-render-diagnostics"]);
        build.args(["-p", "wa-client-benches", "-p", "wa-client-sim", "-p", "wa-client-c", "--bins", "--lib"]);
        let messages = suite.build("bench: build of all languages", BUILD_LIMIT, &mut build)?;
        let interpreter = python::interpreter(suite, workspace, browser)?;
        let project = node::project(suite, workspace)?;
        Some(Self { programs: cargo::executables(&messages), interpreter, project })
    }

    /// A program in Rust.
    pub(super) fn program(&self, name: &str) -> Option<&Path> {
        Some(&self.programs.iter().find(|program| program.target == name)?.path)
    }

    /// One contender a language: the program `rust`, and those in `benches/borders/` that are called `name`.
    pub(super) fn contenders(
        &self,
        suite: &mut Suite,
        workspace: &Workspace,
        out: &Path,
        rust: &str,
        name: &str,
    ) -> Option<[Contender; 4]> {
        let rust = self.program(rust)?;
        let sources = workspace.root.join("benches/borders");
        let libraries = rust.parent()?;
        let c = out.join(format!("{name}-c"));
        let mut compile = Command::new("cc");
        compile.args(["-std=c11", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-pthread", "-o"]).arg(&c);
        compile.arg(sources.join(format!("{name}.c"))).arg("-I").arg(workspace.root.join("include"));
        compile.arg("-L").arg(libraries).arg(format!("-Wl,-rpath,{}", libraries.display())).arg("-lwa_client_c");
        if !suite.stage(&format!("bench: {name} in C"), Runner::Check, COMPILE_LIMIT, &mut compile) {
            return None;
        }
        let mut in_python = Contender::new("Python", &self.interpreter);
        in_python.before.push(sources.join(format!("{name}.py")));
        let mut in_node = Contender::new("Node", "node");
        in_node.before.push(sources.join(format!("{name}.mjs")));
        in_node.after.push(self.project.clone());
        Some([Contender::new("Rust", rust), Contender::new("C", c), in_python, in_node])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_between_the_program_and_what_it_needs() {
        let mut node = Contender::new("Node", "node");
        node.before.push("session.mjs".into());
        node.after.push("project".into());
        assert_eq!(node.line("http://sim"), ["node", "session.mjs", "http://sim", "project"].map(PathBuf::from));
    }
}
