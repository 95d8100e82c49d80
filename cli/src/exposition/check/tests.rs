//! Pages that parse, and what is found in their families.

use super::*;
use crate::exposition::parse;

/// `severity rule line` of all that is found.
fn found(page: &str, format: Format) -> Vec<String> {
    let page = parse(page, format);
    assert_eq!(page.faults, []);
    let say = |problem: &Problem| {
        format!("{} {} {}", problem.severity.word(), problem.rule, problem.line.unwrap_or_default())
    };
    check(&page).iter().map(say).collect()
}

fn text(page: &str) -> Vec<String> {
    found(page, Format::Text)
}

fn openmetrics(page: &str) -> Vec<String> {
    found(&format!("{page}# EOF\n"), Format::OpenMetrics)
}

const NOTHING: [&str; 0] = [];

#[test]
fn sound_families_have_no_findings() {
    for page in [
        "# TYPE a counter\na 1\na{b=\"c\"} 0\n",
        "# TYPE a gauge\na NaN\na{b=\"c\"} -1\n",
        "# TYPE a histogram\na_bucket{le=\"1\"} 1\na_bucket{le=\"1e+06\"} 1\na_bucket{le=\"+Inf\"} 2\na_sum -1\na_count 2\n",
        "# TYPE a histogram\na_bucket{le=\"1048576\"} 1\na_bucket{le=\"+Inf\"} 1\na_sum NaN\na_count 1\n",
        "# TYPE a summary\na{quantile=\"0.5\"} NaN\na{quantile=\"1\"} 1\na_sum 1\na_count 1\n",
        "a 1\na{b=\"c\"} 2\n",
    ] {
        assert_eq!(text(page), NOTHING, "{page:?}");
    }
    for page in [
        "# TYPE a counter\na_total 1\na_created 1\na_total{b=\"c\"} 1\na_created{b=\"c\"} 1\n",
        "# TYPE a histogram\na_bucket{le=\"1.0\"} 1\na_bucket{le=\"+Inf\"} 2\na_count 2\na_sum 1\n",
        "# TYPE a histogram\na_bucket{le=\"-1.0\"} 1\na_bucket{le=\"+Inf\"} 2\n",
        "# TYPE a gaugehistogram\na_bucket{le=\"+Inf\"} 2\na_gcount 2\na_gsum 1\n",
        "# TYPE a info\na_info{b=\"c\"} 1\na_info{b=\"d\"} 1\n",
        "# TYPE a stateset\na{a=\"x\"} 1\na{a=\"y\"} 0\n",
        "# TYPE a_s gauge\n# UNIT a_s s\na_s 1\n",
        "# TYPE a gauge\na 1 1\na 2 2\n",
    ] {
        assert_eq!(openmetrics(page), NOTHING, "{page:?}");
    }
}

#[test]
fn text_that_prometheus_misreads_is_an_error_and_other_text_a_warning() {
    for (page, finding) in [
        ("# TYPE a counter\na NaN\n", "error counter-nan 2"),
        ("# TYPE a counter\na -1\n", "error counter-negative 2"),
        ("a 1\na 1\n", "error series-twice 2"),
        ("a{b=\"c\",d=\"e\"} 1\na{d=\"e\",b=\"c\"} 1\n", "error series-twice 2"),
        ("a 1\nb 1\na{c=\"d\"} 1\n", "warning family-apart 3"),
        ("a 1\n# HELP a late\n", "warning metadata-after-samples 2"),
        ("a{__b=\"c\"} 1\n", "warning label-reserved 1"),
        ("# TYPE a summary\na 1\n", "error quantile-missing 2"),
        ("# TYPE a summary\na{quantile=\"2\"} 1\n", "error quantile-out-of-range 2"),
        ("# TYPE a summary\na{quantile=\"half\"} 1\n", "error quantile-out-of-range 2"),
        ("# TYPE a summary\na_count -1\n", "error counter-negative 2"),
    ] {
        assert_eq!(text(page), [finding], "{page:?}");
    }
}

#[test]
fn histograms_are_whole() {
    let page = |lines: &str| format!("# TYPE a histogram\n{lines}");
    for (lines, findings) in [
        ("a_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n", &["error inf-bucket-missing 2"][..]),
        ("a_sum 1\na_count 1\n", &["error inf-bucket-missing 2"]),
        ("a_bucket{le=\"1\"} 3\na_bucket{le=\"+Inf\"} 2\na_sum 1\na_count 2\n", &["error buckets-not-cumulative 3"]),
        ("a_bucket{le=\"+Inf\"} 2\na_sum 1\na_count 3\n", &["error count-not-inf-bucket 4"]),
        (
            "a_bucket{le=\"2\"} 2\na_bucket{le=\"1\"} 1\na_bucket{le=\"+Inf\"} 2\na_sum 1\na_count 2\n",
            &["warning le-not-ascending 3"],
        ),
        (
            "a_bucket{le=\"1\"} 1\na_bucket{le=\"1.0\"} 1\na_bucket{le=\"+Inf\"} 2\na_sum 1\na_count 2\n",
            &["error le-twice 3"],
        ),
        ("a_bucket{le=\"Inf\"} 1\na_sum 1\na_count 1\n", &["warning le-not-canonical 2"]),
        ("a_bucket{le=\"0.10\"} 1\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n", &["warning le-not-canonical 2"]),
        ("a_bucket 1\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n", &["error le-missing 2"]),
        ("a_bucket{le=\"x\"} 1\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n", &["error le-not-a-number 2"]),
        ("a_bucket{le=\"+Inf\"} 1\na_count 1\n", &["warning sum-missing 2"]),
        ("a_bucket{le=\"+Inf\"} 1\na_sum 1\n", &["warning count-missing 2"]),
        (
            "a_bucket{le=\"+Inf\"} 1.5\na_sum 1\na_count 1.5\n",
            &["warning count-not-whole 2", "warning count-not-whole 4"],
        ),
        ("a_bucket{le=\"+Inf\"} NaN\na_sum 1\na_count 1\n", &["error counter-nan 2", "error count-not-inf-bucket 4"]),
        // One label set is whole, the other is not.
        (
            "a_bucket{b=\"c\",le=\"+Inf\"} 1\na_sum{b=\"c\"} 1\na_count{b=\"c\"} 1\na_bucket{b=\"d\",le=\"1\"} 1\na_sum{b=\"d\"} 1\na_count{b=\"d\"} 1\n",
            &["error inf-bucket-missing 5"],
        ),
    ] {
        assert_eq!(text(&page(lines)), findings, "{lines:?}");
    }
}

#[test]
fn openmetrics_forbids_more() {
    for (page, findings) in [
        ("# TYPE a counter\na_total NaN\n", &["error counter-nan 2"][..]),
        ("# TYPE a histogram\na_bucket{le=\"1\"} 1\na_bucket{le=\"+Inf\"} 1\n", &["warning le-not-canonical 2"]),
        ("# TYPE a histogram\na_bucket{le=\"inf\"} 1\n", &["error le-not-canonical 2"]),
        (
            "# TYPE a histogram\na_bucket{le=\"2.0\"} 1\na_bucket{le=\"1.0\"} 1\na_bucket{le=\"+Inf\"} 1\n",
            &["error le-not-ascending 3"],
        ),
        (
            "# TYPE a histogram\na_bucket{le=\"-1.0\"} 1\na_bucket{le=\"+Inf\"} 1\na_count 1\na_sum 1\n",
            &["error sum-not-allowed 5"],
        ),
        ("# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_count 1\na_sum -1\n", &["error counter-negative 4"]),
        ("# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_count 1\n", &["error sum-missing 2"]),
        ("# TYPE a gaugehistogram\na_bucket{le=\"+Inf\"} 1\na_gcount 1\na_gsum -1\n", &["error counter-negative 4"]),
        ("# TYPE a info\na_info 2\n", &["error info-not-one 2"]),
        ("# TYPE a stateset\na{a=\"b\"} 2\n", &["error state-not-bool 2"]),
        ("# TYPE a stateset\na 1\n", &["error state-without-label 2"]),
        ("# UNIT a s\na 1\n", &["error unit-not-in-name 1"]),
        ("# UNIT as s\nas 1\n", &["error unit-not-in-name 1"]),
        ("# TYPE a_s info\n# UNIT a_s s\na_s_info 1\n", &["error unit-not-allowed 1"]),
        ("# TYPE a gauge\na 1 # {} 1\n", &["error exemplar-not-allowed 2"]),
        ("# TYPE a summary\na{quantile=\"0.5\"} -1\n", &["error quantile-negative 2"]),
        ("# TYPE a gauge\na{b=\"1\"} 1 1\na{b=\"2\"} 1 1\na{b=\"1\"} 1 2\n", &["error series-apart 4"]),
        ("# TYPE a gauge\na 1 2\na 1 1\n", &["error timestamps-backwards 3"]),
        ("# TYPE a gauge\na 1\na 1 1\n", &["error timestamps-mixed 3"]),
        ("a{__b=\"c\"} 1\n", &["error label-reserved 1"]),
        ("# TYPE a gauge\na 1\na 1\n", &["error series-twice 3"]),
    ] {
        assert_eq!(openmetrics(page), findings, "{page:?}");
    }
}
