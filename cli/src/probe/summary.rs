//! A report as people read it, in 80 columns where names allow it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::{Duration, UNIX_EPOCH};

use super::report::Report;
use crate::exposition::{Problem, Severity};
use crate::scraper::Scrape;

/// Problems of one kind that are printed; `--json` has all.
const PRINTED_PER_RULE: usize = 100;

/// Everything, or the problems only.
pub(super) fn print(report: &Report, is_quiet: bool) -> String {
    let mut out = String::new();
    if !is_quiet {
        head(report, &mut out);
        largest(report, &mut out);
        out.push('\n');
        out.push_str(&counts(report));
    }
    problems(&report.problems, &mut out);
    out
}

fn row(out: &mut String, name: &str, text: &str) {
    let _ = writeln!(out, "  {name:<10}{text}");
}

fn head(report: &Report, out: &mut String) {
    let _ = writeln!(out, "{}", report.url);
    let version = report.version.as_deref().map_or_else(String::new, |version| format!(" {version}"));
    let format = format!("{}{version}", report.format.info().title);
    match &report.transfer {
        Some(transfer) => {
            row(out, "status", &transfer.status.to_string());
            row(out, "format", &format);
            row(out, "type", transfer.content_type.as_deref().unwrap_or("none said"));
            let packing = if transfer.is_gzip { "gzip" } else { "not packed" };
            let (bytes, wire) = (grouped(report.bytes), grouped(transfer.wire_bytes));
            row(out, "size", &format!("{bytes} bytes, {wire} on the wire ({packing})"));
            let (first, total) = (duration(transfer.first_byte_seconds), duration(transfer.total_seconds));
            row(out, "time", &format!("{first} to the first byte, {total} in all"));
        }
        None => {
            row(out, "format", &format);
            row(out, "size", &format!("{} bytes", grouped(report.bytes)));
        }
    }
    row(out, "scrape", &scraped(&report.scrape));
    if let Some(age) = &report.age {
        row(out, "age", &format!("{}, says {}", duration(age.seconds), age.source));
    }
    if let Some(process) = &report.process {
        let start = UNIX_EPOCH.checked_add(Duration::try_from_secs_f64(process.start_time_seconds).unwrap_or_default());
        // A year of more than four digits has no name here.
        let start = start.filter(|_| process.start_time_seconds < 253_402_300_800.0).map(httpdate::fmt_http_date);
        let start = start.map_or_else(String::new, |start| format!(", since {start}"));
        row(out, "process", &format!("up {}{start}", duration(process.uptime_seconds)));
    }
    let _ = writeln!(out, "  {:<16}{:>10}{:>10}", "", "families", "series");
    for (kind, count) in &report.types {
        let _ = writeln!(out, "  {kind:<16}{:>10}{:>10}", grouped(count.families), grouped(count.series));
    }
    let _ = writeln!(out, "  {:<16}{:>10}{:>10}", "all", grouped(report.families), grouped(report.series));
}

fn scraped(scrape: &Scrape) -> String {
    let name = format!("Prometheus {}", scrape.release.name());
    match (scrape.is_up, scrape.scraped - scrape.stored) {
        (false, _) => format!("{name} refuses it: up is 0"),
        (true, 0) => format!("{name} stores {} samples", grouped(scrape.stored)),
        (true, lost) => format!("{name} stores {} samples and loses {}", grouped(scrape.stored), grouped(lost)),
    }
}

fn largest(report: &Report, out: &mut String) {
    if report.largest.is_empty() {
        return;
    }
    let _ = writeln!(out, "\nlargest families\n{:>10}  {:<10}name", "series", "type");
    for family in &report.largest {
        let _ = writeln!(out, "{:>10}  {:<10}{}", grouped(family.series), family.r#type, family.family);
    }
}

fn counts(report: &Report) -> String {
    let counted = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let (errors, warnings) = (counted(report.errors, "error"), counted(report.warnings, "warning"));
    format!("{errors}, {warnings}, {}\n", counted(report.notes, "note"))
}

fn problems(problems: &[Problem], out: &mut String) {
    let mut printed: BTreeMap<(Severity, &str), usize> = BTreeMap::new();
    for problem in problems {
        let printed = printed.entry((problem.severity, problem.rule)).or_default();
        *printed += 1;
        if *printed > PRINTED_PER_RULE {
            continue;
        }
        let line = problem.line.map_or_else(String::new, |line| format!("line {line}: "));
        let family = problem.family.as_deref().map_or_else(String::new, |family| format!("{}: ", one_line(family)));
        let (severity, rule) = (problem.severity.word(), problem.rule);
        let _ = writeln!(out, "{severity}: {line}{family}{} [{rule}]", one_line(&problem.message));
    }
    for ((severity, rule), count) in printed.iter().filter(|(_, count)| **count > PRINTED_PER_RULE) {
        let _ =
            writeln!(out, "{}: {} more like this [{rule}]; --json has all", severity.word(), count - PRINTED_PER_RULE);
    }
}

/// Names come from the page, and may hold what a terminal obeys.
fn one_line(text: &str) -> String {
    text.chars().flat_map(|char| if char.is_control() { char.escape_default().collect() } else { vec![char] }).collect()
}

/// Digits in groups of three.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A length of time with its two largest units.
fn duration(seconds: f64) -> String {
    if seconds < 1.0 {
        return format!("{:.1} ms", seconds * 1e3);
    }
    if seconds < 60.0 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds as u64;
    let (minutes, hours, days) = (whole / 60 % 60, whole / 3600 % 24, whole / 86_400);
    match (days, hours) {
        (0, 0) => format!("{minutes} min {} s", whole % 60),
        (0, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_are_for_people() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        let times = [0.0012, 2.04, 61.0, 3_700.0, 90_000.0].map(duration);
        assert_eq!(times, ["1.2 ms", "2.0 s", "1 min 1 s", "1 h 1 min", "1 d 1 h"]);
    }

    #[test]
    fn a_name_cannot_command_the_terminal() {
        assert_eq!(one_line("a\u{1b}[2Jb\nc"), "a\\u{1b}[2Jb\\nc");
    }

    #[test]
    fn many_problems_of_one_kind_are_cut_and_counted() {
        let problem = Problem::of_page(Severity::Error, "syntax", "bad");
        let mut out = String::new();
        problems(&vec![problem; PRINTED_PER_RULE + 7], &mut out);
        assert_eq!(out.lines().count(), PRINTED_PER_RULE + 1);
        assert!(out.ends_with("error: 7 more like this [syntax]; --json has all\n"), "{out}");
    }
}
