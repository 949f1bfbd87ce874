//! The project's own commands. `cargo xtask test` checks everything, `cargo xtask demo` shows it working.
//!
//! Both install what is missing when they may, say exactly what to type when they may not, and show what they are doing.

mod bench;
mod bindings;
mod cargo;
mod conformance;
mod console;
mod demo;
mod plot;
mod process;
mod schemathesis;
mod setup;
mod simulator;
mod soak;
mod suite;
mod tally;
mod test;

use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask <command>

  test [--quick]   run every check and test; the last line reads `N passed, N failed`
                   --quick leaves out everything that needs a browser
  bench [--quick] [--rounds N] [--session | --languages | --borders | --growth]
                   measure a session beside whatsapp-web.js and the floor, then a session, a call and an event in Rust, C,
                   Python and Node; tables, JSON and a chart go to target/xtask/bench
                   --growth, only by name: what a send and an event cost beside up to 10,000 chats and 100,000 messages
  soak [--minutes N]
                   traffic and light faults for N minutes (30), watched from outside: what grows without end fails;
                   a plot and a summary go to target/soak
  demo [--stay]    link a simulated phone by QR code, send, receive and restart, step by step
                   --stay keeps it running afterwards, to look at in a browser

What is missing on this machine is installed when that is possible; otherwise the command to type is shown.";

/// What went wrong, in words for the person at the terminal.
type Fallible<T> = Result<T, String>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["test"] => test::run(false),
        ["test", "--quick"] => test::run(true),
        ["bench", options @ ..] => bench::Options::parse(options).and_then(|options| bench::run(&options)),
        ["soak", options @ ..] => soak::Options::parse(options).and_then(soak::run),
        ["demo"] => demo::run(false),
        ["demo", "--stay"] => demo::run(true),
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(true)
        }
        unknown => Err(format!("unknown arguments: {}\n\n{USAGE}", unknown.join(" "))),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
