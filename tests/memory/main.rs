//! Promise: memory that is not to be had is an error or a page less, never the end of the process; nothing leaks, and once
//! there is memory again all is as if there always had been.
//!
//! Each request that our code makes of the allocator, of 4 KiB and more, is refused in its turn: alone, and with all that
//! come after it. What follows a setting, a number of series or a page is larger than that here.

mod building;

use support::allocator::live_bytes;
use support::failing::{Failing, Refusal, refusing};

#[global_allocator]
static ALLOCATOR: Failing = Failing;

/// Bytes from which on a request is refused.
const LEAST: usize = 4096;

/// Runs `work` with its first request refused, then its second, and so on until it has no more; tells how many there were.
/// What `work` gives back is judged by `check`, which is told whether anything was refused.
#[allow(clippy::print_stdout, reason = "how many there were is part of the proof")]
fn refuse_each<R>(what: &str, mut work: impl FnMut() -> R, mut check: impl FnMut(R, bool)) -> u64 {
    let mut points = 0;
    for lasts in [false, true] {
        for nth in 1.. {
            let (outcome, refused) = refusing(Refusal { least: LEAST, nth, lasts }, &mut work);
            check(outcome, refused > 0);
            if refused == 0 {
                points = points.max(nth - 1);
                break;
            }
        }
    }
    println!("{what}: {points} requests refused, each alone and with all after it");
    points
}

/// The same for work that keeps nothing once its outcome is dropped.
fn refuse_each_without_a_leak<R>(what: &str, mut work: impl FnMut() -> R, mut check: impl FnMut(R, bool)) -> u64 {
    refuse_each(
        what,
        || {
            let before = live_bytes();
            (work(), before)
        },
        |(outcome, before), is_refused| {
            check(outcome, is_refused);
            let left = live_bytes() - before;
            assert_eq!(left, 0, "{what}: bytes leaked");
        },
    )
}
