//! Bytes per series: of 100,000 counters with three labels, as resident memory and as the registry tells it.
//!
//! And what a look costs when 64 threads have recorded in every series, against the writing of the text.

use std::time::{Duration, Instant};

use benches::peers::ours::{self, CounterPage};
use benches::work::Grid;
use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::{Counter, ManualClock, Registry};

const GRID: Grid = Grid([50, 100, 20]);

fn main() {
    // Before anything is measured: the pages that the allocator and the program itself need.
    drop(CounterPage::new(Grid([2, 2, 2])));
    let series = GRID.count();
    let labels: Vec<[String; 3]> = GRID.all().collect();
    println!("| 100,000 counters, 3 labels, one recording thread | resident, B/series | goal |");
    println!("|---|---|---|");
    let start = resident();
    let registry = ours::registry(series);
    let family = ours::counters(&registry);
    for labels in &labels {
        family.with(ours::borrowed(labels)).inc();
    }
    let per_series = |bytes: usize| bytes as f64 / series as f64;
    let row = |what: &str, goal: &str| {
        println!("| {what} | {:.1} | {goal} |", per_series(resident().saturating_sub(start)));
    };
    row("cells, table and ids", "64");
    let memory = registry.memory();
    let told = memory.cell_bytes + memory.table_bytes + memory.label_bytes;
    println!(
        "| the same, as `Registry::memory` tells it: cells {:.1}, table {:.1}, label text {:.1} | {:.1} | 64 |",
        per_series(memory.cell_bytes),
        per_series(memory.table_bytes),
        per_series(memory.label_bytes),
        per_series(told),
    );
    let reading = {
        let mut reader = registry.reader_once();
        let before = resident();
        reader.read();
        let bytes = resident().saturating_sub(before);
        drop(reader);
        bytes
    };
    println!("| a reader's own, alone | {:.1} | |", per_series(reading));
    let mut publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).expect("the only one");
    row("and reader, line prefixes and the first page", "");
    let page = publisher.pages().current();
    let text = page.len();
    println!("| of which the page: {:.1} B of text | {:.1} | |", per_series(text), per_series(page.memory_bytes()));
    let first = page.memory_bytes();
    drop(page);
    println!(
        "| and line prefixes, without a page | {:.1} | 150 |",
        per_series(resident().saturating_sub(start).saturating_sub(first))
    );
    for labels in &labels {
        family.with(ours::borrowed(labels)).inc();
    }
    publisher.tick();
    row("and the second page", "260");
    let before = resident();
    record_once(&family, &labels);
    println!("| each further recording thread | {:.1} | 8 |", per_series(resident().saturating_sub(before)));
    println!();
    slabs();
}

/// From a thread of its own that lives beside the first one.
fn record_once(family: &openclaw_prometheus::CounterFamily<3>, labels: &[[String; 3]]) {
    std::thread::scope(|scope| {
        scope.spawn(|| labels.iter().for_each(|labels| family.with(ours::borrowed(labels)).inc()));
    });
}

/// Bytes of resident memory.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages: usize = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number");
    pages * 4096
}

fn slabs() {
    println!("| a look at 20,000 counters | ns a series, median of 31 |");
    println!("|---|---|");
    for threads in [1, 8, 63] {
        let registry = Registry::builder().seed(1).series(20_000).slabs(64).build().expect("within bounds");
        let family = ours::counters(&registry);
        let grid = Grid([50, 20, 20]);
        let counters: Vec<Counter> =
            grid.all().map(|labels| family.handle(ours::borrowed(&labels)).expect("room")).collect();
        let mut publisher =
            Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).expect("the only one");
        let barrier = std::sync::Barrier::new(threads);
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
            let mut times: Vec<Duration> = (0..31)
                .map(|round| {
                    counters.iter().skip(round % step).step_by(step).for_each(|counter| counter.add(7));
                    let start = Instant::now();
                    publisher.tick();
                    start.elapsed()
                })
                .collect();
            times.sort();
            times[15].as_nanos() as f64 / counters.len() as f64
        };
        // With a counter changed in each block of 64 all slabs are summed and next to nothing is written.
        println!("| {threads} slabs summed, one counter in 64 changed | {:.2} |", time(64));
        println!("| {threads} slabs summed, all changed: summed and written | {:.2} |", time(1));
    }
}
