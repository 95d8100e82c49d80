//! Lines of a recording, whatever they hold: nothing panics, what is shown is a legal exposition, every label value is one
//! that the policy lets through or a word of the catalogue, and the registry stays within its bounds.
#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use openclaw_prometheus::openclaw::{Line, OpenClaw, policy, seeded_series};
use openclaw_prometheus::{Registry, encode};

/// Series beside those that are there from the start: few, so that rejections are a part of it.
const SERIES: u32 = 60;

thread_local! {
    /// One gateway over many inputs, as the memo of texts is a part of it too.
    static GATEWAY: RefCell<(Registry, OpenClaw, u32)> = RefCell::new(gateway());
}

fn gateway() -> (Registry, OpenClaw, u32) {
    let registry = Registry::builder().seed(1).series(SERIES).reserved_series(seeded_series()).slabs(1).build().expect("in range");
    let openclaw = OpenClaw::new(&registry).expect("room for what is there from the start");
    (registry, openclaw, 0)
}

fuzz_target!(|bytes: &[u8]| {
    GATEWAY.with_borrow_mut(|gateway| {
        if gateway.2 == 200 {
            *gateway = self::gateway();
        }
        let (registry, openclaw, inputs) = gateway;
        *inputs += 1;
        let mut is_recorded = false;
        for text in String::from_utf8_lossy(bytes).lines() {
            // The line as it is, and as the event that the host vouches for.
            let vouched = format!(r#"{{"event":{text},"metadata":{{"trusted":true}}}}"#);
            for text in [text, &vouched] {
                if let Ok(line) = Line::parse(text) {
                    openclaw.observe(&line.event, line.metadata);
                    is_recorded = true;
                }
            }
        }
        if is_recorded {
            check(registry);
        }
    });
});

fn check(registry: &Registry) {
    let families = support::exposition::parse(&encode::text(registry)).expect("text 0.0.4");
    for sample in families.values().flat_map(|family| &family.samples) {
        assert!(!sample.number().is_nan() && sample.number() >= 0.0, "{sample:?}");
        for (label, value) in &sample.labels {
            let is_shown = policy::shown(value) == Some(value);
            assert!(is_shown || label == "le", "{sample:?}");
        }
    }
    let memory = registry.memory();
    assert!(memory.series <= memory.series_bound && memory.label_bytes <= memory.label_bytes_bound, "{memory:?}");
}
