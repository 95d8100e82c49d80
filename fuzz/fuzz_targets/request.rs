//! Whatever the head of a request says, it has an answer with one of a few statuses, a Content-Type, and as many bytes as
//! it announces; none at all for HEAD; and nothing but the token opens what it guards.
#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use openclaw_prometheus::publish::{Publisher, Ticker};
use openclaw_prometheus::serve::{Auth, RequestHead, Site, respond};
use openclaw_prometheus::{ManualClock, Registry};

const TOKEN: &str = "s3cret";
const PATHS: [&str; 9] = [
    "/metrics",
    "/metrics/per-object",
    "/metrics/detailed",
    "/metrics/health",
    "/",
    "/-/healthy",
    "/-/ready",
    "/metrics/",
    "/nothing",
];

/// The first three are ours.
const HOSTS: [&str; 6] = ["localhost", "127.0.0.1:19464", "LocalHost.:1", "rebound.example", "", "[::1]"];

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    method: Choice<'a>,
    path: Choice<'a>,
    query: &'a str,
    accept: &'a str,
    accept_encoding: &'a str,
    authorization: Option<Choice<'a>>,
    host: Option<Choice<'a>>,
    has_body: bool,
    is_guarded: bool,
}

/// One that is known, or anything.
#[derive(Debug, Arbitrary)]
enum Choice<'a> {
    Known(u8),
    Any(&'a str),
}

impl<'a> Choice<'a> {
    fn of(&self, known: &[&'a str]) -> &'a str {
        match self {
            Self::Known(number) => known[*number as usize % known.len()],
            Self::Any(text) => text,
        }
    }
}

struct Served {
    open: Site,
    guarded: Site,
    _ticker: Ticker,
}

static SERVED: LazyLock<Served> = LazyLock::new(|| {
    let registry = Registry::builder().series(64).slabs(1).build().expect("in range");
    let calls = registry.counter("calls_total", "Calls.").labels(["model"]).register().expect("legal");
    (0..40).for_each(|model| calls.with([&format!("model-number-{model}")]).inc());
    let publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).expect("first");
    let ticker = publisher.start().expect("a thread");
    let site = || Site::new(ticker.pages());
    Served { open: site(), guarded: site().auth(Auth::token(TOKEN)), _ticker: ticker }
});

fuzz_target!(|input: Input<'_>| {
    let mut head = RequestHead::new(input.method.of(&["GET", "HEAD", "POST", "OPTIONS"]), input.path.of(&PATHS));
    (head.query, head.accept, head.accept_encoding) = (input.query, input.accept, input.accept_encoding);
    let headers = ["Bearer s3cret", "bearer  s3cret ", "Bearer s3cre", "Bearer ", "Basic s3cret"];
    head.authorization = input.authorization.as_ref().map(|choice| choice.of(&headers));
    head.host = input.host.as_ref().map(|choice| choice.of(&HOSTS));
    head.local = Some([127, 0, 0, 1].into());
    head.has_body = input.has_body;
    let site = if input.is_guarded { &SERVED.guarded } else { &SERVED.open };
    let reply = respond(site, &head).wait();
    // Without encoding; with it, no more than these is known.
    let is_plain = !head.path.contains('%') && head.path != "*";
    let is_known = PATHS[..7].contains(&head.path);
    let status = reply.status();
    assert!([200, 400, 401, 403, 404, 405, 413].contains(&status), "{status}");
    let is_refused = [400, 403].contains(&status);
    assert!(is_refused || !is_plain || (status == 404) != is_known);
    // Nothing here has a section by name, so that whoever asks for one gets 400 for that, and is heard on.
    let may_ask_for_part = ["collect", "exclude", "%"].iter().any(|word| head.query.contains(word));
    if status != 400 || !may_ask_for_part {
        assert_eq!(reply.is_last(), head.has_body || status == 400, "what follows would be read as the next request");
    }
    if head.host.is_some_and(|host| HOSTS[..3].contains(&host)) {
        assert!(!is_refused || status == 400 && may_ask_for_part, "a host of ours");
    }
    assert!(status != 403 || !input.is_guarded, "whoever has a token may call us what he likes");
    let (name, content_type) = reply.headers().next().expect("headers");
    assert!(name == "content-type" && !content_type.to_string().is_empty());
    let bytes: usize = reply.pieces().map(<[u8]>::len).sum();
    let announced = reply.headers().find(|(name, _)| *name == "content-length").expect("a length").1.to_string();
    assert_eq!(announced, reply.len().to_string());
    assert_eq!(reply.is_head(), head.method == "HEAD");
    assert_eq!(bytes as u64, if reply.is_head() { 0 } else { reply.len() });
    // Read as a naive reader does: a scheme, spaces, the token.
    let mut words = head.authorization.unwrap_or_default().split(' ').filter(|word| !word.trim().is_empty());
    let is_bearer = words.next().is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("bearer"));
    let is_right = is_bearer && words.next().is_some_and(|token| token.trim() == TOKEN);
    let is_protected = PATHS[..4].contains(&head.path);
    if input.is_guarded && is_protected && !is_right {
        assert!(status == 401 || is_refused);
    }
    assert!(status != 401 || input.is_guarded && (is_protected || !is_plain));
});
