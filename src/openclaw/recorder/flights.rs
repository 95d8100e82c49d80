//! What has begun and not ended, in a table of fixed size: which it is, what it belongs to, when it began.
//!
//! Beginning and ending are lock-free and allocate nothing: a bit is taken for a place, and an exchange of the key ends what is
//! there, so that of two ends one counts. They look at the places that are taken, which are the first ones: what they cost
//! grows with what is in flight. Where there is no place left what begins is not known here, and the caller is told so.
//!
//! Times are the host's, in milliseconds since 1970. How old something is, and whether it can be true, is for whoever
//! [looks](Flights::look): see [`Oldest`](super::oldest::Oldest).

use crate::sync::{Acquire, AtomicU64, Relaxed, Release};

const WORDS: usize = if cfg!(loom) { 1 } else { 4 };
const WORD_BITS: usize = if cfg!(loom) { 2 } else { 64 };
/// Things in flight at the same time.
pub(super) const PLACES: usize = WORDS * WORD_BITS;
/// A word without a free place.
const FULL: u64 = u64::MAX >> (64 - WORD_BITS);
/// No key.
const NONE: u64 = 0;
/// Two times of the host that are no further apart, in milliseconds, may be of the same thing.
const SAME_MS: u64 = 100;

#[derive(Debug)]
pub(super) struct Flights {
    /// INVARIANT: a bit is set by whoever puts something at its place, and cleared by whoever took it away.
    taken: [AtomicU64; WORDS],
    places: Box<[Place]>,
    /// Whether anything was ever put here: 1.
    is_used: AtomicU64,
}

#[derive(Debug, Default)]
struct Place {
    /// `NONE` while nothing is here. INVARIANT: while it has another value the rest is that thing's, unless the key is
    /// another one before and after.
    key: AtomicU64,
    group: AtomicU64,
    began_ms: AtomicU64,
}

/// Something that has begun and not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flight {
    pub(super) place: usize,
    /// Never 0.
    pub(super) key: u64,
    /// What it belongs to, by a number that the caller knows.
    pub(super) group: u64,
    pub(super) began_ms: u64,
}

/// There is no place left.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoPlace;

impl Flights {
    pub(super) fn new() -> Self {
        let places = (0..PLACES).map(|_| Place::default()).collect();
        Self { taken: std::array::from_fn(|_| AtomicU64::new(0)), places, is_used: AtomicU64::new(0) }
    }

    /// Whether anything ever began.
    pub(super) fn is_used(&self) -> bool {
        self.is_used.load(Relaxed) != 0
    }

    /// Something begins that there is once: what has its key and has not ended begins anew.
    pub(super) fn begin(&self, key: u64, group: u64, began_ms: u64) -> Result<(), NoPlace> {
        self.end(key);
        self.add(key, group, began_ms)
    }

    /// Something begins beside what has the same key.
    pub(super) fn add(&self, key: u64, group: u64, began_ms: u64) -> Result<(), NoPlace> {
        self.is_used.store(1, Relaxed);
        for (word, at) in self.taken.iter().zip(0..) {
            let mut seen = word.load(Relaxed);
            while seen != FULL {
                let free = seen.trailing_ones();
                // ORDERING: Acquire pairs with the Release in `take_away`: the place is left.
                seen = word.fetch_or(1 << free, Acquire);
                if seen >> free & 1 == 0 {
                    if let Some(place) = self.places.get(at * WORD_BITS + free as usize) {
                        place.put(key, group, began_ms);
                    }
                    return Ok(());
                }
            }
        }
        Err(NoPlace)
    }

    /// What has this key ends; whether there was something.
    pub(super) fn end(&self, key: u64) -> bool {
        // All of it: two threads may have begun the same.
        self.places_of(key).filter(|(place, _)| self.take_away(*place, key)).count() > 0
    }

    /// Of what has this key, that ends which began at `began_ms`, and what there can be no more: only `left` are left. Who does
    /// not know which of two takes the one of the lower group.
    pub(super) fn end_one(&self, key: u64, began_ms: Option<u64>, left: Option<u64>) {
        let is_it = |flight: &Flight| began_ms.is_none_or(|ms| ms.abs_diff(flight.began_ms) <= SAME_MS);
        if let Some(ended) = self.with(key).filter(is_it).min_by_key(|flight| flight.group) {
            self.take_away(ended.place, key);
        }
        if let Some(left) = left {
            self.keep(key, left);
        }
    }

    /// Takes those of the lowest groups away that have this key, until there are no more than `most`.
    pub(super) fn keep(&self, key: u64, most: u64) {
        if most == 0 {
            self.end(key);
            return;
        }
        for _ in most..self.places_of(key).count() as u64 {
            if let Some(lowest) = self.with(key).min_by_key(|flight| flight.group) {
                self.take_away(lowest.place, key);
            }
        }
    }

    /// Takes everything away.
    pub(super) fn clear(&self) {
        self.look().for_each(|flight| _ = self.take_away(flight.place, flight.key));
    }

    /// Takes away what is at a place, if it has this key. Whether it was this call that did.
    pub(super) fn take_away(&self, place: usize, key: u64) -> bool {
        let (Some(there), Some(word)) = (self.places.get(place), self.taken.get(place / WORD_BITS)) else {
            return false;
        };
        let is_ours = there.key.compare_exchange(key, NONE, Relaxed, Relaxed).is_ok();
        if is_ours {
            // ORDERING: Release pairs with the Acquire in `add`: whoever comes next finds no key.
            word.fetch_and(!(1 << (place % WORD_BITS)), Release);
        }
        is_ours
    }

    fn with(&self, key: u64) -> impl Iterator<Item = Flight> {
        self.places_of(key).filter_map(|(number, place)| place.look(number)).filter(move |flight| flight.key == key)
    }

    /// Where this key is: one load for each place that is taken.
    #[inline]
    fn places_of(&self, key: u64) -> impl Iterator<Item = (usize, &Place)> {
        self.taken_places().filter(move |(_, place)| place.key.load(Relaxed) == key)
    }

    /// What is in flight.
    pub(super) fn look(&self) -> impl Iterator<Item = Flight> {
        self.taken_places().filter_map(|(number, place)| place.look(number))
    }

    #[inline]
    fn taken_places(&self) -> impl Iterator<Item = (usize, &Place)> {
        self.taken.iter().zip(self.places.chunks(WORD_BITS)).zip(0..).flat_map(|((word, places), at)| {
            let mut rest = word.load(Relaxed);
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                Some((at * WORD_BITS + bit, places.get(bit)?))
            })
        })
    }
}

impl Place {
    /// The caller has taken its bit.
    fn put(&self, key: u64, group: u64, began_ms: u64) {
        // ORDERING: Release pairs with the Acquire in `look`: who reads these reads of no key before them.
        self.group.store(group, Release);
        self.began_ms.store(began_ms, Release);
        // ORDERING: Release pairs with the Acquire in `look`: the rest is this thing's.
        self.key.store(key, Release);
    }

    fn look(&self, place: usize) -> Option<Flight> {
        // ORDERING: Acquire pairs with the Releases in `put`.
        let key = self.key.load(Acquire);
        let (group, began_ms) = (self.group.load(Acquire), self.began_ms.load(Acquire));
        // Between the two loads it may have ended, and another begun.
        (key != NONE && self.key.load(Relaxed) == key).then_some(Flight { place, key, group, began_ms })
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn begun(flights: &Flights) -> Vec<(u64, u64)> {
        let mut begun: Vec<_> = flights.look().map(|flight| (flight.key, flight.began_ms)).collect();
        begun.sort_unstable();
        begun
    }

    #[test]
    fn what_begins_is_there_until_it_ends() {
        let flights = Flights::new();
        assert!(!flights.is_used());
        assert!(!flights.end(5), "an end without a beginning is nothing");
        for (key, at) in [(5, 100), (6, 200), (7, 300)] {
            assert_eq!(flights.begin(key, 1, at), Ok(()));
        }
        assert!(flights.end(6) && !flights.end(6), "of two ends one counts");
        assert_eq!(begun(&flights), [(5, 100), (7, 300)]);
        assert_eq!(flights.begin(5, 1, 400), Ok(()));
        assert_eq!(begun(&flights), [(5, 400), (7, 300)], "it began anew");
        flights.clear();
        assert!(begun(&flights).is_empty() && flights.is_used());
    }

    #[test]
    fn a_full_table_says_so_and_goes_on_with_what_it_has() {
        let flights = Flights::new();
        (1..=PLACES as u64).for_each(|key| flights.begin(key, 0, key).expect("a place"));
        assert_eq!(flights.begin(1_000_000, 0, 7), Err(NoPlace));
        assert_eq!(begun(&flights).len(), PLACES);
        assert!(flights.end(77));
        assert_eq!(flights.begin(1_000_000, 0, 7), Ok(()));
        assert!(begun(&flights).contains(&(1_000_000, 7)));
    }

    #[test]
    fn of_equals_that_ends_which_began_then_and_no_more_are_left_than_there_can_be() {
        let flights = Flights::new();
        for (group, at) in [(1, 10_000), (2, 20_000), (3, 30_000), (4, 40_000), (5, 50_000), (6, 50_040)] {
            flights.add(5, group, at).expect("a place");
        }
        flights.add(6, 0, 1).expect("a place");
        flights.end_one(5, Some(30_002), Some(5));
        assert_eq!(begun(&flights), [(5, 10_000), (5, 20_000), (5, 40_000), (5, 50_000), (5, 50_040), (6, 1)]);
        // Of two it is the earlier one.
        flights.end_one(5, Some(50_030), Some(4));
        assert_eq!(begun(&flights), [(5, 10_000), (5, 20_000), (5, 40_000), (5, 50_040), (6, 1)]);
        // One that was never seen, and one of ours has left without a word.
        flights.end_one(5, Some(15_000), Some(3));
        assert_eq!(begun(&flights), [(5, 20_000), (5, 40_000), (5, 50_040), (6, 1)]);
        flights.end_one(5, None, None);
        assert_eq!(begun(&flights), [(5, 40_000), (5, 50_040), (6, 1)]);
        flights.end_one(5, Some(40_000), Some(0));
        assert_eq!(begun(&flights), [(6, 1)]);
    }

    proptest! {
        /// Of a few keys, in any order, and with ends that were never begun.
        #[test]
        fn it_agrees_with_a_map(steps in proptest::collection::vec((1u64..9, any::<bool>(), 0u64..99), 0..200)) {
            let (flights, mut naive) = (Flights::new(), std::collections::BTreeMap::new());
            for (key, is_begin, at) in steps {
                if is_begin {
                    flights.begin(key, 0, at).expect("a place");
                    naive.insert(key, at);
                } else {
                    prop_assert_eq!(flights.end(key), naive.remove(&key).is_some());
                }
                prop_assert_eq!(begun(&flights), naive.iter().map(|(key, at)| (*key, *at)).collect::<Vec<_>>());
            }
        }
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use loom::sync::Arc;
    use loom::thread;

    use super::*;

    fn model(check: impl Fn() + Sync + Send + 'static) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(check);
    }

    fn begin(flights: &Flights, key: u64) {
        flights.add(key, 10 * key, 100 * key).expect("a place");
    }

    #[test]
    fn loom_a_look_never_mixes_two_flights() {
        model(|| {
            let flights = Arc::new(Flights::new());
            begin(&flights, 5);
            let other = flights.clone();
            let thread = thread::spawn(move || {
                other.end(5);
                begin(&other, 6);
            });
            for flight in flights.look() {
                assert_eq!((flight.group, flight.began_ms), (10 * flight.key, 100 * flight.key));
            }
            thread.join().unwrap();
            assert_eq!(flights.look().map(|flight| flight.key).collect::<Vec<_>>(), [6]);
        });
    }

    #[test]
    fn loom_of_two_ends_one_counts_and_no_place_is_lost() {
        model(|| {
            let flights = Arc::new(Flights::new());
            begin(&flights, 5);
            let other = flights.clone();
            let thread = thread::spawn(move || {
                let is_ended = other.end(5);
                begin(&other, 6);
                is_ended
            });
            let is_ended = flights.end(5);
            assert!(is_ended != thread.join().unwrap());
            begin(&flights, 7);
            assert_eq!(flights.look().count(), 2);
        });
    }
}
