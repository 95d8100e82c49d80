//! Every recording operation there is, each with a name: what "recording never …" is about.

use std::time::Duration;

use openclaw_prometheus::{
    Bounds, ClosedCounter, ClosedGauge, ClosedHistogram, Counter, CounterFamily, Gauge, GaugeFamily, Histogram,
    HistogramFamily, InFlight, InFlightFamily, LabelId, LocalCounter, LocalHistogram, ManualClock, Registry,
    SystemClock,
};

openclaw_prometheus::label_enum! { pub enum Outcome("outcome") { Ok = "ok", Error = "error" } }
openclaw_prometheus::label_enum! { pub enum Size("size") { Small = "small", Large = "large" } }

/// New series that one operation adds.
const NEW: usize = 40;

/// A registry with room, one whose table is full, one whose label bytes are used up, and handles on all of it.
pub struct Fixture {
    registry: Registry,
    full_table: Registry,
    full_bytes: Registry,
    counter: Counter,
    counter_f64: Counter<f64>,
    gauge: Gauge,
    in_flight: InFlight,
    histogram: Histogram,
    counters: CounterFamily<2>,
    counters_f64: CounterFamily<2, f64>,
    gauges: GaugeFamily<1>,
    in_flights: InFlightFamily<1>,
    histograms: HistogramFamily<1>,
    full_counters: CounterFamily<1>,
    full_gauges: GaugeFamily<1>,
    full_in_flights: InFlightFamily<1>,
    full_histograms: HistogramFamily<1>,
    overflowing_counters: CounterFamily<1>,
    overflowing_histograms: HistogramFamily<1>,
    in_full_table: CounterFamily<1>,
    in_full_bytes: CounterFamily<1>,
    closed_counter: ClosedCounter<(Outcome, Size)>,
    closed_gauge: ClosedGauge<Outcome>,
    closed_histogram: ClosedHistogram<Outcome>,
    known_ids: [LabelId; 2],
    new_ids: Vec<LabelId>,
    foreign_ids: [LabelId; 2],
    new_values: Vec<String>,
    too_long: String,
    manual_clock: ManualClock,
    system_clock: SystemClock,
}

/// One operation. It runs in a thread that is warm and has never run it before.
pub struct Recording {
    pub name: &'static str,
    pub run: fn(&Fixture),
    /// Whether it reads the clock that the caller gave it, which is the caller's wish.
    pub has_system_clock: bool,
}

const fn recording(name: &'static str, run: fn(&Fixture)) -> Recording {
    Recording { name, run, has_system_clock: false }
}

const fn with_system_clock(name: &'static str, run: fn(&Fixture)) -> Recording {
    Recording { name, run, has_system_clock: true }
}

/// One operation of a thread-bound handle.
pub struct BoundRecording {
    pub name: &'static str,
    pub run: fn(&BoundHandles),
}

const fn bound(name: &'static str, run: fn(&BoundHandles)) -> BoundRecording {
    BoundRecording { name, run }
}

/// Handles bound to the thread that made them.
pub struct BoundHandles {
    counter: LocalCounter,
    counter_f64: LocalCounter<f64>,
    histogram: LocalHistogram,
}

pub const RECORDINGS: &[Recording] = &[
    recording("counter: inc", |f| f.counter.inc()),
    recording("counter: add", |f| f.counter.add(3)),
    recording("counter: amount too large", |f| f.counter.add(u64::MAX)),
    recording("counter f64: inc", |f| f.counter_f64.inc()),
    recording("counter f64: add", |f| f.counter_f64.add(0.25)),
    recording("counter f64: negative", |f| f.counter_f64.add(-1.0)),
    recording("counter f64: NaN", |f| f.counter_f64.add(f64::NAN)),
    recording("counter f64: infinite", |f| f.counter_f64.add(f64::INFINITY)),
    recording("gauge: set", |f| f.gauge.set(7.5)),
    recording("gauge: add", |f| f.gauge.add(1.5)),
    recording("gauge: sub", |f| f.gauge.sub(0.5)),
    recording("gauge: NaN", |f| f.gauge.set(f64::NAN)),
    recording("in flight: enter and drop", |f| drop(f.in_flight.enter())),
    recording("in flight: start and end", |f| {
        f.in_flight.start();
        f.in_flight.end();
    }),
    recording("histogram: observe", |f| f.histogram.observe(1.87)),
    recording("histogram: observe 0", |f| f.histogram.observe(0.0)),
    recording("histogram: beyond all bounds", |f| f.histogram.observe(1e9)),
    recording("histogram: observe_duration", |f| f.histogram.observe_duration(Duration::from_millis(3))),
    recording("histogram: negative", |f| f.histogram.observe(-1.0)),
    recording("histogram: NaN", |f| f.histogram.observe(f64::NAN)),
    recording("histogram: timer, ManualClock", |f| drop(f.histogram.start_timer(&f.manual_clock))),
    recording("histogram: timer stopped", |f| f.histogram.start_timer(&f.manual_clock).stop()),
    recording("histogram: timer discarded", |f| f.histogram.start_timer(&f.manual_clock).discard()),
    with_system_clock("histogram: timer, SystemClock", |f| drop(f.histogram.start_timer(f.system_clock))),
    // By labels.
    recording("counter by labels: inc", |f| f.counters.with(["gpt-5", "ok"]).inc()),
    recording("counter by labels: add", |f| f.counters.with(["gpt-5", "ok"]).add(2)),
    recording("counter by labels: amount too large", |f| f.counters.with(["gpt-5", "ok"]).add(u64::MAX)),
    recording("counter f64 by labels: inc", |f| f.counters_f64.with(["gpt-5", "ok"]).inc()),
    recording("counter f64 by labels: add", |f| f.counters_f64.with(["gpt-5", "ok"]).add(0.125)),
    recording("counter f64 by labels: NaN", |f| f.counters_f64.with(["gpt-5", "ok"]).add(f64::NAN)),
    recording("gauge by labels: set, add, sub", |f| {
        f.gauges.with(["main"]).set(3.0);
        f.gauges.with(["main"]).add(3.0);
        f.gauges.with(["main"]).sub(1.0);
    }),
    recording("in flight by labels: enter and drop", |f| drop(f.in_flights.with(["main"]).enter())),
    recording("in flight by labels: start and end", |f| {
        f.in_flights.with(["main"]).start();
        f.in_flights.with(["main"]).end();
    }),
    recording("histogram by labels: observe", |f| f.histograms.with(["main"]).observe(0.2)),
    recording("histogram by labels: observe_duration", |f| {
        f.histograms.with(["main"]).observe_duration(Duration::from_secs(1));
    }),
    recording("histogram by labels: timer", |f| drop(f.histograms.with(["main"]).start_timer(&f.manual_clock))),
    recording("histogram by labels: NaN", |f| f.histograms.with(["main"]).observe(f64::NAN)),
    recording("an empty label value", |f| f.counters.with(["", ""]).inc()),
    // Series that did not exist.
    recording("new series: counter", |f| f.each_new(|value| f.counters.with([value, "new"]).inc())),
    recording("new series: counter f64", |f| f.each_new(|value| f.counters_f64.with(["new", value]).add(0.5))),
    recording("new series: gauge", |f| f.each_new(|value| f.gauges.with([value]).set(1.0))),
    recording("new series: in flight", |f| f.each_new(|value| drop(f.in_flights.with([value]).enter()))),
    recording("new series: histogram", |f| f.each_new(|value| f.histograms.with([value]).observe(0.3))),
    // Rejected.
    recording("family full: counter", |f| f.each_new(|value| f.full_counters.with([value]).inc())),
    recording("family full: gauge", |f| f.each_new(|value| f.full_gauges.with([value]).set(1.0))),
    recording("family full: in flight", |f| f.each_new(|value| drop(f.full_in_flights.with([value]).enter()))),
    recording("family full: histogram", |f| f.each_new(|value| f.full_histograms.with([value]).observe(1.0))),
    recording("family full, overflow: counter", |f| f.each_new(|value| f.overflowing_counters.with([value]).inc())),
    recording("family full, overflow: bad amount", |f| f.overflowing_counters.with(["new"]).add(u64::MAX)),
    recording("family full, overflow: histogram", |f| {
        f.each_new(|value| f.overflowing_histograms.with([value]).observe(2.0));
    }),
    recording("table full", |f| f.each_new(|value| f.in_full_table.with([value]).inc())),
    recording("table full, known series", |f| f.in_full_table.with(["0"]).inc()),
    recording("label bytes full", |f| f.each_new(|value| f.in_full_bytes.with([value]).inc())),
    recording("value too long", |f| f.counters.with([&f.too_long, "ok"]).inc()),
    // By ids.
    recording("ids: existing series", |f| f.counters.with_ids(f.known_ids).inc()),
    recording("ids: new series", |f| f.new_ids.iter().for_each(|id| f.counters.with_ids([*id, *id]).inc())),
    recording("ids: new histograms", |f| f.new_ids.iter().for_each(|id| f.histograms.with_ids([*id]).observe(0.1))),
    recording("ids: foreign", |f| f.counters.with_ids(f.foreign_ids).inc()),
    // Closed label sets.
    recording("closed: counter", |f| f.closed_counter.at((Outcome::Error, Size::Large)).inc()),
    recording("closed: counter, amount too large", |f| f.closed_counter.at((Outcome::Ok, Size::Small)).add(u64::MAX)),
    recording("closed: gauge", |f| f.closed_gauge.at(Outcome::Ok).set(1.0)),
    recording("closed: histogram", |f| f.closed_histogram.at(Outcome::Ok).observe(4.0)),
    with_system_clock("closed: timer", |f| drop(f.closed_histogram.at(Outcome::Error).start_timer(f.system_clock))),
];

pub const BOUND_RECORDINGS: &[BoundRecording] = &[
    bound("thread-bound counter: inc", |b| b.counter.inc()),
    bound("thread-bound counter: add", |b| b.counter.add(9)),
    bound("thread-bound counter: amount too large", |b| b.counter.add(u64::MAX)),
    bound("thread-bound counter f64: inc", |b| b.counter_f64.inc()),
    bound("thread-bound counter f64: add", |b| b.counter_f64.add(0.75)),
    bound("thread-bound counter f64: NaN", |b| b.counter_f64.add(f64::NAN)),
    bound("thread-bound histogram: observe", |b| b.histogram.observe(0.9)),
    bound("thread-bound histogram: observe_duration", |b| b.histogram.observe_duration(Duration::from_millis(40))),
    bound("thread-bound histogram: NaN", |b| b.histogram.observe(f64::NAN)),
];

impl Fixture {
    /// All registries with `slabs` slabs; with one, every thread shares.
    pub fn new(slabs: u32) -> Self {
        let registry = Registry::builder().series(1000).slabs(slabs).build().unwrap();
        let full_table = Registry::builder().series(4).slabs(slabs).build().unwrap();
        let full_bytes = Registry::builder().series(1000).label_bytes(256).slabs(slabs).build().unwrap();
        let foreign = Registry::builder().build().unwrap();

        let seconds = Bounds::seconds;
        let counters = registry.counter("by_labels_total", "").labels(["model", "outcome"]).register().unwrap();
        let counters_f64 = registry.counter_f64("f64_by_labels_total", "").labels(["a", "b"]).register().unwrap();
        let gauges = registry.gauge("gauges", "").labels(["lane"]).register().unwrap();
        let in_flights = registry.in_flight("in_flights", "").labels(["lane"]).register().unwrap();
        let histograms = registry.histogram("histograms", "", seconds()).labels(["lane"]).register().unwrap();
        let full_counters = registry.counter("full_total", "").labels(["a"]).series(1).register().unwrap();
        let full_gauges = registry.gauge("full_gauges", "").labels(["a"]).series(1).register().unwrap();
        let full_in_flights = registry.in_flight("full_in_flights", "").labels(["a"]).series(1).register().unwrap();
        let full_histograms =
            registry.histogram("full_histograms", "", seconds()).labels(["a"]).series(1).register().unwrap();
        let overflowing_counters =
            registry.counter("overflowing_total", "").labels(["a"]).series(1).overflow().register().unwrap();
        let overflowing_histograms = registry
            .histogram("overflowing_histograms", "", seconds())
            .labels(["a"])
            .series(1)
            .overflow()
            .register()
            .unwrap();
        let in_full_table = full_table.counter("in_full_table_total", "").labels(["a"]).register().unwrap();
        let in_full_bytes = full_bytes.counter("in_full_bytes_total", "").labels(["a"]).register().unwrap();
        let closed_counter = registry.counter("closed_total", "").closed::<(Outcome, Size)>().register().unwrap();
        let closed_gauge = registry.gauge("closed_gauge", "").closed::<Outcome>().register().unwrap();
        let closed_histogram =
            registry.histogram("closed_histogram", "", seconds()).closed::<Outcome>().register().unwrap();

        let intern = |value: &str| registry.intern(value).unwrap();
        let known_ids = [intern("gpt-5"), intern("ok")];
        let fixture = Self {
            counter: registry.counter("held_total", "").register().unwrap(),
            counter_f64: registry.counter_f64("held_f64_total", "").register().unwrap(),
            gauge: registry.gauge("held_gauge", "").register().unwrap(),
            in_flight: registry.in_flight("held_in_flight", "").register().unwrap(),
            histogram: registry.histogram("held_histogram", "", seconds()).register().unwrap(),
            counters,
            counters_f64,
            gauges,
            in_flights,
            histograms,
            full_counters,
            full_gauges,
            full_in_flights,
            full_histograms,
            overflowing_counters,
            overflowing_histograms,
            in_full_table,
            in_full_bytes,
            closed_counter,
            closed_gauge,
            closed_histogram,
            known_ids,
            new_ids: (0..NEW).map(|number| intern(&format!("id-{number}"))).collect(),
            foreign_ids: [foreign.intern("here").unwrap(), foreign.intern("there").unwrap()],
            new_values: (0..NEW).map(|number| format!("new-value-{number}")).collect(),
            too_long: "x".repeat(openclaw_prometheus::MAX_VALUE_BYTES + 1),
            manual_clock: ManualClock::new(),
            system_clock: SystemClock::new(),
            registry,
            full_table,
            full_bytes,
        };
        // From a thread of its own, so that the caller's has recorded nothing.
        std::thread::scope(|scope| {
            scope.spawn(|| fixture.record_once());
        });
        // Another family takes the rest of the table: neither is at a bound of its own.
        let other = fixture.full_table.counter("other_total", "").labels(["a"]).register().unwrap();
        ["0", "1", "2"].iter().for_each(|value| drop(other.handle([value]).unwrap()));
        // The rest of the family's half of 256 bytes: what is asked for next does not fit.
        fixture.in_full_bytes.handle([&"y".repeat(122)]).unwrap();
        fixture
    }

    /// Lets the calling thread record once in each registry, and makes the series that "existing" means.
    pub fn record_once(&self) {
        self.counters.with(["gpt-5", "ok"]).inc();
        self.counters.with(["", ""]).inc();
        self.counters_f64.with(["gpt-5", "ok"]).inc();
        self.gauges.with(["main"]).set(1.0);
        self.in_flights.with(["main"]).start();
        self.histograms.with(["main"]).observe(1.0);
        self.full_counters.with(["first"]).inc();
        self.full_gauges.with(["first"]).set(1.0);
        self.full_in_flights.with(["first"]).start();
        self.full_histograms.with(["first"]).observe(1.0);
        self.overflowing_counters.with(["first"]).inc();
        self.overflowing_histograms.with(["first"]).observe(1.0);
        self.in_full_table.with(["0"]).inc();
        self.in_full_bytes.with([""]).inc();
    }

    /// Warms the calling thread without recording.
    pub fn warm_thread(&self) {
        self.registry.warm_thread();
        self.full_table.warm_thread();
        self.full_bytes.warm_thread();
    }

    pub fn bound_handles(&self) -> BoundHandles {
        BoundHandles {
            counter: self.counter.local(),
            counter_f64: self.counter_f64.local(),
            histogram: self.histogram.local(),
        }
    }

    fn each_new(&self, record: impl Fn(&str)) {
        self.new_values.iter().for_each(|value| record(value));
    }

    /// What was rejected in the three registries, for tests that check that an operation did what its name says.
    pub fn rejected(&self) -> Vec<(String, &'static str, u64)> {
        [&self.registry, &self.full_table, &self.full_bytes]
            .iter()
            .flat_map(|registry| registry.rejected())
            .map(|(family, reason, count)| (family.to_string(), reason.as_str(), count))
            .collect()
    }
}
