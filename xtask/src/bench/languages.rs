//! The same session in each language, driven by the same program: what is added to Rust.

use std::path::Path;
use std::process::Command;

use super::contender::{Contender, Languages, json};
use super::figures::{Compared, Row, Target, row, shown};
use super::{Options, session, write};
use crate::Fallible;
use crate::cargo::Workspace;
use crate::suite::Suite;

const ROUNDS: usize = 3;
/// What another language may need of what Rust needs.
const MOST: f64 = 1.3;
const LITTLE: Target = Target::AtMost(MOST);

const fn same(name: &'static str, at: &'static str, target: Target) -> Row {
    row(name, at, at, target)
}

const ROWS: &[Row] = &[
    same("send → page has it, p50, ms", "/send_sequential_ms/p50", LITTLE),
    same("send → page has it, p99, ms", "/send_sequential_ms/p99", LITTLE),
    same("send → server has it, p50, ms", "/send_to_server_ms/p50", LITTLE),
    same("send → server has it, p99, ms", "/send_to_server_ms/p99", LITTLE),
    same("processor of the host a send, ms", "/send_sequential_ms/cpu_ms_per_send/host", Target::None),
    same("burst: messages a second", "/inbound_burst/events_per_second", Target::AtLeast(1.0 / MOST)),
    same("burst: p50, ms", "/inbound_burst/latency_ms/p50", LITTLE),
    same("burst: p99, ms", "/inbound_burst/latency_ms/p99", LITTLE),
    same("burst: lost", "/inbound_burst/lost", Target::Exactly(0.0)),
    same("burst: doubled", "/inbound_burst/duplicates", Target::Exactly(0.0)),
    same("processor of the host a message received, ms", "/inbound_burst/cpu_ms_per_message/host", Target::None),
    same("500 a second: messages a second", "/inbound_steady/per_second", Target::AtLeast(1.0 / MOST)),
    same("500 a second: p50, ms", "/inbound_steady/latency_ms/p50", LITTLE),
    same("500 a second: p99, ms", "/inbound_steady/latency_ms/p99", LITTLE),
    same("500 a second: lost", "/inbound_steady/lost", Target::Exactly(0.0)),
    same("500 a second: doubled", "/inbound_steady/duplicates", Target::Exactly(0.0)),
    same("host, idle, MiB", "/memory_idle/host_rss_mib", LITTLE),
    same("host, after load, MiB", "/memory_after/host_rss_mib", LITTLE),
    same("browser, idle, MiB", "/memory_idle/chromium_pss/mib", LITTLE),
    same("browser, after load, MiB", "/memory_after/chromium_pss/mib", LITTLE),
    same("shutdown and end of the process, ms", "/shutdown_ms", Target::None),
];

pub(super) fn run(
    suite: &mut Suite,
    workspace: &Workspace,
    out: &Path,
    browser: &Path,
    languages: &Languages,
    options: &Options,
) -> Fallible<()> {
    let contenders = languages.contenders(suite, workspace, out, "subject", "session");
    let (Some(mut contenders), Some(wa_sim), Some(session)) =
        (contenders, languages.program("wa-sim"), languages.program("session"))
    else {
        return Ok(());
    };
    for round in 1..=options.rounds.unwrap_or(ROUNDS) {
        for contender in &mut contenders {
            let mut command = Command::new(session);
            // cargo puts the libraries of debug builds there for those that it runs, and they would come first.
            command.env("CHROME_PATH", browser).env_remove("LD_LIBRARY_PATH");
            let name = format!("bench: session in {}, round {round}", contender.language);
            let report = session::measure(suite, workspace, &name, wa_sim, options, &mut command, |it, base| {
                it.arg(base).arg("--through").args(contender.line(base));
            })?;
            contender.results.extend(report);
        }
    }
    let table = table(&contenders);
    println!("\n{table}");
    write(&out.join("languages.json"), &json(&contenders))?;
    write(&out.join("languages.md"), &table)
}

/// As Markdown: for each language the figures, their ratio to those of Rust, and whether that is as wanted.
fn table(contenders: &[Contender]) -> String {
    let Some((rust, others)) = contenders.split_first() else { return String::new() };
    let compared: Vec<_> = others.iter().map(|it| Compared::all(ROWS, &it.results, &rust.results)).collect();
    let names: Vec<_> = others.iter().map(|it| format!(" {} | ratio |", it.language)).collect();
    let mut lines = vec![
        format!("| | {} |{} wanted | |", rust.language, names.concat()),
        format!("|---|---|{}---|---|", "---|---|".repeat(others.len())),
    ];
    for (at, row) in ROWS.iter().enumerate() {
        let of_row: Vec<&Compared> = compared.iter().map(|rows| &rows[at]).collect();
        let rust = of_row.first().and_then(|it| it.theirs);
        let cells: Vec<_> = of_row.iter().map(|it| format!(" {} | {} |", shown(it.ours), it.shown_ratio())).collect();
        let verdicts: Vec<_> = of_row.iter().map(|it| it.verdict().1).collect();
        let failing: Vec<_> =
            others.iter().zip(&verdicts).filter(|(_, met)| **met == Some(false)).map(|(it, _)| it.language).collect();
        let met = match failing.as_slice() {
            [] if verdicts.iter().all(Option::is_some) => "yes".to_owned(),
            [] => String::new(),
            failing => format!("**no**: {}", failing.join(", ")),
        };
        let wanted = of_row.first().map(|it| it.verdict().0).unwrap_or_default();
        lines.push(format!("| {} | {} |{} {wanted} | {met} |", row.name, shown(rust), cells.concat()));
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_language_is_compared_with_rust() {
        let contender = |language, p50: u64, rate: u64, lost: u64| {
            let mut contender = Contender::new(language, "");
            let burst = json!({"events_per_second": rate, "lost": lost});
            contender.results = vec![json!({"send_sequential_ms": {"p50": p50}, "inbound_burst": burst})];
            contender
        };
        let table = table(&[contender("Rust", 10, 1000, 0), contender("C", 13, 800, 0), contender("Node", 14, 700, 1)]);
        let row = |name: &str| table.lines().find(|line| line.starts_with(&format!("| {name}"))).unwrap();
        assert!(
            row("send → page has it, p50").ends_with("| 14.00 (14.00–14.00) | 1.40 | ≤ 1.3 | **no**: Node |"),
            "{table}"
        );
        assert!(row("burst: messages a second").ends_with("| 0.70 | ≥ 0.77 | **no**: Node |"), "{table}");
        assert!(row("burst: lost").ends_with("| 0.00 (0.00–0.00) | – | 1.00 (1.00–1.00) | – | = 0 | **no**: Node |"));
        // What is not known is not met.
        assert!(row("host, idle").ends_with("| ≤ 1.3 |  |"));
    }
}
