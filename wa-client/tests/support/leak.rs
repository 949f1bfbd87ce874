//! Watches every log line of a test run for what belongs to people.
//!
//! [`install`] puts a [`LeakCheck`] behind all logging of the process; [`secret`] names a text that must not be logged. Lines
//! from before are looked at as well, because a test often learns a QR payload later than the library does. A leak ends the run.

use std::collections::{BTreeSet, VecDeque};
use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

/// As many lines as are kept for secrets that are named later.
const KEPT_LINES: usize = 100_000;

/// Shorter texts would be found in lines that have nothing to do with them.
const SHORTEST: usize = 5;

/// A `tracing` layer that compares every line, at every level and from every crate, with the secrets named so far.
#[derive(Clone, Default)]
pub(crate) struct LeakCheck {
    seen: Arc<Mutex<Seen>>,
    fatal: bool,
}

#[derive(Default)]
struct Seen {
    secrets: Vec<Secret>,
    lines: VecDeque<Line>,
    leaks: Vec<String>,
    /// Lines of the library itself, at every level.
    library: usize,
}

#[derive(PartialEq, Eq)]
struct Secret {
    /// For the report, which must not leak either.
    what: &'static str,
    /// Each of them gives it away.
    forms: BTreeSet<String>,
}

struct Line {
    level: Level,
    target: String,
    text: String,
    /// The text without the signs that phone numbers are written with.
    plain: String,
}

impl LeakCheck {
    /// Names a text that must not be logged: `what` says what kind of text it is.
    ///
    /// # Panics
    /// When the text is too short to be told from others.
    pub(crate) fn secret(&self, what: &'static str, text: &str) {
        assert!(text.chars().count() >= SHORTEST, "a secret {what} needs at least {SHORTEST} characters");
        // A pairing code is the same without its dash, and parts of a QR payload are keys.
        let parts = text.split(',').filter(|part| part.len() >= 16).map(str::to_owned);
        let forms: BTreeSet<_> = [text.to_owned(), plain(text)].into_iter().chain(parts).collect();
        let secret = Secret { what, forms };
        let mut seen = self.seen();
        if seen.secrets.contains(&secret) {
            return;
        }
        let leaks: Vec<_> = seen.lines.iter().filter_map(|line| leak(&secret, line)).collect();
        seen.secrets.push(secret);
        self.report(seen, leaks);
    }

    /// What was found so far: kind of the secret, level and target of the line.
    #[must_use]
    pub(crate) fn leaks(&self) -> Vec<String> {
        self.seen().leaks.clone()
    }

    /// Level and target of the lines kept, each once.
    pub(crate) fn sources(&self) -> BTreeSet<String> {
        self.seen().lines.iter().map(|line| format!("{} {}", line.level, line.target)).collect()
    }

    fn line(&self, metadata: &Metadata<'_>, text: String) {
        let plain = plain(&text);
        let line = Line { level: *metadata.level(), target: metadata.target().to_owned(), text, plain };
        let mut seen = self.seen();
        seen.library += usize::from(line.target.starts_with("wa_client::"));
        let leaks: Vec<_> = seen.secrets.iter().filter_map(|secret| leak(secret, &line)).collect();
        if seen.lines.len() == KEPT_LINES {
            seen.lines.pop_front();
        }
        seen.lines.push_back(line);
        self.report(seen, leaks);
    }

    fn report(&self, mut seen: MutexGuard<'_, Seen>, leaks: Vec<String>) {
        if leaks.is_empty() {
            return;
        }
        if self.fatal {
            // A panic would only end the task that logged, and the run would go on.
            eprintln!("LEAK in a log line:\n{}", leaks.join("\n"));
            std::process::exit(101);
        }
        seen.leaks.extend(leaks);
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn leak(secret: &Secret, line: &Line) -> Option<String> {
    let found = secret.forms.iter().any(|form| line.text.contains(form) || line.plain.contains(form));
    found.then(|| format!("{} in a {} line of {}", secret.what, line.level, line.target))
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, ' ' | '+' | '-' | '(' | ')' | '\u{a0}')).collect()
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for LeakCheck {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        self.line(event.metadata(), text.0);
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        let mut text = Text::default();
        attributes.record(&mut text);
        self.line(attributes.metadata(), text.0);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let mut text = Text::default();
        values.record(&mut text);
        if let Some(metadata) = context.metadata(id) {
            self.line(metadata, text.0);
        }
    }
}

/// All fields of a line, one after the other.
#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a String cannot fail.
        let _ = write!(self.0, "{}={value:?} ", field.name());
    }

    /// Unescaped, so that a secret with a quotation mark is recognised.
    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = write!(self.0, "{}={value} ", field.name());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut cause = Some(value);
        while let Some(error) = cause {
            let _ = write!(self.0, "{}={error} {error:?} ", field.name());
            cause = error.source();
        }
    }
}

/// As many texts as are learned from events: a burst of thousands teaches nothing more.
const LEARNED: usize = 300;

impl LeakCheck {
    /// Learns what an event tells of people: numbers, names, texts, codes.
    pub(crate) fn learn(&self, envelope: &wa_client::EventEnvelope) {
        if let Ok(event) = serde_json::to_value(&envelope.event) {
            self.learn_from("", &event);
        }
    }

    fn learn_from(&self, name: &str, value: &serde_json::Value) {
        match value {
            serde_json::Value::Object(fields) => fields.iter().for_each(|(name, value)| self.learn_from(name, value)),
            serde_json::Value::Array(values) => values.iter().for_each(|value| self.learn_from(name, value)),
            serde_json::Value::String(text) => self.learn_text(name, text),
            _ => {}
        }
    }

    fn learn_text(&self, name: &str, text: &str) {
        let user = || text.split('@').next().unwrap_or_default();
        let (what, text) = match name {
            "payload" => ("QR payload", text),
            "phone" | "chatPhone" => ("phone number", text),
            "chat" | "from" | "to" | "author" | "lid" | "chatLid" | "sender" | "peer" | "mentions" => {
                ("address", user())
            }
            "notifyName" | "pushname" => ("name", text),
            // A single word may well be part of a line that has nothing to do with it.
            "body" | "previous" if text.contains(' ') => ("text", text),
            _ => return,
        };
        if text.chars().count() >= SHORTEST && self.seen().secrets.len() < LEARNED {
            self.secret(what, text);
        }
    }
}

/// Learns from an event, in the installed check.
pub(crate) fn learn(envelope: &wa_client::EventEnvelope) {
    install().learn(envelope);
}

static INSTALLED: OnceLock<LeakCheck> = OnceLock::new();

/// Watches the whole process from now on; a leak ends it with status 101. With `RUST_LOG` set, lines are shown as well.
pub(crate) fn install() -> &'static LeakCheck {
    INSTALLED.get_or_init(|| {
        let check = LeakCheck { fatal: true, ..LeakCheck::default() };
        let shown = std::env::var("RUST_LOG").ok().map(|filter| {
            tracing_subscriber::fmt::layer().with_test_writer().with_filter(tracing_subscriber::EnvFilter::new(filter))
        });
        let subscriber = tracing_subscriber::registry().with(check.clone()).with(shown);
        tracing::subscriber::set_global_default(subscriber).expect("nothing else installs a subscriber");
        check
    })
}

/// How many lines the library itself has logged so far, at every level.
pub(crate) fn lines() -> usize {
    install().seen().library
}

/// Names a text that must not be logged, in the installed check.
pub(crate) fn secret(what: &'static str, text: &str) {
    install().secret(what, text);
}
