//! The script that is injected into every document, joined from the files of `page/js`.

use serde_json::{Value, json};

use super::protocol::MAX_BATCH;

/// What the script needs to know. Both names are random and live for one browser.
#[derive(Debug, Clone)]
pub(crate) struct ScriptConfig {
    /// Name of the binding that takes batches of events; the script deletes it from `window` at once.
    pub(crate) binding: String,
    /// Name under which the script leaves its entry point on `window` until it is fetched and deleted.
    pub(crate) handle: String,
    /// Capability to candidates `Module.export`, tried before the built-in ones.
    pub(crate) overrides: Option<Value>,
}

/// In order: each file uses only what stands before it. All of them share one function scope.
const FILES: &[&str] = &[
    include_str!("js/shapes.js"),
    include_str!("js/modules.js"),
    include_str!("js/trials.js"),
    include_str!("js/probe.js"),
    include_str!("js/bridge.js"),
    include_str!("js/model.js"),
    include_str!("js/state.js"),
    include_str!("js/qr.js"),
    include_str!("js/messages.js"),
    include_str!("js/events.js"),
    include_str!("js/ops/ping.js"),
    include_str!("js/ops/pairing.js"),
    include_str!("js/ops/logout.js"),
    include_str!("js/ops/exists.js"),
    include_str!("js/ops/send_text.js"),
    include_str!("js/ops/message_status.js"),
    include_str!("js/ops/catch_up.js"),
    include_str!("js/main.js"),
];

/// The source, ready for `Page.addScriptToEvaluateOnNewDocument`.
pub(crate) fn source(config: &ScriptConfig) -> String {
    let config = json!({
        "binding": config.binding,
        "handle": config.handle,
        "overrides": config.overrides,
        // Bytes in UTF-8 are at most three times the length JavaScript knows.
        "limits": { "batch": MAX_BATCH / 3, "text": 65_536 },
    });
    format!("(function (config) {{\n'use strict';\n{}\n}})({config});\n", FILES.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_is_one_strict_function_with_its_configuration() {
        let config =
            ScriptConfig { binding: "b".into(), handle: "h\"'".into(), overrides: Some(json!({"socket": ["A.b"]})) };
        let source = source(&config);
        assert!(source.starts_with("(function (config) {\n'use strict';\n"));
        let tail =
            source.rsplit_once("\n})(").map(|(_, tail)| tail.trim_end().trim_end_matches(");")).unwrap_or_default();
        let config: Value = serde_json::from_str(tail).unwrap();
        assert_eq!(config["handle"], "h\"'");
        assert_eq!(config["overrides"]["socket"][0], "A.b");
        assert_eq!(config["limits"]["batch"], MAX_BATCH / 3);
    }
}
