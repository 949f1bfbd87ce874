//! Where the time of a start goes, as the session itself tells it.

use serde_json::Value;

use super::figures::Spread;

/// The starts that are told of, and where in a report.
const STARTS: [(&str, &str); 2] = [("first QR code", "phases_to_first_qr"), ("restored", "phases_to_ready")];

/// As Markdown: when each phase began, medians over the rounds, and what it took until the next.
pub(super) fn table(reports: &[Value]) -> String {
    let mut lines = vec!["| start | phase | begins after, ms | takes, ms |".to_owned(), "|---|---|---|---|".to_owned()];
    for (start, at) in STARTS {
        let names = reports.first().and_then(|report| report[at].as_array()).into_iter().flatten();
        let names: Vec<&str> = names.filter_map(|phase| phase["phase"].as_str()).collect();
        let begins = |n: usize| {
            let times = reports.iter().filter_map(|report| report[at][n]["at_ms"].as_f64());
            Spread::of(times.collect()).map(|times| times.middle)
        };
        for (n, name) in names.iter().enumerate() {
            let Some(begin) = begins(n) else { continue };
            let takes = begins(n + 1).map_or_else(|| "–".to_owned(), |next| format!("{:.0}", next - begin));
            lines.push(format!("| {start} | {} | {begin:.0} | {takes} |", name.replace('_', " ")));
        }
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_phase_takes_until_the_next_begins() {
        let report = |ms: u64| json!({"phases_to_first_qr": [{"phase": "loading_page", "at_ms": ms}, {"phase": "waiting_for_qr", "at_ms": 3 * ms}]});
        let table = table(&[report(100), report(300), report(200)]);
        assert!(
            table
                .contains("| first QR code | loading page | 200 | 400 |\n| first QR code | waiting for qr | 600 | – |")
        );
    }
}
