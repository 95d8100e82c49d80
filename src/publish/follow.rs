//! Following: whoever looks at each reading by a step of its own, whether a page is made of it or not.

use std::time::Duration;

use crate::read::Reading;
use crate::sync::OutOfMemory;

/// Looks at readings, on the render thread, each time its turn has come: also while pages are made seldom, or only when they
/// are asked for. It takes no more time than a render, and a panic of it ends nothing.
pub(crate) trait Follow: Send {
    /// When it wants to look next, by the publisher's clock.
    fn next_turn(&self) -> Duration;

    /// Looks at a reading that was made `now`, which is `unix` since 1970.
    ///
    /// # Errors
    /// [`OutOfMemory`] for something of it; the next look tries it again.
    fn follow(&mut self, reading: &Reading<'_>, now: Duration, unix: Duration) -> Result<(), OutOfMemory>;
}
