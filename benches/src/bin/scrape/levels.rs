//! What each level of gzip costs and gives, on pages of 100 KB, 1 MB and 10 MB.

use benches::crew::CpuMoment;
use benches::work::Grid;
use flate2::{Compress, Compression, FlushCompress};
use openclaw_prometheus::ManualClock;
use openclaw_prometheus::publish::Publisher;

use crate::Series;
use crate::servers::our_series;

/// Half counters, half histograms of 16 bounds: about 940 bytes for each of the series.
const PAGES: [Series; 3] = [
    Series { name: "100 KB", counters: Grid([5, 5, 2]), histograms: Grid([5, 5, 2]) },
    Series { name: "1 MB", counters: Grid([10, 10, 5]), histograms: Grid([10, 10, 5]) },
    Series { name: "10 MB", counters: Grid([20, 20, 13]), histograms: Grid([20, 20, 13]) },
];

/// The least time of `rounds`, and the size.
pub fn measure(rounds: usize) {
    for series in PAGES {
        let (registry, mut change) = our_series(series);
        change();
        let publisher = Publisher::new(&registry, std::time::Duration::from_secs(1), ManualClock::new());
        let page = publisher.expect("the only one").pages().current();
        let text = page.to_vec();
        for level in 1..=6 {
            let mut state = Compress::new_gzip(Compression::new(level), 15);
            let mut packed = Vec::with_capacity(text.len());
            let least = (0..rounds)
                .map(|_| {
                    packed.clear();
                    state.reset();
                    let start = CpuMoment::now();
                    state.compress_vec(&text, &mut packed, FlushCompress::Finish).expect("room");
                    start.elapsed()
                })
                .min();
            println!(
                "{{\"kind\": \"level\", \"page\": \"{}\", \"text_bytes\": {}, \"level\": {level}, \"us\": {:.0}, \
                 \"bytes\": {}}}",
                series.name,
                text.len(),
                least.unwrap_or_default().as_secs_f64() * 1e6,
                packed.len(),
            );
        }
    }
}
