//! `scrape [ROUNDS]`: what a scrape costs beside peers, how long it takes with 16 connections, and what recording feels
//! of it; 20 rounds. Prints a JSON object a line, which `report` makes tables of.
//!
//! Each server is a process of its own (`scrape serve …`), told over its standard input to change every value and to say
//! what its threads have used; the thread that records is not counted. All servers of a row are scraped in turn.

mod batches;
mod client;
mod cost;
mod levels;
mod served;
mod servers;
mod together;

use benches::work::{Grid, PAGE_2K, PAGE_20K};
use client::Coding;

/// What the pages of a row show: so many counters, and so many histograms of 16 bounds.
#[derive(Debug, Clone, Copy)]
pub struct Series {
    name: &'static str,
    counters: Grid,
    histograms: Grid,
}

const NONE: Grid = Grid([0, 1, 1]);

/// The pages of the rows, by name.
const PAGES: [Series; 4] = [
    Series { name: "2,048 counters", counters: PAGE_2K, histograms: NONE },
    Series { name: "20,000 counters", counters: PAGE_20K, histograms: NONE },
    Series { name: "2,048 series, half histograms", counters: Grid([16, 16, 4]), histograms: Grid([16, 16, 4]) },
    Series { name: "20,000 series, half histograms", counters: Grid([50, 20, 10]), histograms: Grid([50, 20, 10]) },
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let rounds = |text: &str| text.parse().ok().filter(|rounds| *rounds > 0).unwrap_or_else(|| usage());
    match words[..] {
        ["serve", server, page, coding] => serve(server, page, coding),
        ["cost", text] => measure_cost(rounds(text)),
        ["together", text] => measure_together(rounds(text)),
        ["batches", text] => batches::measure(rounds(text)),
        ["levels", text] => levels::measure(rounds(text)),
        [text] => measure_all(rounds(text)),
        [] => measure_all(20),
        _ => usage(),
    }
}

fn usage() -> ! {
    eprintln!("scrape [cost|together|batches|levels] [ROUNDS]: rounds are a number above 0; 20 unless said otherwise");
    std::process::exit(2);
}

fn serve(server: &str, page: &str, coding: &str) {
    let series = PAGES.into_iter().find(|series| series.name == page).unwrap_or_else(|| usage());
    let coding = Coding::ALL.into_iter().find(|known| known.name() == coding).unwrap_or_else(|| usage());
    servers::run(server, series, coding);
}

fn measure_all(rounds: usize) {
    measure_cost(rounds);
    measure_together(rounds);
    batches::measure(rounds);
    levels::measure(rounds);
}

fn measure_cost(rounds: usize) {
    for series in PAGES {
        for coding in Coding::ALL {
            cost::measure(series, coding, rounds);
        }
    }
}

fn measure_together(rounds: usize) {
    for series in PAGES {
        for coding in Coding::ALL {
            together::measure(series, coding, rounds);
        }
    }
}
