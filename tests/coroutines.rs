//! Recording from `may` coroutines that change threads between two additions (feature `may`).
#![cfg(feature = "may")]

use openclaw_prometheus::{Bounds, Registry, testing};

const COROUTINES: u64 = 64;
const STEPS: u64 = 2_000;

#[test]
fn a_coroutine_that_changes_threads_loses_nothing() {
    may::config().set_workers(4);
    let registry = Registry::builder().slabs(4).build().unwrap();
    let calls = registry.counter("calls_total", "Calls.").labels(["model"]).register().unwrap();
    let held = registry.counter("held_total", "Held.").register().unwrap();
    let seconds = registry.histogram("call_seconds", "Length.", Bounds::seconds()).register().unwrap();
    let in_flight = registry.in_flight("in_flight", "Going on.").register().unwrap();
    let threads = std::sync::Arc::new(std::sync::Mutex::new(std::collections::HashSet::new()));
    let migrations = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    // A ring: each coroutine waits for the one before it, and is woken on the thread where that one runs.
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..COROUTINES).map(|_| may::sync::mpsc::channel::<()>()).unzip();
    let first = senders.clone();
    let handles: Vec<_> = receivers
        .into_iter()
        .enumerate()
        .map(|(number, receiver)| {
            let next = senders[(number + 1) % senders.len()].clone();
            let (calls, held, seconds, in_flight) = (calls.clone(), held.clone(), seconds.clone(), in_flight.clone());
            let (threads, migrations) = (threads.clone(), migrations.clone());
            let work = move || {
                let mut last = thread_of_now();
                for step in 0..STEPS {
                    let _guard = in_flight.enter();
                    calls.with([if step % 2 == 0 { "a" } else { "b" }]).inc();
                    receiver.recv().expect("the ring goes on");
                    // The last one to end sends to nobody.
                    let _ = next.send(());
                    let now = thread_of_now();
                    if now != last {
                        migrations.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        last = now;
                    }
                    held.inc();
                    // Made after the switch: bound to nothing that the coroutine could leave behind.
                    held.local().inc();
                    seconds.observe(0.5);
                }
                threads.lock().unwrap().insert(thread_of_now());
            };
            // SAFETY: the closure keeps no reference to a thread-local across a switch, and its stack use is small.
            unsafe { may::coroutine::spawn(work) }
        })
        .collect();
    // Several tokens, so that several coroutines run at the same time.
    first.iter().step_by(8).for_each(|sender| sender.send(()).expect("all are waiting"));
    // Plain threads record into their own slabs meanwhile.
    let plain: Vec<_> = (0..4)
        .map(|_| {
            let held = held.clone();
            std::thread::spawn(move || (0..STEPS).for_each(|_| held.inc()))
        })
        .collect();
    handles.into_iter().for_each(|handle| handle.join().unwrap());
    plain.into_iter().for_each(|thread| thread.join().unwrap());
    let total = COROUTINES * STEPS;
    let value = |family: &str, labels: &[(&str, &str)]| testing::value(&registry, family, labels).unwrap();
    assert_eq!(value("calls_total", &[("model", "a")]) + value("calls_total", &[("model", "b")]), total as f64);
    assert_eq!(value("held_total", &[]), (2 * total + 4 * STEPS) as f64);
    assert_eq!(value("call_seconds", &[]), total as f64);
    assert_eq!(testing::sum(&registry, "call_seconds", &[]), Some(total as f64 * 0.5));
    assert_eq!(value("in_flight", &[]), 0.0);
    // Otherwise nothing was shown.
    assert!(migrations.load(std::sync::atomic::Ordering::Relaxed) > 0, "no coroutine changed its thread");
}

/// Which thread runs this now. Never inlined: the answer must not be kept across a switch.
#[inline(never)]
fn thread_of_now() -> std::thread::ThreadId {
    std::thread::current().id()
}
