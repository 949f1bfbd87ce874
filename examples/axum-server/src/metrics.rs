//! What `/metrics` tells, in Prometheus' text format. Labels are of closed sets, so nothing about people can get in.

use std::time::Duration;

use prometheus::core::Collector;
use prometheus::{
    Encoder as _, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};
use wa_client::{ConnectionSnapshot, ConnectionStatus, Event};

/// Seconds a send takes: from one page call to the longest deadline.
const SEND_BUCKETS: &[f64] = &[0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// Everything that is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    status: IntGaugeVec,
    ready: IntGauge,
    reconnects: IntCounter,
    sent: IntCounter,
    failed: IntCounterVec,
    received: IntCounter,
    send_duration: Histogram,
    qr_codes: IntCounter,
    qr_scans: IntCounter,
    cache_errors: IntCounter,
    lagged: IntCounter,
    bus_published: IntCounter,
    bus_lost: IntCounter,
    requests: IntCounterVec,
    request_duration: HistogramVec,
}

impl Metrics {
    /// All at zero.
    ///
    /// # Errors
    /// When two have one name, which none have.
    pub fn new() -> prometheus::Result<Self> {
        let new = Make(Registry::new());
        Ok(Self {
            status: new.gauges("whatsapp_status", "1 for the status of the session, else 0", &["status"])?,
            ready: new.gauge("whatsapp_ready", "1 while messages can be sent")?,
            reconnects: new.counter("whatsapp_reconnects_total", "Planned attempts to reconnect")?,
            sent: new.counter("whatsapp_messages_sent_total", "Messages that the server took")?,
            failed: new.counters("whatsapp_messages_failed_total", "Sends that failed, by error code", &["code"])?,
            received: new.counter("whatsapp_messages_received_total", "Messages from others")?,
            send_duration: new.histogram("whatsapp_send_duration_seconds", "From the request to the server's word")?,
            qr_codes: new.counter("whatsapp_qr_codes_total", "QR codes shown")?,
            qr_scans: new.counter("whatsapp_qr_scans_total", "Links made by a QR code")?,
            cache_errors: new.counter("whatsapp_cache_errors_total", "Outages of the cache")?,
            lagged: new.counter("whatsapp_events_lagged_total", "Events that a slow reader lost")?,
            bus_published: new.counter("whatsapp_bus_published_total", "Events published in Redis")?,
            bus_lost: new.counter("whatsapp_bus_lost_total", "Events that could not be published in Redis")?,
            requests: new.counters("http_requests_total", "Answered requests", &["route", "method", "status"])?,
            request_duration: new.histograms("http_request_duration_seconds", "Until the answer begins")?,
            registry: new.0,
        })
    }

    /// The names of all, labels or not.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let described: [&dyn Collector; 15] = [
            &self.status,
            &self.ready,
            &self.reconnects,
            &self.sent,
            &self.failed,
            &self.received,
            &self.send_duration,
            &self.qr_codes,
            &self.qr_scans,
            &self.cache_errors,
            &self.lagged,
            &self.bus_published,
            &self.bus_lost,
            &self.requests,
            &self.request_duration,
        ];
        described.iter().flat_map(|metric| metric.desc()).map(|desc| desc.fq_name.clone()).collect()
    }

    /// Counts an event of the session. `by_qr`: whether a QR code, not a pairing code, was the last thing shown.
    pub(crate) fn event(&self, event: &Event, by_qr: &mut bool) {
        match event {
            Event::Qr(_) => {
                *by_qr = true;
                self.qr_codes.inc();
            }
            Event::Code(_) => *by_qr = false,
            Event::Authenticated(data) if !data.restored && *by_qr => self.qr_scans.inc(),
            Event::Reconnecting(_) => self.reconnects.inc(),
            Event::Message(_) => self.received.inc(),
            Event::MessageSent(_) => self.sent.inc(),
            Event::CacheDegraded => self.cache_errors.inc(),
            Event::Lagged(data) => self.lagged(data.missed),
            _ => {}
        }
    }

    pub(crate) fn send(&self, took: Duration, failure: Option<&str>) {
        match failure {
            Some(code) => self.failed.with_label_values(&[code]).inc(),
            None => self.send_duration.observe(took.as_secs_f64()),
        }
    }

    pub(crate) fn lagged(&self, missed: u64) {
        self.lagged.inc_by(missed);
    }

    pub(crate) fn published(&self) {
        self.bus_published.inc();
    }

    pub(crate) fn bus_lost(&self, count: u64) {
        self.bus_lost.inc_by(count);
    }

    pub(crate) fn request(&self, route: &str, method: &str, status: u16, took: Duration) {
        let status = status.to_string();
        self.requests.with_label_values(&[route, method, status.as_str()]).inc();
        self.request_duration.with_label_values(&[route, method]).observe(took.as_secs_f64());
    }

    /// The text of all, with the gauges as `snapshot` says.
    ///
    /// # Errors
    /// When they cannot be written, which none do.
    pub fn render(&self, snapshot: &ConnectionSnapshot) -> prometheus::Result<String> {
        for status in ConnectionStatus::ALL {
            self.status.with_label_values(&[status.as_str()]).set(i64::from(status == snapshot.status));
        }
        self.ready.set(i64::from(snapshot.ready));
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

/// Makes and registers.
struct Make(Registry);

impl Make {
    fn register<C: Collector + Clone + 'static>(&self, made: C) -> prometheus::Result<C> {
        self.0.register(Box::new(made.clone()))?;
        Ok(made)
    }

    fn gauge(&self, name: &str, help: &str) -> prometheus::Result<IntGauge> {
        self.register(IntGauge::new(name, help)?)
    }

    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<IntGaugeVec> {
        self.register(IntGaugeVec::new(Opts::new(name, help), labels)?)
    }

    fn counter(&self, name: &str, help: &str) -> prometheus::Result<IntCounter> {
        self.register(IntCounter::new(name, help)?)
    }

    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<IntCounterVec> {
        self.register(IntCounterVec::new(Opts::new(name, help), labels)?)
    }

    fn histogram(&self, name: &str, help: &str) -> prometheus::Result<Histogram> {
        self.register(Histogram::with_opts(HistogramOpts::new(name, help).buckets(SEND_BUCKETS.to_vec()))?)
    }

    fn histograms(&self, name: &str, help: &str) -> prometheus::Result<HistogramVec> {
        self.register(HistogramVec::new(HistogramOpts::new(name, help), &["route", "method"])?)
    }
}
