//! How many series each family has, and had within the last hour: a label that takes ever new values shows here first.

use crate::FamilyId;
use crate::sync::{OutOfMemory, try_push};

/// Between two counts that are kept, in seconds, and how many are: an hour of them.
const STEP: u64 = 300;
const KEPT: usize = 13;

/// The numbers of series of all families.
#[derive(Debug, Default)]
pub(super) struct Growth {
    /// By the reader's number of the family, but for those that only a reader before it had there.
    families: Vec<Option<Counted>>,
    /// The step of the counts that are the newest, by [`STEP`].
    step: u64,
}

/// The series of one family.
#[derive(Debug)]
pub(super) struct Counted {
    id: FamilyId,
    name: Box<str>,
    pub(super) now: u64,
    /// Whether the last look saw it.
    is_there: bool,
    /// What there was at the beginning of each step, the oldest first, as long as anybody looked.
    then: Vec<u64>,
}

impl Growth {
    /// A new look, in the second `now`.
    pub(super) fn begin(&mut self, now: u64) {
        let step = now / STEP;
        // Of steps in which nobody looked it is what it was before them.
        let passed = step.saturating_sub(self.step).min(KEPT as u64) as usize;
        self.step = step;
        for place in &mut self.families {
            let Some(counted) = place.as_mut().filter(|counted| counted.is_there) else {
                *place = None;
                continue;
            };
            counted.then.drain(..(counted.then.len() + passed).saturating_sub(KEPT));
            counted.then.resize(counted.then.len() + passed, counted.now);
            (counted.now, counted.is_there) = (0, false);
        }
        while self.families.last().is_some_and(Option::is_none) {
            self.families.pop();
        }
    }

    /// Some series of a family.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub(super) fn note(&mut self, slot: usize, id: FamilyId, name: &str, series: usize) -> Result<(), OutOfMemory> {
        while self.families.len() <= slot {
            try_push(&mut self.families, None)?;
        }
        let is_it = |place: &Option<Counted>| place.as_ref().is_some_and(|counted| counted.id == id);
        if !self.families.get(slot).is_some_and(is_it) {
            match self.families.iter().position(is_it) {
                // Another reader gave it another number.
                Some(before) => self.families.swap(before, slot),
                None => {
                    let new = Counted { id, name: name.into(), now: 0, is_there: false, then: Vec::new() };
                    let place = self.families.get_mut(slot);
                    if let Some(other) = place.and_then(|place| place.replace(new)) {
                        try_push(&mut self.families, Some(other))?;
                    }
                }
            }
        }
        if let Some(counted) = self.families.get_mut(slot).and_then(Option::as_mut) {
            (counted.now, counted.is_there) = (counted.now + series as u64, true);
        }
        Ok(())
    }

    /// What is known of a family.
    pub(super) fn of(&self, id: FamilyId) -> Option<&Counted> {
        self.families.iter().flatten().find(|counted| counted.id == id)
    }

    /// The families that have more series than within the last hour: the name, how many now, and how many then.
    pub(super) fn grown(&self) -> impl Iterator<Item = (&str, u64, u64)> {
        let grown = |counted: &Counted| Some((counted.now, *counted.then.first()?));
        let all = self.families.iter().flatten();
        all.filter_map(move |counted| grown(counted).map(|(now, then)| (&*counted.name, now, then)))
            .filter(|(_, now, then)| now > then)
    }
}

impl Counted {
    /// How many series it had an hour ago; none if nobody looked then.
    pub(super) fn hour_ago(&self) -> Option<u64> {
        self.then.first().copied().filter(|_| self.then.len() == KEPT)
    }
}
