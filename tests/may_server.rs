//! Promise: the server on `may` gives the answers that the default one gives, and blocks the process as it was.
//!
//! What its clients may do to it is in `abuse`, which runs against both servers; here is what only this one can get wrong:
//! the order of what its crate writes and what is written past it, and what `may` does to signals, hooks and threads.
#![cfg(all(feature = "may", feature = "serve", target_os = "linux"))]

use std::io::{ErrorKind, Read, Write};
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use openclaw_prometheus::encode::Format;
use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::serve::{Auth, Limits, Listener, MayServer, ServeError, Server, Site};
use openclaw_prometheus::{ManualClock, Registry, SystemClock};
use socket2::{Domain, Socket, Type};
use support::allocator::{process_live_bytes as live, process_peak_of as peak_of};
use support::deadline::until;
use support::this_process::threads_named;

#[global_allocator]
static ALLOCATOR: support::allocator::Counting = support::allocator::Counting;

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const LIMIT: Duration = Duration::from_secs(30);
const GET: &str = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
const HEAD: &str = "HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n";

/// Threads of the process are looked at: one test at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A page of about 500 bytes for each series. Its clock stands still, so that it does not tell ages.
fn publisher(series: u32) -> Publisher {
    let room = Registry::builder().series(series.max(64)).label_bytes(series.max(64) << 10);
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
        for path in ["/gateway", "/gateway?a=b", "/-/healthy", "/-/ready", "/", "/metrics", "/gateway/nothing", "/%"] {
            for method in ["GET", "HEAD", "POST", "get"] {
                for headers in [
                    "",
                    "Authorization: Bearer s3cret\r\n",
                    "Authorization: Bearer other\r\n",
                    "Authorization: Bearer s3cret\r\nAccept: application/openmetrics-text;version=1.0.0\r\n",
                    "Authorization: Bearer s3cret\r\nAccept: application/openmetrics-text;q=0.1\r\nAccept: text/plain\r\n",
                    "Authorization: Bearer s3cret\r\nContent-Length: 5\r\n",
                    "authorization: bearer s3cret\r\nConnection: close\r\n",
                ] {
                    let request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
                    let ask = |address| Client::connect(address).send(&request).answer_to(method).expect(&request);
                    let (mut ours, mut theirs) = (ask(may.address()), ask(default_address));
                    // Where ours is written past the crate its connection ends.
                    assert!(ours.is_last || !theirs.is_last, "{request}");
                    (ours.is_last, theirs.is_last) = (false, false);
                    assert_eq!(ours, theirs, "{request}");
                    compared += 1;
                }
            }
        }
        may.stop();
        default.stop();
    }
    assert_eq!(compared, 3 * 8 * 4 * 7);
}

#[test]
fn packed_pages_and_views_are_made_while_the_others_are_served() {
    let _alone = alone();
    let publisher = publisher(100);
    let server = MayServer::start(ANY, Site::new(publisher.pages())).unwrap();
    let mut waiting: Vec<Client> = (0..20).map(|_| Client::connect(server.address())).collect();
    for client in &mut waiting {
        client.send("GET /metrics HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
    }
    let mut view = Client::connect(server.address());
    view.send("GET /metrics/per-object HTTP/1.1\r\nHost: x\r\n\r\n");
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

// --- what the crate writes and what is written past it

#[test]
fn an_answer_past_the_crate_comes_behind_those_that_the_crate_has() {
    let _alone = alone();
    for series in [0, 20, 100] {
        let publisher = publisher(series);
        let page = publisher.pages().current().to_vec();
        let server = MayServer::start(ANY, Site::new(publisher.pages())).unwrap();
        for ahead in 0..=4 {
            for last in [
                HEAD,
                "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
                "GET /nothing HTTP/1.1\r\nContent-Length: 36\r\n\r\n",
            ] {
                let mut client = Client::connect(server.address());
                client.send([&GET.repeat(ahead), last, GET, GET].concat());
                for _ in 0..ahead {
                    let answer = client.answer().unwrap();
                    assert_eq!((answer.status, answer.is_last), (200, false));
                    assert!(answer.body == page);
                }
                let answer = client.answer_to(&last[..4]).unwrap();
                assert_eq!((answer.status, answer.is_last), (if last.contains("nothing") { 404 } else { 200 }, true));
                assert!(client.is_closed(), "what comes behind it is not answered");
            }
        }
    }
}

#[test]
fn an_answer_past_the_crate_goes_on_where_the_crate_stands() {
    let _alone = alone();
    // 250 KB: as much as the crate is given, and more than the systems between hold for a client with a small window.
    let publisher = publisher(500);
    let page = publisher.pages().current().to_vec();
    assert!((200 << 10..256 << 10).contains(&page.len()), "{}", page.len());
    let server = MayServer::start(ANY, Site::new(publisher.pages())).unwrap();
    for _ in 0..20 {
        let mut client = Client::with_small_window(server.address());
        client.send(GET);
        // The crate has begun to write.
        assert!(client.read_more());
        client.send(HEAD);
        let first = client.answer().unwrap();
        assert!(first.status == 200 && first.body == page, "byte for byte");
        let second = client.answer_to("HEAD").unwrap();
        assert_eq!((second.status, second.is_last), (200, true));
        assert!(client.is_closed());
    }
}

#[test]
fn requests_sent_ahead_are_answered_in_order_until_it_is_too_much() {
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
    // One batch that asks for 10 MB.
    let mut client = Client::connect(server.address());
    client.send(GET.repeat(1000));
    let mut whole = 0;
    while let Some(answer) = client.answer() {
        assert!(answer.status == 200 && answer.body == page);
        whole += 1;
        if answer.is_last {
            break;
        }
    }
    assert!((20..100).contains(&whole), "{whole} answers");
    assert!(client.is_closed());
}

#[test]
fn a_page_that_is_too_large_for_the_crate_is_sent_whole_and_is_the_last() {
    let _alone = alone();
    let publisher = publisher(8_000);
    let page = publisher.pages().current().to_vec();
    assert!(page.len() > 3 << 20);
    let server = MayServer::start(ANY, Site::new(publisher.pages())).unwrap();
    for client in [Client::connect(server.address()), Client::with_small_window(server.address())].iter_mut() {
        let answer = client.send(GET).answer().unwrap();
        assert!(answer.is_last && answer.body == page);
        assert!(client.is_closed());
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
        let smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
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
    let request = |count| format!("GET /metrics HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(count));
    for _ in 0..20 {
        assert_eq!(Client::connect(server.address()).send(request(16)).answer().map(|answer| answer.status), Some(200));
        assert!(Client::connect(server.address()).send(request(17)).is_closed());
        assert_eq!(other.send(GET).answer().map(|answer| answer.status), Some(200));
    }
}

/// Limits of time that a test can wait for.
fn impatient() -> Limits {
    let mut limits = Limits::default();
    (limits.head, limits.stall) = (Duration::from_millis(500), Duration::from_millis(500));
    limits
}

/// Whether the server has reset the connection; reads nothing.
fn is_reset(client: &Client) -> bool {
    client.stream.take_error().unwrap().is_some()
}

#[test]
fn readers_that_stand_still_are_cut_and_cost_the_crates_buffers_only() {
    let _alone = alone();
    let publisher = publisher(8_000);
    let bytes = publisher.pages().current().len();
    let server = MayServer::with_limits(ANY, Site::new(publisher.pages()), impatient()).unwrap();
    let before = live();
    let held = peak_of(|| {
        let mut readers: Vec<Client> = (0..50).map(|_| Client::with_small_window(server.address())).collect();
        for reader in &mut readers {
            assert!(reader.send(GET).read_more());
        }
        readers.iter().for_each(|reader| until("the reader to be cut", || is_reset(reader)));
    });
    assert!(held < 50 * (128 << 10), "{held} bytes for 50 readers of {bytes} each");
    until("the memory to be given back", || live() < before + (64 << 10));
}

#[test]
fn a_flood_of_requests_costs_a_few_answers_and_is_cut() {
    let _alone = alone();
    let publisher = publisher(400);
    let server = MayServer::with_limits(ANY, Site::new(publisher.pages()), impatient()).unwrap();
    let before = live();
    let held = peak_of(|| {
        let mut client = Client::with_small_window(server.address());
        // They ask for 300 MB, and nothing of it is read.
        client.send(GET.repeat(1500));
        until("the client to be cut", || is_reset(&client));
    });
    assert!(held < 2 << 20, "{held} bytes");
    until("the memory to be given back", || live() < before + (64 << 10));
}

#[test]
fn a_head_without_end_is_cut_and_its_memory_given_back() {
    let _alone = alone();
    let publisher = publisher(1);
    let server = MayServer::start(ANY, Site::new(publisher.pages())).unwrap();
    let mut other = Client::connect(server.address());
    assert_eq!(other.send(GET).answer().map(|answer| answer.status), Some(200));
    let before = live();
    for start in ["GET /", "GET /metrics HTTP/1.1\r\nX: "] {
        // A new connection, and one that was answered before.
        for is_used in [false, true] {
            let mut client = Client::connect(server.address());
            if is_used {
                assert_eq!(client.send(GET).answer().map(|answer| answer.status), Some(200));
            }
            client.send(start);
            let (piece, began) = ([b'x'; 4 << 10], Instant::now());
            while client.stream.write_all(&piece).is_ok() {
                assert!(began.elapsed() < LIMIT, "no end of a head");
            }
            assert!(began.elapsed() < LIMIT, "a client that sends is told the end by a reset");
        }
        assert_eq!(other.send(GET).answer().map(|answer| answer.status), Some(200));
    }
    until("the memory to be given back", || live() < before + (64 << 10));
}

#[test]
fn one_too_many_ends_the_silent_one_then_the_one_that_is_idle_longest() {
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
    let is_there = |client: &Client| {
        client.stream.set_nonblocking(true).unwrap();
        let seen = client.stream.peek(&mut [0]);
        client.stream.set_nonblocking(false).unwrap();
        seen.is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    };
    let (first, second) = (used(), used());
    let mut silent = Client::connect(server.address());
    let third = used();
    let fourth = used();
    assert!(silent.is_closed());
    assert!([&first, &second, &third, &fourth].into_iter().all(is_there));
    let mut first = first;
    let fifth = used();
    assert!(first.is_closed());
    assert!([&second, &third, &fourth, &fifth].into_iter().all(is_there));
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
    until("the watchdogs to have ended", || threads_named("ocp-may-watch") == 0);
    assert_eq!(threads_named("ocp-may"), 2, "a timer and a worker, however often it was started");
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
fn the_signal_actions_and_the_panic_hook_stay_the_programs_own() {
    let output = child("child_that_faults");
    assert_eq!(output.status.code(), Some(42), "{output:?}");
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

extern "C" fn on_fault(_: libc::c_int) {
    // SAFETY: ends the process at once, which a signal handler may.
    unsafe { libc::_exit(42) };
}

fn action_of(signal: libc::c_int) -> libc::sighandler_t {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: it is only asked, and the answer has room.
    let outcome = unsafe { libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) };
    assert_eq!(outcome, 0);
    // SAFETY: all zeros are an action.
    unsafe { action.assume_init() }.sa_sigaction
}

#[test]
#[ignore = "run by another in a process of its own"]
fn child_that_faults() {
    let handler = on_fault as extern "C" fn(libc::c_int) as libc::sighandler_t;
    for signal in [libc::SIGSEGV, libc::SIGBUS] {
        // SAFETY: the handler does nothing but end the process.
        unsafe { libc::signal(signal, handler) };
    }
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = heard.clone();
    std::panic::set_hook(Box::new(move |panic| {
        hears.lock().unwrap().push(panic.payload_as_str().unwrap_or("").to_owned());
    }));
    let publisher = publisher(1);
    for _ in 0..2 {
        let server = MayServer::start(ANY, Site::new(publisher.pages())).unwrap();
        assert_eq!(Client::connect(server.address()).send(GET).answer().map(|answer| answer.status), Some(200));
        server.stop();
    }
    assert_eq!((action_of(libc::SIGSEGV), action_of(libc::SIGBUS)), (handler, handler));
    assert!(std::thread::spawn(|| panic!("heard")).join().is_err());
    assert_eq!(*heard.lock().unwrap(), ["heard"], "starts and stops panic nowhere that a hook hears");
    // SAFETY: the handler of this signal is ours.
    unsafe { libc::raise(libc::SIGSEGV) };
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
