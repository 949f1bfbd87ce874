//! The main job, end to end: a service is linked by QR code, sends, receives, and restarts without linking again.
//!
//! `cargo xtask demo` starts a simulator and then this, which runs the service (`examples/axum-server`) and drives it over
//! HTTP. Only the simulated phone and the other person are steered by control calls; the service learns everything from the
//! page, as it would from the real one.

mod http;
mod service;
mod steps;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wa_client::qr;
use wa_client_sim::SimClient;

use service::Service;
use steps::Steps;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const FRIEND: &str = "5511988887777";
const GREETING: &str = "Hello from wa-client";
const ANSWER: &str = "Hello back";
const USAGE: &str = "usage: demo --simulator http://127.0.0.1:PORT --service PROGRAM [--stay]";

struct Options {
    simulator: String,
    /// The program of the service.
    service: String,
    stay: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = options()?;
    let session = Directory::create()?;
    let service = tokio::select! {
        service = show(&options, &session.0) => service?,
        stop = told_to_stop() => return stop,
    };
    if options.stay {
        tokio::select! {
            ended = answer_everything(&service, &options.simulator) => ended?,
            stop = told_to_stop() => stop?,
        }
    }
    service.end().await
}

async fn show(options: &Options, session: &Path) -> Result<Service> {
    let phone = SimClient::new(&options.simulator);
    phone.accounts(json!([{"number": FRIEND, "pushname": "Ana"}])).await?;
    let mut steps = Steps::start();
    link(&mut steps, options, &phone, session).await?;
    let service = restore(&mut steps, options, session).await?;
    steps.close();
    if options.stay {
        println!("The service's page: {}/\nIts token:          {}\n", service.address, service.token);
    } else {
        println!("The service had a page at {}/; --stay keeps it up.", service.address);
    }
    Ok(service)
}

/// A fresh session: everything from the first QR code to an answered message.
async fn link(steps: &mut Steps, options: &Options, phone: &SimClient, session: &Path) -> Result<()> {
    let service = Service::start(options, session).await?;
    steps.done("service started");
    let mut events = service.http.events().await?;
    let opened = |name: &str, data: &Value| name == "change_state" && data["phase"]["name"] == "loading_page";
    events.wait("the browser", opened).await?;
    steps.done("browser started");
    events.wait("a QR code", |name, _| name == "qr").await?;
    let code = service.http.call("GET", "/whatsapp/qr", Value::Null).await?;
    let payload = code["data"]["qr"].as_str().ok_or("no QR code")?;
    steps.done("QR code shown");
    println!("\n{}", qr::terminal(payload)?);

    phone.scan(payload).await?;
    events.wait("the linked account", |name, _| name == "authenticated").await?;
    steps.done("scanned by the phone, linked");
    events.wait("ready", |name, _| name == "ready").await?;
    steps.done("ready");

    let sent = service.http.send(FRIEND, GREETING).await?;
    steps.done("message sent: the server has it");
    for (level, text) in [(2, "message delivered"), (3, "message read")] {
        let reached = |name: &str, data: &Value| {
            name == "message_ack" && data["id"] == sent["id"] && data["ack"].as_i64() >= Some(level)
        };
        events.wait(text, reached).await?;
        steps.done(text);
    }

    phone.text(FRIEND, ANSWER).await?;
    events.wait("the answer", |name, data| name == "message" && data["body"] == ANSWER).await?;
    steps.done("answer received");

    service.end().await?;
    steps.done("service and browser closed");
    Ok(())
}

/// The same session in a new process and a new browser: it must come up by itself.
async fn restore(steps: &mut Steps, options: &Options, session: &Path) -> Result<Service> {
    let service = Service::start(options, session).await?;
    let mut events = service.http.events().await?;
    let mut shown = 0;
    loop {
        let (name, _) = tokio::time::timeout(Duration::from_secs(60), events.next()).await??;
        match name.as_str() {
            "ready" => break,
            "qr" => shown += 1,
            _ => {}
        }
        if shown > 0 {
            return Err("the session was not restored: the page asks for a scan again".into());
        }
    }
    steps.done("restarted: session restored without a QR code");
    Ok(service)
}

/// For whoever wants to watch, or to try something; ends when the service does.
async fn answer_everything(service: &Service, simulator: &str) -> Result<()> {
    println!("The simulated WhatsApp Web, to link another browser:  {simulator}/");
    println!("What the server got from the service:                 {simulator}/sim/outbox");
    println!("Write to the account, which answers everything:");
    println!("  curl -d '{{\"from\":\"{FRIEND}\",\"body\":\"ping\"}}' {simulator}/sim/messages");
    println!("Ctrl-C ends it.");
    let mut events = service.http.events().await?;
    loop {
        let (name, message) = events.next().await?;
        let (Some(phone), Some(body)) = (message["phone"].as_str(), message["body"].as_str()) else { continue };
        if name == "message" {
            match service.http.send(phone, body).await {
                Ok(_) => println!("  answered a message"),
                Err(error) => println!("  could not answer: {error}"),
            }
        }
    }
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
    let mut options = Options { simulator: String::new(), service: String::new(), stay: false };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--simulator" => options.simulator = arguments.next().ok_or(USAGE)?,
            "--service" => options.service = arguments.next().ok_or(USAGE)?,
            "--stay" => options.stay = true,
            _ => return Err(USAGE.into()),
        }
    }
    if options.simulator.is_empty() || options.service.is_empty() {
        return Err(USAGE.into());
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
