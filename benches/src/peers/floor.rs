//! Not a peer: the least that this machine can do in the same loop. A loop over one cell waits for its own last store,
//! and how long that takes differs more between processors than a locked addition does.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::{Case, IN_TURN};
use crate::repeat;

const PEER: &str = "floor";

thread_local! {
    static CELL: AtomicU64 = const { AtomicU64::new(0) };
    static CELLS: [AtomicU64; IN_TURN] = const { [const { AtomicU64::new(0) }; IN_TURN] };
}

/// A load, an addition and a store in a cell of the thread's own.
pub fn counter() -> Case {
    Case::new(PEER, |count, _thread| {
        CELL.with(|cell| {
            for _ in 0..count {
                let cell = black_box(cell);
                cell.store(cell.load(Relaxed).wrapping_add(1), Relaxed);
            }
        });
    })
}

/// The same in one of 16 cells after the other.
pub fn counter_in_turn() -> Case {
    Case::new(PEER, |count, _thread| {
        CELLS.with(|cells| {
            for at in 0..count {
                let cell = black_box(&cells[at as usize % IN_TURN]);
                cell.store(cell.load(Relaxed).wrapping_add(1), Relaxed);
            }
        });
    })
}

/// A store.
pub fn gauge() -> Case {
    let cell = AtomicU64::new(0);
    Case::new(PEER, repeat!(|at, _work| black_box(&cell).store((at as f64).to_bits(), Relaxed)))
}
