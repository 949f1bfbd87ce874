//! A small debugging client: Chromium over its pipe, one JSON message after another.

use std::collections::HashMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

const CALL: Duration = Duration::from_secs(20);
const USER_AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

type Answers = Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>>;
type Listeners = Arc<Mutex<HashMap<String, mpsc::UnboundedSender<Value>>>>;

/// A browser process; ends when dropped.
pub(crate) struct Browser {
    _child: Child,
    link: Arc<Link>,
}

struct Link {
    out: tokio::sync::Mutex<ChildStdin>,
    next: AtomicU64,
    answers: Answers,
    listeners: Listeners,
}

impl Link {
    async fn call(&self, session: Option<&str>, method: &str, params: Value) -> Value {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (tx, rx) = oneshot::channel();
        self.answers.lock().expect("not poisoned").insert(id, tx);
        let mut message = json!({"id": id, "method": method, "params": params});
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        let mut text = message.to_string().into_bytes();
        text.push(0);
        self.out.lock().await.write_all(&text).await.expect("the browser reads");
        let answer =
            timeout(CALL, rx).await.unwrap_or_else(|_| panic!("{method}: no answer")).expect("the browser lives");
        assert!(answer.get("error").is_none(), "{method}: {}", answer["error"]);
        answer["result"].clone()
    }
}

impl Browser {
    /// Starts Chromium on a profile directory.
    pub(crate) async fn launch(profile: &Path) -> Self {
        // The browser talks on descriptors 3 and 4; the shell moves our pipes there.
        let mut child = Command::new("sh")
            .arg("-c")
            .arg(r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#)
            .arg(std::env::var_os("CHROME_PATH").unwrap_or_else(|| "chromium".into()))
            .args([
                "--headless=new",
                "--remote-debugging-pipe",
                "--no-first-run",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--password-store=basic",
                "--use-mock-keychain",
            ])
            .arg(format!("--user-agent={USER_AGENT}"))
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg("about:blank")
            // Killed at the end, it leaves its socket behind; here it goes with the profile.
            .env("TMPDIR", profile)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("chromium starts");
        let out = child.stdin.take().expect("piped");
        let mut input = BufReader::new(child.stdout.take().expect("piped"));
        let answers = Answers::default();
        let listeners = Listeners::default();
        let link = Arc::new(Link {
            out: tokio::sync::Mutex::new(out),
            next: AtomicU64::new(1),
            answers: Arc::clone(&answers),
            listeners: Arc::clone(&listeners),
        });
        tokio::spawn(async move {
            let mut text = Vec::new();
            while input.read_until(0, &mut text).await.is_ok_and(|n| n > 0) {
                text.pop();
                let message: Value = serde_json::from_slice(&text).expect("JSON from the browser");
                text.clear();
                if let Some(id) = message["id"].as_u64() {
                    if let Some(tx) = answers.lock().expect("not poisoned").remove(&id) {
                        let _ = tx.send(message);
                    }
                } else if let Some(session) = message["sessionId"].as_str()
                    && let Some(tx) = listeners.lock().expect("not poisoned").get(session)
                {
                    let _ = tx.send(message);
                }
            }
            // Nobody will answer any more.
            answers.lock().expect("not poisoned").clear();
        });
        Self { _child: child, link }
    }

    /// Opens a tab in which `script` runs before everything else of each document.
    pub(crate) async fn page(&self, script: &str) -> Page {
        let target = self.link.call(None, "Target.createTarget", json!({"url": "about:blank"})).await;
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = self.link.call(None, "Target.attachToTarget", attach).await["sessionId"]
            .as_str()
            .expect("a session")
            .to_owned();
        let (tx, events) = mpsc::unbounded_channel();
        self.link.listeners.lock().expect("not poisoned").insert(session.clone(), tx);
        let page = Page { link: Arc::clone(&self.link), session, events, seen: Vec::new() };
        page.call("Page.enable", json!({})).await;
        page.call("Runtime.enable", json!({})).await;
        page.call("Runtime.addBinding", json!({"name": "testRecord"})).await;
        page.call("Page.addScriptToEvaluateOnNewDocument", json!({"source": script})).await;
        page
    }

    /// Closes the browser as a user would, so that its profile is written out.
    pub(crate) async fn close(mut self) {
        self.link.call(None, "Browser.close", json!({})).await;
        let _ = timeout(CALL, self._child.wait()).await.expect("the browser ends");
    }
}

/// A tab.
pub(crate) struct Page {
    link: Arc<Link>,
    session: String,
    events: mpsc::UnboundedReceiver<Value>,
    seen: Vec<String>,
}

impl Page {
    pub(crate) async fn call(&self, method: &str, params: Value) -> Value {
        self.link.call(Some(&self.session), method, params).await
    }

    pub(crate) async fn goto(&self, url: &str) {
        let answer = self.call("Page.navigate", json!({"url": url})).await;
        assert!(answer.get("errorText").is_none(), "{url}: {}", answer["errorText"]);
    }

    /// Runs an expression, awaits it, answers its value.
    pub(crate) async fn eval(&self, expression: &str) -> Value {
        let params = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let answer = self.call("Runtime.evaluate", params).await;
        assert!(
            answer.get("exceptionDetails").is_none(),
            "{expression}\n{}",
            answer["exceptionDetails"]["exception"]["description"]
        );
        answer["result"]["value"].clone()
    }

    /// Everything recorded so far, oldest first; navigations appear as `nav <path and query>`, and after a call of `Log.enable`
    /// what the browser complains about as `log <level> <source> <address> <text>`.
    pub(crate) fn lines(&self) -> &[String] {
        &self.seen
    }

    /// Forgets what was recorded so far.
    pub(crate) fn forget(&mut self) {
        while let Ok(message) = self.events.try_recv() {
            drop(message);
        }
        self.seen.clear();
    }

    /// Waits until a recorded line satisfies `wanted`; lines from before count.
    pub(crate) async fn wait_for(&mut self, what: &str, wanted: impl Fn(&str) -> bool) {
        if self.seen.iter().any(|line| wanted(line)) {
            return;
        }
        let found = timeout(CALL, async {
            while let Some(message) = self.events.recv().await {
                if let Some(line) = recorded(&message) {
                    self.seen.push(line);
                    if wanted(self.seen.last().expect("just pushed")) {
                        return true;
                    }
                }
            }
            false
        })
        .await;
        assert!(found == Ok(true), "{what} did not come; recorded:\n{}", self.seen.join("\n"));
    }

    /// Waits for a line that is exactly this.
    pub(crate) async fn wait_line(&mut self, line: &str) {
        self.wait_for(line, |l| l == line).await;
    }
}

fn recorded(message: &Value) -> Option<String> {
    let params = &message["params"];
    match message["method"].as_str()? {
        "Runtime.bindingCalled" if params["name"] == "testRecord" => Some(params["payload"].as_str()?.to_owned()),
        "Page.frameNavigated" => {
            let url = params["frame"]["url"].as_str()?;
            Some(format!("nav {}", url.splitn(4, '/').nth(3).map_or(String::new(), |rest| format!("/{rest}"))))
        }
        "Log.entryAdded" => {
            let entry = &params["entry"];
            let [level, source, url, text] = ["level", "source", "url", "text"].map(|field| entry[field].as_str());
            Some(format!("log {} {} {} {}", level?, source?, url.unwrap_or("-"), text?))
        }
        _ => None,
    }
}
