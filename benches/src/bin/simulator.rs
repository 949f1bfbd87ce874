//! The simulator as a process of its own, so that what it allocates is not counted as the library's: prints its address and
//! runs until its standard input ends.

use std::io::Read as _;

use wa_client_sim::Simulator;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let simulator = Simulator::start().await?;
    println!("{}", simulator.base());
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    simulator.stop().await;
    Ok(())
}
