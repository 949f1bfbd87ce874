//! The simulator, for users' own tests. It runs in a process of its own: `python -m wa_client.testing`.

use std::io::Read as _;

use pyo3::prelude::*;
use tokio::sync::oneshot;
use wa_client_sim::{CONTRACT, Simulator, stop_signal};

use crate::text::Text;

/// Runs the simulator until SIGTERM or SIGINT comes or, with `until_stdin_closes`, until standard input ends. Calls
/// `ready(base, contract)` as soon as it serves.
#[pyfunction]
#[pyo3(signature = (port, seed, token, until_stdin_closes, ready))]
pub(crate) fn run_simulator(
    py: Python<'_>,
    port: u16,
    seed: Option<u64>,
    token: Option<Text>,
    until_stdin_closes: bool,
    ready: Py<PyAny>,
) -> PyResult<()> {
    py.detach(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut builder = Simulator::builder().port(port);
            if let Some(seed) = seed {
                builder = builder.seed(seed);
            }
            if let Some(token) = token {
                builder = builder.token(token.0);
            }
            // Before the address is out, so that whoever reads it may stop us at once.
            let stop = stop_signal()?;
            let sim = builder.start().await?;
            Python::attach(|py| ready.call1(py, (sim.base(), CONTRACT)).map(drop))?;
            tokio::select! {
                () = stop => {}
                () = stdin_closed(until_stdin_closes) => {}
            }
            sim.stop().await;
            Ok(())
        })
    })
}

/// Ends when whoever started us is gone; never when that does not matter.
async fn stdin_closed(matters: bool) {
    let (closed, wait) = oneshot::channel::<()>();
    if matters {
        // A thread of its own, for it cannot be interrupted; it ends with the process.
        std::thread::spawn(move || {
            let mut byte = [0];
            while matches!(std::io::stdin().read(&mut byte), Ok(1..)) {}
            drop(closed);
        });
        let _ = wait.await;
    } else {
        std::future::pending::<()>().await;
    }
}
