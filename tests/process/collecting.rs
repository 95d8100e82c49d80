//! Promise: no collector holds up a page, however it misbehaves. One that does not come back counts as failed, its families
//! go, what it brings too late is not shown, and stopping does not wait for it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use openclaw_prometheus::encode::Format;
use openclaw_prometheus::publish::{Coding, Collect, CollectError, CollectorStatus, Pages, Publisher, Ticker};
use openclaw_prometheus::{Counter, ManualClock, MetricKind, Registry, SnapshotFamily, SystemClock};
use support::deadline::until;
use support::this_process::threads_named;

use crate::alone;

const SECOND: Duration = Duration::from_secs(1);

/// Where a collector stands still while it is shut.
#[derive(Default)]
struct Gate {
    is_shut: Mutex<bool>,
    opened: Condvar,
    /// How often somebody came here, and how often somebody went on.
    came: AtomicU64,
    left: AtomicU64,
}

impl Gate {
    fn shut(&self, is_shut: bool) {
        *self.is_shut.lock().unwrap() = is_shut;
        self.opened.notify_all();
    }

    fn pass(&self) {
        self.came.fetch_add(1, Ordering::SeqCst);
        let is_shut = self.is_shut.lock().unwrap();
        drop(self.opened.wait_while(is_shut, |is_shut| *is_shut).unwrap());
        self.left.fetch_add(1, Ordering::SeqCst);
    }
}

/// A collector whose inside is a closure.
struct By<F>(&'static str, F);

impl<F: FnMut() -> Result<(), CollectError> + Send> Collect for By<F> {
    fn name(&self) -> &str {
        self.0
    }

    fn collect(&mut self) -> Result<(), CollectError> {
        (self.1)()
    }
}

/// A registry with a counter, and a publisher whose time stands still until it is told to move.
struct Lab {
    calls: Counter,
    agents: SnapshotFamily<1>,
    clock: Arc<ManualClock>,
    publisher: Publisher,
}

impl Lab {
    fn new(interval: Duration) -> Self {
        let registry = Registry::builder().series(64).build().unwrap();
        let calls = registry.counter("calls_total", "").register().unwrap();
        let agents = registry.snapshot("agents", "", MetricKind::Gauge).labels(["state"]).register().unwrap();
        let clock = Arc::new(ManualClock::new());
        let publisher = Publisher::new(&registry, interval, clock.clone()).unwrap();
        Self { calls, agents, clock, publisher }
    }

    fn collect(&mut self, name: &'static str, act: impl FnMut() -> Result<(), CollectError> + Send + 'static) {
        self.publisher.collect(Box::new(By(name, act)));
    }

    fn tick_after(&mut self, time: Duration) {
        self.clock.advance(time);
        self.publisher.tick();
    }

    fn text(&self) -> String {
        text(&self.publisher.pages())
    }

    fn status(&self, index: usize) -> CollectorStatus {
        self.publisher.pages().collectors().all()[index].last()
    }
}

fn text(pages: &Pages) -> String {
    String::from_utf8(pages.current().to_vec()).unwrap()
}

/// Opens gates whatever becomes of the test, so that a thread that waits there ends.
struct Opens(Arc<Gate>);

impl Drop for Opens {
    fn drop(&mut self) {
        self.0.shut(false);
    }
}

fn shut_gate() -> (Arc<Gate>, Opens) {
    let gate = Arc::new(Gate::default());
    gate.shut(true);
    (gate.clone(), Opens(gate))
}

#[test]
fn pages_go_on_while_a_collector_hangs_on_its_first_call() {
    let _alone = alone();
    let (gate, _opens) = shut_gate();
    let mut lab = Lab::new(SECOND);
    let others = Arc::new(AtomicU64::new(0));
    let (at, other) = (gate.clone(), others.clone());
    lab.collect("hangs", move || {
        at.pass();
        Ok(())
    });
    lab.collect("works", move || {
        other.fetch_add(1, Ordering::SeqCst);
        Ok(())
    });
    let Lab { calls, clock, publisher, .. } = lab;
    let ticker = publisher.start().unwrap();
    let pages = ticker.pages();
    for round in 1..=5 {
        calls.inc();
        until("a page with what was recorded since", || {
            clock.advance(SECOND);
            text(&pages).contains(&format!("calls_total {round}\n"))
        });
    }
    assert_eq!(gate.came.load(Ordering::SeqCst), 1, "it is not called again before it has come back");
    assert!(others.load(Ordering::SeqCst) >= 5, "the others collect on");
    until("it to count as failed", || {
        clock.advance(SECOND);
        pages.collectors().all()[0].last().failures == 1
    });
    assert_eq!(pages.collectors().all()[1].last().failures, 0);
}

#[test]
fn stop_leaves_a_collector_that_hangs_behind() {
    let _alone = alone();
    let (gate, opens) = shut_gate();
    let registry = Registry::builder().series(64).build().unwrap();
    let start = || {
        let mut publisher = Publisher::new(&registry, Duration::from_millis(10), SystemClock::new()).unwrap();
        let at = gate.clone();
        publisher.collect(Box::new(By("hangs", move || {
            at.pass();
            Ok(())
        })));
        publisher.start().unwrap()
    };
    // Once in its time, once when it is known to hang; dropping is stopping.
    let ends: [(fn(Ticker), u64); 2] = [(Ticker::stop, 0), (drop, 1)];
    for (end, failures) in ends {
        let came = gate.came.load(Ordering::SeqCst);
        let ticker = start();
        until("it to hang", || {
            gate.came.load(Ordering::SeqCst) > came && ticker.pages().collectors().all()[0].last().failures >= failures
        });
        let before = Instant::now();
        end(ticker);
        assert!(before.elapsed() < SECOND * 3, "took {:?}", before.elapsed());
        assert_eq!(threads_named("ocp-render"), 0);
    }
    // Another may start, and what was left behind ends when it can.
    start().stop();
    drop(opens);
    until("its threads to end", || threads_named("ocp-collect") == 0);
}

/// What a page says of agents.
fn agents(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.starts_with("agents{")).collect()
}

/// A collector of `lab` that counts its calls, stands before `gate`, and then brings the count. Its calls.
fn counts_at_gate(lab: &mut Lab, gate: &Arc<Gate>) -> Arc<AtomicU64> {
    let calls = Arc::new(AtomicU64::new(0));
    let (agents, gate, counted) = (lab.agents.clone(), gate.clone(), calls.clone());
    lab.collect("agents", move || {
        let call = counted.fetch_add(1, Ordering::SeqCst) + 1;
        gate.pass();
        agents.replace([(["busy"], call as f64)]);
        Ok(())
    });
    calls
}

#[test]
fn the_families_of_one_that_hangs_keep_their_values_for_an_interval_and_what_it_brings_late_is_discarded() {
    let _alone = alone();
    let gate = Arc::new(Gate::default());
    let _opens = Opens(gate.clone());
    let mut lab = Lab::new(SECOND);
    let calls = counts_at_gate(&mut lab, &gate);
    lab.tick_after(SECOND);
    assert_eq!(agents(&lab.text()), ["agents{state=\"busy\"} 1"]);
    gate.shut(true);
    lab.tick_after(SECOND);
    let status = lab.status(0);
    assert_eq!((status.tries, status.failures, status.hanging_since), (1, 0, None), "it has its second yet");
    lab.tick_after(SECOND);
    let status = lab.status(0);
    assert_eq!((status.tries, status.failures, status.hanging_since), (2, 1, Some(SECOND * 2)));
    assert_eq!(status.error.as_deref(), Some("has not come back within 1 s; what it brings later is discarded"));
    assert_eq!(agents(&lab.text()), ["agents{state=\"busy\"} 1"], "kept for one more interval");
    lab.tick_after(SECOND);
    assert_eq!(agents(&lab.text()), [""; 0], "and then gone");
    lab.tick_after(SECOND * 10);
    assert_eq!((calls.load(Ordering::SeqCst), lab.status(0).failures), (2, 1), "it is not called while it hangs");
    assert_eq!(lab.agents.rejected(), 0);
    gate.shut(false);
    until("it to come back", || lab.status(0).hanging_since.is_none());
    assert_eq!(lab.agents.rejected(), 1, "the row that it brought late");
    assert!(lab.status(0).error.is_some(), "until it succeeds");
    lab.tick_after(SECOND);
    assert_eq!(agents(&lab.text()), ["agents{state=\"busy\"} 3"]);
    let status = lab.status(0);
    assert_eq!((status.tries, status.failures, status.error, status.hanging_since), (3, 1, None, None));
}

#[test]
fn a_family_belongs_to_the_collector_that_replaced_it_last() {
    let _alone = alone();
    let gate = Arc::new(Gate::default());
    let _opens = Opens(gate.clone());
    let mut lab = Lab::new(SECOND);
    counts_at_gate(&mut lab, &gate);
    lab.tick_after(SECOND);
    gate.shut(true);
    lab.tick_after(SECOND);
    lab.agents.replace([(["idle"], 9.0)]);
    (0..5).for_each(|_| lab.tick_after(SECOND));
    assert_eq!(agents(&lab.text()), ["agents{state=\"idle\"} 9"], "what the host put there is the host's");
}

#[test]
fn one_that_hangs_within_a_snapshot_holds_up_nobody() {
    let _alone = alone();
    let (gate, _opens) = shut_gate();
    let mut lab = Lab::new(SECOND);
    let (agents_family, at) = (lab.agents.clone(), gate.clone());
    lab.collect("agents", move || {
        agents_family.replace(["a", "b"].into_iter().map(|state| {
            at.pass();
            ([state], 1.0)
        }));
        Ok(())
    });
    for round in 1..=4 {
        lab.calls.inc();
        lab.tick_after(SECOND);
        assert!(lab.text().contains(&format!("calls_total {round}\n")));
    }
    assert_eq!((lab.status(0).failures, agents(&lab.text())), (1, vec![]));
    // Others may replace it meanwhile.
    lab.agents.replace([(["c"], 2.0)]);
    gate.shut(false);
    until("it to come back", || lab.status(0).hanging_since.is_none());
    lab.clock.advance(SECOND / 10);
    assert_eq!((lab.agents.rejected(), lab.status(0).failures), (2, 1));
    lab.tick_after(SECOND);
    assert_eq!(agents(&lab.text()), ["agents{state=\"a\"} 1", "agents{state=\"b\"} 1"]);
}

#[test]
fn one_that_is_slow_by_turns_fails_by_turns() {
    let _alone = alone();
    let gate = Arc::new(Gate::default());
    let _opens = Opens(gate.clone());
    let mut lab = Lab::new(SECOND);
    let calls = counts_at_gate(&mut lab, &gate);
    for turn in 1..=3 {
        lab.tick_after(SECOND);
        let (call, status) = (calls.load(Ordering::SeqCst), lab.status(0));
        assert_eq!((status.failures, status.error), (turn - 1, None));
        assert_eq!(agents(&lab.text()), [format!("agents{{state=\"busy\"}} {call}")]);
        gate.shut(true);
        lab.tick_after(SECOND);
        lab.tick_after(SECOND);
        assert_eq!(lab.status(0).failures, turn);
        assert_eq!(agents(&lab.text()), [format!("agents{{state=\"busy\"}} {call}")], "not even an interval late");
        gate.shut(false);
        until("it to come back", || lab.status(0).hanging_since.is_none());
    }
}

#[test]
fn a_collector_may_have_a_deadline_of_its_own() {
    struct Patient(Arc<Gate>);
    impl Collect for Patient {
        fn name(&self) -> &str {
            "patient"
        }

        fn collect(&mut self) -> Result<(), CollectError> {
            self.0.pass();
            Ok(())
        }

        fn deadline(&self) -> Option<Duration> {
            Some(SECOND * 3)
        }
    }
    let _alone = alone();
    let (gate, _opens) = shut_gate();
    let mut lab = Lab::new(SECOND);
    lab.publisher.collect(Box::new(Patient(gate.clone())));
    let failures: Vec<u64> = (0..5)
        .map(|_| {
            lab.tick_after(SECOND);
            lab.status(0).failures
        })
        .collect();
    assert_eq!(failures, [0, 0, 0, 1, 1]);
}

#[test]
fn a_deadline_that_passes_between_rounds_is_noticed_when_it_does() {
    let _alone = alone();
    let (gate, _opens) = shut_gate();
    let registry = Registry::builder().series(64).build().unwrap();
    // On demand there is no next round before somebody asks.
    let mut publisher = Publisher::new(&registry, Duration::ZERO, SystemClock::new()).unwrap();
    let at = gate.clone();
    publisher.collect(Box::new(By("hangs", move || {
        at.pass();
        Ok(())
    })));
    let ticker = publisher.start().unwrap();
    let pages = ticker.pages();
    let status = || pages.collectors().all()[0].last();
    let before = Instant::now();
    pages.fresh(Format::Text, Coding::Identity).wait();
    assert!(before.elapsed() < SECOND, "a page waits a moment, not for the deadline: {:?}", before.elapsed());
    assert_eq!(status().failures, 0);
    until("it to count as failed", || status().failures == 1);
    assert!((SECOND..SECOND * 4).contains(&before.elapsed()), "{:?}", before.elapsed());
    pages.fresh(Format::Text, Coding::Identity).wait();
}

#[test]
fn one_that_panics_is_tried_again_ever_more_rarely_and_loses_its_series() {
    let _alone = alone();
    let mut lab = Lab::new(SECOND);
    let is_armed = Arc::new(AtomicBool::new(false));
    let (agents_family, armed) = (lab.agents.clone(), is_armed.clone());
    lab.collect("bomb", move || {
        assert!(!armed.load(Ordering::SeqCst), "armed");
        agents_family.replace([(["busy"], 1.0)]);
        Ok(())
    });
    lab.tick_after(SECOND);
    is_armed.store(true, Ordering::SeqCst);
    let mut tries = Vec::new();
    for second in 2..=20 {
        let before = lab.status(0).failures;
        lab.tick_after(SECOND);
        if lab.status(0).failures > before {
            tries.push(second);
        }
        let kept: &[&str] = if second < 3 { &["agents{state=\"busy\"} 1"] } else { &[] };
        assert_eq!(agents(&lab.text()), kept, "at {second} s");
    }
    assert_eq!(tries, [2, 4, 8, 16]);
    assert_eq!(lab.status(0).error.as_deref(), Some("panicked: armed; it is tried again in 16 s"));
    // Once it has come back it is tried as before.
    is_armed.store(false, Ordering::SeqCst);
    (0..15).for_each(|_| lab.tick_after(SECOND));
    let status = lab.status(0);
    assert_eq!((status.error, status.failures), (None, 4));
    assert_eq!(agents(&lab.text()), ["agents{state=\"busy\"} 1"]);
    is_armed.store(true, Ordering::SeqCst);
    lab.tick_after(SECOND);
    assert_eq!(lab.status(0).error.as_deref(), Some("panicked: armed; it is tried again in 2 s"));
    // However long it goes on, it is tried every five minutes.
    (0..20).for_each(|_| lab.tick_after(SECOND * 1_000));
    assert_eq!(lab.status(0).error.as_deref(), Some("panicked: armed; it is tried again in 300 s"));
    assert_eq!(threads_named("ocp-collect"), 1);
}

#[test]
fn there_is_a_thread_for_each_collector_at_most_and_none_is_left() {
    let _alone = alone();
    let (gate, opens) = shut_gate();
    let mut lab = Lab::new(SECOND);
    for _ in 0..4 {
        let at = gate.clone();
        lab.collect("hangs", move || {
            at.pass();
            Ok(())
        });
        lab.collect("quick", || Ok(()));
    }
    assert_eq!(threads_named("ocp-collect"), 0, "none before the first round");
    (0..10).for_each(|_| lab.tick_after(SECOND));
    assert_eq!(threads_named("ocp-collect"), 8);
    assert_eq!((0..8).map(|index| lab.status(index).tries).collect::<Vec<_>>(), [1, 10, 1, 10, 1, 10, 1, 10]);
    drop(lab);
    until("those that are quick to be gone", || threads_named("ocp-collect") == 4);
    drop(opens);
    until("the others to be gone", || threads_named("ocp-collect") == 0);
}
