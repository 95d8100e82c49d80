//! Promise: after `fork` the child may publish what it records itself, what it inherits is in nobody's way, and a child
//! that does nothing harms nobody.
//!
//! A binary of its own: a child has only the thread that forked, of a process with several.
#![cfg(all(feature = "serve", target_os = "linux"))]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use openclaw_prometheus::encode::Format;
use openclaw_prometheus::publish::{Coding, Collect, CollectError, Pages, PublishError, Publisher, Ticker};
use openclaw_prometheus::serve::{Listener, Server, Site};
use openclaw_prometheus::{Counter, Registry, SystemClock};
use support::deadline::until;

const SECOND: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(10);

/// One test at a time has threads, and forks.
fn alone() -> MutexGuard<'static, ()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A child, which is ended at the latest when this is dropped.
struct Child(libc::pid_t);

/// Forks a child that does `act` and ends.
fn fork(act: impl FnOnce()) -> Child {
    // SAFETY: the child runs `act`, which the promise is about, and ends without going back to the tests.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "{}", std::io::Error::last_os_error());
    if child == 0 {
        let status = i32::from(catch_unwind(AssertUnwindSafe(act)).is_err());
        // SAFETY: ends the child, with nothing of the parent's torn down in it.
        unsafe { libc::_exit(status) };
    }
    Child(child)
}

impl Child {
    /// How it ended; none while it runs.
    fn status(&self) -> Option<i32> {
        let mut status = 0;
        // SAFETY: a child of this process, and a place for its status.
        let ended = unsafe { libc::waitpid(self.0, &mut status, libc::WNOHANG) };
        (ended == self.0).then_some(status)
    }

    /// Waits until it has ended well.
    #[track_caller]
    fn ends_well(self) {
        let mut ended = None;
        until("the child to end", || {
            ended = self.status();
            ended.is_some()
        });
        std::mem::forget(self);
        assert_eq!(ended, Some(0), "the child failed: its words are above");
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // SAFETY: a child of this process that was not waited for.
        unsafe { libc::kill(self.0, libc::SIGKILL) };
        // SAFETY: the same; its status is not asked for.
        unsafe { libc::waitpid(self.0, std::ptr::null_mut(), 0) };
    }
}

fn registry() -> (Registry, Counter) {
    let registry = Registry::builder().series(2000).build().unwrap();
    let calls = registry.counter("calls_total", "").register().unwrap();
    (registry, calls)
}

fn text(pages: &Pages) -> String {
    String::from_utf8(pages.current().to_vec()).unwrap()
}

fn starts(registry: &Registry) -> Ticker {
    Publisher::new(registry, TICK, SystemClock::new()).unwrap().start().unwrap()
}

struct Quick;

impl Collect for Quick {
    fn name(&self) -> &str {
        "quick"
    }

    fn collect(&mut self) -> Result<(), CollectError> {
        Ok(())
    }
}

#[test]
fn a_child_may_start_a_publisher_of_its_own() {
    let _alone = alone();
    let (registry, calls) = registry();
    let ticker = starts(&registry);
    calls.add(3);
    let act = || {
        calls.add(4);
        let mut own = Publisher::new(&registry, TICK, SystemClock::new()).unwrap();
        own.collect(Box::new(Quick));
        assert!(text(&own.pages()).contains("calls_total 7\n"), "what the parent had recorded, and its own");
        assert!(matches!(Publisher::new(&registry, TICK, SystemClock::new()), Err(PublishError::Taken)));
        let own = own.start().unwrap();
        calls.add(1);
        let page = own.pages().fresh(Format::OpenMetrics, Coding::Gzip).wait();
        assert!(String::from_utf8(page.to_vec()).unwrap().contains("calls_total 8\n"));
        // So may its child.
        fork(|| drop(starts(&registry))).ends_well();
        own.stop();
        drop(starts(&registry));
    };
    fork(act).ends_well();
    until("the parent's page", || text(&ticker.pages()).contains("calls_total 3\n"));
    assert!(matches!(Publisher::new(&registry, TICK, SystemClock::new()), Err(PublishError::Taken)));
}

#[test]
fn what_a_child_inherits_can_be_dropped_at_once_and_the_parent_goes_on() {
    let _alone = alone();
    let (registry, calls) = registry();
    let mut publisher = Publisher::new(&registry, TICK, SystemClock::new()).unwrap();
    publisher.collect(Box::new(Quick));
    publisher.tick();
    let ticker = publisher.start().unwrap();
    let pages = ticker.pages();
    let path = std::env::temp_dir().join(format!("ocp-fork-{}", std::process::id()));
    let site = || Site::new(pages.clone());
    let server = Server::start(Listener::unix(&path).unwrap(), site()).unwrap();
    let second = path.with_extension("second");
    let unused = Listener::unix(&second).unwrap();
    let (other, _) = self::registry();
    let mut by_hand = Publisher::new(&other, TICK, SystemClock::new()).unwrap();
    by_hand.collect(Box::new(Quick));
    by_hand.tick();
    let mut inherited = Some((ticker, server, unused, by_hand));
    let child = fork(|| {
        let before = Instant::now();
        drop(inherited.take());
        assert!(before.elapsed() < SECOND, "nobody is there to wait for: {:?}", before.elapsed());
        // Threads that come after have places of those that were not inherited.
        (0..8).for_each(|_| std::thread::spawn(|| ()).join().unwrap());
        drop(Publisher::new(&other, TICK, SystemClock::new()).unwrap());
    });
    child.ends_well();
    assert!(path.exists() && second.exists(), "the parent listens there");
    let (ticker, server, unused, mut by_hand) = inherited.unwrap();
    let mut client = UnixStream::connect(&path).unwrap();
    client.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    calls.inc();
    until("the parent's page", || text(&pages).contains("calls_total 1\n"));
    by_hand.tick();
    drop(unused);
    server.stop();
    ticker.stop();
    assert!(!path.exists() && !second.exists());
}

#[test]
fn a_child_that_does_nothing_holds_no_port() {
    let _alone = alone();
    let (registry, _) = registry();
    let ticker = starts(&registry);
    let listen = |at: SocketAddr| Listener::tcp(at).map(|listener| Server::start(listener, Site::new(ticker.pages())));
    let server = listen(([127, 0, 0, 1], 0).into()).unwrap().unwrap();
    let address = server.address().tcp().unwrap();
    let child = fork(|| std::thread::sleep(SECOND * 60));
    server.stop();
    let refused = TcpStream::connect(address).map_err(|error| error.kind());
    assert_eq!(refused.unwrap_err(), std::io::ErrorKind::ConnectionRefused, "nobody would answer");
    let server = listen(address).unwrap().unwrap();
    let mut client = TcpStream::connect(address).unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert_eq!(child.status(), None, "it is still there");
    server.stop();
}

#[test]
fn a_child_finds_every_count_whatever_the_parent_is_at() {
    let _alone = alone();
    let (registry, calls) = registry();
    let models = registry.counter("models_total", "").labels(["model"]).series(1000).register().unwrap();
    // The parent reads without a pause.
    let ticker = Publisher::new(&registry, Duration::from_nanos(1), SystemClock::new()).unwrap().start().unwrap();
    let began = Instant::now();
    for round in 1..=150_u64 {
        calls.inc();
        let model = (round % 100).to_string();
        models.with([&*model]).inc();
        let act = || {
            let own = Publisher::new(&registry, TICK, SystemClock::new()).unwrap();
            let text = text(&own.pages());
            assert!(text.contains(&format!("calls_total {round}\n")), "{text}");
            let sum: u64 = text
                .lines()
                .filter(|line| line.starts_with("models_total{"))
                .map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap())
                .sum();
            assert_eq!(sum, round);
        };
        fork(act).ends_well();
        if began.elapsed() > SECOND * 20 {
            break;
        }
    }
    drop(ticker);
}
