//! Names, good and bad.

use super::*;
use crate::exposition::parse;

/// The rules that a page breaks, in order.
fn rules(page: &str, format: Format) -> Vec<&'static str> {
    let page = parse(page, format);
    assert_eq!(page.faults, []);
    check(&page).iter().map(|problem| problem.rule).collect()
}

#[test]
fn names_of_a_type_break_the_rules_they_break() {
    for (name, kind, rules_broken) in [
        ("requests_total", "counter", &[][..]),
        ("requests", "counter", &["counter-without-total"]),
        ("requests_total", "gauge", &["total-not-counter"]),
        ("requests_total", "untyped", &[]),
        ("requests_bucket", "gauge", &["reserved-suffix"]),
        ("requests_count", "gauge", &["reserved-suffix"]),
        ("requests_sum", "gauge", &["reserved-suffix"]),
        ("requests_count", "untyped", &[]),
        ("requests_counted", "gauge", &[]),
        ("size_bytes", "gauge", &[]),
        ("size_kilobytes", "gauge", &["unit-not-base"]),
        ("size_mebibytes", "gauge", &["unit-not-base"]),
        ("size_mibibytes", "gauge", &["unit-not-base"]),
        ("size_bits", "gauge", &["unit-not-base"]),
        ("delay_milliseconds", "gauge", &["unit-not-base"]),
        ("delay_minutes_total", "counter", &["unit-not-base"]),
        ("thermometers", "gauge", &[]),
        ("height_kilometers", "gauge", &["unit-not-base"]),
        ("heat_fahrenheit", "gauge", &["unit-not-base"]),
        ("delay_ms", "gauge", &["unit-abbreviated"]),
        ("delay_s_total", "counter", &["unit-abbreviated"]),
        ("size_MB", "gauge", &["unit-abbreviated"]),
        ("ms", "gauge", &[]),
        ("requests_gauge", "gauge", &["type-in-name"]),
        ("requests_counter_total", "counter", &["type-in-name"]),
        ("gauges", "gauge", &[]),
        ("gauge_of_heat", "gauge", &[]),
        ("job:requests", "gauge", &["colon-in-name"]),
        ("queueSize", "gauge", &["camel-case-name"]),
        ("HTTP_size", "gauge", &[]),
    ] {
        let page = format!("# HELP {name} Help.\n# TYPE {name} {kind}\n{name} 1\n");
        assert_eq!(rules(&page, Format::Text), rules_broken, "{name} {kind}");
    }
}

#[test]
fn help_and_labels_are_looked_at() {
    for (page, broken) in [
        ("# TYPE a gauge\na 1\n", &["help-missing"][..]),
        ("# HELP a\n# TYPE a gauge\na 1\n", &["help-missing"]),
        // Without samples there is nothing to say.
        ("# TYPE a gauge\n", &[]),
        ("# HELP a b\n# TYPE a gauge\na{le=\"1\"} 1\na{le=\"2\"} 1\n", &["reserved-label"]),
        ("# HELP a b\n# TYPE a gauge\na{quantile=\"1\"} 1\n", &["reserved-label"]),
        ("# HELP a b\n# TYPE a untyped\na{le=\"1\"} 1\n", &[]),
        ("# HELP a b\n# TYPE a gauge\na{queueName=\"1\"} 1\na{queueName=\"2\"} 1\n", &["camel-case-label"]),
    ] {
        assert_eq!(rules(page, Format::Text), broken, "{page:?}");
    }
}

#[test]
fn openmetrics_names_are_judged_with_the_suffixes_of_their_samples() {
    for (page, broken) in [
        ("# HELP a b\n# TYPE a counter\na_total 1\n# EOF\n", &[][..]),
        ("# HELP a_ms b\n# TYPE a_ms counter\na_ms_total 1\n# EOF\n", &["unit-abbreviated"]),
        ("# HELP a b\n# TYPE a info\na_info 1\n# EOF\n", &[]),
        ("# HELP a_total b\n# TYPE a_total gauge\na_total 1\n# EOF\n", &["total-not-counter"]),
    ] {
        assert_eq!(rules(page, Format::OpenMetrics), broken, "{page:?}");
    }
}

#[test]
fn official_names_that_stay_are_notes() {
    let page = "# HELP openclaw_worker_count Workers.\n# TYPE openclaw_worker_count gauge\nopenclaw_worker_count 1\n";
    let problems = check(&parse(page, Format::Text));
    assert_eq!(problems.len(), 1);
    assert_eq!((problems[0].severity, problems[0].rule), (Severity::Note, "reserved-suffix"));
    let problems = check(&parse(&page.replace("openclaw_", "other_"), Format::Text));
    assert_eq!((problems[0].severity, problems[0].rule), (Severity::Warning, "reserved-suffix"));
}

#[test]
fn a_family_with_many_series_names_the_label_that_makes_them() {
    let page = |series: usize| {
        let lines = (0..series).map(|number| format!("a{{few=\"{}\",many=\"{number}\"}} 1\n", number % 3));
        format!("# HELP a b\n# TYPE a gauge\n{}", lines.collect::<String>())
    };
    assert_eq!(rules(&page(MANY_SERIES), Format::Text), [""; 0]);
    let page = page(MANY_SERIES + 1);
    let problems = check(&parse(&page, Format::Text));
    assert_eq!(problems[0].message, "1001 series; label `many` has most values: 1001");
}

#[test]
fn a_label_on_every_series_belongs_to_the_scraper() {
    let page = |last: &str| {
        format!("# HELP a b\na{{instance=\"x\",c=\"d\"}} 1\n# HELP b b\nb{{instance=\"x\"}} 1\n# HELP e b\ne{last} 1\n")
    };
    let common = page("{instance=\"x\"}");
    let problems = check(&parse(&common, Format::Text));
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].message.starts_with("instance=\"x\" is on all 3 series"), "{problems:?}");
    for other in ["", "{instance=\"y\"}"] {
        assert_eq!(rules(&page(other), Format::Text), [""; 0]);
    }
}
