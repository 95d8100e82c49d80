//! A slab has one writer, whatever a thread does at its end.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex, PoisonError, mpsc};

use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::{Counter, InFlight, InFlightGuard, LocalCounter, Registry, testing};

use super::{assert_lines, publisher, scaled};

/// What the destructor of a thread-local of a test records with.
#[derive(Default)]
struct AtTheEnd {
    bound: RefCell<Option<LocalCounter>>,
    held: RefCell<Option<Counter>>,
    guard: Cell<Option<InFlightGuard<'static>>>,
    /// Where it meets another thread before it records.
    meeting: Cell<Option<Arc<Barrier>>>,
}

/// Long enough for two threads that write to one slab to get in each other's way.
const AT_THE_END: u64 = scaled(2_000_000);

thread_local! {
    static AT_THE_END_OF_THIS_THREAD: AtTheEnd = AtTheEnd::default();
}

impl Drop for AtTheEnd {
    fn drop(&mut self) {
        if let Some(meeting) = self.meeting.take() {
            meeting.wait();
        }
        if let Some(counter) = self.bound.get_mut() {
            (0..AT_THE_END).for_each(|_| counter.inc());
        }
        if let Some(counter) = self.held.get_mut() {
            (0..AT_THE_END / 2).for_each(|_| counter.inc());
            // A thread-bound handle made when the lease may be gone.
            let local = counter.local();
            (0..AT_THE_END / 2).for_each(|_| local.inc());
        }
        drop(self.guard.take());
    }
}

/// Runs `work` in `count` threads, `width` of them at a time, each to the end of its thread-locals.
fn in_threads(count: u64, width: u64, work: impl Fn(u64) + Sync) {
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..width {
            scope.spawn(|| {
                loop {
                    let thread = next.fetch_add(1, Ordering::Relaxed);
                    if thread >= count {
                        return;
                    }
                    std::thread::scope(|inner| inner.spawn(|| work(thread)).join().unwrap());
                }
            });
        }
    });
}

/// A thread that records in the destructor of a thread-local, with what `keep` puts there, while another records for
/// the first time: with 2 slabs there is one to own, and a slab given up too early has two writers.
#[track_caller]
fn beside_a_thread_that_ends(keep: impl Fn(&AtTheEnd, &Counter) + Sync) {
    for slabs in [1, 2, 32] {
        let registry = Registry::builder().slabs(slabs).build().unwrap();
        let counter = registry.counter("whole_total", "").register().unwrap();
        let mut publisher = publisher(&registry);
        let rounds = 10;
        for round in 0..rounds {
            let meeting = Arc::new(Barrier::new(2));
            std::thread::scope(|scope| {
                let ending = scope.spawn(|| {
                    // Thread-locals are destroyed in an order that depends on who came first: ours or the library's.
                    if round % 2 == 0 {
                        AT_THE_END_OF_THIS_THREAD.with(|_| ());
                    }
                    counter.inc();
                    AT_THE_END_OF_THIS_THREAD.with(|end| {
                        keep(end, &counter);
                        end.meeting.set(Some(meeting.clone()));
                    });
                });
                let other = scope.spawn(|| {
                    meeting.wait();
                    (0..AT_THE_END).for_each(|_| counter.inc());
                });
                ending.join().unwrap();
                other.join().unwrap();
            });
        }
        assert_lines(&registry, &mut publisher, &[format!("whole_total {}", rounds * (1 + 2 * AT_THE_END))]);
    }
}

#[test]
fn a_thread_bound_handle_that_outlives_the_thread_local_keeps_its_slab() {
    beside_a_thread_that_ends(|end, counter| *end.bound.borrow_mut() = Some(counter.local()));
}

#[test]
fn what_is_recorded_after_the_lease_is_gone_counts() {
    beside_a_thread_that_ends(|end, counter| *end.held.borrow_mut() = Some(counter.clone()));
}

#[test]
fn a_thread_keeps_its_slab_when_a_thread_bound_handle_goes() {
    let registry = Registry::builder().slabs(2).build().unwrap();
    let counter = registry.counter("whole_total", "").register().unwrap();
    let mut publisher = publisher(&registry);
    for _ in 0..10 {
        let meeting = Barrier::new(2);
        std::thread::scope(|scope| {
            let first = scope.spawn(|| {
                let (one, other) = (counter.local(), counter.local());
                drop(one);
                meeting.wait();
                (0..AT_THE_END).for_each(|_| other.inc());
                drop(other);
                (0..AT_THE_END).for_each(|_| counter.inc());
            });
            let second = scope.spawn(|| {
                meeting.wait();
                (0..2 * AT_THE_END).for_each(|_| counter.inc());
            });
            first.join().unwrap();
            second.join().unwrap();
        });
    }
    assert_lines(&registry, &mut publisher, &[format!("whole_total {}", 10 * 4 * AT_THE_END)]);
}

#[test]
fn slabs_come_back_when_their_threads_end() {
    let registry = Registry::builder().slabs(64).build().unwrap();
    let counter = registry.counter("whole_total", "").register().unwrap();
    // One after the other: each claims the lowest free slab, so a second one is used only if the first stayed away.
    in_threads(100, 1, |thread| {
        if thread % 2 == 0 {
            AT_THE_END_OF_THIS_THREAD.with(|_| ());
        }
        let first = counter.local();
        let second = counter.local();
        first.inc();
        drop(first);
        counter.inc();
        AT_THE_END_OF_THIS_THREAD.with(|end| *end.bound.borrow_mut() = Some(second));
    });
    assert_eq!(testing::value(&registry, "whole_total", &[]), Some(100.0 * (2 + AT_THE_END) as f64));
    assert_eq!(registry.memory().slabs, 2, "the shared slab and one");
}

#[test]
fn one_thread_records_exactly_in_ten_registries() {
    let registries: Vec<(Registry, Counter)> = (0..10)
        .map(|_| {
            let registry = Registry::builder().series(16).slabs(4).build().unwrap();
            let counter = registry.counter("whole_total", "").register().unwrap();
            (registry, counter)
        })
        .collect();
    let mut publishers: Vec<Publisher> = registries.iter().map(|(registry, _)| publisher(registry)).collect();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let bound: Vec<LocalCounter> = registries.iter().map(|(_, counter)| counter.local()).collect();
                for _ in 0..1000 {
                    for (number, (_, counter)) in registries.iter().enumerate() {
                        counter.add(number as u64);
                        bound[number].inc();
                    }
                }
            });
        }
    });
    for (number, ((registry, _), publisher)) in registries.iter().zip(&mut publishers).enumerate() {
        assert_lines(registry, publisher, &[format!("whole_total {}", 6000 * (number + 1))]);
    }
}

#[test]
fn a_thread_outlives_the_registries_it_records_in() {
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let kept = Registry::builder().series(16).slabs(4).build().unwrap();
                let kept_counter = kept.counter("whole_total", "").register().unwrap();
                let mut orphan: Option<Counter> = None;
                for round in 0..200u64 {
                    kept_counter.inc();
                    let registry = Registry::builder().series(16).slabs(4).build().unwrap();
                    let counter = registry.counter("whole_total", "").register().unwrap();
                    counter.add(round);
                    assert_eq!(testing::value(&registry, "whole_total", &[]), Some(round as f64));
                    drop(registry);
                    // The handle goes on alone, together with the one before.
                    counter.inc();
                    orphan.replace(counter).iter().for_each(|before| before.inc());
                }
                assert_eq!(testing::value(&kept, "whole_total", &[]), Some(200.0));
            });
        }
    });
}

#[test]
fn a_registry_may_go_while_its_threads_record() {
    for _ in 0..50 {
        let (started, waiting) = (Barrier::new(4), Barrier::new(4));
        std::thread::scope(|scope| {
            let registry = Registry::builder().series(16).slabs(3).build().unwrap();
            let counter = registry.counter("whole_total", "").register().unwrap();
            for _ in 0..3 {
                let counter = counter.clone();
                let (started, waiting) = (&started, &waiting);
                scope.spawn(move || {
                    counter.inc();
                    started.wait();
                    (0..100).for_each(|_| counter.inc());
                    waiting.wait();
                    // The last handle to go takes the memory along, in whichever thread that is.
                    counter.local().inc();
                });
            }
            drop(counter);
            started.wait();
            drop(registry);
            waiting.wait();
        });
    }
}

#[test]
fn a_handle_that_moves_between_threads_loses_nothing() {
    let registry = Registry::builder().slabs(4).build().unwrap();
    let counter = registry.counter("whole_total", "").register().unwrap();
    let mut publisher = publisher(&registry);
    let (sender, receiver) = mpsc::channel();
    let receiver = Mutex::new(receiver);
    for _ in 0..8 {
        sender.send((counter.clone(), 0)).unwrap();
    }
    let done = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while done.load(Ordering::Relaxed) < 8 {
                    let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).try_recv();
                    let Ok((handle, round)) = next else {
                        std::thread::yield_now();
                        continue;
                    };
                    handle.add(round);
                    if round == 500 {
                        done.fetch_add(1, Ordering::Relaxed);
                    } else {
                        sender.send((handle, round + 1)).unwrap();
                    }
                }
            });
        }
    });
    assert_lines(&registry, &mut publisher, &[format!("whole_total {}", 8 * (500 * 501 / 2))]);
}

#[test]
fn a_guard_dropped_in_another_thread_ends_what_it_started() {
    for slabs in [1, 2, 32] {
        let registry = Registry::builder().slabs(slabs).build().unwrap();
        let in_flight = registry.in_flight("running", "").register().unwrap();
        let mut publisher = publisher(&registry);
        std::thread::scope(|scope| {
            let (sender, receiver) = mpsc::sync_channel::<Vec<InFlightGuard<'_>>>(4);
            scope.spawn(move || receiver.iter().for_each(drop));
            for _ in 0..4 {
                let (sender, in_flight) = (sender.clone(), &in_flight);
                scope.spawn(move || {
                    for _ in 0..200 {
                        sender.send((0..10).map(|_| in_flight.enter()).collect()).unwrap();
                    }
                });
            }
        });
        assert_lines(&registry, &mut publisher, &["running 0".to_owned()]);
        let held: Vec<_> = (0..7).map(|_| in_flight.enter()).collect();
        assert_lines(&registry, &mut publisher, &["running 7".to_owned()]);
        std::thread::scope(|scope| scope.spawn(move || drop(held)).join().unwrap());
        assert_lines(&registry, &mut publisher, &["running 0".to_owned()]);
    }
}

#[test]
fn a_guard_kept_by_a_thread_local_ends_with_its_thread() {
    let registry = Registry::builder().slabs(4).build().unwrap();
    let in_flight: &'static InFlight = Box::leak(Box::new(registry.in_flight("running", "").register().unwrap()));
    let mut publisher = publisher(&registry);
    in_threads(100, 4, |thread| {
        if thread % 2 == 0 {
            AT_THE_END_OF_THIS_THREAD.with(|_| ());
        }
        let guard = in_flight.enter();
        AT_THE_END_OF_THIS_THREAD.with(|end| end.guard.set(Some(guard)));
    });
    assert_lines(&registry, &mut publisher, &["running 0".to_owned()]);
}
