//! Bytes per series of 100,000 counters with three labels, as resident memory. Prints tables as Markdown.
//!
//! And what a look costs when 64 threads have recorded in every series, against the writing of the text.

use std::sync::Barrier;
use std::time::Duration;

use benches::crew::CpuMoment;
use benches::peers::ours::{self, CounterPage};
use benches::work::Grid;
use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::{Counter, CounterFamily, ManualClock, Registry};

const GRID: Grid = Grid([50, 100, 20]);
/// Threads that the memory of one thread is the mean of.
const THREADS: usize = 4;

fn main() {
    // Before anything is measured: the pages that the allocator and the program itself need.
    drop(CounterPage::new(Grid([2, 2, 2])));
    bytes();
    println!();
    slabs();
}

fn bytes() {
    let labels: Vec<[String; 3]> = GRID.all().collect();
    let per_series = |bytes: usize| bytes as f64 / labels.len() as f64;
    println!("| 100,000 counters, 3 labels | resident, B/series | goal | |");
    println!("|---|---|---|---|");
    let start = resident();
    let since = |start: usize| resident().saturating_sub(start);
    let registry = ours::registry(labels.len());
    let family = ours::counters(&registry);
    record(&family, &labels);
    row("cells, table and ids", per_series(since(start)), 64.0);
    let memory = registry.memory();
    let mut publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).expect("the only one");
    let page = publisher.pages().current();
    let (text, first) = (page.len(), page.memory_bytes());
    drop(page);
    row("with line prefixes, without a page", per_series(since(start).saturating_sub(first)), 150.0);
    record(&family, &labels);
    publisher.tick();
    row("with both page buffers", per_series(since(start)), 260.0);
    let thread = per_recording_thread(&family, &labels);
    row("each further recording thread, without its stack", per_series(thread), 8.0);

    println!();
    println!("| of this | B/series |");
    println!("|---|---|");
    let [cells, table, ids] = [memory.cell_bytes, memory.table_bytes, memory.label_bytes].map(per_series);
    let told = cells + table + ids;
    println!("| `Registry::memory`: cells {cells:.1}, table {table:.1}, label text {ids:.1} | {told:.1} |");
    println!("| a page, as it tells it: {:.1} B of text | {:.1} |", per_series(text), per_series(first));
    let before = resident();
    let mut reader = registry.reader_once();
    reader.read();
    println!("| what a reader keeps | {:.1} |", per_series(since(before)));
}

/// A figure beside its goal, compared as printed.
fn row(what: &str, figure: f64, goal: f64) {
    let verdict = if (figure * 10.0).round() <= goal * 10.0 { "met" } else { "**missed**" };
    println!("| {what} | {figure:.1} | {goal} | {verdict} |");
}

fn record(family: &CounterFamily<3>, labels: &[[String; 3]]) {
    labels.iter().for_each(|labels| family.with(ours::borrowed(labels)).inc());
}

/// Bytes that a thread takes to record in all series, less those of one that records in a single one: stack and
/// allocator are the program's.
fn per_recording_thread(family: &CounterFamily<3>, labels: &[[String; 3]]) -> usize {
    // All stay until the end: no thread goes on with the slab or the stack of another one.
    let (recorded, end) = (Barrier::new(THREADS + 1), Barrier::new(2 * THREADS + 1));
    std::thread::scope(|scope| {
        let (recorded, end) = (&recorded, &end);
        let growth = |count: usize| {
            let before = resident();
            for _ in 0..THREADS {
                scope.spawn(move || {
                    record(family, &labels[..count]);
                    recorded.wait();
                    end.wait();
                });
            }
            recorded.wait();
            resident().saturating_sub(before)
        };
        let (one, all) = (growth(1), growth(labels.len()));
        end.wait();
        all.saturating_sub(one) / THREADS
    })
}

/// Bytes of resident memory.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages: usize = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number");
    pages * 4096
}

/// Looks of which the median is shown.
const ROUNDS: usize = 31;

fn slabs() {
    println!("| a look at 20,000 counters | ns a series, median of 31 |");
    println!("|---|---|");
    let mut changed = Vec::new();
    for threads in [1, 8, 63] {
        let registry = Registry::builder().seed(1).series(20_000).slabs(64).build().expect("within bounds");
        let family = ours::counters(&registry);
        let grid = Grid([50, 20, 20]);
        let counters: Vec<Counter> =
            grid.all().map(|labels| family.handle(ours::borrowed(&labels)).expect("room")).collect();
        let mut publisher =
            Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).expect("the only one");
        let barrier = Barrier::new(threads);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    counters.iter().for_each(|counter| counter.add(1000));
                    barrier.wait();
                });
            }
        });
        publisher.tick();
        publisher.tick();
        let mut time = |step: usize| {
            let mut times: Vec<Duration> = (0..ROUNDS)
                .map(|round| {
                    counters.iter().skip(round % step).step_by(step).for_each(|counter| counter.add(7));
                    let start = CpuMoment::now();
                    publisher.tick();
                    start.elapsed()
                })
                .collect();
            times.sort();
            times[ROUNDS / 2].as_nanos() as f64 / counters.len() as f64
        };
        // With a counter changed in each block of 64 all slabs are summed and next to nothing is written.
        println!("| {threads} slabs summed, one counter in 64 changed | {:.2} |", time(64));
        changed.push(time(1));
        println!("| {threads} slabs summed, all changed: summed and written | {:.2} |", changed[changed.len() - 1]);
    }
    let busy = all_busy();
    println!("| 63 slabs summed, all changed by all 63 threads | {busy:.2} |");
    let [one, .., most] = changed[..] else { return };
    println!();
    println!("| all changed | ratio | goal | |");
    println!("|---|---|---|---|");
    row("what 63 slabs take longer than 1, against a whole rendering with 1", (most - one) / one, 1.0);
    row("the same if every thread recorded in every series since the last look", (busy - one) / one, 1.0);
}

/// A look, in nanoseconds a series, after each of 63 threads added to each of 20,000 counters.
fn all_busy() -> f64 {
    const THREADS: usize = 63;
    let registry = Registry::builder().seed(1).series(20_000).slabs(64).build().expect("within bounds");
    let family = ours::counters(&registry);
    let counters: Vec<Counter> =
        Grid([50, 20, 20]).all().map(|labels| family.handle(ours::borrowed(&labels)).expect("room")).collect();
    let mut publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).expect("the only one");
    let (start, end) = (Barrier::new(THREADS + 1), Barrier::new(THREADS + 1));
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    start.wait();
                    counters.iter().for_each(|counter| counter.add(7));
                    end.wait();
                }
            });
        }
        (0..ROUNDS)
            .map(|_| {
                start.wait();
                end.wait();
                let start = CpuMoment::now();
                publisher.tick();
                start.elapsed()
            })
            .collect()
    });
    times.sort();
    times[ROUNDS / 2].as_nanos() as f64 / counters.len() as f64
}
