//! A page that is none: it speaks the wire over a WebSocket, so that the server can be tested without a browser.

use std::collections::VecDeque;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use wa_client_sim::{ClientError, SimClient, Simulator};

pub(crate) const OWN: &str = "5511900000001";
pub(crate) const ANA: &str = "5511988887777";
pub(crate) const BOB: &str = "5511977776666";

/// Far beyond what anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) async fn simulator() -> (Simulator, SimClient) {
    let sim = Simulator::builder().seed(1).start().await.expect("a free port");
    let client = sim.client();
    (sim, client)
}

/// The code of a refusal; anything else fails the test.
pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, ClientError>) -> String {
    let error = result.expect_err("the call was accepted");
    error.code().unwrap_or_else(|| panic!("no refusal: {error:?}")).to_owned()
}

pub(crate) fn key_text(byte: u8) -> String {
    STANDARD.encode([byte; 32])
}

pub(crate) struct FakePage {
    url: String,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    aside: VecDeque<Value>,
    pub(crate) adv: String,
    pub(crate) creds: Value,
    pub(crate) addressing: &'static str,
    /// Marks are left unanswered, as by a page that does not come to it.
    pub(crate) silent: bool,
}

impl FakePage {
    /// A page with an open socket that has said nothing yet.
    pub(crate) async fn open(sim: &SimClient, load: Option<u64>) -> Self {
        let query = load.map(|l| format!("?load={l}")).unwrap_or_default();
        let url = format!("{}/ws{query}", sim.base().replace("http", "ws"));
        let (socket, _) = connect_async(&url).await.expect("the simulator takes sockets");
        Self {
            url,
            socket,
            aside: VecDeque::new(),
            adv: key_text(3),
            creds: Value::Null,
            addressing: "pn",
            silent: false,
        }
    }

    pub(crate) async fn try_open(sim: &SimClient) -> Result<(), tokio_tungstenite::tungstenite::Error> {
        connect_async(format!("{}/ws", sim.base().replace("http", "ws"))).await.map(|_| ())
    }

    pub(crate) async fn send(&mut self, frame: Value) {
        self.socket.send(Message::text(frame.to_string())).await.expect("an open socket");
    }

    /// The next frame that is not a mark; `None` when the connection ended.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        match self.aside.pop_front() {
            Some(frame) => Some(frame),
            None => self.read().await,
        }
    }

    async fn read(&mut self) -> Option<Value> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("a frame in time");
            let Some(Ok(Message::Text(text))) = message else { return None };
            let frame: Value = serde_json::from_str(&text).expect("a JSON frame");
            if frame["t"] != "mark" {
                return Some(frame);
            }
            if !self.silent {
                self.send(json!({"t": "applied", "mark": frame["mark"]})).await;
            }
        }
    }

    /// The next frame of a type; others are dropped.
    pub(crate) async fn expect(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next().await.unwrap_or_else(|| panic!("the connection ended before `{kind}`"));
            if frame["t"] == kind {
                return frame;
            }
        }
    }

    /// Reads on until the connection ends.
    pub(crate) async fn until_closed(&mut self) {
        while self.next().await.is_some() {}
    }

    /// Answers marks for as long as `work` takes.
    pub(crate) async fn serve<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done,
                frame = self.read() => match frame {
                    Some(frame) => self.aside.push_back(frame),
                    None => return work.await,
                },
            }
        }
    }

    pub(crate) async fn hello(&mut self) {
        self.send(json!({
            "t": "hello", "creds": self.creds, "url": "http://page/", "version": "2.3000.1", "addressing": self.addressing,
            "keys": {"noise": key_text(1), "identity": key_text(2)},
        }))
        .await;
    }

    pub(crate) fn qr(&self, qr_ref: &str) -> String {
        format!("{qr_ref},{},{},{},1", key_text(1), key_text(2), self.adv)
    }

    /// Shows a ref and answers its QR text.
    pub(crate) async fn show(&mut self, sim: &SimClient, qr_ref: &str) -> String {
        let since = sim.mark().await.expect("health");
        self.send(json!({
            "t": "qr_shown", "ref": qr_ref, "noise": key_text(1), "identity": key_text(2), "adv": self.adv,
        }))
        .await;
        let shown = |e: &wa_client_sim::client::Event| e.text("ref") == qr_ref;
        sim.wait_event(&["qr.shown"], since, shown, PATIENCE).await.expect("qr.shown");
        self.qr(qr_ref)
    }

    /// An unlinked page with its first ref on screen; answers all refs and the QR text.
    pub(crate) async fn unlinked(sim: &SimClient, load: Option<u64>) -> (Self, Vec<String>, String) {
        let mut page = Self::open(sim, load).await;
        page.hello().await;
        let refs = page.refs().await;
        let qr = page.show(sim, &refs[0]).await;
        (page, refs, qr)
    }

    pub(crate) async fn refs(&mut self) -> Vec<String> {
        let batch = self.expect("pair_device").await;
        serde_json::from_value(batch["refs"].clone()).expect("refs")
    }

    /// After the scan: takes the credentials, and comes back with them.
    pub(crate) async fn finish_pairing(&mut self) -> Value {
        let success = self.expect("pair_success").await;
        self.creds = json!({"phone": success["phone"], "device": success["device"], "token": success["token"]});
        self.send(json!({"t": "pair_done"})).await;
        let end = self.expect("stream_end").await;
        assert_eq!(end["code"], 515);
        self.until_closed().await;
        self.login().await
    }

    /// A new socket with the stored credentials; answers the `success` frame.
    pub(crate) async fn login(&mut self) -> Value {
        self.reconnect().await;
        self.hello().await;
        self.expect("success").await
    }

    pub(crate) async fn reconnect(&mut self) {
        self.aside.clear();
        self.socket = connect_async(&self.url).await.expect("the simulator takes sockets").0;
    }

    /// A page that is linked to the own account.
    pub(crate) async fn linked(sim: &SimClient, load: Option<u64>) -> Self {
        Self::linked_as(sim, load, OWN, "pn").await
    }

    pub(crate) async fn linked_as(sim: &SimClient, load: Option<u64>, phone: &str, addressing: &'static str) -> Self {
        let (mut page, _, qr) = Self::unlinked(sim, load).await;
        page.addressing = addressing;
        let linked = sim.scan_with(json!({"qr": qr, "phone": phone})).await.expect("a scan");
        assert!(linked.linked);
        page.finish_pairing().await;
        page
    }

    /// Asks, and answers the whole `res` frame.
    pub(crate) async fn request(&mut self, op: &str, args: Value) -> Value {
        self.send(json!({"t": "req", "id": "q", "op": op, "args": args})).await;
        self.expect("res").await
    }

    /// Sends a text.
    pub(crate) async fn text(&mut self, id: &str, to: &str, body: &str) {
        self.send(json!({"t": "send", "message": {
            "id": id, "key": format!("true_{to}_{id}"), "to": to, "from": format!("{OWN}@c.us"), "type": "chat", "body": body, "t": 1_790_000_000,
        }}))
        .await;
    }
}
