//! wa-client for c.
