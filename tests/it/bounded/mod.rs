//! Promise: bounds are fixed when a registry is built. What does not fit is rejected, counted and visible; nothing grows,
//! no good series is evicted, and slow readers cost freshness, not memory.

mod declaring;
mod labels;
mod rejections;
mod series;

use std::time::Duration;

use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::{ManualClock, Registry, RejectReason};

/// What a debug build does of a number that a release build does whole.
const fn scaled(count: u64) -> u64 {
    if cfg!(debug_assertions) { count / 20 } else { count }
}

fn publisher(registry: &Registry) -> Publisher {
    Publisher::new(registry, Duration::from_secs(1), ManualClock::new()).unwrap()
}

fn rejected(registry: &Registry) -> Vec<(String, RejectReason, u64)> {
    registry.rejected().into_iter().map(|(family, reason, count)| (family.to_string(), reason, count)).collect()
}

/// Text that differs for each number and looks like no other.
fn random_text(number: u64, bytes: usize) -> String {
    let mut state = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut text = String::with_capacity(bytes + 16);
    while text.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.push_str(&format!("{state:016x}"));
    }
    text.truncate(bytes);
    text
}
