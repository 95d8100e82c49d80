//! Promise: nothing is lost. Counts and whole-number counters are exact to the unit, also of threads that have ended,
//! while scrapes run, and when threads outnumber slabs; float sums to 1e-9.
//!
//! Every total is read twice: by a one-off reading, which looks at all cells, and from a publisher's page, which looks
//! at what recording has marked.

mod amounts;
mod leases;
mod marks;
mod sums;

use std::time::Duration;

use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::{ManualClock, Registry, encode};

/// What a debug build does of a number that a release build does whole.
const fn scaled(count: u64) -> u64 {
    if cfg!(debug_assertions) { count / 50 } else { count }
}

fn publisher(registry: &Registry) -> Publisher {
    Publisher::new(registry, Duration::from_secs(1), ManualClock::new()).unwrap()
}

/// The page after one more render.
fn page(publisher: &mut Publisher) -> String {
    publisher.tick();
    String::from_utf8(publisher.pages().current().to_vec()).unwrap()
}

/// Asserts that these lines are in the next page and in a one-off reading.
#[track_caller]
fn assert_lines(registry: &Registry, publisher: &mut Publisher, lines: &[String]) {
    let (page, once) = (page(publisher), encode::text(registry));
    for line in lines {
        let name = line.rsplit_once(' ').map_or("", |(name, _)| name);
        let found =
            |text: &str| -> Vec<String> { text.lines().filter(|l| l.starts_with(name)).map(str::to_owned).collect() };
        assert_eq!(found(&once), [line.as_str()], "one-off reading");
        assert_eq!(found(&page), [line.as_str()], "page");
    }
}
