//! What the head of an answer says of the page, against what the page is.

use std::time::SystemTime;

use hyper::header::{self, HeaderMap, HeaderName};

use crate::exposition::{self, Format, Page};
use crate::exposition::{Problem, Severity};

/// Bytes from which on an answer that was not packed is worth a word.
const WORTH_PACKING: usize = 64 << 10;

/// What a Content-Type says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ContentType {
    pub(super) format: Option<Format>,
    /// `0.0.4` if text says none.
    pub(super) version: Option<String>,
}

impl ContentType {
    pub(super) fn read(value: &str) -> Self {
        let mut parts = value.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
        let format = Format::ALL.into_iter().find(|format| format.info().media_type == kind);
        let version = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            name.trim().eq_ignore_ascii_case("version").then(|| value.trim().trim_matches('"').to_owned())
        });
        let of_text = || format.filter(|format| *format == Format::Text).map(|text| text.info().implied_version.into());
        Self { format, version: version.or_else(of_text) }
    }
}

/// The value of a header, if it is there and text.
pub(super) fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Looks at the head before the page is read. `asked` is the one format that was asked for.
pub(super) fn check_head(headers: &HeaderMap, asked: Option<Format>, is_gzip: bool, bytes: usize) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut report = |severity, rule, message: String| problems.push(Problem::of_page(severity, rule, message));
    let content_type = text(headers, header::CONTENT_TYPE);
    let said = content_type.map(ContentType::read);
    match (content_type, &said) {
        (Some(value), Some(said)) if !value.trim().is_empty() => {
            if said.format.is_some() && asked.is_some() && said.format != asked {
                report(
                    Severity::Warning,
                    "format-not-given",
                    format!("the format asked for was not given, but {value:?}"),
                );
            }
            if let Some(version) = &said.version
                && !is_known_version(said.format, version)
            {
                report(Severity::Warning, "version-not-asked-for", format!("version {version} was not asked for"));
            }
        }
        _ => {}
    }
    let vary =
        headers.get_all(header::VARY).iter().filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",");
    let varies = |name: &str| vary.split(',').any(|word| word.trim() == "*" || word.trim().eq_ignore_ascii_case(name));
    let is_negotiated = said.is_some_and(|said| said.version.is_some_and(|version| version != "0.0.4"));
    for (name, is_needed) in [("Accept", is_negotiated), ("Accept-Encoding", is_gzip)] {
        if is_needed && !varies(name) {
            let message = format!("no `Vary: {name}`; a cache may hand this answer to who asked for another");
            report(Severity::Note, "vary-missing", message);
        }
    }
    if let Some(coding) =
        text(headers, header::CONTENT_ENCODING).filter(|coding| !["", "gzip", "identity"].contains(coding))
    {
        let message =
            format!("Content-Encoding is {coding:?}, which Prometheus does not undo: it reads the bytes as they are");
        report(Severity::Warning, "content-encoding-unknown", message);
    }
    if !is_gzip && bytes >= WORTH_PACKING {
        report(
            Severity::Warning,
            "not-compressed",
            format!("{bytes} bytes were sent as they are, though gzip was offered"),
        );
    }
    problems
}

fn is_known_version(format: Option<Format>, version: &str) -> bool {
    format.is_none_or(|format| format.info().versions.iter().any(|known| known.number == version))
}

/// Looks at whether the page is in the format that its Content-Type says.
pub(super) fn check_format(said: &ContentType, body: &str, page: &Page<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let guessed = exposition::guess(body);
    // A page without an end may be one that was cut off.
    let is_sure = guessed != Format::FALLBACK || exposition::parse(body, guessed).faults.is_empty();
    if let Some(format) = said.format.filter(|format| *format != guessed && is_sure) {
        let message = format!("Content-Type says {}, and the page is {}", format.info().title, guessed.info().title);
        problems.push(Problem::of_page(Severity::Warning, "content-type-mismatch", message));
    }
    if page.quoted_line.is_some() && said.version.as_deref() == Some("0.0.4") {
        let message = "names in quotes exist since text 1.0.0, and Content-Type says 0.0.4";
        let line = page.quoted_line;
        problems.push(Problem { line, ..Problem::of_page(Severity::Warning, "quoted-name", message) });
    }
    problems
}

/// How old the headers say the page is, in seconds, and which of them said so.
pub(super) fn age(headers: &HeaderMap, now: SystemTime) -> Option<(f64, &'static str)> {
    let date = |name| text(headers, name).and_then(|value| httpdate::parse_http_date(value).ok());
    if let Some(modified) = date(header::LAST_MODIFIED) {
        // By the server's clock if it tells it.
        let now = date(header::DATE).unwrap_or(now);
        return Some((now.duration_since(modified).map_or(0.0, |age| age.as_secs_f64()), "Last-Modified"));
    }
    let age = text(headers, header::AGE)?.trim().parse::<u32>().ok()?;
    Some((f64::from(age), "Age"))
}
