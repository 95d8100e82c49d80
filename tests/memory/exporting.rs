#![cfg(all(feature = "openclaw", feature = "serve", feature = "config"))]

use openclaw_prometheus::config::Config;
use openclaw_prometheus::exporter::{Exporter, History};
use openclaw_prometheus::openclaw::rpc::Rpc;
use openclaw_prometheus::openclaw::{OpenClaw, seeded_series};
use openclaw_prometheus::publish::Shortage;
use openclaw_prometheus::{Registry, SystemClock};
use support::answers::Answer;

use crate::refuse_each;

#[test]
fn an_exporter_without_memory_is_an_error_or_lacks_its_first_page() {
    let config = Config::from_json5("{ maxSeries: 100, includeRuntime: false }").unwrap();
    let points = refuse_each(
        "putting an exporter together",
        || {
            let builder = Registry::builder().series(100).reserved_series(seeded_series());
            let registry = builder.rejections_family(Some("openclaw_metrics_refused_total")).build().unwrap();
            let openclaw = OpenClaw::new(&registry).unwrap();
            let rpc = Rpc::new(&registry, SystemClock::new()).unwrap();
            (registry, openclaw, rpc)
        },
        |(registry, openclaw, rpc)| {
            let (registry, openclaw, rpc) = (registry.clone(), openclaw.clone(), rpc.clone());
            Exporter::again(registry, openclaw, rpc, History::default(), &config, SystemClock::new())
        },
        |_, outcome, is_refused| match outcome {
            Err(error) => {
                assert!(is_refused);
                let sentence = error.to_string();
                assert!(sentence.contains("memory"), "{sentence}");
            }
            Ok(mut exporter) => {
                let pages = exporter.publisher.pages();
                let lacked: u64 = Shortage::ALL.iter().map(|of| pages.shortages(*of)).sum();
                assert_eq!(lacked > 0, is_refused);
                exporter.publisher.tick();
                exporter.publisher.tick();
                assert_eq!(Answer::get(&exporter.site, "/metrics").status, 200);
                let page = String::from_utf8(pages.current().to_vec()).unwrap();
                let told =
                    format!("openclaw_metrics_shortages_total{{what=\"page\"}} {}\n", pages.shortages(Shortage::Page));
                assert!(page.contains(&told), "{told}");
            }
        },
    );
    assert!(points >= 20, "{points}");
}
