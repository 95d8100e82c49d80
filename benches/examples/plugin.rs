//! A library to be loaded with `dlopen`, as a Node addon is: its thread-locals are found by a call.

use std::hint::black_box;
use std::sync::LazyLock;

use openclaw_prometheus::{Counter, Registry};

static COUNTER: LazyLock<Counter> = LazyLock::new(|| {
    let registry = Registry::builder().seed(1).build().expect("within bounds");
    registry.counter("held_total", "Calls.").register().expect("legal")
});

/// Adds one, so often.
#[unsafe(no_mangle)]
pub extern "C" fn plugin_count(count: u64) {
    let counter = &*COUNTER;
    for _ in 0..count {
        black_box(counter).inc();
    }
}
