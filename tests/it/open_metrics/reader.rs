//! A strict reader of OpenMetrics: beside the grammar it holds what other readers let pass, the spelling of bounds, series
//! that are there twice, and the order of everything.

use std::collections::BTreeSet;

/// A family as it was read.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) unit: String,
    pub(crate) help: String,
    pub(crate) samples: Vec<Sample>,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) value: f64,
}

/// Reads a whole exposition.
pub(crate) fn parse(text: &str) -> Result<Vec<Family>, String> {
    let body = text.strip_suffix("# EOF\n").ok_or("the last line is not `# EOF`")?;
    if !body.is_empty() && !body.ends_with('\n') {
        return Err("`# EOF` does not start its line".into());
    }
    let mut families: Vec<Family> = Vec::new();
    let mut names = BTreeSet::new();
    for (index, line) in body.split_terminator('\n').enumerate() {
        let fault = |what: &str| format!("line {}: {what}: {line:?}", index + 1);
        let Some(rest) = line.strip_prefix("# ") else {
            let family = families.last_mut().ok_or_else(|| fault("a sample before all families"))?;
            let sample = sample(line).ok_or_else(|| fault("not a sample"))?;
            family.take(sample).map_err(|what| fault(&what))?;
            continue;
        };
        let mut parts = rest.splitn(3, ' ');
        let (Some(what), Some(name), Some(text)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(fault("not metadata"));
        };
        if what == "TYPE" {
            if let Some(name) =
                suffixes(text).iter().map(|suffix| format!("{name}{suffix}")).find(|name| !names.insert(name.clone()))
            {
                return Err(fault(&format!("the name {name} is another family's")));
            }
            if suffixes(text).is_empty() {
                return Err(fault("unknown type"));
            }
            let (unit, help, samples) = Default::default();
            families.push(Family { name: name.into(), kind: text.into(), unit, help, samples });
            continue;
        }
        let family = families.last_mut().filter(|family| family.name == name && family.samples.is_empty());
        let family = family.ok_or_else(|| fault("metadata out of place"))?;
        match what {
            "UNIT" if family.unit.is_empty() && family.help.is_empty() && name.ends_with(&format!("_{text}")) => {
                family.unit = text.into();
            }
            "HELP" if family.help.is_empty() => family.help = unescape(text).ok_or_else(|| fault("bad escape"))?,
            _ => return Err(fault("metadata out of order")),
        }
    }
    for family in &families {
        family.check().map_err(|what| format!("{}: {what}", family.name))?;
    }
    Ok(families)
}

/// What may follow a family's name; the first is the name itself, which is a sample's for a gauge alone.
fn suffixes(kind: &str) -> &'static [&'static str] {
    match kind {
        "counter" => &["", "_total", "_created"],
        "gauge" => &[""],
        "histogram" => &["", "_bucket", "_sum", "_count", "_created"],
        _ => &[],
    }
}

/// The labels that tell series apart.
fn series(sample: &Sample) -> BTreeSet<(&str, &str)> {
    let labels = sample.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    labels.filter(|(name, _)| *name != "le").collect()
}

impl Family {
    /// Takes a sample if its name is one of the family's.
    fn take(&mut self, sample: Sample) -> Result<(), String> {
        let suffix = sample.name.strip_prefix(&self.name).ok_or("a sample of another family")?;
        let own = suffixes(&self.kind);
        let own = if self.kind == "gauge" { own } else { own.get(1..).unwrap_or(&[]) };
        if !own.contains(&suffix) {
            return Err("a sample of another family".into());
        }
        let bounds: Vec<&str> =
            sample.labels.iter().filter(|(name, _)| name == "le").map(|(_, value)| value.as_str()).collect();
        match (suffix, &bounds[..]) {
            ("_bucket", [bound]) if is_canonical(bound) => {}
            ("_bucket", _) => return Err("a bucket's bound is not canonical".into()),
            (_, []) => {}
            _ => return Err("a bound that is no bucket's".into()),
        }
        if self.kind != "gauge" && (sample.value.is_nan() || sample.value < 0.0) {
            return Err("negative or NaN".into());
        }
        self.samples.push(sample);
        Ok(())
    }

    /// Series stand together, each sample once and in its place.
    fn check(&self) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        for run in self.samples.chunk_by(|a, b| series(a) == series(b)) {
            let labels = series(&run[0]);
            if !seen.insert(labels.clone()) {
                return Err(format!("the series {labels:?} is there twice, or in pieces"));
            }
            let names: Vec<&str> = run.iter().map(|sample| &sample.name[self.name.len()..]).collect();
            let buckets: Vec<&Sample> = run.iter().filter(|sample| sample.name.ends_with("_bucket")).collect();
            let rest = if self.kind == "histogram" { &names[buckets.len()..] } else { &names[..] };
            let is_whole = match self.kind.as_str() {
                "gauge" => rest == [""],
                "counter" => rest == ["_total"] || rest == ["_total", "_created"],
                _ => rest == ["_sum", "_count"] || rest == ["_sum", "_count", "_created"],
            };
            if !is_whole {
                return Err(format!("the series {labels:?} has the samples {names:?}"));
            }
            if self.kind == "histogram" {
                let bound = |sample: &Sample| {
                    sample.labels.iter().find(|(name, _)| name == "le").and_then(|(_, le)| le.parse::<f64>().ok())
                };
                let ascends =
                    buckets.windows(2).all(|pair| bound(pair[0]) < bound(pair[1]) && pair[0].value <= pair[1].value);
                let last = buckets.last().map(|last| (bound(last), last.value));
                if !ascends || last != Some((Some(f64::INFINITY), run[buckets.len() + 1].value)) {
                    return Err(format!("the buckets of {labels:?} do not ascend to +Inf and _count"));
                }
            }
        }
        Ok(())
    }
}

/// Whether a bound is spelled as C's `%g` spells it in the fewest digits, with `.0` where that has no point nor exponent.
fn is_canonical(bound: &str) -> bool {
    if bound == "+Inf" {
        return true;
    }
    let Ok(value) = bound.parse::<f64>() else { return false };
    let is_plain = value == 0.0 || (1e-4..1e6).contains(&value);
    match bound.split_once('e') {
        Some((digits, power)) => {
            let shortest = format!("{value:e}");
            let sign = if value < 1.0 { '-' } else { '+' };
            let width = power.strip_prefix(sign).map(str::len);
            !is_plain
                && shortest
                    .split_once('e')
                    .is_some_and(|(fewest, same)| fewest == digits && same.parse() == power.parse::<i32>())
                && (width == Some(2) || width == Some(3) && !power[1..].starts_with('0'))
        }
        None => is_plain && bound == format!("{value:?}"),
    }
}

fn sample(line: &str) -> Option<Sample> {
    let end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(end);
    let mut labels: Vec<(String, String)> = Vec::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            let (label, value) = rest.split_once("=\"")?;
            let quote = end_of_value(value)?;
            if !is_name(label) || labels.iter().any(|(known, _)| known == label) {
                return None;
            }
            labels.push((label.into(), unescape(&value[..quote])?));
            rest = &value[quote + 1..];
            match rest.strip_prefix(',') {
                Some(more) => rest = more,
                None => break,
            }
        }
        rest = rest.strip_prefix('}')?;
    }
    let value = rest.strip_prefix(' ')?;
    let is_number = matches!(value, "NaN" | "+Inf" | "-Inf")
        || value.bytes().all(|byte| b"0123456789-.e".contains(&byte)) && value.parse::<f64>().is_ok();
    (is_name(name) && is_number).then(|| Sample { name: name.into(), labels, value: value.parse().unwrap_or(f64::NAN) })
}

/// Where the closing quote is.
fn end_of_value(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return Some(index),
            _ => {}
        }
    }
    None
}

fn unescape(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => out.push(match chars.next()? {
                '\\' => '\\',
                'n' => '\n',
                '"' => '"',
                _ => return None,
            }),
            '"' => return None,
            _ => out.push(char),
        }
    }
    Some(out)
}

fn is_name(name: &str) -> bool {
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':';
    name.bytes().next().is_some_and(|first| !first.is_ascii_digit()) && name.bytes().all(is_legal)
}

#[test]
fn what_other_readers_let_pass_is_rejected() {
    let good = "# TYPE a counter\n# HELP a H.\na_total{x=\"1\"} 1\na_created{x=\"1\"} 1.5\na_total 2\n\
        # TYPE b_seconds histogram\n# UNIT b_seconds seconds\nb_seconds_bucket{le=\"1.0\"} 1\n\
        b_seconds_bucket{le=\"+Inf\"} 2\nb_seconds_sum 3\nb_seconds_count 2\n# TYPE c gauge\nc -1\n# EOF\n";
    assert_eq!(parse(good).unwrap().len(), 3);
    assert_eq!(parse("# EOF\n").unwrap().len(), 0);
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
        assert!(parse(&bad).is_err(), "{from:?} became {to:?}");
    }
}
