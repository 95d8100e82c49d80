//! What a client may take of the server: time, memory, connections.

use std::time::Duration;

use crate::publish::IN_FLIGHT_BYTES;

/// The limits of a [`Server`](super::Server). The defaults suit an exporter: few clients, small requests, large answers.
///
/// ```
/// use std::time::Duration;
/// use openclaw_prometheus::serve::Limits;
///
/// let mut limits = Limits::default();
/// limits.idle = Duration::from_secs(30);
/// assert_eq!(limits.connections, 512);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Connections at most. One more and the one that is idle longest is closed, first one that never asked for anything;
    /// while all are being answered, new ones wait in the system's backlog. 512: some scrapers keep two or three, and half
    /// of the 1,024 descriptors that a process usually has are left to the host. At least 1.
    pub connections: usize,
    /// Requests that are answered at a time, at most; one more is 503. None: as many as there are connections.
    pub requests: Option<usize>,
    /// Bytes of a request's head at most, then 431. 16 KiB: what proxies and browsers with cookies send is half of it.
    pub head_bytes: usize,
    /// Headers of a request at most, then 431. 100: a browser behind a proxy sends thirty.
    pub head_lines: usize,
    /// Bytes of pages and views that are replaced by newer ones and that readers still hold, at most; beyond it those are
    /// reset that got on least in the last seconds. 24 MiB: a few readers on slow lines at large pages. Never less than
    /// two of the largest page. The newest page and the next one are not counted, nor are views that were made since the
    /// last render, of which a quarter of this is kept. All servers of the same pages share what the last one started says.
    pub in_flight_bytes: usize,
    /// From connecting, or from the first byte of a later request, to the end of the head. 5 s: a head is one packet,
    /// and one that was lost is sent again within a second.
    pub head: Duration,
    /// Between an answer and the next request. 90 s: scrapes come each 15 to 60 s, and a reused connection saves both
    /// sides a handshake.
    pub idle: Duration,
    /// How long the client may take nothing at all, half a MiB at a time; with more than 64 connections less, down to
    /// 64 KiB. What lies ready for it in the system is not waited for. 10 s: what a scrape has in all by default.
    pub stall: Duration,
    /// From the end of the head to the end of the answer. 120 s: the longest scrape time-outs in use; it ends the reader
    /// that takes just enough not to stall, and the wait for a page that never comes.
    pub answer: Duration,
    /// How long a connection that the server ends is still read and not listened to, so that the answer is not lost to
    /// a reset. 1 s.
    pub linger: Duration,
    /// How long answers on their way may go on after a stop. 500 ms: a host that stops waits for us.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            requests: None,
            head_bytes: 16 << 10,
            head_lines: 100,
            in_flight_bytes: IN_FLIGHT_BYTES,
            head: Duration::from_secs(5),
            idle: Duration::from_secs(90),
            stall: Duration::from_secs(10),
            answer: Duration::from_secs(120),
            linger: Duration::from_secs(1),
            drain: Duration::from_millis(500),
        }
    }
}
