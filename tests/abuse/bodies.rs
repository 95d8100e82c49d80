//! Bodies, which no request has here, and what their lengths are used for.

use crate::lab::{GET, Lab, Then, limits};

fn request(method: &str, headers: &str, body: &str) -> String {
    format!("{method} /metrics HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n{body}")
}

pub(crate) fn a_length_that_is_no_number_is_400(lab: &Lab) {
    for length in ["-1", "+5", "0x5", "5 5", "5;", "five", "", "1e3", "5,6", "18446744073709551616"] {
        lab.expect(request("GET", &format!("Content-Length: {length}"), ""), &[400], Then::Closed);
    }
}

pub(crate) fn two_lengths_that_differ_are_400(lab: &Lab) {
    lab.expect(request("GET", "Content-Length: 5\r\nContent-Length: 6", "hello"), &[400], Then::Closed);
    lab.expect(request("GET", "Content-Length: 0\r\nContent-Length: 6", "hello"), &[400], Then::Closed);
}

pub(crate) fn two_lengths_that_agree_are_one(lab: &Lab) {
    lab.expect(request("GET", "Content-Length: 5\r\nContent-Length: 5", "hello"), &[413], Then::Closed);
    lab.expect(request("GET", "Content-Length: 0\r\nContent-Length: 0", ""), &[200], Then::Open);
}

pub(crate) fn a_length_of_nothing_is_no_body(lab: &Lab) {
    lab.expect(request("GET", "Content-Length: 0", ""), &[200], Then::Open);
    lab.expect(request("POST", "Content-Length: 0", ""), &[405], Then::Open);
    lab.expect(request("GET", "Content-Length: 00", ""), &[200], Then::Open);
}

pub(crate) fn a_huge_length_is_413(lab: &Lab) {
    for length in ["1000000", "4294967296", "9223372036854775807"] {
        lab.expect(request("GET", &format!("Content-Length: {length}"), "x"), &[413], Then::Closed);
    }
}

pub(crate) fn a_get_with_a_body_is_413_and_closed(lab: &Lab) {
    lab.expect(request("GET", "Content-Length: 5", "hello"), &[413], Then::Closed);
    lab.expect(request("GET", "Content-Length: 5", &format!("hello{GET}")), &[413], Then::Closed);
}

pub(crate) fn a_post_with_a_body_is_405_and_closed(lab: &Lab) {
    for method in ["POST", "PUT", "PATCH"] {
        lab.expect(request(method, "Content-Length: 5", &format!("hello{GET}")), &[405], Then::Closed);
    }
}

pub(crate) fn a_body_in_chunks_is_refused_and_closed(lab: &Lab) {
    let body = format!("5\r\nhello\r\n0\r\n\r\n{GET}");
    lab.expect(request("GET", "Transfer-Encoding: chunked", &body), &[413], Then::Closed);
    lab.expect(request("POST", "Transfer-Encoding: chunked", &body), &[405], Then::Closed);
    // Chunks that are none are not looked at.
    let broken = "ffffffffffffffffff\r\n";
    lab.expect(request("GET", "Transfer-Encoding: chunked", broken), &[413], Then::Closed);
}

pub(crate) fn a_body_in_chunks_without_a_byte_is_none_and_the_connection_ends(lab: &Lab) {
    for method in ["GET", "HEAD"] {
        for end in ["0\r\n\r\n", "0;x=y\r\nX-Trailer: z\r\n\r\n", &format!("0\r\n\r\n{GET}")] {
            let mut peer = lab.connect();
            peer.send(request(method, "Transfer-Encoding: chunked", end));
            assert_eq!(peer.answer_to(method).map(|answer| answer.status), Some(200), "{method} {end:?}");
            assert!(peer.is_closed(), "{method} {end:?}");
        }
    }
    // Behind its head, as it comes from who begins a body before it knows that there is none.
    let mut peer = lab.connect();
    peer.send(request("GET", "Transfer-Encoding: chunked", ""));
    peer.send("0\r\n");
    peer.send("\r\n");
    assert_eq!(peer.answer().map(|answer| answer.status), Some(200));
    // One that never comes is not waited for.
    let began = std::time::Instant::now();
    let mut peers = lab.connect_many(100);
    peers.iter_mut().for_each(|peer| assert!(peer.send(request("GET", "Transfer-Encoding: chunked", ""))));
    for peer in &mut peers {
        assert_eq!(peer.answer().map(|answer| answer.status), Some(413));
        assert!(peer.is_closed());
    }
    assert!(began.elapsed() < limits().head * 2, "{:?}", began.elapsed());
}

pub(crate) fn chunks_in_http_1_0_are_400(lab: &Lab) {
    lab.expect("GET /metrics HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", &[400], Then::Closed);
}

pub(crate) fn a_body_that_never_comes_is_not_waited_for(lab: &Lab) {
    let mut peers = lab.connect_many(100);
    let began = std::time::Instant::now();
    for peer in &mut peers {
        peer.send(request("POST", "Content-Length: 1000", "h"));
    }
    for peer in &mut peers {
        assert_eq!(peer.answer().map(|answer| answer.status), Some(405));
        assert!(peer.is_closed());
    }
    assert!(began.elapsed() < limits().head, "{:?}", began.elapsed());
}

pub(crate) fn a_body_without_end_is_not_read_to_its_end(lab: &Lab) {
    let mut peer = lab.connect();
    peer.send(request("POST", "Transfer-Encoding: chunked", ""));
    let chunk = ["4000\r\n", &"b".repeat(16 << 10), "\r\n"].concat();
    let mut sent = 0;
    while peer.send(&chunk) {
        sent += chunk.len();
        assert!(sent < 256 << 20, "no end of a body");
    }
    assert_eq!(peer.answer().map(|answer| answer.status), Some(405));
    // 256 KiB are thrown away, the rest lay in the system's buffers.
    assert!(sent < 64 << 20, "{sent} bytes");
}

pub(crate) fn nobody_is_told_to_continue(lab: &Lab) {
    let mut peer = lab.connect();
    peer.send(request("POST", "Content-Length: 5\r\nExpect: 100-continue", ""));
    assert_eq!(peer.answer().map(|answer| answer.status), Some(405), "and no 100 before");
    assert!(peer.is_closed());
    // Without a body there is nothing to continue; an expectation that nobody knows is not met, and harms nobody.
    lab.expect(request("GET", "Expect: 100-continue", ""), &[200], Then::Open);
    lab.expect(request("GET", "Expect: the unexpected", ""), &[200], Then::Open);
}

/// What is not to be taken for a request.
const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";

pub(crate) fn a_length_that_hides_a_request_hides_nothing(lab: &Lab) {
    let length = SMUGGLED.len();
    lab.expect(request("GET", &format!("Content-Length: {length}"), SMUGGLED), &[413], Then::Closed);
    // CL.TE: who goes by the length sees one request, who goes by the chunks two.
    let both = format!("Content-Length: {}\r\nTransfer-Encoding: chunked", length + 5);
    lab.expect(request("POST", &both, &format!("0\r\n\r\n{SMUGGLED}")), &[405], Then::Closed);
}

pub(crate) fn chunks_that_hide_a_request_hide_nothing(lab: &Lab) {
    // TE.CL: the other way round.
    let chunk = format!("{:x}\r\n{SMUGGLED}\r\n0\r\n\r\n", SMUGGLED.len());
    for headers in
        ["Transfer-Encoding: chunked\r\nContent-Length: 4", "Content-Length: 4\r\nTransfer-Encoding: chunked"]
    {
        lab.expect(request("POST", headers, &chunk), &[405], Then::Closed);
        lab.expect(request("GET", headers, &chunk), &[413], Then::Closed);
    }
}

pub(crate) fn an_encoding_written_so_that_some_overlook_it_hides_nothing(lab: &Lab) {
    // TE.TE: one of two servers overlooks the header. What is no chunked coding at the end is 400.
    for (encoding, status) in [
        ("Transfer-Encoding: xchunked", 400),
        ("Transfer-Encoding: identity", 400),
        ("Transfer-Encoding: chunked, identity", 400),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: x", 400),
        ("Transfer-Encoding: \"chunked\"", 400),
        ("Transfer-Encoding:", 400),
        ("Transfer-Encoding : chunked", 400),
        ("X: y\r\n Transfer-Encoding: chunked", 400),
        ("Transfer-Encoding: x, chunked", 405),
        ("Transfer-Encoding:\tchunked", 405),
        ("Transfer-Encoding: CHUNKED", 405),
        ("transfer-encoding: chunked\r\nTransfer-Encoding: chunked", 405),
    ] {
        let headers = format!("Content-Length: 4\r\n{encoding}");
        lab.expect(request("POST", &headers, &format!("0\r\n\r\n{SMUGGLED}")), &[status], Then::Closed);
    }
}
