//! The native module `wa_client._native`: calls of the core, answered without Python's interpreter being held.
//!
//! It is private. The Python package in `python/wa_client/` gives it names, types and documentation. What crosses is text: settings,
//! results, events and errors are the core's JSON, so that a new event or field needs nothing here.

mod client;
mod error;
mod events;
mod logs;
mod pending;
mod runtime;
mod simulator;
mod testing;
mod text;
mod util;

use pyo3::prelude::*;

/// What the package is made of.
#[pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use crate::client::Core;
    #[pymodule_export]
    use crate::events::Stream;
    #[pymodule_export]
    use crate::logs::{log_from, log_ready, log_take};
    #[pymodule_export]
    use crate::pending::Pending;
    #[pymodule_export]
    use crate::runtime::stop;
    #[pymodule_export]
    use crate::simulator::run_simulator;
    #[pymodule_export]
    use crate::testing::{testing_fail, testing_stream};
    #[pymodule_export]
    use crate::util::{mask, parse_phone, qr_data_url, qr_png, qr_svg, qr_terminal};

    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        let codes: Vec<_> = wa_client::ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        module.add("ERROR_CODES", codes)?;
        module.add("EVENT_NAMES", wa_client::Event::NAMES.to_vec())?;
        module.add("OPERATIONS", wa_client::ops::ALL.to_vec())?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
