//! Starting and stopping a simulator inside a process.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::assets::Assets;
use crate::http;
use crate::shared::{self, Shared};

/// How a [`Simulator`] is started.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    seed: Option<u64>,
    port: u16,
    token: Option<String>,
}

impl Builder {
    /// Identifiers and delays repeat for the same seed. Without one they differ from run to run.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Port on 127.0.0.1; 0, the default, takes a free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Every control call then needs `Authorization: Bearer` with this token.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Binds the port and serves.
    ///
    /// # Errors
    /// Those of binding the port, for instance that it is taken.
    pub async fn start(self) -> io::Result<Simulator> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).await?;
        let addr = listener.local_addr()?;
        let shared = Arc::new(Shared::new(self.seed, self.token.clone(), Assets::from_env()));
        let (stop, stopped) = watch::channel(false);
        let jobs = tokio::spawn(shared::run_jobs(Arc::clone(&shared)));
        let server = tokio::spawn(http::serve(listener, shared, stopped));
        Ok(Simulator { addr, stop, server, jobs })
    }
}

/// A running simulator. Dropping it stops it.
#[derive(Debug)]
pub struct Simulator {
    addr: SocketAddr,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    jobs: JoinHandle<()>,
}

impl Simulator {
    /// A simulator on a free port.
    ///
    /// # Errors
    /// Those of binding a port.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// For other than the default settings.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Its base address, `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn base(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Stops serving and waits until every connection is closed.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        let _ = (&mut self.server).await;
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        self.server.abort();
        self.jobs.abort();
    }
}
