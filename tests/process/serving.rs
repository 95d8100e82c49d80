//! Promise: a scrape is a pointer load and a write. What a client does hurts its own connection and nothing else, and
//! the server is gone when it is told to go.
//!
//! Raw sockets only: what is sent and what comes back is seen byte for byte.
#![cfg(feature = "serve")]

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use openclaw_prometheus::encode::Format;
use openclaw_prometheus::publish::{Publisher, Ticker};
use openclaw_prometheus::serve::{Address, Listener, RequestHead, ServeError, Server, Site, respond};
use openclaw_prometheus::{Bounds, Counter, ManualClock, Registry, SystemClock};
use support::deadline::until;
use support::this_process::{descriptors, threads_named};

use crate::alone;

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// What a read waits for at most; far beyond what anything takes.
const LIMIT: Duration = Duration::from_secs(30);
const GET: &str = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
const PAGE_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A registry, its publisher ticked by hand, and a server. Holds the other tests up.
struct Served {
    counter: Counter,
    publisher: Publisher,
    server: Server,
    _alone: MutexGuard<'static, ()>,
}

impl Served {
    fn new() -> Self {
        Self::with_series(1)
    }

    /// A page of about 500 bytes for each series.
    fn with_series(series: u32) -> Self {
        let alone = alone();
        let room = Registry::builder().series(series.max(64)).label_bytes(series.max(64) << 10);
        let registry = room.rejections_family(None).build().unwrap();
        let counter = registry.counter("calls_total", "Calls.").register().unwrap();
        let filling = registry.counter("filling_total", "").labels(["a"]).register().unwrap();
        for number in 1..series {
            filling.with([&format!("{number:0480}")]).inc();
        }
        let publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).unwrap();
        let server = Server::start(any_port(), Site::new(publisher.pages())).unwrap();
        Self { counter, publisher, server, _alone: alone }
    }

    fn connect(&self) -> Client {
        Client::connect(tcp(&self.server))
    }

    fn page(&self) -> Vec<u8> {
        self.publisher.pages().current().to_vec()
    }
}

/// One connection.
struct Client {
    stream: TcpStream,
    /// Read and not yet taken.
    rest: Vec<u8>,
}

#[derive(Debug)]
struct Answer {
    status: u16,
    /// As sent, without the line of the status.
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// All headers but the date, by name.
    fn fixed_headers(&self) -> Vec<(String, &str)> {
        let mut headers: Vec<_> =
            self.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.as_str())).collect();
        headers.retain(|(name, _)| name != "date");
        headers.sort();
        headers
    }
}

impl Client {
    fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
        Self { stream, rest: Vec::new() }
    }

    fn send(&mut self, text: &str) -> &mut Self {
        self.stream.write_all(text.as_bytes()).unwrap();
        self
    }

    /// The next answer.
    fn answer(&mut self) -> Answer {
        self.answer_to("GET").unwrap_or_else(|| panic!("closed after {:?}", String::from_utf8_lossy(&self.rest)))
    }

    /// The next answer, whose body is left out if the request was a HEAD; none if the server closes before.
    fn answer_to(&mut self, method: &str) -> Option<Answer> {
        let end = loop {
            if let Some(end) = self.rest.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end;
            }
            if !self.read_more() {
                return None;
            }
        };
        let head = String::from_utf8(self.rest.drain(..end + 4).collect()).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status_line = lines.next().unwrap();
        let status = status_line.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).expect(status_line);
        let headers: Vec<(String, String)> = lines
            .map(|line| line.split_once(": ").expect(line))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let mut answer = Answer { status: status.parse().unwrap(), headers, body: Vec::new() };
        let length: usize = answer.header("content-length").unwrap_or("0").parse().unwrap();
        if method != "HEAD" {
            while self.rest.len() < length {
                assert!(self.read_more(), "closed after {} of {length} bytes", self.rest.len());
            }
            answer.body = self.rest.drain(..length).collect();
        }
        Some(answer)
    }

    /// Reads on; false once the server has closed the connection.
    fn read_more(&mut self) -> bool {
        let mut buffer = [0; 64 << 10];
        match self.stream.read(&mut buffer) {
            Ok(0) => false,
            Ok(count) => {
                self.rest.extend_from_slice(&buffer[..count]);
                true
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => false,
            Err(error) => panic!("{error}"),
        }
    }

    /// Whether the server closes without another byte.
    fn is_closed(&mut self) -> bool {
        self.rest.is_empty() && !self.read_more()
    }
}

fn any_port() -> Listener {
    Listener::tcp(ANY_PORT).unwrap()
}

fn tcp(server: &Server) -> SocketAddr {
    server.address().tcp().unwrap()
}

fn request(method: &str, path: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

// --- what is answered

#[test]
fn get_gives_the_page_with_these_headers() {
    let mut served = Served::new();
    let mut client = served.connect();
    for count in 0..10 {
        let answer = client.send(GET).answer();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body, served.page());
        assert!(String::from_utf8_lossy(&answer.body).contains(&format!("\ncalls_total {count}\n")));
        let length = answer.body.len().to_string();
        let expected = [
            ("cache-control", "no-store"),
            ("content-length", &length),
            ("content-type", PAGE_TYPE),
            ("vary", "Accept, Accept-Encoding"),
            ("x-content-type-options", "nosniff"),
        ];
        assert_eq!(answer.fixed_headers(), expected.map(|(name, value)| (name.to_owned(), value)));
        assert!(answer.header("date").is_some_and(|date| date.ends_with(" GMT")));
        served.counter.inc();
        served.publisher.tick();
    }
}

#[test]
fn head_gives_the_headers_of_get_and_no_body() {
    let served = Served::with_series(100);
    let mut client = served.connect();
    let get = client.send(GET).answer();
    let head = client.send(&request("HEAD", "/metrics")).answer_to("HEAD").unwrap();
    assert_eq!((head.status, head.fixed_headers()), (200, get.fixed_headers()));
    assert!(head.header("content-length").unwrap().parse::<usize>().unwrap() > 40_000);
    // Nothing of a body stands before the next answer.
    assert_eq!(client.send(GET).answer().body, get.body);
    let head = client.send(&request("HEAD", "/nothing")).answer_to("HEAD").unwrap();
    let get = client.send(&request("GET", "/nothing")).answer();
    assert_eq!((head.status, head.fixed_headers()), (404, get.fixed_headers()));
}

#[test]
fn a_query_is_no_part_of_the_path() {
    let served = Served::new();
    let mut client = served.connect();
    for path in ["/metrics?", "/metrics?name[]=x", "http://localhost/metrics"] {
        assert_eq!(client.send(&request("GET", path)).answer().status, 200, "{path}");
    }
}

#[test]
fn another_path_is_404_and_says_where_the_metrics_are() {
    let served = Served::new();
    let mut client = served.connect();
    for path in ["/metrics/", "/Metrics", "/metrics.txt", "//metrics", "/metric", "/%4detrics", "*"] {
        let answer = client.send(&request("GET", path)).answer();
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.body, b"Not found. The metrics are at /metrics.\n");
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

#[test]
fn another_method_is_405_and_says_which_are_allowed() {
    let served = Served::new();
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "get"] {
        let answer = served.connect().send(&request(method, "/metrics")).answer();
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD, OPTIONS")), "{method}");
        assert_eq!(answer.body, b"Only GET and HEAD are answered.\n");
        assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    }
}

#[test]
fn every_server_would_answer_the_same() {
    let served = Served::new();
    let site = Site::new(served.publisher.pages());
    for (method, path, status) in [
        ("GET", "/metrics", 200),
        ("HEAD", "/metrics", 200),
        ("GET", "/", 200),
        ("GET", "/nothing", 404),
        ("POST", "/nothing", 404),
        ("POST", "/metrics", 405),
    ] {
        let reply = respond(&site, &RequestHead::new(method, path));
        let header = |wanted| reply.headers().find(|(name, _)| *name == wanted).map(|(_, value)| value.to_string());
        assert_eq!((reply.status(), reply.is_head(), reply.is_ready()), (status, method == "HEAD", true));
        assert_eq!(header("allow").is_some(), status == 405);
        let answer = served.connect().send(&request(method, path)).answer_to(method).unwrap();
        assert_eq!((answer.status, answer.header("content-type")), (status, header("content-type").as_deref()));
        assert_eq!(answer.body, reply.pieces().collect::<Vec<_>>().concat(), "{method} {path}");
    }
}

#[test]
fn with_an_interval_of_0_a_scrape_sees_what_was_recorded_before_it() {
    let _alone = alone();
    let registry = Registry::builder().build().unwrap();
    let counter = registry.counter("calls_total", "").register().unwrap();
    let ticker = Publisher::new(&registry, Duration::ZERO, SystemClock::new()).unwrap().start().unwrap();
    let server = Server::start(any_port(), Site::new(ticker.pages())).unwrap();
    let mut client = Client::connect(tcp(&server));
    for count in 1..=200 {
        counter.inc();
        let body = String::from_utf8(client.send(GET).answer().body).unwrap();
        assert!(body.contains(&format!("calls_total {count}\n")), "{body}");
    }
    // Requests of several connections at once share pages, and all are answered.
    let mut clients: Vec<Client> = (0..50).map(|_| Client::connect(tcp(&server))).collect();
    counter.inc();
    for client in &mut clients {
        client.send(GET);
    }
    for client in &mut clients {
        let body = String::from_utf8(client.answer().body).unwrap();
        assert!(body.contains("calls_total 201\n"), "{body}");
    }
    // When the render thread is gone nothing old is shown as if it were new.
    Ticker::stop(ticker);
    let answer = client.send(GET).answer();
    assert_eq!((answer.status, answer.header("content-type")), (503, Some("text/plain; charset=utf-8")));
}

// --- connections

#[test]
fn a_connection_takes_one_request_after_another_and_many_at_once() {
    let served = Served::with_series(20);
    let mut client = served.connect();
    for _ in 0..100 {
        assert_eq!(client.send(GET).answer().body, served.page());
    }
    // Pipelined: sent together, answered in order.
    let mix = [GET, &request("GET", "/a"), GET, &request("POST", "/metrics"), GET].concat();
    client.send(&mix.repeat(20));
    for _ in 0..20 {
        for status in [200, 404, 200, 405, 200] {
            assert_eq!(client.answer().status, status);
        }
    }
    // In pieces of one byte.
    for byte in GET.split_inclusive("") {
        client.send(byte);
    }
    assert_eq!(client.answer().status, 200);
    client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    assert_eq!(client.answer().status, 200);
    assert!(client.is_closed());
}

#[test]
fn http_1_0_gets_its_page_and_a_closed_connection() {
    let served = Served::new();
    let mut client = served.connect();
    client.send("GET /metrics HTTP/1.0\r\n\r\n");
    while client.read_more() {}
    let text = String::from_utf8(std::mem::take(&mut client.rest)).unwrap();
    assert!(text.starts_with("HTTP/1.0 200 OK\r\n") || text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    assert!(text.as_bytes().ends_with(&served.page()));
}

#[test]
fn the_body_of_a_post_is_not_taken_for_a_request() {
    let served = Served::new();
    let smuggled = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let with_length =
        format!("POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{smuggled}", smuggled.len());
    let chunked = format!(
        "POST /metrics HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{smuggled}\r\n0\r\n\r\n",
        smuggled.len()
    );
    let get_with_body =
        format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{smuggled}", smuggled.len());
    for (request, status) in [(with_length, 405), (chunked, 405), (get_with_body, 413)] {
        let mut client = served.connect();
        client.send(&format!("{request}{GET}"));
        assert_eq!(client.answer().status, status);
        // Then the request that follows the body, or a closed connection; not an answer to what is in the body.
        if let Some(answer) = client.answer_to("GET") {
            assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
            assert_eq!(answer.body, served.page());
            let answered = client.send("").stream.shutdown(std::net::Shutdown::Write);
            assert!(answered.is_ok() && client.is_closed(), "nothing more is answered");
        }
    }
    // Both lengths at once is how requests are smuggled: whatever is answered, it is not the second request.
    let mut client = served.connect();
    client.send(&format!(
        "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}"
    ));
    let mut statuses = Vec::new();
    let _ = client.stream.shutdown(std::net::Shutdown::Write);
    while let Some(answer) = client.answer_to("GET") {
        statuses.push(answer.status);
    }
    assert!(matches!(statuses[..], [400] | [405] | [405, 404]), "{statuses:?}");
}

#[test]
fn a_head_that_is_too_large_ends_its_own_connection_only() {
    let served = Served::new();
    let mut other = served.connect();
    assert_eq!(other.send(GET).answer().status, 200);
    let padding = "p".repeat(20 << 10);
    let many: String = (0..300).map(|number| format!("X-{number}: y\r\n")).collect();
    let heads = [
        format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Padding: {padding}\r\n\r\n"),
        format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\n{many}\r\n"),
        format!("GET /{padding} HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ];
    for head in heads {
        let mut client = served.connect();
        // The server may close before all of it was sent.
        let _ = client.stream.write_all(head.as_bytes());
        if let Some(answer) = client.answer_to("GET") {
            assert!([400, 414, 431].contains(&answer.status), "{answer:?}");
            assert!(client.is_closed());
        }
        assert_eq!(other.send(GET).answer().status, 200, "a connection that was open");
        assert_eq!(served.connect().send(GET).answer().status, 200, "a new one");
    }
    // What is long but allowed is answered.
    let allowed = format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Padding: {}\r\n\r\n", "p".repeat(8 << 10));
    assert_eq!(served.connect().send(&allowed).answer().status, 200);
}

#[test]
fn what_is_no_request_ends_its_own_connection_only() {
    let served = Served::new();
    let mut other = served.connect();
    let tls = "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}";
    for nonsense in
        ["\r\n\r\n\r\n", "hello\r\n\r\n", "GET\r\n\r\n", "GET /metrics HTTP/9.9\r\n\r\n", tls, "\0\0\0\0\r\n\r\n"]
    {
        let mut client = served.connect();
        client.send(nonsense);
        let _ = client.stream.shutdown(std::net::Shutdown::Write);
        while let Some(answer) = client.answer_to("GET") {
            assert!(answer.status >= 400, "{nonsense:?}: {answer:?}");
        }
        assert_eq!(other.send(GET).answer().status, 200);
    }
}

#[test]
fn a_reader_that_stops_reading_disturbs_nobody() {
    let mut served = Served::with_series(8_000);
    assert!(served.page().len() > 3 << 20);
    // Each asks for far more than sockets buffer, and reads nothing.
    let mut stalled: Vec<Client> = (0..3).map(|_| served.connect()).collect();
    let ahead = 40;
    for client in &mut stalled {
        client.send(&GET.repeat(ahead));
        // It has begun to be answered.
        let mut first = [0];
        client.stream.read_exact(&mut first).unwrap();
        client.rest.extend(first);
        served.counter.inc();
        served.publisher.tick();
    }
    // Others are answered, each with the newest page, and publishing goes on.
    let pages = served.publisher.pages();
    let mut client = served.connect();
    for _ in 0..20 {
        served.counter.inc();
        served.publisher.tick();
        let newest = pages.current();
        assert_eq!(client.send(GET).answer().body, newest.to_vec());
        // One a reader, the newest, the one that this client was just sent, and a spare one.
        assert!(served.publisher.page_count(Format::Text) <= 6, "{}", served.publisher.page_count(Format::Text));
    }
    // A stalled reader that goes on gets all it asked for, each answer whole.
    let mut reader = stalled.pop().unwrap();
    for _ in 0..ahead {
        let answer = reader.answer();
        assert_eq!(answer.status, 200);
        assert!(answer.body.ends_with(b"\n") && answer.body.starts_with(b"# HELP calls_total Calls.\n"));
    }
    // When all let go, publishing is as before.
    drop((reader, stalled, client));
    until("the pages to come free", || {
        served.counter.inc();
        served.publisher.tick();
        served.publisher.page_count(Format::Text) <= 2
    });
    let text = String::from_utf8(served.connect().send(GET).answer().body).unwrap();
    assert_eq!(text.as_bytes(), served.page());
}

#[test]
fn clients_that_never_finish_their_request_leave_others_alone() {
    let served = Served::new();
    let idle: Vec<Client> = (0..60).map(|_| served.connect()).collect();
    let mut partial: Vec<Client> = (0..60).map(|_| served.connect()).collect();
    for client in &mut partial {
        client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Half: ");
    }
    for _ in 0..50 {
        assert_eq!(served.connect().send(GET).answer().status, 200);
    }
    for client in &mut partial {
        assert_eq!(client.send("done\r\n\r\n").answer().status, 200);
    }
    drop(idle);
}

#[test]
fn two_thousand_connections_leave_no_descriptor_behind() {
    let served = Served::new();
    assert_eq!(served.connect().send(GET).answer().status, 200);
    // The server closes its ends soon after we closed ours.
    let settled = |count: usize| until("the descriptors to be closed", || descriptors() <= count);
    let mut before = descriptors();
    until("the first connection to be closed", || {
        let now = descriptors();
        let is_steady = now == before;
        before = now;
        is_steady
    });
    for round in 0..2000 {
        let mut client = served.connect();
        match round % 4 {
            // Asked and answered, closed by us.
            0 => assert_eq!(client.send(GET).answer().status, 200),
            // Connected and gone.
            1 => {}
            // Half a request.
            2 => {
                client.send("GET /metr");
            }
            // Closed by the server.
            _ => {
                client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
                assert_eq!(client.answer().status, 200);
                assert!(client.is_closed());
            }
        }
    }
    settled(before);
    assert_eq!(served.connect().send(GET).answer().status, 200);
}

// --- starting and stopping

#[test]
fn a_port_that_is_taken_is_an_error_that_says_so() {
    let served = Served::new();
    let address = tcp(&served.server);
    let error = Listener::tcp(address).unwrap_err();
    assert!(matches!(
        &error,
        ServeError::Listen { address: at, error }
            if *at == Address::Tcp(address) && error.kind() == ErrorKind::AddrInUse
    ));
    assert_eq!(
        error.to_string(),
        format!("serve: {address} is taken by another process; choose another port, or 0 for any")
    );
    // An address that is nobody's here: documentation only.
    let elsewhere: SocketAddr = "192.0.2.1:80".parse().unwrap();
    let error = Listener::tcp(elsewhere).unwrap_err();
    assert!(error.to_string().starts_with("serve: cannot listen on 192.0.2.1:80: "), "{error}");
    until("only the server that runs to have a thread", || threads_named("ocp-http") == 1);
    assert_eq!(served.connect().send(GET).answer().status, 200);
}

#[test]
fn two_servers_on_any_port_have_a_port_each_and_the_same_pages() {
    let served = Served::new();
    let second = Server::start(any_port(), Site::new(served.publisher.pages())).unwrap();
    assert_ne!(second.address(), served.server.address());
    assert_ne!(second.address().port(), Some(0));
    let pages = [&served.server, &second].map(|server| Client::connect(tcp(server)).send(GET).answer().body);
    assert_eq!(pages[0], pages[1]);
    second.stop();
    assert_eq!(served.connect().send(GET).answer().status, 200, "stopping one blocks the other");
}

#[test]
fn stop_joins_the_thread_and_frees_the_port_at_once() {
    let _alone = alone();
    let registry = Registry::builder().build().unwrap();
    let publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).unwrap();
    let mut address = ANY_PORT;
    let before = descriptors();
    for round in 0..6 {
        // The same port again, at once.
        let server = Server::start(Listener::tcp(address).unwrap(), Site::new(publisher.pages())).unwrap();
        address = tcp(&server);
        until("the thread to have its name", || threads_named("ocp-http") == 1);
        // With connections that were answered, that are idle, and that are half way.
        let mut answered = Client::connect(address);
        assert_eq!(answered.send(GET).answer().status, 200);
        let mut idle = Client::connect(address);
        let mut half = Client::connect(address);
        half.send("GET /metrics HT");
        if round % 2 == 0 {
            server.stop()
        } else {
            drop(server)
        }
        assert!(answered.is_closed(), "a connection that waits for a request is closed");
        assert!(idle.is_closed() && half.is_closed());
        drop(TcpListener::bind(address).unwrap());
        until("the thread to be gone", || threads_named("ocp-http") == 0);
    }
    assert!(descriptors() <= before, "{} descriptors, {before} before", descriptors());
}

#[test]
fn stop_does_not_wait_for_a_reader_that_has_stopped_reading() {
    let served = Served::with_series(8_000);
    let mut stalled = served.connect();
    stalled.send(&GET.repeat(40));
    let mut first = [0];
    stalled.stream.read_exact(&mut first).unwrap();
    let pages = served.publisher.pages();
    let start = std::time::Instant::now();
    served.server.stop();
    // Half a second is given to open answers; five is patience with a busy machine.
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(Arc::strong_count(&pages), 2, "the publisher's and ours: no connection lives on");
}

#[test]
fn an_answer_on_its_way_is_sent_whole_though_the_server_stops() {
    let served = Served::with_series(2_000);
    let Served { server, publisher, .. } = &served;
    let page = publisher.pages().current().to_vec();
    let mut client = Client::connect(tcp(server));
    client.send(GET);
    let mut first = [0];
    client.stream.read_exact(&mut first).unwrap();
    client.rest.extend(first);
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || client.answer().body);
        let Served { server, .. } = served;
        server.stop();
        assert!(reader.join().unwrap() == page);
    });
}

#[test]
fn histograms_and_all_are_served_as_they_are_published() {
    let _alone = alone();
    let registry = Registry::builder().build().unwrap();
    let seconds = registry.histogram("seconds", "Time.", Bounds::seconds()).labels(["n"]).register().unwrap();
    let mut publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).unwrap();
    let server = Server::start(any_port(), Site::new(publisher.pages())).unwrap();
    let mut client = Client::connect(tcp(&server));
    for number in 0..300 {
        seconds.with([&number.to_string()]).observe(f64::from(number));
        publisher.tick();
        let answer = client.send(GET).answer();
        assert!(answer.body == publisher.pages().current().to_vec(), "{number} series");
    }
}
