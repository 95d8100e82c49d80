//! The reader that the tests look at pages with lets nothing pass that we do not write.

use openclaw_prometheus::encode::Format;
use support::exposition::read;

#[test]
fn what_other_readers_let_pass_is_rejected() {
    let good = "# TYPE a counter\n# HELP a H.\na_total{x=\"1\"} 1\na_created{x=\"1\"} 1.5\na_total 2\n\
        # TYPE b_seconds histogram\n# UNIT b_seconds seconds\nb_seconds_bucket{le=\"1.0\"} 1\n\
        b_seconds_bucket{le=\"+Inf\"} 2\nb_seconds_sum 3\nb_seconds_count 2\n# TYPE c gauge\nc -1\n# EOF\n";
    assert_eq!(read(good, Format::OpenMetrics).unwrap().len(), 3);
    assert_eq!(read("# EOF\n", Format::OpenMetrics).unwrap().len(), 0);
    let changes = [
        // The end.
        ("# EOF\n", ""),
        ("# EOF\n", "# EOF"),
        ("# EOF\n", "# EOF\n\n"),
        ("# EOF\n", "# EOF\n# EOF\n"),
        ("c -1\n# EOF", "c -1# EOF"),
        ("# TYPE c", "\n# TYPE c"),
        // Bounds.
        ("le=\"1.0\"", "le=\"1\""),
        ("le=\"1.0\"", "le=\"1.00\""),
        ("le=\"1.0\"", "le=\"1e+00\""),
        ("le=\"1.0\"", "le=\"1000000.0\""),
        ("le=\"1.0\"", "le=\"1e6\""),
        ("le=\"1.0\"", "le=\"1e+6\""),
        ("le=\"1.0\"", "le=\"1.0e+06\""),
        ("le=\"1.0\"", "le=\"1e+006\""),
        ("le=\"1.0\"", "le=\"0.00001\""),
        ("le=\"+Inf\"", "le=\"inf\""),
        ("le=\"+Inf\"", "le=\"2.0\""),
        ("_count 2", "_count 3"),
        ("_bucket{le=\"1.0\"} 1", "_bucket{le=\"1.0\"} 3"),
        // Numbers.
        ("a_total 2", "a_total -2"),
        ("a_total 2", "a_total NaN"),
        ("a_total 2", "a_total inf"),
        ("a_total 2", "a_total +2"),
        // Series.
        ("a_total 2\n", "a_total 2\na_total 2\n"),
        ("a_total 2\n", "a_total{x=\"1\"} 2\n"),
        ("a_total{x=\"1\"} 1\na_created{x=\"1\"} 1.5\n", "a_created{x=\"1\"} 1.5\na_total{x=\"1\"} 1\n"),
        ("a_total 2\n", "a 2\n"),
        ("b_seconds_sum 3\n", ""),
        ("c -1", "c{le=\"1.0\"} 1"),
        ("c -1", "a_total{x=\"2\"} 1"),
        // Metadata.
        ("# TYPE c gauge", "# TYPE a gauge"),
        ("# TYPE c gauge\nc -1", "# TYPE a_created gauge\na_created 1"),
        ("# TYPE c gauge", "# TYPE c untyped"),
        ("# UNIT b_seconds seconds", "# UNIT b_seconds bytes"),
        ("# HELP a H.", "# HELP a \"H.\""),
        ("# HELP a H.", "# HELP a H\\."),
        ("# HELP a H.", "# HELP a H.\n# HELP a H."),
        ("# TYPE a counter\n# HELP a H.", "# HELP a H.\n# TYPE a counter"),
        // Labels.
        ("a_total{x=\"1\"} 1", "a_total{x=\"1\",x=\"2\"} 1"),
        ("a_total{x=\"1\"} 1", "a_total{x=\"1\"}  1"),
        ("a_total{x=\"1\"} 1", "a_total{x=\"\\t\"} 1"),
        ("a_total{x=\"1\"} 1", "a_total{} 1"),
    ];
    for (from, to) in changes {
        assert!(good.contains(from), "{from:?}");
        let bad = good.replacen(from, to, 1);
        assert!(read(&bad, Format::OpenMetrics).is_err(), "{from:?} became {to:?}");
    }
}

#[test]
fn a_text_that_is_not_as_we_write_it_is_rejected() {
    let good = "# HELP a_total H.\n# TYPE a_total counter\na_total{x=\"1\",y=\"\\\"\"} 1\na_total 2\n\
        # TYPE b histogram\nb_bucket{le=\"1\"} 1\nb_bucket{le=\"+Inf\"} 2\nb_sum 3\nb_count 2\n# TYPE c gauge\nc -1.5\n";
    assert_eq!(read(good, Format::Text).unwrap().len(), 3);
    assert_eq!(read("", Format::Text).unwrap().len(), 0);
    let changes = [
        ("c -1.5\n", "c -1.5"),
        ("# TYPE c gauge", "\n# TYPE c gauge"),
        ("# TYPE c gauge", "# For people.\n# TYPE c gauge"),
        ("# TYPE c gauge", "#  TYPE c gauge"),
        ("# TYPE c gauge", "# TYPE c gauge "),
        ("# TYPE c gauge\n", ""),
        ("# TYPE c gauge", "# TYPE c untyped"),
        ("# TYPE c gauge", "# TYPE c summary"),
        ("# TYPE c gauge", "# TYPE c gauge\n# TYPE c gauge"),
        ("# TYPE c gauge", "# TYPE a_total gauge"),
        ("# HELP a_total H.\n# TYPE a_total counter\n", "# TYPE a_total counter\n# HELP a_total H.\n"),
        ("# HELP a_total H.", "# HELP a_total H.\n# HELP a_total H."),
        ("# HELP a_total H.", "# HELP a_total"),
        ("# HELP a_total H.", "# HELP a_total H\\\""),
        ("c -1.5", "c  -1.5"),
        ("c -1.5", "c\t-1.5"),
        ("c -1.5", "c -1.5 1700000000000"),
        ("c -1.5", "c +1.5"),
        ("c -1.5", "c inf"),
        ("c -1.5", "c one"),
        ("c -1.5", "c{} -1.5"),
        ("c -1.5", "c{le=\"1\"} -1.5"),
        ("c -1.5", "d -1.5"),
        ("c -1.5", "c -1.5\na_total{x=\"2\"} 1"),
        ("y=\"\\\"\"}", "y=\"\\\"\",}"),
        ("y=\"\\\"\"}", "x=\"2\"}"),
        ("y=\"\\\"\"}", "y=\"\\t\"}"),
        ("a_total 2", "a_total{y=\"\\\"\",x=\"1\"} 2"),
        ("a_total 2", "a_total 2\na_total 2"),
        ("a_total 2", "a 2"),
        ("b_sum 3\n", ""),
        ("b_sum 3\nb_count 2\n", "b_count 2\nb_sum 3\n"),
        ("b_count 2", "b_count 1"),
        ("le=\"1\"} 1", "le=\"1\"} 3"),
        ("le=\"+Inf\"", "le=\"2\""),
    ];
    for (from, to) in changes {
        assert!(good.contains(from), "{from:?}");
        let bad = good.replacen(from, to, 1);
        assert!(read(&bad, Format::Text).is_err(), "{from:?} became {to:?}");
    }
}
