//! Pages by the rule that they keep or break: the page, and for a bad one the line and what is said of it.

use super::*;

/// Faults that the page has, as `line: what`.
fn faults(page: &str, format: Format) -> Vec<String> {
    parse(page, format).faults.iter().map(|fault| format!("{}: {}", fault.line, fault.what)).collect()
}

#[track_caller]
fn assert_bad(table: &[(&str, usize, &str)], format: Format) {
    for (page, line, what) in table {
        let faults = faults(page, format);
        let is_said = faults.iter().any(|fault| fault.starts_with(&format!("{line}: ")) && fault.contains(what));
        assert!(is_said, "{page:?}: expected {line}: …{what}…, found {faults:?}");
        assert_eq!(faults.len(), 1, "{page:?}: {faults:?}");
    }
}

#[track_caller]
fn assert_good(table: &[&str], format: Format) {
    for page in table {
        assert_eq!(faults(page, format), [""; 0], "{page:?}");
    }
}

#[test]
fn text_that_is_allowed_is_accepted() {
    assert_good(
        &[
            "",
            "a 1\n",
            "a{} 1\n",
            "a{b=\"c\"} 1\n",
            "a{b=\"c\",} 1\n",
            "a { b = \"c\" , d = \"e\" } 1\n",
            "a{b=\"c\"}1\n",
            "\t a\t 1\t\n",
            "a 1 1700000000000\n",
            "a 1 -5\n",
            "a:b:c 1\n",
            "_ 1\n",
            "a{b=\"\"} 1\n",
            "a{b=\"\\\\ \\\" \\n\"} 1\n",
            "a{b=\"}{,=#\"} 1\n",
            "a{b=\"日本\"} 1\n",
            "a NaN\na{b=\"c\"} +Inf\na{b=\"d\"} -Inf\na{b=\"e\"} inf\n",
            "a 1e3\na{b=\"c\"} -1.5E-3\na{b=\"d\"} .5\na{b=\"e\"} 5.\n",
            "\n\na 1\n\n",
            "# for people\n#\n#for people\n# HELPER a\na 1\n",
            "# HELP a\n# TYPE a gauge\na 1\n",
            "# HELP a with \\\\ and \\n and \"\n# TYPE a counter\na 1\n",
            "#  TYPE\ta\tgauge \na 1\n",
            "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_sum 1\na_count 1\n",
            "# TYPE a summary\na{quantile=\"0.5\"} 1\na_sum 1\na_count 1\n",
            "# TYPE a untyped\na 1\n",
            "a 1\n# HELP a late\n",
            "{\"a.b\"} 1\n",
            "{\"a.b\",c=\"d\",\"e.f\"=\"g\"} 1\n",
            "# TYPE \"a b\" gauge\n{\"a b\"} 1\n",
            "a_count 1\n# TYPE a histogram\n",
        ],
        Format::Text,
    );
}

#[test]
fn text_that_is_not_allowed_is_refused_with_its_line() {
    assert_bad(
        &[
            ("a 1", 1, "line feed at the end"),
            ("a 1\nb\n", 2, "expected a value, found the end of the line"),
            ("1a 1\n", 1, "a metric name (a letter or `_` first"),
            ("a-b 1\n", 1, "expected a value such as"),
            ("a{1=\"b\"} 1\n", 1, "a label name"),
            ("a{b:c=\"d\"} 1\n", 1, "`=` after the label name `b`, found ':'"),
            ("a{b} 1\n", 1, "`=` after the label name `b`, found '}'"),
            ("a{b=c} 1\n", 1, "a quote that begins a label's value"),
            ("a{b=\"c} 1\n", 1, "a quote that ends a label's value"),
            ("a{b=\"c\" d=\"e\"} 1\n", 1, "`,` or `}`"),
            ("a{b=\"c\",,} 1\n", 1, "a label name"),
            ("a{,} 1\n", 1, "a label name"),
            ("a{b=\"c\" 1\n", 1, "`,` or `}`"),
            ("a{b=\"c\",b=\"d\"} 1\n", 1, "label `b` is there twice"),
            ("a{b=\"\\x\"} 1\n", 1, "found 'x' after a backslash"),
            ("a{__name__=\"b\"} 1\n", 1, "`__name__`"),
            ("a one\n", 1, "found `one`"),
            ("a 0x1p3\n", 1, "found `0x1p3`"),
            ("a 1_000\n", 1, "found `1_000`"),
            ("a -NaN\n", 1, "found `-NaN`"),
            ("a 1e999\n", 1, "found `1e999`"),
            ("a 1\r\n", 1, "carriage return"),
            ("a 1 1.5\n", 1, "whole milliseconds"),
            ("a 1 2 3\n", 1, "the end of the line, found '3'"),
            ("a_total 1 # {b=\"c\"} 1\n", 1, "only OpenMetrics has exemplars"),
            ("# TYPE a\na 1\n", 1, "a space before a type"),
            ("# TYPE a gouge\na 1\n", 1, "found `gouge`"),
            ("# TYPE a info\na 1\n", 1, "found `info`"),
            ("# TYPE a Gauge\na 1\n", 1, "found `Gauge`"),
            ("# TYPE a gauge\n# TYPE a gauge\na 1\n", 2, "a second TYPE line for `a`"),
            ("# HELP a b\n# HELP a b\na 1\n", 2, "a second HELP line for `a`"),
            ("a 1\n# TYPE a gauge\n", 2, "stands behind its samples, which begin on line 1"),
            ("# HELP a \\t\na 1\n", 1, "found 't' after a backslash"),
            ("# HELP a \\\na 1\n", 1, "found nothing after a backslash"),
            ("# HELP 1 b\n", 1, "a metric name"),
            ("# TYPE a histogram\na 1\n", 2, "ends in _bucket, _sum or _count"),
            ("\"a.b\" 1\n", 1, "inside the braces"),
            ("{a=\"b\"} 1\n", 1, "name in quotes"),
            ("{\"\"} 1\n", 1, "is empty"),
            ("{} 1\n", 1, "name in quotes"),
        ],
        Format::Text,
    );
}

#[test]
fn openmetrics_that_is_allowed_is_accepted() {
    assert_good(
        &[
            "# EOF\n",
            "# EOF",
            "a 1\n# EOF\n",
            "a{} 1\n# EOF\n",
            "# TYPE a gauge\n# HELP a \n# UNIT a \na 1\n# EOF\n",
            "# TYPE a_s counter\n# UNIT a_s s\na_s_total 1\na_s_created 1.5\n# EOF\n",
            "# TYPE a counter\na_total 1 # {b=\"c\"} 1 1.5\n# EOF\n",
            "# TYPE a counter\na_total 1 2 # {} 1\n# EOF\n",
            "# TYPE a histogram\na_bucket{le=\"+Inf\"} 1 # {b=\"c\"} 0.5\na_count 1\na_sum 1\n# EOF\n",
            "# TYPE a gaugehistogram\na_bucket{le=\"+Inf\"} 1\na_gcount 1\na_gsum 1\n# EOF\n",
            "# TYPE a info\na_info{b=\"c\"} 1\n# EOF\n",
            "# TYPE a stateset\na{a=\"b\"} 1\n# EOF\n",
            "# TYPE a unknown\na 1\n# EOF\n",
            "# HELP a an \\x escape that is none, and \\\"\na{b=\"\\x\"} 1\n# EOF\n",
            "a 1 1.5e9\n# EOF\n",
            "# TYPE \"a.b\" gauge\n{\"a.b\",\"c d\"=\"e\"} 1\n# EOF\n",
            "a nan\nb -inf\nc Infinity\n# EOF\n",
        ],
        Format::OpenMetrics,
    );
}

#[test]
fn openmetrics_that_is_not_allowed_is_refused_with_its_line() {
    let long = format!("# TYPE a counter\na_total 1 # {{b=\"{}\"}} 1\n# EOF\n", "x".repeat(128));
    assert_bad(
        &[
            ("", 1, "`# EOF` as the last line"),
            ("a 1\n", 1, "`# EOF` as the last line"),
            ("# EOF\na 1\n", 2, "nothing behind `# EOF` on line 1"),
            ("# EOF\n\n", 2, "nothing behind `# EOF`"),
            ("a 1\n\n# EOF\n", 2, "a blank line"),
            ("# for people\n# EOF\n", 1, "OpenMetrics has no comments"),
            ("#TYPE a gauge\n# EOF\n", 1, "a space before HELP, TYPE, UNIT or EOF"),
            ("# TYPE  a gauge\n# EOF\n", 1, "a metric name"),
            ("# TYPE a untyped\n# EOF\n", 1, "found `untyped`"),
            ("# TYPE a gauge \n# EOF\n", 1, "found `gauge `"),
            ("# HELP a\n# EOF\n", 1, "a space before the help text"),
            ("# UNIT a a-b\n# EOF\n", 1, "found '-'"),
            ("# TYPE a gauge\n# TYPE a gauge\n# EOF\n", 2, "a second TYPE line"),
            ("# UNIT a_s s\n# UNIT a_s s\n# EOF\n", 2, "a second UNIT line"),
            ("a 1\n# TYPE a gauge\n# EOF\n", 2, "stands behind its samples"),
            ("a 1\nb 1\na{c=\"d\"} 1\n# EOF\n", 3, "began on line 1 and is parted"),
            ("# TYPE a counter\na 1\n# EOF\n", 2, "no sample of the counter on line 1"),
            ("# TYPE a counter\na_total 1\n# TYPE a_total gauge\na_total 1\n# EOF\n", 3, "a name of the counter `a`"),
            ("a  1\n# EOF\n", 1, "expected a value, found ' '"),
            (" a 1\n# EOF\n", 1, "a metric name"),
            ("a 1 \n# EOF\n", 1, "expected a timestamp in seconds"),
            ("a 1 NaN\n# EOF\n", 1, "found `NaN`"),
            ("a 1 2 \n# EOF\n", 1, "`# {…} value`"),
            ("a{b=\"c\",} 1\n# EOF\n", 1, "a label name"),
            ("a{b=\"c\", d=\"e\"} 1\n# EOF\n", 1, "a label name"),
            ("a{b=\"c\"}1\n# EOF\n", 1, "a space before the value"),
            ("# TYPE a counter\na_total 1 #{} 1\n# EOF\n", 2, "found `#{}`"),
            ("# TYPE a counter\na_total 1 # b 1\n# EOF\n", 2, "`{` before the labels"),
            ("# TYPE a counter\na_total 1 # {}\n# EOF\n", 2, "a space before the exemplar's value"),
            ("# TYPE a counter\na_total 1 # {} 1 x\n# EOF\n", 2, "found `x`"),
            ("# TYPE a counter\na_total 1 # {} 1 2 3\n# EOF\n", 2, "the end of the line"),
            (&long, 2, "at most 128 characters of exemplar labels, found 129"),
            ("a 1\r\n# EOF\n", 1, "carriage return"),
        ],
        Format::OpenMetrics,
    );
}

#[test]
fn every_bad_line_is_reported_and_the_others_are_read() {
    let page = parse("a 1\nb\nc 2\nd{\ne 3\n", Format::Text);
    let lines: Vec<usize> = page.faults.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [2, 4]);
    let names: Vec<&str> = page.families.iter().map(|family| &*family.name).collect();
    assert_eq!(names, ["a", "c", "e"]);
}

#[test]
fn what_is_read_is_what_was_written() {
    let text = "# HELP a x\\ny\n# TYPE a histogram\na_bucket{b=\"\\\"\\\\\\n\",le=\"+Inf\"} 1e0 5\n";
    let page = parse(text, Format::Text);
    let family = &page.families[0];
    assert_eq!((&*family.name, family.kind, family.help.as_deref()), ("a", Some(Kind::Histogram), Some("x\ny")));
    let sample = &family.samples[0];
    assert_eq!((sample.label("b"), sample.label("le")), (Some("\"\\\n"), Some("+Inf")));
    assert_eq!((sample.value, sample.timestamp, family.suffix(sample)), ("1e0", Some("5"), "_bucket"));
    let text = "# TYPE a counter\n# UNIT a \na_total 1 # {t=\"x\"} 2 3\n# EOF\n";
    let page = parse(text, Format::OpenMetrics);
    let exemplar = page.families[0].samples[0].exemplar.as_ref().expect("one");
    assert_eq!((exemplar.labels.len(), exemplar.value, exemplar.timestamp), (1, "2", Some("3")));
}

#[test]
fn a_page_of_faults_is_given_up() {
    for format in [Format::Text, Format::OpenMetrics] {
        let faults = parse(&"!\n".repeat(3 * FAULTS), format).faults;
        assert_eq!(faults.len(), FAULTS + 1);
        assert_eq!((faults[FAULTS].line, faults[FAULTS].rule), (FAULTS + 1, "too-many-faults"));
    }
}

#[test]
fn many_labels_are_told_apart_too() {
    let labels: Vec<String> = (0..40).map(|number| format!("l{number}=\"\"")).collect();
    let page = |labels: &[String]| format!("a{{{}}} 1\n", labels.join(","));
    assert_eq!(faults(&page(&labels), Format::Text), [""; 0]);
    let twice = [&labels[..], &labels[7..8]].concat();
    assert_eq!(faults(&page(&twice), Format::Text), ["1: label `l7` is there twice"]);
}

#[test]
fn the_format_is_told_by_the_end_mark() {
    assert_eq!(guess("a 1\n# EOF\n"), Format::OpenMetrics);
    assert_eq!(guess("a 1\n"), Format::Text);
    assert_eq!(guess("# HELP a # EOF\n"), Format::Text);
}
