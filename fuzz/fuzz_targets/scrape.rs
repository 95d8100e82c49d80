//! Whatever the bytes: what `probe` says that each Prometheus makes of them is in itself consistent, and a comment behind a
//! page of text changes nothing.
#![no_main]

use openclaw_prometheus_cli::exposition::{Format, Severity};
use openclaw_prometheus_cli::scraper::{Release, Scrape, scrape};
use libfuzzer_sys::fuzz_target;

/// Some time in 2023, in milliseconds.
const NOW: i64 = 1_700_000_000_000;

fuzz_target!(|body: &[u8]| {
    for release in Release::ALL {
        for format in Format::ALL {
            let scraped = scrape(body, Some(format.info().media_type), release, NOW);
            assert_consistent(body, &scraped);
            let has_comments = format == Format::Text && body.ends_with(b"\n") && !body.contains(&0);
            // A quote that is open would swallow it.
            if has_comments && scraped.is_up {
                let commented = [body, b"# x\n"].concat();
                assert_eq!(scrape(&commented, Some(format.info().media_type), release, NOW), scraped);
            }
        }
    }
});

fn assert_consistent(body: &[u8], scraped: &Scrape) {
    let lines = body.split(|byte| *byte == b'\n').count();
    assert!(scraped.problems.iter().all(|problem| problem.line.is_none_or(|line| (1..=lines).contains(&line))));
    assert!(scraped.stored <= scraped.scraped);
    assert!(scraped.is_up || scraped.stored == 0);
    let has_errors = scraped.problems.iter().any(|problem| problem.severity == Severity::Error);
    assert!(has_errors || scraped.is_up && scraped.stored == scraped.scraped);
}
