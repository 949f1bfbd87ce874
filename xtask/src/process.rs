//! Child processes that have a deadline and that never outlive us.

use std::fs::File;
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(50);

/// A child and everything it starts, as one process group.
///
/// A shell waits on a pipe that we hold. When the pipe closes, because we are done or because we died in whatever way,
/// it ends what is left of the group: first asking, two seconds later by force.
pub(crate) struct Group {
    leader: Child,
    guard: Option<Child>,
}

#[cfg(unix)]
const GUARD: &str = r#"
read -r _
kill -s TERM -- "-$1" 2>/dev/null || exit 0
for _ in 1 2 3 4 5 6 7 8 9 10; do
  sleep 0.2
  kill -s 0 -- "-$1" 2>/dev/null || exit 0
done
kill -s KILL -- "-$1" 2>/dev/null
"#;

impl Group {
    /// Starts `command` without standard input.
    pub(crate) fn spawn(command: &mut Command) -> io::Result<Self> {
        command.stdin(Stdio::null());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let leader = command.spawn()?;
        let guard = guard(leader.id())?;
        Ok(Self { leader, guard })
    }

    /// The child itself, for its pipes.
    pub(crate) fn leader(&mut self) -> &mut Child {
        &mut self.leader
    }

    /// Waits until the child ends, at most until `deadline`; `tick` is called while waiting.
    pub(crate) fn wait(&mut self, deadline: Instant, mut tick: impl FnMut()) -> io::Result<Option<ExitStatus>> {
        loop {
            if let Some(status) = self.leader.try_wait()? {
                return Ok(Some(status));
            }
            if Instant::now() >= deadline {
                return Ok(None);
            }
            tick();
            sleep(POLL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        match self.guard.take() {
            Some(mut guard) => {
                drop(guard.stdin.take());
                // The leader has to be reaped while the guard looks, else the guard takes the zombie for a survivor.
                while let Ok(None) = guard.try_wait() {
                    let _ = self.leader.try_wait();
                    sleep(POLL);
                }
            }
            None => drop(self.leader.kill()),
        }
        let _ = self.leader.wait();
    }
}

#[cfg(unix)]
fn guard(group: u32) -> io::Result<Option<Child>> {
    use std::os::unix::process::CommandExt;
    // In a group of its own, so that Ctrl-C on the terminal does not end the guard before its work.
    let mut command = Command::new("sh");
    command.args(["-c", GUARD, "guard", &group.to_string()]).process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map(Some)
}

#[cfg(not(unix))]
fn guard(_group: u32) -> io::Result<Option<Child>> {
    Ok(None)
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Success,
    Failure(Option<i32>),
    TimedOut,
}

/// Runs `command`, its standard error into `log` and its standard output into `stdout`; `tick` is called while it runs.
pub(crate) fn run(
    command: &mut Command,
    log: &Path,
    stdout: &Path,
    limit: Duration,
    tick: impl FnMut(),
) -> io::Result<End> {
    command.stderr(File::create(log)?).stdout(File::create(stdout)?);
    let mut group = Group::spawn(command)?;
    Ok(match group.wait(Instant::now() + limit, tick)? {
        Some(status) if status.success() => End::Success,
        Some(status) => End::Failure(status.code()),
        None => End::TimedOut,
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader};

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn tells_how_a_command_ended_and_keeps_its_output() {
        let path = |name: &str| std::env::temp_dir().join(format!("xtask-{}-{name}", std::process::id()));
        let (log, out) = (path("log"), path("out"));
        let run = |script, limit| run(&mut shell(script), &log, &out, limit, || {}).unwrap();
        assert_eq!(run("exit 3", Duration::from_secs(10)), End::Failure(Some(3)));
        assert_eq!(run("sleep 60", Duration::from_millis(100)), End::TimedOut);
        assert_eq!(run("echo out; echo err >&2", Duration::from_secs(10)), End::Success);
        assert_eq!(std::fs::read_to_string(&out).unwrap(), "out\n");
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "err\n");
        [log, out].into_iter().for_each(|path| std::fs::remove_file(path).unwrap());
    }

    #[test]
    fn what_a_command_left_running_ends_with_it() {
        // The grandchild ignores the polite signal and holds the pipe open until it is dead.
        let mut command = shell("(trap '' TERM; echo ready; while :; do sleep 1; done) & wait");
        let mut group = Group::spawn(command.stdout(Stdio::piped())).unwrap();
        let mut lines = BufReader::new(group.leader().stdout.take().unwrap()).lines();
        assert_eq!(lines.next().unwrap().unwrap(), "ready");
        drop(group);
        assert!(lines.next().is_none());
    }
}
