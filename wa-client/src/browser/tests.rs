//! Against a real Chromium, on pages served here.

mod life;
mod page;
mod server;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::timeout;

use super::process::Closed;
use super::*;
use crate::page::{BridgeEvent, CallError, UrlKind};
use server::Server;

/// A lost event must end a test, however slow the machine is.
const LONG: Duration = Duration::from_secs(30);

/// A script with the same seams as the real one: it takes the binding, leaves its entry point, greets.
fn script(config: &ScriptConfig) -> String {
    let body = r"
        const send = window[config.binding];
        delete window[config.binding];
        if (window !== window.top) return;
        let n = 0;
        const event = (e, d) => ({ n: ++n, e, d });
        const emit = (e, d) => send(JSON.stringify([event(e, d)]));
        const ops = {
            echo: (args) => args,
            never: () => new Promise(() => {}),
            // Code of the test, with what a bridge could reach.
            run: ({ code }) => new Function('emit', 'send', 'config', code)(emit, send, config),
            burst: ({ count, batch }) => {
                for (let i = 0; i < count; i += batch) {
                    const events = [];
                    for (let j = i; j < i + batch; j++) events.push(event('fault', { where: 'burst', name: 'E', message: String(j) }));
                    send(JSON.stringify(events));
                }
                return {};
            },
        };
        Object.defineProperty(window, config.handle, { configurable: true, value: {
            call: async (op, args) => {
                try { return JSON.stringify({ ok: (await ops[op](JSON.parse(args))) ?? null }); }
                catch (e) { return JSON.stringify({ err: { kind: 'page', message: String(e), name: e.name } }); }
            },
        } });
        emit('hello', { url: location.href, userAgent: navigator.userAgent });
    ";
    let config = json!({"binding": config.binding, "handle": config.handle});
    format!("(function (config) {{ 'use strict'; {body} }})({config});")
}

/// A browser on a page of [`Server`].
struct Bench {
    server: Server,
    home: TempDir,
    running: Running,
    /// How many documents were reported.
    documents: u64,
}

impl Bench {
    async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Launches, without going to the page.
    async fn start_with(change: impl FnOnce(&mut LaunchOptions)) -> Self {
        let server = Server::start().await;
        let home = tempfile::tempdir().unwrap();
        let mut opts = options(&home.path().join("session-test"), &server.url("/"));
        change(&mut opts);
        let running = launch_here(opts).await.unwrap();
        Self { server, home, running, documents: 0 }
    }

    /// Launches, goes to the page and waits for its greeting.
    async fn open() -> Self {
        let mut bench = Self::start().await;
        bench.running.page.navigate(LONG).await.unwrap();
        bench.greeting().await;
        bench
    }

    fn dir(&self) -> PathBuf {
        self.home.path().join("session-test")
    }

    async fn next(&mut self) -> PageEvent {
        let event = timeout(LONG, self.running.events.recv()).await.expect("an event in time").expect("an open queue");
        self.documents += u64::from(matches!(event, PageEvent::Document { .. }));
        event
    }

    /// Skips to the first event of a document; the number of that.
    async fn greeting(&mut self) -> u64 {
        loop {
            if let PageEvent::Bridge { event: BridgeEvent::Hello(_), .. } = self.next().await {
                return self.documents;
            }
        }
    }

    async fn run(&self, code: &str) -> Result<Value, CallError> {
        self.running.page.call("run", &json!({"code": code}), LONG).await
    }

    async fn close(self) {
        let pid = self.running.process.pid();
        self.running.process.close(LONG).await;
        assert_eq!(processes_of_group(pid), Vec::<u32>::new());
    }
}

fn options(session_dir: &Path, page_url: &str) -> LaunchOptions {
    LaunchOptions {
        executable: None,
        session_dir: session_dir.to_owned(),
        page_url: page_url.to_owned(),
        extra_args: Vec::new(),
        user_agent: None,
        no_sandbox: None,
        launch_deadline: LONG,
        script: ScriptConfig { binding: "testBinding".to_owned(), handle: "testHandle".to_owned(), overrides: None },
    }
}

async fn launch_here(opts: LaunchOptions) -> Result<Running, Error> {
    let source = script(&opts.script);
    launch_with(opts, source, std::future::pending()).await
}

/// Processes in a process group, those that have ended but were not waited for left out.
fn processes_of_group(group: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        let Some((_, rest)) = stat.rsplit_once(')') else { continue };
        let fields: Vec<&str> = rest.split_whitespace().collect();
        if fields[2] == group.to_string() && fields[0] != "Z" {
            found.push(pid);
        }
    }
    found
}
