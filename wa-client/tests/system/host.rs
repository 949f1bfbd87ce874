//! A session in a process of its own, which can be killed as the system would.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;
use wa_client::{Client, Event};

use crate::program::Program;
use crate::row::Trial;
use crate::support::processes::{browsers, descendants, ended, group, program, with_text};
use crate::support::{Events, Rig, leak};
use crate::{FRIEND, is_ready};

/// A browser that lost its host, and all that belongs to it, is gone by then.
const GONE: Duration = Duration::from_secs(5);

/// Our program, running the session of a rig.
pub(crate) struct Host {
    pub(crate) program: Program,
}

impl Host {
    /// Starts it on a session that is linked.
    pub(crate) fn start(rig: &Rig) -> Self {
        Self::with(rig, env!("CARGO_BIN_EXE_wa-client"), &[], &[])
    }

    /// Starts it by another program, which gets the rest as its arguments.
    pub(crate) fn with(rig: &Rig, program: &str, before: &[&str], env: &[(&str, &str)]) -> Self {
        let directory = &rig.config.session_path;
        let settings = directory.join("settings.json");
        std::fs::write(&settings, serde_json::to_string(&rig.config).expect("settings")).expect("a file of settings");
        let settings = settings.to_str().expect("a path of letters").to_owned();
        let args = before.iter().map(ToString::to_string).chain(["--config".to_owned(), settings, "listen".to_owned()]);
        Self { program: Program::start(program, directory, args, env) }
    }

    /// Reads its events up to one of that name.
    pub(crate) async fn event(&mut self, name: &str) -> Value {
        loop {
            let line = self.program.line().await.unwrap_or_else(|| panic!("it ended before `{name}`"));
            let event: Value = serde_json::from_str(&line).expect("events are JSON");
            assert!(event["event"] != "qr" || name == "qr", "a stored session shows no code");
            if event["event"] == name {
                return event;
            }
        }
    }
}

/// A session of the library that is linked, stored and closed.
pub(crate) async fn stored_session(rig: &Rig) {
    rig.sim.accounts(serde_json::json!([{"number": FRIEND}])).await.unwrap();
    let (client, _events) = rig.ready_and_stored().await;
    client.shutdown().await;
}

/// The session starts, is ready without a code, and a message goes out.
pub(crate) async fn works_without_a_code(rig: &Rig) -> (Client, Events) {
    let client = rig.client();
    let mut events = Events::of(&client);
    client.initialize().await.expect("the session starts");
    events.wait("ready", is_ready).await;
    assert_eq!(events.count("qr"), 0, "a stored session shows no code");
    client.send_message(FRIEND, "it works").await.expect("a message goes out");
    (client, events)
}

#[tokio::test]
async fn a_killed_host_leaves_no_browser_and_the_session_goes_on() {
    let rig = Rig::start().await;
    stored_session(&rig).await;
    let mut host = Host::start(&rig);
    host.event("ready").await;
    // Heard by the process that is killed, and not told again by the next.
    rig.sim.text(FRIEND, "before").await.unwrap();
    host.event("message").await;
    let family = descendants(host.program.pid());
    assert!(family.len() > 3, "a browser has helpers: {family:?}");

    let mut trial = Trial::of("host_killed", &rig.config, None);
    host.program.signal(Signal::KILL);
    ended(&family, GONE).await;
    trial.noticed();
    assert_eq!(with_text(&rig.profile().display().to_string()), Vec::<i32>::new(), "something is left");
    rig.sim.text(FRIEND, "meanwhile").await.unwrap();
    trial.healed();
    let (client, mut events) = works_without_a_code(&rig).await;
    trial.over("the next start, without a code");
    let meanwhile = |event: &Event| matches!(event, Event::Message(m) if m.body.as_deref() == Some("meanwhile"));
    events.wait("the message of meanwhile", meanwhile).await;
    rig.stop(client).await;
    trial.settle();
}

#[tokio::test]
async fn a_host_killed_while_it_starts_leaves_no_browser() {
    let rig = Rig::start().await;
    stored_session(&rig).await;
    let mut host = Host::start(&rig);
    loop {
        let event = host.event("change_state").await;
        if event["data"]["phase"]["name"] == "loading_page" {
            break;
        }
    }
    let family = descendants(host.program.pid());
    let mut trial = Trial::of("host_killed_while_starting", &rig.config, None);
    host.program.signal(Signal::KILL);
    ended(&family, GONE).await;
    trial.noticed();
    assert_eq!(with_text(&rig.profile().display().to_string()), Vec::<i32>::new(), "something is left");
    trial.healed();
    let (client, _events) = works_without_a_code(&rig).await;
    trial.over("the next start, without a code");
    rig.stop(client).await;
    trial.settle();
}

/// A browser that hangs does not see that its host is gone. This one cannot see it: it holds both ends of its pipes.
fn deaf_browser(rig: &Rig) -> std::path::PathBuf {
    let browser = std::env::var("CHROME_PATH").unwrap_or_else(|_| "chromium".to_owned());
    let script = format!(
        "#!/bin/sh\n\
         d=$(mktemp -d '{}/relay.XXXXXX') && mkfifo \"$d/commands\" \"$d/answers\" || exit 1\n\
         exec 8<>\"$d/answers\" 9<>\"$d/commands\"\n\
         cat <&3 >&9 4>&- 8>&- &\n\
         cat <&8 >&4 3<&- 9>&- &\n\
         exec '{browser}' \"$@\" 3<&9 4>&8 8>&- 9>&-\n",
        rig.config.session_path.display()
    );
    program(&rig.config.session_path, "deaf-browser", &script)
}

#[tokio::test]
async fn a_browser_that_outlives_its_killed_host_is_ended_by_the_next() {
    let mut rig = Rig::start().await;
    stored_session(&rig).await;
    let whole = rig.config.executable.replace(deaf_browser(&rig));
    let mut host = Host::start(&rig);
    rig.config.executable = whole;
    host.event("ready").await;
    let family = group(rig.browser());
    let mut trial = Trial::of("host_killed_browser_deaf", &rig.config, None);
    host.program.signal(Signal::KILL);
    ended(&[host.program.pid()], GONE).await;
    assert_eq!(browsers(&rig.profile()).len(), 1, "it does not see it");
    trial.healed();
    let (client, _events) = works_without_a_code(&rig).await;
    trial.over("the next start, which ends the old browser");
    ended(&family, Duration::from_secs(1)).await;
    assert_eq!(browsers(&rig.profile()).len(), 1, "one browser");
    rig.stop(client).await;
    trial.settle();
}

#[tokio::test]
async fn a_killed_host_at_the_login_screen_leaves_no_browser() {
    let rig = Rig::start().await;
    let mut host = Host::start(&rig);
    let qr = host.event("qr").await;
    leak::secret("QR payload", qr["data"]["payload"].as_str().expect("a payload"));
    let family = descendants(host.program.pid());
    host.program.signal(Signal::KILL);
    ended(&family, GONE).await;
    // Nothing was stored, so the next start begins with a code.
    let (client, _events) = rig.ready().await;
    rig.stop(client).await;
}
