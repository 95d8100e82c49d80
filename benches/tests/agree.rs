//! Peers that render do the same work: the same series, totals, bucket counts and sums.

use std::collections::BTreeMap;

use benches::peers::{counter_pages, histogram_pages, ours};
use benches::work::{Grid, HISTOGRAMS, PAGE_2K};

type Samples = BTreeMap<(String, BTreeMap<String, String>), f64>;

/// The samples of a text, by name and labels; values have no quotes, commas or escapes in these.
fn samples(text: &[u8]) -> Samples {
    let text = std::str::from_utf8(text).expect("UTF-8");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let samples: Vec<_> = lines.map(sample).collect();
    let count = samples.len();
    let samples: Samples = samples.into_iter().collect();
    assert_eq!(samples.len(), count, "a series twice");
    samples
}

fn sample(line: &str) -> ((String, BTreeMap<String, String>), f64) {
    let (series, value) = line.rsplit_once(' ').expect(line);
    let mut value: f64 = value.parse().expect(line);
    let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
    // One peer counts whole milliseconds.
    let is_millis = name.starts_with("call_millis");
    if is_millis && name.ends_with("_sum") {
        value /= 1000.0;
    }
    let labels = labels.trim_end_matches('}').split(',').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').expect(line);
        let mut value = value.trim_matches('"').to_string();
        if name == "le" && value != "+Inf" {
            let bound = value.parse::<f64>().expect(line) / if is_millis { 1000.0 } else { 1.0 };
            value = bound.to_string();
        }
        (name.to_string(), value)
    });
    ((name.replace("call_millis", "call_seconds"), labels.collect()), value)
}

/// A sum may differ in its last digits: peers add in different orders.
fn assert_same(peer: &str, ours: &Samples, theirs: &Samples) {
    assert_eq!(ours.len(), theirs.len(), "{peer}");
    let differing = ours.keys().zip(theirs.keys()).find(|(ours, theirs)| ours != theirs);
    assert_eq!(differing, None, "{peer}");
    for (series, value) in ours {
        let other = theirs[series];
        assert!((value - other).abs() <= 1e-9 * value.abs(), "{peer} {series:?}: {value} {other}");
    }
}

fn rendered(mut render: impl FnMut(&mut Vec<u8>)) -> Samples {
    let mut out = Vec::new();
    render(&mut out);
    let first = samples(&out);
    // A page rendered again is the same page: what is measured is not a shrinking one.
    out.clear();
    render(&mut out);
    assert_eq!(first, samples(&out));
    first
}

fn counters(grid: Grid) {
    let mut page = ours::CounterPage::new(grid);
    page.publisher.tick();
    let ours = samples(&page.publisher.pages().current().to_vec());
    assert_eq!(ours.len(), grid.count());
    for (peer, render) in counter_pages(grid) {
        assert_same(peer, &ours, &rendered(render));
    }
}

#[test]
fn all_peers_show_the_same_counters() {
    counters(PAGE_2K);
    counters(Grid([3, 5, 7]));
}

#[test]
fn all_peers_show_the_same_histograms() {
    let (_histograms, publisher, _registry) = ours::histogram_page(HISTOGRAMS);
    let ours = samples(&publisher.pages().current().to_vec());
    assert_eq!(ours.len(), HISTOGRAMS.count() * 19);
    for (peer, render) in histogram_pages(HISTOGRAMS) {
        assert_same(peer, &ours, &rendered(render));
    }
}
