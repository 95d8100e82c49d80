//! Whatever a Gateway sends, in its hand-shake, as an answer or between answers, as text or as bytes below it: whoever asks it
//! comes back in time with an answer that is JSON, or with one short line that has no secret; and the answer of any method
//! makes figures that a page can be written of.
#![no_main]

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use openclaw_prometheus::openclaw::rpc::websocket::{Connection, Credentials, Stop};
use openclaw_prometheus::openclaw::rpc::{Method, Rpc};
use openclaw_prometheus::{ManualClock, Registry, encode};
use openclaw_prometheus_cli::exposition::{Format, parse};
use serde_json::value::RawValue;
use support::gateway::{Act, MockGateway, Opening, Script};

const TOKEN: &str = "s3cret-token";
/// What nothing here takes, but for what waits in vain.
const LONG: Duration = Duration::from_secs(5);
/// What is waited for in vain.
const SHORT: Duration = Duration::from_millis(5);

#[derive(Debug, Arbitrary)]
enum Input<'a> {
    First(&'a str),
    Second(&'a str),
    Answer(&'a str),
    Payload(&'a str),
    Frame(&'a [u8]),
    /// What every method is answered with.
    Figures(&'a str),
}

static GATEWAY: LazyLock<MockGateway> = LazyLock::new(|| MockGateway::start(Script::default()));

fuzz_target!(|input: Input<'_>| {
    if let Input::Figures(answer) = input {
        return figures(answer);
    }
    let asked = |act| Script::default().on("asked", act);
    GATEWAY.set(match input {
        Input::First(text) => Script::opening(Opening::First(text.to_owned())),
        Input::Second(text) => Script::opening(Opening::Second(text.to_owned())),
        Input::Answer(text) => asked(Act::Text(text.to_owned())),
        Input::Payload(text) => asked(Act::Text(format!(r#"{{"type":"res","id":"1","ok":true,"payload":{text}}}"#))),
        Input::Frame(bytes) => asked(Act::Bytes(bytes.to_vec())),
        Input::Figures(_) => unreachable!("above"),
    });
    let start = Instant::now();
    let credentials = Credentials::token(TOKEN).expect("a token");
    let endpoint = GATEWAY.url().parse().expect("an address");
    // Where nothing may follow, the time is what ends it.
    let within = if matches!(input, Input::First(_) | Input::Second(_)) { SHORT * 4 } else { LONG };
    match Connection::open(&endpoint, &credentials, &Stop::new(), within) {
        Err(error) => one_line(&error.to_string(), &format!("{error:?}")),
        Ok(mut connection) => {
            match connection.call("asked", Method::CronList.params(), SHORT) {
                Ok(payload) => drop(serde_json::from_str::<&RawValue>(&payload).expect("an answer is JSON")),
                Err(error) => one_line(&error.to_string(), &format!("{error:?}")),
            }
            if let Err(lost) = connection.idle(Duration::ZERO) {
                one_line(&lost.to_string(), &format!("{lost:?}"));
                assert_eq!(connection.lost(), Some(&lost));
            }
        }
    }
    assert!(start.elapsed() < LONG, "{:?}", start.elapsed());
});

fn one_line(sentence: &str, debug: &str) {
    assert!(!sentence.is_empty() && sentence.len() < 1000 && !sentence.chars().any(char::is_control), "{sentence:?}");
    assert!(!sentence.contains(TOKEN) && !debug.contains(TOKEN), "{sentence}");
}

/// Has every method answered with this, and reads the page that comes of it.
fn figures(answer: &str) {
    let registry = Registry::builder().build().expect("a registry");
    let clock = Arc::new(ManualClock::new());
    let rpc = Rpc::new(&registry, clock.clone()).expect("room");
    rpc.begin(Duration::from_secs(60));
    let mut answered = 0;
    while answered < Method::ALL.len() {
        match rpc.next() {
            Some(method) => {
                rpc.answered(method, answer, Duration::from_millis(1));
                answered += 1;
            }
            None => clock.advance(Duration::from_secs(1)),
        }
    }
    rpc.refresh();
    let page = encode::text(&registry);
    let read = parse(&page, Format::FALLBACK);
    assert_eq!(read.faults, [], "{page}");
    assert!(page.lines().count() < 20_000, "{} lines", page.lines().count());
}
