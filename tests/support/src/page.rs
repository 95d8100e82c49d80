//! A page with every kind of metric and hostile texts, and what a reader has to find on it.

use std::fmt::Write;
use std::time::Duration;

use openclaw_prometheus::{Bounds, ManualClock, MetricKind, Registry, SignedBounds, label_enum};

/// When the registry was built, and so when all its series were created.
const BUILT: Duration = Duration::from_millis(1_700_000_000_123);
const BUILT_SECONDS: f64 = 1_700_000_000.123;

label_enum! { enum Lane("lane") { Main = "main", Cron = "cron", Unknown = "" } }

/// A registry and what was recorded there, in the words of `tests/data/samples.py`.
pub struct Page {
    pub registry: Registry,
    has_created: bool,
    families: Vec<(&'static str, &'static str, &'static str, String)>,
    samples: Vec<String>,
    created: Vec<String>,
    /// What OpenMetrics does not allow: sums that may fall, and with them counts.
    fallible: Vec<String>,
}

/// Label values that were chosen to break lines, quotes, braces and readers.
fn hostile() -> Vec<String> {
    let values = [
        "",
        "plain",
        "\"",
        "\\",
        "\n",
        "\\n",
        "\\\"",
        "a\"b\\c\nd",
        "# EOF",
        "\n# EOF\n",
        "}",
        "{}",
        "} 1",
        "} 1 # {trace_id=\"x\"} 0.7 1700000000.1",
        ",x=\"y\"",
        "=",
        " in front and behind ",
        "+Inf",
        "ü中🦀",
        "\0\u{1}\t\r\u{b}\u{1b}\u{7f}",
        "\u{85}\u{2028}\u{feff}",
    ];
    let long = ["x".repeat(1024), "\"".repeat(1024), "\n".repeat(1024), "🦀".repeat(256)];
    values.into_iter().map(String::from).chain(long).collect()
}

fn hexed(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

fn number(value: f64) -> String {
    if value.is_nan() { "nan".into() } else { format!("{:016x}", (value + 0.0).to_bits()) }
}

/// A sample as it is compared; an empty label is none, and `le` is a number.
pub fn sample<'a>(name: &str, labels: impl IntoIterator<Item = (&'a str, &'a str)>, value: f64) -> String {
    let bound = |text: &str| number(text.parse().unwrap_or(f64::NAN));
    let mut labels: Vec<String> = labels
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", if name == "le" { bound(value) } else { hexed(value) }))
        .collect();
    labels.sort();
    format!("sample {name} {} {}", or_dash(&labels.join(",")), number(value))
}

/// A family as it is compared.
pub fn family(name: &str, kind: &str, unit: &str, help: &str) -> String {
    format!("family {name} {kind} {} {}", or_dash(unit), or_dash(&hexed(help)))
}

impl Page {
    pub fn new(has_created: bool) -> Self {
        let clock = ManualClock::at(BUILT);
        let registry = Registry::builder().created_times(has_created).clock(clock).build().unwrap();
        let (families, samples, created, fallible) = Default::default();
        let mut page = Self { registry, has_created, families, samples, created, fallible };
        page.family("metrics_refused", "counter", "", "Observations that were rejected, by family and reason.");
        page.record_counters();
        page.record_gauges();
        page.record_histograms();
        page.record_closed_and_snapshots();
        page.declare_empty();
        page
    }

    /// What a reader of the format has to find, sorted.
    pub fn expected(&self, is_open_metrics: bool) -> Vec<String> {
        let families = self.families.iter().map(|(name, kind, unit, help)| {
            // Text has no units.
            family(name, kind, if is_open_metrics { unit } else { "" }, help)
        });
        let created = self.created.iter().filter(|_| is_open_metrics && self.has_created).cloned();
        let fallible = self.fallible.iter().filter(|_| !is_open_metrics).cloned();
        let mut all: Vec<String> =
            families.chain(self.samples.iter().cloned()).chain(created).chain(fallible).collect();
        all.sort();
        all
    }

    fn family(&mut self, name: &'static str, kind: &'static str, unit: &'static str, help: &str) {
        self.families.push((name, kind, unit, help.into()));
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        self.samples.push(sample(name, labels.iter().copied(), value));
    }

    fn counter(&mut self, family: &str, labels: &[(&str, &str)], value: f64) {
        self.sample(&format!("{family}_total"), labels, value);
        self.created.push(sample(&format!("{family}_created"), labels.iter().copied(), BUILT_SECONDS));
    }

    fn histogram(&mut self, family: &str, labels: &[(&str, &str)], bounds: &[f64], observed: &[f64]) {
        self.buckets(family, labels, bounds, observed);
        self.sample(&format!("{family}_sum"), labels, observed.iter().sum());
        self.sample(&format!("{family}_count"), labels, observed.len() as f64);
    }

    fn buckets(&mut self, family: &str, labels: &[(&str, &str)], bounds: &[f64], observed: &[f64]) {
        for bound in bounds.iter().copied().chain([f64::INFINITY]) {
            let count = observed.iter().filter(|value| **value <= bound).count();
            let le = bound.to_string();
            let labels: Vec<(&str, &str)> = labels.iter().copied().chain([("le", le.as_str())]).collect();
            self.sample(&format!("{family}_bucket"), &labels, count as f64);
        }
        self.created.push(sample(&format!("{family}_created"), labels.iter().copied(), BUILT_SECONDS));
    }

    fn record_counters(&mut self) {
        let help = "A \"help\" with \\ and\nlines,\t\0 and ü中🦀, not a \\n and no # EOF\n# EOF";
        let calls = self.registry.counter("calls_total", help).labels(["caller", "text"]).register().unwrap();
        self.family("calls", "counter", "", help);
        for (number, value) in hostile().iter().enumerate() {
            let (caller, amount) = (format!("c{}", number % 3), 10u64.pow(number as u32 % 16));
            calls.with([&caller, value]).add(amount);
            self.counter("calls", &[("caller", &caller), ("text", value)], amount as f64);
        }
        // Beyond what a double holds exactly; and a name without its ending.
        let big = self.registry.counter("big", "Without its ending.").register().unwrap();
        (0..2).for_each(|_| big.add(1 << 53));
        big.inc();
        self.family("big", "counter", "", "Without its ending.");
        self.counter("big", &[], 18_014_398_509_481_985u64 as f64);
        let help = "Fractions.";
        let seconds = self.registry.counter_f64("cpu_seconds_total", help).labels(["mode"]).register().unwrap();
        self.family("cpu_seconds", "counter", "seconds", help);
        for (mode, amounts) in [("a", vec![0.1; 3]), ("b", vec![9e15]), ("c", vec![5e-324]), ("d", vec![0.0])] {
            amounts.iter().for_each(|amount| seconds.with([mode]).add(*amount));
            self.counter("cpu_seconds", &[("mode", mode)], amounts.iter().sum());
        }
    }

    fn record_gauges(&mut self) {
        let help = "Levels, # TYPE level counter";
        let level = self.registry.gauge("level", help).labels(["text"]).register().unwrap();
        self.family("level", "gauge", "", help);
        let values = [
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::MAX,
            f64::MIN,
            5e-324,
            -0.0,
            0.1,
            -1.5,
            1e16,
            9_007_199_254_740_993.0,
            1.0 / 3.0,
        ];
        for (number, text) in hostile().iter().enumerate() {
            let value = values[number % values.len()];
            level.with([text]).set(value);
            self.sample("level", &[("text", text)], value);
        }
        let running = self.registry.in_flight("running", "Running.").labels(["text"]).register().unwrap();
        self.family("running", "gauge", "", "Running.");
        for (number, text) in hostile().iter().enumerate() {
            (0..=number).for_each(|_| running.with([text]).start());
            self.sample("running", &[("text", text)], number as f64 + 1.0);
        }
    }

    fn record_histograms(&mut self) {
        let bounds = [0.0, 5e-324, 1e-7, 1e-5, 0.001, 0.5, 1.0, 100.0, 1e6, 1_234_567.5, 1e15, 1e21, f64::MAX];
        let observed = [0.0, 5e-324, 1e-300, 1e-5, 0.25, 0.5, 1.0, 123.0, 1e6, 2e15, 4e15];
        let help = "From the tiny to the huge.";
        let span = Bounds::new(&bounds).unwrap();
        let span =
            self.registry.histogram("span_tokens", help, span).labels(["text"]).unit("tokens").register().unwrap();
        self.family("span_tokens", "histogram", "tokens", help);
        for (number, text) in hostile().iter().enumerate() {
            let observed = &observed[..=number % observed.len()];
            observed.iter().for_each(|value| span.with([text]).observe(*value));
            self.histogram("span_tokens", &[("text", text)], &bounds, observed);
        }
        let bounds = [-1e6, -1024.0, -0.5, 0.0, 0.5, 1024.0];
        let help = "Changes.";
        let growth = self.registry.signed_histogram("growth_bytes", help, SignedBounds::new(&bounds).unwrap());
        let growth = growth.labels(["text"]).register().unwrap();
        self.family("growth_bytes", "histogram", "bytes", help);
        for (number, text) in hostile().iter().enumerate() {
            let observed = &[-0.5, 1e9, -1e12, -1024.0, 0.0, -0.0, 2048.0][..=number % 7];
            observed.iter().for_each(|value| growth.with([text]).observe(*value));
            let labels = [("text", text.as_str())];
            self.buckets("growth_bytes", &labels, &bounds, observed);
            self.fallible.push(sample("growth_bytes_sum", labels, observed.iter().sum()));
            self.fallible.push(sample("growth_bytes_count", labels, observed.len() as f64));
        }
        self.registry.histogram("wait_seconds", "Waits.", Bounds::seconds()).register().unwrap();
        self.family("wait_seconds", "histogram", "seconds", "Waits.");
        self.histogram("wait_seconds", &[], Bounds::seconds().as_slice(), &[]);
    }

    fn record_closed_and_snapshots(&mut self) {
        let steps = self.registry.counter("steps_total", "Closed.").closed::<Lane>().register().unwrap();
        steps.at(Lane::Cron).add(3);
        self.family("steps", "counter", "", "Closed.");
        for (lane, value) in [("main", 0.0), ("cron", 3.0), ("", 0.0)] {
            self.counter("steps", &[("lane", lane)], value);
        }
        let closed = self.registry.gauge("lane_ratio", "One of three.").closed::<Lane>().register().unwrap();
        closed.at(Lane::Main).set(0.25);
        self.family("lane_ratio", "gauge", "ratio", "One of three.");
        self.sample("lane_ratio", &[("lane", "main")], 0.25);

        let values = hostile();
        let rows = self.registry.snapshot("rows", "Rows.", MetricKind::Gauge).labels(["text"]).register().unwrap();
        rows.replace(values.iter().enumerate().map(|(number, text)| ([text.as_str()], -(number as f64) / 3.0)));
        let done = self.registry.snapshot("done_bytes_total", "Done.", MetricKind::CounterF64).labels(["text"]);
        let done = done.register().unwrap();
        done.replace(values.iter().map(|text| ([text.as_str()], text.len() as f64 * 1e9)));
        done.replace(
            [(["nan"], f64::NAN), (["less"], -1.0)]
                .into_iter()
                .chain(values.iter().map(|text| ([text.as_str()], text.len() as f64 * 1e9))),
        );
        self.family("rows", "gauge", "", "Rows.");
        self.family("done_bytes", "counter", "bytes", "Done.");
        for (number, text) in values.iter().enumerate() {
            self.sample("rows", &[("text", text)], -(number as f64) / 3.0);
            self.sample("done_bytes_total", &[("text", text)], text.len() as f64 * 1e9);
        }
    }

    fn declare_empty(&mut self) {
        self.registry.gauge("never_set", "Never set.").register().unwrap();
        self.registry.counter("never_added_total", "Labels, no series.").labels(["x"]).register().unwrap();
        self.registry.histogram("never_seen", "Labels.", Bounds::ratio()).labels(["x"]).register().unwrap();
        let hidden = self.registry.counter("never_listed_total", "Not on the page.").listed_once_used(true);
        hidden.labels(["x"]).register().unwrap();
        self.registry.snapshot("never_reported", "", MetricKind::Gauge).register().unwrap();
        self.family("never_set", "gauge", "", "Never set.");
        self.family("never_added", "counter", "", "Labels, no series.");
        self.family("never_seen", "histogram", "", "Labels.");
        self.family("never_reported", "gauge", "", "");
    }
}
