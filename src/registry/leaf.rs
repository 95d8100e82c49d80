//! Leaves: sorted runs of one family's series, and which of their series changed of late.

use super::family::Kind;

/// Series of a leaf at most, so that a place in it is a byte.
pub(super) const LEAF_SERIES: usize = 256;
/// Text that a leaf should hold at most, estimated.
pub(super) const LEAF_BYTES: usize = 16 << 10;
/// Room that a leaf's lists grow by: their series come one by one, and twice as much would lie idle.
const GROWTH: usize = 16;

/// A sorted run of one family's series, small enough that the text of one can be made anew.
#[derive(Debug)]
pub struct Leaf {
    pub(super) family: u32,
    pub(super) kind: Kind,
    /// Cells of each series.
    pub(super) width: u32,
    /// Their numbers, in order: in the label table, in the closed set, or among the snapshot's rows.
    pub(super) numbers: Vec<u32>,
    /// The first cell of each.
    pub(super) cells: Vec<u32>,
    /// Estimated bytes of text.
    pub(super) bytes: usize,
    /// The look at which the set of series last changed.
    pub(super) shape: u64,
    /// Whether it comes first in its family.
    pub(super) is_first: bool,
    /// Whether series moved to other places in this look.
    pub(super) is_moved: bool,
    changes: Changes,
}

/// The series that changed, at the two looks that last found any.
#[derive(Debug)]
struct Changes {
    last: (u64, Places),
    /// INVARIANT: its look is not later than that of `last`, and not earlier than `since`.
    before: (u64, Places),
    /// What changed after this look is in one of the two.
    since: u64,
}

impl Changes {
    fn none(tick: u64) -> Self {
        Self { last: (tick, Places::default()), before: (tick, Places::default()), since: tick }
    }
}

/// Places in a leaf, as bits.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Places([u64; LEAF_SERIES / 64]);

impl Places {
    /// The first `count` places.
    fn first(count: usize) -> Self {
        Self(std::array::from_fn(|word| {
            let here = count.saturating_sub(word * 64).min(64) as u32;
            u64::MAX.checked_shr(64 - here).unwrap_or(0)
        }))
    }

    fn add(&mut self, place: u8) {
        self.0[usize::from(place) / 64] |= 1 << (place % 64);
    }

    fn or(self, other: Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] | other.0[word]))
    }

    /// The places, ascending.
    #[inline(always)]
    pub(crate) fn iter(self) -> impl Iterator<Item = usize> {
        let mut words = self.0.into_iter().enumerate();
        let (mut base, mut word) = (0, 0);
        std::iter::from_fn(move || {
            while word == 0 {
                let (index, next) = words.next()?;
                (base, word) = (index * 64, next);
            }
            let place = base + word.trailing_zeros() as usize;
            word &= word - 1;
            Some(place)
        })
    }
}

impl Leaf {
    pub(super) fn new(family: u32, kind: Kind, width: u32, tick: u64) -> Self {
        Self {
            family,
            kind,
            width,
            numbers: Vec::new(),
            cells: Vec::new(),
            bytes: 0,
            shape: tick,
            is_first: false,
            is_moved: false,
            changes: Changes::none(tick),
        }
    }

    /// Series in it.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether it has no series: a family without any.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// The look at which a value last changed.
    pub fn changed(&self) -> u64 {
        self.changes.last.0
    }

    /// The look at which the set of series last changed.
    pub fn shape(&self) -> u64 {
        self.shape
    }

    /// Whether the family's HELP and TYPE belong before it.
    pub fn is_first(&self) -> bool {
        self.is_first
    }

    /// Every series that changed after look number `tick`, and maybe more.
    pub(crate) fn changed_since(&self, tick: u64) -> Places {
        let Changes { last, before, since } = &self.changes;
        match tick {
            tick if tick >= last.0 => Places::default(),
            tick if tick >= before.0 => last.1,
            tick if tick >= *since => last.1.or(before.1),
            _ => Places::first(self.len()),
        }
    }

    /// Notes that the series at `place` changed in look number `tick`.
    #[inline(always)]
    pub(super) fn note_change(&mut self, place: u8, tick: u64) {
        let changes = &mut self.changes;
        if changes.last.0 != tick {
            changes.since = changes.before.0;
            changes.before = std::mem::replace(&mut changes.last, (tick, Places::default()));
        }
        changes.last.1.add(place);
    }

    /// Notes that the set of series changed in look number `tick`, and with it the places.
    pub(super) fn note_shape(&mut self, tick: u64) {
        self.shape = tick;
        self.changes = Changes::none(tick);
    }

    pub(super) fn insert(&mut self, place: usize, number: u32, cell: u32, bytes: usize) {
        for list in [&mut self.numbers, &mut self.cells] {
            if list.len() == list.capacity() {
                list.reserve_exact(GROWTH);
            }
        }
        self.numbers.insert(place, number);
        self.cells.insert(place, cell);
        self.bytes += bytes;
    }

    /// Takes the upper half of the series out: their numbers and cells.
    pub(super) fn split_off(&mut self) -> (Vec<u32>, Vec<u32>) {
        let half = self.len() / 2;
        let upper = (self.numbers.split_off(half), self.cells.split_off(half));
        self.numbers.shrink_to_fit();
        self.cells.shrink_to_fit();
        upper
    }

    /// Takes all series out.
    pub(super) fn clear(&mut self) {
        self.numbers.clear();
        self.cells.clear();
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_places_are_as_many_as_asked_for() {
        for count in [0, 1, 63, 64, 65, 128, 200, 255, 256] {
            assert!(Places::first(count).iter().eq(0..count), "{count}");
        }
    }

    proptest! {
        /// Against a list of all changes ever noted.
        #[test]
        fn nothing_that_changed_since_a_look_is_left_out(
            looks in proptest::collection::vec(proptest::collection::btree_set(any::<u8>(), 0..4), 1..12),
        ) {
            let mut leaf = Leaf::new(0, Kind::Counter, 1, 1);
            (0..=255).for_each(|number| leaf.insert(number as usize, number, number, 90));
            for (tick, places) in (2..).zip(&looks) {
                places.iter().for_each(|place| leaf.note_change(*place, tick));
                for since in 1..=tick {
                    let told: Vec<usize> = leaf.changed_since(since).iter().collect();
                    let later = (2..).zip(&looks).filter(|(at, _)| *at > since && *at <= tick);
                    let mut changed: Vec<usize> = later.flat_map(|(_, places)| places).map(|place| *place as usize).collect();
                    changed.sort_unstable();
                    changed.dedup();
                    prop_assert!(changed.iter().all(|place| told.contains(place)), "{changed:?} {told:?}");
                    // At the last two looks, which is what two pages in turn need, nothing more is told.
                    prop_assert!(since + 2 < tick || told == changed, "since {since} of {tick}: {changed:?} {told:?}");
                }
            }
        }
    }
}
