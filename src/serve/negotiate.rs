//! What a client wants, from its headers: a format (Accept) and a coding (Accept-Encoding), RFC 9110 §12.5.
//!
//! Never an error: what cannot be read is skipped, and where nothing fits the client gets text 0.0.4 as it is. What it
//! names has the weight it gives to it, and `*/*` is about the rest. Of what weighs the same the first counts, as
//! Prometheus lists its formats in the order in which it wants them.

use std::cmp::Reverse;

use crate::encode::Format;
use crate::publish::Coding;

/// What text is called by those who ask for it without a version.
const TEXT_0_0_4: &str = "text/plain; version=0.0.4; charset=utf-8";
/// What OpenMetrics is called by those who say nothing of how names are escaped.
const OPEN_METRICS_1_0_0: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A format with the version that is answered in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) format: Format,
    pub(crate) content_type: &'static str,
}

impl Chosen {
    fn is_text(self) -> bool {
        self.format == Format::Text
    }
}

/// How names that are not in the classic set are to be written. Ours all are, so that every scheme gives the same page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escaping {
    AllowUtf8,
    Underscores,
    Dots,
    Values,
}

/// The text format, 0.0.4: what those get who ask for nothing we have.
pub(crate) const FALLBACK: Chosen = Chosen { format: Format::Text, content_type: TEXT_0_0_4 };

/// OpenMetrics for those who ask for anything but text.
const OPEN_METRICS: Chosen = Chosen { format: Format::OpenMetrics, content_type: OPEN_METRICS_1_0_0 };

/// One member of an Accept header.
struct Range<'a> {
    kind: &'a str,
    /// In thousandths.
    q_milli: u16,
    version: Option<&'a str>,
    escaping: Option<Escaping>,
}

/// How much something is wanted: by weight, then by how early it stands.
type Wish = (u16, Reverse<usize>);

/// The format for a client that sent `accept`.
pub(crate) fn format(accept: &str, has_open_metrics: bool) -> Chosen {
    let mut best: Option<(Wish, Chosen)> = None;
    let mut take = |wish: Wish, chosen| {
        if wish.0 > 0 && best.is_none_or(|(other, _)| wish > other) {
            best = Some((wish, chosen));
        }
    };
    // What has a range of its own, and the first ranges that stand for several things.
    let (mut is_text_named, mut is_open_metrics_named) = (false, false);
    let (mut any, mut any_text, mut any_application) = (None, None, None);
    for (place, range) in list(accept).filter_map(Range::parse).enumerate() {
        let wish = (range.q_milli, Reverse(place));
        let group = match range.kind {
            "*/*" => &mut any,
            kind if kind.eq_ignore_ascii_case("text/*") => &mut any_text,
            kind if kind.eq_ignore_ascii_case("application/*") => &mut any_application,
            _ => {
                if let Some(chosen) = range.chosen().filter(|chosen| has_open_metrics || chosen.is_text()) {
                    is_text_named |= chosen == FALLBACK;
                    is_open_metrics_named |= !chosen.is_text();
                    take(wish, chosen);
                }
                continue;
            }
        };
        *group = group.or(Some(wish));
    }
    if let Some(wish) = any_text.or(any).filter(|_| !is_text_named) {
        take(wish, FALLBACK);
    }
    if let Some(wish) = any_application.or(any).filter(|_| has_open_metrics && !is_open_metrics_named) {
        take(wish, OPEN_METRICS);
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
        Some(Self { kind: kind.trim_ascii(), q_milli, version, escaping: escaping.and_then(Escaping::parse) })
    }

    /// What we have for this range, if it names one thing.
    fn chosen(&self) -> Option<Chosen> {
        let is = |kind: &str| self.kind.eq_ignore_ascii_case(kind);
        if is("application/openmetrics-text") {
            let content_type = match self.version {
                Some("1.0.0") => open_metrics_type(self.escaping),
                // Whoever names no version means the one before the standard, as the Go library has it: the same text.
                None | Some("0.0.1") => "application/openmetrics-text; version=0.0.1; charset=utf-8",
                Some(_) => return None,
            };
            return Some(Chosen { format: Format::OpenMetrics, content_type });
        }
        match self.version {
            _ if !is("text/plain") => None,
            None | Some("0.0.4") => Some(FALLBACK),
            Some("1.0.0") => Some(Chosen { format: Format::Text, content_type: text_type(self.escaping) }),
            Some(_) => None,
        }
    }
}

impl Escaping {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "allow-utf-8" => Self::AllowUtf8,
            "underscores" => Self::Underscores,
            "dots" => Self::Dots,
            "values" => Self::Values,
            _ => return None,
        })
    }
}

/// The Content-Type of text 1.0.0, which always says how names are escaped.
fn text_type(escaping: Option<Escaping>) -> &'static str {
    match escaping.unwrap_or(Escaping::Underscores) {
        Escaping::AllowUtf8 => "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
        Escaping::Underscores => "text/plain; version=1.0.0; charset=utf-8; escaping=underscores",
        Escaping::Dots => "text/plain; version=1.0.0; charset=utf-8; escaping=dots",
        Escaping::Values => "text/plain; version=1.0.0; charset=utf-8; escaping=values",
    }
}

/// The Content-Type of OpenMetrics, which says how names are escaped to those who asked.
fn open_metrics_type(escaping: Option<Escaping>) -> &'static str {
    match escaping {
        None => OPEN_METRICS_1_0_0,
        Some(Escaping::AllowUtf8) => "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
        Some(Escaping::Underscores) => {
            "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"
        }
        Some(Escaping::Dots) => "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=dots",
        Some(Escaping::Values) => "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=values",
    }
}
