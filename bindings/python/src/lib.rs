//! wa-client for python.
