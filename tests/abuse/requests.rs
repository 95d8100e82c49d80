//! Requests that are none, that are odd, and that are fine though they look odd.

use std::sync::Arc;
use std::time::{Duration, Instant};

use openclaw_prometheus::serve::{Auth, Site};

use crate::lab::{GET, Lab, Then, limits};
use crate::peer::Peer;
use crate::server::ANY;

fn to(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

fn with(header: &str) -> String {
    format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n")
}

pub(crate) fn a_request_without_host_is_400(lab: &Lab) {
    // RFC 9112 §3.2. Older ones need none.
    lab.expect("GET /metrics HTTP/1.1\r\n\r\n", &[400], Then::Closed);
    lab.expect(format!("GET /metrics HTTP/1.1\r\n\r\n{GET}"), &[400], Then::Closed);
    lab.expect("GET http://localhost/metrics HTTP/1.1\r\n\r\n", &[400], Then::Closed);
    lab.expect("GET /metrics HTTP/1.0\r\n\r\n", &[200], Then::Closed);
}

pub(crate) fn two_hosts_or_one_that_is_none_are_400(lab: &Lab) {
    for host in [
        "Host: localhost\r\nHost: localhost",
        "Host: localhost\r\nhost: other.example",
        "Host: localhost\r\nX: y\r\nHost:",
        "Host:",
        "Host: a b",
        "Host: @",
        "Host: localhost:99999",
        "Host: localhost, other.example",
        "Host: http://localhost",
        "Host: [::1",
        "Host: \u{e9}",
    ] {
        for path in ["/metrics", "/", "/-/healthy", "/nothing"] {
            lab.expect(format!("GET {path} HTTP/1.1\r\n{host}\r\n\r\n"), &[400], Then::Closed);
        }
        lab.expect(format!("GET http://localhost/metrics HTTP/1.1\r\nHost: a\r\n{host}\r\n\r\n"), &[400], Then::Closed);
    }
    lab.expect("GET /metrics HTTP/1.0\r\nHost: localhost\r\nHost: localhost\r\n\r\n", &[400], Then::Closed);
}

pub(crate) fn a_host_that_is_not_ours_is_403(lab: &Lab) {
    // What a web page sends whose name leads to this machine.
    for host in ["other.example", "other.example:19464", "localhost.other.example", "127.0.0.2", "[::1]", "1.2.3.4:80"]
    {
        for path in ["/metrics", "/metrics/per-object", "/metrics/health", "/", "/-/ready", "/nothing"] {
            for method in ["GET", "HEAD", "POST", "OPTIONS"] {
                let mut peer = lab.connect();
                peer.send(format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n\r\n"));
                let answer = peer.answer_to(method).unwrap();
                if lab.subject.is_tls {
                    // No certificate is of such a name.
                    assert_ne!(answer.status, 403, "{method} {path} of {host}");
                    continue;
                }
                assert_eq!(answer.status, 403, "{method} {path} of {host}");
                assert!(answer.body.len() < 200 && answer.header("access-control-allow-origin").is_none());
                peer.send(GET);
                assert_eq!(peer.answer().map(|answer| answer.status), Some(200));
            }
        }
    }
    // By whichever of its names, and with whichever port a tunnel has.
    let port = lab.address.at.port();
    for host in ["localhost", "LocalHost", "localhost.", "localhost:1", "127.0.0.1", &format!("127.0.0.1:{port}")] {
        lab.expect(format!("GET /metrics HTTP/1.1\r\nHost: {host}\r\n\r\n"), &[200], Then::Open);
    }
}

pub(crate) fn who_tries_tokens_is_slowed_down_and_keeps_nobody_waiting(lab: &Lab) {
    const TOKEN: &str = "of-sixteen-and-more";
    let site = Arc::new(Site::new(lab.fixture.site.pages().clone()).auth(Auth::token(TOKEN)));
    let server = (lab.subject.start)(ANY, site, limits()).unwrap();
    let with_token = |token| format!("GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n");
    let began = Instant::now();
    let (mut tried, mut right) = (0, 0);
    while began.elapsed() < Duration::from_secs(2) {
        // All from one address, many at a time, and each again and again.
        let mut guests: Vec<Peer> = (0..40).map(|_| Peer::connect(server.address())).collect();
        guests.iter_mut().for_each(|guest| assert!(guest.send(with_token("wrong").repeat(4))));
        let mut scraper = Peer::connect(server.address());
        for _ in 0..5 {
            let asked = Instant::now();
            scraper.send(with_token(TOKEN));
            assert_eq!(scraper.skip_answer(), Some((200, lab.fixture.page_bytes)));
            assert!(asked.elapsed() < Duration::from_secs(1), "a right token waits {:?}", asked.elapsed());
            right += 1;
        }
        for guest in &mut guests {
            while let Some(answer) = guest.answer() {
                assert!([401, 429].contains(&answer.status), "{}", answer.status);
                tried += 1;
                if answer.header("connection") == Some("close") || tried % 4 == 0 {
                    break;
                }
            }
        }
    }
    assert!(right >= 5 && tried >= 40);
    server.stop();
}

pub(crate) fn an_absolute_target_is_its_path(lab: &Lab) {
    for target in ["http://localhost/metrics", "http://127.0.0.1:80/metrics?x", "https://u:p@localhost/metrics"] {
        lab.expect(to(target), &[200], Then::Open);
    }
    lab.expect(to("http://localhost"), &[200], Then::Open);
    // Its host comes before the header; nobody is led to a server that has a certificate of its own.
    let status = if lab.subject.is_tls { 200 } else { 403 };
    lab.expect(to("http://other.example/metrics"), &[status], Then::Open);
    lab.expect("GET http://localhost/metrics HTTP/1.1\r\nHost: other.example\r\n\r\n", &[200], Then::Open);
}

pub(crate) fn a_target_that_is_an_authority_is_404(lab: &Lab) {
    for target in ["other.example:80", "metrics"] {
        lab.expect(to(target), &[404], Then::Open);
    }
}

pub(crate) fn an_asterisk_is_the_server_for_options_and_404_for_others(lab: &Lab) {
    lab.expect("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", &[200], Then::Open);
    lab.expect(to("*"), &[404], Then::Open);
}

pub(crate) fn a_fragment_is_left_out(lab: &Lab) {
    // No client sends one; the RFC has no place for it in a request.
    for target in ["/metrics#", "/metrics#top", "/metrics?a#b"] {
        lab.expect(to(target), &[200], Then::Open);
    }
}

pub(crate) fn an_encoded_path_is_the_path_that_it_encodes(lab: &Lab) {
    for target in ["/%6detrics", "/%6Detrics?x=%zz", "/%6d%65%74%72%69%63%73", "/metrics/%64etailed"] {
        lab.expect(to(target), &[200], Then::Open);
    }
    for target in [
        "/metrics%00",
        "/metrics%2f",
        "/metrics%2fhealth",
        "%2fmetrics",
        "/..%2fmetrics",
        "/a/../metrics",
        "/%2e%2e/metrics",
        "/%256detrics",
        "//metrics",
        "/%",
        "/%6",
        "/metrics%",
        "/%zz",
        "/%+6etrics",
        "/metrics%ff",
        "/metrics%c3%a9",
    ] {
        // What does not begin with a slash is no target.
        let status = if target.starts_with('/') { 404 } else { 400 };
        lab.expect(to(target), &[status], if status == 404 { Then::Open } else { Then::Closed });
    }
}

pub(crate) fn control_bytes_are_400(lab: &Lab) {
    for byte in ["\0", "\u{1}", "\u{7}", "\u{b}", "\u{1b}", "\u{7f}", "\r"] {
        lab.expect(to(&format!("/met{byte}rics")), &[400], Then::Closed);
        lab.expect(with(&format!("X-{byte}: y")), &[400], Then::Closed);
        lab.expect(with(&format!("X: y{byte}y")), &[400], Then::Closed);
        lab.expect(format!("G{byte}T /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"), &[400], Then::Closed);
    }
}

pub(crate) fn lines_that_end_in_a_bare_line_feed_are_lines(lab: &Lab) {
    // RFC 9112 §2.2 allows it.
    lab.expect("GET /metrics HTTP/1.1\nHost: localhost\n\n", &[200], Then::Open);
}

pub(crate) fn a_folded_header_is_400(lab: &Lab) {
    for fold in ["X: a\r\n b", "X: a\r\n\tb", "X:\r\n b"] {
        lab.expect(with(fold), &[400], Then::Closed);
    }
}

pub(crate) fn a_space_before_the_colon_is_400(lab: &Lab) {
    for header in ["X : y", "X\t: y", " X: y", "Content-Length : 5", ": y", "X"] {
        lab.expect(with(header), &[400], Then::Closed);
    }
}

pub(crate) fn bytes_beyond_ascii_are_a_value_and_no_path_we_have(lab: &Lab) {
    let request = |target: &[u8], value: &[u8]| {
        [b"GET ", target, b" HTTP/1.1\r\nHost: localhost\r\nAccept: ", value, b"\r\n\r\n"].concat()
    };
    lab.expect(request(b"/metrics", b"\xff\xfe\xc3\x28"), &[200], Then::Open);
    lab.expect(request("/metrics\u{e9}".as_bytes(), b"*/*"), &[404], Then::Open);
    // What is no UTF-8 at all is no target.
    lab.expect(request(b"/metrics\xff", b"*/*"), &[400], Then::Closed);
    let token = [b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX\xff: y\r\n\r\n".as_slice()].concat();
    lab.expect(token, &[400], Then::Closed);
}

pub(crate) fn a_tls_hello_is_400(lab: &Lab) {
    let hello = [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".as_slice(), &[0x5a; 506]].concat();
    lab.expect(hello, &[400], Then::Closed);
}

pub(crate) fn an_http_2_preface_is_closed(lab: &Lab) {
    // hyper knows it and says nothing: no answer of HTTP/1 would be understood.
    lab.expect("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0", &[], Then::Closed);
}

pub(crate) fn http_0_9_is_400(lab: &Lab) {
    for request in ["GET /metrics\r\n", "GET /metrics\r\n\r\n", "GET\r\n\r\n", "hello\r\n\r\n"] {
        lab.expect(request, &[400], Then::Closed);
    }
}

pub(crate) fn http_1_0_is_answered_and_closed(lab: &Lab) {
    let mut peer = lab.connect();
    peer.send("GET /metrics HTTP/1.0\r\n\r\n");
    let answer = peer.answer().unwrap();
    assert_eq!((answer.version.as_str(), answer.status, answer.body.len()), ("HTTP/1.0", 200, lab.fixture.page_bytes));
    assert!(peer.is_closed());
}

pub(crate) fn http_1_0_with_keep_alive_stays_open(lab: &Lab) {
    let mut peer = lab.connect();
    for _ in 0..3 {
        peer.send("GET /metrics HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        let answer = peer.answer().unwrap();
        assert_eq!((answer.version.as_str(), answer.header("connection")), ("HTTP/1.0", Some("keep-alive")));
        assert_eq!(answer.body.len(), lab.fixture.page_bytes);
    }
}

pub(crate) fn connection_close_closes(lab: &Lab) {
    for header in [
        "Connection: close",
        "Connection: Close",
        "Connection: x, close",
        "Connection: close\r\nConnection: keep-alive",
    ] {
        lab.expect(with(header), &[200], Then::Closed);
        // What was sent behind it is not answered.
        lab.expect(format!("{}{GET}", with(header)), &[200], Then::Closed);
    }
}

pub(crate) fn another_version_is_400(lab: &Lab) {
    for version in ["HTTP/2.0", "HTTP/9.9", "HTTP/1.2", "HTTP/1", "HTTP/11.1", "http/1.1", "HTTP/", "ICY/1.1"] {
        lab.expect(format!("GET /metrics {version}\r\nHost: localhost\r\n\r\n"), &[400], Then::Closed);
    }
}

pub(crate) fn what_is_no_method_is_400(lab: &Lab) {
    for method in ["G(T", "G,T", "\"GET\"", "{}", "G\u{e9}T", ""] {
        lab.expect(format!("{method} /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"), &[400], Then::Closed);
    }
}

pub(crate) fn another_method_is_405(lab: &Lab) {
    let long = "M".repeat(8 << 10);
    for method in ["POST", "PUT", "DELETE", "PATCH", "PROPFIND", "BREW", "X", "M-SEARCH", &long] {
        let mut peer = lab.connect();
        peer.send(format!("{method} /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        let answer = peer.answer().unwrap();
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD, OPTIONS")));
        peer.send(GET);
        assert_eq!(peer.answer().map(|answer| answer.status), Some(200));
    }
}

pub(crate) fn options_tells_the_methods_of_each_route(lab: &Lab) {
    let mut peer = lab.connect();
    for path in ["/metrics", "/metrics/per-object", "/metrics/health", "/-/ready", "/", "*"] {
        peer.send(format!("OPTIONS {path} HTTP/1.1\r\nHost: localhost\r\nOrigin: http://other.example\r\n\r\n"));
        let answer = peer.answer().unwrap();
        assert_eq!((answer.status, answer.header("allow")), (200, Some("GET, HEAD, OPTIONS")), "{path}");
        assert_eq!((answer.header("content-length"), answer.body.len()), (Some("0"), 0));
        assert_eq!(answer.header("access-control-allow-origin"), None, "no page of another origin is let in");
    }
    peer.send("OPTIONS /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(peer.answer().map(|answer| answer.status), Some(404));
}

pub(crate) fn a_method_in_lower_case_is_another_method(lab: &Lab) {
    for method in ["get", "Get", "head"] {
        lab.expect(format!("{method} /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"), &[405], Then::Open);
    }
}

pub(crate) fn trace_gives_nothing_back(lab: &Lab) {
    let mut peer = lab.connect();
    peer.send("TRACE /metrics HTTP/1.1\r\nHost: localhost\r\nX-Secret: s3cret\r\n\r\n");
    let answer = peer.answer().unwrap();
    assert_eq!(answer.status, 405);
    assert!(!format!("{answer:?}").contains("s3cret"));
}

pub(crate) fn connect_opens_no_tunnel(lab: &Lab) {
    // What follows is a request like any other, not bytes for somebody else.
    for target in ["other.example:443", "127.0.0.1:22", "/metrics"] {
        let status = if target == "/metrics" { 405 } else { 404 };
        let connect = format!("CONNECT {target} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        lab.expect(format!("{connect}{GET}"), &[status, 200], Then::Open);
    }
}

pub(crate) fn an_upgrade_is_not_taken_up(lab: &Lab) {
    let socket = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    let h2c = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA";
    let tls = "Connection: Upgrade\r\nUpgrade: TLS/1.2";
    for header in [socket, h2c, tls] {
        lab.expect(with(header), &[200], Then::Open);
    }
}

pub(crate) fn empty_lines_before_a_request_are_left_out(lab: &Lab) {
    lab.expect(format!("\r\n\r\n\n{GET}"), &[200], Then::Open);
    // Spaces are no empty line.
    lab.expect(format!(" {GET}"), &[400], Then::Closed);
}

pub(crate) fn head_is_answered_on_every_route_without_a_body(lab: &Lab) {
    let mut peer = lab.connect();
    let routes =
        ["/metrics", "/metrics/per-object", "/metrics/detailed", "/metrics/health", "/-/healthy", "/-/ready", "/"];
    for route in routes {
        let line = format!("{route} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        peer.send(format!("HEAD {line}"));
        let head = peer.answer_to("HEAD").unwrap();
        assert_eq!(head.status, 200, "{route}");
        peer.send(format!("GET {line}"));
        let get = peer.answer().unwrap();
        let without_time = |headers: Vec<(String, String)>| {
            // The documents tell ages, and are as long as these.
            let is_document = route.starts_with("/metrics/");
            let varies = |name: &str| name == "date" || (name == "content-length" && is_document);
            headers.into_iter().filter(|(name, _)| !varies(name)).collect::<Vec<_>>()
        };
        assert_eq!(without_time(head.headers), without_time(get.headers), "{route}");
        assert!(!get.body.is_empty());
    }
    peer.send("HEAD /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(peer.answer_to("HEAD").unwrap().status, 404);
    peer.send(GET);
    assert_eq!(peer.answer().unwrap().status, 200);
}

pub(crate) fn ranges_and_conditions_are_not_taken_up(lab: &Lab) {
    for header in [
        "Range: bytes=0-0",
        "Range: bytes=-1",
        "Range: bytes=0-,0-,0-,0-",
        "If-None-Match: *",
        "If-Modified-Since: Fri, 31 Dec 9999 23:59:59 GMT",
        "If-Match: \"none\"",
        "If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT",
        "If-Range: \"x\"\r\nRange: bytes=1-2",
    ] {
        let mut peer = lab.connect();
        peer.send(with(header));
        let answer = peer.answer().unwrap();
        assert_eq!((answer.status, answer.body.len()), (200, lab.fixture.page_bytes), "{header}");
    }
}

/// Lists of up to 15 KB with thousands of items.
fn lists(items: &[&str]) -> Vec<String> {
    items.iter().map(|item| item.repeat((15 << 10) / item.len())).collect()
}

pub(crate) fn an_accept_of_fifteen_kilobytes_is_answered(lab: &Lab) {
    let items = [
        "a,",
        ",",
        ";",
        "text/plain;q=0,",
        "*/*;q=0.001,",
        "application/openmetrics-text;version=9;q=1,",
        "a/b;c=\",\",",
        "\"",
        "q=",
    ];
    for list in lists(&items) {
        lab.expect(with(&format!("Accept: {list}")), &[200], Then::Open);
    }
    // As many lines as there may be.
    lab.expect(with(&["Accept: a/b;q=0.5, */*;q=0.1"; 99].join("\r\n")), &[200], Then::Open);
}

pub(crate) fn an_accept_encoding_of_fifteen_kilobytes_is_answered(lab: &Lab) {
    for list in lists(&["br,", ",", "gzip;q=0,", "identity;q=0,", "*;q=0,", "x;q=9999999999,", "gzip;q=;,"]) {
        lab.expect(with(&format!("Accept-Encoding: {list}")), &[200], Then::Open);
    }
}

pub(crate) fn an_accept_that_means_nothing_is_answered(lab: &Lab) {
    for value in
        ["", "/", "*", "text", "text/", ";q=1", "*/*;q=-1", "*/*;q=nan", "*/*;q=1e9", "\u{1f980}/x", "a/b/c", "=,;"]
    {
        lab.expect(with(&format!("Accept: {value}\r\nAccept-Encoding: {value}")), &[200], Then::Open);
    }
}
