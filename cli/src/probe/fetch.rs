//! One scrape, as Prometheus 3 makes it.
//!
//! Bounded in time, in bytes on the wire and in bytes unpacked. Follows redirects on the same host only, so that the
//! token goes nowhere else; uses no proxy. What the body is, is for others to judge.

use std::cell::Cell;
use std::cmp::Reverse;
use std::future::poll_fn;
use std::io::Read;
use std::pin::Pin;
use std::time::{Duration, Instant};

use http_body::Body;
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, UnixStream};

use super::token::Token;
use super::url::{Place, Url};
use super::{LIMIT_BYTES, ProbeError};
use crate::exposition::Format;
use openclaw_prometheus::encode::Escaping;

const REDIRECTS: usize = 5;
const AGENT: &str = concat!("openclaw-prometheus-probe/", env!("CARGO_PKG_VERSION"));

/// What to ask, and how.
pub(super) struct Ask<'a> {
    pub(super) url: Url,
    /// One format, or what Prometheus 3 asks for.
    pub(super) format: Option<Format>,
    pub(super) token: Option<&'a Token>,
    pub(super) timeout: Duration,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) wire_bytes: usize,
    pub(super) is_gzip: bool,
    /// From before the connection to the head of the answer.
    pub(super) first_byte: Duration,
    pub(super) total: Duration,
}

/// How far a scrape got, to tell where it hangs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Connect,
    Head,
    Body(usize),
}

/// The formats that Prometheus 3 asks for by default, in the order in which it wants them.
const WANTED: [Format; 2] = [Format::OpenMetrics, Format::Text];

/// The Accept header of Prometheus 3 with its default `scrape_protocols`, or with those of one format: each version,
/// newest first, weighs a tenth less than the one before.
fn accept(format: Option<Format>) -> String {
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

/// Fetches a page. Any status but 200 is an error that says what to do.
pub(super) fn fetch(ask: Ask<'_>) -> Result<Answer, ProbeError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(ProbeError::Runtime)?;
    let (timeout, step) = (ask.timeout, Cell::new(Step::Connect));
    let outcome = runtime.block_on(async {
        tokio::time::timeout(timeout, scrape(ask, &step))
            .await
            .unwrap_or_else(|_| Err(ProbeError::Timeout { timeout, step: step.get() }))
    });
    // A name server that does not answer must not keep us.
    runtime.shutdown_background();
    outcome
}

async fn scrape(ask: Ask<'_>, step: &Cell<Step>) -> Result<Answer, ProbeError> {
    let started = Instant::now();
    let mut url = ask.url.clone();
    for _ in 0..=REDIRECTS {
        step.set(Step::Connect);
        let response = request(&ask, &url, step).await?;
        let first_byte = started.elapsed();
        let status = response.status();
        if status.is_redirection()
            && let Some(location) = response.headers().get(header::LOCATION)
        {
            let mut location = String::from_utf8_lossy(location.as_bytes()).into_owned();
            let next = url.follow(&location);
            if let Some(token) = ask.token {
                token.hide_in(&mut location);
            }
            url = next.ok_or(ProbeError::Elsewhere { url: url.to_string(), location })?;
            continue;
        }
        if status != StatusCode::OK {
            return Err(ProbeError::Status {
                url: url.to_string(),
                status: status.as_u16(),
                has_token: ask.token.is_some(),
            });
        }
        let headers = response.headers().clone();
        let packed = body(response.into_body(), step).await?;
        let wire_bytes = packed.len();
        let (body, is_gzip) = unpacked(packed, headers.get(header::CONTENT_ENCODING))?;
        return Ok(Answer { url, headers, body, wire_bytes, is_gzip, first_byte, total: started.elapsed() });
    }
    Err(ProbeError::Redirects { url: url.to_string(), limit: REDIRECTS })
}

/// Asks once, on a connection of its own, and waits for the head of the answer.
async fn request(ask: &Ask<'_>, url: &Url, step: &Cell<Step>) -> Result<Response<Incoming>, ProbeError> {
    let connect = |error| ProbeError::Connect { url: url.to_string(), error };
    match &url.place {
        Place::Tcp { host, port } => {
            let stream = TcpStream::connect((host.as_str(), *port)).await.map_err(connect)?;
            step.set(Step::Head);
            exchange(ask, url, TokioIo::new(stream)).await
        }
        Place::Unix(path) => {
            let stream = UnixStream::connect(path).await.map_err(connect)?;
            step.set(Step::Head);
            exchange(ask, url, TokioIo::new(stream)).await
        }
    }
}

async fn exchange<S>(ask: &Ask<'_>, url: &Url, stream: S) -> Result<Response<Incoming>, ProbeError>
where
    S: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let http = |error| ProbeError::Http { url: url.to_string(), error };
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.map_err(http)?;
    tokio::spawn(connection);
    let mut request = Request::new(String::new());
    *request.uri_mut() = url.path.clone().into();
    let headers = request.headers_mut();
    headers.insert(
        header::HOST,
        HeaderValue::try_from(url.host())
            .map_err(|_| ProbeError::Url { url: url.to_string(), why: "the host cannot be sent in a header" })?,
    );
    if let Ok(accept) = HeaderValue::try_from(accept(ask.format)) {
        headers.insert(header::ACCEPT, accept);
    }
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static(AGENT));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    if let Ok(seconds) = HeaderValue::try_from(ask.timeout.as_secs_f64().to_string()) {
        headers.insert("x-prometheus-scrape-timeout-seconds", seconds);
    }
    if let Some(value) = ask.token.and_then(Token::header) {
        headers.insert(header::AUTHORIZATION, value);
    }
    sender.send_request(request).await.map_err(http)
}

/// The body as it is on the wire.
async fn body(mut incoming: Incoming, step: &Cell<Step>) -> Result<Vec<u8>, ProbeError> {
    let mut packed = Vec::new();
    step.set(Step::Body(0));
    while let Some(frame) = poll_fn(|context| Pin::new(&mut incoming).poll_frame(context)).await {
        let frame = frame.map_err(|error| ProbeError::CutShort { bytes: packed.len(), error })?;
        if let Some(data) = frame.data_ref() {
            if packed.len() + data.len() > LIMIT_BYTES {
                return Err(ProbeError::TooLarge);
            }
            packed.extend_from_slice(data);
            step.set(Step::Body(packed.len()));
        }
    }
    Ok(packed)
}

/// The body, and whether it was packed.
fn unpacked(packed: Vec<u8>, encoding: Option<&HeaderValue>) -> Result<(Vec<u8>, bool), ProbeError> {
    let encoding = encoding.map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_ascii_lowercase());
    match encoding.as_deref() {
        None | Some("" | "identity") => Ok((packed, false)),
        Some("gzip" | "x-gzip") => {
            let mut body = Vec::new();
            let limit = LIMIT_BYTES as u64 + 1;
            let mut reader = flate2::read::MultiGzDecoder::new(&packed[..]).take(limit);
            reader.read_to_end(&mut body).map_err(|error| ProbeError::Gzip { error })?;
            if body.len() > LIMIT_BYTES { Err(ProbeError::TooLarge) } else { Ok((body, true)) }
        }
        Some(_) => Err(ProbeError::Encoding),
    }
}

#[cfg(test)]
mod tests {
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
            assert_eq!(accept(format), header);
        }
        // Whatever there is can be asked for.
        assert!(Format::ALL.into_iter().all(|format| HeaderValue::try_from(accept(Some(format))).is_ok()));
    }
}
