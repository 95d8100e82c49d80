//! Negotiation as a table: for each thing that can be answered, the weight of what is said of it.

/// A member of an Accept header.
#[derive(Debug, Clone)]
pub struct Range {
    pub kind: &'static str,
    pub version: Option<&'static str>,
    pub escaping: Option<&'static str>,
    /// In thousandths, as written with three decimals.
    pub q_milli: Option<u16>,
}

pub const KINDS: [&str; 8] = [
    "text/plain",
    "application/openmetrics-text",
    "*/*",
    "text/*",
    "application/*",
    "text/html",
    "application/json",
    "application/vnd.google.protobuf",
];
pub const VERSIONS: [Option<&str>; 6] =
    [None, Some("0.0.4"), Some("1.0.0"), Some("0.0.1"), Some("0.0.5"), Some("2.0.0")];
pub const ESCAPINGS: [Option<&str>; 6] =
    [None, Some("allow-utf-8"), Some("underscores"), Some("dots"), Some("values"), Some("commas")];

/// A Content-Type of everything that can be answered on `/metrics`.
pub const CONTENT_TYPES: [&str; 11] = [
    "text/plain; version=0.0.4; charset=utf-8",
    "application/openmetrics-text; version=1.0.0; charset=utf-8",
    "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
    "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores",
    "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=dots",
    "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=values",
    "application/openmetrics-text; version=0.0.1; charset=utf-8",
    "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8",
    "text/plain; version=1.0.0; charset=utf-8; escaping=underscores",
    "text/plain; version=1.0.0; charset=utf-8; escaping=dots",
    "text/plain; version=1.0.0; charset=utf-8; escaping=values",
];

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
    fn named(&self) -> Option<String> {
        let escaping = self.escaping.filter(|escaping| *escaping != "commas");
        Some(match (self.kind, self.version) {
            ("text/plain", None | Some("0.0.4")) => CONTENT_TYPES[0].to_owned(),
            ("text/plain", Some("1.0.0")) => {
                format!("text/plain; version=1.0.0; charset=utf-8; escaping={}", escaping.unwrap_or("underscores"))
            }
            ("application/openmetrics-text", None | Some("0.0.1")) => CONTENT_TYPES[6].to_owned(),
            ("application/openmetrics-text", Some("1.0.0")) => match escaping {
                None => CONTENT_TYPES[1].to_owned(),
                Some(escaping) => format!("{}; escaping={escaping}", CONTENT_TYPES[1]),
            },
            _ => return None,
        })
    }
}

/// The Content-Type of the answer to these ranges: of what weighs most, and of that what stands first.
pub fn content_type(ranges: &[Range], has_open_metrics: bool) -> &'static str {
    let mut best = (0, 0, CONTENT_TYPES[0]);
    for candidate in CONTENT_TYPES {
        let is_open_metrics = candidate.starts_with("application/");
        if is_open_metrics && !has_open_metrics {
            continue;
        }
        let mut said: Vec<(usize, &Range)> = ranges.iter().enumerate().collect();
        said.retain(|(_, range)| range.named().as_deref() == Some(candidate));
        if said.is_empty() {
            // Of what is not named, only one version stands for the format, and only if no other is named.
            let stands = match candidate {
                "text/plain; version=0.0.4; charset=utf-8" => "text/*",
                "application/openmetrics-text; version=1.0.0; charset=utf-8" => "application/*",
                _ => continue,
            };
            if is_open_metrics && ranges.iter().any(|range| range.named().is_some_and(|name| name.starts_with('a'))) {
                continue;
            }
            let first = |kind: &str| ranges.iter().enumerate().find(|(_, range)| range.kind == kind);
            said.extend(first(stands).or_else(|| first("*/*")));
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
