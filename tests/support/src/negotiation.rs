//! Negotiation as a table: for each thing that can be answered, the weight of what is said of it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use openclaw_prometheus::encode::{Escaping, Format, FormatSet};

/// A member of an Accept header.
#[derive(Debug, Clone)]
pub struct Range {
    pub kind: &'static str,
    pub version: Option<&'static str>,
    pub escaping: Option<&'static str>,
    /// In thousandths, as written with three decimals.
    pub q_milli: Option<u16>,
}

/// What may be named: every format, what stands for several of them, and what we do not have.
pub static KINDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let formats = Format::ALL.into_iter().map(|format| {
        let parameters = format.info().parameters.iter().map(|(name, value)| format!(";{name}={value}"));
        format!("{}{}", format.info().media_type, parameters.collect::<String>())
    });
    let others = ["*/*", "text/*", "application/*", "text/html", "application/json", "application/vnd.google.protobuf"];
    formats.chain(others.map(String::from)).collect()
});
pub const VERSIONS: [Option<&str>; 6] =
    [None, Some("0.0.4"), Some("1.0.0"), Some("0.0.1"), Some("0.0.5"), Some("2.0.0")];
pub const ESCAPINGS: [Option<&str>; 6] =
    [None, Some("allow-utf-8"), Some("underscores"), Some("dots"), Some("values"), Some("commas")];

/// A Content-Type of everything that can be answered on `/metrics`, with its format.
pub fn content_types() -> impl Iterator<Item = (Format, &'static str)> {
    Format::ALL.into_iter().flat_map(|format| {
        let versions = format.info().versions.iter();
        let all = versions.flat_map(|version| {
            let ways = std::iter::once(None).chain(Escaping::ALL.map(Some));
            let all: BTreeSet<&str> = ways.map(|way| version.content_type(way)).collect();
            all
        });
        all.map(move |content_type| (format, content_type))
    })
}

impl Range {
    /// The member as it is sent.
    pub fn text(&self) -> String {
        let mut text = self.kind.to_owned();
        let mut add = |name: &str, value: &str| text.push_str(&format!(";{name}={value}"));
        self.version.iter().for_each(|version| add("version", version));
        self.escaping.iter().for_each(|escaping| add("escaping", escaping));
        self.q_milli.iter().for_each(|milli| add("q", &format!("{}.{:03}", milli / 1000, milli % 1000)));
        text
    }

    fn weight(&self) -> u16 {
        self.q_milli.unwrap_or(1000)
    }

    /// What this range is the name of, if of anything.
    fn named(&self) -> Option<&'static str> {
        let (format, _) = Format::ALL.into_iter().zip(KINDS.iter()).find(|(_, kind)| *kind == self.kind)?;
        let number = self.version.unwrap_or(format.info().implied_version);
        let version = format.info().versions.iter().find(|version| version.number == number)?;
        let escaping = Escaping::ALL.into_iter().find(|escaping| Some(escaping.name()) == self.escaping);
        Some(version.content_type(escaping))
    }
}

/// The Content-Type of the answer to these ranges: of what weighs most, and of that what stands first.
pub fn content_type(ranges: &[Range], offered: FormatSet) -> &'static str {
    let mut best = (0, 0, Format::FALLBACK.content_type());
    for (format, candidate) in content_types().filter(|(format, _)| offered.contains(*format)) {
        let mut said: Vec<(usize, &Range)> = ranges.iter().enumerate().collect();
        said.retain(|(_, range)| range.named() == Some(candidate));
        if said.is_empty() {
            // Of what is not named, only one version stands for the format, and only if no other is named.
            let is_of_format = |name: &str| content_types().any(|known| known == (format, name));
            let is_named = ranges.iter().filter_map(Range::named).any(is_of_format);
            if candidate != format.content_type() || is_named && format != Format::FALLBACK || !format.info().is_text {
                continue;
            }
            let group = format!("{}/*", candidate.split('/').next().unwrap_or_default());
            let first = |kind: &str| ranges.iter().enumerate().find(|(_, range)| range.kind == kind);
            said.extend(first(&group).or_else(|| first("*/*")));
        }
        for (place, range) in said {
            let is_better = range.weight() > best.0 || range.weight() == best.0 && place < best.1;
            if range.weight() > 0 && is_better {
                best = (range.weight(), place, candidate);
            }
        }
    }
    best.2
}
