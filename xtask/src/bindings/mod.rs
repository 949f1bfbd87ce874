//! The packages of other languages: built as users get them, installed into an empty place, and tested there.

pub(crate) mod c;
pub(crate) mod node;
pub(crate) mod python;
