//! What others wrote must not command the terminal it is shown on.
//!
//! A message may hold sequences that clear the screen, change its title or turn text around, so that a line says something else
//! than what was printed. JSON itself keeps only the first 32 characters out.

use std::borrow::Cow;

/// A line of JSON in which every such character is an escape; it means the same.
pub(crate) fn json(line: &str) -> Cow<'_, str> {
    escaped(line, |c, out| {
        // All of them are below the range that needs two escapes.
        out.push_str(&format!("\\u{:04x}", u32::from(c)));
    })
}

/// A text for people in which every such character but the end of a line shows as its number.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    escaped(text, |c, out| match c {
        '\n' => out.push(c),
        c => out.extend(c.escape_unicode()),
    })
}

fn escaped(text: &str, escape: impl Fn(char, &mut String)) -> Cow<'_, str> {
    if !text.chars().any(commands) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if commands(c) { escape(c, &mut out) } else { out.push(c) }
    }
    Cow::Owned(out)
}

/// Whether a terminal does something with it instead of showing it: control characters, those that end a line elsewhere, and
/// those that change the direction of what follows.
fn commands(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\u{1b}[2J\u{9b}31m\u{7f}\r\u{202e}b\u{2028}\u{7}é😀";

    #[test]
    fn json_means_the_same_and_commands_nothing() {
        let line = serde_json::to_string(HOSTILE).unwrap();
        assert!(line.contains('\u{9b}'), "what JSON leaves alone");
        let shown = json(&line);
        assert!(!shown.chars().any(commands), "{shown:?}");
        assert!(shown.contains("é😀"));
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), HOSTILE);
    }

    #[test]
    fn text_shows_what_it_does_not_do() {
        assert_eq!(text("\u{1b}[2J\u{9b}x\n\r\u{202e}"), "\\u{1b}[2J\\u{9b}x\n\\u{d}\\u{202e}");
        assert_eq!(text("▀▄█ é\n"), "▀▄█ é\n");
    }
}
