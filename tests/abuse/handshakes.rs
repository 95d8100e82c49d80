//! Promise: a flood of handshakes waits for itself. Whoever has a connection is answered as before, and whoever comes anew waits
//! for a turn, not for the end of the flood; what is no handshake, or none that ends, is closed within the time of a head.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use openclaw_prometheus::serve::Limits;
use rustls::ClientConnection;
use socket2::SockRef;
use support::allocator::{process_live_bytes as live, process_peak_of as peak_of};
use support::deadline::until;
use support::this_process::{descriptors, resident_bytes};

use crate::lab::{self, GET, SMALL, limits};
use crate::peer::Peer;
use crate::scrapes::{Scrapes, again, pass, scrape, seconds};
use crate::server::{self, ANY, Place, Running};
use crate::tls::{self, Key};

/// Threads of a flood: as many as make what they can on two cores.
const FLOODERS: usize = 2;
/// Connections that each of them keeps open.
const OPEN: usize = 1500;

/// Until when, and how often something was done.
#[derive(Default)]
struct Flow {
    is_over: AtomicBool,
    count: AtomicUsize,
}

impl Flow {
    fn goes_on(&self) -> bool {
        self.count.fetch_add(1, Relaxed);
        !self.is_over.load(Relaxed)
    }
}

/// A connection that leaves no trace when it is dropped, so that a flood does not run out of ports.
fn raw(at: SocketAddr) -> Option<TcpStream> {
    let stream = TcpStream::connect(at).ok()?;
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).ok()?;
    Some(stream)
}

/// The first message of a client.
fn hello() -> Vec<u8> {
    let mut bytes = Vec::new();
    tls::session().write_tls(&mut bytes).unwrap();
    bytes
}

/// Bytes of no meaning.
struct Noise(u64);

impl Noise {
    fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut next = || {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 56) as u8
        };
        (0..count).map(|_| next()).collect()
    }
}

/// Sends each time what `next` gives on a new connection, and leaves it open for a while.
fn leave_open(place: Place, flow: &Flow, mut next: impl FnMut() -> Vec<u8>) {
    let mut open = VecDeque::new();
    while flow.goes_on() {
        if let Some(mut stream) = raw(place.at) {
            let _ = stream.write_all(&next());
            open.push_back(stream);
        }
        if open.len() > OPEN {
            open.pop_front();
        }
    }
}

fn half_open_hellos(place: Place, flow: &Flow) {
    let hello = hello();
    leave_open(place, flow, || hello.clone());
}

fn random_bytes(place: Place, flow: &Flow) {
    let mut noise = Noise(1);
    leave_open(place, flow, || noise.bytes(400));
}

/// What begins as a hello and goes on as noise.
fn random_hellos(place: Place, flow: &Flow) {
    let mut noise = Noise(2);
    let start = [0x16, 3, 1, 1, 0x90, 1, 0, 1, 0x8c, 3, 3];
    leave_open(place, flow, || [&start, &*noise.bytes(0x190 - 6)].concat());
}

/// Hellos whose client goes at once, in every way there is.
fn ends_in_the_middle(place: Place, flow: &Flow) {
    let hello = hello();
    let mut round = 0;
    while flow.goes_on() {
        let Some(mut stream) = raw(place.at) else { continue };
        round += 1;
        let _ = match round % 4 {
            0 => stream.write_all(&hello[..hello.len() / 2]),
            1 => stream.write_all(&hello),
            // An alert that ends it: handshake_failure.
            2 => stream.write_all(&[&*hello, &[0x15, 3, 3, 0, 2, 2, 40]].concat()),
            _ => stream.write_all(&hello).and_then(|()| stream.shutdown(std::net::Shutdown::Write)),
        };
    }
}

fn whole_handshakes(place: Place, flow: &Flow) {
    while flow.goes_on() {
        let mut peer = Peer::connect(place);
        let _ = peer.shake_hands();
        peer.reset();
    }
}

type Flood = fn(Place, &Flow);

const FLOODS: &[(&str, Key, Flood)] = &[
    ("half-open hellos, P-256", Key::P256, half_open_hellos),
    ("half-open hellos, RSA", Key::Rsa2048, half_open_hellos),
    ("random bytes", Key::P256, random_bytes),
    ("random hellos", Key::P256, random_hellos),
    ("ends in the middle, RSA", Key::Rsa2048, ends_in_the_middle),
    ("whole handshakes, P-256", Key::P256, whole_handshakes),
    ("whole handshakes, RSA", Key::Rsa2048, whole_handshakes),
];

/// Somebody who scrapes on one connection, and somebody with a new one each time, while `flood` goes on for `time`.
fn scrapes_beside(place: Place, time: Duration, flood: Option<Flood>) -> (Scrapes, Scrapes, usize) {
    let flow = Flow::default();
    let mut kept = Peer::connect(place);
    assert!(scrape(&mut kept, GET).is_some());
    std::thread::scope(|scope| {
        let flow = &flow;
        let floods = flood.into_iter().flat_map(|flood| [flood; FLOODERS]);
        let floods: Vec<_> = floods.map(|flood| scope.spawn(move || flood(place, flow))).collect();
        let kept = scope.spawn(move || Scrapes::run(&flow.is_over, || scrape(&mut kept, GET)));
        let new = scope.spawn(move || Scrapes::run(&flow.is_over, || scrape(&mut Peer::connect(place), GET)));
        pass(time);
        flow.is_over.store(true, Relaxed);
        let scrapes = (kept.join().unwrap(), new.join().unwrap(), flow.count.load(Relaxed));
        floods.into_iter().for_each(|flood| flood.join().unwrap());
        scrapes
    })
}

fn serve(key: Key, limits: Limits) -> Box<dyn Running> {
    SMALL.site.replace_web(tls::web(key));
    (server::TLS.start)(ANY, SMALL.site.clone(), limits).unwrap()
}

#[test]
fn a_flood_of_handshakes_keeps_no_scraper_out() {
    let _alone = lab::alone();
    for (name, key, flood) in FLOODS {
        again(|| {
            let server = serve(*key, Limits::default());
            let place = server.address();
            let before = descriptors();
            let (idle_kept, idle_new, _) = scrapes_beside(place, seconds(0.3, 5.0), None);
            let (mut seen, mut threads) = (None, 0);
            let held = peak_of(|| {
                seen = Some(scrapes_beside(place, seconds(1.0, 10.0), Some(*flood)));
                threads = support::this_process::threads_named("ocp-http");
            });
            let (kept, new, count) = seen.unwrap();
            println!("{name}: {count} of them, {held} bytes held");
            println!("  connection kept: idle {}; flooded {}", idle_kept.shown(), kept.shown());
            println!("  connection new:  idle {}; flooded {}", idle_new.shown(), new.shown());
            assert_eq!((kept.failed, threads), (0, 1), "{name}: who has a connection keeps it");
            assert!(held < 64 << 20, "{name}: {held} bytes held");
            until("the flood to be gone", || descriptors() <= before);
            server.stop();
            let is_answered = kept.quantile(50) < Duration::from_millis(100)
                && new.quantile(50) < Duration::from_secs(1)
                && new.failed * 10 <= new.took.len();
            is_answered.then_some(()).ok_or(format!("{name}: kept {}; new {}", kept.shown(), new.shown()))
        });
    }
}

/// Reads until the end, and gives how long that took.
fn end_of(stream: &mut TcpStream, began: Instant) -> Duration {
    let mut buffer = [0; 4096];
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    while stream.read(&mut buffer).is_ok_and(|count| count > 0) {}
    began.elapsed()
}

/// Goes on with a handshake until only its last flight is to be sent, and gives that.
fn last_flight(stream: &mut TcpStream) -> Vec<u8> {
    let mut session = tls::session();
    session.write_tls(stream).unwrap();
    let mut last = Vec::new();
    while session.is_handshaking() {
        session.read_tls(stream).unwrap();
        session.process_new_packets().unwrap();
    }
    while session.wants_write() {
        session.write_tls(&mut last).unwrap();
    }
    last
}

#[test]
fn a_handshake_that_does_not_end_is_cut_at_the_deadline_of_a_head() {
    let _alone = lab::alone();
    let server = serve(Key::P256, limits());
    let (place, hello) = (server.address(), hello());
    let began = Instant::now();
    let mut streams: Vec<TcpStream> = (0..150).map(|_| raw(place.at).unwrap()).collect();
    let (slow, rest) = streams.split_at_mut(50);
    let (after_hello, before_finished) = rest.split_at_mut(50);
    after_hello.iter_mut().for_each(|stream| stream.write_all(&hello).unwrap());
    before_finished.iter_mut().for_each(|stream| drop(last_flight(stream)));
    // A byte each now and then keeps nobody alive.
    for byte in &hello {
        if began.elapsed() > limits().head * 2 {
            break;
        }
        slow.iter_mut().for_each(|stream| drop(stream.write_all(&[*byte])));
        std::thread::park_timeout(Duration::from_millis(100));
    }
    for stream in &mut streams {
        let took = end_of(stream, began);
        assert!((limits().head..limits().head * 4).contains(&took), "{took:?}");
    }
    // In time, it is a handshake like any.
    let mut stream = raw(place.at).unwrap();
    let last = last_flight(&mut stream);
    last.iter().for_each(|byte| stream.write_all(&[*byte]).unwrap());
    let mut peer = Peer::connect(place);
    assert!(scrape(&mut peer, GET).is_some());
    server.stop();
}

/// Sends `start`, then `piece` until nothing more is taken, but no more than this: how much went out, and whether it ended.
fn sent(place: Place, start: &[u8], piece: &[u8], most: usize) -> (usize, Duration) {
    let mut stream = raw(place.at).unwrap();
    stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
    let began = Instant::now();
    let mut sent = 0;
    if stream.write_all(start).is_ok() {
        while sent < most && stream.write_all(piece).is_ok() {
            sent += piece.len();
        }
    }
    (sent, end_of(&mut stream, began))
}

#[test]
fn what_is_no_handshake_is_closed_before_it_costs_anything() {
    const MOST: usize = 16 << 20;
    let _alone = lab::alone();
    let server = serve(Key::P256, limits());
    let (place, hello) = (server.address(), hello());
    let cases: [(&str, &[u8], Vec<u8>); 9] = [
        ("empty records", &[], [0x16, 3, 1, 0, 0].repeat(1000)),
        ("empty records of data", &hello, [0x17, 3, 3, 0, 0].repeat(1000)),
        ("oversized records", &[0x16, 3, 1, 0xff, 0xff], vec![1; 4096]),
        ("alerts that warn", &[], [0x15, 3, 1, 0, 2, 1, 90].repeat(1000)),
        ("alerts that close", &[], [0x15, 3, 1, 0, 2, 1, 0].repeat(1000)),
        ("changes of the cipher", &hello, [0x14, 3, 3, 0, 1, 1].repeat(1000)),
        // 16 MB are announced, a byte in each record.
        ("a hello without end", &[0x16, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff], [0x16, 3, 1, 0, 1, 0].repeat(1000)),
        // 64 KB, as long as one may be.
        ("a long hello in pieces", &[0x16, 3, 1, 0, 4, 1, 0, 0xff, 0xff], [0x16, 3, 1, 0, 1, 0].repeat(1000)),
        ("hellos again and again", &hello, hello.repeat(10)),
    ];
    for (name, start, piece) in &cases {
        let mut seen = (0, Duration::ZERO);
        let held = peak_of(|| seen = sent(place, start, piece, MOST));
        let (sent, took) = seen;
        println!("{name}: {sent} bytes taken, closed after {took:.1?}, {held} bytes held");
        assert!(sent < MOST && held < 1 << 20, "{name}: {sent} bytes taken, {held} held");
        assert!(took < limits().head * 3, "{name}: {took:?}");
        assert!(scrape(&mut Peer::connect(place), GET).is_some());
    }
    server.stop();
}

#[test]
fn new_keys_are_taken_between_data_and_not_instead_of_it() {
    let _alone = lab::alone();
    let server = serve(Key::P256, limits());
    let mut peer = Peer::with_session(server.address(), tls::session());
    let renew = |session: &mut ClientConnection| session.refresh_traffic_keys().unwrap();
    for _ in 0..20 {
        assert!(scrape(&mut peer, GET).is_some());
        (0..5).for_each(|_| assert!(peer.sends(renew)));
    }
    // Without data a few are taken.
    (0..200).for_each(|_| {
        peer.sends(renew);
    });
    assert!(peer.is_closed(), "keys are taken without end");
    // It is read on for a moment, and then no more.
    let began = Instant::now();
    let taken = (0..1_000_000).take_while(|_| peer.sends(renew)).count();
    println!("{taken} more were taken, for {:.1?}", began.elapsed());
    assert!(taken < 100_000 && began.elapsed() < limits().head, "{taken}, {:?}", began.elapsed());
    server.stop();
}

#[test]
fn a_client_of_tls_1_2_is_answered() {
    let _alone = lab::alone();
    for key in [Key::P256, Key::Rsa2048] {
        let server = serve(key, limits());
        let mut peer = Peer::with_session(server.address(), tls::older_session());
        assert!(scrape(&mut peer, GET).is_some() && scrape(&mut peer, GET).is_some());
        server.stop();
    }
}

#[test]
fn a_plain_request_is_told_that_this_is_tls() {
    let _alone = lab::alone();
    let server = serve(Key::P256, limits());
    let mut peer = Peer::connect(server.address().at);
    peer.send(GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
    let mut text = String::new();
    let _ = peer.stream.read_to_string(&mut text);
    assert!(text.starts_with("HTTP/1.0 400 ") && text.contains("https"), "{text:?}");
    server.stop();
}

#[test]
fn sessions_that_come_and_go_leave_nothing() {
    let _alone = lab::alone();
    let server = serve(Key::P256, limits());
    let (place, hello) = (server.address(), hello());
    let sessions = |count: usize| {
        for round in 0..count {
            assert!(scrape(&mut Peer::connect(place), GET).is_some());
            if round % 4 == 0 {
                let mut stream = raw(place.at).unwrap();
                let bytes: &[u8] = if round % 8 == 0 { &hello } else { b"\x16\x03\x01\x00\x04nothing" };
                stream.write_all(bytes).unwrap();
            }
        }
    };
    // As many as rustls keeps sessions of, and what is made at the first use.
    sessions(300);
    until("the first to be gone", || descriptors_of(place) == 0);
    let (before, bytes, resident) = (descriptors(), live(), resident_bytes());
    sessions(2000);
    until("the descriptors to be closed", || descriptors() <= before);
    until("the memory to be given back", || live() <= bytes + (128 << 10));
    let grown = resident_bytes().saturating_sub(resident);
    println!("2,000 sessions and 500 handshakes that failed: {} bytes more live, {grown} resident", live() - bytes);
    assert!(grown < 4 << 20, "{grown} bytes");
    server.stop();
}

/// Established connections of a server, with their other ends in this process.
fn descriptors_of(place: Place) -> usize {
    lab::connections_at(place.at.port())
}
