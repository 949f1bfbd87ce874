//! The service as a process of its own.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use axum_server::Auth;
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::http::Http;
use crate::{Options, Result};

const START: Duration = Duration::from_secs(30);
/// The service ends within ten seconds, whatever is under way.
const END: Duration = Duration::from_secs(15);
const TOKEN_LIFE: Duration = Duration::from_secs(24 * 3600);

/// The service, running. It ends with this, gently only by [`end`](Self::end).
pub(crate) struct Service {
    pub(crate) http: Http,
    /// Where its page is.
    pub(crate) address: String,
    /// For the page and for curl.
    pub(crate) token: String,
    child: Child,
}

impl Service {
    /// Starts it on a free port, with the simulator for WhatsApp Web and its session in `session`.
    pub(crate) async fn start(options: &Options, session: &Path) -> Result<Self> {
        let secret: [u8; 32] = rand::random();
        let secret: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        let token = Auth::new(secret.as_bytes()).issue(TOKEN_LIFE)?;
        let mut command = Command::new(&options.service);
        for name in axum_server::Settings::VARIABLES.iter().filter(|name| **name != "CHROME_PATH") {
            command.env_remove(name);
        }
        command
            .env("PORT", "0")
            .env("WHATSAPP_JWT_SECRET", secret)
            .env("WHATSAPP_LOG_FORMAT", "json")
            .env("WHATSAPP_SESSION_PATH", session)
            .env("WHATSAPP_WEB_URL", &options.simulator)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", options.service))?;
        let mut log = BufReader::new(child.stdout.take().ok_or("its log")?).lines();
        let listening = async {
            while let Some(line) = log.next_line().await? {
                let line: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
                if let (Some("listening"), Some(address)) = (line["message"].as_str(), line["address"].as_str()) {
                    return Ok(format!("http://{address}"));
                }
            }
            Err("the service ended before it listened".into())
        };
        let address: Result<String> = timeout(START, listening).await.map_err(|_| "the service does not listen")?;
        let address = address?;
        // It goes on writing its log, and must not wait for a reader.
        tokio::spawn(async move { while log.next_line().await.is_ok_and(|line| line.is_some()) {} });
        Ok(Self { http: Http::new(address.clone(), token.clone()), address, token, child })
    }

    /// Ends it as a service manager does.
    pub(crate) async fn end(mut self) -> Result<()> {
        if let Some(pid) = self.child.id().and_then(|pid| Pid::from_raw(pid.try_into().ok()?)) {
            kill_process(pid, Signal::TERM)?;
        }
        let status = timeout(END, self.child.wait()).await.map_err(|_| "the service does not end")??;
        if status.success() { Ok(()) } else { Err(format!("the service ended with {status}").into()) }
    }
}
