//! Promise: whoever tries passwords keeps nobody waiting whose password is known, has the server hold a bounded amount, and does
//! not learn who is known.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openclaw_prometheus::serve::{Limits, Site};
use openclaw_prometheus::web::{PasswordHash, Users, Web};
use support::allocator::process_peak_of as peak_of;

use crate::lab::{self, SMALL};
use crate::peer::Peer;
use crate::scrapes::{Scrapes, again, pass, scrape, seconds};
use crate::server::{self, ANY, Place, Running};

/// Wrong passwords come this far apart.
const PAUSE: Duration = Duration::from_millis(10);
/// Connections that have sent one and are left open.
const OPEN: usize = 300;

/// A server that knows alice, whose password is `rabbit`.
fn serve(cost: u32) -> Box<dyn Running> {
    let site = Site::new(SMALL.site.pages().clone());
    let hash: PasswordHash = bcrypt::hash("rabbit", cost).unwrap().parse().unwrap();
    let mut web = Web::default();
    web.users = Users::new([("alice".to_owned(), hash)]);
    (server::PLAIN.start)(ANY, Arc::new(site.secured(web)), Limits::default()).unwrap()
}

fn get(user: &str, password: &str) -> String {
    let encoded = STANDARD.encode(format!("{user}:{password}"));
    format!("GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {encoded}\r\n\r\n")
}

/// Of this machine the address with this number.
fn address(number: u32) -> Ipv4Addr {
    Ipv4Addr::from_bits((127 << 24) + 1000 + number)
}

/// Where the one with this number comes from.
type AddressOf = fn(u32) -> Ipv4Addr;

/// Sends a wrong password now and then, each time on a new connection.
fn try_passwords(place: Place, is_over: &AtomicBool, from: AddressOf) -> u32 {
    let (began, mut open) = (Instant::now(), VecDeque::new());
    for number in 0.. {
        if is_over.load(Relaxed) {
            return number;
        }
        let mut peer = Peer::connect_from(from(number), place);
        peer.send(get("alice", &format!("wrong-{number}")));
        open.push_back(peer);
        if open.len() > OPEN {
            open.pop_front();
        }
        std::thread::park_timeout((PAUSE * number).saturating_sub(began.elapsed()));
    }
    unreachable!("numbers have no end")
}

/// Scrapes with the right password on a connection that is kept, while somebody tries.
fn scrapes_beside(place: Place, time: Duration, from: Option<AddressOf>) -> (Scrapes, u32) {
    let is_over = AtomicBool::new(false);
    let request = get("alice", "rabbit");
    let mut peer = Peer::connect(place);
    // From here on it is known.
    assert!(scrape(&mut peer, &request).is_some());
    std::thread::scope(|scope| {
        let is_over = &is_over;
        let trying = from.map(|from| scope.spawn(move || try_passwords(place, is_over, from)));
        let scrapes = scope.spawn(move || Scrapes::run(is_over, || scrape(&mut peer, &request)));
        pass(time);
        is_over.store(true, Relaxed);
        (scrapes.join().unwrap(), trying.map_or(0, |trying| trying.join().unwrap()))
    })
}

#[test]
fn a_hundred_wrong_passwords_a_second_keep_no_right_one_waiting() {
    let _alone = lab::alone();
    let time = seconds(2.0, 10.0);
    again(|| {
        let server = serve(10);
        let place = server.address();
        let (idle, _) = scrapes_beside(place, time, None);
        println!("nobody tries: {}", idle.shown());
        let each: [(&str, AddressOf); 2] =
            [("one address", |_| address(0)), ("many addresses", |number| address(number % 2000))];
        for (name, from) in each {
            let mut seen = None;
            let held = peak_of(|| seen = Some(scrapes_beside(place, time, Some(from))));
            let (scrapes, tried) = seen.unwrap();
            println!("{name} tries {tried} in {time:?}: {}, {held} bytes held", scrapes.shown());
            assert!(scrapes.failed == 0 && held < 16 << 20, "{name}: {} failed, {held} bytes held", scrapes.failed);
            let is_moved = scrapes.quantile(50) > Duration::from_millis(50)
                || scrapes.quantile(99) > Duration::from_millis(300) + idle.quantile(99);
            if is_moved {
                return Err(format!("{name}: {}, and before {}", scrapes.shown(), idle.shown()));
            }
        }
        server.stop();
        Ok(())
    });
}

#[test]
fn one_password_too_many_is_429_at_once() {
    let _alone = lab::alone();
    // A quarter of a second each, so that those that wait do so for seconds.
    let server = serve(12);
    let place = server.address();
    let mut waiting: Vec<Peer> = (0..36).map(|number| Peer::connect_from(address(number / 4), place)).collect();
    for (number, peer) in waiting.iter_mut().enumerate() {
        peer.send(get("alice", &format!("wrong-{number}")));
    }
    // They were heard when what came after them is answered.
    let mut last = Peer::connect(place);
    last.send("GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(last.skip_answer().is_some());
    let began = Instant::now();
    // One of them may have been compared meanwhile, and its place is taken by the first of these.
    let mut more: Vec<Peer> = (100..104).map(|number| Peer::connect_from(address(number), place)).collect();
    more.iter_mut().for_each(|peer| assert!(peer.send(get("alice", "one more"))));
    let answer = more.last_mut().unwrap().answer().unwrap();
    println!("one too many is answered after {:.1?}", began.elapsed());
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("10")));
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    // Those that were there wait on, and are answered in their turn.
    let mut first = waiting.remove(0);
    assert_eq!(first.answer().map(|answer| answer.status), Some(401));
    drop((waiting, more));
    server.stop();
}

#[test]
fn how_long_a_wrong_password_takes_does_not_tell_who_is_known() {
    const EACH: u32 = 50;
    let _alone = lab::alone();
    let server = serve(10);
    let place = server.address();
    again(|| {
        let mut took = [Vec::new(), Vec::new()];
        for number in 0..EACH * 2 {
            // Each from an address of its own, as further ones from the same are held back.
            let mut peer = Peer::connect_from(address(3000 + number), place);
            let user = ["alice", "nobody"][number as usize % 2];
            let began = Instant::now();
            peer.send(get(user, &format!("wrong-{number}")));
            assert_eq!(peer.answer().map(|answer| answer.status), Some(401));
            took[number as usize % 2].push(began.elapsed());
        }
        let [known, unknown] = took.map(|mut took| {
            took.sort();
            took[took.len() / 2]
        });
        let ratio = unknown.as_secs_f64() / known.as_secs_f64();
        println!("a wrong password of somebody takes {known:.1?}, of nobody {unknown:.1?}, {ratio:.3} of it");
        (0.9..1.1).contains(&ratio).then_some(()).ok_or(format!("{known:?} and {unknown:?}"))
    });
    server.stop();
}
