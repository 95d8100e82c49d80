//! Recording: what an operation costs its caller, against the peers.

use std::time::Duration;

use benches::crew::{CpuMoment, Crew};
use benches::peers::{self, Case, ours};
use criterion::{BenchmarkGroup, Criterion, measurement::WallTime};

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(30)
        .nresamples(2000)
        .configure_from_args();
    held(&mut criterion, "counter/held", || {
        let mut cases = peers::counters_held();
        cases.push(ours::counter_local());
        cases
    });
    row(&mut criterion, "counter/in_turn/1_thread", peers::counters_in_turn());
    row(&mut criterion, "counter/by_3_labels/256_series", peers::counters_by_labels());
    held(&mut criterion, "histogram/held", peers::histograms_held);
    row(&mut criterion, "histogram/in_turn/1_thread", peers::histograms_in_turn());
    row(&mut criterion, "histogram/by_3_labels/256_series", peers::histograms_by_labels());
    row(&mut criterion, "gauge/set/1_thread", peers::gauges_held());
    criterion.final_summary();
}

/// The same held metric from 1, 2 and 8 threads.
fn held(criterion: &mut Criterion, name: &str, cases: impl Fn() -> Vec<Case>) {
    row(criterion, &format!("{name}/1_thread"), cases());
    for threads in [2, 8] {
        let mut group = criterion.benchmark_group(format!("{name}/{threads}_threads"));
        for case in cases() {
            bench_crew(&mut group, &case, &Crew::new(threads));
        }
        group.finish();
    }
}

fn row(criterion: &mut Criterion, name: &str, cases: Vec<Case>) {
    let mut group = criterion.benchmark_group(name);
    for case in cases {
        group.bench_function(case.peer, |bencher| {
            bencher.iter_custom(|count| {
                let start = CpuMoment::now();
                (case.run)(count, 0);
                let time = start.elapsed();
                case.rest.iter().for_each(|rest| rest());
                time
            });
        });
    }
    group.finish();
}

fn bench_crew(group: &mut BenchmarkGroup<'_, WallTime>, case: &Case, crew: &Crew) {
    group.bench_function(case.peer, |bencher| {
        bencher.iter_custom(|count| {
            let time = crew.time(count, &case.run);
            case.rest.iter().for_each(|rest| rest());
            time
        });
    });
}
