//! What the person at the terminal sees: one line a stage, and a sign of life while a stage runs.

use std::io::{IsTerminal, Write, stdout};
use std::time::{Duration, Instant};

const WIDTH: usize = 44;

/// A line that is being written: the stage's name, how long it runs, then its outcome.
pub(crate) struct Stage {
    name: String,
    started: Instant,
    shown: Instant,
    terminal: bool,
}

impl Stage {
    pub(crate) fn start(name: &str) -> Self {
        let now = Instant::now();
        let stage = Self { name: name.to_owned(), started: now, shown: now, terminal: stdout().is_terminal() };
        if stage.terminal {
            stage.redraw("");
        }
        stage
    }

    /// Shows that the stage is still running: each second on a terminal, each minute in a log.
    pub(crate) fn tick(&mut self) {
        let pause = Duration::from_secs(if self.terminal { 1 } else { 60 });
        if self.shown.elapsed() < pause {
            return;
        }
        self.shown = Instant::now();
        let seconds = self.started.elapsed().as_secs();
        if self.terminal {
            self.redraw(&format!("running, {seconds} s"));
        } else {
            println!("   …  {:WIDTH$} running, {seconds} s", self.name);
        }
    }

    /// Ends the line.
    pub(crate) fn finish(self, mark: &str, outcome: &str) {
        let seconds = self.started.elapsed().as_secs_f64();
        let start = if self.terminal { "\r\x1b[2K" } else { "" };
        println!("{start}{mark:>4}  {:WIDTH$} {seconds:>6.1} s  {outcome}", self.name);
    }

    fn redraw(&self, text: &str) {
        print!("\r\x1b[2K   …  {:WIDTH$} {text}", self.name);
        // A terminal that went away is no reason to stop the work.
        let _ = stdout().flush();
    }
}
