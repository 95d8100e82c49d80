//! What of a request decides its answer, from the crate's parts.

use std::borrow::Cow;

use may_minihttp::Request;

use crate::serve::Limits;
use crate::serve::reply::Reply;
use crate::serve::respond::{RequestHead, respond};
use crate::serve::site::Site;

/// The head of a request.
pub(super) struct Head<'a> {
    method: &'a str,
    target: &'a str,
    accept: Cow<'a, str>,
    accept_encoding: Cow<'a, str>,
    authorization: Option<&'a str>,
    lines: usize,
    /// Of its first line and its headers, without empty lines before it and white space after it.
    pub(super) bytes: usize,
    body: DeclaredBody<'a>,
    /// The client's version of HTTP.
    pub(super) version: &'static str,
    /// Whether the client wants no further answer on this connection.
    pub(super) is_last: bool,
}

/// What a head says of the body that follows.
#[derive(Debug, Default, PartialEq, Eq)]
struct DeclaredBody<'a> {
    length: Option<u64>,
    /// The last coding of Transfer-Encoding.
    coding: Option<&'a str>,
    /// It can be read in more ways than one.
    is_ambiguous: bool,
}

impl<'a> DeclaredBody<'a> {
    fn length(&mut self, text: &str) {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let length = text.parse().ok().filter(|_| is_number);
        self.is_ambiguous |= length.is_none() || self.length.is_some_and(|other| Some(other) != length);
        self.length = length;
    }

    fn coding(&mut self, text: &'a str) {
        self.coding = text.rsplit(',').next().map(str::trim);
    }

    fn is_wrong(&self, is_1_0: bool) -> bool {
        let is_unknown = self.coding.is_some_and(|coding| is_1_0 || !coding.eq_ignore_ascii_case("chunked"));
        self.is_ambiguous || is_unknown
    }

    fn is_there(&self) -> bool {
        self.coding.is_some() || self.length.is_some_and(|bytes| bytes > 0)
    }
}

impl<'a> Head<'a> {
    pub(super) fn read(request: &'a Request<'_, '_, '_>) -> Self {
        // The crate tells 1.0 and 1.1 as 0 and 1.
        let is_1_0 = request.version() == 0;
        let mut head = Self {
            method: request.method(),
            target: request.path(),
            accept: Cow::Borrowed(""),
            accept_encoding: Cow::Borrowed(""),
            authorization: None,
            lines: request.headers().len(),
            bytes: bytes_of(request),
            body: DeclaredBody::default(),
            version: if is_1_0 { "HTTP/1.0" } else { "HTTP/1.1" },
            is_last: is_1_0,
        };
        for header in request.headers() {
            // A header that is no text says nothing, but for a token, which is a wrong one.
            let text = std::str::from_utf8(header.value).unwrap_or("").trim();
            match header.name {
                name if name.eq_ignore_ascii_case("accept") => join(&mut head.accept, text),
                name if name.eq_ignore_ascii_case("accept-encoding") => join(&mut head.accept_encoding, text),
                name if name.eq_ignore_ascii_case("authorization") => {
                    head.authorization = head.authorization.or(Some(text));
                }
                name if name.eq_ignore_ascii_case("connection") => {
                    head.is_last |= text.split(',').any(|option| option.trim().eq_ignore_ascii_case("close"));
                }
                name if name.eq_ignore_ascii_case("content-length") => head.body.length(text),
                name if name.eq_ignore_ascii_case("transfer-encoding") => head.body.coding(text),
                _ => {}
            }
        }
        head
    }

    /// The answer; its bytes may still be coming.
    pub(super) fn reply(&self, site: &Site, limits: &Limits) -> Reply {
        if self.bytes > limits.head_bytes || self.lines > limits.head_lines {
            return Reply::text(431, "The head of the request is too large.\n").last();
        }
        if self.body.is_wrong(self.version == "HTTP/1.0") {
            return Reply::text(400, "The request does not say how long its body is.\n").last();
        }
        let (path, query) = path_and_query(self.target);
        let mut head = RequestHead::new(self.method, path);
        head.query = query;
        head.accept = &self.accept;
        head.accept_encoding = &self.accept_encoding;
        head.authorization = self.authorization;
        head.has_body = self.body.is_there();
        respond(site, &head)
    }
}

/// How long a head is: its parts lie in the crate's buffer one behind the other.
fn bytes_of(request: &Request<'_, '_, '_>) -> usize {
    let start = request.path().as_ptr().addr().saturating_sub(request.method().len() + 1);
    let end = match request.headers().last() {
        Some(header) if header.value.is_empty() => header.name.as_ptr().addr() + header.name.len() + 1,
        Some(header) => header.value.as_ptr().addr() + header.value.len(),
        None => request.path().as_ptr().addr() + request.path().len() + " HTTP/1.1".len(),
    };
    end.saturating_sub(start) + "\r\n\r\n".len()
}

/// Adds what a further header of the same name says.
fn join<'a>(all: &mut Cow<'a, str>, text: &'a str) {
    *all = if all.is_empty() { Cow::Borrowed(text) } else { format!("{all}, {text}").into() };
}

/// The path and the query of a target, which is either that or a whole URL.
fn path_and_query(target: &str) -> (&str, &str) {
    let after_scheme = ["http://", "https://"].into_iter().find_map(|scheme| {
        let start = target.get(..scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then(|| &target[scheme.len()..])
    });
    let target = match after_scheme {
        Some(rest) => rest.find(['/', '?']).map_or("/", |at| &rest[at..]),
        None => target,
    };
    let target = target.split('#').next().unwrap_or("");
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    (if path.is_empty() { "/" } else { path }, query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_a_path_with_a_query_or_a_whole_url() {
        for (target, path, query) in [
            ("/metrics", "/metrics", ""),
            ("/metrics?a=1&b=?", "/metrics", "a=1&b=?"),
            ("/metrics#part", "/metrics", ""),
            ("http://host:9464/metrics?a=1", "/metrics", "a=1"),
            ("HTTPS://host", "/", ""),
            ("http://host?a", "/", "a"),
            ("*", "*", ""),
            ("é", "é", ""),
        ] {
            assert_eq!(path_and_query(target), (path, query), "{target}");
        }
    }

    #[test]
    fn a_body_is_one_length_or_chunks_and_anything_else_is_refused() {
        let announced = |lengths: &[&str], codings: &[&'static str]| {
            let mut body = DeclaredBody::default();
            lengths.iter().for_each(|length| body.length(length));
            codings.iter().for_each(|coding| body.coding(coding));
            (body.is_wrong(false), body.is_there())
        };
        assert_eq!(announced(&[], &[]), (false, false));
        for lengths in [&["0"][..], &["00"], &["0", "0"]] {
            assert_eq!(announced(lengths, &[]), (false, false), "{lengths:?}");
        }
        for lengths in [&["5"][..], &["5", "5"], &["5", "05"], &["18446744073709551615"]] {
            assert_eq!(announced(lengths, &[]), (false, true), "{lengths:?}");
        }
        for lengths in [&[""][..], &["+5"], &["5, 5"], &["5 5"], &["0x5"], &["18446744073709551616"], &["0", "6"]] {
            assert!(announced(lengths, &[]).0, "{lengths:?}");
        }
        for codings in [&["chunked"][..], &["CHUNKED"], &["x, chunked"], &["x", "chunked"]] {
            assert_eq!(announced(&["4"], codings), (false, true), "{codings:?}");
        }
        for codings in [&[""][..], &["xchunked"], &["chunked, x"], &["chunked", "x"], &["\"chunked\""]] {
            assert!(announced(&["4"], codings).0, "{codings:?}");
        }
        let mut old = DeclaredBody::default();
        old.coding("chunked");
        assert!(old.is_wrong(true), "HTTP/1.0 has no chunks");
    }
}
