//! What is kept of a session beside the browser's profile: which messages were reported.

use std::path::{Path, PathBuf};

use super::dedup::Seen;
use crate::browser::{read_state, write_state};

/// Reads what was stored; nothing when there is nothing, or nothing usable.
pub(super) async fn load(session_dir: PathBuf) -> Option<Seen> {
    let read = tokio::task::spawn_blocking(move || read_state(&session_dir)).await.ok()?;
    match read {
        Ok(Some(bytes)) => match serde_json::from_slice(&bytes) {
            Ok(seen) => Some(seen),
            Err(error) => {
                tracing::warn!(line = error.line(), "the list of reported messages is damaged; it starts anew");
                None
            }
        },
        Ok(None) => None,
        Err(error) => {
            tracing::warn!(kind = ?error.kind(), "the list of reported messages cannot be read");
            None
        }
    }
}

/// Stores in place of what was stored before; `false` when that did not work.
pub(super) async fn save(session_dir: &Path, seen: Seen) -> bool {
    let session_dir = session_dir.to_owned();
    let written = tokio::task::spawn_blocking(move || write_state(&session_dir, &serde_json::to_vec(&seen)?)).await;
    if let Ok(Err(error)) = &written {
        tracing::warn!(kind = ?error.kind(), "the list of reported messages cannot be stored");
    }
    matches!(written, Ok(Ok(())))
}
