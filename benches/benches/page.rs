//! Pages: what a finished exposition costs, against the peers; and what a rejection costs against a hit.
//!
//! Ours is `Publisher::tick` with both page buffers in rotation, after the recording that the name says; the recording
//! is not in the time. Peers render all there is, whatever changed. Times are of whole pages; `report` divides by the
//! lines, which the throughput carries.

use std::time::Duration;

use benches::crew::{CpuMoment, Crew};
use benches::peers::{self, Case, Render, ours};
use benches::repeat;
use benches::work::{self, Grid, Random};
use criterion::{BenchmarkGroup, Criterion, SamplingMode, Throughput, measurement::WallTime};

/// Lines of a histogram: buckets, the one without bound, sum and count.
const HISTOGRAM_LINES: usize = work::BOUNDS.len() + 3;

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20)
        .nresamples(2000)
        .configure_from_args();
    rejections(&mut criterion);
    plugin(&mut criterion);
    counters(&mut criterion, "2048", work::PAGE_2K);
    counters(&mut criterion, "20000", work::PAGE_20K);
    counters(&mut criterion, "200000", work::PAGE_200K);
    histograms(&mut criterion);
    criterion.final_summary();
}

fn group<'a>(criterion: &'a mut Criterion, name: &str, lines: usize) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(lines as u64));
    group.sampling_mode(SamplingMode::Flat);
    group
}

fn counters(criterion: &mut Criterion, name: &str, grid: Grid) {
    let mut group = group(criterion, &format!("page/counters_all_changed/{name}"), grid.count());
    {
        let mut page = ours::CounterPage::new(grid);
        page.touch(1);
        let mut random = Random(3);
        let amounts: Vec<u64> = (0..grid.count()).map(|_| 1 + random.draw() % 1000).collect();
        group.bench_function("ours", |bencher| {
            bencher.iter_custom(|count| {
                let change = |page: &ours::CounterPage| {
                    page.counters.iter().zip(&amounts).for_each(|(counter, amount)| counter.add(*amount));
                };
                tick(&mut page, count, change)
            });
        });
    }
    for (peer, mut render) in peers::counter_pages(grid) {
        // A page of 0.8 s, thirty times the best: left out at 200,000 for the length of the run.
        if grid.count() < 100_000 || !["prometheus", "metrics"].contains(&peer) {
            bench_render(&mut group, peer, &mut render);
        }
    }
    group.finish();

    let mut group = self::group(criterion, &format!("page/counters_1_percent_changed/{name}"), grid.count());
    let mut page = ours::CounterPage::new(grid);
    page.touch(8);
    let mut random = Random(4);
    group.bench_function("ours", |bencher| {
        bencher.iter_custom(|count| {
            tick(&mut page, count, |page| {
                for _ in 0..grid.count().div_ceil(100) {
                    page.counters[random.below(grid.count())].add(1 + random.draw() % 1000);
                }
            })
        });
    });
    group.finish();
}

/// The time of `count` looks, each after `change`.
fn tick(page: &mut ours::CounterPage, count: u64, mut change: impl FnMut(&ours::CounterPage)) -> Duration {
    (0..count)
        .map(|_| {
            change(page);
            let start = CpuMoment::now();
            page.publisher.tick();
            start.elapsed()
        })
        .sum()
}

fn histograms(criterion: &mut Criterion) {
    let grid = work::HISTOGRAMS;
    let mut group = group(criterion, "page/histograms_16_bounds/500", grid.count() * HISTOGRAM_LINES);
    let (histograms, mut publisher, _registry) = ours::histogram_page(grid);
    let mut random = Random(5);
    group.bench_function("ours", |bencher| {
        bencher.iter_custom(|count| {
            (0..count)
                .map(|_| {
                    for histogram in &histograms {
                        histogram.observe(work::SECONDS[random.below(work::CYCLE)]);
                    }
                    let start = CpuMoment::now();
                    publisher.tick();
                    start.elapsed()
                })
                .sum()
        });
    });
    for (peer, mut render) in peers::histogram_pages(grid) {
        bench_render(&mut group, peer, &mut render);
    }
    group.finish();
}

fn bench_render(group: &mut BenchmarkGroup<'_, WallTime>, peer: &str, render: &mut Render) {
    let mut out = Vec::new();
    group.bench_function(peer, |bencher| {
        bencher.iter_custom(|count| {
            let start = CpuMoment::now();
            for _ in 0..count {
                out.clear();
                render(&mut out);
            }
            start.elapsed()
        });
    });
}

/// A series that the full table rejects, beside one that it has. In a thread of its own, whose first registry it is.
fn rejections(criterion: &mut Criterion) {
    let registry = ours::registry(256);
    let counters = ours::counters(&registry);
    work::KEYS.iter().for_each(|key| counters.with(ours::borrowed(key)).inc());
    let rejected: Vec<[String; 3]> = (0..256)
        .map(|index| {
            let [provider, model, outcome] = work::LOOKUP.labels(index);
            [provider, model.replace("model", "nodel"), outcome]
        })
        .collect();
    let hits = counters.clone();
    let cases = [
        Case::new(
            "ours",
            repeat!(|at, work| {
                let key = ours::borrowed(&rejected[work.number(at)]);
                counters.with(std::hint::black_box(key)).inc()
            }),
        ),
        Case::new("hit", repeat!(|at, work| hits.with(std::hint::black_box(work.key(at))).inc())),
    ];
    let crew = Crew::new(1);
    let mut group = criterion.benchmark_group("rejected/table_full/1_thread");
    for case in &cases {
        group.bench_function(case.peer, |bencher| bencher.iter_custom(|count| crew.time(count, &case.run)));
    }
    group.finish();
}

/// The same counter operation from inside a library that was loaded with `dlopen`.
fn plugin(criterion: &mut Criterion) {
    let library =
        std::env::current_exe().ok().and_then(|here| Some(here.parent()?.parent()?.join("examples/libplugin.so")));
    let Some(run) = library.and_then(|library| load(&library)) else {
        eprintln!("counter/held/dlopened: left out; build the library with `cargo build --release --example plugin`");
        return;
    };
    let case = Case::new("ours", move |count, _thread| run(count));
    criterion.benchmark_group("counter/held/dlopened").bench_function(case.peer, |bencher| {
        bencher.iter_custom(|count| {
            let start = CpuMoment::now();
            (case.run)(count, 0);
            start.elapsed()
        });
    });
}

fn load(library: &std::path::Path) -> Option<extern "C" fn(u64)> {
    let path = std::ffi::CString::new(library.to_str()?).ok()?;
    // SAFETY: a path that ends with 0; what the library does when it is loaded is ours.
    let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
    if handle.is_null() {
        return None;
    }
    // SAFETY: a handle that dlopen gave, never closed, and a name that ends with 0.
    let symbol = unsafe { libc::dlsym(handle, c"plugin_count".as_ptr()) };
    // SAFETY: `examples/plugin.rs` declares the symbol with this signature.
    (!symbol.is_null()).then(|| unsafe { std::mem::transmute::<*mut libc::c_void, extern "C" fn(u64)>(symbol) })
}
