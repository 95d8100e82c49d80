//! Documents that are not views of a reading: who can write them, and how one is asked for.

use std::time::Duration;

use crate::read::Reading;
use crate::sync::OutOfMemory;

/// Which document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) document: &'static str,
    /// Which part of it; none for all of it.
    pub(crate) part: Option<Box<str>>,
}

/// Writes documents of its own, in the thread that makes views.
pub(crate) trait Documents: Send + Sync {
    /// When what it tells last changed, by the publisher's clock: what was written since then is given to all who ask for the
    /// same.
    fn changed_at(&self) -> Duration;

    /// Whether a document is made of a reading.
    fn needs_reading(&self, asked: &Asked) -> bool;

    /// Writes it, in chunks none of which is empty. A reading is there if it needs one.
    fn write(&self, asked: &Asked, reading: Option<&Reading<'_>>) -> Result<Vec<Vec<u8>>, OutOfMemory>;
}
