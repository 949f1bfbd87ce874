//! The closing lines of the test runners, added up.

use serde_json::Value;

/// Counts of one run, with the names of what failed.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
    pub(crate) failures: Vec<String>,
}

impl Tally {
    pub(crate) fn add(&mut self, other: &Tally) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.failures.extend_from_slice(&other.failures);
    }

    /// `N passed, N failed`, with `, N skipped` when there is something to tell.
    pub(crate) fn line(&self) -> String {
        let skipped = if self.skipped > 0 { format!(", {} skipped", self.skipped) } else { String::new() };
        format!("{} passed, {} failed{skipped}", self.passed, self.failed)
    }
}

/// Which runner wrote a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runner {
    /// Has no tests; that it succeeds counts as one.
    Check,
    /// Rust's own test harness; several binaries may have written to one log.
    Rust,
    /// Node's, in TAP format.
    Node,
    /// pytest.
    Pytest,
    /// The conformance driver: one JSON object of scenarios, then a closing line.
    Driver,
}

/// Reads a log; `None` when it has no closing line, which means that the runner did not get to its end.
pub(crate) fn read(runner: Runner, log: &str) -> Option<Tally> {
    match runner {
        Runner::Check => Some(Tally::default()),
        Runner::Rust => rust(log),
        Runner::Node => node(log),
        Runner::Pytest => pytest(log),
        Runner::Driver => driver(log),
    }
}

/// The number in front of `unit` in `12 passed; 0 failed; 1 ignored`.
fn number_before(text: &str, unit: &str) -> Option<u64> {
    text.split_once(&format!(" {unit}"))?.0.rsplit(' ').next()?.parse().ok()
}

fn rust(log: &str) -> Option<Tally> {
    let mut tally = None::<Tally>;
    for counts in log.lines().filter_map(|line| Some(line.split_once("test result: ")?.1)) {
        let tally = tally.get_or_insert_default();
        tally.passed += number_before(counts, "passed")?;
        tally.failed += number_before(counts, "failed")?;
        tally.skipped += number_before(counts, "ignored")?;
    }
    let name = |line: &str| Some(line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?.to_owned());
    let failures = log.lines().filter_map(name).collect();
    tally.map(|tally| Tally { failures, ..tally })
}

fn node(log: &str) -> Option<Tally> {
    let count =
        |what: &str| -> Option<u64> { log.lines().rev().find_map(|line| line.strip_prefix(what)?.trim().parse().ok()) };
    let name = |line: &str| Some(line.trim().strip_prefix("not ok ")?.split_once(" - ")?.1.to_owned());
    Some(Tally {
        passed: count("# pass ")?,
        failed: count("# fail ")? + count("# cancelled ").unwrap_or(0),
        skipped: count("# skipped ").unwrap_or(0),
        failures: log.lines().filter_map(name).collect(),
    })
}

/// `2 failed, 3 passed, 1 skipped, 1 error in 0.50s`, with or without `=` around it, and a line for each failure before it.
fn pytest(log: &str) -> Option<Tally> {
    let closing = log.lines().rev().map(|line| line.trim_matches(|c| c == '=' || c == ' '));
    let counts = closing.take(10).find_map(|line| {
        let (counts, time) = line.rsplit_once(" in ")?;
        time.split(' ').next()?.strip_suffix('s')?.parse::<f64>().ok().map(|_| format!(" {counts}"))
    })?;
    let count = |what| number_before(&counts, what).unwrap_or(0);
    let name = |line: &str| {
        let rest = line.strip_prefix("FAILED ").or_else(|| line.strip_prefix("ERROR "))?;
        Some(rest.split(" - ").next()?.to_owned())
    };
    Some(Tally {
        passed: count("passed"),
        failed: count("failed") + count("error"),
        skipped: count("skipped"),
        failures: log.lines().filter_map(name).collect(),
    })
}

fn driver(log: &str) -> Option<Tally> {
    let (json, closing) = log.trim_end().rsplit_once('\n')?;
    let scenarios: Value = serde_json::from_str(json.get(json.find('{')?..)?).ok()?;
    // The driver keeps remarks in entries whose name is in parentheses; a failed one is a failure all the same.
    let skipped = |(name, result): &(&String, &Value)| !name.starts_with('(') && result["ok"].is_null();
    let failed = |(_, result): &(&String, &Value)| result["ok"] == Value::Bool(false);
    let tell =
        |(name, result): (&String, &Value)| format!("{name}: {}", result["detail"].as_str().unwrap_or("no detail"));
    let scenarios = scenarios.as_object()?;
    Some(Tally {
        passed: number_before(closing, "passed")?,
        failed: number_before(closing, "failed")?,
        skipped: scenarios.iter().filter(skipped).count().try_into().ok()?,
        failures: scenarios.iter().filter(failed).map(tell).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rust_binaries_in_one_log_are_added_up() {
        let log = "\
running 2 tests
test a::works ... ok
test a::breaks ... FAILED

failures:

---- a::breaks stdout ----
assertion failed

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
running 3 tests
test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.02s
";
        let tally = read(Runner::Rust, log).unwrap();
        assert_eq!(tally.line(), "3 passed, 1 failed, 1 skipped");
        assert_eq!(tally.failures, ["a::breaks"]);
    }

    #[test]
    fn a_log_without_its_closing_line_is_no_result() {
        assert_eq!(read(Runner::Rust, "running 2 tests\ntest a ... ok\n"), None);
        assert_eq!(read(Runner::Node, "TAP version 13\nok 1 - a\n"), None);
        assert_eq!(read(Runner::Driver, "{\"a\": {\"ok\": true}}\n"), None);
        assert_eq!(read(Runner::Driver, ""), None);
    }

    #[test]
    fn node_tap() {
        let log = "TAP version 13\n# Subtest: adds\nok 1 - adds\n# Subtest: fails\nnot ok 2 - fails\n1..2\n# tests 2\n# suites 0\n# pass 1\n# fail 1\n# cancelled 0\n# skipped 0\n# todo 0\n# duration_ms 50\n";
        let tally = read(Runner::Node, log).unwrap();
        assert_eq!(tally.line(), "1 passed, 1 failed");
        assert_eq!(tally.failures, ["fails"]);
    }

    #[test]
    fn pytest_with_failures_and_errors() {
        let log = "..F.E\n==== short test summary info ====\nFAILED tests/test_a.py::test_b[x] - AssertionError: in 3s\nERROR tests/test_c.py::test_d - X\n2 failed, 11 passed, 1 skipped, 1 error in 18.78s\n";
        let tally = read(Runner::Pytest, log).unwrap();
        assert_eq!(tally.line(), "11 passed, 3 failed, 1 skipped");
        assert_eq!(tally.failures, ["tests/test_a.py::test_b[x]", "tests/test_c.py::test_d"]);
        let long = read(Runner::Pytest, "==== 90 passed in 75.27s (0:01:15) ====\n").unwrap();
        assert_eq!(long.line(), "90 passed, 0 failed");
        assert_eq!(read(Runner::Pytest, "...\nwent on in 3 rooms\n"), None);
    }

    #[test]
    fn driver_with_scenarios() {
        let log = r#"{
 "qr": {"ok": true, "detail": "", "ms": 3},
 "send": {"ok": false, "detail": "no ack", "ms": 3},
 "send.poll": {"ok": null, "skipped": true, "detail": "capability polls", "ms": 0},
 "(notes)": {"ok": null, "skipped": true, "detail": "a remark", "ms": 0}
}
1 passed, 1 failed
"#;
        let tally = read(Runner::Driver, log).unwrap();
        assert_eq!(tally.line(), "1 passed, 1 failed, 1 skipped");
        assert_eq!(tally.failures, ["send: no ack"]);
    }
}
