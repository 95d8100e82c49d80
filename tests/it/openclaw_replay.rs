//! Reading recordings: what is skipped, what is told about it, and what does no harm.
#![cfg(feature = "openclaw")]

use std::io::{self, BufReader, Read};

use openclaw_prometheus::Registry;
use openclaw_prometheus::openclaw::{BadLine, DiagnosticEvent, Line, LineError, Metadata, OpenClaw, Replay, Summary};

const SAMPLE: &str = include_str!("../../cli/data/sample.jsonl");
const GC: &str = r#"{"event":{"type":"diagnostic.gc","durationMs":1,"ts":1000},"metadata":{"internal":true}}"#;
const GUEST: &str = r#"{"event":{"type":"diagnostic.gc"},"metadata":{"trusted":false}}"#;
const OPEN: &str = r#"{"event":{"type":"log.record","level":"info","message":"\u001b"},"metadata":{"trusted":false}}"#;
const UNKNOWN: &str = r#"{"event":{"type":"tool.\u0065xploded"},"metadata":{"trusted":true}}"#;

/// Replays into a registry of its own; returns the summary and the bad lines.
fn replay(recording: impl AsRef<[u8]>) -> (Summary, Vec<BadLine>) {
    let registry = Registry::builder().build().expect("capacities");
    let openclaw = OpenClaw::new(&registry).expect("the catalogue");
    let mut bad = Vec::new();
    let summary = Replay::new(recording.as_ref()).run(&openclaw, |line| bad.push(line)).expect("memory is readable");
    (summary, bad)
}

fn messages(bad: &[BadLine]) -> Vec<String> {
    bad.iter().map(BadLine::to_string).collect()
}

#[test]
fn the_summary_tells_what_became_of_each_line() {
    let (summary, bad) = replay(format!("{GC}\n{GUEST}\n{OPEN}\n{UNKNOWN}\nno\n{GC}\n"));
    assert_eq!(summary, Summary { lines: 6, recorded: 3, untrusted: 1, unknown: 1, bad: 1 });
    assert_eq!(bad.len(), 1);
}

#[test]
fn a_bad_line_is_told_with_its_number_and_skipped() {
    let (summary, bad) = replay(format!("{GC}\nno\n{GC}\n[]\n{{\"event\":{{}}}}\n{{}}\n{{\"event\":{{\"type\":\"a\""));
    assert_eq!(summary.recorded, 2);
    assert_eq!(
        messages(&bad),
        [
            "line 2: column 2: expected ident",
            "line 4: column 1: invalid type: sequence, expected an object",
            "line 5: event.type: missing or not text",
            "line 6: no `event`; a line is {\"event\": {…}, \"metadata\": {…}}",
            "line 7: column 20: EOF while parsing an object",
        ]
    );
}

#[test]
fn a_line_that_is_not_utf8_is_bad() {
    let (summary, bad) = replay([GC.as_bytes(), b"\n{\"a\":\"\xff\"}\n", GC.as_bytes()].concat());
    assert_eq!((summary.recorded, summary.bad), (2, 1));
    assert_eq!(messages(&bad), ["line 2: column 7: not UTF-8"]);
}

#[test]
fn line_ends_marks_and_empty_lines_do_no_harm() {
    let (summary, bad) = replay(format!("\u{feff}{GC}\r\n\r\n\n  \t\n{GC}\n\u{feff}{GC}"));
    assert_eq!(messages(&bad), [""; 0]);
    assert_eq!(summary, Summary { lines: 6, recorded: 3, ..Summary::default() });
}

#[test]
fn an_empty_recording_has_no_lines() {
    assert_eq!(replay("").0, Summary::default());
    assert_eq!(replay("\n").0, Summary { lines: 1, ..Summary::default() });
}

#[test]
fn a_line_over_16_mib_is_bad_and_the_next_one_is_read() {
    const LIMIT: usize = 16 << 20;
    let long = vec![b' '; LIMIT + 1];
    let longest = [GC.as_bytes(), &vec![b' '; LIMIT - GC.len()]].concat();
    let (summary, bad) =
        replay([&long, b"\n".as_slice(), GC.as_bytes(), b"\n", &longest, b"\n", GC.as_bytes()].concat());
    assert_eq!(summary, Summary { lines: 4, recorded: 3, bad: 1, ..Summary::default() });
    assert_eq!(bad, [BadLine { number: 1, error: LineError::TooLong { limit_bytes: LIMIT } }]);
    assert_eq!(messages(&bad), ["line 1: longer than 16777216 bytes"]);
    assert_eq!(replay(&long).0, Summary { lines: 1, bad: 1, ..Summary::default() });
}

#[test]
fn small_buffers_change_nothing() {
    let recording = format!("{GC}\r\n{OPEN}\nno\n{GC}");
    for capacity in [1, 2, 7, 100] {
        let mut seen = 0;
        let reader = BufReader::with_capacity(capacity, recording.as_bytes());
        let summary = Replay::new(reader).for_each(|_, _, _| seen += 1, |_| {}).expect("memory is readable");
        assert_eq!((seen, summary.lines, summary.recorded), (3, 4, 3), "{capacity}");
    }
}

#[test]
fn a_caller_sees_every_event_with_its_time_and_may_pace_it() {
    let recording = format!("{GC}\n{GUEST}\n{}\n", GC.replace("1000", "-5").replace("diagnostic.gc", "x.y"));
    let mut seen = Vec::new();
    let each = |event: &DiagnosticEvent<'_>, metadata: Metadata, ts| {
        seen.push((event.event_type().to_owned(), metadata.is_recorded(), ts));
    };
    Replay::new(recording.as_bytes()).for_each(each, |bad| panic!("{bad}")).expect("memory is readable");
    let gc = || "diagnostic.gc".to_owned();
    assert_eq!(seen, [(gc(), true, Some(1000)), (gc(), false, None), ("x.y".to_owned(), true, None)]);
}

#[test]
fn deep_nesting_ends_neither_the_replay_nor_the_process() {
    let deep =
        format!(r#"{{"event":{{"type":"diagnostic.gc","x":{}1{}}}}}"#, r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
    let lists = format!(r#"{{"event":{{"type":"diagnostic.gc","x":{}{}}}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let (summary, bad) = replay(format!("{deep}\n{lists}\n{GC}\n"));
    assert_eq!(messages(&bad), [""; 0]);
    assert_eq!((summary.lines, summary.recorded, summary.untrusted), (3, 1, 2));
}

/// Lines of the sample with one byte changed.
fn damaged_lines() -> impl Iterator<Item = Vec<u8>> {
    let lines = SAMPLE.lines().step_by(9);
    lines.flat_map(|line| {
        (0..line.len()).step_by(3).flat_map(move |place| {
            b"\"\\{}[],:0x\x80".iter().map(move |byte| {
                let mut damaged = line.as_bytes().to_vec();
                damaged[place] = *byte;
                damaged
            })
        })
    })
}

#[test]
fn a_damaged_line_is_used_only_if_it_is_json() {
    for line in damaged_lines() {
        let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(&line).is_ok();
        let Ok(text) = std::str::from_utf8(&line) else { continue };
        match Line::parse(text) {
            Ok(_) | Err(LineError::NoEvent | LineError::NoType) => assert!(is_json, "{text}"),
            Err(LineError::NotJson { .. }) => {}
            Err(error) => panic!("{text}: {error}"),
        }
    }
}

#[test]
fn a_failing_reader_ends_the_replay_with_its_error() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let reader = BufReader::new(format!("{GC}\n").leak().as_bytes().chain(Failing));
    let mut seen = 0;
    let error = Replay::new(reader).for_each(|_, _, _| seen += 1, |_| {}).expect_err("the reader fails");
    assert_eq!((seen, error.to_string().as_str()), (1, "the disk is gone"));
}

#[test]
fn a_replay_shows_what_its_events_show_one_at_a_time() {
    let shown = |feed: &dyn Fn(&OpenClaw)| {
        let registry = Registry::builder().build().expect("capacities");
        let openclaw = OpenClaw::new(&registry).expect("the catalogue");
        feed(&openclaw);
        openclaw_prometheus::encode::text(&registry)
    };
    let at_once = shown(&|openclaw| {
        Replay::new(SAMPLE.as_bytes()).run(openclaw, |bad| panic!("{bad}")).expect("memory is readable");
    });
    let one_by_one = shown(&|openclaw| {
        for line in SAMPLE.lines() {
            let Line { event, metadata, .. } = Line::parse(line).expect("a line");
            openclaw.observe(&event, metadata);
        }
    });
    assert!(at_once == one_by_one && at_once.lines().count() > 1000);
}
