//! Encode, then read back: whatever labels, help texts and values there are, the text parses strictly and says the same,
//! and a page that was patched step by step is the page that is made anew.
#![no_main]

use std::collections::HashMap;
use std::time::Duration;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::{Bounds, ManualClock, Registry, encode};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    help: &'a str,
    bounds: Vec<f64>,
    steps: Vec<(Kind, &'a str, &'a str, f64)>,
}

#[derive(Debug, Arbitrary, Clone, Copy)]
enum Kind {
    Counter,
    Fraction,
    Gauge,
    Histogram,
    Tick,
}

fuzz_target!(|input: Input<'_>| {
    let registry = Registry::builder().seed(1).series(64).slabs(1).families(8).build().expect("in range");
    let mut bounds: Vec<f64> = input.bounds.iter().map(|bound| bound.abs()).filter(|bound| bound.is_finite()).collect();
    bounds.sort_by(f64::total_cmp);
    bounds.dedup();
    bounds.truncate(20);
    let bounds = Bounds::new(&bounds).unwrap_or(Bounds::seconds());
    let counter = registry.counter("c_total", input.help).labels(["a", "b"]).register().expect("legal");
    let fraction = registry.counter_f64("f_total", input.help).labels(["a", "b"]).register().expect("legal");
    let gauge = registry.gauge("g", input.help).labels(["a", "b"]).register().expect("legal");
    let histogram = registry.histogram("h", input.help, bounds.clone()).labels(["a", "b"]).register().expect("legal");
    let mut publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).expect("first");
    let mut gauges: HashMap<(&str, &str), f64> = HashMap::new();
    for (kind, a, b, value) in &input.steps {
        match kind {
            Kind::Counter => counter.with([a, b]).add(value.abs() as u64 & 0xFFFF_FFFF),
            Kind::Fraction => fraction.with([a, b]).add(*value),
            Kind::Gauge => {
                gauge.with([a, b]).set(*value);
                gauges.insert((a, b), *value);
            }
            Kind::Histogram => histogram.with([a, b]).observe(*value),
            Kind::Tick => publisher.tick(),
        }
    }
    publisher.tick();
    let page = String::from_utf8(publisher.pages().current().to_vec()).expect("UTF-8");
    assert_eq!(page, encode::text(&registry), "a patched page differs from a fresh one");
    let families = support::exposition::parse(&page).expect("strictly parsed");
    for family in ["c_total", "f_total", "g", "h"] {
        let help = families[family].help.as_deref().unwrap_or_default();
        // Readers of text skip blanks before it.
        assert_eq!(help, input.help.trim_start_matches([' ', '\t']));
    }
    if registry.rejected().iter().all(|(_, reason, _)| !reason.is_dropped_series()) {
        for ((a, b), value) in gauges {
            let sample = families["g"].samples.iter().find(|sample| {
                sample.label("a").unwrap_or_default() == a && sample.label("b").unwrap_or_default() == b
            });
            let read = sample.expect("a gauge that was set is shown").number();
            assert!(read == value || read.is_nan() && value.is_nan());
        }
    }
    let histogram = &families["h"].samples;
    for chunk in histogram.chunks(bounds.as_slice().len() + 3) {
        let numbers: Vec<f64> = chunk.iter().map(support::exposition::Sample::number).collect();
        let (buckets, rest) = numbers.split_at(bounds.as_slice().len() + 1);
        assert!(buckets.is_sorted(), "buckets are cumulative");
        assert_eq!(buckets.last(), rest.last(), "_count is the +Inf bucket");
        for (sample, bound) in chunk.iter().zip(bounds.as_slice()) {
            assert_eq!(sample.label("le").and_then(|le| le.parse().ok()), Some(*bound));
        }
    }
});
