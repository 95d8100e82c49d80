//! Answers as bytes: those that the crate writes, and those that are written past it.
//!
//! What the crate writes is known here to the byte: status, two lines of its own, the length, then our lines. So it can
//! be told when all of it has gone out, and, when it has not, the rest can be sent before an answer that is sent past
//! the crate.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use hyper::StatusCode;
use may_minihttp::Response;

use crate::serve::reply::Reply;

/// Lines that a response of the crate has room for; it panics beyond.
const LINES: usize = 16;
/// Different lines that are kept at most.
const KNOWN_LINES: usize = 256;

/// The lines of headers that were given to the crate, which wants them for ever. They come from our code and the
/// operator's configuration, never from a client, so there are a few in a program.
static KNOWN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// This line, for ever; none if there are too many.
fn known(line: &str) -> Option<&'static str> {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(line) = known.get(line) {
        return Some(line);
    }
    if known.len() >= KNOWN_LINES {
        return None;
    }
    let line: &'static str = Box::leak(line.into());
    known.insert(line);
    Some(line)
}

/// The headers of an answer as lines, without its length, which stands for itself.
fn lines(reply: &Reply) -> impl Iterator<Item = String> {
    let others = reply.headers().filter(|(name, _)| *name != "content-length");
    others.map(|(name, value)| format!("{name}: {value}"))
}

/// A head in the order in which the crate writes it.
fn head(start: &str, reason: &str, length: u64, lines: impl Iterator<Item: AsRef<str>>) -> Vec<u8> {
    let date = httpdate::HttpDate::from(SystemTime::now());
    let mut head = Vec::with_capacity(512);
    // A vector takes whatever is written.
    let _ = write!(head, "{start} {reason}\r\nServer: M\r\nDate: {date}\r\nContent-Length: {length}");
    for line in lines {
        head.extend_from_slice(b"\r\n");
        head.extend_from_slice(line.as_ref().as_bytes());
    }
    head.extend_from_slice(b"\r\n\r\n");
    head
}

/// The head of an answer after which the connection ends, in the client's version of HTTP.
pub(super) fn last_head(reply: &Reply, version: &str) -> Vec<u8> {
    let close = std::iter::once("connection: close".to_owned());
    let start = format!("{version} {}", reply.status());
    head(&start, reason(reply.status()), reply.len(), lines(reply).chain(close))
}

fn reason(status: u16) -> &'static str {
    StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Unknown")
}

/// An answer that the crate writes, after which the connection goes on.
pub(super) struct PersistentReply {
    status: u16,
    reason: &'static str,
    lines: Vec<&'static str>,
    body: Vec<u8>,
}

impl PersistentReply {
    /// The answer, if the crate can write it: it knows no HEAD, and holds two copies of a body.
    pub(super) fn new(reply: &Reply) -> Option<Self> {
        if reply.is_head() || reply.is_last() || reply.len() > super::UNSENT_BYTES as u64 {
            return None;
        }
        let lines: Vec<&'static str> = lines(reply).map(|line| known(&line)).collect::<Option<_>>()?;
        if lines.len() > LINES {
            return None;
        }
        let mut body = Vec::with_capacity(reply.len() as usize);
        reply.pieces().for_each(|piece| body.extend_from_slice(piece));
        // The crate has its own word for the status that is most common.
        let reason = if reply.status() == 200 { "Ok" } else { reason(reply.status()) };
        Some(Self { status: reply.status(), reason, lines, body })
    }

    /// The bytes that the crate will write, but for the time, which has a fixed length.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes =
            head(&format!("HTTP/1.1 {}", self.status), self.reason, self.body.len() as u64, self.lines.iter());
        bytes.reserve_exact(self.body.len());
        bytes.extend_from_slice(&self.body);
        bytes
    }

    pub(super) fn give(self, response: &mut Response<'_>) {
        response.status_code(usize::from(self.status), self.reason);
        for line in self.lines {
            response.header(line);
        }
        response.body_vec(self.body);
    }
}
