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
use crate::sync::OutOfMemory;
use crate::thread::Process;

/// Folds a registry's cells and keeps its series in order.
#[derive(Debug)]
pub struct Reader {
    registry: Registry,
    /// The process in which this reader takes marks; a reader that takes none reads everything.
    marks: Option<Process>,
    discovery: Discovery,
    state: ReadState,
    /// Whether `discovery` and `state` belong together: not before the first reading, nor after one that ran out of memory.
    is_whole: bool,
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
            values: Values::default(),
        };
        Self { registry: registry.clone(), marks, discovery: Discovery::default(), state, is_whole: false }
    }

    /// Reads new families and series, and every value that changed.
    ///
    /// # Panics
    /// Without memory for what it keeps: for tests and tools.
    #[allow(clippy::expect_used, reason = "who can do without a reading calls try_read")]
    pub fn read(&mut self) -> Reading<'_> {
        self.try_read().expect("memory for a reading")
    }

    /// The same for who can do without.
    ///
    /// # Errors
    /// [`OutOfMemory`]. The next reading begins anew and reads everything.
    pub(crate) fn try_read(&mut self) -> Result<Reading<'_>, OutOfMemory> {
        self.prepare()?;
        self.is_whole = false;
        self.read_changes()?;
        self.is_whole = true;
        Ok(Reading { state: &self.state })
    }

    /// Makes sure that there is memory for all cells, whose number is the registry's.
    pub(crate) fn prepare(&mut self) -> Result<(), OutOfMemory> {
        if self.is_whole {
            return Ok(());
        }
        let Self { registry, discovery, state, .. } = self;
        // What there was goes first.
        *discovery = Discovery::default();
        let blocks = state.blocks.anew();
        *state = ReadState { families: Families::new(registry.clone()), blocks, values: Values::default() };
        state.values = Values::new(registry.store().slabs.stride())?;
        self.is_whole = true;
        Ok(())
    }

    fn read_changes(&mut self) -> Result<(), OutOfMemory> {
        let Self { registry, marks, discovery, state, .. } = self;
        state.blocks.begin_render();
        registry.read_rejections()?;
        discovery.find(registry, state)?;
        let ReadState { families, blocks, values } = state;
        blocks.settle_moved(families, |index, block| values.note_positions(index, block))?;
        values.read(registry.store(), marks.is_some(), blocks);
        self.tell_saturated()?;
        let ReadState { families, blocks, .. } = &mut self.state;
        blocks.sort(families)
    }

    /// Counts the series that this reading found saturated, and brings what shows rejections up to date if any is new.
    fn tell_saturated(&mut self) -> Result<(), OutOfMemory> {
        let Self { registry, discovery, state, .. } = self;
        let mut is_new = false;
        for (family, cell) in state.values.saturated.drain(..) {
            is_new |= registry.note_saturated(&state.families.get(family).info, cell);
        }
        if is_new {
            registry.read_rejections()?;
            discovery.find_rows(state)?;
            // Rows are in no cells.
            state.blocks.settle_moved(&state.families, |_, _| {})?;
        }
        Ok(())
    }
}
