//! The client: scrapes one kept connection, as Prometheus does.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Bytes read at once.
const READ: usize = 64 << 10;

/// What a scrape asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    Identity,
    Gzip,
}

impl Coding {
    pub const ALL: [Self; 2] = [Self::Identity, Self::Gzip];

    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
        }
    }
}

/// A connection that stays.
pub struct Client {
    stream: TcpStream,
    request: String,
    coding: Coding,
    buffer: Vec<u8>,
    /// Bytes of the buffer that the last answer took, and where its body begins.
    len: usize,
    body_at: usize,
}

impl Client {
    pub fn connect(address: SocketAddr, coding: Coding) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_nodelay(true).expect("a socket");
        let request = format!(
            "GET /metrics HTTP/1.1\r\nHost: {address}\r\nUser-Agent: Prometheus/3.0.0\r\nAccept: \
             text/plain;version=0.0.4;q=0.5,*/*;q=0.1\r\nAccept-Encoding: {}\r\nX-Prometheus-Scrape-Timeout-Seconds: \
             10\r\n\r\n",
            coding.name()
        );
        Self { stream, request, coding, buffer: Vec::new(), len: 0, body_at: 0 }
    }

    /// Scrapes once: from the request to the last byte.
    pub fn scrape(&mut self) -> Duration {
        let start = Instant::now();
        self.stream.write_all(self.request.as_bytes()).expect("the server reads");
        (self.len, self.body_at) = (0, 0);
        let mut wanted = usize::MAX;
        while self.len < wanted {
            self.buffer.resize(self.buffer.len().max(self.len + READ), 0);
            let read = self.stream.read(&mut self.buffer[self.len..self.len + READ]).expect("the server answers");
            assert!(read > 0, "the server closed");
            self.len += read;
            if self.body_at == 0
                && let Some(end) = self.buffer[..self.len].windows(4).position(|window| window == b"\r\n\r\n")
            {
                self.body_at = end + 4;
                wanted = self.body_at + self.content_length();
            }
        }
        start.elapsed()
    }

    /// The body of the last answer, as it was sent.
    pub fn body(&self) -> &[u8] {
        &self.buffer[self.body_at..self.len]
    }

    /// The body of the last answer as text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        match self.coding {
            Coding::Identity => text.push_str(std::str::from_utf8(self.body()).expect("an exposition")),
            Coding::Gzip => {
                flate2::read::GzDecoder::new(self.body()).read_to_string(&mut text).expect("gzip of an exposition");
            }
        }
        text
    }

    fn content_length(&self) -> usize {
        let head = std::str::from_utf8(&self.buffer[..self.body_at]).expect("a head").to_ascii_lowercase();
        assert!(head.starts_with("http/1.1 200 "), "{head}");
        assert_eq!(self.coding == Coding::Gzip, head.contains("\ncontent-encoding: gzip\r"), "{head}");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        length.and_then(|length| length.parse().ok()).expect("a length")
    }
}
