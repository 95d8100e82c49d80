//! What the corpus cannot say: which line, which moment, and how much of it. The verdicts are those of the two themselves.

use super::*;

/// Some time in 2023.
const NOW: i64 = 1_700_000_000_000;

fn text(page: &str, release: Release) -> Scrape {
    scrape(page.as_bytes(), Some("text/plain"), release, NOW)
}

/// `line rule: message` of each problem.
fn told(scrape: &Scrape) -> Vec<String> {
    let line = |problem: &Problem| problem.line.map_or("-".into(), |line| line.to_string());
    let told = scrape.problems.iter().map(|problem| format!("{} {}: {}", line(problem), problem.rule, problem.message));
    told.collect()
}

#[test]
fn every_refused_line_is_told_and_the_first_ends_the_count() {
    let scrape = text("a 1\nb x\nc 2\nd{e=\"f\n", Release::V3);
    assert_eq!((scrape.is_up, scrape.scraped, scrape.stored), (false, 1, 0));
    assert_eq!(
        told(&scrape),
        [
            "2 refused: expected a value such as 1, 2.5e-3, NaN or +Inf, found \"x\"",
            "4 refused: expected a label's value in quotes, found \"\\\"f\"",
        ]
    );
}

#[test]
fn the_line_of_a_sample_is_where_it_begins() {
    let scrape = text("a{b=\"1\n2\n3\"} 1\na 1\na 2\n", Release::V3);
    assert_eq!((scrape.scraped, scrape.stored), (3, 2));
    assert_eq!(
        told(&scrape),
        ["5 series-twice: this sample is lost: the same series is on line 4, and that sample stays"]
    );
}

#[test]
fn a_page_without_its_end_is_refused_on_its_last_line() {
    for (page, line) in [("", 1), ("a 1\n", 1), ("a 1\nb 1\n", 2)] {
        let scrape = scrape(page.as_bytes(), Some("application/openmetrics-text"), Release::V2, NOW);
        assert_eq!(
            told(&scrape),
            [format!("{line} refused: expected `# EOF` as the last line, found the end of the page")]
        );
    }
}

#[test]
fn a_sample_may_be_an_hour_old_and_ten_minutes_ahead() {
    let hour = 60 * 60 * 1000;
    for (offset, is_stored) in [(-hour, true), (-hour - 1, false), (hour / 6, true), (hour / 6 + 1, false)] {
        for release in Release::ALL {
            let scrape = text(&format!("a 1 {}\n", NOW + offset), release);
            assert_eq!((scrape.is_up, scrape.stored), (true, usize::from(is_stored)), "{offset}");
        }
    }
    // Wherever that is.
    for timestamp in [0, 1, i64::MAX] {
        for now in [i64::MIN, 0, i64::MAX] {
            scrape(format!("a 1 {timestamp}\n").as_bytes(), Some("text/plain"), Release::V3, now);
        }
    }
}

#[test]
fn what_is_wrong_too_often_is_counted() {
    let refused = text(&"!\n".repeat(2 * REFUSED), Release::V3);
    assert_eq!((refused.is_up, refused.problems.len()), (false, REFUSED));
    let lost = text(&"a 1\n".repeat(REFUSED + 11), Release::V3);
    assert_eq!((lost.is_up, lost.scraped, lost.stored), (true, REFUSED + 11, 1));
    assert_eq!(told(&lost).pop().expect("some"), "- samples-lost: 10 more samples are lost");
}

#[test]
fn blanks_before_a_name_are_told_once() {
    let scrape = text(" a 1\n b 2\n{\"c\"} 3\n", Release::V3);
    assert_eq!((scrape.is_up, scrape.scraped, scrape.stored), (true, 3, 3));
    assert_eq!(
        told(&scrape),
        ["1 name-with-blanks: to Prometheus 3 the blanks before the name are a part of it: \" a\""]
    );
    assert_eq!(told(&text(" a 1\n", Release::V2)), ["1 refused: expected a metric name, found \" a\""]);
}

#[test]
fn a_page_of_an_unknown_kind_is_told_what_else_is_wrong() {
    let scrape = scrape(b"a 1\n\n# EOF\n", Some("application/json"), Release::V3, NOW);
    assert_eq!((scrape.is_up, scrape.scraped), (false, 0));
    let rules: Vec<_> = scrape.problems.iter().map(|problem| (problem.line, problem.rule)).collect();
    assert_eq!(rules, [(None, "content-type-unknown"), (Some(2), "refused")]);
}
