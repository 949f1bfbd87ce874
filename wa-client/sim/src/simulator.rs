//! Starting and stopping a simulator inside a process.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::assets::Assets;
use crate::client::SimClient;
use crate::http;
use crate::shared::{self, Shared};

/// How a [`Simulator`] is started.
#[derive(Clone, Default)]
pub struct Builder {
    seed: Option<u64>,
    port: u16,
    token: Option<String>,
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the token.
        f.debug_struct("Builder").field("seed", &self.seed).field("port", &self.port).finish_non_exhaustive()
    }
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
        let jobs = tokio::spawn(shared::run_jobs(Arc::clone(&shared)));
        let server = tokio::spawn(http::serve(listener, Arc::clone(&shared)));
        Ok(Simulator { addr, token: self.token, shared, server, jobs })
    }
}

/// A running simulator. Dropping it stops it.
pub struct Simulator {
    addr: SocketAddr,
    token: Option<String>,
    shared: Arc<Shared>,
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

    /// A client of its control calls.
    #[must_use]
    pub fn client(&self) -> SimClient {
        let client = SimClient::new(self.base());
        match &self.token {
            Some(token) => client.token(token),
            None => client,
        }
    }

    /// Stops serving and waits until every connection is closed.
    pub async fn stop(mut self) {
        self.shared.stop();
        let _ = (&mut self.server).await;
    }
}

impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator").field("addr", &self.addr).finish_non_exhaustive()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.shared.stop();
        self.server.abort();
        self.jobs.abort();
    }
}
