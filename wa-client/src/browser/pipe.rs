//! The debugging pipe of the browser, and the way from the protocol client to it.
//!
//! The browser reads commands from descriptor 3 and writes answers and events to descriptor 4; each message ends with a
//! NUL. Nobody else can reach a pipe, and when our ends are closed, also by our death, the browser ends by itself in
//! good order. The protocol client speaks only WebSocket, so its one connection is carried over a loopback socket which
//! is closed to others: the listener takes one client that knows a random path, and is gone before the first message.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use command_fds::FdMapping;
use futures::{Sink, SinkExt, Stream, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::Error as WsError;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tracing::instrument::WithSubscriber;
use tracing::subscriber::NoSubscriber;

/// Fewer wake-ups for large messages than with the default of 64 KiB.
const PIPE_SIZE: usize = 1 << 20;

/// The longest message of the browser that is carried. What the page makes the browser say may be as long as the page
/// likes; nothing that the library asks for comes near this.
const MESSAGE_LIMIT: usize = 16 << 20;

/// How long a client may take for the opening of its WebSocket.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// Our ends of the two pipes.
pub(super) struct Pipe {
    reader: pipe::Receiver,
    writer: pipe::Sender,
}

/// Both pipes, and the ends the browser gets.
pub(super) fn open() -> io::Result<(Pipe, Vec<FdMapping>)> {
    let (their_reader, our_writer) = io::pipe()?;
    let (our_reader, their_writer) = io::pipe()?;
    let (our_reader, our_writer) = (OwnedFd::from(our_reader), OwnedFd::from(our_writer));
    #[cfg(target_os = "linux")]
    for end in [&our_reader, &our_writer] {
        // Only a matter of speed, and refused when the user has used up the pages for pipes.
        let _ = rustix::pipe::fcntl_setpipe_size(end, PIPE_SIZE);
    }
    let pipe =
        Pipe { reader: pipe::Receiver::from_owned_fd(our_reader)?, writer: pipe::Sender::from_owned_fd(our_writer)? };
    let theirs = vec![
        FdMapping { parent_fd: their_reader.into(), child_fd: 3 },
        FdMapping { parent_fd: their_writer.into(), child_fd: 4 },
    ];
    Ok((pipe, theirs))
}

/// The address for the protocol client, and the task that carries its messages. The task ends, and closes the pipe, when
/// the client is gone, when the browser is gone, or when nobody has connected for a while.
pub(super) async fn bridge(pipe: Pipe) -> io::Result<(String, JoinHandle<()>)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let path = format!("/{:032x}", rand::random::<u128>());
    let url = format!("ws://{}{path}", listener.local_addr()?);
    let carry = async move {
        // The listener moves into the acceptance and is closed with it.
        if let Ok(Some(client)) = tokio::time::timeout(HANDSHAKE, accept(listener, path)).await {
            carry(pipe, client).await;
        }
    };
    // What passes here is private, and the WebSocket code logs frames.
    Ok((url, tokio::spawn(carry.with_subscriber(NoSubscriber::new()))))
}

/// Takes the first client that knows the path. Handshakes run side by side, so that a stranger cannot hold up ours.
async fn accept(listener: TcpListener, path: String) -> Option<WebSocketStream<TcpStream>> {
    let mut handshakes = JoinSet::new();
    loop {
        tokio::select! {
            connection = listener.accept() => {
                let (stream, _) = connection.ok()?;
                handshakes.spawn(shake(stream, path.clone()));
            }
            Some(Ok(Some(client))) = handshakes.join_next() => return Some(client),
        }
    }
}

async fn shake(stream: TcpStream, path: String) -> Option<WebSocketStream<TcpStream>> {
    stream.set_nodelay(true).ok()?;
    // The signature is the library's.
    #[allow(clippy::result_large_err)]
    let only_ours = |request: &Request, response: Response| {
        if request.uri().path() == path {
            return Ok(response);
        }
        let mut refusal = ErrorResponse::new(None);
        *refusal.status_mut() = StatusCode::NOT_FOUND;
        Err(refusal)
    };
    let unlimited = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
    tokio_tungstenite::accept_hdr_async_with_config(stream, only_ours, Some(unlimited)).await.ok()
}

async fn carry(pipe: Pipe, client: WebSocketStream<TcpStream>) {
    let Pipe { reader, writer } = pipe;
    let Ok(socket) = client.get_ref().as_fd().try_clone_to_owned() else { return };
    let (to_client, from_client) = client.split();
    // Whichever side ends first ends the other: both are dropped here.
    tokio::select! {
        () = commands(from_client, socket, writer) => {}
        () = answers(reader, to_client) => {}
    }
}

async fn commands(
    mut from: impl Stream<Item = Result<Message, WsError>> + Unpin,
    socket: OwnedFd,
    mut writer: pipe::Sender,
) {
    while let Some(Ok(message)) = from.next().await {
        acknowledge(&socket);
        let Message::Text(text) = message else { continue };
        let mut bytes = Vec::with_capacity(text.len() + 1);
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(0);
        if writer.write_all(&bytes).await.is_err() {
            return;
        }
    }
}

/// The client leaves Nagle's algorithm on, so a command waits until the one before was acknowledged, and an
/// acknowledgement alone is delayed by 40 ms.
fn acknowledge(socket: &OwnedFd) {
    #[cfg(target_os = "linux")]
    let _ = rustix::net::sockopt::set_tcp_quickack(socket, true);
    #[cfg(not(target_os = "linux"))]
    let _ = socket;
}

async fn answers(mut reader: pipe::Receiver, mut to: impl Sink<Message, Error = WsError> + Unpin) {
    let mut frames = Frames::new();
    while let Ok(1..) = reader.read_buf(&mut frames.buffer).await {
        for frame in frames.take() {
            if to.feed(Message::Text(text(&frame))).await.is_err() {
                return;
            }
        }
        if to.flush().await.is_err() {
            return;
        }
    }
}

/// Messages of the browser, put together from what was read of them.
pub(crate) struct Frames {
    buffer: Vec<u8>,
    /// What was looked through already without finding an end.
    searched: usize,
    /// The present message is too long: the rest of it is passed over.
    too_long: bool,
}

impl Frames {
    pub(crate) fn new() -> Self {
        Self { buffer: Vec::with_capacity(PIPE_SIZE), searched: 0, too_long: false }
    }

    /// Takes the messages that have ended, without those that are too long.
    pub(crate) fn take(&mut self) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        let mut start = 0;
        while let Some(length) = self.buffer[self.searched..].iter().position(|byte| *byte == 0) {
            let end = self.searched + length;
            let passed_over = std::mem::take(&mut self.too_long) || end - start > MESSAGE_LIMIT;
            if !passed_over {
                frames.push(self.buffer[start..end].to_vec());
            }
            start = end + 1;
            self.searched = start;
        }
        self.buffer.drain(..start);
        self.too_long |= self.buffer.len() > MESSAGE_LIMIT;
        if self.too_long {
            self.buffer.clear();
        }
        self.searched = self.buffer.len();
        // One huge message must not stay in memory for good.
        if self.buffer.is_empty() {
            self.buffer.shrink_to(PIPE_SIZE);
        }
        if self.buffer.capacity() == self.buffer.len() {
            self.buffer.reserve(self.buffer.len().max(PIPE_SIZE));
        }
        frames
    }

    /// As if it had been read.
    #[cfg(any(test, feature = "__fuzz"))]
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// What is kept of a message that has not ended.
    #[cfg(any(test, feature = "__fuzz"))]
    pub(crate) fn kept(&self) -> usize {
        self.buffer.len()
    }
}

fn text(bytes: &[u8]) -> Utf8Bytes {
    String::from_utf8_lossy(bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use tokio_tungstenite::connect_async;

    use super::*;

    #[tokio::test]
    async fn only_our_client_gets_through_and_nobody_after_it() {
        let (pipe, theirs) = open().unwrap();
        let (url, carrying) = bridge(pipe).await.unwrap();
        let (address, path) = url.strip_prefix("ws://").unwrap().split_once('/').unwrap();
        assert_eq!(path.len(), 32, "128 bits");
        let _says_nothing = TcpStream::connect(address).await.unwrap();
        for guess in ["", "json/version", "00000000000000000000000000000000"] {
            let refused = connect_async(format!("ws://{address}/{guess}")).await.unwrap_err();
            assert!(matches!(&refused, WsError::Http(answer) if answer.status() == 404), "{refused}");
        }
        let (mut ours, _) = connect_async(&url).await.unwrap();
        ours.send(Message::text("a command")).await.unwrap();
        // Without the other end the browser would be gone.
        let (commands, _answers): (Vec<_>, Vec<_>) = theirs.into_iter().partition(|end| end.child_fd == 3);
        let [commands] = commands.try_into().unwrap();
        let mut commands = pipe::Receiver::from_owned_fd(commands.parent_fd).unwrap();
        let mut got = [0; 10];
        commands.read_exact(&mut got).await.unwrap();
        assert_eq!(&got, b"a command\0");
        // The bridge is carrying, so it no longer listens.
        assert!(connect_async(&url).await.is_err());
        assert_eq!(TcpStream::connect(address).await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
        carrying.abort();
    }

    #[test]
    fn a_message_that_is_too_long_is_passed_over_and_the_next_is_not() {
        let mut frames = Frames::new();
        let mut taken = Vec::new();
        let part = vec![b'x'; 1 << 20];
        for _ in 0..40 {
            frames.push(&part);
            taken.extend(frames.take());
            assert!(frames.kept() <= MESSAGE_LIMIT + part.len(), "{} bytes are kept", frames.kept());
        }
        frames.push(b"x\0{}\0[");
        taken.extend(frames.take());
        frames.push(b"]\0");
        taken.extend(frames.take());
        assert_eq!(taken, [b"{}", b"[]"]);
        let longest = vec![b'y'; MESSAGE_LIMIT];
        frames.push(&longest);
        assert!(frames.take().is_empty());
        frames.push(b"\0");
        assert_eq!(frames.take(), [longest]);
        assert!(frames.buffer.capacity() <= 2 * PIPE_SIZE, "what was large is given back");
    }
}
