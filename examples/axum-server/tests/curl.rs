//! Every curl line of the README, run in a shell against the service and the simulator; answers have the form that is printed.

mod support;

use std::collections::BTreeSet;
use std::process::Stdio;

use axum_server::Settings;
use serde_json::Value;
use support::process::Running;
use support::{PATIENCE, Rig, leak};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

const README: &str = include_str!("../README.md");
const BASE: &str = "http://127.0.0.1:3030";

/// A command of the README and the answer printed under it.
#[derive(Debug)]
struct Example {
    section: String,
    command: String,
    answer: Option<Value>,
}

fn examples() -> Vec<Example> {
    let mut examples = Vec::<Example>::new();
    let (mut section, mut block) = (String::new(), None::<(String, String)>);
    for line in README.lines() {
        match (&mut block, line.strip_prefix("```")) {
            (None, Some(kind)) => block = Some((kind.to_owned(), String::new())),
            (None, None) => {
                if let Some(heading) = line.strip_prefix('#') {
                    section = heading.trim_start_matches('#').trim().to_owned();
                }
            }
            (Some((_, text)), None) => {
                text.push_str(line);
                text.push('\n');
            }
            (Some((kind, text)), Some(_)) => {
                match kind.as_str() {
                    "sh" => examples.extend(text.replace("\\\n", "").lines().map(|line| Example {
                        section: section.clone(),
                        command: line.to_owned(),
                        answer: None,
                    })),
                    "json" => {
                        let answer = serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"));
                        examples.last_mut().expect("a command comes first").answer = Some(answer);
                    }
                    _ => {}
                }
                block = None;
            }
        }
    }
    examples
}

/// Asserts that two values have the same fields with the same types.
fn same_form(printed: &Value, real: &Value, place: &str) {
    match (printed, real) {
        (Value::Object(printed), Value::Object(real)) => {
            let names = |object: &serde_json::Map<String, Value>| object.keys().cloned().collect::<BTreeSet<_>>();
            assert_eq!(names(printed), names(real), "{place}");
            printed.iter().for_each(|(name, value)| same_form(value, &real[name], &format!("{place}.{name}")));
        }
        // A sentence is printed as it is, unless it is cut short.
        (Value::String(printed), Value::String(real)) if place.ends_with(".message") => {
            let (start, _) = printed.split_once('…').unwrap_or((printed, ""));
            assert!(real.starts_with(start), "{place}: {real}");
        }
        _ => assert_eq!(std::mem::discriminant(printed), std::mem::discriminant(real), "{place}"),
    }
}

struct Shell {
    running: Running,
    rig: Rig,
}

impl Shell {
    fn command(&self, command: &str) -> Command {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(command.replace(BASE, self.running.http.base())).env("TOKEN", self.running.http.token());
        shell.current_dir(&self.rig.config.session_path).stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
        shell
    }

    async fn run(&self, Example { command, answer, .. }: &Example) {
        if command.contains("/whatsapp/events") {
            return self.follow(command).await;
        }
        // The file that the line names must be there afterwards; everything else is printed.
        let quiet = command.replacen("curl ", "curl -s ", 1);
        let output = timeout(PATIENCE, self.command(&quiet).output()).await.expect("in time").expect("a shell");
        assert!(output.status.success(), "{command}");
        let text = String::from_utf8(output.stdout).expect("text");
        if let Some((_, file)) = command.split_once(" -o ") {
            let file = self.rig.config.session_path.join(file.split(' ').next().expect("a name"));
            let picture = std::fs::read(file).expect("the picture");
            assert!(picture.starts_with(b"\x89PNG") || picture.windows(4).any(|part| part == b"<svg"), "{command}");
        } else if command.ends_with("/metrics") {
            assert!(text.contains("whatsapp_status{"), "{text}");
        } else {
            let real: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{command}: {text}"));
            if let Some(payload) = real["data"]["qr"].as_str() {
                leak::secret("QR payload", payload);
            }
            assert_eq!(real["success"], !command.ends_with("/readyz"), "{command}: {real}");
            if let Some(printed) = answer {
                same_form(printed, &real, "");
            }
        }
    }

    /// Reads a stream until there is an event.
    async fn follow(&self, command: &str) {
        let mut child = self.command(&command.replacen("curl ", "exec curl -s ", 1)).spawn().expect("a shell");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut start = Vec::new();
        while start.len() < 3 {
            start.push(timeout(PATIENCE, lines.next_line()).await.expect("in time").expect("text").expect("more"));
        }
        for (line, name) in start.iter().zip(["id: 1", "event: whatsapp.", "data: {"]) {
            assert!(line.starts_with(name), "{start:?}");
        }
        child.kill().await.expect("it ends");
    }
}

#[tokio::test]
async fn every_curl_line_of_the_readme_does_what_it_says() {
    let examples = examples();
    let rig = Rig::start().await;
    rig.sim.accounts(serde_json::json!([{"number": "5511988887777"}])).await.unwrap();
    let running = Running::start(&rig, &[]).await;
    let mut events = running.http.events("?after=0").await;
    events.until("qr").await;
    let shell = Shell { running, rig };
    let mut linked = false;
    for example in &examples {
        if example.section == "Sending" && !linked {
            let qr = shell.running.http.get("/whatsapp/qr").await.data();
            shell.rig.sim.scan(qr["qr"].as_str().unwrap()).await.unwrap();
            events.until("ready").await;
            linked = true;
        }
        shell.run(example).await;
        if example.command.contains("DELETE") {
            events.until("qr").await;
        } else if example.command.ends_with("/whatsapp/reconnect") {
            events.until("ready").await;
        }
    }
    assert_eq!(shell.rig.sim.outbox().await.unwrap().total, 2);

    let api = shell.running.http.get("/openapi.json").await.json();
    for (path, methods) in api["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let shown = examples.iter().any(|Example { command, .. }| {
                let posts = command.contains("-d ") || command.contains("-X POST");
                let uses = match method.as_str() {
                    "get" => !posts && !command.contains("-X DELETE"),
                    "post" => posts,
                    _ => command.contains(&format!("-X {}", method.to_uppercase())),
                };
                uses && command.split([' ', '?', '"']).any(|word| word == format!("{BASE}{path}"))
            });
            assert!(shown, "no curl line for {method} {path}");
        }
    }
    assert!(shell.running.stop().await.status.success());
}

#[test]
fn the_readme_names_every_variable_and_every_figure() {
    for name in Settings::VARIABLES {
        assert!(README.contains(&format!("`{name}`")), "{name}");
    }
    let metrics = axum_server::Metrics::new().unwrap();
    for name in metrics.names() {
        assert!(README.contains(&name), "{name}");
    }
}
