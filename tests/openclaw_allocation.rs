//! Events are read and recorded without allocation.
#![cfg(feature = "openclaw")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use openclaw_prometheus::Registry;
use openclaw_prometheus::openclaw::{DiagnosticEvent, Line, OpenClaw};

const SAMPLE: &str = include_str!("data/openclaw/sample.jsonl");

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator, counting per thread.
struct Counting;

// SAFETY: every call is handed to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // A thread that ends may allocate after its counter has gone.
        let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
        // SAFETY: the caller keeps the promises of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the promises of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often `work` allocates.
fn allocations(work: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

/// The lines of the sample, without memory samples: those list the workers, and their family is replaced as a whole.
fn usual_lines() -> impl Iterator<Item = &'static str> {
    SAMPLE.lines().filter(|line| !line.contains(r#""type":"diagnostic.memory.sample""#))
}

#[test]
fn reading_a_usual_line_does_not_allocate() {
    for line in usual_lines() {
        assert_eq!(allocations(|| drop(Line::parse(line))), 0, "{line}");
    }
}

#[test]
fn recording_an_event_does_not_allocate_even_when_its_series_are_new() {
    let registry = Registry::builder().series(8192).build().expect("capacities");
    let openclaw = OpenClaw::new(&registry).expect("the catalogue");
    registry.warm_thread();
    for line in usual_lines() {
        let Line { event, metadata, .. } = Line::parse(line).expect("a line");
        assert_eq!(allocations(|| openclaw.observe(&event, metadata)), 0, "{line}");
    }
}

#[test]
fn recording_a_broken_event_does_not_allocate() {
    let registry = Registry::builder().build().expect("capacities");
    let openclaw = OpenClaw::new(&registry).expect("the catalogue");
    registry.warm_thread();
    for event in DiagnosticEvent::FED_TYPES.iter().filter(|event| **event != "diagnostic.memory.sample") {
        for fields in [r#""channel":5,"durationMs":"x","lane":[],"reasons":7,"usage":[]"#, r#""reasons":["cpu",5]"#] {
            let line = format!(r#"{{"event":{{"type":"{event}",{fields}}},"metadata":{{"trusted":true}}}}"#);
            let Line { event, metadata, .. } = Line::parse(&line).expect("a line");
            assert_eq!(allocations(|| openclaw.observe(&event, metadata)), 0, "{line}");
        }
    }
}
