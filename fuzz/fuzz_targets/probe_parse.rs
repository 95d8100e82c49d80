//! Read, write, read again: the strict reader of `probe` takes any text without a panic, and what it accepts says the
//! same when it is written out anew, so nothing was misread or passed over.
#![no_main]

use std::fmt::Write;

use openclaw_prometheus_cli::exposition::{Exemplar, Family, Format, Labels, Page, Sample, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|page: &str| {
    for format in Format::ALL {
        let read = parse(page, format);
        assert!(read.faults.iter().all(|fault| fault.line > 0 && fault.line <= page.lines().count().max(1)));
        if !read.faults.is_empty() {
            continue;
        }
        let written = write(&read);
        let again = parse(&written, format);
        assert_eq!(again.faults, [], "{written:?}");
        assert_eq!(without_lines(&again), without_lines(&read), "{written:?}");
        assert_eq!(write(&again), written);
    }
});

/// The page in one spelling: names in quotes, families whole.
fn write(page: &Page<'_>) -> String {
    let mut out = String::new();
    for family in &page.families {
        let name = quoted(&family.name);
        if let Some(help) = &family.help {
            let help = help.replace('\\', "\\\\").replace('\n', "\\n");
            writeln!(out, "# HELP {name} {help}").expect("in memory");
        }
        if let Some(kind) = family.kind {
            writeln!(out, "# TYPE {name} {}", kind.word(page.format)).expect("in memory");
        }
        if let Some(unit) = &family.unit {
            writeln!(out, "# UNIT {name} {unit}").expect("in memory");
        }
        for sample in &family.samples {
            write!(out, "{{{}", quoted(&sample.name)).expect("in memory");
            for (label, value) in &sample.labels {
                write!(out, ",{}={}", quoted(label), quoted(value)).expect("in memory");
            }
            write!(out, "}} {}", sample.value).expect("in memory");
            if let Some(timestamp) = sample.timestamp {
                write!(out, " {timestamp}").expect("in memory");
            }
            if let Some(exemplar) = &sample.exemplar {
                let pairs = exemplar.labels.iter().map(|(label, value)| format!("{}={}", quoted(label), quoted(value)));
                let labels: Vec<String> = pairs.collect();
                write!(out, " # {{{}}} {}", labels.join(","), exemplar.value).expect("in memory");
                if let Some(timestamp) = exemplar.timestamp {
                    write!(out, " {timestamp}").expect("in memory");
                }
            }
            out.push('\n');
        }
    }
    out.push_str(std::str::from_utf8(page.format.tail()).expect("a format of text"));
    out
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// What a page says, whatever its lines.
type Said<'a> = Vec<(&'a str, String, Vec<SaidSample<'a>>)>;
type SaidSample<'a> = (&'a str, &'a Labels<'a>, &'a str, Option<&'a str>, Option<&'a Exemplar<'a>>);

fn without_lines<'a>(page: &'a Page<'a>) -> Said<'a> {
    let sample = |sample: &'a Sample<'a>| {
        (&*sample.name, &sample.labels, sample.value, sample.timestamp, sample.exemplar.as_ref())
    };
    let family = |family: &'a Family<'a>| {
        // A help text of nothing is none: text cannot tell them apart.
        let help = family.help.as_deref().unwrap_or_default();
        let metadata = format!("{help:?} {:?} {:?}", family.kind, family.unit);
        (&*family.name, metadata, family.samples.iter().map(sample).collect())
    };
    page.families.iter().map(family).collect()
}
