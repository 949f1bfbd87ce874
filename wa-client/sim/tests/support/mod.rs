//! Shared by the tests that drive the page in a real Chromium.

// Each test binary uses its own part of this.
#![allow(dead_code)]

pub(crate) mod browser;
pub(crate) mod control;
pub(crate) mod recorder;
