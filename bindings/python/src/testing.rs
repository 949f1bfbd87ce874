//! Failures on request, for the tests of the border between the languages. Not for users.

use pyo3::prelude::*;
use serde::{Serialize, Serializer};
use wa_client::{Error, ErrorKind};

use crate::error::guard;
use crate::events::Stream;
use crate::pending::Pending;
use crate::runtime::Link;
use crate::text::Text;

/// Fails at a stage: `argument`, `panic`, `call`, `call_panic`, `result`; `hang` never ends by itself.
#[pyfunction(name = "_testing_fail")]
pub(crate) fn testing_fail(py: Python<'_>, stage: Text) -> PyResult<Pending> {
    const OPERATION: &str = "testing_fail";
    guard(py, OPERATION, || {
        let link = Link::current()?;
        match stage.0.as_str() {
            "panic" => panic!("asked for by a test"),
            "call" => {
                let error = Error::new(ErrorKind::Page, OPERATION, "asked for by a test")
                    .with_source(std::io::Error::other("the cause"));
                Ok(Pending::start(&link, OPERATION, async { Err::<(), _>(error) }))
            }
            "call_panic" => Ok(Pending::start::<(), _>(&link, OPERATION, async { panic!("asked for by a test") })),
            "result" => Ok(Pending::start(&link, OPERATION, async { Ok(Unwritable) })),
            "hang" => Ok(Pending::start::<(), _>(&link, OPERATION, std::future::pending())),
            _ => Err(Error::new(ErrorKind::InvalidArgument, OPERATION, "no such stage")),
        }
    })
}

/// A subscription that panics when it is used.
#[pyfunction(name = "_testing_stream")]
pub(crate) fn testing_stream(py: Python<'_>) -> PyResult<Stream> {
    guard(py, "testing_stream", || Ok(Stream::broken(&Link::current()?)))
}

struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("asked for by a test"))
    }
}
