//! Heads: many headers, large ones, endless ones, slow ones.

use std::time::Instant;

use crate::lab::{GET, Lab, Then, limits};
use support::allocator::process_peak_of as peak_of;

/// A request with these headers behind `Host`.
fn get(headers: &str) -> String {
    format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n")
}

/// So many headers, `Host` with them.
fn with_headers(count: usize) -> String {
    get(&(1..count).map(|number| format!("X-{number}: y\r\n")).collect::<String>())
}

/// A head of exactly so many bytes.
fn of_bytes(bytes: usize) -> String {
    let empty = get("X-Padding: \r\n").len();
    get(&format!("X-Padding: {}\r\n", "p".repeat(bytes - empty)))
}

pub(crate) fn eighteen_headers_of_a_browser_that_reloads_are_answered(lab: &Lab) {
    let browser = "Connection: keep-alive\r\nCache-Control: max-age=0\r\nsec-ch-ua: \"Chromium\";v=\"156\"\r\n\
        sec-ch-ua-mobile: ?0\r\nsec-ch-ua-platform: \"Linux\"\r\nUpgrade-Insecure-Requests: 1\r\n\
        User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\nAccept: text/html,*/*;q=0.8\r\n\
        Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-User: ?1\r\nSec-Fetch-Dest: document\r\n\
        Accept-Encoding: identity\r\nAccept-Language: en\r\nCookie: a=b; c=d\r\nIf-None-Match: \"x\"\r\n\
        If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT\r\n";
    assert_eq!(browser.matches("\r\n").count() + 1, 18);
    lab.expect(get(browser), &[200], Then::Open);
}

pub(crate) fn twenty_headers_are_answered(lab: &Lab) {
    lab.expect(with_headers(20), &[200], Then::Open);
}

pub(crate) fn a_hundred_headers_are_answered(lab: &Lab) {
    lab.expect(with_headers(100), &[200], Then::Open);
}

pub(crate) fn a_hundred_and_one_headers_are_431(lab: &Lab) {
    lab.expect(with_headers(101), &[431], Then::Closed);
}

pub(crate) fn a_head_of_16_kilobytes_is_answered(lab: &Lab) {
    lab.expect(of_bytes(16 << 10), &[200], Then::Open);
}

pub(crate) fn a_head_of_16_kilobytes_and_a_byte_is_431(lab: &Lab) {
    lab.expect(of_bytes((16 << 10) + 1), &[431], Then::Closed);
}

pub(crate) fn a_request_line_of_a_megabyte_is_431(lab: &Lab) {
    // Not 414: the head is refused before it is known what part of it is too long.
    let held = peak_of(|| {
        let line = [b"GET /".as_slice(), &[b'a'; 64 << 10]].concat();
        let mut peer = lab.connect();
        peer.send(line);
        for _ in 0..15 {
            peer.send([b'a'; 64 << 10]);
        }
        assert_eq!(peer.answer().map(|answer| answer.status), Some(431));
        assert!(peer.is_closed());
    });
    assert!(held < 1 << 20, "{held} bytes");
}

/// Sends `piece` again and again until the server takes no more, and reads its answer; the bytes it took.
fn sent_until_refused(lab: &Lab, start: &str, piece: &[u8]) -> usize {
    let mut peer = lab.connect();
    peer.send(start);
    let mut sent = start.len();
    // The server closes, or its system takes nothing more.
    while peer.send(piece) {
        sent += piece.len();
        assert!(sent < 256 << 20, "no end of a head");
    }
    assert_eq!(peer.answer().map(|answer| answer.status), Some(431));
    sent
}

pub(crate) fn an_endless_header_is_431_and_takes_no_memory(lab: &Lab) {
    let held = peak_of(|| {
        // What the server did not read lies in the system's buffers.
        let sent =
            sent_until_refused(lab, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Endless: ", &[b'e'; 16 << 10]);
        assert!(sent < 64 << 20, "{sent} bytes");
    });
    assert!(held < 1 << 20, "{held} bytes");
}

pub(crate) fn small_headers_without_end_are_431_and_take_no_memory(lab: &Lab) {
    let held = peak_of(|| {
        let piece = "X: y\r\n".repeat(1000);
        let sent = sent_until_refused(lab, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n", piece.as_bytes());
        assert!(sent < 64 << 20, "{sent} bytes");
    });
    assert!(held < 1 << 20, "{held} bytes");
}

pub(crate) fn a_head_in_single_bytes_is_answered(lab: &Lab) {
    let mut peer = lab.connect();
    for byte in GET.as_bytes() {
        assert!(peer.send([*byte]));
    }
    assert_eq!(peer.answer().map(|answer| answer.status), Some(200));
}

pub(crate) fn heads_that_come_too_slowly_are_cut_at_the_deadline(lab: &Lab) {
    let began = Instant::now();
    let mut peers = lab.connect_many(100);
    // A byte each now and then keeps nobody alive.
    let mut bytes = "GET /metrics HTTP/1.1\r\nX-Slow: ".bytes().chain(std::iter::repeat(b's'));
    while began.elapsed() < limits().head * 3 / 4 {
        let byte = bytes.next().expect("no end");
        assert!(peers.iter_mut().all(|peer| peer.send([byte])), "cut before its time");
    }
    for peer in &mut peers {
        assert!(peer.is_closed(), "a slow head is answered");
    }
    assert!(began.elapsed() >= limits().head, "{:?}", began.elapsed());
}

pub(crate) fn a_later_head_has_the_same_deadline(lab: &Lab) {
    let mut peer = lab.connect();
    peer.send(GET);
    assert!(peer.skip_answer().is_some());
    let began = Instant::now();
    peer.send("GET /met");
    assert!(peer.is_closed());
    assert!((limits().head..limits().idle).contains(&began.elapsed()), "{:?}", began.elapsed());
}

pub(crate) fn half_a_head_behind_a_whole_one_has_the_same_deadline(lab: &Lab) {
    let mut peer = lab.connect();
    peer.send(format!("{GET}GET /met"));
    assert!(peer.skip_answer().is_some());
    let began = Instant::now();
    assert!(peer.is_closed());
    assert!(began.elapsed() < limits().idle, "{:?}", began.elapsed());
    // In time, it is a request like any.
    let mut peer = lab.connect();
    peer.send(format!("{GET}GET /met"));
    assert!(peer.skip_answer().is_some());
    peer.send("rics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(peer.skip_answer().map(|(status, _)| status), Some(200));
}

pub(crate) fn half_a_head_and_the_end_is_closed_without_an_answer(lab: &Lab) {
    for end in 1..GET.len() {
        let mut peer = lab.connect();
        peer.send(&GET[..end]);
        peer.finish();
        assert!(peer.is_closed(), "{:?}", &GET[..end]);
    }
}
