//! Shared values that are written in turn: each is written again only when nobody else holds it.
//!
//! Readers may keep what they took as long as they like, and publishing never waits for them nor fails: while all values
//! are held there is one more. What readers hold is known ([`Recycler::held`]), so that somebody can bound it.

use crate::sync::{Arc, OutOfMemory, Published, try_reserve};

pub(crate) struct Recycler<T> {
    /// INVARIANT: only the recycler clones these, and only to publish, so a count of one means that nobody can come to
    /// hold the value but through `publish`. The last is the published one; of the others one is free at most, after
    /// `publish`.
    values: Vec<Arc<T>>,
}

impl<T> Recycler<T> {
    /// A recycler whose first value is the one that is published already.
    pub(crate) fn new(published: &Published<T>) -> Self {
        Self { values: vec![published.load()] }
    }

    /// Lets `write` change a value that nobody holds, made anew if there is none, then publishes it.
    ///
    /// # Errors
    /// Those of `write`, or that there is no memory to know of one more. The value is gone then, and nothing is published.
    pub(crate) fn publish(
        &mut self,
        published: &Published<T>,
        make: impl FnOnce() -> T,
        write: impl FnOnce(&mut T) -> Result<(), OutOfMemory>,
    ) -> Result<(), OutOfMemory> {
        try_reserve(&mut self.values, 1)?;
        let mut value = self.take_free().unwrap_or_else(|| Arc::new(make()));
        if let Some(value) = Arc::get_mut(&mut value) {
            write(value)?;
        }
        published.store(value.clone());
        self.values.push(value);
        self.trim();
        Ok(())
    }

    /// Starts again from `first` alone; the others go when nobody holds them.
    pub(crate) fn restart(&mut self, published: &Published<T>, first: T) {
        let first = Arc::new(first);
        published.store(first.clone());
        self.values = vec![first];
    }

    /// The values that somebody holds and that are not published any more.
    pub(crate) fn held(&self) -> impl Iterator<Item = &Arc<T>> {
        self.replaced().iter().filter(|value| Arc::strong_count(value) > 1)
    }

    /// Values there are: the published one, those that are held, and a spare one.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    fn replaced(&self) -> &[Arc<T>] {
        self.values.split_last().map_or(&[], |(_, replaced)| replaced)
    }

    /// A value that nobody holds: the one that was published last, as least has changed since.
    fn take_free(&mut self) -> Option<Arc<T>> {
        let free = self.values.iter_mut().rposition(|value| Arc::get_mut(value).is_some())?;
        Some(self.values.remove(free))
    }

    /// Gives all free values back but one.
    fn trim(&mut self) {
        let mut has_spare = false;
        let mut index = self.values.len().saturating_sub(1);
        while index > 0 {
            index -= 1;
            if Arc::get_mut(&mut self.values[index]).is_some() && std::mem::replace(&mut has_spare, true) {
                drop(self.values.remove(index));
            }
        }
    }
}
