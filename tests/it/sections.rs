//! Promise: what is hidden is nowhere until it is shown again, and a scrape that asks for a part gets exactly the lines of the page
//! that belong to it.
#![cfg(feature = "serve")]

use std::sync::Arc;
use std::time::Duration;

use openclaw_prometheus::encode::Format;
use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::serve::{Listener, RequestHead, Server, Site};
use openclaw_prometheus::{Bounds, CounterFamily, ManualClock, MetricKind, Registry, SectionSet, SystemClock};
use support::answers::{ANY_PORT, Answer};

const SECOND: Duration = Duration::from_secs(1);
const NAMES: [&str; 4] = ["http", "jobs", "disks", "empty"];
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0";

fn section_of(family: &str) -> usize {
    ["a_", "b_"].iter().position(|prefix| family.starts_with(prefix)).unwrap_or(2)
}

/// Families of three sections, in many blocks that stand between one another; jobs run by number.
fn registry() -> (Registry, CounterFamily<1>) {
    let registry = Registry::builder().series(4_000).sections(&NAMES, section_of).build().unwrap();
    let requests = registry.counter("a_requests_total", "Requests.").labels(["path"]).register().unwrap();
    (0..900).for_each(|number| requests.with([&*format!("/{number}")]).inc());
    let runs = registry.counter("b_runs_total", "Runs.").labels(["job"]).register().unwrap();
    (0..900).for_each(|number| runs.with([&*format!("job-{number}")]).inc());
    let seconds = registry.histogram("a_seconds", "Time.", Bounds::seconds()).labels(["path"]).register().unwrap();
    (0..90).for_each(|number| seconds.with([&*format!("/{number}")]).observe(1.0));
    registry.gauge("b_waiting", "Jobs that wait.").register().unwrap();
    let disks = registry.snapshot("disk_bytes", "Bytes.", MetricKind::Gauge).labels(["disk"]).register().unwrap();
    disks.replace([(["x"], 1.0), (["y"], 2.0)]);
    (registry, runs)
}

fn ask(site: &Site, method: &str, query: &str, accept: &str) -> Answer {
    let mut head = RequestHead::new(method, "/metrics");
    (head.query, head.accept) = (query, accept);
    Answer::to(site, &head)
}

/// What a scrape with this query gets as text.
fn text(site: &Site, query: &str) -> String {
    let answer = ask(site, "GET", query, "");
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.text()
}

#[test]
fn all_parts_together_are_the_page_line_by_line_in_each_format() {
    let (registry, _) = registry();
    let publisher = Publisher::new(&registry, SECOND, ManualClock::new()).unwrap();
    let site = Site::new(publisher.pages());
    let ticker = publisher.start().unwrap();
    for accept in ["", OPEN_METRICS] {
        let get = |query: &str| ask(&site, "GET", query, accept);
        let whole = get("").text();
        let tail = if accept.is_empty() { "" } else { "# EOF\n" };
        let (mut lines, mut left) = (Vec::new(), whole.lines().collect::<Vec<_>>());
        for name in NAMES {
            let part = get(&format!("collect[]={name}"));
            assert_eq!(part.content_type(), get("").content_type());
            let part = part.text();
            let others = get(&format!("exclude[]={name}")).text();
            assert!(part.ends_with(tail) && others.ends_with(tail), "{name}");
            let part = part.strip_suffix(tail).unwrap();
            let own = part.lines().filter(|line| !line.starts_with('#')).all(|line| NAMES[section_of(line)] == name);
            assert!(own, "{name}: {part}");
            // In the order of the page, each once.
            let mut rest = whole.lines();
            assert!(part.lines().all(|line| rest.any(|other| other == line)), "{name}");
            assert_eq!(part.len() + others.len(), whole.len(), "{name}");
            left.retain(|line| !part.lines().any(|own| own == *line));
            lines.extend(part.lines().map(str::to_owned));
        }
        lines.extend(tail.lines().map(str::to_owned));
        let mut expected: Vec<_> = whole.lines().collect();
        expected.sort_unstable();
        lines.sort_unstable();
        assert_eq!(lines, expected);
        assert_eq!(left, tail.lines().collect::<Vec<_>>());
        assert_eq!(get("exclude[]=empty").text(), whole);
        assert_eq!(get("collect[]=jobs&collect[]=http&collect[]=disks").text(), whole, "in the order of the page");
    }
    ticker.stop();
}

#[test]
fn a_part_has_a_length_of_its_own_is_never_packed_and_head_tells_the_same() {
    let (registry, _) = registry();
    let publisher = Publisher::new(&registry, SECOND, ManualClock::new()).unwrap();
    let site = Site::new(publisher.pages());
    for query in ["collect[]=jobs", "collect%5B%5D=jobs", "collect%5b%5d=jobs&unknown=1", "exclude[]=jobs"] {
        let get = ask(&site, "GET", query, "");
        let mut packed = RequestHead::new("GET", "/metrics");
        (packed.query, packed.accept_encoding) = (query, "gzip");
        assert_eq!(Answer::to(&site, &packed), get);
        assert_eq!((get.status, get.header("content-encoding")), (200, None), "{query}");
        assert_eq!(get.header("content-length"), Some(get.body.len().to_string().as_str()));
        assert!(!get.body.is_empty() && get.body.len() < publisher.pages().current().len());
        let head = ask(&site, "HEAD", query, "");
        assert_eq!((head.status, &head.headers, head.body.len()), (200, &get.headers, 0), "{query}");
    }
    assert_eq!(ask(&site, "GET", "collect[]=empty", "").body, b"");
    // What asks for something else gets what it always got.
    let whole = publisher.pages().current().len();
    assert_eq!(text(&site, "collect=jobs&name[]=x").len(), whole);
}

#[test]
fn a_part_over_a_socket_is_what_it_is_without_one() {
    let (registry, _) = registry();
    let publisher = Publisher::new(&registry, SECOND, ManualClock::new()).unwrap();
    let site = Arc::new(Site::new(publisher.pages()));
    let server = Server::start(Listener::tcp(ANY_PORT).unwrap(), site.clone()).unwrap();
    let address = server.address().tcp().unwrap();
    for name in NAMES {
        for query in [format!("collect[]={name}"), format!("exclude%5B%5D={name}")] {
            let over = Answer::over(address, &[format!("GET /metrics?{query}").as_bytes()]);
            assert_eq!((over.status, over.text()), (200, text(&site, &query)), "{query}");
        }
    }
}

#[test]
fn a_part_of_a_page_on_demand_is_of_the_page_that_is_made_for_it() {
    let (registry, runs) = registry();
    let ticker = Publisher::new(&registry, Duration::ZERO, SystemClock::new()).unwrap().start().unwrap();
    let site = Site::new(ticker.pages());
    for count in 2..5 {
        runs.with(["job-7"]).inc();
        let part = text(&site, "collect[]=jobs");
        assert!(part.contains(&format!("b_runs_total{{job=\"job-7\"}} {count}\n")) && !part.contains("a_requests"));
    }
    let part = ask(&site, "GET", "collect[]=disks", OPEN_METRICS).text();
    assert!(part.contains("disk_bytes{disk=\"x\"} 1") && part.ends_with("# EOF\n"), "{part}");
}

#[test]
fn what_cannot_be_asked_for_is_400_and_says_what_can() {
    let (registry, _) = registry();
    let publisher = Publisher::new(&registry, SECOND, ManualClock::new()).unwrap();
    let site = Site::new(publisher.pages());
    registry.sections().hide(SectionSet::NONE.with(2));
    let known = "there are http, jobs, disks, empty.\n";
    for (query, said) in [
        ("collect[]=job", format!("\"job\" is no collector; {known}")),
        ("exclude[]=http&exclude[]=", format!("\"\" is no collector; {known}")),
        ("collect[]=%22%0a%1b", format!("\"\\\"\\n\\u{{1b}}\" is no collector; {known}")),
        ("collect[]=http&exclude[]=jobs", "collect[] and exclude[] given; send one of the two.\n".into()),
        (
            "collect[]=http&collect[]=disks",
            "the collector disks is disabled here; leave it out of collect[], or enable it.\n".into(),
        ),
    ] {
        let answer = ask(&site, "GET", query, "");
        assert_eq!((answer.status, answer.text()), (400, said), "{query}");
        assert_eq!(ask(&site, "HEAD", query, "").status, 400);
    }
    let long = ask(&site, "GET", &format!("collect[]={}", "x".repeat(4_000)), "");
    assert!(long.status == 400 && long.text().len() < 200, "{long:?}");
    assert_eq!(ask(&site, "GET", "exclude[]=disks", "").status, 200, "it is left out anyway");

    let plain = Publisher::new(&Registry::builder().build().unwrap(), SECOND, ManualClock::new()).unwrap();
    let answer = ask(&Site::new(plain.pages()), "GET", "collect[]=http", "");
    assert_eq!(answer.text(), "\"http\" is no collector; nothing here can be asked for in parts.\n");
}

#[test]
fn what_is_hidden_is_on_no_page_and_in_no_view_and_whole_when_it_is_shown_again() {
    let (registry, runs) = registry();
    let mut publisher = Publisher::new(&registry, SECOND, ManualClock::new()).unwrap();
    Format::ALL.iter().for_each(|format| publisher.keep(*format));
    publisher.tick();
    let site = Site::new(publisher.pages());
    let all = [text(&site, ""), ask(&site, "GET", "", OPEN_METRICS).text()];
    let jobs = registry.sections().find("jobs").unwrap();
    registry.sections().hide(SectionSet::NONE.with(jobs));
    publisher.tick();
    let without = [text(&site, ""), ask(&site, "GET", "", OPEN_METRICS).text()];
    for (without, all) in without.iter().zip(&all) {
        let expected: Vec<_> =
            all.lines().filter(|line| !line.contains("b_runs") && !line.contains("b_waiting")).collect();
        assert_eq!(without.lines().collect::<Vec<_>>(), expected);
    }
    let views = ["/metrics/per-object", "/metrics/detailed?family=b_"].map(|path| {
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| Answer::get(&site, path).text());
            while !asked.is_finished() {
                publisher.tick();
            }
            asked.join().unwrap()
        })
    });
    assert!(views.iter().all(|view| !view.contains("b_runs")), "{views:?}");
    // It was recorded meanwhile, old series and new ones.
    runs.with(["job-7"]).add(12_345);
    runs.with(["job-new"]).inc();
    publisher.tick();
    assert_eq!(text(&site, ""), without[0]);
    // It takes no memory while it is hidden.
    let page = publisher.pages().current();
    assert!(page.memory_bytes() < 2 * page.len(), "{} for {} bytes", page.memory_bytes(), page.len());
    drop(page);
    registry.sections().hide(SectionSet::NONE);
    publisher.tick();
    let mut expected: Vec<String> = all[0].lines().map(|line| line.replace("job-7\"} 1", "job-7\"} 12346")).collect();
    expected.push("b_runs_total{job=\"job-new\"} 1".into());
    let mut shown: Vec<String> = text(&site, "").lines().map(str::to_owned).collect();
    expected.sort_unstable();
    shown.sort_unstable();
    assert_eq!(shown, expected);
}

#[test]
fn while_a_render_finds_nothing_new_hiding_makes_a_page_all_the_same() {
    let (registry, _) = registry();
    let mut publisher = Publisher::new(&registry, SECOND, ManualClock::new()).unwrap();
    publisher.tick();
    let versions =
        [SectionSet::NONE, SectionSet::NONE.with(0), SectionSet::NONE.with(0), SectionSet::NONE].map(|hidden| {
            registry.sections().hide(hidden);
            publisher.tick();
            publisher.pages().current().version()
        });
    assert!(versions[0] < versions[1] && versions[1] == versions[2] && versions[2] < versions[3], "{versions:?}");
}

#[test]
fn more_sections_than_there_is_room_for_are_refused() {
    static NAMES: [&str; 65] = ["x"; 65];
    assert!(Registry::builder().sections(&NAMES[..64], |_| 63).build().is_ok());
    let error = Registry::builder().sections(&NAMES, |_| 0).build().unwrap_err();
    assert_eq!(error.to_string(), "registry: sections: 65 given; allowed are 0 to 64");
}
