//! What is compared, and the table of it.

use std::ops::Div;

use serde_json::Value;

/// What is wanted of the ratio to the other client.
#[derive(Clone, Copy)]
pub(super) enum Target {
    /// Ours is at most this share of theirs.
    AtMost(f64),
    /// Ours is at least so many times theirs.
    AtLeast(f64),
    /// Ours itself is so much, whatever theirs is.
    Exactly(f64),
    None,
}

/// One figure: where it is in both reports, as JSON pointers.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) ours: &'static str,
    pub(super) theirs: &'static str,
    /// Of what both wait for the simulator itself.
    pub(super) simulated: &'static str,
    pub(super) target: Target,
}

pub(super) const fn row(name: &'static str, ours: &'static str, theirs: &'static str, target: Target) -> Row {
    Row { name, ours, theirs, simulated: "", target }
}

const fn net(name: &'static str, at: &'static str, simulated: &'static str, target: Target) -> Row {
    Row { name, ours: at, theirs: at, simulated, target }
}

use Target as T;

pub(super) const ROWS: &[Row] = &[
    row(
        "initialize → first QR code, ms",
        "/initialize_to_first_qr_ms/p50",
        "/initialize_to_first_qr_ms/p50",
        T::AtMost(0.7),
    ),
    net("scan → ready, ms", "/scan_to_ready_ms/value", "/scan_to_ready_ms/of_which_simulated_ms", T::AtMost(0.5)),
    net(
        "restored → ready, ms",
        "/restore_to_ready_ms/p50",
        "/restore_to_ready_ms/of_which_simulated_ms",
        T::AtMost(0.5),
    ),
    row("send → page has it, p50, ms", "/send_sequential_ms/p50", "/send_sequential_ms/p50", T::AtMost(0.5)),
    row("send → page has it, p99, ms", "/send_sequential_ms/p99", "/send_sequential_ms/p99", T::AtMost(0.5)),
    row("send → server has it, p50, ms", "/send_to_server_ms/p50", "", T::None),
    row("send → server has it, p99, ms", "/send_to_server_ms/p99", "", T::None),
    row("sends a second, 1 in flight", "/send_parallel/1/per_second", "", T::None),
    row("sends a second, 16 in flight", "/send_parallel/16/per_second", "/send_parallel/per_second", T::AtLeast(3.0)),
    row("sends a second, 64 in flight", "/send_parallel/64/per_second", "", T::None),
    row("sends a second, 16 in flight, 40 chats", "/send_parallel_many_chats/per_second", "", T::None),
    row(
        "commands a send",
        "/debugger_messages_per_send/without_acks/commands",
        "/debugger_messages_per_send/without_acks/commands",
        T::Exactly(1.0),
    ),
    row(
        "commands a send with three receipts",
        "/debugger_messages_per_send/with_three_acks/commands",
        "/debugger_messages_per_send/with_three_acks/commands",
        T::Exactly(1.0),
    ),
    row(
        "messages from the browser a send with three receipts",
        "/debugger_messages_per_send/with_three_acks/received",
        "/debugger_messages_per_send/with_three_acks/received",
        T::None,
    ),
    row(
        "commands a message received",
        "/debugger_messages_per_inbound/commands",
        "/debugger_messages_per_inbound/commands",
        T::Exactly(0.0),
    ),
    row(
        "bytes from the browser a message received",
        "/debugger_messages_per_inbound/bytes_in",
        "/debugger_messages_per_inbound/bytes_in",
        T::None,
    ),
    row(
        "burst: messages a second",
        "/inbound_burst/events_per_second",
        "/inbound_burst/events_per_second",
        T::AtLeast(10.0),
    ),
    row("burst: lost", "/inbound_burst/lost", "/inbound_burst/lost", T::Exactly(0.0)),
    row("burst: doubled", "/inbound_burst/duplicates", "/inbound_burst/duplicates", T::Exactly(0.0)),
    row(
        "one chat: messages a second",
        "/inbound_one_chat/events_per_second",
        "/inbound_one_chat/events_per_second",
        T::None,
    ),
    row("500 a second: p50, ms", "/inbound_steady/latency_ms/p50", "", T::None),
    row("500 a second: p99, ms", "/inbound_steady/latency_ms/p99", "", T::None),
    row("500 a second: lost", "/inbound_steady/lost", "", T::Exactly(0.0)),
    row(
        "processor of the host a send, ms",
        "/send_sequential_ms/cpu_ms_per_send/host",
        "/send_sequential_ms/cpu_ms_per_send/node",
        T::AtMost(0.2),
    ),
    row(
        "processor of the host a message received, ms",
        "/inbound_burst/cpu_ms_per_message/host",
        "/inbound_burst/cpu_ms_per_message/node",
        T::AtMost(0.2),
    ),
    row("host, idle, MiB", "/memory_idle/host_rss_mib", "/memory_idle/node_rss_mib", T::AtMost(0.15)),
    row("host, after load, MiB", "/memory_after/host_rss_mib", "/memory_after/node_rss_mib", T::AtMost(0.15)),
    row("browser, idle, MiB", "/memory_idle/chromium_pss/mib", "/memory_idle/chromium_pss/mib", T::AtMost(0.6)),
    row("browser, after load, MiB", "/memory_after/chromium_pss/mib", "/memory_after/chromium_pss/mib", T::AtMost(0.6)),
    row("clean shutdown, ms", "/clean_shutdown_ms/p50", "", T::None),
    row("clean shutdown after load, ms", "/shutdown_ms", "", T::None),
    row("sessions in one process", "/many_sessions/sessions", "", T::None),
    row("… all ready, ms", "/many_sessions/all_ready_ms", "", T::None),
    row("… browser, each further one, MiB", "/many_sessions/each_further/chromium_pss_mib", "", T::None),
    row("… host, each further one, MiB", "/many_sessions/each_further/host_rss_mib", "", T::None),
    row(
        "… idle processor of the browser, each further one, ms/s",
        "/many_sessions/each_further/idle_cpu_ms_per_second/chromium",
        "",
        T::None,
    ),
    row(
        "… idle processor of the host, each further one, ms/s",
        "/many_sessions/each_further/idle_cpu_ms_per_second/host",
        "",
        T::None,
    ),
    row("floor: empty round trip, p50, ms", "/floor_round_trip_ms/p50", "", T::None),
];

/// A figure over the rounds.
#[derive(Clone, Copy)]
pub(super) struct Spread {
    pub(super) middle: f64,
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Spread {
    pub(super) fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let (least, most) = (*values.first()?, *values.last()?);
        Some(Self { middle: values[values.len() / 2], least, most })
    }
}

impl Div<f64> for Spread {
    type Output = Self;

    fn div(self, unit: f64) -> Self {
        Self { middle: self.middle / unit, least: self.least / unit, most: self.most / unit }
    }
}

/// The median, and in brackets the least and the most.
pub(super) fn shown(spread: Option<Spread>) -> String {
    spread
        .map_or_else(|| "–".to_owned(), |Spread { middle, least, most }| format!("{middle:.2} ({least:.2}–{most:.2})"))
}

/// A row over all rounds.
pub(super) struct Compared {
    pub(super) row: &'static Row,
    pub(super) ours: Option<Spread>,
    pub(super) theirs: Option<Spread>,
}

impl Compared {
    pub(super) fn all(rows: &'static [Row], ours: &[Value], theirs: &[Value]) -> Vec<Self> {
        let spread = |row: &Row, at: &str, reports: &[Value]| {
            let value = |report: &Value| {
                let simulated = report.pointer(row.simulated).and_then(Value::as_f64).unwrap_or(0.0);
                Some(report.pointer(at)?.as_f64()? - simulated)
            };
            Spread::of(reports.iter().filter_map(value).collect())
        };
        rows.iter()
            .map(|row| Self {
                row,
                ours: spread(row, row.ours, ours),
                theirs: if row.theirs.is_empty() { None } else { spread(row, row.theirs, theirs) },
            })
            .collect()
    }

    pub(super) fn ratio(&self) -> Option<f64> {
        let (ours, theirs) = (self.ours?.middle, self.theirs?.middle);
        (theirs != 0.0).then_some(ours / theirs)
    }

    pub(super) fn shown_ratio(&self) -> String {
        self.ratio().map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"))
    }

    /// What is wanted, and whether it is so; nothing where nothing is wanted or known.
    pub(super) fn verdict(&self) -> (String, Option<bool>) {
        let ratio = self.ratio();
        match self.row.target {
            Target::AtMost(most) => (format!("≤ {most}"), ratio.map(|ratio| ratio <= most)),
            Target::AtLeast(least) => {
                (format!("≥ {}", (least * 100.0).round() / 100.0), ratio.map(|ratio| ratio >= least))
            }
            Target::Exactly(value) => {
                (format!("= {value}"), self.ours.map(|ours| ours.least == value && ours.most == value))
            }
            Target::None => (String::new(), None),
        }
    }
}

/// As Markdown: medians, and in brackets the least and the most.
pub(super) fn table(compared: &[Compared]) -> String {
    let mut lines =
        vec!["| | wa-client | whatsapp-web.js | ratio | wanted | |".to_owned(), "|---|---|---|---|---|---|".to_owned()];
    for it in compared {
        let ratio = it.shown_ratio();
        let (wanted, met) = it.verdict();
        let met = met.map_or("", |met| if met { "yes" } else { "**no**" });
        lines.push(format!(
            "| {} | {} | {} | {ratio} | {wanted} | {met} |",
            it.row.name,
            shown(it.ours),
            shown(it.theirs)
        ));
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn medians_are_compared_without_what_is_simulated() {
        let report = |ms: u64| json!({"scan_to_ready_ms": {"value": ms, "of_which_simulated_ms": 500}});
        let compared = Compared::all(ROWS, &[900, 600, 700].map(report), &[report(1500)]);
        let scan = compared.iter().find(|it| it.row.name.starts_with("scan")).unwrap();
        assert_eq!(scan.ratio(), Some(0.2));
        assert_eq!(scan.verdict(), ("≤ 0.5".to_owned(), Some(true)));
        assert!(table(&compared).contains(
            "| scan → ready, ms | 200.00 (100.00–400.00) | 1000.00 (1000.00–1000.00) | 0.20 | ≤ 0.5 | yes |"
        ));
    }

    #[test]
    fn without_the_other_client_only_what_is_absolute_is_judged() {
        let ours = json!({"inbound_burst": {"lost": 1, "events_per_second": 900.0}});
        let compared = Compared::all(ROWS, &[ours], &[]);
        let of = |name: &str| compared.iter().find(|it| it.row.name == name).unwrap().verdict().1;
        assert_eq!((of("burst: lost"), of("burst: messages a second")), (Some(false), None));
    }
}
