//! `cargo xtask bench`: what a session costs beside another client and beside the floor, and what it and the borders cost in
//! other languages.

mod borders;
mod chart;
mod contender;
mod figures;
mod growth;
mod languages;
mod phases;
mod session;

use std::fs;
use std::path::{Path, PathBuf};

use contender::Languages;

use crate::cargo::Workspace;
use crate::suite::Suite;
use crate::{Fallible, setup};

/// What the person wants.
#[derive(Default)]
pub(crate) struct Options {
    /// Fewer of everything, for a look.
    quick: bool,
    rounds: Option<usize>,
    only: Option<Part>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Session,
    Languages,
    Borders,
    /// Not part of a run of everything.
    Growth,
}

impl Options {
    /// From the arguments after `bench`.
    pub(crate) fn parse(arguments: &[&str]) -> Fallible<Self> {
        let mut options = Self::default();
        let mut rest = arguments.iter();
        while let Some(name) = rest.next() {
            match *name {
                "--quick" => options.quick = true,
                "--session" => options.only = Some(Part::Session),
                "--languages" => options.only = Some(Part::Languages),
                "--growth" => options.only = Some(Part::Growth),
                "--borders" => options.only = Some(Part::Borders),
                "--rounds" => match rest.next().and_then(|value| value.parse().ok()) {
                    Some(rounds @ 1..=100) => options.rounds = Some(rounds),
                    _ => return Err("--rounds: 1 to 100".to_owned()),
                },
                _ => return Err(format!("unknown argument: {name}")),
            }
        }
        Ok(options)
    }

    fn wants(&self, part: Part) -> bool {
        self.only.is_none_or(|only| only == part)
    }
}

/// Builds, measures and prints; `Ok(false)` when something failed.
pub(crate) fn run(options: &Options) -> Fallible<bool> {
    let workspace = Workspace::locate()?;
    setup::node()?;
    let browser = setup::browser(&workspace.scratch)?;
    let out = workspace.scratch.join("bench");
    fs::create_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    let mut suite = Suite::new(&workspace.scratch);
    if options.wants(Part::Session) {
        session::run(&mut suite, &workspace, &out, &browser, options)?;
    }
    if (options.wants(Part::Languages) || options.wants(Part::Borders))
        && let Some(built) = Languages::build(&mut suite, &workspace, &browser)?
    {
        if options.wants(Part::Languages) {
            languages::run(&mut suite, &workspace, &out, &browser, &built, options)?;
        }
        if options.wants(Part::Borders) {
            borders::run(&mut suite, &workspace, &out, &browser, &built, options)?;
        }
    }
    if options.only == Some(Part::Growth) {
        growth::run(&mut suite, &workspace, &out, &browser, options)?;
    }
    println!("Written to {}", out.display());
    Ok(suite.close())
}

fn write(path: &Path, text: &str) -> Fallible<()> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// An empty directory for one run.
fn empty(path: PathBuf) -> Fallible<PathBuf> {
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}
