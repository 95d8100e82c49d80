//! What a scrape costs: time on a core of the thread that serves, and of all threads but the one that records.

use std::time::{Duration, Instant};

use benches::crew::pin;

use crate::Series;
use crate::client::{Client, Coding};
use crate::served::{Served, Used};
use crate::servers::{BARE, CONSTANT, METRICS, OURS, PROMETHEUS, PROMETHEUS_DEFAULT};

/// Rounds that are not counted: until page buffers are made and a scrape has become foreseeable.
const WARM_UP: usize = 4;
/// Scrapes in a row for each round that is asked for.
const IN_A_ROW: usize = 5;
const INTERVAL: Duration = Duration::from_secs(1);

struct Row {
    served: Served,
    client: Client,
    used: Used,
    rounds: Vec<Used>,
    /// Pages that were the same as the one before.
    same_pages: usize,
}

/// Measures one page in one coding, scraped once a second and in a row.
pub fn measure(series: Series, coding: Coding, rounds: usize) {
    pin(0);
    let names: &[_] = match coding {
        Coding::Identity => &[OURS, METRICS, PROMETHEUS, CONSTANT, BARE],
        Coding::Gzip => &[OURS, PROMETHEUS, PROMETHEUS_DEFAULT, CONSTANT, BARE],
    };
    let mut rows: Vec<Row> = names
        .iter()
        .map(|name| {
            let served = Served::start(name, series, coding);
            let client = Client::connect(served.address, coding);
            Row { served, client, used: Used::default(), rounds: Vec::new(), same_pages: 0 }
        })
        .collect();
    check(&mut rows, series);
    once_a_tick(&mut rows, rounds);
    print(&mut rows, series, coding, "once a tick");
    for _ in 0..WARM_UP + rounds * IN_A_ROW {
        rows.iter_mut().for_each(Row::round);
    }
    print(&mut rows, series, coding, "in a row");
}

/// Each server has its own moment in a second, the same in all of them.
fn once_a_tick(rows: &mut [Row], rounds: usize) {
    let start = Instant::now();
    let apart = INTERVAL / rows.len() as u32;
    for round in 0..WARM_UP + rounds {
        for (number, row) in rows.iter_mut().enumerate() {
            let due = INTERVAL * round as u32 + apart * number as u32;
            std::thread::sleep(due.saturating_sub(start.elapsed()));
            let before = row.client.body().to_vec();
            row.round();
            row.same_pages += usize::from(round >= WARM_UP && before == row.client.body());
        }
    }
    // Ours looks a little less than once a second, so that now and then there is no look between two scrapes.
    for row in rows.iter().filter(|row| !matches!(row.served.name, CONSTANT | BARE)) {
        assert!(row.same_pages <= rounds / 4 + 1, "{}: {} pages of {rounds} old", row.served.name, row.same_pages);
    }
}

impl Row {
    /// A scrape, and a change after it. What was used since the last round is kept.
    fn round(&mut self) {
        let used = self.served.used();
        self.rounds.push(used - self.used);
        self.used = used;
        self.client.scrape();
        self.served.change();
    }

    /// The median of a figure, in microseconds.
    fn median(&self, figure: impl Fn(&Used) -> Duration) -> f64 {
        let mut figures: Vec<Duration> = self.rounds.iter().skip(WARM_UP).map(figure).collect();
        figures.sort();
        figures[figures.len() / 2].as_secs_f64() * 1e6
    }

    /// The mean of a figure, in microseconds.
    fn mean(&self, figure: impl Fn(&Used) -> Duration) -> f64 {
        let figures = self.rounds.iter().skip(WARM_UP).map(figure);
        figures.sum::<Duration>().as_secs_f64() * 1e6 / (self.rounds.len() - WARM_UP) as f64
    }
}

/// All pages show as many samples as they should.
fn check(rows: &mut [Row], series: Series) {
    let expected = series.counters.count() + series.histograms.count() * (benches::work::BOUNDS.len() + 3);
    for Row { served, client, .. } in rows {
        client.scrape();
        let samples = client.text().lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
        assert!((expected..expected + 8).contains(&samples), "{}: {samples} samples of {expected}", served.name);
    }
}

fn print(rows: &mut [Row], series: Series, coding: Coding, pattern: &str) {
    for row in rows {
        println!(
            "{{\"kind\": \"cost\", \"page\": \"{}\", \"coding\": \"{}\", \"pattern\": \"{pattern}\", \"server\": \
             \"{}\", \"bytes\": {}, \"serving_us\": {:.2}, \"all_us\": {:.2}}}",
            series.name,
            coding.name(),
            row.served.name,
            row.client.body().len(),
            row.median(|used| used.serving),
            // In a row most scrapes come without a look.
            row.mean(|used| used.all),
        );
        row.rounds.clear();
    }
}
