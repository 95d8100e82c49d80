//! What recording feels of scrapes: batches of 1,000 additions on core 0 while 16 clients scrape on core 1.
//!
//! Idle and loaded phases take turns. So that what any traffic on the other core costs is not taken for ours, the clients
//! scrape a server of a constant body of the same size in a third kind of phase.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use benches::crew::pin;
use benches::peers::ours;
use benches::work::PAGE_2K;
use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::serve::{Listener, Server, Site};
use openclaw_prometheus::{Counter, SystemClock};

use crate::PAGES;
use crate::client::{Client, Coding};
use crate::served::Served;
use crate::servers::CONSTANT;
use crate::together::{CONNECTIONS, quantile};

const PHASE: Duration = Duration::from_secs(1);
/// Between phases: until requests under way are answered.
const PAUSE: Duration = Duration::from_millis(50);
const BATCH: usize = 1000;
const LOADS: [&str; 3] = ["idle", "ours", "constant"];
const IDLE: usize = 0;
const OVER: usize = usize::MAX;

/// Takes `rounds` phases of each kind.
pub fn measure(rounds: usize) {
    pin(1);
    let registry = ours::registry(PAGE_2K.count());
    let family = ours::counters(&registry);
    let counters: Vec<Counter> =
        PAGE_2K.all().map(|labels| family.handle(ours::borrowed(&labels)).expect("room")).collect();
    let publisher = Publisher::new(&registry, Duration::from_secs(1), SystemClock::new()).expect("the only one");
    let ticker = publisher.start().expect("a thread");
    let any_port = "127.0.0.1:0".parse().expect("an address");
    let server = Server::start(Listener::tcp(any_port).expect("a port"), Site::new(ticker.pages())).expect("a port");
    let constant = Served::start(CONSTANT, PAGES[0], Coding::Identity);
    let addresses = [None, server.address().tcp(), Some(constant.address)];
    let load = AtomicUsize::new(IDLE);
    std::thread::scope(|scope| {
        for _ in 0..CONNECTIONS {
            scope.spawn(|| {
                let mut clients = addresses.map(|address| Some(Client::connect(address?, Coding::Identity)));
                loop {
                    match load.load(Relaxed) {
                        OVER => break,
                        kind => match &mut clients[kind] {
                            Some(client) => drop(client.scrape()),
                            None => std::thread::sleep(PAUSE / 2),
                        },
                    }
                }
            });
        }
        pin(0);
        let mut batches = Vec::with_capacity(4 << 20);
        for _ in 0..rounds {
            for (kind, name) in LOADS.into_iter().enumerate() {
                load.store(kind, Relaxed);
                std::thread::sleep(PAUSE);
                phase(&counters, &mut batches);
                load.store(IDLE, Relaxed);
                std::thread::sleep(PAUSE);
                println!(
                    "{{\"kind\": \"batches\", \"load\": \"{name}\", \"batches\": {}, \"p50_ns\": {}, \"p99_ns\": {}}}",
                    batches.len(),
                    quantile(&mut batches, 0.5),
                    quantile(&mut batches, 0.99),
                );
            }
        }
        load.store(OVER, Relaxed);
    });
}

/// Batches one after the other, each over 1,000 held counters; what they took, in nanoseconds.
fn phase(counters: &[Counter], batches: &mut Vec<u32>) {
    batches.clear();
    let end = Instant::now() + PHASE;
    let mut before = Instant::now();
    while before < end && batches.len() < batches.capacity() {
        counters[..BATCH].iter().for_each(|counter| counter.inc());
        let now = Instant::now();
        batches.push((now - before).as_nanos() as u32);
        before = now;
    }
}
