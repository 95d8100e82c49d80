//! What is rejected is counted, visible, and costs nothing; slow readers cost freshness.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use openclaw_prometheus::encode::Format;
use openclaw_prometheus::publish::{Coding, Page, Publisher, TakenPage};
use openclaw_prometheus::serve::{RequestHead, Site, respond};
use openclaw_prometheus::{Bounds, MAX_VALUE_BYTES, Registry, encode, testing};

use super::{publisher, random_text, rejected, scaled};

#[test]
fn what_was_rejected_is_in_the_text_by_family_and_reason() {
    let registry = Registry::builder().series(5).build().unwrap();
    let calls = registry.counter("calls_total", "").labels(["a"]).series(1).register().unwrap();
    let seconds = registry.histogram("seconds", "", Bounds::seconds()).register().unwrap();
    let others = registry.gauge("others", "").labels(["a"]).register().unwrap();
    let none = "# HELP metrics_refused_total Observations that were rejected, by family and reason.\n\
                # TYPE metrics_refused_total counter\n";
    let mut publisher = publisher(&registry);
    let page = |publisher: &mut Publisher| {
        publisher.tick();
        String::from_utf8(publisher.pages().current().to_vec()).unwrap()
    };
    assert!(page(&mut publisher).contains(none));
    assert!(!page(&mut publisher).contains("metrics_refused_total{"));
    for value in ["one", "two", "three"] {
        calls.with([value]).inc();
    }
    for value in ["one", "two", "three", "four", "five", "six"] {
        others.with([value]).set(1.0);
    }
    calls.with(["one"]).add(u64::MAX);
    seconds.observe(-1.0);
    seconds.observe(f64::NAN);
    let rejected = "metrics_refused_total{family=\"calls_total\",reason=\"bad_amount\"} 1\n\
                   metrics_refused_total{family=\"calls_total\",reason=\"family_full\"} 2\n\
                   metrics_refused_total{family=\"others\",reason=\"table_full\"} 2\n\
                   metrics_refused_total{family=\"seconds\",reason=\"bad_amount\"} 2\n";
    testing::compare(&registry, &format!("{none}{rejected}")).unwrap();
    assert!(page(&mut publisher).contains(&format!("{none}{rejected}")));
    let told: Vec<u64> = registry.rejected().iter().map(|(_, _, count)| *count).collect();
    assert_eq!(told.iter().sum::<u64>(), 7);
}

#[test]
fn every_rejection_is_visible_however_few_series_a_family_may_have() {
    for registry in [Registry::builder().series(3).build(), Registry::builder().family_series(3).build()] {
        let registry = registry.unwrap();
        for number in 0..10 {
            registry.counter(&format!("c{number}_total"), "").register().unwrap().add(u64::MAX);
        }
        assert_eq!(registry.rejected().len(), 10);
        let shown = encode::text(&registry).lines().filter(|line| line.starts_with("metrics_refused_total{")).count();
        assert_eq!(shown, 10);
    }
}

#[test]
fn the_family_that_shows_rejections_can_be_named_and_left_out() {
    let bad = |name: Option<&str>| {
        let registry = Registry::builder().rejections_family(name).build().unwrap();
        registry.counter("calls_total", "").register().unwrap().add(u64::MAX);
        (encode::text(&registry), registry.rejected().len())
    };
    let (text, count) = bad(Some("my_rejections_total"));
    assert!(text.contains("my_rejections_total{family=\"calls_total\",reason=\"bad_amount\"} 1\n"), "{text}");
    assert!(!text.contains("metrics_refused_total"));
    assert_eq!(count, 1);
    assert_eq!(bad(None), ("# TYPE calls_total counter\ncalls_total 0\n".into(), 1));
}

#[test]
fn memory_stands_still_over_a_million_rejections() {
    let registry = Registry::builder().series(200).label_bytes(16 << 10).slabs(4).build().unwrap();
    let narrow = registry.counter("narrow_total", "").labels(["a"]).series(10).register().unwrap();
    let hungry = registry.counter("hungry_total", "").labels(["a", "b"]).series(100).register().unwrap();
    let wide = registry.histogram("wide_seconds", "", Bounds::seconds()).labels(["a"]).register().unwrap();
    let overflowing = registry.counter("overflowing_total", "").labels(["a"]).series(5).overflow().register().unwrap();
    let values: Vec<String> = (0..4096).map(|number| random_text(number, number as usize % 200)).collect();
    let too_long = "x".repeat(MAX_VALUE_BYTES + 1);
    let attempt = |number: u64| {
        let value = &values[number as usize % values.len()];
        let other = &values[(number * 31) as usize % values.len()];
        narrow.with([value]).inc();
        hungry.with([value, other]).inc();
        wide.with([other]).observe(1.0);
        overflowing.with([value]).inc();
        wide.with([&too_long]).observe(1.0);
    };
    let check = |memory: openclaw_prometheus::Memory| {
        assert!(memory.cell_bytes <= memory.cell_bytes_bound, "{memory:?}");
        assert!(memory.table_bytes <= memory.table_bytes_bound, "{memory:?}");
        assert!(memory.label_bytes <= memory.label_bytes_bound, "{memory:?}");
        assert!(memory.series <= memory.series_bound && memory.cells <= memory.cells_bound, "{memory:?}");
        assert!(memory.slabs <= memory.slabs_bound && memory.families <= memory.families_bound, "{memory:?}");
    };
    for number in 0..20_000 {
        attempt(number);
        if number % 100 == 0 {
            check(registry.memory());
        }
    }
    let (full, live) = (registry.memory(), support::allocator::live_bytes());
    assert_eq!((full.series, full.series_bound), (200, 200), "the table is full");
    let rejected_before: u64 = registry.rejected().iter().map(|(_, _, count)| count).sum();
    let attempts = scaled(1_000_000) / 4;
    let calls = support::allocator::calls(|| (20_000..20_000 + attempts).for_each(attempt));
    assert_eq!(calls, 0);
    assert_eq!(registry.memory(), full);
    assert_eq!(support::allocator::live_bytes(), live);
    let rejected: u64 = registry.rejected().iter().map(|(_, _, count)| count).sum::<u64>() - rejected_before;
    assert!(rejected >= attempts * 4, "{rejected} of {} attempts were rejected", attempts * 5);
    // Nor does a reader that looks meanwhile: the second reading has nothing new to keep.
    let mut reader = registry.reader().unwrap();
    assert!(reader.read().render() == 1 && reader.read().render() == 2);
    let live = support::allocator::live_bytes();
    (0..10_000).for_each(attempt);
    assert!(reader.read().render() == 3);
    // The family that shows rejections has new rows, of the same number.
    assert!(support::allocator::live_bytes() - live < 4096, "{}", support::allocator::live_bytes() - live);
}

#[test]
fn an_overflow_series_keeps_the_sum_of_its_family_exact() {
    const THREADS: u64 = 4;
    let registry = Registry::builder().series(20).slabs(3).build().unwrap();
    let calls = registry.counter("calls_total", "").labels(["a", "b"]).series(5).overflow().register().unwrap();
    let costs = registry.counter_f64("cost_total", "").labels(["a"]).series(5).overflow().register().unwrap();
    let seconds =
        registry.histogram("seconds", "", Bounds::seconds()).labels(["a"]).series(2).overflow().register().unwrap();
    let running = registry.in_flight("running", "").labels(["a"]).series(1).overflow().register().unwrap();
    let attempts = scaled(400_000);
    let accepted = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (calls, costs, seconds, running, accepted) = (&calls, &costs, &seconds, &running, &accepted);
            scope.spawn(move || {
                for number in 0..attempts / THREADS {
                    let value = (number * (thread + 1) % 40).to_string();
                    calls.with([&value, "b"]).add(number % 5);
                    costs.with([&value]).add(0.25);
                    seconds.with([&value]).observe(0.5);
                    drop(running.with([&value]).enter());
                    accepted.fetch_add(number % 5, Ordering::Relaxed);
                }
            });
        }
    });
    let families = support::exposition::parse(&encode::text(&registry)).unwrap();
    let sum = |family: &str, name: &str| -> f64 {
        families[family]
            .samples
            .iter()
            .filter(|sample| sample.name == name)
            .map(support::exposition::Sample::number)
            .sum()
    };
    assert_eq!(sum("calls_total", "calls_total"), accepted.load(Ordering::Relaxed) as f64);
    assert_eq!(sum("cost_total", "cost_total"), attempts as f64 / 4.0);
    assert_eq!(sum("seconds", "seconds_count"), attempts as f64);
    assert_eq!(sum("seconds", "seconds_sum"), attempts as f64 / 2.0);
    assert_eq!(sum("running", "running"), 0.0);
    for family in ["calls_total", "cost_total", "seconds", "running"] {
        let overflow = families[family].samples.iter().find(|sample| sample.label("a") == Some("overflow"));
        assert!(overflow.is_some(), "{family} shows its overflow series");
        let count: u64 =
            rejected(&registry).iter().filter(|(name, ..)| name == family).map(|(_, _, count)| count).sum();
        assert!(
            count > attempts / 2,
            "{family}: what went to the overflow series was rejected and is counted: {count}"
        );
    }
    // Every label of it says so.
    assert!(testing::value(&registry, "calls_total", &[("a", "overflow"), ("b", "overflow")]).is_some());
}

#[test]
fn a_label_value_that_says_overflow_does_not_write_a_line_twice() {
    let registry = Registry::builder().build().unwrap();
    let calls = registry.counter("calls_total", "").labels(["a"]).series(2).overflow().register().unwrap();
    // A client chooses the value.
    calls.with(["overflow"]).inc();
    calls.with(["other"]).inc();
    calls.with(["one too many"]).inc();
    support::exposition::parse(&encode::text(&registry)).unwrap();
    assert_eq!(testing::value(&registry, "calls_total", &[("a", "other")]), Some(1.0));
}

#[test]
fn readers_that_keep_pages_cost_nobody_freshness_and_what_they_keep_is_known_and_bounded() {
    let registry = Registry::builder().build().unwrap();
    let counter = registry.counter("calls_total", "").register().unwrap();
    let mut publisher = publisher(&registry);
    let pages = publisher.pages();
    let text = |page: &Page| String::from_utf8(page.to_vec()).unwrap();
    let line = |page: &Page| text(page).lines().find(|line| line.starts_with("calls_total")).unwrap().to_owned();

    // Nobody reads: two pages take turns.
    for _ in 0..20 {
        counter.inc();
        publisher.tick();
    }
    assert_eq!((publisher.page_count(Format::Text), pages.in_flight_bytes()), (2, 0));

    // Thirty readers take a page each and keep it, and each gets the newest.
    let mut readers: Vec<(Arc<Page>, String)> = Vec::new();
    for count in 21..=50 {
        counter.inc();
        publisher.tick();
        let page = pages.current();
        assert_eq!(line(&page), format!("calls_total {count}"));
        let (newest, kept) = (page.memory_bytes(), readers.iter().map(|(page, _)| page.memory_bytes()));
        assert_eq!(pages.in_flight_bytes(), kept.sum::<usize>(), "the newest is nobody's burden");
        assert!(newest > 0);
        readers.push((page.clone(), text(&page)));
    }
    publisher.tick();
    for (page, before) in &readers {
        assert_eq!(text(page), *before, "a page that somebody holds stands still");
    }

    // Over the bound those who cannot be made to give up get no more, while what is published stays fresh.
    pages.bound_in_flight(readers[0].0.memory_bytes() * 4);
    counter.inc();
    publisher.tick();
    assert!(matches!(pages.take(Format::Text, Coding::Identity), TakenPage::OverBudget));
    let answer = respond(&Site::new(pages.clone()), &RequestHead::new("GET", "/metrics"));
    assert_eq!(answer.status(), 503);
    assert_eq!(line(&pages.current()), "calls_total 51");

    // All let go, and two pages are enough again.
    drop(readers);
    counter.inc();
    publisher.tick();
    assert_eq!((publisher.page_count(Format::Text), pages.in_flight_bytes()), (2, 0));
    assert!(matches!(pages.take(Format::Text, Coding::Identity), TakenPage::Ready(_)));
}
