//! From cells to a reading: cells folded over the slabs into values, series in the order in which they are written.
//!
//! A [`Reader`] reads a registry and keeps what it read; a [`Reading`] is what an encoder sees of it. Reading takes
//! memory traffic only: no recording thread waits or notices.

mod block;
mod blocks;
mod discovery;
mod families;
mod idle_sums;
mod position;
mod reader;
mod reading;
mod state;
mod values;

pub(crate) use block::ChangedSeries;
pub use block::{Block, BlockIndex};
pub use reader::Reader;
pub use reading::{Reading, SampleValue};
