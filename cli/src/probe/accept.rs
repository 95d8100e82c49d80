//! What is asked for: the header Accept as each release of Prometheus sends it.

use std::cmp::Reverse;

use crate::exposition::Format;
use crate::scraper::Release;
use openclaw_prometheus::encode::Escaping;

/// The formats that Prometheus 3 asks for by default, in the order in which it wants them.
const WANTED: [Format; 2] = [Format::OpenMetrics, Format::Text];

/// What 2.42 wants, which cannot be changed.
const OF_V2: &str = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                     text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

/// The Accept header of Prometheus 3 with its default `scrape_protocols`, or with those of one format: each version,
/// newest first, weighs a tenth less than the one before. 2.42 has one of its own.
pub(super) fn accept(format: Option<Format>, release: Release) -> String {
    if release == Release::V2 && format.is_none() {
        return OF_V2.into();
    }
    let formats = format.as_ref().map_or(&WANTED[..], std::slice::from_ref);
    let mut accept = String::new();
    let mut tenths = 6;
    for info in formats.iter().map(|format| format.info()) {
        let mut versions: Vec<_> = info.versions.iter().collect();
        versions.sort_by_key(|version| Reverse(version.number));
        for version in versions {
            accept.push_str(info.media_type);
            info.parameters.iter().for_each(|(name, value)| accept.push_str(&format!(";{name}={value}")));
            if !version.number.is_empty() {
                accept.push_str(&format!(";version={}", version.number));
            }
            if version.escaped.is_some() {
                accept.push_str(&format!(";escaping={}", Escaping::AllowUtf8.name()));
            }
            accept.push_str(&format!(";q=0.{tenths},"));
            tenths -= 1;
        }
    }
    accept + &format!("*/*;q=0.{tenths}")
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn formats_are_asked_for_as_prometheus_does() {
        let cases = [
            (
                None,
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                 application/openmetrics-text;version=0.0.1;q=0.5,\
                 text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
            ),
            (
                Some(Format::OpenMetrics),
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                 application/openmetrics-text;version=0.0.1;q=0.5,*/*;q=0.4",
            ),
            (
                Some(Format::Text),
                "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.4",
            ),
        ];
        for (format, header) in cases {
            assert_eq!(accept(format, Release::V3), header);
        }
        // Whatever there is can be asked for.
        assert!(Format::ALL.into_iter().all(|format| HeaderValue::try_from(accept(Some(format), Release::V3)).is_ok()));
    }
}
