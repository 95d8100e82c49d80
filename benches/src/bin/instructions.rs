//! `instructions MODE COUNT`: does one operation so often inside `counted`, for callgrind to count what that takes.
//!
//! `gate` runs this under `valgrind --tool=callgrind --toggle-collect=counted` with two counts; the difference is the
//! operations alone, the loop and its `black_box` included (3 instructions). Everything is seeded and in one thread,
//! so the same build gives the same number each time. Without arguments it lists the modes: name, the smaller count,
//! the larger one, and the units (lines of a page) in one operation.

use std::hint::black_box;
use std::time::Duration;

use benches::peers::ours::{self, CounterPage};
use benches::work::{self, CYCLE, Grid, KEYS, Work};
use openclaw_prometheus::openclaw::{Line, OpenClaw};
use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::{Bounds, LabelId, Registry};

/// A cycle of the work, so that each count meets the same mix.
const FEW: u64 = CYCLE as u64;
const MANY: u64 = 3 * FEW;
const LINES: u64 = 2048;
const HISTOGRAM_LINES: u64 = 500 * (work::BOUNDS.len() as u64 + 3);

/// Events of a real Gateway, without the memory samples, which replace a family whole.
const SAMPLE: &str = include_str!("../../../cli/data/sample.jsonl");
const EVENTS: u64 = 176;

/// Name, counts, units per operation, and what it does so often.
type Mode = (&'static str, u64, u64, u64, fn(u64));

const MODES: [Mode; 23] = [
    ("counter_held", FEW, MANY, 1, counter_held),
    ("counter_local", FEW, MANY, 1, counter_local),
    ("counter_f64", FEW, MANY, 1, counter_f64),
    ("counter_by_3_strings", FEW, MANY, 1, counter_by_strings),
    ("counter_by_3_ids", FEW, MANY, 1, counter_by_ids),
    ("counter_closed", FEW, MANY, 1, counter_closed),
    ("histogram_held", FEW, MANY, 1, histogram_held),
    ("histogram_local", FEW, MANY, 1, histogram_local),
    ("histogram_by_3_strings", FEW, MANY, 1, histogram_by_strings),
    ("gauge_set", FEW, MANY, 1, gauge_set),
    ("in_flight_enter_leave", FEW, MANY, 1, in_flight),
    ("rejected_family_full", FEW, MANY, 1, rejected_family_full),
    ("rejected_table_full", FEW, MANY, 1, rejected_table_full),
    ("rejected_label_bytes_full", FEW, MANY, 1, rejected_label_bytes_full),
    ("new_series", 1000, 3000, 1, new_series),
    ("tick_all_changed_per_line", 20, 60, LINES, |count| tick(count, |page, _| change(page, 0, 1))),
    ("tick_1_percent_changed_per_line", 100, 300, LINES, |count| tick(count, |page, at| change(page, at, 100))),
    ("tick_nothing_changed_per_line", 100, 300, LINES, |count| tick(count, |_, _| {})),
    ("page_histograms_per_line", 20, 60, HISTOGRAM_LINES, page_histograms),
    ("typed_event", 4, 12, EVENTS, typed_event),
    ("service_levels_changed", 20, 60, 1, |count| service_levels(count, true)),
    ("service_levels_unchanged", 200, 600, 1, |count| service_levels(count, false)),
    ("loop", FEW, MANY, 1, |count| {
        repeat(count, |at| {
            black_box(at);
        })
    }),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [] => MODES.iter().for_each(|(name, few, many, units, _)| println!("{name} {few} {many} {units}")),
        [mode, count] => {
            let (.., run) = MODES.iter().find(|(name, ..)| name == mode).expect("a mode of the list");
            run(count.parse().expect("a number"));
        }
        _ => eprintln!("instructions [MODE COUNT]"),
    }
}

/// What callgrind counts: found by its name, so it keeps it.
#[unsafe(no_mangle)]
#[inline(never)]
fn counted(work: &mut dyn FnMut()) {
    work();
}

/// The operation so often. What an operation does only the first time is done before.
fn repeat(count: u64, mut operation: impl FnMut(u64)) {
    (0..FEW).for_each(&mut operation);
    counted(&mut || (0..count).for_each(&mut operation));
}

fn registry() -> Registry {
    ours::registry(1024)
}

fn counter_held(count: u64) {
    let counter = registry().counter("held_total", "Calls.").register().expect("legal");
    repeat(count, |_| black_box(&counter).inc());
}

fn counter_local(count: u64) {
    let counter = registry().counter("held_total", "Calls.").register().expect("legal").local();
    repeat(count, |_| black_box(&counter).inc());
}

fn counter_f64(count: u64) {
    let counter = registry().counter_f64("held_total", "Calls.").register().expect("legal");
    repeat(count, |_| black_box(&counter).add(black_box(0.25)));
}

fn counter_by_strings(count: u64) {
    let (counters, work) = (ours::counters(&registry()), Work::of(0));
    repeat(count, |at| counters.with(black_box(work.key(at))).inc());
}

fn counter_by_ids(count: u64) {
    let (registry, work) = (registry(), Work::of(0));
    let counters = ours::counters(&registry);
    let intern = |value: &String| registry.intern(value).expect("room");
    let ids: Vec<[LabelId; 3]> = KEYS.iter().map(|key| key.each_ref().map(intern)).collect();
    repeat(count, |at| counters.with_ids(black_box(ids[work.number(at)])).inc());
}

fn counter_closed(count: u64) {
    let family = registry().counter("closed_total", "Calls.").closed();
    let (counters, keys, work) = (family.register().expect("legal"), ours::closed(), Work::of(0));
    repeat(count, |at| counters.at(black_box(keys[work.number(at)])).inc());
}

fn histogram_held(count: u64) {
    let histogram = registry().histogram("held_seconds", "Length.", Bounds::seconds()).register().expect("legal");
    let work = Work::of(0);
    repeat(count, |at| black_box(&histogram).observe(work.seconds(at)));
}

fn histogram_local(count: u64) {
    let histogram = registry().histogram("held_seconds", "Length.", Bounds::seconds()).register().expect("legal");
    let (histogram, work) = (histogram.local(), Work::of(0));
    repeat(count, |at| black_box(&histogram).observe(work.seconds(at)));
}

fn histogram_by_strings(count: u64) {
    let declared = registry().histogram("call_seconds", "Length.", Bounds::seconds()).labels(work::LABELS);
    let (histograms, work) = (declared.register().expect("legal"), Work::of(0));
    repeat(count, |at| histograms.with(black_box(work.key(at))).observe(work.seconds(at)));
}

fn gauge_set(count: u64) {
    let gauge = registry().gauge("load", "Load.").register().expect("legal");
    repeat(count, |at| black_box(&gauge).set(at as f64));
}

fn in_flight(count: u64) {
    let requests = registry().in_flight("requests", "Requests.").register().expect("legal");
    repeat(count, |_| drop(black_box(&requests).enter()));
}

/// Label values that no series has; of the same lengths as those of the 256.
fn rejected() -> Vec<[String; 3]> {
    work::LOOKUP.all().map(|[a, b, c]| [a, b.replace("model", "nodel"), c]).collect()
}

fn rejected_family_full(count: u64) {
    let declared = registry().counter("calls_total", "Calls.").labels(work::LABELS).series(256);
    let counters = declared.register().expect("legal");
    reject(count, &counters);
}

fn rejected_table_full(count: u64) {
    reject(count, &ours::counters(&ours::registry(256)));
}

/// The label bytes hold the values of the 256 series and little more.
fn rejected_label_bytes_full(count: u64) {
    let registry = Registry::builder().seed(1).series(1024).label_bytes(1024).build().expect("within bounds");
    let counters = ours::counters(&registry);
    KEYS.iter().for_each(|key| counters.with(ours::borrowed(key)).inc());
    // What is left over, used up.
    for length in (1..400).rev() {
        let _ = registry.intern(&"z".repeat(length));
        counters.with([&*"y".repeat(length), "provider-0", "outcome-0"]).inc();
    }
    reject(count, &counters);
}

fn reject(count: u64, counters: &openclaw_prometheus::CounterFamily<3>) {
    KEYS.iter().for_each(|key| counters.with(ours::borrowed(key)).inc());
    let (rejected, work) = (rejected(), Work::of(0));
    repeat(count, |at| counters.with(black_box(ours::borrowed(&rejected[work.number(at)]))).inc());
}

fn new_series(count: u64) {
    let labels: Vec<[String; 3]> = Grid([20, 25, 10]).all().collect();
    let counters = ours::counters(&ours::registry(labels.len()));
    counters.with(ours::borrowed(&labels[0])).inc();
    counted(&mut || {
        labels[1..].iter().take(count as usize).for_each(|labels| counters.with(ours::borrowed(labels)).inc())
    });
}

fn change(page: &CounterPage, at: u64, step: usize) {
    let first = at as usize * 37 % step;
    for (index, counter) in page.counters.iter().enumerate().skip(first).step_by(step) {
        counter.add(1 + (index as u64 * 7919 + at * 104_729) % 1000);
    }
}

fn tick(count: u64, change: impl Fn(&CounterPage, u64)) {
    let mut page = CounterPage::new(work::PAGE_2K);
    // Both buffers exist, and every block is in both.
    for at in 0..4 {
        self::change(&page, at, 1);
        page.publisher.tick();
    }
    for at in 0..count {
        change(&page, at);
        counted(&mut || page.publisher.tick());
    }
}

fn page_histograms(count: u64) {
    let (histograms, mut publisher, _registry) = ours::histogram_page(work::HISTOGRAMS);
    let mut random = work::Random(5);
    let mut next = move |publisher: &mut Publisher, is_counted: bool| {
        histograms.iter().for_each(|histogram| histogram.observe(work::SECONDS[random.below(CYCLE)]));
        match is_counted {
            true => counted(&mut || publisher.tick()),
            false => publisher.tick(),
        }
    };
    (0..4).for_each(|_| next(&mut publisher, false));
    (0..count).for_each(|_| next(&mut publisher, true));
}

/// Before each render: what was recorded is taken in, and what it comes to is shown, all of it if anything changed: here a
/// scrape, whose recording is a thousandth of it.
fn service_levels(count: u64, is_changed: bool) {
    let registry = Registry::builder().seed(1).build().expect("default room");
    let openclaw = OpenClaw::new(&registry).expect("an empty registry");
    let levels = openclaw.service_levels();
    levels.set_window(Duration::from_secs(300));
    let lines: Vec<Line<'_>> = SAMPLE.lines().map(|line| Line::parse(line).expect("a recorded event")).collect();
    let record = || lines.iter().for_each(|line| openclaw.observe(&line.event, line.metadata));
    (0..3).for_each(|_| record());
    levels.refresh(Duration::from_secs(1));
    counted(&mut || {
        for at in 0..count {
            if is_changed {
                levels.count_request(true, 200, Duration::from_millis(at));
            }
            black_box(&levels).refresh(Duration::from_secs(1));
        }
    });
}

/// The mean over the sample, events that are only counted included.
fn typed_event(count: u64) {
    let registry = Registry::builder().seed(1).build().expect("default room");
    let openclaw = OpenClaw::new(&registry).expect("an empty registry");
    let lines = SAMPLE.lines().filter(|line| !line.contains("diagnostic.memory.sample"));
    let lines: Vec<Line<'_>> = lines.map(|line| Line::parse(line).expect("a recorded event")).collect();
    assert_eq!(lines.len() as u64, EVENTS);
    let all = || {
        for line in &lines {
            black_box(&openclaw).observe(black_box(&line.event), line.metadata);
        }
    };
    // Once for the series, once for their ids, which are learned when a text comes again.
    (0..3).for_each(|_| all());
    counted(&mut || (0..count).for_each(|_| all()));
}
