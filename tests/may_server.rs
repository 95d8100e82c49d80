//! Promise: the server on `may` gives the answers to GET that the default one gives, and frees what it took when it stops.
//!
//! The abuse suite does not run against it. Of its cases these are not covered here, each a line of what the server's head
//! says that it does not guard against:
//! - clients that are slow or silent: `heads_that_come_too_slowly_are_cut_at_the_deadline`, `a_head_in_single_bytes…`,
//!   `one_too_many_closes_those_that_never_asked…`, `a_thousand_half_open_connections…`;
//! - heads without end: `an_endless_header_is_431…`, `small_headers_without_end_are_431…`, `a_request_line_of_a_megabyte…`;
//! - readers that stand still: `twenty_readers_that_stand_still…`, `fifteen_hundred_requests_at_once_hold_no_answers`;
//! - more headers than 16 (`a_hundred_headers_are_answered`), and what is no HTTP (`control_bytes_are_400` and its kind);
//! - chunked bodies, HEAD, HTTP/1.0, half-closed clients, and `a_process_whose_descriptors_all_answer…`.
#![cfg(all(feature = "may-server", target_os = "linux"))]

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use openclaw_prometheus::encode::Format;
use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::serve::{Auth, Limits, Listener, MayServer, ServeError, Server, Site};
use openclaw_prometheus::{ManualClock, Registry, SystemClock};
use socket2::{Domain, Socket, Type};
use support::deadline::until;

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const LIMIT: Duration = Duration::from_secs(30);
const GET: &str = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Times are looked at, and `may` has one worker for all: one test at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A page of about 500 bytes for each series. Its clock stands still, so that it does not tell ages.
fn publisher(series: u32) -> Publisher {
    let room = Registry::builder().series(series.max(64)).label_bytes(series.max(64) << 10);
    let room = room.sections(&["filling", "nothing"], |_| 0);
    let registry = room.rejections_family(None).build().unwrap();
    let filling = registry.counter("filling_total", "Filling.").labels(["a"]).register().unwrap();
    for number in 0..series {
        filling.with([&format!("{number:0480}")]).inc();
    }
    let mut publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).unwrap();
    publisher.keep(Format::Text);
    publisher.keep(Format::OpenMetrics);
    publisher.tick();
    publisher
}

struct Client {
    stream: TcpStream,
    rest: Vec<u8>,
}

#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: u16,
    /// In lower case and in order, without those that belong to a server or a connection.
    headers: Vec<(String, String)>,
    is_last: bool,
    body: Vec<u8>,
}

impl Client {
    fn connect(address: SocketAddr) -> Self {
        Self::of(TcpStream::connect(address).unwrap())
    }

    /// One whose system takes a few kilobytes, and then no more.
    fn with_small_window(address: SocketAddr) -> Self {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(4 << 10).unwrap();
        socket.connect(&address.into()).unwrap();
        Self::of(socket.into())
    }

    fn of(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
        Self { stream, rest: Vec::new() }
    }

    fn send(&mut self, text: impl AsRef<[u8]>) -> &mut Self {
        self.stream.write_all(text.as_ref()).unwrap();
        self
    }

    /// The same to somebody who may have closed.
    fn send_quietly(&mut self, text: impl AsRef<[u8]>) -> &mut Self {
        let _ = self.stream.write_all(text.as_ref());
        self
    }

    fn read_more(&mut self) -> bool {
        let mut buffer = [0; 16 << 10];
        match self.stream.read(&mut buffer) {
            Ok(count) => {
                self.rest.extend_from_slice(&buffer[..count]);
                count > 0
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => false,
            Err(error) => panic!("{error}"),
        }
    }

    fn is_closed(&mut self) -> bool {
        self.rest.is_empty() && !self.read_more()
    }

    fn answer(&mut self) -> Option<Answer> {
        self.answer_to("GET")
    }

    fn answer_to(&mut self, method: &str) -> Option<Answer> {
        let end = loop {
            match self.rest.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                Some(end) => break end,
                None if self.read_more() => {}
                None => return None,
            }
        };
        let head = String::from_utf8(self.rest.drain(..end + 4).collect()).unwrap();
        let mut lines = head.trim_end().split("\r\n");
        let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")).expect(&head)[..3].parse().unwrap();
        let headers = lines.map(|line| line.split_once(": ").expect(line));
        let mut headers: Vec<_> = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        let header = |wanted: &str| headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
        assert!(header("date").is_some_and(|date| date.len() == 29 && date.ends_with(" GMT")), "{head}");
        let is_last = header("connection") == Some("close");
        let length: usize = header("content-length").expect(&head).parse().unwrap();
        headers.retain(|(name, _)| !["date", "server", "connection"].contains(&name.as_str()));
        headers.sort();
        let length = if method == "HEAD" { 0 } else { length };
        while self.rest.len() < length {
            assert!(self.read_more(), "closed after {} of {length} bytes", self.rest.len());
        }
        Some(Answer { status, headers, is_last, body: self.rest.drain(..length).collect() })
    }
}

// --- the same answers

#[test]
fn every_answer_is_that_of_the_default_server() {
    let _alone = alone();
    let publisher = publisher(100);
    let ticker_site = |auth: Auth| {
        let site = Site::new(publisher.pages()).auth(auth).path("/gateway").unwrap();
        Arc::new(site.headers(&[("x-frame-options", "DENY".to_owned()), ("cache-control", "private".to_owned())]))
    };
    let mut compared = 0;
    for auth in [Auth::everybody(), Auth::token("s3cret"), Auth::missing("Set a token.")] {
        let site = ticker_site(auth);
        let may = MayServer::start(ANY, site.clone()).unwrap();
        let default = Server::start(Listener::tcp(ANY).unwrap(), site).unwrap();
        let default_address = default.address().tcp().unwrap();
        for path in [
            "/gateway",
            "/gateway?a=b",
            "/gateway?collect[]=filling",
            "/gateway?exclude%5B%5D=filling",
            "/gateway?collect[]=none",
            "/-/healthy",
            "/-/ready",
            "/",
            "/metrics",
            "/gateway/nothing",
            "/%",
        ] {
            for (method, host) in
                [("GET", "localhost"), ("POST", "localhost"), ("get", "localhost"), ("GET", "other.example")]
            {
                for headers in [
                    "",
                    "Authorization: Bearer s3cret\r\n",
                    "Authorization: Bearer other\r\n",
                    "Authorization: Bearer s3cret\r\nAccept: application/openmetrics-text;version=1.0.0\r\n",
                    "Authorization: Bearer s3cret\r\nAccept: application/openmetrics-text;q=0.1\r\nAccept: text/plain\r\n",
                    "Authorization: Bearer s3cret\r\nContent-Length: 5\r\n",
                    "authorization: bearer s3cret\r\nConnection: close\r\n",
                    "Host: localhost\r\n",
                ] {
                    let body = if headers.contains("Content-Length") { "hello" } else { "" };
                    let request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n{body}");
                    let ask = |address| Client::connect(address).send(&request).answer_to(method).expect(&request);
                    let (mut ours, mut theirs) = (ask(may.address()), ask(default_address));
                    // Ours leaves the end to the client.
                    (ours.is_last, theirs.is_last) = (false, false);
                    assert_eq!(ours, theirs, "{request}");
                    compared += 1;
                }
            }
        }
        may.stop();
        default.stop();
    }
    assert_eq!(compared, 3 * 11 * 4 * 8);
}

#[test]
fn packed_pages_and_views_are_made_while_the_others_are_served() {
    let _alone = alone();
    let publisher = publisher(100);
    let server = MayServer::start(ANY, Site::new(publisher.pages())).unwrap();
    let mut waiting: Vec<Client> = (0..20).map(|_| Client::connect(server.address())).collect();
    for client in &mut waiting {
        client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n");
    }
    let mut view = Client::connect(server.address());
    view.send("GET /metrics/per-object HTTP/1.1\r\nHost: localhost\r\n\r\n");
    // The publisher does not work: nobody is given what waits, and everybody else is answered.
    let mut other = Client::connect(server.address());
    for _ in 0..100 {
        assert_eq!(other.send(GET).answer().map(|answer| answer.status), Some(200));
    }
    let ticker = publisher.start().unwrap();
    for client in &mut waiting {
        let answer = client.answer().unwrap();
        assert!(answer.headers.contains(&("content-encoding".into(), "gzip".into())), "{answer:?}");
    }
    let answer = view.answer().unwrap();
    assert_eq!((answer.status, answer.body.first()), (200, Some(&b'{')));
    // Stopped, the pages are no longer shown.
    ticker.stop();
    assert_eq!(other.send(GET).answer().map(|answer| answer.status), Some(503));
}

#[test]
fn with_an_interval_of_0_a_scrape_sees_what_was_recorded_before_it() {
    let _alone = alone();
    let registry = Registry::builder().build().unwrap();
    let counter = registry.counter("calls_total", "").register().unwrap();
    let ticker = Publisher::new(&registry, Duration::ZERO, SystemClock::new()).unwrap().start().unwrap();
    let server = MayServer::start(ANY, Site::new(ticker.pages())).unwrap();
    let mut clients: Vec<Client> = (0..8).map(|_| Client::connect(server.address())).collect();
    for count in 1..=50 {
        counter.inc();
        for client in &mut clients {
            client.send(GET);
        }
        for client in &mut clients {
            let body = String::from_utf8(client.answer().unwrap().body).unwrap();
            assert!(body.contains(&format!("calls_total {count}\n")), "{body}");
        }
    }
}

// --- many and large answers

#[test]
fn requests_sent_ahead_are_answered_in_order() {
    let _alone = alone();
    let publisher = publisher(20);
    let page = publisher.pages().current().to_vec();
    let server = MayServer::start(ANY, Site::new(publisher.pages())).unwrap();
    let mut client = Client::connect(server.address());
    // As much as fits, again and again.
    for _ in 0..50 {
        client.send(GET.repeat(20));
        for _ in 0..20 {
            let answer = client.answer().unwrap();
            assert!(answer.body == page && !answer.is_last);
        }
    }
}

#[test]
fn a_page_of_megabytes_is_sent_whole_and_the_connection_goes_on() {
    let _alone = alone();
    let publisher = publisher(8_000);
    let page = publisher.pages().current().to_vec();
    assert!(page.len() > 3 << 20);
    let server = MayServer::start(ANY, Site::new(publisher.pages())).unwrap();
    for client in [Client::connect(server.address()), Client::with_small_window(server.address())].iter_mut() {
        for _ in 0..2 {
            let answer = client.send(GET).answer().unwrap();
            assert!(answer.body == page);
        }
    }
}

// --- connections

#[test]
fn no_way_to_write_a_body_hides_a_request() {
    let _alone = alone();
    let publisher = publisher(1);
    let server = MayServer::start(ANY, Site::new(publisher.pages())).unwrap();
    for encoding in [
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
        "Transfer-Encoding:",
        "Transfer-Encoding : chunked",
        "X: y\r\n Transfer-Encoding: chunked",
        "Transfer-Encoding:\tchunked",
        "transfer-encoding: CHUNKED",
        "Content-Length: 4",
        "Content-Length: +4",
    ] {
        let mut client = Client::connect(server.address());
        let smuggled = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";
        client.send(format!("POST /metrics HTTP/1.1\r\nContent-Length: 4\r\n{encoding}\r\n\r\n0\r\n\r\n{smuggled}"));
        // One answer at most, and none to what is hidden.
        if let Some(answer) = client.answer() {
            assert!(answer.is_last && [400, 405].contains(&answer.status), "{encoding}: {answer:?}");
        }
        assert!(client.is_closed(), "{encoding}");
    }
}

#[test]
fn more_headers_than_the_crate_reads_end_their_own_connection_only() {
    let _alone = alone();
    let publisher = publisher(1);
    let server = MayServer::start(ANY, Site::new(publisher.pages())).unwrap();
    let mut other = Client::connect(server.address());
    // `Host` is one of them.
    let request =
        |count: usize| format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "X: y\r\n".repeat(count - 1));
    for _ in 0..20 {
        assert_eq!(Client::connect(server.address()).send(request(16)).answer().map(|answer| answer.status), Some(200));
        assert!(Client::connect(server.address()).send(request(17)).is_closed());
        assert_eq!(other.send(GET).answer().map(|answer| answer.status), Some(200));
    }
}

#[test]
fn whoever_comes_when_all_connections_are_taken_is_closed_on() {
    let _alone = alone();
    let publisher = publisher(1);
    let mut limits = Limits::default();
    limits.connections = 4;
    let server = MayServer::with_limits(ANY, Site::new(publisher.pages()), limits).unwrap();
    let used = || {
        let mut client = Client::connect(server.address());
        assert_eq!(client.send(GET).answer().map(|answer| answer.status), Some(200));
        client
    };
    let mut clients: Vec<Client> = (0..4).map(|_| used()).collect();
    assert!(Client::connect(server.address()).is_closed());
    assert_eq!(clients[0].send(GET).answer().map(|answer| answer.status), Some(200), "who is there stays");
    drop(clients);
    until("a connection to be free", || {
        Client::connect(server.address()).send_quietly(GET).answer().is_some_and(|answer| answer.status == 200)
    });
}

#[test]
fn head_has_the_status_of_get_and_no_body() {
    let _alone = alone();
    let publisher = publisher(100);
    let server = MayServer::start(ANY, Site::new(publisher.pages()).auth(Auth::token("s3cret"))).unwrap();
    let mut client = Client::connect(server.address());
    for (authorization, status) in [("Authorization: Bearer s3cret\r\n", 200), ("", 401)] {
        client.send(format!("HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n{authorization}\r\n"));
        let answer = client.answer_to("HEAD").unwrap();
        assert_eq!(answer.status, status);
        assert!(answer.headers.contains(&("content-length".into(), "0".into())), "{answer:?}");
    }
    assert!(client.rest.is_empty());
}

// --- the process

#[test]
fn a_port_that_is_taken_is_refused_and_stop_frees_it_at_once() {
    let _alone = alone();
    let publisher = publisher(1);
    let server = MayServer::start(ANY, Site::new(publisher.pages())).unwrap();
    let address = server.address();
    let refused = MayServer::start(address, Site::new(publisher.pages()));
    assert!(matches!(refused, Err(ServeError::Listen { .. })), "{refused:?}");
    assert!(Listener::tcp(address).is_err(), "nor is it shared with another server");
    let mut address = address;
    let mut server = Some(server);
    for _ in 0..30 {
        let mut client = Client::connect(address);
        assert_eq!(client.send(GET).answer().map(|answer| answer.status), Some(200));
        let began = Instant::now();
        server.take().unwrap().stop();
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
        assert!(client.is_closed());
        assert!(TcpStream::connect(address).is_err(), "nobody listens");
        let next = MayServer::start(address, Site::new(publisher.pages())).unwrap();
        address = next.address();
        server = Some(next);
    }
    drop(server);
}

#[test]
fn it_listens_on_ipv6_and_on_all_addresses() {
    let _alone = alone();
    let publisher = publisher(1);
    for (listen, ask) in [("[::1]:0", "::1"), ("0.0.0.0:0", "127.0.0.1"), ("[::]:0", "::1")] {
        let server = MayServer::start(listen.parse().unwrap(), Site::new(publisher.pages())).unwrap();
        let address = SocketAddr::new(ask.parse().unwrap(), server.address().port());
        assert_eq!(Client::connect(address).send(GET).answer().map(|answer| answer.status), Some(200), "{listen}");
        let began = Instant::now();
        server.stop();
        assert!(began.elapsed() < Duration::from_secs(1));
        assert!(TcpStream::connect(address).is_err());
    }
}

/// Runs one of the tests below in a process of its own.
fn child(name: &str) -> Output {
    let itself = std::env::current_exe().unwrap();
    Command::new(itself).args(["--exact", name, "--ignored", "--nocapture"]).output().unwrap()
}

#[test]
fn nothing_is_written_to_the_programs_streams() {
    let output = child("child_that_serves");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    // What the test harness says.
    let lines = String::from_utf8(output.stdout).unwrap();
    let harness = ["running 1 test", "test child_that_serves ... ok", "test result: ok. ", ""];
    assert!(
        lines.lines().all(|line| harness
            .iter()
            .any(|of_harness| line.starts_with(of_harness) && !line.is_empty() || line == *of_harness)),
        "{lines}"
    );
}

#[test]
fn a_program_built_on_may_starts_and_stops_it_from_a_coroutine() {
    let output = child("child_built_on_may");
    assert!(output.status.success(), "{output:?}");
}

#[test]
#[ignore = "run by another in a process of its own"]
fn child_that_serves() {
    let publisher = publisher(600);
    let server = MayServer::start(ANY, Site::new(publisher.pages()).auth(Auth::token("s3cret"))).unwrap();
    for request in [
        "GET /metrics HTTP/1.1\r\nAuthorization: Bearer s3cret\r\n\r\n",
        "HEAD /metrics HTTP/1.1\r\nAuthorization: Bearer s3cret\r\n\r\n",
        "GET /metrics HTTP/1.0\r\nAuthorization: Bearer s3cret\r\n\r\n",
        "GET /metrics HTTP/1.1\r\n\r\n",
        "GET /nothing HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
        "GET /metr",
        "",
    ] {
        for is_reset in [false, true] {
            let mut client = Client::connect(server.address());
            client.send(request);
            if is_reset {
                socket2::SockRef::from(&client.stream).set_linger(Some(Duration::ZERO)).unwrap();
            } else {
                let _ = client.stream.shutdown(Shutdown::Write);
                while client.read_more() {}
            }
        }
    }
    server.stop();
}

#[test]
#[ignore = "run by another in a process of its own"]
fn child_built_on_may() {
    may::config().set_workers(1).set_stack_size(0x10000);
    let publisher = publisher(100);
    let pages = publisher.pages();
    for _ in 0..3 {
        let (pages, (tell, told)) = (pages.clone(), std::sync::mpsc::channel());
        let (go, wait) = may::sync::mpsc::channel::<()>();
        let program = move || {
            let server = MayServer::start(ANY, Site::new(pages)).unwrap();
            tell.send(server.address()).unwrap();
            let _ = wait.recv();
            let began = Instant::now();
            server.stop();
            began.elapsed()
        };
        // SAFETY: it keeps no reference to a thread-local over a switch, and its stack has 512 KiB.
        let program = unsafe { may::coroutine::spawn(program) };
        let address = told.recv().unwrap();
        let mut client = Client::connect(address);
        for _ in 0..10 {
            assert_eq!(client.send(GET).answer().map(|answer| answer.status), Some(200));
        }
        drop(go);
        let took = program.join().unwrap();
        assert!(took < Duration::from_millis(500), "{took:?}");
        assert!(client.is_closed() && TcpStream::connect(address).is_err());
    }
    assert_eq!(may::config().get_stack_size(), 0x10000, "what the program has set stays");
}
