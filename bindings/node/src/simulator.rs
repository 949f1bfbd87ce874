//! The simulator, for a process that does nothing else.

use std::sync::{Mutex, PoisonError};

use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;
use wa_client::{Error, ErrorKind};
use wa_client_sim::Simulator;

use crate::border::promise;

/// The one that runs in this process.
static RUNNING: Mutex<Option<Simulator>> = Mutex::new(None);

/// Starts a simulator; answers its address. `port` 0 takes a free one, `seed` is a number.
#[napi(ts_return_type = "Promise<string>")]
pub(crate) fn start_simulator<'env>(
    env: &'env Env,
    port: u16,
    seed: Option<String>,
    token: Option<String>,
) -> napi::Result<PromiseRaw<'env, String>> {
    const OPERATION: &str = "start_simulator";
    promise(env, OPERATION, None, async move {
        let mut builder = Simulator::builder().port(port);
        if let Some(seed) = seed {
            let invalid = |_| Error::new(ErrorKind::InvalidArgument, OPERATION, "the seed must be a whole number");
            builder = builder.seed(seed.parse().map_err(invalid)?);
        }
        if let Some(token) = token {
            builder = builder.token(token);
        }
        let taken = |error| Error::new(ErrorKind::InvalidArgument, OPERATION, "the port is taken").with_source(error);
        let simulator = builder.start().await.map_err(taken)?;
        let base = simulator.base();
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) = Some(simulator);
        Ok(base)
    })
}

/// Stops the simulator of this process and waits until its connections are closed.
#[napi(ts_return_type = "Promise<void>")]
pub(crate) fn stop_simulator(env: &Env) -> napi::Result<PromiseRaw<'_, ()>> {
    promise(env, "stop_simulator", None, async {
        let simulator = RUNNING.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(simulator) = simulator {
            simulator.stop().await;
        }
        Ok(())
    })
}
