//! What needs no client.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use wa_client::{PhoneNumber, qr, redact};

use crate::error::guard;
use crate::text::Text;

#[pyfunction]
pub(crate) fn qr_terminal(py: Python<'_>, payload: Text) -> PyResult<String> {
    guard(py, "qr_terminal", || qr::terminal(&payload.0))
}

#[pyfunction]
pub(crate) fn qr_svg(py: Python<'_>, payload: Text) -> PyResult<String> {
    guard(py, "qr_svg", || qr::svg(&payload.0))
}

#[pyfunction]
pub(crate) fn qr_png(py: Python<'_>, payload: Text, scale: u32) -> PyResult<Bound<'_, PyBytes>> {
    guard(py, "qr_png", || qr::png(&payload.0, scale)).map(|picture| PyBytes::new(py, &picture))
}

#[pyfunction]
pub(crate) fn qr_data_url(py: Python<'_>, payload: Text) -> PyResult<String> {
    guard(py, "qr_data_url", || qr::data_url(&payload.0))
}

#[pyfunction]
pub(crate) fn parse_phone(py: Python<'_>, text: Text) -> PyResult<String> {
    guard(py, "parse_phone", || text.0.parse::<PhoneNumber>().map(|phone| phone.digits().to_owned()))
}

#[pyfunction]
pub(crate) fn mask(py: Python<'_>, text: Text) -> PyResult<String> {
    guard(py, "mask", || Ok(redact::mask(&text.0)))
}
