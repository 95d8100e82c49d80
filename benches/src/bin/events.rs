//! `events [FILE]`: what recording OpenClaw's events costs: each type parsed and typed, and a whole recording read.
//!
//! FILE is a recording, one event a line; without it the library's own sample. Prints processor time of the thread.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Duration;

use openclaw_prometheus::Registry;
use openclaw_prometheus::openclaw::{Line, OpenClaw, Replay};

/// Events in one measurement of the typed recorder, and of a replay.
const TYPED: usize = 2_000_000;
const REPLAYED: usize = 1_000_000;
/// The best of so many counts: the others met something else on the core.
const ROUNDS: usize = 5;

fn main() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../cli/data/sample.jsonl");
    let path = std::env::args().nth(1).unwrap_or_else(|| sample.into());
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| {
        eprintln!("events: {path}: {error}");
        std::process::exit(2);
    });
    let lines: Vec<Line<'_>> = text.lines().filter_map(|line| Line::parse(line).ok()).collect();
    println!("{path}: {} events, {} bytes", lines.len(), text.len());

    let registry = Registry::builder().build().expect("default room");
    let openclaw = OpenClaw::new(&registry).expect("an empty registry");
    let mean = best(|| record(&openclaw, &lines, TYPED));
    println!("typed, mean over the recording: {mean:.1} ns an event");
    let mut types: BTreeMap<&str, Vec<Line<'_>>> = BTreeMap::new();
    for line in &lines {
        types.entry(line.event.event_type()).or_default().push(line.clone());
    }
    for (name, lines) in &types {
        let mean = best(|| record(&openclaw, lines, TYPED / 20));
        println!("  {name:38} {:6} events {mean:8.1} ns", lines.len());
    }

    let copies = REPLAYED.div_ceil(lines.len().max(1));
    let repeated = text.repeat(copies);
    let per_event = best(|| {
        let before = now();
        let summary = Replay::new(repeated.as_bytes()).run(&openclaw, |_| {}).expect("memory does not fail");
        (now() - before).as_nanos() as f64 / summary.lines as f64
    });
    println!("replay: {:.0} events/s ({per_event:.0} ns an event)", 1e9 / per_event);
}

fn best(mut measure: impl FnMut() -> f64) -> f64 {
    (0..ROUNDS).map(|_| measure()).fold(f64::INFINITY, f64::min)
}

/// Records `count` events in the order of the recording, over and over; nanoseconds an event.
fn record(openclaw: &OpenClaw, lines: &[Line<'_>], count: usize) -> f64 {
    let rounds = count.div_ceil(lines.len().max(1));
    let before = now();
    for _ in 0..rounds {
        for line in lines {
            black_box(openclaw).observe(black_box(&line.event), line.metadata);
        }
    }
    (now() - before).as_nanos() as f64 / (rounds * lines.len()) as f64
}

/// Processor time of this thread.
fn now() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the time is written to a place of ours.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(status, 0, "a clock of this thread");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
