//! Promise: memory that is not to be had is an error or a page less, never the end of the process; nothing leaks, and once
//! there is memory again all is as if there always had been.
//!
//! Each request that our code makes of the allocator, of 2 KiB and more, is refused in its turn: alone, and with all that
//! come after it. What follows a setting, a number of series or a page is larger than that here.

mod building;
mod exporting;
mod publishing;

use std::sync::Once;

use support::allocator::live_bytes;
use support::failing::{Failing, Refusal, refusing};

#[global_allocator]
static ALLOCATOR: Failing = Failing;

/// Bytes from which on a request is refused.
const LEAST: usize = 2048;

/// The library that compresses panics where it gets no memory, which is caught: it is not told, as telling needs memory.
fn keep_compressor_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let tell = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !panic.location().is_some_and(|at| at.file().contains("zlib-rs")) {
                tell(panic);
            }
        }));
    });
}

/// Runs `work` on what `prepare` makes, with its first request refused, then its second, and so on until it has no more;
/// tells how many there were. What it came to is judged by `check`, which is told whether anything was refused, and after
/// which nothing may be left.
#[allow(clippy::print_stdout, reason = "how many there were is part of the proof")]
fn refuse_each<F, R>(
    what: &str,
    mut prepare: impl FnMut() -> F,
    mut work: impl FnMut(&mut F) -> R,
    mut check: impl FnMut(F, R, bool),
) -> u64 {
    keep_compressor_quiet();
    let mut run = |nth, lasts| {
        let before = live_bytes();
        let mut fixture = prepare();
        let (outcome, refused) = refusing(Refusal { least: LEAST, nth, lasts }, || work(&mut fixture));
        check(fixture, outcome, refused > 0);
        (refused > 0, live_bytes() - before)
    };
    // What a thread or the process makes once is made here.
    run(u64::MAX, false);
    let mut points = 0;
    for lasts in [false, true] {
        for nth in 1.. {
            let (is_refused, left) = run(nth, lasts);
            assert_eq!(left, 0, "{what}: bytes left after request {nth} was refused");
            if !is_refused {
                points = nth - 1;
                break;
            }
        }
    }
    println!("{what}: {points} requests refused, each alone and with all after it");
    points
}
