//! `new_series/while_rendering`: how long recording a new series takes while another thread renders without a pause.
//!
//! 50,000 series exist, and one is added every 50 microseconds, up to 50,000. Each is timed twice: from when the call
//! began, and from when it was due. Only the second counts what waits behind a call that is held up: after one stall
//! of 30 ms the next 600 series are late, though each of their calls is short. A peer that falls behind is stopped
//! after three seconds, or BENCH_SECONDS; its numbers are of what it did until then. Prints one line of JSON for each.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use benches::crew::pin;
use benches::latencies::Latencies;
use benches::peers::{self, Growing, ours};
use benches::work::Grid;

const GRID: Grid = Grid([50, 100, 20]);
/// A new series is due so often.
const PACE: Duration = Duration::from_micros(50);
const LIMIT_SECONDS: f64 = 3.0;

fn main() {
    // `cargo test` and filters of other benches come through here too.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let peers: [fn() -> Growing; 8] = [
        || ours::growing(GRID.count()),
        || ours::growing_prefaulted(GRID.count()),
        peers::prometheus::growing,
        peers::prometheus_client::growing,
        peers::metrics::growing,
        peers::measured::growing,
        peers::fast_telemetry::growing,
        peers::fastmetrics::growing,
    ];
    let labels: Vec<[String; 3]> = GRID.all().collect();
    let seconds = std::env::var("BENCH_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let limit = Duration::from_secs_f64(seconds.unwrap_or(LIMIT_SECONDS));
    for make in peers {
        run(make(), &labels, limit);
    }
}

fn run(growing: Growing, labels: &[[String; 3]], limit: Duration) {
    let Growing { peer, record, mut render } = growing;
    let (known, new) = labels.split_at(labels.len() / 2);
    known.iter().for_each(|labels| record(ours::borrowed(labels)));
    let (is_over, pages) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let renderer = {
        let (is_over, pages) = (is_over.clone(), pages.clone());
        std::thread::spawn(move || {
            pin(1);
            let mut out = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                out.clear();
                render(&mut out);
                pages.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    pin(0);
    while pages.load(Ordering::Relaxed) < 2 {
        std::hint::spin_loop();
    }
    let (mut from_call, mut from_due) = (Latencies::default(), Latencies::default());
    let start = Instant::now();
    let mut due = start;
    for labels in new {
        let mut before = Instant::now();
        while before < due {
            std::hint::spin_loop();
            before = Instant::now();
        }
        record(ours::borrowed(labels));
        let after = Instant::now();
        from_call.record((after - before).as_nanos() as u64);
        from_due.record((after - due).as_nanos() as u64);
        due += PACE;
        if after - start > limit {
            break;
        }
    }
    is_over.store(true, Ordering::Relaxed);
    renderer.join().expect("the renderer ends");
    println!(
        r#"{{"row":"new_series/while_rendering","peer":"{peer}","count":{},"pages":{},"p50":{},"p99":{},"p999":{},"max":{},"due_p50":{},"due_p999":{}}}"#,
        from_call.count(),
        pages.load(Ordering::Relaxed),
        from_call.quantile(0.5),
        from_call.quantile(0.99),
        from_call.quantile(0.999),
        from_call.max(),
        from_due.quantile(0.5),
        from_due.quantile(0.999),
    );
}
