//! The label table against a HashMap: whatever is recorded under whatever labels, by text or by id, every accepted
//! observation is in its own series, every rejected one is counted, and capacities hold.
#![no_main]

use std::collections::HashMap;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use openclaw_prometheus::{CounterFamily, Registry, testing};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    seed: u64,
    series: u8,
    label_bytes: u8,
    steps: Vec<Step<'a>>,
}

#[derive(Debug, Arbitrary)]
struct Step<'a> {
    has_two_labels: bool,
    has_ids: bool,
    first: &'a str,
    second: &'a str,
}

fuzz_target!(|input: Input<'_>| {
    let registry = Registry::builder()
        .seed(input.seed)
        .series(u32::from(input.series) % 24 + 1)
        .label_bytes(u32::from(input.label_bytes) * 4 + 16)
        .slabs(1)
        .families(4)
        .build()
        .expect("capacities in range");
    let one: CounterFamily<1> = registry.counter("one_total", "One.").labels(["a"]).register().expect("legal");
    let two: CounterFamily<2> = registry.counter("two_total", "Two.").labels(["a", "b"]).register().expect("legal");
    let mut model: HashMap<(bool, &str, &str), u64> = HashMap::new();
    let mut attempts = 0;
    for Step { has_two_labels, has_ids, first, second } in &input.steps {
        let (first, second) = (&first[..floor(first)], &second[..floor(second)]);
        let before = rejected(&registry);
        match (has_two_labels, has_ids) {
            (false, false) => one.with([first]).inc(),
            (true, false) => two.with([first, second]).inc(),
            (_, true) => {
                let (Ok(a), Ok(b)) = (registry.intern(first), registry.intern(second)) else { continue };
                if *has_two_labels { two.with_ids([a, b]).inc() } else { one.with_ids([a]).inc() }
            }
        }
        attempts += 1;
        if rejected(&registry) == before {
            *model.entry((*has_two_labels, first, if *has_two_labels { second } else { "" })).or_default() += 1;
        }
    }
    let memory = registry.memory();
    assert!(model.len() as u32 <= memory.series_bound);
    assert!(memory.label_bytes <= memory.label_bytes_bound);
    assert_eq!(model.values().sum::<u64>() + rejected(&registry), attempts);
    for ((has_two_labels, first, second), count) in model {
        let value = match has_two_labels {
            true => testing::value(&registry, "two_total", &[("a", first), ("b", second)]),
            false => testing::value(&registry, "one_total", &[("a", first)]),
        };
        assert_eq!(value, Some(count as f64), "{first:?} {second:?}");
    }
});

/// Where a text may be cut so that values stay short and repeat.
fn floor(text: &str) -> usize {
    (0..=text.len().min(6)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn rejected(registry: &Registry) -> u64 {
    registry.rejected().iter().map(|(_, _, count)| count).sum()
}
