//! How programs that run the simulator are told to stop.

/// What ends a program that runs the simulator: SIGTERM or Ctrl-C. Listens from this call on.
///
/// # Errors
/// When the signals cannot be listened for, or outside of a Tokio runtime.
#[cfg(unix)]
pub fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    })
}

/// What ends a program that runs the simulator: SIGTERM or Ctrl-C. Listens from this call on.
///
/// # Errors
/// When the signals cannot be listened for, or outside of a Tokio runtime.
#[cfg(not(unix))]
pub fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
