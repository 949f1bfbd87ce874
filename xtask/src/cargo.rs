//! What cargo tells about the workspace and about what it built.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::{Fallible, setup};

/// Where things are.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// Everything that this program writes: logs and the driver's packages.
    pub(crate) scratch: PathBuf,
}

impl Workspace {
    pub(crate) fn locate() -> Fallible<Self> {
        let metadata = setup::output(&mut command(&["metadata", "--no-deps", "--format-version", "1"]))
            .ok_or("cargo metadata failed: run this inside the project")?;
        let metadata: Value = serde_json::from_str(&metadata).map_err(|error| format!("cargo metadata: {error}"))?;
        let path =
            |key: &str| metadata[key].as_str().map(PathBuf::from).ok_or_else(|| format!("cargo metadata has no {key}"));
        let scratch = path("target_directory")?.join("xtask");
        std::fs::create_dir_all(&scratch).map_err(|error| format!("{}: {error}", scratch.display()))?;
        Ok(Self { root: path("workspace_root")?, scratch })
    }
}

/// The cargo that started us.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    // We run under cargo ourselves. What it tells us of our own package would make it build others anew that ask for such names.
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"CARGO_PKG_")) {
        command.env_remove(name);
    }
    command.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_MANIFEST_PATH");
    command
}

/// A program that cargo built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Executable {
    /// The directory of its package, whose name is as in the path: `wa-client`, `sim`, `echo-bot`.
    pub(crate) package: PathBuf,
    pub(crate) target: String,
    /// `lib`, `bin`, `test`, `example` …
    pub(crate) kind: String,
    /// Built with the test harness.
    pub(crate) harness: bool,
    pub(crate) path: PathBuf,
}

impl Executable {
    pub(crate) fn package_name(&self) -> &str {
        self.package.file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }
}

/// The programs among the messages of `cargo … --message-format=json`.
pub(crate) fn executables(messages: &str) -> Vec<Executable> {
    let executable = |line: &str| {
        let message: Value = serde_json::from_str(line).ok()?;
        Some(Executable {
            package: Path::new(message["manifest_path"].as_str()?).parent()?.to_owned(),
            target: message["target"]["name"].as_str()?.to_owned(),
            kind: message["target"]["kind"][0].as_str()?.to_owned(),
            harness: message["profile"]["test"].as_bool()?,
            path: message["executable"].as_str()?.into(),
        })
    };
    messages.lines().filter_map(executable).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_messages_with_an_executable_count() {
        let messages = r#"{"reason":"compiler-artifact","manifest_path":"/p/sim/Cargo.toml","target":{"kind":["lib"],"name":"s"},"profile":{"test":false},"executable":null}
{"reason":"compiler-artifact","manifest_path":"/p/sim/Cargo.toml","target":{"kind":["test"],"name":"contract"},"profile":{"test":true},"executable":"/t/contract-1"}
{"reason":"build-finished","success":true}"#;
        let found = executables(messages);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].package_name(), found[0].target.as_str(), found[0].harness), ("sim", "contract", true));
    }
}
