//! One page's WebSocket, with the line it runs over: latency, and standstill while the line is half open.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::shared::{Out, Shared};
use crate::world::network::{Line, Network};

/// How long a page has to answer the end of its connection.
const CLOSING: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Closed,
    Cut,
}

pub(crate) async fn run(socket: WebSocket, load: Option<u64>, shared: Arc<Shared>) {
    let (link, out) = mpsc::unbounded_channel();
    let (page, id) = shared.open(load, link);
    let (tx, rx) = socket.split();
    let (held, mut waiting) = mpsc::unbounded_channel();
    let handle = async {
        let mut network = shared.network();
        while let Some((due, frame)) = waiting.recv().await {
            cross(due, &mut network).await;
            shared.with(|w| w.frame(page, id, &frame));
        }
    };
    // What a page said before it left still counts.
    let mut inbound = pin!(async { tokio::join!(read(rx, held, shared.network()), handle) });
    let end = tokio::select! {
        end = write(tx, out, shared.network()) => Some(end),
        _ = &mut inbound => None,
        () = shared.stopped() => None,
    };
    if end == Some(End::Closed) {
        // Going away at once would take the last frames along.
        let _ = tokio::time::timeout(CLOSING, inbound).await;
    }
    shared.closed(page, id);
}

fn due(network: &watch::Receiver<Network>) -> Instant {
    Instant::now() + Duration::from_millis(network.borrow().latency_ms)
}

/// Holds a frame until it has crossed the line.
async fn cross(due: Instant, network: &mut watch::Receiver<Network>) {
    if due > Instant::now() {
        tokio::time::sleep_until(due).await;
    }
    // An error means that the simulator ends, and this task with it.
    let _ = network.wait_for(|n| n.state != Line::HalfOpen).await;
}

async fn write(
    mut tx: SplitSink<WebSocket, Message>,
    mut out: mpsc::UnboundedReceiver<Out>,
    mut network: watch::Receiver<Network>,
) -> End {
    // Frames are stamped when they are handed over, so that latency delays them and does not add up.
    let (stamped, mut crossing) = mpsc::unbounded_channel();
    let clock = network.clone();
    let stamp = async move {
        while let Some(next) = out.recv().await {
            let frame = match next {
                Out::Frame(frame) => frame,
                Out::Close => break,
                Out::Cut => return,
            };
            if stamped.send((due(&clock), frame)).is_err() {
                break;
            }
        }
        drop(stamped);
        std::future::pending().await
    };
    let send = async {
        while let Some((due, frame)) = crossing.recv().await {
            cross(due, &mut network).await;
            if tx.send(Message::text(frame.to_string())).await.is_err() {
                return;
            }
        }
        let _ = tx.close().await;
    };
    tokio::select! {
        () = stamp => End::Cut,
        () = send => End::Closed,
    }
}

async fn read(
    mut rx: SplitStream<WebSocket>,
    held: mpsc::UnboundedSender<(Instant, Value)>,
    network: watch::Receiver<Network>,
) {
    while let Some(Ok(message)) = rx.next().await {
        if let Message::Text(text) = message
            && let Ok(frame) = serde_json::from_str(&text)
            && held.send((due(&network), frame)).is_err()
        {
            return;
        }
    }
}
