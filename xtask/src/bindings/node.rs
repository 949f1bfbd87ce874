//! The npm package.

use std::path::Path;

use crate::cargo::Workspace;
use crate::suite::Suite;

/// Builds it, installs it where nothing else is, and runs its tests with `browser`.
pub(crate) fn run(_suite: &mut Suite, _workspace: &Workspace, _browser: &Path) {}
