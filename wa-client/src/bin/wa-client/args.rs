use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args as Group, Parser, Subcommand, ValueEnum};
use wa_client::{Config, Error, ErrorKind, MessageId, PhoneNumber, Recipient, Result, SendUntil};

/// Link a WhatsApp account, send, listen and check.
///
/// Unofficial automation can get an account restricted.
#[derive(Parser)]
#[command(name = "wa-client", version, about)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) session: SessionArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Link an account by QR code, or with --phone by a code to be typed on the phone
    Login(LoginArgs),
    /// Send a text and print what became of it as JSON
    Send(SendArgs),
    /// Print every event as a line of JSON until interrupted
    Listen(ListenArgs),
    /// Connect and print the state of the session
    Status(StatusArgs),
    /// Check what of WhatsApp Web the library finds today
    Doctor(OutputArgs),
}

#[derive(Group)]
pub(crate) struct SessionArgs {
    /// Name of the session [default: default]
    #[arg(long, global = true, value_name = "NAME")]
    session: Option<String>,
    /// Where session data is kept [default: .wwebjs_auth]
    #[arg(long, global = true, value_name = "DIR", env = "WHATSAPP_SESSION_PATH")]
    session_path: Option<PathBuf>,
    /// The page to drive [default: https://web.whatsapp.com/]
    #[arg(long, global = true, value_name = "URL", env = "WHATSAPP_WEB_URL")]
    page_url: Option<String>,
    /// Chromium [default: CHROME_PATH, PUPPETEER_EXECUTABLE_PATH, the usual places]
    #[arg(long, global = true, value_name = "FILE")]
    executable: Option<PathBuf>,
    /// Settings as JSON; other options go before it
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Other places of page modules, as JSON: {"capability": ["Module.export"]}; `doctor` names the capabilities
    #[arg(long, global = true, value_name = "FILE")]
    overrides: Option<PathBuf>,
}

impl SessionArgs {
    pub(crate) fn config(self) -> Result<Config> {
        let mut config = match self.config {
            Some(file) => Config::from_json(&read(&file)?)?,
            None => Config::default(),
        };
        if let Some(file) = self.overrides {
            config.read_overrides(&file)?;
        }
        if let Some(session) = self.session {
            config.session = session;
        }
        if let Some(path) = self.session_path {
            config.session_path = path;
        }
        if let Some(url) = self.page_url {
            config.page_url = url;
        }
        config.executable = self.executable.or(config.executable);
        config.validate()?;
        Ok(config)
    }
}

fn read(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).map_err(|e| invalid("a file of settings cannot be read").with_source(e))
}

fn invalid(what: &'static str) -> Error {
    Error::new(ErrorKind::Config, "read_config", what)
}

#[derive(Group)]
pub(crate) struct LoginArgs {
    /// Number of the account, for a code to be typed on the phone
    #[arg(long, value_name = "NUMBER")]
    pub(crate) phone: Option<PhoneNumber>,
    /// Give up after so many seconds [default: wait for as long as it takes]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
}

#[derive(Group)]
pub(crate) struct SendArgs {
    /// Phone number with country code, or the id of a chat
    pub(crate) to: Recipient,
    /// The message
    pub(crate) text: String,
    /// What to wait for
    #[arg(long, value_enum, default_value_t = Until::Server)]
    pub(crate) until: Until,
    /// Id of the message; the same id never makes a second message
    #[arg(long)]
    pub(crate) id: Option<MessageId>,
    /// Give up after so many seconds without a connection, and then after so many without the message being there
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "60")]
    pub(crate) timeout: Duration,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Until {
    /// The page has it
    Queued,
    /// The server has it
    Server,
    /// A device of the recipient has it
    Delivered,
    /// The recipient has seen it
    Read,
}

impl From<Until> for SendUntil {
    fn from(until: Until) -> Self {
        match until {
            Until::Queued => Self::Queued,
            Until::Server => Self::Server,
            Until::Delivered => Self::Delivered,
            Until::Read => Self::Read,
        }
    }
}

#[derive(Group)]
pub(crate) struct ListenArgs {
    /// Print only events of these names, for example message
    #[arg(long = "event", value_name = "NAME", value_parser = clap::builder::PossibleValuesParser::new(wa_client::Event::NAMES))]
    pub(crate) events: Vec<String>,
}

#[derive(Group)]
pub(crate) struct StatusArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Give up after so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "60")]
    pub(crate) timeout: Duration,
}

#[derive(Group)]
pub(crate) struct OutputArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn seconds(text: &str) -> std::result::Result<Duration, String> {
    match text.parse() {
        Ok(seconds @ 1..=86_400) => Ok(Duration::from_secs(seconds)),
        _ => Err("a number of seconds from 1 to 86400".into()),
    }
}
