//! What the benches and the test of budgets share.

mod tapped;

pub use tapped::{Meter, TappedBrowser};
