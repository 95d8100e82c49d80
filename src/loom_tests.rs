//! The lock-free protocols under loom: every interleaving of a small case.
//!
//! `RUSTFLAGS="--cfg loom" cargo test --release --lib --no-default-features loom_`

use loom::sync::Arc;
use loom::thread;

use crate::label::index::{CellIndex, FamilyIndex, SeriesIndex};
use crate::label::{FamilyCapacity, RejectReason, Table, TableCapacity};
use crate::publish::recycle::Recycler;
use crate::record::slab::Slabs;
use crate::sync::Published;

/// Checks every interleaving with up to three preemptions: that is all of them for two threads with few steps, and
/// seconds instead of hours for the table.
fn model(check: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(check);
}

/// Loom orders a plain store before a read-modify-write that ran earlier and did not see it. In the memory model of C++
/// and Rust a read-modify-write follows the store that it read with nothing in between, so what this expects cannot
/// fail on a machine. It is why the owner's mark is a swap under loom; once loom knows better this test says so.
#[test]
#[should_panic(expected = "the swap read 0, and yet 0 is left")]
fn loom_lets_a_store_slip_under_an_earlier_swap() {
    use crate::sync::{AcqRel, AtomicU8, Relaxed, Release};
    model(|| {
        let mark = Arc::new(AtomicU8::new(0));
        let marker = mark.clone();
        let thread = thread::spawn(move || marker.store(1, Release));
        let taken = mark.swap(0, AcqRel);
        thread.join().unwrap();
        let left = mark.load(Relaxed);
        assert!(taken != 0 || left != 0, "the swap read {taken}, and yet {left} is left");
    });
}

/// Adds one the way a recording thread does: in a slab of its own, else in the shared one.
fn record_once(slabs: &Slabs, cell: CellIndex) {
    match slabs.claim() {
        Some(slab) => {
            // SAFETY: the slab was claimed by this thread, and the cell is below the stride.
            unsafe { slabs.own(slab).increment(cell) };
            slabs.release(slab);
        }
        None => slabs.add_whole_shared(cell, 1),
    }
}

#[test]
fn loom_a_slab_handed_over_keeps_its_sum() {
    model(|| {
        // One slab beside the shared one, so that two threads fight for it or follow each other.
        let slabs = Arc::new(Slabs::new(2, 2).unwrap());
        let other = slabs.clone();
        let thread = thread::spawn(move || record_once(&other, CellIndex(0)));
        record_once(&slabs, CellIndex(0));
        thread.join().unwrap();
        assert_eq!(slabs.fold_whole(slabs.in_use(), CellIndex(0)), 2);
    });
}

#[test]
fn loom_a_claimed_slab_has_one_owner() {
    model(|| {
        let slabs = Arc::new(Slabs::new(3, 2).unwrap());
        let other = slabs.clone();
        let thread = thread::spawn(move || other.claim());
        let (ours, theirs) = (slabs.claim(), thread.join().unwrap());
        assert!(ours.is_some() && theirs.is_some());
        assert_ne!(ours, theirs);
    });
}

#[test]
fn loom_a_slab_is_free_only_after_its_last_lease() {
    model(|| {
        let slabs = Arc::new(Slabs::new(2, 2).unwrap());
        let slab = slabs.claim().unwrap();
        slabs.hold(slab);
        slabs.release(slab);
        let other = slabs.clone();
        let thread = thread::spawn(move || other.claim());
        // SAFETY: the second lease is alive, so the slab is still this thread's.
        unsafe { slabs.own(slab).increment(CellIndex(0)) };
        slabs.release(slab);
        if let Some(slab) = thread.join().unwrap() {
            // SAFETY: claimed by a thread that has ended and handed it to this one.
            unsafe { slabs.own(slab).increment(CellIndex(0)) };
            assert_eq!(slabs.fold_whole(slabs.in_use(), CellIndex(0)), 2);
        }
    });
}

/// A reader that reads marked groups only, as the publisher's does.
struct MarkReader<'a> {
    slabs: &'a Slabs,
    value: u64,
}

impl MarkReader<'_> {
    fn read(&mut self) -> u64 {
        let in_use = self.slabs.in_use();
        if self.slabs.take_marks(in_use, 0).0 != 0 {
            let value = self.slabs.fold_whole(self.slabs.touched(0), CellIndex(0));
            assert!(value >= self.value, "a counter fell from {} to {value}", self.value);
            self.value = value;
        }
        self.value
    }
}

#[test]
fn loom_a_reader_of_marks_misses_nothing_of_an_owned_slab() {
    model(|| {
        let slabs = Arc::new(Slabs::new(2, 2).unwrap());
        let writer = slabs.clone();
        let thread = thread::spawn(move || {
            let slab = writer.claim().unwrap();
            for _ in 0..2 {
                // SAFETY: claimed by this thread.
                unsafe { writer.own(slab).increment(CellIndex(0)) };
            }
        });
        let mut reader = MarkReader { slabs: &slabs, value: 0 };
        reader.read();
        reader.read();
        thread.join().unwrap();
        assert_eq!(reader.read(), 2);
    });
}

#[test]
fn loom_a_reader_of_marks_misses_nothing_of_the_shared_slab() {
    model(|| {
        let slabs = Arc::new(Slabs::new(1, 2).unwrap());
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let slabs = slabs.clone();
                thread::spawn(move || slabs.add_whole_shared(CellIndex(0), 1))
            })
            .collect();
        let mut reader = MarkReader { slabs: &slabs, value: 0 };
        reader.read();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(reader.read(), 2);
    });
}

#[test]
fn loom_in_flight_is_never_below_zero_nor_above_what_was_started() {
    model(|| {
        let slabs = Arc::new(Slabs::new(3, 2).unwrap());
        let starter = slabs.clone();
        let thread = thread::spawn(move || {
            let slab = starter.claim().unwrap();
            // SAFETY: claimed by this thread.
            unsafe { starter.own(slab).step(CellIndex(0), CellIndex(0)) };
            let ender = starter.clone();
            // The guard moves to another thread, which ends it in its own slab.
            let end = thread::spawn(move || {
                let slab = ender.claim().unwrap();
                // SAFETY: claimed by this thread.
                unsafe { ender.own(slab).step(CellIndex(0), CellIndex(1)) };
            });
            end.join().unwrap();
        });
        let ends = || slabs.fold_whole(slabs.in_use(), CellIndex(1));
        let before = ends();
        let in_flight = slabs.fold_in_flight(CellIndex(0));
        // One was started at most; after its end was seen nothing is in flight.
        assert!(in_flight <= 1 - before);
        thread.join().unwrap();
        assert_eq!(slabs.fold_in_flight(CellIndex(0)), 0);
        assert_eq!(slabs.fold_whole(slabs.in_use(), CellIndex(0)), ends());
    });
}

fn table(series: u32) -> (Arc<Table>, FamilyIndex) {
    let table =
        Table::new(1, TableCapacity { series, cells: 16, widest: 1, values: 8, label_bytes: 64, families: 1 }).unwrap();
    let family = table.next_family(FamilyCapacity { width: 1, labels: 1, series, label_bytes: 64 }).unwrap();
    (Arc::new(table), family)
}

fn add(table: &Table, family: FamilyIndex, value: &str) -> Result<CellIndex, RejectReason> {
    table.find_or_add(family, table.family_hash(family), &[value])
}

/// What one value of up to two bytes takes in the arena.
const SHORT_BYTES: usize = 4;

#[test]
fn loom_two_threads_that_add_the_same_key_get_one_series() {
    model(|| {
        let (table, family) = table(2);
        let other = table.clone();
        let thread = thread::spawn(move || add(&other, family, "a"));
        let ours = add(&table, family, "a").unwrap();
        let theirs = thread.join().unwrap().unwrap();
        assert_eq!(ours, theirs);
        // The loser's text and record are back: the text of one value is used, and a second series still fits.
        assert_eq!(table.memory()[3], SHORT_BYTES);
        let ready = (0..table.series_high()).map(SeriesIndex).filter(|series| table.shown(*series).is_some()).count();
        assert_eq!(ready, 1);
        assert_ne!(add(&table, family, "b").unwrap(), ours);
        assert_eq!(add(&table, family, "c"), Err(RejectReason::FamilyFull));
    });
}

/// Also of a thread that is put to sleep anywhere in the middle, as in some of these interleavings one is until the other
/// has its answer.
#[test]
fn loom_the_last_place_is_had_by_all_who_ask_for_the_same_key() {
    model(|| {
        let (table, family) = table(1);
        let other = table.clone();
        let thread = thread::spawn(move || add(&other, family, "a"));
        let ours = add(&table, family, "a");
        let theirs = thread.join().unwrap();
        assert!(ours.is_ok() && ours == theirs, "{ours:?} {theirs:?}");
        assert_eq!(table.series(), 1);
    });
}

#[test]
fn loom_two_threads_that_add_different_keys_get_two_series() {
    model(|| {
        let (table, family) = table(2);
        let other = table.clone();
        let thread = thread::spawn(move || add(&other, family, "a").unwrap());
        let b = add(&table, family, "b").unwrap();
        let a = thread.join().unwrap();
        assert_ne!(a, b);
        assert_eq!((add(&table, family, "a").unwrap(), add(&table, family, "b").unwrap()), (a, b));
        assert_eq!(add(&table, family, "c"), Err(RejectReason::FamilyFull));
        assert_eq!(table.series(), 2);
        assert_eq!(table.memory()[3], 2 * SHORT_BYTES);
    });
}

#[test]
fn loom_a_full_table_takes_one_of_two() {
    model(|| {
        let (table, family) = table(1);
        let other = table.clone();
        let thread = thread::spawn(move || add(&other, family, "a"));
        let (ours, theirs) = (add(&table, family, "b"), thread.join().unwrap());
        assert!(ours.is_ok() != theirs.is_ok(), "{ours:?} {theirs:?}");
        assert_eq!(table.series(), 1);
        // The text of whoever was on its way while there was a place is kept, and no later one's.
        let text = table.memory()[3];
        assert!(text == SHORT_BYTES || text == 2 * SHORT_BYTES, "{text}");
        assert_eq!(add(&table, family, "c"), Err(RejectReason::FamilyFull));
        assert_eq!(table.memory()[3], text);
    });
}

#[test]
fn loom_ids_of_the_same_text_are_the_same() {
    model(|| {
        let (table, _) = table(1);
        let other = table.clone();
        let thread = thread::spawn(move || other.id("ab").unwrap());
        let ours = table.id("ab").unwrap();
        assert_eq!(ours, thread.join().unwrap());
        assert_eq!(table.memory()[3], SHORT_BYTES);
    });
}

#[test]
fn loom_a_walking_reader_sees_complete_records_only() {
    model(|| {
        let (table, family) = table(1);
        let other = table.clone();
        let thread = thread::spawn(move || add(&other, family, "a").unwrap());
        for series in (0..table.series_high()).map(SeriesIndex) {
            if let Some((seen, _)) = table.shown(series) {
                assert_eq!(seen, family);
                assert_eq!(*table.series_value(series, 0), *b"a");
            }
        }
        thread.join().unwrap();
        assert_eq!(*table.series_value(SeriesIndex(0), 0), *b"a");
    });
}

/// A page's content, watched by loom: writing while somebody reads is an error.
struct Content(loom::cell::UnsafeCell<u64>);

impl Content {
    fn read(&self) -> u64 {
        // SAFETY: loom checks that nobody writes meanwhile.
        self.0.with(|content| unsafe { *content })
    }
}

#[test]
fn loom_a_page_is_not_written_while_it_is_held() {
    model(|| {
        let first = crate::sync::Arc::new(Content(loom::cell::UnsafeCell::new(0)));
        let published = Arc::new(Published::new(first));
        let mut recycler = Recycler::new(&published);
        let readers = published.clone();
        let thread = thread::spawn(move || {
            let first = readers.load();
            let before = first.read();
            let second = readers.load().read();
            assert!(second >= before, "an older page was published");
            assert_eq!(first.read(), before, "a page changed while it was held");
        });
        for number in 1..=3 {
            let wrote = recycler.publish(
                &published,
                || Content(loom::cell::UnsafeCell::new(0)),
                |content| {
                    // SAFETY: loom checks that nobody reads meanwhile.
                    content.0.with_mut(|content| unsafe { *content = number });
                    Ok(())
                },
            );
            wrote.unwrap();
        }
        thread.join().unwrap();
        assert_eq!(published.load().read(), 3);
        assert!(recycler.len() <= 4 && recycler.held().count() <= 2);
    });
}
