//! What the program says on standard error: a sentence for who typed a command, and lines for who keeps logs while it serves.
//!
//! Those have a time and a level, as logfmt or JSON. What the library logs is held back by the place in its code that says it:
//! a few at once, then one every so often, which tells how many were left out. So nothing that happens often fills a disk.

use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use clap::ValueEnum;
use log::{LevelFilter, Log, Metadata, Record};
use serde::Serialize;

/// How much a line weighs; those that weigh less than was asked for are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// `time=2026-01-31T12:00:00.000Z level=info msg="a sentence"`.
    Logfmt,
    /// An object with the same fields.
    Json,
}

/// From one place in the code so many lines come at once,
const BURST: f64 = 10.0;
/// and then one in so long.
const EACH: Duration = Duration::from_secs(30);

/// Writes to standard error, a line each.
struct Logger;

static LOGGER: Logger = Logger;
static STATE: Mutex<State> = Mutex::new(State { format: None, limits: None });

struct State {
    /// None: the line alone, after the program's name.
    format: Option<Format>,
    /// By the places in the code; made with the first line.
    limits: Option<HashMap<(&'static str, u32), Limit>>,
}

/// A line in JSON.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    level: &'static str,
    msg: &'a str,
    #[serde(skip_serializing_if = "is_zero")]
    left_out: u64,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde's form")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Which lines of one place are written.
struct Limit {
    left: f64,
    at: Instant,
    left_out: u64,
}

/// Leaves out, from now on, what weighs less.
pub(super) fn set(least: Level) {
    // A second call changes the weight only.
    let _ = log::set_logger(&LOGGER);
    log::set_max_level(least.of_log().to_level_filter());
}

/// Writes lines so from now on.
pub(super) fn set_format(format: Format) {
    state().format = Some(format);
}

/// Says a line.
pub(super) fn say(level: Level, line: &str) {
    // Whoever asks for nothing in particular, as `replay` does, hears what matters.
    if log::max_level() == LevelFilter::Off {
        set(Level::Info);
    }
    if level.of_log() <= log::max_level() {
        write(&state(), level, &line, 0);
    }
}

fn state() -> std::sync::MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write(state: &State, level: Level, line: &dyn fmt::Display, left_out: u64) {
    let text = match state.format {
        None => format!("openclaw-prometheus: {line}"),
        Some(format) => format.line(SystemTime::now(), level, &line.to_string(), left_out),
    };
    let _ = writeln!(io::stderr(), "{text}");
}

impl Level {
    fn of_log(self) -> log::Level {
        match self {
            Self::Debug => log::Level::Debug,
            Self::Info => log::Level::Info,
            Self::Warn => log::Level::Warn,
            Self::Error => log::Level::Error,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

impl From<log::Level> for Level {
    fn from(level: log::Level) -> Self {
        match level {
            log::Level::Error => Self::Error,
            log::Level::Warn => Self::Warn,
            log::Level::Info => Self::Info,
            log::Level::Debug | log::Level::Trace => Self::Debug,
        }
    }
}

impl Format {
    fn line(self, now: SystemTime, level: Level, message: &str, left_out: u64) -> String {
        let time = humantime::format_rfc3339_millis(now);
        match self {
            Self::Logfmt => {
                let mut line = format!("time={time} level={} msg=", level.name());
                quote(message, &mut line);
                if left_out > 0 {
                    let _ = write!(line, " left_out={left_out}");
                }
                line
            }
            Self::Json => {
                let line = Line { time: time.to_string(), level: level.name(), msg: message, left_out };
                serde_json::to_string(&line).unwrap_or_default()
            }
        }
    }
}

/// A text in quotes, as readers of logfmt take it apart: with the escapes of Go's and JSON's strings.
fn quote(text: &str, line: &mut String) {
    line.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => line.extend(['\\', letter]),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            // What a terminal would obey, or what would turn the line around on one.
            letter if letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => {
                let _ = write!(line, "\\u{:04x}", u32::from(letter));
            }
            letter => line.push(letter),
        }
    }
    line.push('"');
}

impl Limit {
    fn new(at: Instant) -> Self {
        Self { left: BURST, at, left_out: 0 }
    }

    /// Whether a line is written, and how many before it were not.
    fn pass(&mut self, now: Instant) -> Option<u64> {
        let since = now.saturating_duration_since(self.at);
        self.left = (self.left + since.as_secs_f64() / EACH.as_secs_f64()).min(BURST);
        self.at = now;
        if self.left < 1.0 {
            self.left_out += 1;
            return None;
        }
        self.left -= 1.0;
        Some(std::mem::take(&mut self.left_out))
    }
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Libraries below ours are heard when something is wrong.
        metadata.target().starts_with("openclaw_prometheus") || metadata.level() <= log::Level::Warn
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let mut state = state();
        let place = (record.file_static().unwrap_or(""), record.line().unwrap_or(0));
        let limits = state.limits.get_or_insert_with(HashMap::new);
        if let Some(left_out) = limits.entry(place).or_insert_with(|| Limit::new(Instant::now())).pass(Instant::now()) {
            write(&state, record.level().into(), record.args(), left_out);
        }
    }

    fn flush(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: Duration = Duration::from_millis(1_795_824_000_250);

    fn line(format: Format, message: &str, left_out: u64) -> String {
        format.line(SystemTime::UNIX_EPOCH + MOMENT, Level::Warn, message, left_out)
    }

    #[test]
    fn a_line_has_its_time_and_level_and_is_one_line_whatever_is_said() {
        assert_eq!(
            line(Format::Logfmt, "auth: no file", 0),
            "time=2026-11-28T00:00:00.250Z level=warn msg=\"auth: no file\""
        );
        assert_eq!(
            line(Format::Json, "auth: \"no\" file", 3),
            r#"{"time":"2026-11-28T00:00:00.250Z","level":"warn","msg":"auth: \"no\" file","left_out":3}"#
        );
        let hostile = "two\nlines \u{1b}[31m\u{202e} \"quoted\" \\ and\ttab";
        let written = line(Format::Logfmt, hostile, 7);
        assert_eq!(
            written,
            "time=2026-11-28T00:00:00.250Z level=warn msg=\"two\\nlines \\u001b[31m\\u202e \\\"quoted\\\" \\\\ and\\ttab\" left_out=7"
        );
        // The quoted text is a string of JSON, too.
        let quoted = written.split_once("msg=").unwrap().1.strip_suffix(" left_out=7").unwrap();
        assert_eq!(serde_json::from_str::<String>(quoted).unwrap(), hostile);
    }

    #[test]
    fn what_is_said_over_and_over_is_said_a_few_times_and_then_rarely() {
        let start = Instant::now();
        let mut limit = Limit::new(start);
        let passed = (0..1000).filter(|_| limit.pass(start).is_some()).count();
        assert_eq!(passed, BURST as usize);
        assert_eq!(limit.pass(start + EACH / 2), None);
        assert_eq!(limit.pass(start + EACH * 3 / 2), Some(991), "and tells how many were not");
        assert_eq!(limit.pass(start + EACH * 100), Some(0));
    }
}
