//! Errors and panics on their way to Python.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::prelude::*;
use wa_client::{Error, ErrorKind, Result};

/// Runs a body that answers at once; neither an error nor a panic of it unwinds into the interpreter.
pub(crate) fn guard<T>(py: Python<'_>, operation: &'static str, body: impl FnOnce() -> Result<T>) -> PyResult<T> {
    let outcome = catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| Err(panicked(operation)));
    outcome.map_err(|error| raise(py, &error))
}

/// What a panic becomes. What it said stays on standard error, where the panic hook has put it.
pub(crate) fn panicked(operation: &'static str) -> Error {
    Error::new(ErrorKind::Internal, operation, "a defect of the library (panic)")
}

/// The exception for an error: which class belongs to which code is a table in Python.
pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    let json = serde_json::to_string(error).unwrap_or_else(|_| {
        // Cannot be: errors are plain data.
        r#"{"code": "internal", "operation": "raise", "message": "the error cannot be written", "retry": "never"}"#
            .into()
    });
    let made = py.import("wa_client.errors").and_then(|module| module.getattr("from_json")?.call1((json,)));
    made.map_or_else(|failed| failed, PyErr::from_value)
}
