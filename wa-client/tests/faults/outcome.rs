//! What was seen in a cell, and its file.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::document::blessing;
use crate::fault::Fault;
use crate::moment::Moment;

/// What the application sees of a fault at a moment. Times are those of the run that wrote the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// The statuses, each once, from the moment of the fault on.
    pub(crate) statuses: Vec<String>,
    /// Reasons of `disconnected` and `reconnecting`, each once; those that end the session are marked with `!`.
    pub(crate) reasons: Vec<String>,
    /// What became of the call that was under way, and of its message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) call: Option<String>,
    /// What a person had to do: nothing, `scan`, `reconnect`.
    pub(crate) person: Vec<String>,
    /// What the application will never be told of.
    pub(crate) lost: String,
    /// From the fault to the first sign of it.
    pub(crate) noticed_ms: Option<u64>,
    /// From the end of the cause to ready, or to a closed session.
    pub(crate) back_ms: u64,
    /// What is seen instead when the browser had not yet written the link into its profile, which it does within some
    /// seconds of its own choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) unwritten: Option<Box<Outcome>>,
}

pub(crate) fn path(fault: &str, moment: &str) -> PathBuf {
    crate::tree::root().join("wa-client/tests/faults/cells").join(fault).join(format!("{moment}.json"))
}

impl Outcome {
    pub(crate) fn stored(fault: &str, moment: &str) -> Option<Self> {
        let text = fs::read_to_string(path(fault, moment)).ok()?;
        Some(serde_json::from_str(&text).expect("a cell of the table"))
    }

    /// Compares with what is stored, or stores.
    pub(crate) fn settle(&self, fault: Fault, moment: Moment, noticed_within: Duration) {
        /// Machines are busy, and this one runs tests.
        const SLACK: Duration = Duration::from_secs(5);
        if let Some(noticed) = self.noticed_ms.map(Duration::from_millis) {
            assert!(noticed <= noticed_within + SLACK, "noticed after {noticed:?}, promised {noticed_within:?}");
        }
        let stored = Self::stored(fault.name(), moment.name());
        let known = |outcome: &Self| outcome.without_times() == self.without_times();
        if blessing() {
            if stored.as_ref().is_some_and(|cell| cell.unwritten.is_some() && cell.either().any(known)) {
                return;
            }
            let path = path(fault.name(), moment.name());
            fs::create_dir_all(path.parent().expect("a directory")).expect("a directory for the cells");
            let text = serde_json::to_string(self).expect("an outcome is JSON");
            fs::write(path, text + "\n").expect("a file for the cell");
            return;
        }
        let stored = stored.expect("the cell is stored: WA_BLESS=1");
        assert!(stored.either().any(known), "another outcome than is documented:\n{self:?}\nand not\n{stored:?}");
    }

    /// This outcome, and that of a link that was not yet written.
    pub(crate) fn either(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.unwritten.as_deref())
    }

    fn without_times(&self) -> Self {
        Self { noticed_ms: self.noticed_ms.map(|_| 0), back_ms: 0, unwritten: None, ..self.clone() }
    }
}
