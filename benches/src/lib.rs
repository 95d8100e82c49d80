//! What the benchmarks share: the work that is measured, the peers that do it, and threads to do it in.
//!
//! Each peer is used as its documentation shows, with handles kept where it has handles. All do the same work; those
//! that render are checked for that in `tests/agree.rs`.

pub mod crew;
pub mod latencies;
pub mod peers;
pub mod work;
