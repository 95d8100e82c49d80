//! Answers as a client sees them: from `respond` alone, or over a socket.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use flate2::read::GzDecoder;
use openclaw_prometheus::serve::{RequestHead, Site, respond};

pub const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// What a read waits for at most; far beyond what anything takes.
const LIMIT: Duration = Duration::from_secs(30);

/// A whole answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// What `respond` says, once it is there. Something else has to make what is not there yet.
    pub fn to(site: &Site, head: &RequestHead<'_>) -> Self {
        let reply = respond(site, head).wait();
        assert!(reply.is_ready());
        let headers = reply.headers().map(|(name, value)| (name.to_owned(), value.to_string())).collect();
        let body = reply.pieces().collect::<Vec<_>>().concat();
        assert_eq!(reply.is_head(), head.method == "HEAD");
        assert!(body.len() as u64 == if reply.is_head() { 0 } else { reply.len() });
        Self { status: reply.status(), headers, body }
    }

    /// What `respond` says to a GET without headers.
    pub fn get(site: &Site, path: &str) -> Self {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut head = RequestHead::new("GET", path);
        head.query = query;
        Self::to(site, &head)
    }

    /// What comes back for these lines (the first is `GET /path`), over a connection of its own.
    pub fn over(address: SocketAddr, lines: &[&[u8]]) -> Self {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
        let (first, headers) = lines.split_first().unwrap();
        let mut request = [first, &b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"[..]].concat();
        headers.iter().for_each(|line| request.extend_from_slice(&[line, &b"\r\n"[..]].concat()));
        request.extend_from_slice(b"\r\n");
        stream.write_all(&request).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head");
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok()).unwrap();
        let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.into()));
        let headers = lines.map(|line| header(line).expect(line)).collect();
        Self { status, headers, body: bytes[end + 4..].to_vec() }
    }

    /// The value of the only header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        let value = found.next().map(|(_, value)| value.as_str());
        assert_eq!(found.next(), None, "{name} stands there twice");
        value
    }

    /// The Content-Type, which every answer has.
    pub fn content_type(&self) -> &str {
        self.header("content-type").expect("every answer has a Content-Type")
    }

    /// The body as text, unpacked if it is packed.
    pub fn text(&self) -> String {
        match self.header("content-encoding") {
            None => String::from_utf8(self.body.clone()).expect("UTF-8"),
            Some("gzip") => {
                let mut text = String::new();
                GzDecoder::new(&self.body[..]).read_to_string(&mut text).expect("gzip of UTF-8");
                text
            }
            Some(other) => panic!("Content-Encoding {other}"),
        }
    }
}
