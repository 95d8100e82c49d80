//! How many series each family has, and had within the last hour: a label that takes ever new values shows here first.

use crate::FamilyId;
use crate::sync::{OutOfMemory, try_push};

/// Between two counts that are kept, in seconds, and how many are: an hour of them.
const STEP: u64 = 300;
const KEPT: usize = 13;

/// The numbers of series of all families.
#[derive(Debug, Default)]
pub(super) struct Growth {
    /// By the reader's number of the family.
    families: Vec<Option<Counted>>,
    /// The step of the counts that are the newest, by [`STEP`].
    step: u64,
    /// Whether one has begun since the last look.
    is_new_step: bool,
}

/// The series of one family.
#[derive(Debug)]
pub(super) struct Counted {
    id: FamilyId,
    name: Box<str>,
    pub(super) now: u64,
    /// What there was at the beginning of each step, the oldest first, as long as anybody looked.
    then: Vec<u64>,
}

impl Growth {
    /// A new look, in the second `now`.
    pub(super) fn begin(&mut self, now: u64) {
        let step = now / STEP;
        self.is_new_step = step != self.step;
        self.step = step;
        for counted in self.families.iter_mut().flatten() {
            if self.is_new_step {
                if counted.then.len() == KEPT {
                    counted.then.remove(0);
                }
                counted.then.push(counted.now);
            }
            counted.now = 0;
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
        let Some(place) = self.families.get_mut(slot) else { return Ok(()) };
        // The place of one that is gone is given again.
        if place.as_ref().is_none_or(|counted| counted.id != id) {
            *place = Some(Counted { id, name: name.into(), now: 0, then: Vec::new() });
        }
        if let Some(counted) = place {
            counted.now += series as u64;
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
