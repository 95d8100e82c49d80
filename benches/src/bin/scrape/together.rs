//! How long a scrape takes with 16 connections at once: ours beside a server of a constant body.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use crate::Series;
use crate::client::{Client, Coding};
use crate::served::Served;
use crate::servers::{CONSTANT, OURS};

pub const CONNECTIONS: usize = 16;
/// How long one server is scraped before it is the other's turn.
const TURN: Duration = Duration::from_millis(500);

/// A server with its connections.
struct Row {
    served: Served,
    clients: Vec<Client>,
    times: Vec<Duration>,
    /// Of each turn.
    p99s: Vec<Duration>,
}

/// Measures one page in one coding, turn by turn.
pub fn measure(series: Series, coding: Coding, rounds: usize) {
    let mut rows = [OURS, CONSTANT].map(|name| {
        let served = Served::start(name, series, coding);
        let clients = (0..CONNECTIONS).map(|_| Client::connect(served.address, coding)).collect();
        Row { served, clients, times: Vec::new(), p99s: Vec::new() }
    });
    // The first turns find caches cold and buffers missing.
    for round in 0..rounds + 2 {
        for row in &mut rows {
            let mut times = turn(row);
            if round >= 2 {
                row.p99s.push(quantile(&mut times, 0.99));
                row.times.append(&mut times);
            }
        }
    }
    for mut row in rows {
        let us = |time: Duration| time.as_secs_f64() * 1e6;
        println!(
            "{{\"kind\": \"together\", \"page\": \"{}\", \"coding\": \"{}\", \"server\": \"{}\", \"scrapes\": {}, \
             \"p50_us\": {:.1}, \"p99_us\": {:.1}, \"turns_p99_us\": {:.1}}}",
            series.name,
            coding.name(),
            row.served.name,
            row.times.len(),
            us(quantile(&mut row.times, 0.5)),
            us(quantile(&mut row.times, 0.99)),
            us(quantile(&mut row.p99s, 0.5)),
        );
    }
}

/// All connections scrape as fast as they can.
fn turn(row: &mut Row) -> Vec<Duration> {
    row.served.change();
    let (is_over, all) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for client in &mut row.clients {
            scope.spawn(|| {
                let mut times = Vec::new();
                while !is_over.load(Relaxed) {
                    times.push(client.scrape());
                }
                all.lock().expect("no panic").append(&mut times);
            });
        }
        std::thread::sleep(TURN);
        is_over.store(true, Relaxed);
    });
    all.into_inner().expect("no panic")
}

pub fn quantile<T: Ord + Copy>(values: &mut [T], share: f64) -> T {
    let index = ((values.len() as f64 * share).ceil() as usize).clamp(1, values.len()) - 1;
    *values.select_nth_unstable(index).1
}
