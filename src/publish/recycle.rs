//! A few shared values that are written in turn: each is written again only when nobody else holds it.
//!
//! Readers may keep what they took as long as they like. When all values are held, the newest stays published and the
//! writer does without; that is the readers' loss of freshness, not the writer's wait.

use crate::sync::{Arc, Published};

/// Values at most: the published one, the one being written, and two for slow readers.
const VALUES: usize = 4;

pub(crate) struct Recycler<T> {
    /// INVARIANT: only the recycler clones these, and only to publish, so a count of one means that nobody can come to
    /// hold the value but through `publish`.
    values: Vec<Arc<T>>,
}

impl<T> Recycler<T> {
    /// A recycler whose first value is the one that is published already.
    pub(crate) fn new(published: &Published<T>) -> Self {
        Self { values: vec![published.load()] }
    }

    /// Lets `write` change a value that nobody holds, then publishes it. False if all values are held.
    pub(crate) fn publish(
        &mut self,
        published: &Published<T>,
        make: impl FnOnce() -> T,
        write: impl FnOnce(&mut T),
    ) -> bool {
        let free = self.values.iter_mut().position(|value| Arc::get_mut(value).is_some());
        let index = match free {
            Some(index) => index,
            None if self.values.len() < VALUES => {
                self.values.push(Arc::new(make()));
                self.values.len() - 1
            }
            None => return false,
        };
        let Some(value) = self.values.get_mut(index).and_then(Arc::get_mut) else { return false };
        write(value);
        published.store(self.values[index].clone());
        true
    }

    /// Starts again from `first` alone; the others go when nobody holds them.
    pub(crate) fn restart(&mut self, published: &Published<T>, first: T) {
        let first = Arc::new(first);
        published.store(first.clone());
        self.values = vec![first];
    }

    /// Values there are.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }
}
