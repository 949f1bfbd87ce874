//! What others write is shown, never obeyed.

use serde_json::{Value, json};

use crate::bench::{Bench, FRIEND, stop};

/// Clears the screen, sets the title, writes into the clipboard, in both forms of the beginning; turns the line around.
const HOSTILE: &str =
    "a\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\u{9d}52;c;eA==\u{9c}\u{7f}\r\n\u{202e}b\u{2066}\u{2028}c é😀";

fn commands(text: &str) -> Vec<char> {
    let does_something = |c: &char| {
        (c.is_control() && *c != '\n') || matches!(*c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}')
    };
    text.chars().filter(does_something).collect()
}

#[tokio::test]
async fn a_hostile_message_and_name_do_nothing_to_the_terminal() {
    let bench = Bench::start().await;
    bench.phone.accounts(json!([{"number": FRIEND, "pushname": HOSTILE}])).await.expect("a friend");
    bench.link("", &[]).await;
    let mut listen = bench.listen("", &[("RUST_LOG", "trace")]).await;
    bench.phone.text(FRIEND, HOSTILE).await.expect("the friend writes");
    let line = listen.line_with(r#""event":"message","#).await;
    assert_eq!(commands(&line), Vec::<char>::new(), "{line:?}");
    let told: Value = serde_json::from_str(&line).expect("it is JSON all the same");
    assert_eq!((&told["data"]["body"], &told["data"]["notifyName"]), (&json!(HOSTILE), &json!(HOSTILE)));
    stop(listen).await;

    let (_, out, _) = bench.run("", &[], &["send", FRIEND, HOSTILE]).end().await;
    assert_eq!(commands(&out), Vec::<char>::new(), "{out:?}");
    let complaints = bench.complaints();
    assert!(complaints.contains("TRACE"));
    assert_eq!(commands(&complaints), Vec::<char>::new(), "standard error");
}
