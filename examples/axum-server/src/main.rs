//! Starts the service, and ends it in order.

use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use axum_server::{AppState, Auth, Settings, app, bus, telemetry};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};
use wa_client::Client;

/// How long the token of a start without a secret is good.
const TOKEN_LIFE: Duration = Duration::from_secs(3600);
/// From the signal: how long running requests may take before the session ends under them.
const REQUESTS: Duration = Duration::from_secs(5);
/// From the signal: when the process ends whatever is left.
const END: Duration = Duration::from_secs(9);

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// It is set by the environment alone.
const USAGE: &str =
    "usage: axum-server, without arguments; the environment sets everything, see examples/axum-server/README.md";

fn main() -> ExitCode {
    if let Some(argument) = std::env::args_os().nth(1) {
        let help = argument == "--help" || argument == "-h";
        if help {
            println!("{USAGE}")
        } else {
            eprintln!("{USAGE}")
        }
        return ExitCode::from(if help { 0 } else { 2 });
    }
    let settings = match Settings::from_env() {
        Ok(settings) => settings,
        Err(error) => {
            eprintln!("axum-server cannot start. {error}");
            return ExitCode::from(2);
        }
    };
    telemetry::init(settings.json_logs);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("axum-server cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(run(settings));
    // What still blocks a thread is not waited for: the end has a deadline.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("axum-server has ended: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(settings: Settings) -> Result<()> {
    // Listening for signals first: one that comes during the start counts.
    let signal = signal()?;
    let listener = TcpListener::bind(settings.listen).await.map_err(|e| format!("{}: {e}", settings.listen))?;
    let auth = auth(&settings)?;
    let mut builder = Client::builder().config(settings.client.clone());
    if let Some(redis) = &settings.redis {
        builder = builder.cache(redis.cache()?);
    }
    let state = AppState::new(builder.build()?, auth)?;
    let bus = match &settings.redis {
        Some(redis) if settings.bus => Some(bus::start(&redis.client()?, state.client(), state.metrics().clone())?),
        _ => None,
    };
    tracing::info!(address = %listener.local_addr()?, version = env!("CARGO_PKG_VERSION"), "listening");
    state.start();
    let stopped = state.stopped();
    let server = axum::serve(listener, app(state.clone())).with_graceful_shutdown(stopped);
    let mut server = tokio::spawn(server.into_future());
    tokio::select! {
        () = signal => end(state, server, bus).await,
        ended = &mut server => ended??,
    }
    Ok(())
}

/// No new requests; running ones finish; the browser closes; all within [`END`].
async fn end(state: AppState, mut server: JoinHandle<std::io::Result<()>>, bus: Option<JoinHandle<()>>) {
    tracing::info!("ending");
    let deadline = Instant::now() + END;
    state.stop();
    let answered = timeout(REQUESTS, &mut server).await.is_ok();
    // Requests that are still under way are answered by this: with what is known of their messages.
    let closed = timeout_at(deadline, state.client().shutdown()).await.is_ok();
    if !answered {
        let _ = timeout_at(deadline, &mut server).await;
    }
    if let Some(bus) = bus {
        let _ = timeout_at(deadline, bus).await;
    }
    tracing::info!(answered, closed, "ended");
}

fn auth(settings: &Settings) -> Result<Auth> {
    if let Some(secret) = &settings.secret {
        return Ok(Auth::new(secret.as_bytes()));
    }
    let auth = Auth::random();
    let token = auth.issue(TOKEN_LIFE)?;
    // On the terminal, not in the log: logs are kept and passed on.
    eprintln!(
        "WHATSAPP_JWT_SECRET is not set. For one hour this token is good, and only until the service ends:\n{token}"
    );
    Ok(auth)
}

#[cfg(unix)]
fn signal() -> Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => (),
            _ = terminate.recv() => (),
        }
    })
}

#[cfg(not(unix))]
fn signal() -> Result<impl Future<Output = ()>> {
    Ok(async {
        // Without signals the service runs until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
