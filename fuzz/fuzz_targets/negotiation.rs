//! What is negotiated is what a naive twin finds, whatever stands between the members that can be read.
#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use support::negotiation::{ESCAPINGS, KINDS, Range, VERSIONS, content_types};
use openclaw_prometheus::encode::{Format, FormatSet};
use openclaw_prometheus::publish::{Publisher, Ticker};
use openclaw_prometheus::serve::{RequestHead, Site, respond};
use openclaw_prometheus::{ManualClock, Registry};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    members: Vec<Member>,
    codings: Vec<(u8, Option<u16>)>,
    has_open_metrics: bool,
    /// Sent as it is, in another request.
    anything: &'a str,
}

#[derive(Debug, Arbitrary)]
struct Member {
    kind: u8,
    version: u8,
    escaping: u8,
    q_milli: Option<u16>,
}

static SERVED: LazyLock<Ticker> = LazyLock::new(|| {
    let registry = Registry::builder().series(64).slabs(1).build().expect("in range");
    let calls = registry.counter("calls_total", "Calls.").labels(["model"]).register().expect("legal");
    (0..40).for_each(|model| calls.with([&format!("model-number-{model}")]).inc());
    let publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).expect("first");
    publisher.start().expect("a thread")
});

/// Content-Type and Content-Encoding; the body is what they say.
fn negotiated(site: &Site, accept: &str, accept_encoding: &str) -> (String, bool) {
    let mut head = RequestHead::new("GET", "/metrics");
    (head.accept, head.accept_encoding) = (accept, accept_encoding);
    let reply = respond(site, &head).wait();
    assert_eq!(reply.status(), 200);
    let header = |wanted| reply.headers().find(|(name, _)| *name == wanted).map(|(_, value)| value.to_string());
    assert_eq!(header("vary").as_deref(), Some("Accept, Accept-Encoding"));
    let (content_type, coding) = (header("content-type").expect("always there"), header("content-encoding"));
    let format = content_types().find(|(_, known)| *known == content_type).expect("one of ours").0;
    let body = reply.pieces().collect::<Vec<_>>().concat();
    assert_eq!(coding.is_some(), body.starts_with(&[0x1f, 0x8b]));
    if coding.is_none() {
        assert_eq!(body.ends_with(b"# EOF\n"), format == Format::OpenMetrics);
    }
    (content_type, coding.is_some())
}

/// Whether gzip is named, or meant by `*`, with a weight that identity has not more of.
fn wants_gzip(codings: &[(&str, u16)]) -> bool {
    let of = |names: &[&str]| codings.iter().find(|(name, _)| names.contains(name)).map(|(_, q)| *q);
    let any = of(&["*"]);
    let gzip = of(&["gzip", "x-gzip"]).or(any).unwrap_or(0);
    gzip > 0 && of(&["identity"]).or(any).is_none_or(|identity| identity <= gzip)
}

fuzz_target!(|input: Input<'_>| {
    let offered = FormatSet::ALL;
    let offered = if input.has_open_metrics { offered } else { offered.without(Format::OpenMetrics) };
    let site = Site::new(SERVED.pages()).formats(offered, true);
    let ranges: Vec<Range> = input
        .members
        .iter()
        .map(|member| Range {
            kind: &KINDS[member.kind as usize % KINDS.len()],
            version: VERSIONS[member.version as usize % VERSIONS.len()],
            escaping: ESCAPINGS[member.escaping as usize % ESCAPINGS.len()],
            q_milli: member.q_milli.map(|q| q % 1001),
        })
        .collect();
    let names = ["gzip", "x-gzip", "identity", "*", "br"];
    let codings: Vec<(&str, u16)> = input
        .codings
        .iter()
        .map(|(name, q)| (names[*name as usize % names.len()], q.map_or(1000, |q| q % 1001)))
        .collect();
    let accept = ranges.iter().map(Range::text).collect::<Vec<_>>().join(",");
    let weighed = |(name, q): &(&str, u16)| format!("{name};q={}.{:03}", q / 1000, q % 1000);
    let accept_encoding = codings.iter().map(weighed).collect::<Vec<_>>().join(", ");
    let expected = support::negotiation::content_type(&ranges, offered);
    let found = negotiated(&site, &accept, &accept_encoding);
    assert_eq!((found.0.as_str(), found.1), (expected, wants_gzip(&codings)), "{accept:?} {accept_encoding:?}");
    negotiated(&site, input.anything, input.anything);
});
