//! Texts from Python.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;
use wa_client::{Error, ErrorKind};

use crate::error::raise;

/// A `str`. One that holds half of a surrogate pair is no text, and is refused as every other impossible argument is.
pub(crate) struct Text(pub(crate) String);

impl<'py> FromPyObject<'_, 'py> for Text {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let Ok(text) = object.cast::<PyString>() else {
            return Err(PyTypeError::new_err(format!("expected str, not {}", object.get_type().name()?)));
        };
        match text.to_cow() {
            Ok(text) => Ok(Self(text.into_owned())),
            Err(_) => {
                let error = Error::new(ErrorKind::InvalidArgument, "read_text", "the text has lone surrogates");
                Err(raise(object.py(), &error))
            }
        }
    }
}
