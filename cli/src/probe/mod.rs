//! `probe`: fetches a page as Prometheus does, and says what is wrong with it.
//!
//! An error is what makes the scrape fail or loses samples, by the rules of the Prometheus itself (`crate::scraper`); a
//! warning is what a format or a guide forbids and Prometheus takes. The page is bounded in time and size. What it was asked
//! with is taken from the environment or a file and shown nowhere, not even if a server sends it back.

mod accept;
mod answer;
mod error;
mod judgement;
mod lint;
mod report;
mod summary;

use std::io::{self, Read};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use hyper::header::{self, HeaderMap, HeaderValue};

use self::accept::accept;
use self::answer::ContentType;
use self::report::{Age, Report, Transfer};
use super::CliError;
use super::terminal::print;
use crate::exposition::{self, Format, Problem, Severity};
use crate::fetch::{self, Access, Answer, Ask, Credentials, FetchError, LIMIT_BYTES, Url, printable};
use crate::scraper::{self, Release};

pub(super) use self::error::ProbeError;

/// What `probe` can be asked.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit status: 0 no errors (and, with --strict, no warnings), 1 problems found,
2 the page could not be fetched, or is none.

An error is what makes the scrape fail or loses samples. A warning is what a
format or a guide forbids and Prometheus takes, a note what is known or a hint.

A bearer token is taken from the environment variable
OPENCLAW_PROMETHEUS_BEARER_TOKEN, else from openclaw-prometheus_BEARER_TOKEN, as
the plugin before this one had it, or from --token-file. A password is only read
from a file. A page may have 64 MiB. Redirects are followed on the same host.")]
pub(super) struct Probe {
    /// http://HOST:PORT/PATH, the same with https, HOST:PORT, unix:/SOCKET[:/PATH], or `-` for standard input.
    #[arg(default_value = "http://127.0.0.1:19464/metrics")]
    url: String,
    /// Ask for one format; of standard input, say which it is.
    #[arg(long, value_parser = formats())]
    format: Option<Format>,
    /// The Prometheus to judge as.
    #[arg(long = "as", value_name = "RELEASE", value_parser = releases(), default_value = Release::V3.name())]
    release: Release,
    /// Give up after so many seconds.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    timeout: Duration,
    #[command(flatten)]
    access: Access,
    /// Count warnings as problems.
    #[arg(long)]
    strict: bool,
    /// Print everything as one JSON object.
    #[arg(long, conflicts_with = "quiet")]
    json: bool,
    /// Print problems only.
    #[arg(long)]
    quiet: bool,
}

/// The formats as words of the command line.
fn formats() -> impl TypedValueParser<Value = Format> {
    let value = |format: Format| PossibleValue::new(format.name()).help(format.info().title);
    let named = |name: String| Format::ALL.into_iter().find(|format| format.name() == name);
    PossibleValuesParser::new(Format::ALL.map(value)).try_map(move |name| named(name).ok_or("not a format"))
}

/// The releases as words of the command line.
fn releases() -> impl TypedValueParser<Value = Release> {
    let named = |name: String| Release::ALL.into_iter().find(|release| release.name() == name);
    PossibleValuesParser::new(Release::ALL.map(Release::name)).try_map(move |name| named(name).ok_or("not a release"))
}

pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.001..=3600.0).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "write seconds between 0.001 and 3600".into())
}

/// Probes and prints. Returns how many problems count.
pub(super) fn run(probe: &Probe) -> Result<u64, CliError> {
    let report = match examine(probe) {
        Ok(report) => report,
        Err(error) => {
            if probe.json {
                // A script reads an object whatever happens; the exit status tells them apart.
                print(&format!(
                    "{}\n",
                    serde_json::json!({ "url": printable(&probe.url), "error": error.to_string() })
                ))?;
            }
            return Err(CliError::Probe(error));
        }
    };
    if probe.json {
        let json = serde_json::to_string_pretty(&report).map_err(|error| CliError::Write(error.into()))?;
        print(&format!("{json}\n"))?;
    } else {
        print(&summary::print(&report, probe.quiet))?;
    }
    let counted = report.errors + if probe.strict { report.warnings } else { 0 };
    Ok(counted as u64)
}

fn examine(probe: &Probe) -> Result<Report, ProbeError> {
    let format = probe.format;
    if probe.url == "-" {
        return examine_input(format, probe.release);
    }
    let credentials = Credentials::find(&probe.access)?;
    let ask = Ask {
        url: Url::read(&probe.url)?,
        accept: accept(format, probe.release),
        credentials: credentials.as_ref(),
        access: &probe.access,
        timeout: probe.timeout,
        has_loose_heads: probe.release == Release::V2,
    };
    let answer = fetch::fetch(ask)?;
    examine_answer(answer, probe, credentials.as_ref())
}

fn examine_input(format: Option<Format>, release: Release) -> Result<Report, ProbeError> {
    let mut body = Vec::new();
    io::stdin().lock().take(LIMIT_BYTES as u64 + 1).read_to_end(&mut body).map_err(ProbeError::Input)?;
    if body.len() > LIMIT_BYTES {
        return Err(FetchError::TooLarge.into());
    }
    let text = String::from_utf8_lossy(&body);
    let format = format.unwrap_or_else(|| exposition::guess(&text));
    let page = exposition::parse(&text, format);
    let now = SystemTime::now();
    // As if it came with the right head.
    let mut scrape = scraper::scrape(&body, Some(format.info().media_type), release, milliseconds(now));
    let problems = judgement::of(&page, &body, &mut scrape);
    Ok(Report::new("standard input".into(), &page, body.len(), problems, now, scrape))
}

fn examine_answer(answer: Answer, probe: &Probe, credentials: Option<&Credentials>) -> Result<Report, ProbeError> {
    let now = SystemTime::now();
    let (mut headers, mut body, asked) = (answer.headers, answer.body, probe.format);
    let bytes = body.len();
    let shows_secret =
        credentials.is_some_and(|secret| secret.hide_in_bytes(&mut body) | hide_in_headers(secret, &mut headers));
    let text = String::from_utf8_lossy(&body);
    let content_type = headers.get(header::CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let content_type = content_type.as_deref();
    if content_type.is_some_and(scraper::is_protobuf) {
        return Err(ProbeError::Protobuf);
    }
    let said = ContentType::read(content_type.unwrap_or_default());
    let page = exposition::parse(&text, said.format.or(asked).unwrap_or_else(|| exposition::guess(&text)));
    let mut scrape = scraper::scrape(&body, content_type, probe.release, milliseconds(now));
    let coding = answer::text(&headers, header::CONTENT_ENCODING);
    scrape.refuse_coding(coding.unwrap_or_default());
    let mut problems = answer::check_head(&headers, asked, answer.is_gzip, bytes);
    problems.extend(answer::check_format(&said, &text, &page));
    if probe.access.insecure_skip_verify && answer.url.is_tls() {
        let message = "the server's certificate was not looked at; anybody may have answered";
        problems.push(Problem::of_page(Severity::Note, "certificate-unverified", message));
    }
    if shows_secret {
        let message = "the answer shows the token or password that it was asked with";
        problems.push(Problem::of_page(Severity::Error, "token-shown", message));
    }
    problems.extend(judgement::of(&page, &body, &mut scrape));
    let transfer = Transfer {
        status: 200,
        content_type: content_type.map(str::to_owned),
        wire_bytes: answer.wire_bytes,
        is_gzip: answer.is_gzip,
        first_byte_seconds: answer.first_byte.as_secs_f64(),
        total_seconds: answer.total.as_secs_f64(),
    };
    let report = Report::new(answer.url.to_string(), &page, bytes, problems, now, scrape);
    let age = answer::age(&headers, now).map(|(seconds, source)| Age { seconds, source: source.into() });
    Ok(Report { transfer: Some(transfer), version: said.version, age: report.age.or(age), ..report })
}

fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Takes the token out of every header. Returns whether it was there.
fn hide_in_headers(credentials: &Credentials, headers: &mut HeaderMap) -> bool {
    let mut is_there = false;
    for value in headers.values_mut() {
        let mut text = String::from_utf8_lossy(value.as_bytes()).into_owned();
        if credentials.hide_in(&mut text) {
            is_there = true;
            *value = HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("[secret]"));
        }
    }
    is_there
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_a_time_to_wait() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        for text in ["0", "-1", "NaN", "inf", "3601", "soon", ""] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
