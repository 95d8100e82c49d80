//! Promise: a creation time is never too late, too early by one render at most, and never changes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openclaw_prometheus::internals::Reading;
use openclaw_prometheus::{Bounds, Clock, ManualClock, MetricKind, Registry, RegistryBuilder, encode};

const BUILT: Duration = Duration::from_millis(1_700_000_000_123);

fn builder(clock: impl Clock + 'static) -> RegistryBuilder {
    Registry::builder().rejections_family(None).created_times(true).clock(clock)
}

#[track_caller]
fn assert_text(registry: &Registry, expected: &str) {
    assert_eq!(encode::open_metrics(registry), format!("{expected}# EOF\n"));
}

#[test]
fn counters_and_histograms_tell_when_they_were_created_behind_their_other_lines() {
    openclaw_prometheus::label_enum! { enum Lane("lane") { Main = "main", None = "" } }
    let clock = Arc::new(ManualClock::at(BUILT));
    let registry = builder(clock.clone()).build().unwrap();
    registry.counter("a_total", "").register().unwrap().add(5);
    let cost = registry.counter_f64("b", "").labels(["x", "y"]).register().unwrap();
    cost.with(["\"\\\n", "1"]).add(0.5);
    registry.counter("c_total", "").closed::<Lane>().register().unwrap();
    let wait = registry.histogram("d", "", Bounds::new(&[1.0]).unwrap()).labels(["x"]).register().unwrap();
    wait.with(["1"]).observe(0.5);
    registry.gauge("e", "").register().unwrap().set(1.0);
    registry.in_flight("f", "").register().unwrap();
    registry.snapshot("g_total", "", MetricKind::CounterF64).register().unwrap().replace([([], 1.0)]);
    clock.advance(Duration::from_millis(5_000));
    let a = "# TYPE a counter\na_total 5\na_created 1700000000.123\n";
    let b = "b_total{x=\"\\\"\\\\\\n\",y=\"1\"} 0.5\nb_created{x=\"\\\"\\\\\\n\",y=\"1\"} 1700000000.123\n";
    let c = "# TYPE c counter\n\
         c_total 0\n\
         c_created 1700000000.123\n\
         c_total{lane=\"main\"} 0\n\
         c_created{lane=\"main\"} 1700000000.123\n";
    let d = "d_bucket{x=\"1\",le=\"1.0\"} 1\n\
         d_bucket{x=\"1\",le=\"+Inf\"} 1\n\
         d_sum{x=\"1\"} 0.5\n\
         d_count{x=\"1\"} 1\n\
         d_created{x=\"1\"} 1700000000.123\n";
    let rest = "# TYPE e gauge\ne 1\n# TYPE f gauge\nf 0\n# TYPE g counter\ng_total 1\n";
    assert_text(&registry, &format!("{a}# TYPE b counter\n{b}{c}# TYPE d histogram\n{d}{rest}"));
    let text = encode::text(&registry);
    assert!(!text.contains("_created"), "{text}");

    // Series that the next render finds were created after the render at 5 s, whatever the time is now. What had a time keeps it.
    cost.with(["0", ""]).add(1.0);
    wait.with(["2"]).observe(2.0);
    registry.counter("h_total", "").register().unwrap();
    clock.advance(Duration::from_millis(60_877));
    let b = format!("{b}b_total{{x=\"0\"}} 1\nb_created{{x=\"0\"}} 1700000005.123\n");
    let d = format!(
        "{d}d_bucket{{x=\"2\",le=\"1.0\"}} 0\n\
         d_bucket{{x=\"2\",le=\"+Inf\"}} 1\n\
         d_sum{{x=\"2\"}} 2\n\
         d_count{{x=\"2\"}} 1\n\
         d_created{{x=\"2\"}} 1700000005.123\n"
    );
    let h = "# TYPE h counter\nh_total 0\nh_created 1700000005.123\n";
    assert_text(&registry, &format!("{a}# TYPE b counter\n{b}{c}# TYPE d histogram\n{d}{rest}{h}"));
    // A reading before a second has passed: all digits are there.
    registry.counter("i_total", "").register().unwrap();
    assert!(encode::open_metrics(&registry).ends_with("i_total 0\ni_created 1700000066.000\n# EOF\n"));
}

#[test]
fn without_the_switch_there_are_no_creation_times_and_no_memory_for_them() {
    let registry = Registry::builder().clock(ManualClock::at(BUILT)).build().unwrap();
    registry.counter("a_total", "").labels(["x"]).register().unwrap().with(["1"]).inc();
    assert!(!encode::open_metrics(&registry).contains("_created"));
    let memory = registry.memory();
    assert_eq!((memory.created_bytes_bound, memory.created_bytes), (0, 0));

    let registry = Registry::builder().series(1000).created_times(true).build().unwrap();
    let family = registry.counter("a_total", "").labels(["x"]).register().unwrap();
    (0..10).for_each(|value| family.with([&value.to_string()]).inc());
    let memory = registry.memory();
    // 64 more than there may be series: for those on their way.
    assert_eq!((memory.created_bytes_bound, memory.created_bytes), (8 * (memory.series_bound as usize + 64), 80));
}

/// The creation time of every series, by its first label.
fn times(reading: &Reading<'_>) -> BTreeMap<String, Duration> {
    let mut times = BTreeMap::new();
    for block in reading.order() {
        let block = reading.block(*block);
        for place in 0..block.len() {
            let name = format!("{} {}", reading.family(block).1.name(), reading.label(block, place, 0));
            assert!(times.insert(name, reading.created(block, place).expect("kept")).is_none());
        }
    }
    times
}

#[test]
fn a_creation_time_stays_while_blocks_split_and_readers_come_and_go() {
    let clock = Arc::new(ManualClock::at(BUILT));
    let registry = builder(clock.clone()).build().unwrap();
    let calls = registry.counter("calls_total", "").labels(["n"]).register().unwrap();
    let wait = registry.histogram("wait", "", Bounds::seconds()).labels(["n"]).register().unwrap();
    let mut expected = BTreeMap::new();
    let mut last_render = BUILT;
    let mut reader = registry.reader().unwrap();
    // In an order that has nothing to do with theirs, so that series move in their blocks and to others.
    for step in 0..1500u64 {
        let value = format!("{:04}", step * 1597 % 1500);
        calls.with([&value]).inc();
        expected.insert(format!("calls_total {value}"), last_render);
        if step % 5 == 0 {
            wait.with([&value]).observe(1.0);
            expected.insert(format!("wait {value}"), last_render);
        }
        if step % 83 == 0 {
            clock.advance(Duration::from_millis(step));
            last_render = clock.unix();
            match step % 3 {
                0 => assert_eq!(times(&reader.read()), expected, "after {step}"),
                1 => assert_eq!(times(&registry.reader_once().read()), expected, "after {step}"),
                _ => {
                    drop(reader);
                    reader = registry.reader().unwrap();
                    assert_eq!(times(&reader.read()), expected, "after {step}");
                }
            }
        }
    }
    assert!(reader.read().block_count() > 10, "blocks were split");
}

/// A clock whose time of day somebody sets.
#[derive(Clone)]
struct SetClock(Arc<Mutex<Duration>>);

impl Clock for SetClock {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    fn unix(&self) -> Duration {
        *self.0.lock().unwrap()
    }
}

#[test]
fn nothing_is_created_in_the_future_where_the_time_of_day_was_set_back() {
    let clock = SetClock(Arc::new(Mutex::new(BUILT)));
    let registry = builder(clock.clone()).build().unwrap();
    let hour = Duration::from_secs(3600);
    *clock.0.lock().unwrap() = BUILT - hour;
    registry.counter("a_total", "").register().unwrap();
    assert_text(&registry, "# TYPE a counter\na_total 0\na_created 1699996400.123\n");
    *clock.0.lock().unwrap() = BUILT + hour;
    registry.counter("b_total", "").register().unwrap();
    assert_text(
        &registry,
        "# TYPE a counter\na_total 0\na_created 1699996400.123\n# TYPE b counter\nb_total 0\nb_created 1699996400.123\n",
    );
}

#[test]
fn the_system_clock_tells_the_time_of_day() {
    let registry = Registry::builder().rejections_family(None).created_times(true).build().unwrap();
    let before = openclaw_prometheus::SystemClock::new().unix();
    assert!(before > Duration::from_secs(1_700_000_000));
    registry.counter("a_total", "").register().unwrap();
    drop(encode::open_metrics(&registry));
    registry.counter("b_total", "").register().unwrap();
    let text = encode::open_metrics(&registry);
    let time = text.lines().find_map(|line| line.strip_prefix("b_created ")).unwrap();
    let after = openclaw_prometheus::SystemClock::new().unix();
    let time: f64 = time.parse().unwrap();
    assert!((before.as_secs_f64() - 0.001..=after.as_secs_f64()).contains(&time), "{before:?} {time} {after:?}");
}
