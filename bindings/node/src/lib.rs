//! wa-client for node.
