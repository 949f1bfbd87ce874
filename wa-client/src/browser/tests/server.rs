//! Serves the pages of the tests and remembers what was asked for.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

pub(super) struct Server {
    base: String,
    /// Head of every request, lower case.
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&seen)));
            }
        });
        Self { base, requests }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The heads of all requests so far.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn page(path: &str) -> (&'static str, &'static str) {
    match path {
        "/" | "/other" | "/browsers.html" => ("text/html", "<!doctype html><title>test</title><p>a page"),
        "/frames" => (
            "text/html",
            "<!doctype html><iframe id=same src=/other></iframe><iframe id=blank></iframe>\
             <script>const early = document.getElementById('blank').contentWindow;\
             window.seenEarly = Object.getOwnPropertyNames(early);</script>",
        ),
        "/worker" => ("text/html", "<!doctype html><script>new Worker('/worker.js')</script>"),
        "/worker.js" => ("text/javascript", "fetch('/from-worker')"),
        _ => ("text/plain", ""),
    }
}

async fn answer(stream: TcpStream, seen: Arc<Mutex<Vec<String>>>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while stream.read_line(&mut head).await? > 2 {}
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    seen.lock().unwrap().push(head.to_lowercase());
    let (kind, body) = page(&path);
    let reply = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(reply.as_bytes()).await?;
    stream.shutdown().await
}
