//! The file of overrides, which repairs a rename in the page without a new release. An operator writes it in a hurry, so what
//! is wrong with it is named.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};

/// The largest file, in bytes.
pub(crate) const MAX_FILE: u64 = 256 << 10;
/// Capabilities in it.
const MAX_CAPABILITIES: usize = 200;
/// Candidates of a capability.
const MAX_CANDIDATES: usize = 20;
/// Characters of a name.
const MAX_NAME: usize = 200;

impl Config {
    /// Sets [`bridge_overrides`](Self::bridge_overrides) from a JSON file: `{"capability": ["Module.export", …]}`. The file has
    /// at most 256 KiB, 200 capabilities with 20 candidates each, and names of at most 200 characters.
    ///
    /// # Errors
    /// `config`, saying what is wrong with the file. The settings are then as they were.
    pub fn read_overrides(&mut self, file: impl AsRef<Path>) -> Result<()> {
        let unreadable = |e: std::io::Error| invalid(format!("cannot be read ({})", e.kind())).with_source(e);
        let opened = File::open(file).map_err(unreadable)?;
        // Something that is no file may never end, and may never begin.
        if !opened.metadata().map_err(unreadable)?.is_file() {
            return Err(invalid("not a file"));
        }
        let mut text = Vec::new();
        opened.take(MAX_FILE + 1).read_to_end(&mut text).map_err(unreadable)?;
        self.bridge_overrides = parse(&text)?;
        Ok(())
    }
}

fn invalid(what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Config, "read_overrides", format!("overrides: {what}"))
}

/// The overrides in the text of a file.
pub(crate) fn parse(text: &[u8]) -> Result<BTreeMap<String, Vec<String>>> {
    if text.len() as u64 > MAX_FILE {
        return Err(invalid("the file is larger than 256 KiB"));
    }
    let overrides: BTreeMap<String, Vec<String>> = serde_json::from_slice(text).map_err(|e| {
        // What serde says of it may repeat what stands there, which may be anything in the wrong file.
        let place = format!("line {}, column {}", e.line(), e.column());
        invalid(format!("not {{\"capability\": [\"Module.export\"]}} at {place}"))
    })?;
    check(&overrides).map_err(invalid)?;
    Ok(overrides)
}

/// Whether the overrides make sense; what is wrong with them if not.
pub(crate) fn check(overrides: &BTreeMap<String, Vec<String>>) -> std::result::Result<(), String> {
    if overrides.len() > MAX_CAPABILITIES {
        return Err(format!("more than {MAX_CAPABILITIES} capabilities"));
    }
    for (number, (capability, candidates)) in (1..).zip(overrides) {
        let named = (1..=MAX_NAME).contains(&capability.len())
            && capability.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !named {
            return Err(format!("capability {number}: its name is 1 to {MAX_NAME} letters, digits and _"));
        }
        if candidates.len() > MAX_CANDIDATES {
            return Err(format!("{capability}: more than {MAX_CANDIDATES} candidates"));
        }
        if let Some(at) = candidates.iter().position(|candidate| !is_place(candidate)) {
            return Err(format!("{capability}: candidate {} is not Module.export", at + 1));
        }
    }
    Ok(())
}

/// Names of the language, with dots between them.
fn is_place(text: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || b == b'-')
    };
    text.len() <= MAX_NAME && text.contains('.') && text.split('.').all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        let error = parse(text.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        error.to_string()
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(parse(br#"{"socket": ["A.b", "$x.y-z.default"], "send_text": []}"#).is_ok());
        let cases = [
            ("[]", "line 1, column"),
            ("{\"socket\": \"A.b\"}", "line 1, column"),
            ("{\n\"socket\": [7]}", "line 2, column"),
            ("{\"secret words\": []}", "capability 1"),
            ("{\"a\": [], \"\": []}", "capability 1"),
            ("{\"socket\": [\"A.b\", \"A\"]}", "socket: candidate 2"),
            ("{\"socket\": [\"A.b()\"]}", "socket: candidate 1"),
            ("{\"socket\": [\"A..b\"]}", "socket: candidate 1"),
        ];
        for (text, part) in cases {
            let message = message(text);
            assert!(message.contains(part) && !message.contains("secret"), "{text}: {message}");
        }
    }

    #[test]
    fn everything_has_a_limit() {
        let name = "x".repeat(MAX_NAME + 1);
        assert!(message(&format!("{{\"{name}\": []}}")).contains("1 to 200"));
        assert!(message(&format!("{{\"socket\": [\"A.{name}\"]}}")).contains("candidate 1"));
        let many: BTreeMap<_, Vec<String>> = (0..=MAX_CAPABILITIES).map(|n| (format!("c{n}"), vec![])).collect();
        assert!(message(&serde_json::to_string(&many).unwrap()).contains("more than 200"));
        let many = serde_json::json!({"socket": vec!["A.b"; MAX_CANDIDATES + 1]});
        assert!(message(&many.to_string()).contains("socket: more than 20"));
        assert!(message(&" ".repeat(usize::try_from(MAX_FILE).unwrap() + 1)).contains("256 KiB"));
        assert!(message(&"[".repeat(100_000)).contains("line 1"));
    }

    #[test]
    fn a_file_is_read_and_nothing_else_is() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("overrides.json");
        std::fs::write(&file, r#"{"socket": ["A.b"]}"#).unwrap();
        let mut config = Config::default();
        config.read_overrides(&file).unwrap();
        assert_eq!(config.bridge_overrides["socket"], ["A.b"]);
        for wrong in [dir.path(), Path::new("/dev/zero"), &dir.path().join("absent")] {
            let error = config.read_overrides(wrong).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{}", wrong.display());
        }
        assert_eq!(config.bridge_overrides.len(), 1, "as it was");
        config.bridge_overrides.insert("socket".into(), vec!["nowhere".into()]);
        assert!(config.validate().unwrap_err().to_string().contains("socket: candidate 1"));
    }
}
