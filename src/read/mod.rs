//! From cells to a reading: cells folded over the slabs into values, series in the order in which they are written.
//!
//! A [`Reader`] looks at a registry and keeps what it read; a [`Reading`] is what an encoder sees of it. Reading takes
//! memory traffic only: no recording thread waits or notices.

mod block;
mod idle;
mod reader;
mod reading;

pub use block::Block;
pub(crate) use block::Changed;
pub use reader::Reader;
pub use reading::{Reading, SampleValue};
