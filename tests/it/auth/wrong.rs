//! Who comes with wrong tokens waits, and nobody else does.

use std::fs;
use std::time::{Duration, Instant};

use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::serve::{Auth, Listener, RequestHead, Server, Site, respond};
use openclaw_prometheus::{Registry, SystemClock};
use support::answers::{ANY_PORT, Answer};

use super::{Folder, Guarded, TOKEN};

#[test]
fn wrong_tokens_of_an_address_are_slowed_and_a_right_one_never_waits() {
    let guarded = Guarded::new(Auth::token(TOKEN));
    let ask = |peer: Option<[u8; 4]>, token: &str| {
        let authorization = format!("Bearer {token}");
        let mut head = RequestHead::new("GET", "/metrics");
        (head.peer, head.authorization) = (peer.map(Into::into), Some(authorization.as_str()));
        respond(&guarded.site, &head)
    };
    let (one, another) = (Some([10, 0, 0, 7]), Some([10, 0, 0, 8]));
    let delays: Vec<_> = (0..10).map(|_| ask(one, "wrong").delay().as_millis()).collect();
    assert_eq!(delays, [0, 0, 0, 0, 0, 100, 200, 400, 800, 1600]);
    for peer in [one, another, None] {
        let reply = ask(peer, TOKEN);
        assert_eq!((reply.status(), reply.delay()), (200, Duration::ZERO));
    }
    assert_eq!(ask(another, "wrong").delay(), Duration::ZERO);
    assert_eq!(ask(None, "wrong").delay(), Duration::ZERO, "a Unix socket");
    // No token is no wrong one.
    let mut head = RequestHead::new("GET", "/metrics");
    head.peer = one.map(Into::into);
    assert_eq!((respond(&guarded.site, &head).status(), respond(&guarded.site, &head).delay()), (401, Duration::ZERO));
    // A few are held back at a time, and what comes beyond ends its connection.
    let held: Vec<_> = (0..16).map(|_| ask(one, "wrong")).collect();
    assert!(held.iter().all(|reply| reply.status() == 401 && !reply.delay().is_zero()));
    let beyond = ask(one, "wrong");
    assert_eq!((beyond.status(), beyond.is_last(), beyond.delay()), (429, true, Duration::ZERO));
    assert_eq!(ask(one, TOKEN).status(), 200);
    drop(held);
    assert_eq!(ask(one, "wrong").status(), 401);
}

#[test]
fn a_server_holds_the_answers_to_wrong_tokens_back_and_serves_the_right_one_meanwhile() {
    let guarded = Guarded::new(Auth::token(TOKEN));
    let server = Server::start(Listener::tcp(ANY_PORT).unwrap(), guarded.site.clone()).unwrap();
    let address = server.address().tcp().unwrap();
    let status = |token: &str| {
        Answer::over(address, &[b"GET /metrics", format!("Authorization: Bearer {token}").as_bytes()]).status
    };
    let began = Instant::now();
    assert_eq!((0..8).map(|_| status("wrong")).collect::<Vec<_>>(), [401; 8]);
    assert!(began.elapsed() >= Duration::from_millis(700), "{:?}", began.elapsed());
    // The next one is held back for 800 ms; a hundred scrapes are answered first.
    std::thread::scope(|scope| {
        let wrong = scope.spawn(|| (status("wrong"), Instant::now()));
        assert!((0..100).all(|_| status(TOKEN) == 200));
        let scraped = Instant::now();
        let (status, answered) = wrong.join().unwrap();
        assert_eq!(status, 401);
        assert!(scraped < answered, "{:?}", scraped - answered);
    });
}

#[test]
fn a_guard_on_a_running_server_costs_no_restart() {
    let folder = Folder::new("server");
    let path = folder.file("token");
    fs::write(&path, "first").unwrap();
    let registry = Registry::builder().series(64).build().unwrap();
    let ticker = Publisher::new(&registry, Duration::from_secs(1), SystemClock::new()).unwrap().start().unwrap();
    let site = Site::new(ticker.pages()).auth(Auth::token_file(&path));
    let server = Server::start(Listener::tcp(ANY_PORT).unwrap(), site).unwrap();
    let status = |token: &str| {
        Answer::over(
            server.address().tcp().unwrap(),
            &[b"GET /metrics", format!("Authorization: Bearer {token}").as_bytes()],
        )
        .status
    };
    assert_eq!((status("first"), status("second")), (200, 401));
    fs::write(&path, "second").unwrap();
    assert_eq!((status("first"), status("second")), (401, 200));
    fs::remove_file(&path).unwrap();
    assert_eq!((status("first"), status("second")), (503, 503));
}
