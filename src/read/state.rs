//! What a reader keeps from one render to the next, and what a reading shows.

use super::blocks::Blocks;
use super::families::Families;
use super::values::Values;

/// Families, their series in blocks, and the values of the series.
#[derive(Debug)]
pub(super) struct ReadState {
    pub(super) families: Families,
    pub(super) blocks: Blocks,
    pub(super) values: Values,
}
