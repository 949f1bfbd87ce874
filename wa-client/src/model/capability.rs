use serde::{Deserialize, Serialize};

/// What the start-up check found of one thing the library can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapabilityStatus {
    /// Present in its preferred place.
    Ok,
    /// Present in an older or alternative place.
    Fallback,
    /// Not found, or not as it has to be; calls that need it fail.
    Missing,
}

/// One thing the library can do and where the page offers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Capability {
    /// Its name, for example `send_text`.
    #[serde(rename = "capability")]
    pub name: String,
    /// Whether nothing works without it, as far as the page has come: what only a linked account needs is not core before.
    pub core: bool,
    /// What was found.
    pub status: CapabilityStatus,
    /// The page module that offers it, or should.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// The export of that module.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub export: Option<String>,
    /// Every `module.export` that was tried, in order of preference.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tried: Vec<String>,
    /// What is wrong with what was found there, for example `not a function`; `None` when nothing was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// What the start-up check of the page found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CapabilityReport {
    /// The version of the page, `2.3000.…`.
    #[serde(rename = "version", default, skip_serializing_if = "Option::is_none")]
    pub web_version: Option<String>,
    /// Whether everything has been looked at; the page loads its modules bit by bit.
    #[serde(default)]
    pub complete: bool,
    /// One entry a capability.
    #[serde(rename = "report", default)]
    pub capabilities: Vec<Capability>,
}

impl CapabilityReport {
    /// The capabilities without which nothing works and which are missing, as `capability (module.export)` or `capability (module.export: what is wrong with it)`.
    #[must_use]
    pub fn missing_core(&self) -> Vec<String> {
        self.lacking(|capability| capability.core)
    }

    /// Everything that is missing, in the same form.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        self.lacking(|_| true)
    }

    fn lacking(&self, wanted: impl Fn(&Capability) -> bool) -> Vec<String> {
        let missing = |c: &&Capability| c.status == CapabilityStatus::Missing && wanted(c);
        self.capabilities.iter().filter(missing).map(Capability::label).collect()
    }

    /// What was found of a capability; `None` when the check does not know it.
    #[must_use]
    pub fn status(&self, name: &str) -> Option<CapabilityStatus> {
        self.capabilities.iter().find(|c| c.name == name).map(|c| c.status)
    }
}

impl Capability {
    fn label(&self) -> String {
        let problem = self.problem.as_ref().map_or(String::new(), |problem| format!(": {problem}"));
        match (&self.module, &self.export) {
            (Some(module), Some(export)) => format!("{} ({module}.{export}{problem})", self.name),
            (Some(module), None) => format!("{} ({module}{problem})", self.name),
            _ => self.name.clone(),
        }
    }
}
