//! Promise: a client gets the format and the coding that it wants most of those there are, never an error, and a
//! Content-Type that is the body's.
#![cfg(feature = "serve")]

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use openclaw_prometheus::encode::{Format, FormatSet};
use openclaw_prometheus::publish::{Publisher, Ticker};
use openclaw_prometheus::serve::{Listener, RequestHead, Server, Site};
use openclaw_prometheus::{Bounds, ManualClock, Registry};
use proptest::prelude::*;
use support::answers::{ANY_PORT, Answer};
use support::negotiation::{ESCAPINGS, KINDS, Range, VERSIONS, content_types};

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const TEXT_1: &str = "text/plain; version=1.0.0; charset=utf-8; escaping=underscores";
const TEXT_1_UTF8: &str = "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8";
const OPEN: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const OPEN_UTF8: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8";
const OPEN_DOTS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=dots";
const OPEN_0: &str = "application/openmetrics-text; version=0.0.1; charset=utf-8";

struct Case {
    who: &'static str,
    accept: &'static str,
    accept_encoding: &'static str,
    content_type: &'static str,
    is_gzip: bool,
}

const fn case(
    who: &'static str,
    accept: &'static str,
    accept_encoding: &'static str,
    content_type: &'static str,
    is_gzip: bool,
) -> Case {
    Case { who, accept, accept_encoding, content_type, is_gzip }
}

#[test]
fn each_format_is_called_what_prometheus_calls_it() {
    let escaped = |content_type: &str| {
        ["allow-utf-8", "dots", "underscores", "values"].map(|way| format!("{content_type}; escaping={way}"))
    };
    let text = escaped("text/plain; version=1.0.0; charset=utf-8");
    let open = escaped(OPEN);
    let mut expected: Vec<&str> = [TEXT, OPEN, OPEN_0].to_vec();
    expected.extend(text.iter().chain(&open).map(String::as_str));
    let mut found: Vec<&str> = content_types().map(|(_, content_type)| content_type).collect();
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);
}

/// Headers as these programs send them.
const PROGRAMS: &[Case] = &[
    case(
        "Prometheus 2.42, as recorded; the same with exemplar-storage",
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
         text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "gzip",
        OPEN,
        true,
    ),
    case(
        "Prometheus 2.42 with native-histograms, as recorded",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,\
         application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,\
         text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "gzip",
        OPEN,
        true,
    ),
    case(
        "Prometheus 2.49 to 2.55",
        "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,\
         text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
        "gzip",
        OPEN,
        true,
    ),
    case(
        "Prometheus 3.0, which names the escaping with every format",
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
         application/openmetrics-text;version=0.0.1;escaping=allow-utf-8;q=0.4,\
         text/plain;version=0.0.4;escaping=allow-utf-8;q=0.3,*/*;q=0.2",
        "gzip",
        OPEN_UTF8,
        true,
    ),
    case(
        "Prometheus 3.x",
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
         application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
         text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
        "gzip",
        OPEN_UTF8,
        true,
    ),
    case(
        "Prometheus 3.x, protobuf first",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,\
         application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
         application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
         text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
        "gzip",
        OPEN_UTF8,
        true,
    ),
    case(
        "Prometheus 3.x, scrape_protocols: [PrometheusText1.0.0, PrometheusText0.0.4], no compression",
        "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.4",
        "identity",
        TEXT_1_UTF8,
        false,
    ),
    case(
        "Prometheus 3.x, fallback to underscores",
        "text/plain;version=1.0.0;escaping=underscores;q=0.6,*/*;q=0.5",
        "gzip",
        TEXT_1,
        true,
    ),
    case(
        "VictoriaMetrics, vmagent, netdata; Prometheus before 2.5",
        "text/plain;version=0.0.4;q=1,*/*;q=0.1",
        "gzip",
        TEXT,
        true,
    ),
    case(
        "Grafana Agent and Alloy, which have Prometheus' scraper",
        "application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.6,\
         application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=underscores;q=0.4,\
         text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
        "gzip",
        "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores",
        true,
    ),
    case("Datadog, text", "text/plain", "gzip, deflate", TEXT, true),
    case(
        "Datadog, OpenMetrics first",
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
         text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "gzip",
        OPEN,
        true,
    ),
    case(
        "Telegraf",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,\
         text/plain;version=0.0.4;q=0.3,*/*;q=0.1",
        "",
        TEXT,
        false,
    ),
    case(
        "Prometheus 1",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,\
         text/plain;version=0.0.4;q=0.3,application/json;schema=\"prometheus/telemetry\";version=0.0.2;q=0.2,*/*;q=0.1",
        "gzip",
        TEXT,
        true,
    ),
    case("curl", "*/*", "", TEXT, false),
    case("curl --compressed", "*/*", "deflate, gzip, br, zstd", TEXT, true),
    case("wget", "*/*", "identity", TEXT, false),
    case(
        "Chromium",
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,\
         application/signed-exchange;v=b3;q=0.7",
        "gzip, deflate, br, zstd",
        TEXT,
        true,
    ),
    case(
        "Firefox",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "gzip, deflate, br, zstd",
        TEXT,
        true,
    ),
    case("Python's requests", "*/*", "gzip, deflate", TEXT, true),
    case("Go's client", "", "gzip", TEXT, true),
];

/// Rules, each with the shortest header that shows it.
const RULES: &[Case] = &[
    case("neither header", "", "", TEXT, false),
    case("spaces alone", "  ", " ", TEXT, false),
    case("commas alone", ",, ,", ",,", TEXT, false),
    case("nothing is wanted", "*/*;q=0", "*;q=0", TEXT, false),
    case("text is not wanted, the rest is", "text/plain;q=0, */*", "", OPEN, false),
    case("text is not wanted, and nothing else named", "text/plain;q=0", "", TEXT, false),
    case("OpenMetrics is not wanted", "application/openmetrics-text;version=1.0.0;q=0, */*", "", TEXT, false),
    case("one version is not wanted", "text/plain;version=0.0.4;q=0, text/plain;version=1.0.0", "", TEXT_1, false),
    case(
        "*/* is about what is not named",
        "*/*, text/plain;q=0.1, application/openmetrics-text;version=1.0.0;q=0.3",
        "",
        OPEN,
        false,
    ),
    case("*/* means text first", "application/openmetrics-text;q=0.9, */*", "", TEXT, false),
    case("text/*", "text/*, application/openmetrics-text;version=1.0.0;q=0.9", "", TEXT, false),
    case("text/* weighs more than */* for text", "text/*;q=0.1, */*;q=0.5", "", OPEN, false),
    case("application/*", "application/*", "", OPEN, false),
    case("q of three decimals", "text/plain;q=0.998, application/openmetrics-text;q=0.999", "", OPEN_0, false),
    case("a fourth decimal is cut", "text/plain;q=0.9991, application/openmetrics-text;q=0.9999", "", TEXT, false),
    case("q without its zero", "text/plain;q=.4, application/openmetrics-text;q=.5", "", OPEN_0, false),
    case("q with a point alone behind", "text/plain;q=0., application/openmetrics-text;q=1.", "", OPEN_0, false),
    case("q above 1 is skipped", "application/openmetrics-text;q=1.001, text/plain;q=0.1", "", TEXT, false),
    case("q that is no number is skipped", "application/openmetrics-text;q=high, text/plain;q=0.1", "", TEXT, false),
    case("q that is a point is skipped", "application/openmetrics-text;q=., text/plain;q=0.1", "", TEXT, false),
    case("q without a value is skipped", "application/openmetrics-text;q=, text/plain;q=0.1", "", TEXT, false),
    case("q below 0 is skipped", "application/openmetrics-text;q=-1, text/plain;q=0.1", "", TEXT, false),
    case("an exponent is skipped", "application/openmetrics-text;q=1e0, text/plain;q=0.1", "", TEXT, false),
    case("a tie: the first", "text/plain, application/openmetrics-text;version=1.0.0", "", TEXT, false),
    case("a tie: the first, the other way", "application/openmetrics-text;version=1.0.0, text/plain", "", OPEN, false),
    case("upper case", "APPLICATION/OpenMetrics-Text;VERSION=1.0.0;Q=0.9,TEXT/PLAIN;Q=0.1", "GZIP", OPEN, true),
    case("quotes", "application/openmetrics-text;version=\"1.0.0\";escaping=\"dots\"", "", OPEN_DOTS, false),
    case("a comma in quotes", "text/html;x=\",application/openmetrics-text,\", text/plain", "", TEXT, false),
    case("a q in quotes", "application/openmetrics-text;x=\"1;q=0\", text/plain;q=0.5", "", OPEN_0, false),
    case("quotes that never end", "application/openmetrics-text;x=\", text/plain;q=0.5", "", OPEN_0, false),
    case("spaces around everything", " application/openmetrics-text ; version = 1.0.0 ; q = 0.5 ", "", OPEN, false),
    case("OpenMetrics 2.0.0", "application/openmetrics-text;version=2.0.0", "", TEXT, false),
    case(
        "OpenMetrics 2.0.0 before 1.0.0",
        "application/openmetrics-text;version=2.0.0,application/openmetrics-text;version=1.0.0;q=0.1",
        "",
        OPEN,
        false,
    ),
    case("text 0.0.5", "text/plain;version=0.0.5, application/openmetrics-text;q=0.1", "", OPEN_0, false),
    case("OpenMetrics without a version", "application/openmetrics-text", "", OPEN_0, false),
    case("OpenMetrics 0.0.1", "application/openmetrics-text;version=0.0.1", "", OPEN_0, false),
    case("text without a version", "text/plain", "", TEXT, false),
    case("text 1.0.0 always names its escaping", "text/plain;version=1.0.0", "", TEXT_1, false),
    case("an unknown escaping, text", "text/plain;version=1.0.0;escaping=commas", "", TEXT_1, false),
    case("an unknown escaping", "application/openmetrics-text;version=1.0.0;escaping=commas", "", OPEN, false),
    case("protobuf alone", "application/vnd.google.protobuf", "gzip", TEXT, true),
    case("JSON alone", "application/json", "", TEXT, false),
    case("HTML alone", "text/html", "", TEXT, false),
    case("garbage", ";;=;,\"\\,q=1/;q;*/;text/,/plain,\u{fffd}", ";q=1,=,\"gzip", TEXT, false),
    case("charset is nothing to us", "text/plain; charset=latin-1", "", TEXT, false),
    case("gzip is not wanted", "", "gzip;q=0", TEXT, false),
    case("gzip is not wanted, anything is", "", "gzip;q=0, *", TEXT, false),
    case("identity is not wanted", "", "identity;q=0, gzip;q=0.001", TEXT, true),
    case("identity is not wanted, and nothing named", "", "identity;q=0", TEXT, false),
    case("neither is wanted", "", "identity;q=0, gzip;q=0", TEXT, false),
    case("any coding", "", "*", TEXT, true),
    case("any coding is not wanted", "", "*;q=0", TEXT, false),
    case("any other coding weighs more", "", "gzip;q=0.5, *", TEXT, false),
    case("identity weighs more", "", "gzip;q=0.5, identity", TEXT, false),
    case("gzip weighs as much", "", "identity, gzip", TEXT, true),
    case("all of a browser", "", "gzip, deflate, br, zstd", TEXT, true),
    case("no gzip among them", "", "deflate, br, zstd", TEXT, false),
    case("the old name", "", "x-gzip", TEXT, true),
    case("a bad q", "", "gzip;q=yes", TEXT, false),
    case("a word that only begins so", "", "gzipped", TEXT, false),
    case("parameters without a q", "", "gzip;level=9", TEXT, true),
];

/// A registry with a page of a few KB, and what serves it.
struct Served {
    site: Arc<Site>,
    /// Makes what is not there yet; its clock stands still.
    _ticker: Ticker,
}

impl Served {
    fn new(models: u32) -> Self {
        let registry = Registry::builder().series(256).rejections_family(None).build().unwrap();
        let calls = registry.counter("calls_total", "Calls.").labels(["model"]).register().unwrap();
        if models > 1 {
            let seconds = registry.histogram("call_seconds", "Time.", Bounds::seconds()).register().unwrap();
            seconds.observe(0.3);
        }
        (0..models).for_each(|model| calls.with([&format!("model-{model}")]).add(u64::from(model) * 7));
        let publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).unwrap();
        let ticker = publisher.start().unwrap();
        Self { site: Arc::new(Site::new(ticker.pages())), _ticker: ticker }
    }

    fn ask(&self, accept: &str, accept_encoding: &str) -> Answer {
        let mut head = RequestHead::new("GET", "/metrics");
        head.accept = accept;
        head.accept_encoding = accept_encoding;
        Answer::to(&self.site, &head)
    }

    /// The page as it is, in the format of a Content-Type.
    fn page(&self, content_type: &str) -> String {
        let kind = if content_type.starts_with("application/") { OPEN } else { TEXT };
        let accept = kind.replace("; ", ";").replace(";charset=utf-8", "");
        let answer = self.ask(&accept, "");
        assert_eq!((answer.content_type(), answer.header("content-encoding")), (kind, None));
        answer.text()
    }
}

#[track_caller]
fn assert_answer(served: &Served, case: &Case, answer: &Answer) {
    let Case { who, content_type, is_gzip, .. } = case;
    assert_eq!((answer.status, answer.content_type()), (200, *content_type), "{who}");
    assert_eq!(answer.header("content-encoding"), is_gzip.then_some("gzip"), "{who}");
    assert_eq!(answer.header("vary"), Some("Accept, Accept-Encoding"), "{who}");
    assert_eq!(answer.header("content-length"), Some(answer.body.len().to_string().as_str()), "{who}");
    let text = answer.text();
    let is_open_metrics = content_type.starts_with("application/openmetrics-text;");
    assert_eq!(text.ends_with("\n# EOF\n"), is_open_metrics, "{who}");
    assert_eq!(text.contains("# TYPE calls counter\n"), is_open_metrics, "{who}");
    assert_eq!(text.contains("# TYPE calls_total counter\n"), !is_open_metrics, "{who}");
    assert!(text == served.page(content_type), "{who}: the page in another format");
    assert!(!is_gzip || answer.body.len() * 2 < text.len(), "{who}: it is packed");
}

#[test]
fn every_client_gets_the_format_and_the_coding_it_wants_most() {
    let served = Served::new(40);
    assert!(PROGRAMS.len() + RULES.len() > 75);
    for case in PROGRAMS.iter().chain(RULES) {
        assert_answer(&served, case, &served.ask(case.accept, case.accept_encoding));
    }
}

#[test]
fn the_same_over_a_socket() {
    let served = Served::new(40);
    let server = Server::start(Listener::tcp(ANY_PORT).unwrap(), served.site.clone()).unwrap();
    let is_sendable = |text: &str| text.bytes().all(|byte| (b' '..0x7f).contains(&byte));
    let mut asked = 0;
    for case in PROGRAMS.iter().chain(RULES.iter().step_by(3)) {
        if !is_sendable(case.accept) {
            continue;
        }
        let accept = format!("Accept: {}", case.accept);
        let accept_encoding = format!("accept-encoding: {}", case.accept_encoding);
        let lines: [&[u8]; 3] = [b"GET /metrics", accept.as_bytes(), accept_encoding.as_bytes()];
        // An empty header and none are the same.
        let lines = if case.accept_encoding.is_empty() { &lines[..2] } else { &lines[..] };
        assert_answer(&served, case, &Answer::over(server.address().tcp().unwrap(), lines));
        asked += 1;
    }
    assert!(asked > 35, "{asked}");
}

#[test]
fn several_lines_are_one_list_and_what_is_no_text_is_left_out() {
    let served = Served::new(40);
    let server = Server::start(Listener::tcp(ANY_PORT).unwrap(), served.site.clone()).unwrap();
    let ask = |lines: &[&[u8]]| {
        let answer = Answer::over(server.address().tcp().unwrap(), &[&[&b"GET /metrics"[..]], lines].concat());
        let is_gzip = answer.header("content-encoding").is_some();
        assert!(answer.text() == served.page(answer.content_type()));
        (answer.status, answer.content_type().to_owned(), is_gzip)
    };
    let lines: [&[u8]; 2] = [b"Accept: text/plain;q=0.5", b"Accept: application/openmetrics-text;version=1.0.0"];
    assert_eq!(ask(&lines), (200, OPEN.into(), false));
    let lines: [&[u8]; 3] = [b"Accept-Encoding: br", b"Accept: text/html", b"Accept-Encoding: gzip"];
    assert_eq!(ask(&lines), (200, TEXT.into(), true));
    let lines: [&[u8]; 2] = [b"Accept: application/openmetrics-text;x=\xff\xfe", b"Accept-Encoding: gzip\x80"];
    assert_eq!(ask(&lines), (200, TEXT.into(), false));
}

#[test]
fn a_list_of_15_kb_is_read_to_its_end() {
    let served = Served::new(40);
    let server = Server::start(Listener::tcp(ANY_PORT).unwrap(), served.site.clone()).unwrap();
    for filling in ["a/b,", "*/*;q=0.001,", "text/plain;version=3;q=0.9,", "x/y;\"z;q=1\";=,", ",", "\"\","] {
        let list = filling.repeat(15_000 / filling.len()) + "application/openmetrics-text;version=1.0.0;q=0.5";
        let answer = served.ask(&list, &list);
        assert_eq!((answer.content_type(), answer.header("content-encoding")), (OPEN, None), "{filling}");
        let line = format!("Accept: {list}");
        let answer = Answer::over(server.address().tcp().unwrap(), &[b"GET /metrics", line.as_bytes()]);
        assert_eq!((answer.status, answer.content_type()), (200, OPEN), "{filling}");
    }
}

#[test]
fn a_tiny_page_is_never_packed() {
    let served = Served::new(1);
    let server = Server::start(Listener::tcp(ANY_PORT).unwrap(), served.site.clone()).unwrap();
    for accept in ["text/plain", "application/openmetrics-text;version=1.0.0"] {
        let plain = served.ask(accept, "");
        assert!((10..1024).contains(&plain.body.len()));
        let over = Answer::over(
            server.address().tcp().unwrap(),
            &[b"GET /metrics", format!("Accept: {accept}").as_bytes(), b"Accept-Encoding: gzip"],
        );
        for answer in [served.ask(accept, "gzip"), over] {
            assert_eq!(answer.header("content-encoding"), None, "{accept}");
            assert_eq!(answer.header("vary"), Some("Accept, Accept-Encoding"));
            assert!(answer.body == plain.body);
        }
    }
}

/// All formats, or those without OpenMetrics.
fn offered(has_open_metrics: bool) -> FormatSet {
    if has_open_metrics { FormatSet::ALL } else { FormatSet::ALL.without(Format::OpenMetrics) }
}

#[test]
fn what_is_turned_off_is_given_to_nobody() {
    let served = Served::new(40);
    let with = |has_open_metrics, has_gzip| {
        let site = Site::new(served.site.pages().clone()).formats(offered(has_open_metrics), has_gzip);
        let mut head = RequestHead::new("GET", "/metrics");
        head.accept = "application/openmetrics-text;version=1.0.0, text/plain;version=1.0.0;q=0.1";
        head.accept_encoding = "gzip";
        let answer = Answer::to(&site, &head);
        assert!(answer.text() == served.page(answer.content_type()));
        (answer.content_type().to_owned(), answer.header("content-encoding").is_some())
    };
    assert_eq!(with(true, true), (OPEN.into(), true));
    assert_eq!(with(false, true), (TEXT_1.into(), true));
    assert_eq!(with(true, false), (OPEN.into(), false));
    assert_eq!(with(false, false), (TEXT_1.into(), false));
}

#[test]
fn what_is_not_negotiated_is_the_same_for_everybody() {
    let served = Served::new(40);
    for (path, content_type) in [
        ("/", "text/html; charset=utf-8"),
        ("/metrics/health", "application/json"),
        ("/-/ready", "text/plain; charset=utf-8"),
        ("/nothing", "text/plain; charset=utf-8"),
    ] {
        for accept in ["application/openmetrics-text;version=1.0.0", "text/html", "application/json;q=0", ""] {
            let mut head = RequestHead::new("GET", path);
            (head.accept, head.accept_encoding) = (accept, "gzip");
            let answer = Answer::to(&served.site, &head);
            assert_eq!((answer.content_type(), answer.header("content-encoding")), (content_type, None));
            assert_eq!(answer.header("vary"), None, "{path}");
        }
    }
    // Views are JSON for everybody, and packed for who wants them so.
    for (accept_encoding, coding) in [("gzip", Some("gzip")), ("", None), ("identity", None)] {
        let mut head = RequestHead::new("GET", "/metrics/detailed");
        (head.accept, head.accept_encoding) = ("text/html", accept_encoding);
        let answer = Answer::to(&served.site, &head);
        assert_eq!((answer.content_type(), answer.header("content-encoding")), ("application/json", coding));
        assert_eq!(answer.header("vary"), Some("Accept-Encoding"));
    }
}

// --- against a naive twin, and with anything at all

static SERVED: LazyLock<Served> = LazyLock::new(|| Served::new(40));

fn range() -> impl Strategy<Value = Range> {
    let q_milli = proptest::option::of(prop_oneof![0..=1000u16, (0..=4u16).prop_map(|quarter| quarter * 250)]);
    let select = proptest::sample::select::<Option<&'static str>>;
    (0..KINDS.len(), select(&VERSIONS[..]), select(&ESCAPINGS[..]), q_milli)
        .prop_map(|(kind, version, escaping, q_milli)| Range { kind: &KINDS[kind], version, escaping, q_milli })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn what_is_chosen_is_what_weighs_most(ranges in proptest::collection::vec(range(), 0..8), has_open_metrics: bool) {
        let accept = ranges.iter().map(Range::text).collect::<Vec<_>>().join(", ");
        let offered = offered(has_open_metrics);
        let site = Site::new(SERVED.site.pages().clone()).formats(offered, true);
        let mut head = RequestHead::new("GET", "/metrics");
        head.accept = &accept;
        let answer = Answer::to(&site, &head);
        prop_assert_eq!(answer.content_type(), support::negotiation::content_type(&ranges, offered), "{}", accept);
    }

    #[test]
    fn whatever_is_sent_gets_a_page_in_a_format_we_have(
        accept in prop_oneof![
            any::<Vec<u8>>().prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
            "[a-z*/;,=\"q0-9. \\\\-]{0,80}",
            "((text/plain|application/openmetrics-text|\\*/\\*)(;(q|version|escaping)=\"?[0-9.a-z-]{0,9}\"?){0,3},?){0,6}",
        ],
        accept_encoding in "((gzip|x-gzip|identity|br|\\*)?(;q=\"?[0-9.]{0,5})?,? ?){0,5}",
    ) {
        let answer = SERVED.ask(&accept, &accept_encoding);
        prop_assert_eq!(answer.status, 200);
        prop_assert!(content_types().any(|(_, known)| known == answer.content_type()), "{}", answer.content_type());
        prop_assert!(matches!(answer.header("content-encoding"), None | Some("gzip")));
        prop_assert!(answer.text() == SERVED.page(answer.content_type()));
    }
}
