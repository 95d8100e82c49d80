//! Prometheus text 0.0.4 and 1.0.0.

use std::borrow::Cow;

use super::line::{Line, shortened, unescape};
use super::{Format, Kind, Page, Reading, Sample};

const FORMAT: Format = Format::Text;

pub(super) fn parse(page: &str) -> Page<'_> {
    let mut text = Text { reading: Reading::new(FORMAT), current: None };
    let mut last = 0;
    for (index, line) in page.split_terminator('\n').enumerate() {
        last = index + 1;
        if text.reading.has_enough(last) {
            return text.reading.page;
        }
        if let Err(what) = text.line(line, last) {
            text.reading.fault(last, "syntax", what);
        }
    }
    if !page.is_empty() && !page.ends_with('\n') {
        text.reading.fault(last, "no-final-newline", "expected a line feed at the end of the page, found nothing");
    }
    text.reading.page
}

struct Text<'a> {
    reading: Reading<'a>,
    /// The family of the sample before.
    current: Option<usize>,
}

impl<'a> Text<'a> {
    fn line(&mut self, line: &'a str, number: usize) -> Result<(), String> {
        let trimmed = line.trim_start_matches([' ', '\t']);
        if trimmed.is_empty() {
            return Ok(());
        }
        let mut reader = Line::new(trimmed, FORMAT);
        let outcome =
            if reader.take('#') { self.comment(&mut reader, number) } else { self.sample(&mut reader, number) };
        if reader.has_quoted && self.reading.page.quoted_line.is_none() {
            self.reading.page.quoted_line = Some(number);
        }
        outcome
    }

    fn comment(&mut self, line: &mut Line<'a>, number: usize) -> Result<(), String> {
        line.blanks();
        match line.word() {
            "HELP" => self.help(line, number),
            "TYPE" => self.kind(line, number),
            // Any other comment is for people.
            _ => Ok(()),
        }
    }

    fn help(&mut self, line: &mut Line<'a>, number: usize) -> Result<(), String> {
        line.gap("a metric name")?;
        let name = line.name("a metric name", true)?;
        if !line.rest().is_empty() {
            line.gap("the help text")?;
        }
        let help = unescape(line.rest(), false, false)?;
        let index = self.reading.family(name.clone(), number);
        let family = &mut self.reading.page.families[index];
        if family.help.is_some() {
            self.reading.fault(number, "metadata-twice", format!("a second HELP line for `{name}`"));
            return Ok(());
        }
        family.help = Some(help);
        if !family.samples.is_empty() {
            family.late_help_line = Some(number);
        }
        Ok(())
    }

    fn kind(&mut self, line: &mut Line<'a>, number: usize) -> Result<(), String> {
        line.gap("a metric name")?;
        let name = line.name("a metric name", true)?;
        line.gap("a type")?;
        let word = line.rest().trim_end_matches([' ', '\t']);
        let Some(kind) = Kind::read(word, FORMAT) else {
            let word = shortened(word);
            return Err(format!("expected counter, gauge, histogram, summary or untyped, found `{word}`"));
        };
        let index = self.reading.family(name.clone(), number);
        let family = &mut self.reading.page.families[index];
        if family.kind.is_some() {
            self.reading.fault(number, "metadata-twice", format!("a second TYPE line for `{name}`"));
        } else if let Some(first) = family.samples.first().map(|sample| sample.line) {
            let what = format!("TYPE of `{name}` stands behind its samples, which begin on line {first}");
            self.reading.fault(number, "metadata-after-samples", what);
        } else {
            family.kind = Some(kind);
        }
        Ok(())
    }

    fn sample(&mut self, line: &mut Line<'a>, number: usize) -> Result<(), String> {
        let (name, labels) = line.series()?;
        line.blanks();
        let value = line.value()?;
        line.blanks();
        let timestamp = match line.word() {
            "" => None,
            "#" => {
                return Err(
                    "expected a timestamp or the end of the line, found `#`: only OpenMetrics has exemplars".into()
                );
            }
            word if word.parse::<i64>().is_ok() => Some(word),
            word => {
                let word = shortened(word);
                return Err(format!(
                    "expected a timestamp in whole milliseconds or the end of the line, found `{word}`"
                ));
            }
        };
        line.blanks();
        if !line.rest().is_empty() {
            return Err(line.expected("the end of the line"));
        }
        let index = self.family_of(name.clone(), number)?;
        let family = &mut self.reading.page.families[index];
        if self.current != Some(index) && !family.samples.is_empty() && family.apart_line.is_none() {
            family.apart_line = Some(number);
        }
        self.current = Some(index);
        family.samples.push(Sample { line: number, name, labels, value, timestamp, exemplar: None });
        Ok(())
    }

    /// The family that a sample of this name belongs to: its own, or the histogram or summary that it is a part of.
    fn family_of(&mut self, name: Cow<'a, str>, number: usize) -> Result<usize, String> {
        let is_part = |base: &str, suffix: &str| {
            let index = *self.reading.by_name.get(base)?;
            let kind = self.reading.page.families[index].kind();
            (!suffix.is_empty() && kind.suffixes(FORMAT).contains(&suffix)).then_some(index)
        };
        if !self.reading.by_name.contains_key(&name) {
            let parts = ["_bucket", "_sum", "_count"];
            let of = parts.into_iter().find_map(|suffix| is_part(name.strip_suffix(suffix)?, suffix));
            if let Some(index) = of {
                return Ok(index);
            }
        }
        let index = self.reading.family(name.clone(), number);
        if self.reading.page.families[index].kind() == Kind::Histogram {
            return Err(format!(
                "a sample of histogram `{name}` ends in _bucket, _sum or _count, and this has no suffix"
            ));
        }
        Ok(index)
    }
}
