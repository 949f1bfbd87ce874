//! `wa-client`: link an account, send, listen and check, from a terminal.

mod args;
mod doctor;
mod listen;
mod login;
mod send;
mod session;
mod status;
mod visible;

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use tracing_subscriber::EnvFilter;
use wa_client::{Error, ErrorKind, Result};

use args::{Args, Command};
use session::Session;

/// The command did what it was asked to do.
const DONE: u8 = 0;
/// It failed; standard error says why.
const FAILED: u8 = 1;
/// No account is linked.
const NOT_LINKED: u8 = 3;
/// The page lacks what the library needs.
const INCOMPATIBLE: u8 = 4;
/// Somebody interrupted it, as shells have it.
const INTERRUPTED: u8 = 130;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    log_to_standard_error();
    let code = match run(args).await {
        Ok(code) => code,
        Err(error) => {
            report(&error);
            match error.kind() {
                ErrorKind::NotAuthenticated => NOT_LINKED,
                ErrorKind::IncompatiblePage => INCOMPATIBLE,
                _ => FAILED,
            }
        }
    };
    ExitCode::from(code)
}

/// Runs the command and closes the session, whichever way the command ends.
async fn run(args: Args) -> Result<u8> {
    let listens = matches!(args.command, Command::Listen(_));
    let mut session = Session::open(args.session.config()?)?;
    let ended = tokio::select! {
        ended = command(&mut session, args.command) => ended,
        () = interrupted() => Err(Error::new(ErrorKind::Cancelled, "wa-client", "interrupted")),
    };
    session.close().await;
    match ended {
        // A listener has no other end.
        Err(error) if error.kind() == ErrorKind::Cancelled => Ok(if listens { DONE } else { INTERRUPTED }),
        ended => ended,
    }
}

async fn command(session: &mut Session, command: Command) -> Result<u8> {
    match command {
        Command::Login(args) => login::run(session, args).await,
        Command::Send(args) => send::run(session, args).await,
        Command::Listen(args) => listen::run(session, args).await,
        Command::Status(args) => status::run(session, args).await,
        Command::Doctor(args) => doctor::run(session, args).await,
    }
}

/// Waits for Ctrl-C or a request to end.
async fn interrupted() {
    let control_c = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending::<()>().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! { () = control_c => {}, () = terminated => {} }
}

/// Standard output belongs to the answer. `RUST_LOG` sets what is logged; without it, warnings.
fn log_to_standard_error() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}

fn report(error: &Error) {
    // Errors quote the page and the system.
    let complain = |line: String| eprintln!("{}", visible::text(&line));
    complain(format!("wa-client: {error}"));
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        complain(format!("  because: {error}"));
        cause = error.source();
    }
    for missing in error.missing() {
        complain(format!("  missing: {missing}"));
    }
    if let (Some(true), Some(id)) = (error.maybe_sent(), error.message_id()) {
        eprintln!("  the message may have been sent; sending again with --id {id} makes no second one");
    }
    if let Some(wait) = error.retry_after() {
        eprintln!("  try again in {} s", wait.as_secs().max(1));
    }
}

/// Writes text for people at once, also into a pipe.
fn print(text: &str) -> Result<()> {
    write(&visible::text(text))
}

/// Writes a line at once, also into a pipe.
fn write(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(|e| Error::new(ErrorKind::Cancelled, "print", "standard output is closed").with_source(e))
}

/// Writes a value as one line of JSON.
fn print_json(value: &impl serde::Serialize) -> Result<()> {
    let line = serde_json::to_string(value)
        .map_err(|e| Error::new(ErrorKind::Internal, "print", "value cannot be written").with_source(e))?;
    print_line_of_json(&line)
}

/// Writes a line that is JSON already.
fn print_line_of_json(line: &str) -> Result<()> {
    write(&visible::json(line))
}
