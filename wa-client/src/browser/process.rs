//! The life of the browser process: one task owns it from its start to its end.

use std::collections::VecDeque;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Child;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::proc::group_runs;
use super::profile::SessionDir;
use crate::page::engine::Engine;

/// How much of what the browser complained about is kept.
const STDERR_KEPT: usize = 4096;
/// After the end of the browser its last words may still be in the pipe.
const STDERR_GRACE: Duration = Duration::from_millis(50);
/// After a kill the kernel needs a moment.
const KILL_GRACE: Duration = Duration::from_secs(1);
const GROUP_CHECK: Duration = Duration::from_millis(5);
/// How long a browser may take that nobody waits for.
const BACKGROUND_STOP: Duration = Duration::from_secs(6);

/// How the browser ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// By itself when asked: everything it had to store is stored.
    Gracefully,
    /// By a signal, or before it was asked.
    Killed,
}

/// What is known about the end of the browser.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exit {
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<i32>,
    /// The last lines it wrote, with everything masked that may belong to people.
    pub(crate) stderr: String,
}

/// The browser process. Dropping it ends the browser in the background.
pub(crate) struct Process {
    pid: u32,
    stop: oneshot::Sender<Stop>,
    exit: watch::Receiver<Option<Exit>>,
    engine: Option<Engine>,
}

struct Stop {
    deadline: Duration,
    engine: Option<Engine>,
    done: oneshot::Sender<(Closed, SessionDir)>,
}

impl Process {
    /// Takes over a browser that was just spawned as the leader of its process group, and the task that holds its pipe.
    pub(super) fn new(mut child: Child, session: SessionDir, bridge: JoinHandle<()>) -> io::Result<Self> {
        let pid = child.id().ok_or(io::ErrorKind::NotFound)?;
        let group = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or(io::ErrorKind::InvalidData)?;
        let stderr = Arc::new(Stderr::default());
        let reader = child.stderr.take().map(|pipe| tokio::spawn(Arc::clone(&stderr).keep(pipe)));
        let (stop, stopped) = oneshot::channel();
        let (ended, exit) = watch::channel(None);
        let owner = Supervisor { child, group, bridge, session, stderr, reader, ended };
        tokio::spawn(owner.run(stopped));
        Ok(Self { pid, stop, exit, engine: None })
    }

    /// From now on [`close`](Self::close) asks the browser first.
    pub(super) fn speaks(&mut self, engine: Engine) {
        self.engine = Some(engine);
    }

    /// Becomes `Some` when the browser has ended.
    pub(super) fn exit(&self) -> watch::Receiver<Option<Exit>> {
        self.exit.clone()
    }

    /// The process id of the browser.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Ends the browser: asks it, closes its pipe, SIGTERM, SIGKILL; `deadline` is shared by the first three. Afterwards
    /// no process of the browser is left. Takes at most two seconds longer than `deadline`.
    ///
    /// The session directory comes back still locked, so that it can be [removed](SessionDir::remove); dropping it
    /// releases the lock. It is missing when the browser had ended before and the lock was released then.
    pub(crate) async fn close(self, deadline: Duration) -> (Closed, Option<SessionDir>) {
        let Self { stop, engine, .. } = self;
        let (done, closed) = oneshot::channel();
        // When the supervisor is gone, the browser has ended and been cleaned up.
        let _ = stop.send(Stop { deadline, engine, done });
        match closed.await {
            Ok((closed, session)) => (closed, Some(session)),
            Err(_) => (Closed::Killed, None),
        }
    }
}

/// Owns the process; ends when the process has.
struct Supervisor {
    child: Child,
    group: Pid,
    bridge: JoinHandle<()>,
    session: SessionDir,
    stderr: Arc<Stderr>,
    reader: Option<JoinHandle<()>>,
    ended: watch::Sender<Option<Exit>>,
}

impl Supervisor {
    async fn run(mut self, mut stop: oneshot::Receiver<Stop>) {
        let mut request = None;
        let (status, closed) = tokio::select! {
            status = self.child.wait() => (status.ok(), Closed::Killed),
            // Told to stop, or forgotten.
            stop = &mut stop => {
                request = stop.ok();
                let deadline = request.as_ref().map_or(BACKGROUND_STOP, |stop| stop.deadline);
                self.descend(request.as_mut().and_then(|stop| stop.engine.take()), deadline).await
            }
            // Without its pipe it must end by itself.
            _ = &mut self.bridge => self.descend(None, BACKGROUND_STOP).await,
        };
        self.bridge.abort();
        if let Some(reader) = &mut self.reader {
            let _ = timeout(STDERR_GRACE, reader).await;
        }
        let exit = Exit {
            code: status.and_then(|status| status.code()),
            signal: status.and_then(|status| status.signal()),
            stderr: self.stderr.tail(),
        };
        tracing::debug!(code = exit.code, signal = exit.signal, "the browser has ended");
        let _ = self.ended.send(Some(exit));

        self.end_group().await;
        if let Err(error) = self.session.remove_browser_lock() {
            tracing::warn!(error = %error.kind(), "the browser's lock could not be removed");
        }
        // Asked meanwhile.
        stop.close();
        if let Some(request) = request.or_else(|| stop.try_recv().ok()) {
            let _ = request.done.send((closed, self.session));
        }
    }

    /// From the kindest way to end to the surest.
    async fn descend(&mut self, engine: Option<Engine>, deadline: Duration) -> (Option<ExitStatus>, Closed) {
        let step = deadline / 3;
        if let Some(engine) = engine {
            let asked = tokio::spawn(async move { engine.close_browser(step).await });
            if let Ok(status) = timeout(step, self.child.wait()).await {
                return (status.ok(), Closed::Gracefully);
            }
            asked.abort();
        }
        self.bridge.abort();
        if let Ok(status) = timeout(step, self.child.wait()).await {
            return (status.ok(), Closed::Gracefully);
        }
        tracing::warn!("the browser did not end when asked; sending SIGTERM");
        let _ = kill_process(self.group, Signal::TERM);
        if let Ok(status) = timeout(step, self.child.wait()).await {
            return (status.ok(), Closed::Killed);
        }
        tracing::warn!("the browser did not end by SIGTERM; sending SIGKILL");
        let _ = kill_process_group(self.group, Signal::KILL);
        (timeout(KILL_GRACE, self.child.wait()).await.ok().and_then(Result::ok), Closed::Killed)
    }

    /// Helpers of the browser end when it does; this makes sure, and waits for it.
    async fn end_group(&self) {
        let give_up = Instant::now() + KILL_GRACE;
        let _ = kill_process_group(self.group, Signal::KILL);
        while group_runs(self.group) && Instant::now() < give_up {
            sleep(GROUP_CHECK).await;
        }
    }
}

/// The last of what the browser wrote to its standard error.
#[derive(Default)]
struct Stderr {
    kept: Mutex<VecDeque<u8>>,
}

impl Stderr {
    async fn keep(self: Arc<Self>, mut pipe: impl AsyncRead + Unpin) {
        let mut chunk = [0; 1024];
        while let Ok(count @ 1..) = pipe.read(&mut chunk).await {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.extend(&chunk[..count]);
            let excess = kept.len().saturating_sub(STDERR_KEPT);
            kept.drain(..excess);
        }
    }

    fn tail(&self) -> String {
        let kept: Vec<u8> = self.kept.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
        mask(&String::from_utf8_lossy(&kept))
    }
}

/// How many lines of the browser an error shows.
const LINES_SHOWN: usize = 5;

/// The last lines, without addresses, quoted texts (a page may log what it likes) and long numbers.
fn mask(text: &str) -> String {
    let lines: Vec<String> = text.lines().filter(|line| !line.trim().is_empty()).map(mask_line).collect();
    lines[lines.len().saturating_sub(LINES_SHOWN)..].join("\n")
}

fn mask_line(line: &str) -> String {
    // A line of the page's own console quotes what the page said.
    let line = if line.contains("CONSOLE") { line.split(']').next().unwrap_or_default() } else { line };
    let mut masked = String::with_capacity(line.len());
    for (index, word) in line.split(' ').enumerate() {
        if index > 0 {
            masked.push(' ');
        }
        let digits = word.chars().filter(char::is_ascii_digit).count();
        let heading = index == 0 && word.starts_with('[');
        if word.contains("://") || word.contains('@') || (digits >= 5 && !heading) {
            masked.push('*');
        } else {
            masked.push_str(word);
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_belong_to_people_is_masked() {
        let text = "[12:34:1123/000000.123456:ERROR:zygote.cc(1)] No usable sandbox! See https://example.org/a?b\n\
                    [1:1:INFO:CONSOLE(3)] \"hello there\", source: https://example.org/ (3)\n\
                    sent to 5511999990000@c.us or +5511999990000\n";
        assert_eq!(
            mask(text),
            "[12:34:1123/000000.123456:ERROR:zygote.cc(1)] No usable sandbox! See *\n\
             [1:1:INFO:CONSOLE(3)\n\
             sent to * or *"
        );
    }

    #[tokio::test]
    async fn only_the_end_of_the_complaints_is_kept() {
        let stderr = Arc::new(Stderr::default());
        let long: String = (0..2000).map(|line| format!("line {line}\n")).collect();
        Arc::clone(&stderr).keep(long.as_bytes()).await;
        assert!(stderr.kept.lock().unwrap().len() <= STDERR_KEPT);
        assert_eq!(stderr.tail(), "line 1995\nline 1996\nline 1997\nline 1998\nline 1999");
    }
}
