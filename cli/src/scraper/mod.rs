//! What a Prometheus makes of a page: whether the scrape succeeds, and which samples are stored.
//!
//! Here its own readers are the law, not the formats: they let much pass that a format forbids, and refuse some that it
//! allows. Two releases are known. A scrape fails as a whole at the first line that is refused; what is wrong in the lines
//! behind it is told all the same. The settings are the defaults: no limits, no fallback protocol, no relabelling, blocks
//! of two hours, no window for samples that come late.
//!
//! One scrape is judged by itself, into a database that has no sample of the series yet. Exemplars are not looked after
//! beyond their spelling. Protobuf is not read.

mod cursor;
mod labels;
mod media_type;
mod openmetrics;
mod store;
mod text;

use std::borrow::Cow;

use serde::Serialize;

use self::labels::Series;
use self::media_type::MediaType;
use self::store::Store;
use crate::exposition::{Format, Problem, Severity};

/// A Prometheus, by what its scrapes do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Release {
    /// 2.42, as Debian 12 has it.
    #[serde(rename = "2.42")]
    V2,
    /// The third major release.
    #[serde(rename = "3")]
    V3,
}

impl Release {
    /// All, newest first.
    pub const ALL: [Self; 2] = [Self::V3, Self::V2];

    /// As it is written on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::V2 => "2.42",
            Self::V3 => "3",
        }
    }
}

/// What became of a page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scrape {
    /// Who scraped.
    #[serde(rename = "as")]
    pub release: Release,
    /// What `up` is afterwards.
    #[serde(rename = "up")]
    pub is_up: bool,
    /// What `scrape_samples_scraped` is afterwards: the samples before the line that is refused, if one is.
    pub scraped: usize,
    /// Samples that are stored: none if the scrape fails.
    pub stored: usize,
    /// Why it failed, and which samples are lost: errors. Also what it took for something else: warnings.
    #[serde(skip)]
    pub problems: Vec<Problem>,
}

impl Scrape {
    /// What a Content-Encoding does to it: only one makes it fail by itself.
    pub fn refuse_coding(&mut self, coding: &str) {
        if self.release == Release::V3 && coding == "zstd" {
            (self.is_up, self.scraped, self.stored) = (false, 0, 0);
            let what =
                "Content-Encoding is zstd, which was not asked for, and which Prometheus 3 refuses without its flag";
            self.problems.push(Problem::of_page(Severity::Error, "content-encoding-refused", what));
        }
    }
}

/// A line with a value, as a reader hands it over.
struct Sample<'a> {
    line: usize,
    /// The name and the labels as they stand.
    written: &'a [u8],
    name: &'a [u8],
    labels: Labels<'a>,
    /// In milliseconds.
    timestamp: Option<i64>,
    /// What the TYPE line before says, whosever it is.
    bound_label: Option<&'static str>,
}

/// Names and values, still escaped.
type Labels<'a> = Vec<(&'a [u8], &'a [u8])>;

/// What a reader finds next.
enum Entry<'a> {
    Sample(Sample<'a>),
    /// Metadata, a comment or a blank line.
    Other,
    /// The end, and the line of the byte that ends the page before its last.
    End {
        cut: Option<usize>,
    },
}

/// Why a line is refused.
struct Refused {
    line: usize,
    /// `refused`, or a word that says more.
    rule: &'static str,
    what: String,
    /// A sample that is counted before its line is.
    is_counted: bool,
}

impl Refused {
    fn new(line: usize, what: String) -> Self {
        Self { line, rule: "refused", what, is_counted: false }
    }
}

/// From so many refused lines on, the page is something else, and the rest is not read.
const REFUSED: usize = 10_000;

/// Scrapes a page at a time, in milliseconds.
pub fn scrape(body: &[u8], content_type: Option<&str>, release: Release, now: i64) -> Scrape {
    let mut scrape = Scrape { release, is_up: true, scraped: 0, stored: 0, problems: Vec::new() };
    // The third looks at nothing of an empty page.
    if body.is_empty() && release == Release::V3 {
        return scrape;
    }
    let format = match (MediaType::read(content_type.unwrap_or_default()).format(), release) {
        (Ok(format), _) => format,
        (Err((rule, what)), Release::V2) => {
            let what = format!("{what}; 2.42 reads it as text");
            scrape.problems.push(Problem::of_page(Severity::Warning, rule, what));
            Format::Text
        }
        (Err((rule, what)), Release::V3) => {
            scrape.is_up = false;
            scrape.problems.push(Problem::of_page(Severity::Error, rule, what));
            // What else is wrong is worth knowing, too.
            let has_end = body.split(|byte| *byte == b'\n').any(|line| line == b"# EOF");
            if has_end { Format::OpenMetrics } else { Format::Text }
        }
    };
    match format {
        Format::Text => {
            let body = if body.ends_with(b"\n") { Cow::Borrowed(body) } else { [body, b"\n"].concat().into() };
            take(text::Text::new(&body, release), &mut scrape, now);
        }
        Format::OpenMetrics => take(openmetrics::OpenMetrics::new(body, release), &mut scrape, now),
    }
    scrape
}

/// Whether a page of this Content-Type is protobuf to a Prometheus.
pub fn is_protobuf(content_type: &str) -> bool {
    MediaType::read(content_type).is_protobuf()
}

/// Reads entries of one format.
trait Read<'a> {
    fn entry(&mut self) -> Result<Entry<'a>, Refused>;
    /// Goes on with the line behind the one that was refused.
    fn resume(&mut self);
}

fn take<'a>(mut reader: impl Read<'a>, scrape: &mut Scrape, now: i64) {
    let (mut store, mut has_blanks) = (Store::new(scrape.release, now), false);
    let refuse = |scrape: &mut Scrape, refused: Refused| {
        scrape.is_up = false;
        let problem = Problem::of_page(Severity::Error, refused.rule, refused.what);
        scrape.problems.push(Problem { line: Some(refused.line), ..problem });
        scrape.problems.len() < REFUSED
    };
    loop {
        match reader.entry() {
            Ok(Entry::Other) => {}
            Ok(Entry::End { cut }) => {
                if let Some(line) = cut {
                    let what = "a NUL byte ends the page for Prometheus; what follows is lost without a word";
                    let problem = Problem::of_page(Severity::Error, "page-cut", what);
                    scrape.problems.push(Problem { line: Some(line), ..problem });
                }
                break;
            }
            Ok(Entry::Sample(sample)) => {
                scrape.scraped += usize::from(scrape.is_up);
                match Series::of(&sample, scrape.release) {
                    Err(what) => {
                        if !refuse(scrape, Refused::new(sample.line, what)) {
                            break;
                        }
                    }
                    Ok(series) => {
                        if let Some(name) = series.name_with_blanks().filter(|_| !has_blanks) {
                            // Once: where one line has them, most have.
                            has_blanks = true;
                            let what = format!("to Prometheus 3 the blanks before the name are a part of it: {name:?}");
                            let problem = Problem::of_page(Severity::Warning, "name-with-blanks", what);
                            scrape.problems.push(Problem { line: Some(sample.line), ..problem });
                        }
                        store.add(&sample, series);
                    }
                }
            }
            Err(refused) => {
                scrape.scraped += usize::from(scrape.is_up && refused.is_counted);
                if !refuse(scrape, refused) {
                    break;
                }
                reader.resume();
            }
        }
    }
    // Of a scrape that fails nothing is stored; what else is wrong is worth knowing.
    let stored = store.commit(&mut scrape.problems);
    scrape.stored = if scrape.is_up { stored } else { 0 };
}

#[cfg(test)]
mod tests;
