//! OpenMetrics 1.0.0.

use std::borrow::Cow;
use std::collections::HashMap;

use super::line::{Line, shortened, unescape};
use super::number::digits;
use super::{Exemplar, Family, Format, Kind, Labels, Page, Reading, Sample};

const FORMAT: Format = Format::OpenMetrics;
/// What the labels of an exemplar may take together, in characters.
const EXEMPLAR_CHARS: usize = 128;

pub(super) fn parse(page: &str) -> Page<'_> {
    let mut text = OpenMetrics { reading: Reading::new(FORMAT), current: None, names: HashMap::new() };
    let (mut last, mut eof) = (0, None);
    for (index, line) in page.split_terminator('\n').enumerate() {
        last = index + 1;
        if text.reading.has_enough(last) {
            return text.reading.page;
        }
        if let Some(eof) = eof {
            let what = format!("expected nothing behind `# EOF` on line {eof}, found `{}`", shortened(line));
            text.reading.fault(last, "text-after-eof", what);
            break;
        }
        if line == "# EOF" {
            eof = Some(last);
        } else if line.is_empty() {
            text.reading.fault(last, "blank-line", "expected a sample, metadata or `# EOF`, found a blank line");
        } else if let Err(what) = text.line(line, last) {
            text.reading.fault(last, "syntax", what);
        }
    }
    text.leave();
    if eof.is_none() {
        text.reading.fault(last.max(1), "no-eof", "expected `# EOF` as the last line, found the end of the page");
    }
    text.reading.page
}

struct OpenMetrics<'a> {
    reading: Reading<'a>,
    /// The family whose lines these are.
    current: Option<usize>,
    /// Every name that a finished family takes, and which family that is.
    names: HashMap<String, usize>,
}

impl<'a> OpenMetrics<'a> {
    fn line(&mut self, line: &'a str, number: usize) -> Result<(), String> {
        let mut reader = Line::new(line, FORMAT);
        let outcome =
            if reader.take('#') { self.metadata(&mut reader, number) } else { self.sample(&mut reader, number) };
        if reader.has_quoted && self.reading.page.quoted_line.is_none() {
            self.reading.page.quoted_line = Some(number);
        }
        outcome
    }

    fn metadata(&mut self, line: &mut Line<'a>, number: usize) -> Result<(), String> {
        line.gap("HELP, TYPE, UNIT or EOF")?;
        let word = line.word();
        if !["HELP", "TYPE", "UNIT"].contains(&word) {
            let word = shortened(word);
            return Err(format!(
                "expected HELP, TYPE, UNIT or EOF after `# `, found `{word}`: OpenMetrics has no comments"
            ));
        }
        line.gap("a metric name")?;
        let name = line.name("a metric name", true)?;
        line.gap(match word {
            "HELP" => "the help text",
            "TYPE" => "a type",
            _ => "a unit",
        })?;
        let index = self.enter(name.clone(), number);
        let family = &mut self.reading.page.families[index];
        if let Some(first) = family.samples.first().map(|sample| sample.line) {
            let what = format!("{word} of `{name}` stands behind its samples, which begin on line {first}");
            self.reading.fault(number, "metadata-after-samples", what);
            return Ok(());
        }
        let is_twice = match word {
            "HELP" => family.help.replace(unescape(line.rest(), false, true)?).is_some(),
            "TYPE" => {
                let Some(kind) = Kind::read(line.rest(), FORMAT) else {
                    let word = shortened(line.rest());
                    return Err(format!(
                        "expected counter, gauge, histogram, gaugehistogram, summary, info, stateset or unknown, found `{word}`"
                    ));
                };
                family.kind.replace(kind).is_some()
            }
            _ => {
                let unit = line.rest();
                let is_legal = |char: char| char.is_ascii_alphanumeric() || char == '_' || char == ':';
                if let Some(char) = unit.chars().find(|char| !is_legal(*char)) {
                    return Err(format!("expected a unit of letters, digits, `_` and `:`, found {char:?}"));
                }
                family.unit.replace(unit.into()).is_some()
            }
        };
        if is_twice {
            self.reading.fault(number, "metadata-twice", format!("a second {word} line for `{name}`"));
        }
        Ok(())
    }

    fn sample(&mut self, line: &mut Line<'a>, number: usize) -> Result<(), String> {
        let (name, labels) = line.series()?;
        line.gap("the value")?;
        let value = line.value()?;
        let mut timestamp = None;
        if !line.rest().is_empty() && !line.rest().starts_with(" # ") {
            line.gap("a timestamp")?;
            timestamp = Some(timestamp_word(line)?);
        }
        let exemplar = if line.rest().is_empty() { None } else { Some(exemplar(line)?) };
        let index = self.family_of(name.clone(), number);
        let sample = Sample { line: number, name, labels, value, timestamp, exemplar };
        self.reading.page.families[index].samples.push(sample);
        Ok(())
    }

    /// The family of this name, whose lines begin or go on here.
    fn enter(&mut self, name: Cow<'a, str>, number: usize) -> usize {
        if let Some(current) = self.current {
            if self.reading.page.families[current].name == name {
                return current;
            }
            self.leave();
        }
        // A second family of a name that is taken is read as one of its own.
        self.reading.page.families.push(Family::new(name, number));
        let index = self.reading.page.families.len() - 1;
        self.current = Some(index);
        index
    }

    /// Where a sample belongs: to the family whose lines these are, or to one without metadata.
    fn family_of(&mut self, name: Cow<'a, str>, number: usize) -> usize {
        if let Some(current) = self.current {
            let family = &self.reading.page.families[current];
            let suffix = name.strip_prefix(&*family.name);
            if suffix.is_some_and(|suffix| family.kind().suffixes(FORMAT).contains(&suffix)) {
                return current;
            }
            // A family of its own even if it has the current one's name: `a` in counter `a`.
            self.leave();
        }
        self.enter(name, number)
    }

    /// Ends the current family: from now on its names are taken.
    fn leave(&mut self) {
        let Some(current) = self.current.take() else { return };
        let family = &self.reading.page.families[current];
        let (name, line) = (family.name.clone(), family.line);
        let suffixes = family.kind().suffixes(FORMAT).iter().chain([&""]);
        let taken: Vec<String> = suffixes.map(|suffix| format!("{name}{suffix}")).collect();
        let clash = taken.iter().find_map(|taken| self.names.get(taken).map(|of| (taken.clone(), *of)));
        if let Some((taken, of)) = clash {
            let other = &self.reading.page.families[of];
            let (kind, first) = (other.kind().word(FORMAT), other.line);
            let (rule, what) = if other.name == name && family.kind.is_none() && other.kind.is_some() {
                (
                    "family-apart",
                    format!("`{name}` is no sample of the {kind} on line {first}, or its family is parted"),
                )
            } else if other.name == name {
                ("family-apart", format!("family `{name}` began on line {first} and is parted by other families"))
            } else {
                ("name-clash", format!("`{taken}` is a name of the {kind} `{}` on line {first}", other.name))
            };
            self.reading.fault(line, rule, what);
        }
        for name in taken {
            self.names.entry(name).or_insert(current);
        }
    }
}

fn timestamp_word<'a>(line: &mut Line<'a>) -> Result<&'a str, String> {
    if line.rest().is_empty() || line.rest().starts_with([' ', '\t']) {
        return Err(line.expected("a timestamp in seconds"));
    }
    let word = line.word();
    match digits(word) {
        Some(_) => Ok(word),
        None => Err(format!("expected a timestamp in seconds, found `{}`", shortened(word))),
    }
}

/// ` # {…} value [timestamp]`, to the end of the line.
fn exemplar<'a>(line: &mut Line<'a>) -> Result<Exemplar<'a>, String> {
    line.gap("an exemplar")?;
    if !line.take('#') {
        return Err(line.expected("an exemplar (`# {…} value`) or the end of the line"));
    }
    line.gap("the exemplar's labels")?;
    let labels: Labels<'a> = line.labels()?;
    let chars: usize = labels.iter().map(|(name, value)| name.chars().count() + value.chars().count()).sum();
    if chars > EXEMPLAR_CHARS {
        return Err(format!("expected at most {EXEMPLAR_CHARS} characters of exemplar labels, found {chars}"));
    }
    line.gap("the exemplar's value")?;
    let value = line.value()?;
    let mut timestamp = None;
    if !line.rest().is_empty() {
        line.gap("the exemplar's timestamp")?;
        timestamp = Some(timestamp_word(line)?);
    }
    if !line.rest().is_empty() {
        return Err(line.expected("the end of the line"));
    }
    Ok(Exemplar { labels, value, timestamp })
}
