//! Stopping and starting: at once, in every state, again and again.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use openclaw_prometheus::publish::{PanicSite, Publisher};
use openclaw_prometheus::serve::{Answered, RequestObserver, Site};
use openclaw_prometheus::{Registry, SystemClock};

use crate::lab::{Fixture, GET, Lab, limits};
use crate::peer::Peer;
use crate::server::{ANY, Running};
use support::deadline::until;

/// In what time a server is gone, whatever its clients do.
const GONE_IN: Duration = Duration::from_secs(1);

/// Stops a server beside the lab's that `bring` has brought into a state.
#[track_caller]
fn stop_after(lab: &Lab, bring: impl FnOnce(&dyn Running) -> Vec<Peer>) {
    stop(lab, lab.another(limits()), bring);
}

#[track_caller]
fn stop(lab: &Lab, server: Box<dyn Running>, bring: impl FnOnce(&dyn Running) -> Vec<Peer>) {
    until("both servers to have a thread", || lab.server_threads() == 2);
    let address = server.address();
    let peers = bring(&*server);
    let began = Instant::now();
    server.stop();
    let took = began.elapsed();
    assert!(took < GONE_IN, "{took:?}");
    until("its thread to end", || lab.server_threads() == 1);
    // SO_REUSEADDR, as every server has it: what is left of connections is in nobody's way.
    drop(TcpListener::bind(address.at).expect("the port is free at once"));
    drop(peers);
}

fn peers(server: &dyn Running, count: usize) -> Vec<Peer> {
    (0..count).map(|_| Peer::connect(server.address())).collect()
}

pub(crate) fn a_server_with_silent_connections_stops_at_once(lab: &Lab) {
    stop_after(lab, |server| peers(server, 100));
}

pub(crate) fn a_server_with_half_heads_stops_at_once(lab: &Lab) {
    stop_after(lab, |server| {
        let mut peers = peers(server, 100);
        for peer in &mut peers {
            peer.send("GET /metrics HTTP/1.1\r\nX-Half: ");
        }
        peers
    });
}

pub(crate) fn a_server_with_idle_connections_stops_at_once(lab: &Lab) {
    stop_after(lab, |server| {
        let mut peers = peers(server, 100);
        for peer in &mut peers {
            peer.send(GET);
            assert!(peer.skip_answer().is_some());
        }
        peers
    });
}

pub(crate) fn a_server_with_readers_that_stand_still_stops_within_a_second(lab: &Lab) {
    stop_after(lab, |server| {
        let mut peers: Vec<Peer> = (0..20).map(|_| Peer::with_small_window(server.address())).collect();
        for peer in &mut peers {
            peer.send(GET.repeat(20));
            assert!(peer.is_being_answered());
        }
        peers
    });
}

pub(crate) fn a_server_with_rests_of_bodies_stops_within_a_second(lab: &Lab) {
    stop_after(lab, |server| {
        let mut peers = peers(server, 50);
        for peer in &mut peers {
            peer.send("POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n");
            assert_eq!(peer.answer().map(|answer| answer.status), Some(405));
        }
        peers
    });
}

pub(crate) fn a_server_that_waits_for_a_page_that_never_comes_stops_within_a_second(lab: &Lab) {
    // Nobody ticks this publisher: what is packed on demand is never packed.
    let registry = Registry::builder().build().unwrap();
    let family = registry.counter("filling_total", "").labels(["a"]).register().unwrap();
    (0..50).for_each(|number| family.with([&format!("{number:0100}")]).inc());
    let mut publisher = Publisher::new(&registry, Duration::from_secs(1), SystemClock::new()).unwrap();
    publisher.tick();
    let site = Arc::new(Site::new(publisher.pages()));
    let server = (lab.subject.start)(ANY, site.clone(), limits()).unwrap();
    stop(lab, server, |server| {
        let mut peers = peers(server, 50);
        for peer in &mut peers {
            peer.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n");
        }
        // Those before it were heard when this one is answered.
        let mut last = Peer::connect(server.address());
        last.send("GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert!(last.skip_answer().is_some());
        peers
    });
    // And without a stop it is waited for as long as for a page that is late; then what there is has to do, if it is fresh.
    let server = (lab.subject.start)(ANY, site, limits()).unwrap();
    let began = Instant::now();
    let mut peer = Peer::connect(server.address());
    peer.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n");
    let answer = peer.answer().expect("an answer");
    assert!(matches!(answer.status, 200 | 503) && answer.header("content-encoding").is_none(), "{}", answer.status);
    assert!(began.elapsed() >= publisher.pages().patience(), "{:?}", began.elapsed());
}

pub(crate) fn an_answer_that_is_being_read_is_finished_though_the_server_stops(lab: &Lab) {
    let server = lab.another(limits());
    let mut peer = Peer::connect(server.address());
    peer.send(GET);
    assert!(peer.is_being_answered());
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let answer = peer.skip_answer();
            (answer, peer.is_closed())
        });
        server.stop();
        assert_eq!(reader.join().unwrap(), (Some((200, lab.fixture.page_bytes)), true));
    });
}

pub(crate) fn a_server_starts_again_on_its_port_fifty_times(lab: &Lab) {
    let mut address = ANY;
    for round in 0..50 {
        let server = (lab.subject.start)(address, lab.fixture.site.clone(), limits()).unwrap();
        address = server.address().at;
        let mut peer = Peer::connect(server.address());
        peer.send(GET);
        assert_eq!(peer.skip_answer(), Some((200, lab.fixture.page_bytes)), "round {round}");
        server.stop();
        assert!(peer.is_closed());
    }
}

pub(crate) fn two_servers_on_one_port_are_refused(lab: &Lab) {
    for _ in 0..20 {
        let refused = (lab.subject.start)(lab.address.at, lab.fixture.site.clone(), limits());
        let sentence = refused.err().expect("a port is not shared");
        assert!(sentence.contains("is taken by another process"), "{sentence}");
    }
    assert_eq!(lab.server_threads(), 1);
}

/// Panics where and when it is told to.
struct Panics {
    at_begin: bool,
}

impl RequestObserver for Panics {
    fn began(&self) {
        assert!(!self.at_begin, "a panic that a test asks for");
    }

    fn answered(&self, _: &Answered) {
        assert!(self.at_begin, "a panic that a test asks for");
    }
}

pub(crate) fn a_panic_in_an_answer_ends_nothing(lab: &Lab) {
    // Their messages are not wanted in between.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    // Pages of its own: health tells of a panic for a while.
    let fixture = Fixture::new(1);
    for at_begin in [true, false] {
        let site = Site::new(fixture.site.pages().clone()).observer(Arc::new(Panics { at_begin }));
        let server = (lab.subject.start)(ANY, Arc::new(site), limits()).unwrap();
        for _ in 0..50 {
            let mut peer = Peer::connect(server.address());
            peer.send(GET);
            // It is the observer's, whose panics are caught.
            assert_eq!(peer.skip_answer(), Some((200, fixture.page_bytes)));
        }
        server.stop();
    }
    assert_eq!(fixture.site.pages().panics(PanicSite::RequestObserver), 100);
    std::panic::set_hook(hook);
}
