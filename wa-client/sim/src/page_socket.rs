//! One page's WebSocket.

use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket};
use futures::{SinkExt, StreamExt};
use tokio::sync::mpsc;

use crate::shared::{Out, Shared};

pub(crate) async fn run(socket: WebSocket, shared: Arc<Shared>) {
    let (link, mut out) = mpsc::unbounded_channel();
    let page = shared.open(link);
    let (mut tx, mut rx) = socket.split();
    let write = async {
        while let Some(Out::Frame(frame)) = out.recv().await {
            if tx.send(Message::text(frame.to_string())).await.is_err() {
                return;
            }
        }
        let _ = tx.close().await;
    };
    let read = async {
        while let Some(Ok(message)) = rx.next().await {
            if let Message::Text(text) = message
                && let Ok(frame) = serde_json::from_str(&text)
            {
                shared.with(|w| w.frame(page, &frame));
            }
        }
    };
    tokio::select! {
        () = write => {}
        () = read => {}
    }
    shared.closed(page);
}
