//! Runs the simulator until it is told to stop.

use std::process::ExitCode;

use clap::Parser;
use wa_client_sim::Simulator;

/// A WhatsApp Web stand-in on loopback. Its calls are listed in README.md beside its source.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Print the address as one line of JSON.
    #[arg(long)]
    json: bool,
    /// Seed of every identifier and delay that the simulator makes up.
    #[arg(long)]
    seed: Option<u64>,
    /// Ask for this bearer token on every control call.
    #[arg(long)]
    token: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wa-sim: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> std::io::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let mut builder = Simulator::builder().port(args.port);
    if let Some(seed) = args.seed {
        builder = builder.seed(seed);
    }
    if let Some(token) = args.token {
        builder = builder.token(token);
    }
    // Before the address is out, so that whoever reads it may stop us at once.
    let stop = wa_client_sim::stop_signal()?;
    let sim = builder.start().await?;
    if args.json {
        println!(
            "{}",
            serde_json::json!({ "base": sim.base(), "contract": wa_client_sim::CONTRACT, "pid": std::process::id() })
        );
    } else {
        println!("{}", sim.base());
    }
    stop.await;
    sim.stop().await;
    Ok(())
}
