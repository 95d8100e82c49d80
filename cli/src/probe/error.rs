//! Why a page could not be fetched or read, each in a sentence that says what to do.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::fetch::Step;
use super::token::VARIABLE;

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum ProbeError {
    Url { url: String, why: &'static str },
    Token { place: String },
    TokenFile { path: PathBuf, error: io::Error },
    Runtime(io::Error),
    Connect { url: String, error: io::Error },
    Http { url: String, error: hyper::Error },
    Timeout { timeout: Duration, step: Step },
    Elsewhere { url: String, location: String },
    Redirects { url: String, limit: usize },
    Status { url: String, status: u16, has_token: bool },
    CutShort { bytes: usize, error: hyper::Error },
    Gzip { error: io::Error },
    Encoding,
    TooLarge,
    NotUtf8 { line: usize },
    Input(io::Error),
}

impl fmt::Display for ProbeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("probe: ")?;
        match self {
            Self::Url { url, why } => write!(f, "{url:?} cannot be fetched: {why}"),
            Self::Token { place } => write!(f, "{place} holds no token; write visible ASCII characters on one line"),
            Self::TokenFile { path, error } => write!(f, "cannot read the token file {}: {error}", path.display()),
            Self::Runtime(error) => write!(f, "the system gave no runtime: {error}"),
            Self::Connect { url, error } if error.kind() == io::ErrorKind::ConnectionRefused => {
                write!(f, "nothing listens at {url}; is the exporter running, and is this its port?")
            }
            Self::Connect { url, error } => write!(f, "cannot connect to {url}: {error}"),
            Self::Http { url, error } => write!(f, "{url} does not answer in HTTP/1.1: {error}"),
            Self::Timeout { timeout, step } => timed_out(f, *timeout, *step),
            Self::Elsewhere { url, location } => {
                write!(f, "{url} redirects to {location:?}, which is another host and is not followed; probe that")
            }
            Self::Redirects { url, limit } => write!(f, "more than {limit} redirects, the last to {url}"),
            Self::Status { url, status, has_token } => {
                write!(f, "{url} answers {status}: {}", advice(*status, *has_token))
            }
            Self::CutShort { bytes, error } => {
                write!(f, "the answer ended after {bytes} bytes, before its announced end: {error}")
            }
            Self::Gzip { error } => write!(f, "the answer says it is gzip and cannot be unpacked: {error}"),
            Self::Encoding => {
                f.write_str("the answer's Content-Encoding is neither gzip nor identity, which were offered")
            }
            Self::TooLarge => f.write_str("the page is larger than 64 MiB unpacked; nothing more was read"),
            Self::NotUtf8 { line } => {
                write!(f, "the page is not UTF-8 on line {line}; is it protobuf or packed twice?")
            }
            Self::Input(error) => write!(f, "cannot read standard input: {error}"),
        }
    }
}

impl std::error::Error for ProbeError {}

fn timed_out(f: &mut fmt::Formatter<'_>, timeout: Duration, step: Step) -> fmt::Result {
    let seconds = timeout.as_secs_f64();
    match step {
        Step::Connect => write!(f, "no connection within {seconds} s; is a firewall between, or the host down?"),
        Step::Head => write!(f, "connected, and no answer within {seconds} s; the exporter hangs or is too slow"),
        Step::Body(bytes) => write!(f, "the answer stopped after {bytes} bytes and was not whole within {seconds} s"),
    }
}

/// What to do about a status.
fn advice(status: u16, has_token: bool) -> String {
    match status {
        401 if has_token => "the token is not the server's; compare it with the one the server reads".into(),
        401 => format!("it wants a bearer token; set {VARIABLE} or --token-file"),
        403 if has_token => "the token is known and may not read metrics; give it the right to".into(),
        403 => "whoever asks may not read metrics from here; ask from an allowed address, or with a token".into(),
        404 => "nothing is there; try the path /metrics, or /api/diagnostics/prometheus on a Gateway".into(),
        405 | 501 => "it does not answer GET there; is this the metrics path?".into(),
        406 => "it has none of the formats asked for; an exporter answers in text then".into(),
        429 => "it is asked too often; wait, or scrape less".into(),
        503 => "it is busy, starting or stopping; try again, and look for too many scrapes at once".into(),
        204..=299 => "that is no page; a scraper takes 200 only".into(),
        300..=399 => "a redirect that leads nowhere".into(),
        500..=599 => "it failed; its own log says why".into(),
        _ => "a scraper takes 200 only".into(),
    }
}
