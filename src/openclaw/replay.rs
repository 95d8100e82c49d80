//! Feeds recorded events, one JSON object a line, in order.
//!
//! A line that cannot be used is reported with its number and skipped; only a failing reader ends a replay. Empty
//! lines, CRLF and a byte order mark do no harm. One buffer is reused, so memory stays at the longest line.

use std::fmt;
use std::io::{self, BufRead, Read};

use super::dispatch::OpenClaw;
use super::event::{DiagnosticEvent, Metadata};
use super::line::{Line, LineError};

/// The longest line that is read; longer ones are skipped as bad.
const LIMIT_BYTES: usize = 16 << 20;

/// A recording that is being read.
#[derive(Debug)]
pub struct Replay<R> {
    reader: R,
    line: Vec<u8>,
}

/// What a replay has met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Lines, empty ones included.
    pub lines: u64,
    /// Events of known types that were recorded.
    pub recorded: u64,
    /// Events that the host has to vouch for and does not.
    pub untrusted: u64,
    /// Events of types that the catalogue does not know.
    pub unknown: u64,
    /// Lines that could not be used.
    pub bad: u64,
}

/// A line that was skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// Its number, counted from 1.
    pub number: u64,
    /// What is wrong with it.
    pub error: LineError,
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.number, self.error)
    }
}

impl<R: BufRead> Replay<R> {
    /// A replay of what `reader` gives.
    pub fn new(reader: R) -> Self {
        Replay { reader, line: Vec::new() }
    }

    /// Records every event into `openclaw` and tells `bad` of every line that is skipped.
    ///
    /// # Errors
    /// The reader fails.
    pub fn run(self, openclaw: &OpenClaw, bad: impl FnMut(BadLine)) -> io::Result<Summary> {
        self.for_each(|event, metadata, _| openclaw.observe(event, metadata), bad)
    }

    /// Calls `each` with every event, what the host said about it, and its time in milliseconds since 1970 if it has
    /// one: a caller that waits between calls replays at the pace of the recording.
    ///
    /// # Errors
    /// The reader fails.
    pub fn for_each(
        mut self,
        mut each: impl FnMut(&DiagnosticEvent<'_>, Metadata, Option<u64>),
        mut bad: impl FnMut(BadLine),
    ) -> io::Result<Summary> {
        let mut summary = Summary::default();
        while self.read_line()? {
            summary.lines += 1;
            match self.parse() {
                Ok(None) => {}
                Ok(Some(line)) => {
                    summary.count(&line);
                    each(&line.event, line.metadata, line.ts);
                }
                Err(error) => {
                    summary.bad += 1;
                    bad(BadLine { number: summary.lines, error });
                }
            }
        }
        Ok(summary)
    }

    /// Reads the next line into the buffer, without its end. What is over the limit by more than a byte is skipped.
    fn read_line(&mut self) -> io::Result<bool> {
        self.line.clear();
        let limit = LIMIT_BYTES as u64 + 1;
        let length = self.reader.by_ref().take(limit).read_until(b'\n', &mut self.line)?;
        if self.line.last() == Some(&b'\n') {
            self.line.pop();
        } else if self.line.len() > LIMIT_BYTES {
            self.reader.skip_until(b'\n')?;
        }
        Ok(length > 0)
    }

    fn parse(&self) -> Result<Option<Line<'_>>, LineError> {
        if self.line.len() > LIMIT_BYTES {
            return Err(LineError::TooLong { limit_bytes: LIMIT_BYTES });
        }
        let text =
            std::str::from_utf8(&self.line).map_err(|error| LineError::NotUtf8 { column: error.valid_up_to() + 1 })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim_ascii().is_empty() { Ok(None) } else { Line::parse(text).map(Some) }
    }
}

impl Summary {
    fn count(&mut self, line: &Line<'_>) {
        let counter = match &line.event {
            event if !line.metadata.is_recorded() && !event.is_anybodys() => &mut self.untrusted,
            DiagnosticEvent::Unknown(_) => &mut self.unknown,
            _ => &mut self.recorded,
        };
        *counter += 1;
    }
}
