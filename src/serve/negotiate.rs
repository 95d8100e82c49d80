//! What a client wants, from its headers: a format (Accept) and a coding (Accept-Encoding), RFC 9110 §12.5.
//!
//! Never an error: what cannot be read is skipped, and where nothing fits the client gets text 0.0.4 as it is. What it
//! names has the weight it gives to it, and `*/*` is about the rest. Of what weighs the same the first counts, as
//! Prometheus lists its formats in the order in which it wants them.

use std::cmp::Reverse;

use crate::encode::{Escaping, Format, FormatSet};
use crate::publish::Coding;

/// A format with the Content-Type that it is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) format: Format,
    pub(crate) content_type: &'static str,
}

/// What those get who ask for nothing we have.
pub(crate) const FALLBACK: Chosen = Chosen::unnamed(Format::FALLBACK);

/// One member of an Accept header.
struct Range<'a> {
    kind: &'a str,
    /// In thousandths.
    q_milli: u16,
    version: Option<&'a str>,
    escaping: Option<Escaping>,
    /// All of its parameters.
    parameters: &'a str,
}

/// How much something is wanted: by weight, then by how early it stands.
type Preference = (u16, Reverse<usize>);

/// The format for a client that sent `accept`, of those that are `offered`.
pub(crate) fn format(accept: &str, offered: FormatSet) -> Chosen {
    let mut best: Option<(Preference, Chosen)> = None;
    let mut take = |preference: Preference, chosen| {
        if preference.0 > 0 && best.is_none_or(|(other, _)| preference > other) {
            best = Some((preference, chosen));
        }
    };
    // What has a range of its own; the first range that stands for anything, and by format that for its type.
    let mut named = FormatSet::NONE;
    let (mut any, mut any_of_type) = (None, [None; Format::ALL.len()]);
    for (position, range) in list(accept).filter_map(Range::parse).enumerate() {
        let preference = (range.q_milli, Reverse(position));
        if range.kind == "*/*" {
            any = any.or(Some(preference));
        } else if let Some(of_type) = range.kind.strip_suffix("/*") {
            let is_of_type = |format: Format| {
                let (known, _) = cut(format.info().media_type, b'/');
                known.eq_ignore_ascii_case(of_type)
            };
            for (format, first) in Format::ALL.into_iter().zip(&mut any_of_type) {
                *first = first.or(Some(preference).filter(|_| is_of_type(format)));
            }
        } else if let Some(chosen) = range.chosen().filter(|chosen| offered.contains(chosen.format)) {
            // Another version of the fallback does not stand in its way.
            if chosen.format != FALLBACK.format || chosen == FALLBACK {
                named = named.with(chosen.format);
            }
            take(preference, chosen);
        }
    }
    for (format, of_type) in Format::ALL.into_iter().zip(any_of_type) {
        // What is not text is for those alone who name it.
        let is_meant = offered.contains(format) && !named.contains(format) && format.info().is_text;
        if let Some(preference) = of_type.or(any).filter(|_| is_meant) {
            take(preference, Chosen::unnamed(format));
        }
    }
    best.map_or(FALLBACK, |(_, chosen)| chosen)
}

/// The coding for a client that sent `accept_encoding`.
pub(crate) fn coding(accept_encoding: &str) -> Coding {
    let (mut gzip, mut identity, mut any) = (None, None, None);
    for member in list(accept_encoding) {
        let (name, parameters) = cut(member, b';');
        let Some(q_milli) = weight(parameters.unwrap_or("")) else { continue };
        let name = name.trim_ascii();
        let weight = if ["gzip", "x-gzip"].iter().any(|known| name.eq_ignore_ascii_case(known)) {
            &mut gzip
        } else if name.eq_ignore_ascii_case("identity") {
            &mut identity
        } else if name == "*" {
            &mut any
        } else {
            continue;
        };
        *weight = weight.or(Some(q_milli));
    }
    // Identity is always possible; gzip only for those who name it or anything.
    let gzip = gzip.or(any).unwrap_or(0);
    if gzip > 0 && gzip >= identity.or(any).unwrap_or(0) { Coding::Gzip } else { Coding::Identity }
}

/// The members of a list, without empty ones.
fn list(header: &str) -> impl Iterator<Item = &str> {
    split(header, b',').map(str::trim_ascii).filter(|member| !member.is_empty())
}

/// Splits at an ASCII separator; inside of quotes it separates nothing. For texts this short a good deal cheaper than a
/// search for a `char`.
fn split(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    let mut is_quoted = false;
    std::iter::from_fn(move || {
        let text = rest?;
        let end = text.bytes().position(|byte| {
            is_quoted ^= byte == b'"';
            byte == separator && !is_quoted
        });
        rest = end.and_then(|end| text.get(end + 1..));
        text.get(..end.unwrap_or(text.len()))
    })
}

/// What stands before the first of an ASCII character, and behind it; nothing there if it does not occur.
fn cut(text: &str, at: u8) -> (&str, Option<&str>) {
    match text.bytes().position(|byte| byte == at) {
        Some(end) => (text.get(..end).unwrap_or(text), text.get(end + 1..)),
        None => (text, None),
    }
}

/// The parameters of a member, names in whatever case, values without their quotes.
fn parameters(text: &str) -> impl Iterator<Item = (&str, &str)> {
    split(text, b';').filter_map(|parameter| {
        let (name, value) = cut(parameter, b'=');
        let value = value?.trim_ascii();
        let bare = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
        Some((name.trim_ascii(), bare))
    })
}

/// The weight among parameters, in thousandths: 1 if there is none, none if it is no weight.
fn weight(text: &str) -> Option<u16> {
    let q = parameters(text).find(|(name, _)| name.eq_ignore_ascii_case("q"));
    q.map_or(Some(1000), |(_, value)| q_milli(value))
}

/// RFC 9110 §12.4.2: 0 to 1 with three decimals at most. More decimals, which nobody may send, are cut.
fn q_milli(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut milli = match whole {
        "0" => 0,
        // Not what the standard has, but what is meant is plain.
        "" if !decimals.is_empty() => 0,
        "1" => 1000,
        _ => return None,
    };
    for (digit, place) in decimals.bytes().zip([100, 10, 1]) {
        milli += u16::from(digit - b'0') * place;
    }
    (milli <= 1000).then_some(milli)
}

impl<'a> Range<'a> {
    fn parse(member: &'a str) -> Option<Self> {
        let (kind, text) = cut(member, b';');
        let (mut q, mut version, mut escaping) = (None, None, None);
        for (name, value) in parameters(text.unwrap_or("")) {
            let known = [("q", &mut q), ("version", &mut version), ("escaping", &mut escaping)];
            if let Some((_, first)) = known.into_iter().find(|(known, _)| name.eq_ignore_ascii_case(known)) {
                first.get_or_insert(value);
            }
        }
        let q_milli = q.map_or(Some(1000), q_milli)?;
        let escaping = escaping.and_then(|name| Escaping::ALL.into_iter().find(|known| known.name() == name));
        Some(Self { kind: kind.trim_ascii(), q_milli, version, escaping, parameters: text.unwrap_or("") })
    }

    /// What we have for this range, if it names one thing.
    fn chosen(&self) -> Option<Chosen> {
        let format = Format::ALL.into_iter().find(|format| self.is_of(*format))?;
        let info = format.info();
        let number = self.version.unwrap_or(info.implied_version);
        let version = info.versions.iter().find(|version| version.number == number)?;
        Some(Chosen { format, content_type: version.content_type(self.escaping) })
    }

    /// Whether it names some version of this format.
    fn is_of(&self, format: Format) -> bool {
        let info = format.info();
        self.kind.eq_ignore_ascii_case(info.media_type)
            && info.parameters.iter().all(|(name, value)| {
                let first = parameters(self.parameters).find(|(known, _)| known.eq_ignore_ascii_case(name));
                first.is_some_and(|(_, given)| given == *value)
            })
    }
}

impl Chosen {
    /// A format for those who ask for no version of it.
    const fn unnamed(format: Format) -> Self {
        Self { format, content_type: format.content_type() }
    }
}
