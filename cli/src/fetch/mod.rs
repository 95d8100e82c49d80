//! One request over HTTP/1.1, as Prometheus 3 makes it.
//!
//! Bounded in time, in bytes on the wire and in bytes unpacked. Follows redirects on the same host only, so that the
//! token goes nowhere else; uses no proxy. What the body is, is for others to judge.

mod access;
mod credentials;
mod error;
mod tls;
mod url;

use std::cell::Cell;
use std::future::poll_fn;
use std::io::Read;
use std::pin::Pin;
use std::time::{Duration, Instant};

use http_body::Body;
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Request, Response, StatusCode, Version};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpStream, UnixStream};

use self::tls::Tls;
use self::url::Place;

pub(crate) use self::access::Access;
pub(crate) use self::credentials::Credentials;
pub(crate) use self::error::{Asked, FetchError};
pub(crate) use self::url::{Url, printable};

/// An answer may have this many bytes, on the wire and unpacked.
pub(crate) const LIMIT_BYTES: usize = 64 << 20;

/// As Go has it.
const HEAD_BYTES: usize = 1 << 20;
/// As many as have room there, nearly.
const HEADERS: usize = 16 << 10;
const REDIRECTS: usize = 5;
const AGENT: &str = concat!("openclaw-prometheus-probe/", env!("CARGO_PKG_VERSION"));

/// What to ask, and how.
pub(crate) struct Ask<'a> {
    pub(crate) url: Url,
    /// The header Accept.
    pub(crate) accept: String,
    pub(crate) credentials: Option<&'a Credentials>,
    /// Whom to trust.
    pub(crate) access: &'a Access,
    pub(crate) timeout: Duration,
    /// Whether a header's name may have blanks behind it, as Go took it once.
    pub(crate) has_loose_heads: bool,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) wire_bytes: usize,
    pub(crate) is_gzip: bool,
    /// From before the connection to the head of the answer.
    pub(crate) first_byte: Duration,
    pub(crate) total: Duration,
}

/// How far a scrape got, to tell where it hangs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Connect,
    Tls,
    Head,
    Body(usize),
}

/// Fetches a page. Any status but 200 is an error that says what to do.
pub(crate) fn fetch(ask: Ask<'_>) -> Result<Answer, FetchError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(FetchError::Runtime)?;
    let (timeout, step) = (ask.timeout, Cell::new(Step::Connect));
    let outcome = runtime.block_on(async {
        tokio::time::timeout(timeout, scrape(ask, &step))
            .await
            .unwrap_or_else(|_| Err(FetchError::Timeout { timeout, step: step.get() }))
    });
    // A name server that does not answer must not keep us.
    runtime.shutdown_background();
    outcome
}

async fn scrape(ask: Ask<'_>, step: &Cell<Step>) -> Result<Answer, FetchError> {
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
            if let Some(credentials) = ask.credentials {
                credentials.hide_in(&mut location);
            }
            url = next.ok_or(FetchError::Elsewhere { url: url.to_string(), location })?;
            continue;
        }
        if status != StatusCode::OK {
            return Err(FetchError::Status {
                url: url.to_string(),
                status: status.as_u16(),
                asked: match ask.credentials {
                    None => Asked::Nobody,
                    Some(credentials) if credentials.is_token() => Asked::WithToken,
                    Some(_) => Asked::WithPassword,
                },
            });
        }
        check_framing(&url, &response)?;
        let headers = response.headers().clone();
        let packed = body(response.into_body(), step).await?;
        let wire_bytes = packed.len();
        let is_gzip = headers.get(header::CONTENT_ENCODING).is_some_and(|coding| coding == "gzip");
        let body = if is_gzip { unpacked(&packed)? } else { packed };
        return Ok(Answer { url, headers, body, wire_bytes, is_gzip, first_byte, total: started.elapsed() });
    }
    Err(FetchError::Redirects { url: url.to_string(), limit: REDIRECTS })
}

/// Whether the body ends where Go lets it end, which knows chunks and one length, and nothing else.
fn check_framing(url: &Url, response: &Response<Incoming>) -> Result<(), FetchError> {
    let (headers, name) = (response.headers(), header::TRANSFER_ENCODING);
    let codings: Vec<_> = headers.get_all(&name).iter().filter(|_| response.version() > Version::HTTP_10).collect();
    let is_known = match codings[..] {
        [] => {
            headers.get_all(header::CONTENT_LENGTH).iter().all(|value| value.as_bytes().iter().all(u8::is_ascii_digit))
        }
        [coding] => coding.as_bytes().eq_ignore_ascii_case(b"chunked"),
        _ => false,
    };
    if is_known { Ok(()) } else { Err(FetchError::Framing { url: url.to_string() }) }
}

/// Asks once, on a connection of its own, and waits for the head of the answer.
async fn request(ask: &Ask<'_>, url: &Url, step: &Cell<Step>) -> Result<Response<Incoming>, FetchError> {
    let connect = |error| FetchError::Connect { url: url.to_string(), error };
    match &url.place {
        Place::Tcp { host, port, is_tls } => {
            let tls = if *is_tls { Some(Tls::new(ask.access, host)?) } else { None };
            let stream = TcpStream::connect((host.as_str(), *port)).await.map_err(connect)?;
            let Some(tls) = tls else {
                step.set(Step::Head);
                return exchange(ask, url, TokioIo::new(stream)).await;
            };
            step.set(Step::Tls);
            let stream = tls.shake_hands(stream, url).await?;
            step.set(Step::Head);
            exchange(ask, url, TokioIo::new(stream)).await.map_err(|error| match &error {
                FetchError::Http { error: cause, .. } => tls.problem(cause, url).unwrap_or(error),
                _ => error,
            })
        }
        Place::Unix(path) => {
            let stream = UnixStream::connect(path).await.map_err(connect)?;
            step.set(Step::Head);
            exchange(ask, url, TokioIo::new(stream)).await
        }
    }
}

async fn exchange<S>(ask: &Ask<'_>, url: &Url, stream: S) -> Result<Response<Incoming>, FetchError>
where
    S: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let http = |error| FetchError::Http { url: url.to_string(), error };
    // Go reads lines that are folded, too.
    let mut client = hyper::client::conn::http1::Builder::new();
    client.allow_obsolete_multiline_headers_in_responses(true).max_buf_size(HEAD_BYTES).max_headers(HEADERS);
    client.allow_spaces_after_header_name_in_responses(ask.has_loose_heads);
    let (mut sender, connection) = client.handshake(stream).await.map_err(http)?;
    tokio::spawn(connection);
    let mut request = Request::new(String::new());
    *request.uri_mut() = url.path.clone().into();
    let headers = request.headers_mut();
    headers.insert(
        header::HOST,
        HeaderValue::try_from(url.host())
            .map_err(|_| FetchError::Url { url: url.to_string(), why: "the host cannot be sent in a header" })?,
    );
    if let Ok(accept) = HeaderValue::try_from(ask.accept.as_str()) {
        headers.insert(header::ACCEPT, accept);
    }
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static(AGENT));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    if let Ok(seconds) = HeaderValue::try_from(ask.timeout.as_secs_f64().to_string()) {
        headers.insert("x-prometheus-scrape-timeout-seconds", seconds);
    }
    if let Some(value) = ask.credentials.and_then(Credentials::header) {
        headers.insert(header::AUTHORIZATION, value);
    }
    sender.send_request(request).await.map_err(http)
}

/// The body as it is on the wire.
async fn body(mut incoming: Incoming, step: &Cell<Step>) -> Result<Vec<u8>, FetchError> {
    let mut packed = Vec::new();
    step.set(Step::Body(0));
    while let Some(frame) = poll_fn(|context| Pin::new(&mut incoming).poll_frame(context)).await {
        let frame = frame.map_err(|error| FetchError::CutShort { bytes: packed.len(), error })?;
        if let Some(data) = frame.data_ref() {
            if packed.len() + data.len() > LIMIT_BYTES {
                return Err(FetchError::TooLarge);
            }
            packed.extend_from_slice(data);
            step.set(Step::Body(packed.len()));
        }
    }
    Ok(packed)
}

/// What was packed. Only what is called `gzip`, in these letters, is unpacked, as by Prometheus.
fn unpacked(packed: &[u8]) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    let limit = LIMIT_BYTES as u64 + 1;
    let mut reader = flate2::read::MultiGzDecoder::new(packed).take(limit);
    reader.read_to_end(&mut body).map_err(|error| FetchError::Gzip { error })?;
    if body.len() > LIMIT_BYTES { Err(FetchError::TooLarge) } else { Ok(body) }
}
