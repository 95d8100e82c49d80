//! Readers that do not read, that read slowly, that ask for more than they read.

use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use crate::lab::{Fixture, GET, Lab, limits};
use crate::peer::Peer;
use support::allocator::process_peak_of as peak_of;

pub(crate) fn twenty_readers_that_stand_still_are_cut_and_hold_no_copy(lab: &Lab) {
    let held = peak_of(|| {
        let mut peers: Vec<Peer> = (0..20).map(|_| Peer::with_small_window(lab.address)).collect();
        for peer in &mut peers {
            peer.send(GET);
            assert!(peer.is_being_answered());
        }
        // They read nothing until they are cut.
        let began = Instant::now();
        while !peers.iter_mut().all(|peer| peer.is_reset()) {
            assert!(began.elapsed() < limits().answer, "not cut");
            std::thread::park_timeout(Duration::from_millis(20));
        }
        assert!(began.elapsed() >= limits().stall / 2, "{:?}", began.elapsed());
    });
    // 200 MB were asked for. With TLS each has what is encrypted and not sent, and what its client has not decrypted.
    let most = if lab.subject.is_tls { 6 << 20 } else { 2 << 20 };
    assert!(held < most, "{held} bytes");
}

pub(crate) fn a_slow_reader_gets_all_of_it(lab: &Lab) {
    let mut patient = limits();
    patient.answer = Duration::from_secs(60);
    let server = lab.another(patient);
    let mut peer = Peer::connect(server.address());
    peer.send(GET);
    assert!(peer.is_being_answered());
    // Takes its time, but never all of it: a piece at least each quarter of the patience with one that stands still.
    let pause = limits().stall / 4;
    let mut left = lab.fixture.page_bytes;
    let step = left / 10;
    while left > step {
        std::thread::park_timeout(pause);
        peer.skip(step);
        left -= step;
    }
    assert!(peer.drain_to_answer(left), "the rest of the page");
}

pub(crate) fn a_reader_of_a_byte_now_and_then_is_cut(lab: &Lab) {
    let began = Instant::now();
    let mut peer = Peer::with_small_window(lab.address);
    peer.send(GET);
    assert!(peer.is_being_answered());
    // It reads, but less than what counts as reading.
    while began.elapsed() < limits().stall * 2 && peer.takes(1) {
        std::thread::park_timeout(Duration::from_millis(20));
    }
    let read = peer.drain();
    assert!(read < lab.fixture.page_bytes as u64, "{read} bytes");
    assert!(began.elapsed() < limits().answer, "{:?}", began.elapsed());
}

pub(crate) fn a_reader_that_takes_just_enough_is_cut_in_the_end(lab: &Lab) {
    let began = Instant::now();
    let mut peer = lab.connect();
    peer.send(GET);
    assert!(peer.is_being_answered());
    let mut left = lab.fixture.page_bytes;
    // Far more than stands still, far less than it takes to be done.
    loop {
        std::thread::park_timeout(limits().stall / 4);
        let step = 256 << 10;
        if !peer.takes(step) {
            break;
        }
        left = left.checked_sub(step).expect("it is cut before it has all");
    }
    assert!(began.elapsed() >= limits().answer, "{:?}", began.elapsed());
}

pub(crate) fn three_hundred_resets_in_an_answer_leave_nothing(lab: &Lab) {
    for round in 0..300 {
        let mut peer = if round % 2 == 0 { lab.connect() } else { Peer::with_small_window(lab.address) };
        peer.send(GET);
        if round % 3 != 0 {
            assert!(peer.is_being_answered());
        }
        peer.reset();
    }
}

pub(crate) fn fifteen_hundred_requests_at_once_hold_no_answers(lab: &Lab) {
    let held = peak_of(|| {
        let mut peer = lab.connect();
        let requests = GET.repeat(100);
        let mut sent = 0;
        // As many as the systems between take without anything being read.
        while sent < 15 && peer.send_some(requests.as_bytes()) {
            sent += 1;
        }
        assert!(peer.is_being_answered());
        let began = Instant::now();
        // Nothing is read until the server has had enough.
        while !peer.is_reset() {
            assert!(began.elapsed() < limits().answer, "not cut");
            std::thread::park_timeout(Duration::from_millis(20));
        }
    });
    // 300 MB of answers were asked for.
    assert!(held < 1 << 20, "{held} bytes");
}

pub(crate) fn requests_sent_together_are_answered_in_order(lab: &Lab) {
    let request = |method, path| format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let kinds =
        [("GET", "/metrics", 200), ("HEAD", "/metrics", 200), ("GET", "/nothing", 404), ("HEAD", "/-/healthy", 200)];
    let all: String = kinds.iter().map(|(method, path, _)| request(method, path)).collect();
    let mut peer = lab.connect();
    // The systems between take them all, 45 KB.
    assert!(peer.send(all.repeat(200)));
    for round in 0..200 {
        for (method, path, status) in kinds {
            let answer = peer.answer_to(method).unwrap();
            assert_eq!(answer.status, status, "round {round}: {method} {path}");
            assert_eq!(answer.body.is_empty(), method == "HEAD");
            let is_page = path == "/metrics";
            let length: usize = answer.header("content-length").unwrap().parse().unwrap();
            assert_eq!(length == lab.fixture.page_bytes, is_page, "round {round}: {method} {path}");
        }
    }
}

pub(crate) fn a_page_that_200_ask_for_packed_is_packed_once(lab: &Lab) {
    // A page that nobody has asked for packed yet.
    let fixture = Fixture::new(4000);
    let site = fixture.site.clone();
    let server = (lab.subject.start)(crate::server::ANY, site, limits()).unwrap();
    let mut peers: Vec<Peer> = (0..200).map(|_| Peer::connect(server.address())).collect();
    for peer in &mut peers {
        peer.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n");
    }
    let answers: Vec<_> = peers.iter_mut().map(|peer| peer.answer().unwrap()).collect();
    for answer in &answers {
        assert_eq!((answer.status, answer.header("content-encoding")), (200, Some("gzip")));
        assert!(answer.body == answers[0].body && answer.body.len() < fixture.page_bytes / 2);
    }
    assert_eq!(fixture.packings.0.load(Relaxed), 1);
}

pub(crate) fn views_that_200_ask_for_are_made_a_few_at_a_time(lab: &Lab) {
    let mut peers = lab.connect_many(200);
    for peer in &mut peers {
        peer.send("GET /metrics/per-object HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    let statuses: Vec<u16> = peers.iter_mut().map(|peer| peer.skip_answer().unwrap().0).collect();
    assert!(statuses.iter().all(|status| [200, 503].contains(status)), "{statuses:?}");
    assert!(statuses.contains(&200));
}
