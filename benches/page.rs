//! What a page costs the render thread: `cargo bench --bench page`. A round is [`Publisher::tick`] with all pages in
//! rotation; recording lies outside of the time.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Bencher, BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use openclaw_prometheus::encode::{self, Format};
use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::{Bounds, Counter, ManualClock, Registry};

/// Times rounds; `record` runs before each and is not counted.
fn rounds(bencher: &mut Bencher<'_>, publisher: &mut Publisher, record: impl Fn()) {
    bencher.iter_custom(|count| {
        let mut time = Duration::ZERO;
        for _ in 0..count {
            record();
            let start = Instant::now();
            publisher.tick();
            time += start.elapsed();
        }
        time
    });
}

fn publisher(registry: &Registry) -> Publisher {
    let mut publisher = Publisher::new(registry, Duration::from_secs(1), ManualClock::new()).expect("the only one");
    publisher.keep(Format::Text);
    // Each page of the rotation is made once.
    (0..4).for_each(|_| publisher.tick());
    publisher
}

fn counters(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("page/counters");
    group.sampling_mode(SamplingMode::Flat);
    for series in [2_000_u32, 20_000] {
        let capacity = Registry::builder().series(series).label_bytes(64 * series);
        let registry = capacity.build().expect("within bounds");
        let family = registry.counter("calls_total", "Calls.").labels(["model", "session"]).register().expect("legal");
        let handle = |number: u32| {
            let labels = [format!("model-{}", number % 20), format!("session-{}", number / 20)];
            family.handle(labels.each_ref().map(String::as_str)).expect("there is capacity")
        };
        let handles: Vec<Counter> = (0..series).map(handle).collect();
        let mut publisher = publisher(&registry);
        group.throughput(Throughput::Elements(series.into()));
        for (name, step) in [("all_changed", 1), ("1_percent_changed", 100), ("nothing_changed", usize::MAX)] {
            group.bench_function(BenchmarkId::new(name, series), |bencher| {
                rounds(bencher, &mut publisher, || {
                    if step < usize::MAX {
                        handles.iter().step_by(step).for_each(|counter| counter.add(7));
                    }
                });
            });
        }
        group.bench_function(BenchmarkId::new("anew", series), |bencher| {
            bencher.iter(|| black_box(encode::text(&registry)).len());
        });
    }
    group.finish();
}

fn histograms(criterion: &mut Criterion) {
    let registry = Registry::builder().build().expect("the defaults are within bounds");
    let family = registry.histogram("call_seconds", "Length.", Bounds::seconds()).labels(["model"]);
    let family = family.register().expect("legal");
    let names: Vec<String> = (0..100).map(|number| format!("model-{number}")).collect();
    let handles: Vec<_> = names.iter().map(|name| family.handle([name]).expect("there is capacity")).collect();
    let mut publisher = publisher(&registry);
    let mut group = criterion.benchmark_group("page/histograms");
    group.sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(100));
    group.bench_function("all_changed/100", |bencher| {
        rounds(bencher, &mut publisher, || handles.iter().for_each(|histogram| histogram.observe(1.87)));
    });
    group.finish();
}

criterion_group!(page, counters, histograms);
criterion_main!(page);
