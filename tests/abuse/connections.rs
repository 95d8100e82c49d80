//! Connections: too many, silent, half open, reset, gone.

use std::time::Instant;

use crate::lab::{GET, Lab, Then, limits};
use crate::peer::Peer;
use support::allocator::{live_bytes, process_live_bytes, process_peak_of as peak_of};
use support::deadline::until;
use support::this_process::descriptors;

const CONNECTIONS: usize = 512;

/// What an open connection that waits may hold of our memory.
const IDLE_BYTES: i64 = 16 << 10;

pub(crate) fn silent_connections_are_closed_at_the_deadline_of_a_head(lab: &Lab) {
    let began = Instant::now();
    let mut peers = lab.connect_many(200);
    for peer in &mut peers {
        assert!(peer.is_closed());
    }
    assert!((limits().head..limits().head * 3).contains(&began.elapsed()), "{:?}", began.elapsed());
}

pub(crate) fn an_idle_connection_is_closed_after_a_while(lab: &Lab) {
    let mut peer = lab.connect();
    peer.send(GET);
    assert!(peer.skip_answer().is_some());
    let began = Instant::now();
    assert!(peer.is_closed());
    assert!(began.elapsed() >= limits().idle * 9 / 10, "{:?}", began.elapsed());
}

pub(crate) fn a_thousand_half_open_connections_disturb_nobody(lab: &Lab) {
    let held = peak_of(|| {
        let mut peers = lab.connect_many(1000);
        for peer in &mut peers {
            peer.send("GET /metrics HTTP/1.1\r\nX-Half: ");
        }
        for peer in &mut peers {
            assert!(peer.is_closed());
        }
    });
    assert!(held < 16 << 20, "{held} bytes");
}

pub(crate) fn half_a_head_and_a_close_blocks_nothing(lab: &Lab) {
    for _ in 0..500 {
        lab.connect().send("GET /metrics HTTP/1.1\r\nX-Half: ");
    }
}

pub(crate) fn a_reset_while_idle_blocks_nothing(lab: &Lab) {
    for round in 0..200 {
        let mut peer = lab.connect();
        if round % 2 == 0 {
            peer.send(GET);
            assert!(peer.skip_answer().is_some());
        }
        peer.reset();
    }
}

pub(crate) fn a_reset_in_a_head_blocks_nothing(lab: &Lab) {
    for _ in 0..200 {
        let mut peer = lab.connect();
        peer.send("GET /metrics HTTP/1.1\r\nX-Half: ");
        peer.reset();
    }
}

pub(crate) fn ten_thousand_connections_that_come_and_go_leave_nothing(lab: &Lab) {
    for _ in 0..10_000 {
        lab.connect();
    }
}

pub(crate) fn a_client_that_closes_its_half_after_asking_is_answered(lab: &Lab) {
    for _ in 0..50 {
        let mut peer = lab.connect();
        peer.send(GET);
        peer.finish();
        assert_eq!(peer.answer().map(|answer| answer.body.len()), Some(lab.fixture.page_bytes));
        assert!(peer.is_closed());
    }
    // As many as it asked for.
    let mut peer = lab.connect();
    peer.send(GET.repeat(20));
    peer.finish();
    for _ in 0..20 {
        assert_eq!(peer.skip_answer(), Some((200, lab.fixture.page_bytes)));
    }
    assert!(peer.is_closed());
}

pub(crate) fn a_client_that_closes_its_half_at_once_is_closed(lab: &Lab) {
    for _ in 0..50 {
        let mut peer = lab.connect();
        peer.finish();
        assert!(peer.is_closed());
    }
}

/// Whether the server has closed it, without waiting.
fn is_gone(peer: &Peer) -> bool {
    peer.stream.set_nonblocking(true).unwrap();
    let seen = peer.stream.peek(&mut [0]);
    peer.stream.set_nonblocking(false).unwrap();
    match seen {
        Ok(count) => count == 0,
        Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
    }
}

/// A server beside the lab's, with patience, so that only the lack of room closes anything.
fn patient(lab: &Lab) -> Box<dyn crate::server::Running> {
    let mut limits = limits();
    (limits.head, limits.idle) = (std::time::Duration::from_secs(60), std::time::Duration::from_secs(60));
    lab.another(limits)
}

/// Connections that were answered once.
fn answered(server: &dyn crate::server::Running, count: usize) -> Vec<Peer> {
    let answered = |_| {
        let mut peer = Peer::connect(server.address());
        peer.send("HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert!(peer.answer_to("HEAD").is_some());
        peer
    };
    (0..count).map(answered).collect()
}

pub(crate) fn one_too_many_closes_those_that_never_asked_then_the_idle_oldest_first(lab: &Lab) {
    let server = patient(lab);
    let used = answered(&*server, 200);
    // Accepted in this order, as they connect in this order.
    let silent: Vec<Peer> = (0..CONNECTIONS - 200).map(|_| Peer::connect(server.address())).collect();
    let gone = |peers: &[Peer]| peers.iter().take_while(|peer| is_gone(peer)).count();
    let more = answered(&*server, 100);
    until("as many to go as came", || gone(&silent) == 100);
    assert!(!silent[100..].iter().chain(&used).chain(&more).any(is_gone), "the oldest silent ones went, and no other");
    let more = [more, answered(&*server, 212)].into_iter().flatten().collect::<Vec<_>>();
    until("all silent ones to go", || gone(&silent) == silent.len());
    assert!(!used.iter().chain(&more).any(is_gone), "who has asked stays as long as there are others");
    let last = answered(&*server, 50);
    until("the longest idle ones to go", || gone(&used) == 50);
    assert!(!used[50..].iter().chain(&more).chain(&last).any(is_gone));
}

pub(crate) fn who_is_being_answered_stays_and_the_next_waits(lab: &Lab) {
    const PLACES: usize = 20;
    let mut limits = limits();
    limits.connections = PLACES;
    limits.stall = std::time::Duration::from_secs(60);
    limits.answer = std::time::Duration::from_secs(60);
    let server = lab.another(limits);
    let mut readers: Vec<Peer> = (0..PLACES).map(|_| Peer::with_small_window(server.address())).collect();
    for reader in &mut readers {
        reader.send(GET.repeat(20));
        assert!(reader.is_being_answered());
    }
    // The next ones are not accepted: they wait in the system's backlog, with what they ask.
    let mut waiting: Vec<Peer> = (0..10).map(|_| Peer::connect(server.address())).collect();
    for peer in &mut waiting {
        peer.send_ahead(GET);
    }
    let before = descriptors();
    assert!(!readers.iter().chain(&waiting).any(is_gone));
    // One that goes makes room for them all, one after another.
    drop(readers.pop());
    for peer in &mut waiting {
        assert_eq!(peer.skip_answer(), Some((200, lab.fixture.page_bytes)));
    }
    assert!(descriptors() <= before + 1);
    // And those that were being answered still are, to the end.
    for reader in &mut readers {
        for _ in 0..20 {
            assert_eq!(reader.skip_answer(), Some((200, lab.fixture.page_bytes)));
        }
    }
}

pub(crate) fn a_flood_beyond_the_limit_disturbs_nobody(lab: &Lab) {
    // Three times over, with the flood still there when the next one comes.
    let mut floods = Vec::new();
    for _ in 0..3 {
        floods.push(lab.connect_many(CONNECTIONS + 200));
        lab.expect(GET, &[200], Then::Open);
    }
}

/// What each connection of a patient server holds after `open` has opened it.
fn bytes_each(lab: &Lab, count: usize, open: impl Fn(&mut Peer)) -> i64 {
    let server = patient(lab);
    // What all share is there before.
    let first = answered(&*server, 1);
    let mut peers = Vec::with_capacity(count);
    // What the clients hold is of this thread.
    let live = || process_live_bytes() - live_bytes();
    let before = live();
    for _ in 0..count {
        let mut peer = Peer::connect(server.address());
        open(&mut peer);
        peers.push(peer);
    }
    // The server has seen what the last one sent once it answers a later one.
    drop(answered(&*server, 1));
    let mut held = live() - before;
    until("the memory to be steady", || std::mem::replace(&mut held, live() - before) == live() - before);
    drop(first);
    held / count as i64
}

pub(crate) fn an_idle_connection_holds_no_more_than_16_kilobytes(lab: &Lab) {
    let each = bytes_each(lab, 500, |peer| {
        peer.send(GET);
        assert!(peer.skip_answer().is_some());
    });
    println!("{each} bytes for each connection that was answered and waits");
    assert!(each <= IDLE_BYTES, "{each} bytes");
}

pub(crate) fn half_a_head_holds_no_more_than_16_kilobytes(lab: &Lab) {
    let each = bytes_each(lab, 500, |peer| {
        peer.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Half: ");
    });
    println!("{each} bytes for each half head");
    assert!(each <= IDLE_BYTES, "{each} bytes");
}
