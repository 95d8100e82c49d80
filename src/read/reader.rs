//! The reader: at each render it finds what is new, takes the marks that recording left, and folds what they name.
//!
//! What holds in every reading: counters never fall, a histogram's count is the sum of the buckets that were read, an
//! in-flight count is never below 0. Reading costs memory traffic only; no recording thread waits or notices.

use super::blocks::Blocks;
use super::discovery::Discovery;
use super::families::Families;
use super::reading::Reading;
use super::state::ReadState;
use super::values::Values;
use crate::registry::Registry;
use crate::thread::Process;

/// Folds a registry's cells and keeps its series in order.
#[derive(Debug)]
pub struct Reader {
    registry: Registry,
    /// The process in which this reader takes marks; a reader that takes none reads everything.
    marks: Option<Process>,
    discovery: Discovery,
    state: ReadState,
}

impl Registry {
    /// The reader for a publisher. It takes the marks that recording leaves, so there is one at a time.
    #[doc(hidden)]
    pub fn reader(&self) -> Option<Reader> {
        self.take_marks().map(|process| Reader::new(self, Some(process)))
    }

    /// A reader that reads everything, once, beside any publisher.
    #[doc(hidden)]
    pub fn reader_once(&self) -> Reader {
        Reader::new(self, None)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(process) = self.marks {
            self.registry.give_marks_back(process);
        }
    }
}

impl Reader {
    fn new(registry: &Registry, marks: Option<Process>) -> Self {
        let state = ReadState {
            families: Families::new(registry.clone()),
            blocks: Blocks::default(),
            values: Values::new(registry.store().slabs.stride()),
        };
        Self { registry: registry.clone(), marks, discovery: Discovery::default(), state }
    }

    /// Reads new families and series, and every value that changed.
    pub fn read(&mut self) -> Reading<'_> {
        let Self { registry, marks, discovery, state } = self;
        state.blocks.begin_render();
        registry.read_rejections();
        discovery.find(registry, state);
        let ReadState { families, blocks, values } = state;
        blocks.settle_moved(families, |index, block| values.note_positions(index, block));
        values.read(registry.store(), marks.is_some(), blocks);
        self.tell_saturated();
        let ReadState { families, blocks, .. } = &mut self.state;
        blocks.sort(families);
        Reading { state: &self.state }
    }

    /// Counts the series that this reading found saturated, and brings what shows rejections up to date if any is new.
    fn tell_saturated(&mut self) {
        let Self { registry, discovery, state, .. } = self;
        let mut is_new = false;
        for (family, cell) in state.values.saturated.drain(..) {
            is_new |= registry.note_saturated(&state.families.get(family).info, cell);
        }
        if is_new {
            registry.read_rejections();
            discovery.find_rows(state);
            // Rows are in no cells.
            state.blocks.settle_moved(&state.families, |_, _| {});
        }
    }
}
