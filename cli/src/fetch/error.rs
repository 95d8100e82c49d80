//! Why nothing came back, or not whole, each in a sentence that says what to do.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Step;
use openclaw_prometheus::config::TOKEN_VARIABLE;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("{url:?} cannot be fetched: {why}")]
    Url { url: String, why: &'static str },
    #[error("{place} holds no token; write visible ASCII characters on one line")]
    Token { place: String },
    #[error("--basic-auth-user has a colon or a control character, which no name can be sent with")]
    User,
    #[error("{} holds no password; write it on one line", .path.display())]
    Password { path: PathBuf },
    #[error("cannot read the token or password file {}: {error}", .path.display())]
    SecretFile {
        path: PathBuf,
        #[source]
        error: io::Error,
    },
    #[error("the system gave no runtime: {0}")]
    Runtime(#[source] io::Error),
    #[error("{}", unconnected(.url, .error))]
    Connect {
        url: String,
        #[source]
        error: io::Error,
    },
    #[error("{what}")]
    Tls { what: String },
    #[error("the file {} {problem}", .path.display())]
    TlsFile { path: PathBuf, problem: String },
    #[error(
        "this system trusts no certificate at all; install its CA certificates (ca-certificates), or name one with --ca-file"
    )]
    NobodyTrusted,
    #[error("{url} ends the TLS handshake: {error}")]
    Handshake {
        url: String,
        #[source]
        error: io::Error,
    },
    #[error("{url} does not answer in HTTP/1.1{}: {error}", if .url.starts_with("https:") { "" } else { "; does it speak https?" })]
    Http {
        url: String,
        #[source]
        error: hyper::Error,
    },
    #[error(
        "{url} says with Transfer-Encoding or Content-Length how its answer is sent, and Prometheus does not know that way"
    )]
    Framing { url: String },
    #[error("{}", timed_out(*.timeout, *.step))]
    Timeout { timeout: Duration, step: Step },
    #[error("{url} redirects to {location:?}, which is another host and is not followed; ask that one")]
    Elsewhere { url: String, location: String },
    #[error("more than {limit} redirects, the last to {url}")]
    Redirects { url: String, limit: usize },
    #[error("{url} answers {status}: {}", advice(*.status, *.asked))]
    Status { url: String, status: u16, asked: Asked },
    #[error("the answer ended after {bytes} bytes, before its announced end: {error}")]
    CutShort {
        bytes: usize,
        #[source]
        error: hyper::Error,
    },
    #[error("the answer says it is gzip and cannot be unpacked: {error}")]
    Gzip {
        #[source]
        error: io::Error,
    },
    #[error("the page is larger than 64 MiB unpacked; nothing more was read")]
    TooLarge,
}

/// As whom a server was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Nobody,
    WithToken,
    WithPassword,
}

impl FetchError {
    pub(super) fn tls_file(path: &Path, problem: impl Into<String>) -> Self {
        Self::TlsFile { path: path.into(), problem: problem.into() }
    }
}

fn unconnected(url: &str, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            format!("nothing listens at {url}; is the exporter running, and is this its port?")
        }
        _ => format!("cannot connect to {url}: {error}"),
    }
}

fn timed_out(timeout: Duration, step: Step) -> String {
    let seconds = timeout.as_secs_f64();
    match step {
        Step::Connect => format!("no connection within {seconds} s; is a firewall between, or the host down?"),
        Step::Tls => format!("connected, and TLS did not begin within {seconds} s; does it speak TLS there?"),
        Step::Head => format!("connected, and no answer within {seconds} s; the exporter hangs or is too slow"),
        Step::Body(bytes) => format!("the answer stopped after {bytes} bytes and was not whole within {seconds} s"),
    }
}

/// What to do about a status.
fn advice(status: u16, asked: Asked) -> String {
    match status {
        401 if asked == Asked::WithToken => {
            "the token is not the server's; compare it with the one the server reads".into()
        }
        401 if asked == Asked::WithPassword => {
            "the name and the password are not the server's; compare them with those the server reads".into()
        }
        401 => format!("it wants a bearer token ({TOKEN_VARIABLE} or --token-file) or --basic-auth-user"),
        403 if asked == Asked::WithPassword => {
            "the name is known and may not read metrics; give it the right to".into()
        }
        403 if asked == Asked::WithToken => "the token is known and may not read metrics; give it the right to".into(),
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
