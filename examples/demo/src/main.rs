//! The main job, end to end, against a running simulator: link by QR code, send, receive, restart without linking again.
//!
//! `cargo xtask demo` starts the simulator and then this. Only the simulated phone and the other person are steered by
//! control calls; the client learns everything from the page, as it would from the real one.

mod steps;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;
use wa_client::{Ack, Client, Event, PhoneNumber, qr};
use wa_client_sim::SimClient;

use steps::{Steps, wait};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const FRIEND: &str = "5511988887777";
const GREETING: &str = "Hello from wa-client";
const ANSWER: &str = "Hello back";

struct Options {
    simulator: String,
    stay: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = options()?;
    let session = Directory::create()?;
    let client = tokio::select! {
        client = show(&options, &session.0) => client?,
        stop = told_to_stop() => return stop,
    };
    let outcome = if options.stay {
        tokio::select! {
            ended = answer_everything(&client, &options.simulator) => ended,
            stop = told_to_stop() => stop,
        }
    } else {
        Ok(())
    };
    client.shutdown().await;
    outcome
}

async fn show(options: &Options, session: &Path) -> Result<Client> {
    let phone = SimClient::new(&options.simulator);
    phone.accounts(json!([{"number": FRIEND, "pushname": "Ana"}])).await?;
    let mut steps = Steps::start();
    link(&mut steps, options, &phone, session).await?;
    let client = restore(&mut steps, options, session).await?;
    steps.close();
    Ok(client)
}

/// A fresh session: everything from the first QR code to an answered message.
async fn link(steps: &mut Steps, options: &Options, phone: &SimClient, session: &Path) -> Result<()> {
    let client = client(options, session)?;
    let events = client.events();
    client.initialize().await?;
    steps.done("browser started");

    let code = wait(&events, "a QR code", |event| match event {
        Event::Qr(code) => Some(code.clone()),
        _ => None,
    })
    .await?;
    steps.done("QR code shown");
    println!("\n{}", qr::terminal(&code.payload)?);

    phone.scan(&code.payload).await?;
    wait(&events, "the linked account", |event| matches!(event, Event::Authenticated(_)).then_some(())).await?;
    steps.done("scanned by the phone, linked");
    wait(&events, "ready", |event| matches!(event, Event::Ready(_)).then_some(())).await?;
    steps.done("ready");

    let friend: PhoneNumber = FRIEND.parse()?;
    let sent = client.send_message(friend, GREETING).await?;
    steps.done("message sent: the server has it");
    for (level, text) in [(Ack::Delivered, "message delivered"), (Ack::Read, "message read")] {
        wait(&events, text, |event| match event {
            Event::MessageAck(ack) if ack.id == sent.id && ack.ack >= level => Some(()),
            _ => None,
        })
        .await?;
        steps.done(text);
    }

    phone.text(FRIEND, ANSWER).await?;
    wait(&events, "the answer", |event| match event {
        Event::Message(message) if message.body.as_deref() == Some(ANSWER) => Some(()),
        _ => None,
    })
    .await?;
    steps.done("answer received");

    client.shutdown().await;
    steps.done("browser closed");
    Ok(())
}

/// The same session in a new browser: it must come up by itself.
async fn restore(steps: &mut Steps, options: &Options, session: &Path) -> Result<Client> {
    let client = client(options, session)?;
    let events = client.events();
    client.initialize().await?;
    let restored = wait(&events, "the restored session", |event| match event {
        Event::Ready(_) => Some(true),
        Event::Qr(_) => Some(false),
        _ => None,
    })
    .await?;
    if !restored {
        return Err("the session was not restored: the page asks for a scan again".into());
    }
    steps.done("restarted: session restored without a QR code");
    Ok(client)
}

fn client(options: &Options, session: &Path) -> Result<Client> {
    Ok(Client::builder().page_url(&options.simulator).session_path(session).build()?)
}

/// For whoever wants to watch, or to try something; ends when the session does.
async fn answer_everything(client: &Client, simulator: &str) -> Result<()> {
    println!("The simulated WhatsApp Web, to link another browser:  {simulator}/");
    println!("What the server got from the client:                  {simulator}/sim/outbox");
    println!("Write to the client, which answers everything:");
    println!("  curl -d '{{\"from\":\"{FRIEND}\",\"body\":\"ping\"}}' {simulator}/sim/messages");
    println!("Ctrl-C ends it.");
    let events = client.events();
    while let Some(envelope) = events.next().await {
        if let Event::Message(message) = &envelope.event {
            client.send_message(&message.chat, message.body.as_deref().unwrap_or("?")).await?;
            println!("  answered a message");
        }
    }
    Ok(())
}

#[cfg(unix)]
async fn told_to_stop() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => (),
        _ = terminate.recv() => (),
    }
    Ok(())
}

#[cfg(not(unix))]
async fn told_to_stop() -> Result<()> {
    Ok(tokio::signal::ctrl_c().await?)
}

fn options() -> Result<Options> {
    let mut options = Options { simulator: String::new(), stay: false };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--simulator" => options.simulator = arguments.next().ok_or("--simulator needs an address")?,
            "--stay" => options.stay = true,
            _ => return Err("usage: demo --simulator http://127.0.0.1:PORT [--stay]".into()),
        }
    }
    if options.simulator.is_empty() {
        return Err("usage: demo --simulator http://127.0.0.1:PORT [--stay]".into());
    }
    Ok(options)
}

/// A directory for the session that goes away with the demonstration.
struct Directory(PathBuf);

impl Directory {
    fn create() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("wa-client-demo-{}", std::process::id()));
        std::fs::create_dir(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // A browser that was told to end may still be writing its last files.
        let patience = Instant::now() + Duration::from_secs(2);
        while std::fs::remove_dir_all(&self.0).is_err() && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}
