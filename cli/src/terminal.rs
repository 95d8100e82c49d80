//! Lines for the person at the terminal: the program's own, and what the library logs.

use std::io::{self, Write};

use clap::ValueEnum;
use log::{LevelFilter, Log, Metadata, Record};

use super::CliError;

/// How much a line weighs; those that weigh less than was asked for are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

/// Writes to standard error, a line each.
struct Terminal;

static TERMINAL: Terminal = Terminal;

/// Leaves out, from now on, what weighs less.
pub(super) fn set(least: Level) {
    // A second call changes the weight only.
    let _ = log::set_logger(&TERMINAL);
    log::set_max_level(match least {
        Level::Debug => LevelFilter::Debug,
        Level::Info => LevelFilter::Info,
        Level::Warn => LevelFilter::Warn,
        Level::Error => LevelFilter::Error,
    });
}

/// Prints on standard output. False once nobody reads any more: whoever reads may stop, as `head` does.
pub(super) fn print(text: &str) -> Result<bool, CliError> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(CliError::Write(error)),
    }
}

/// Says a line, with the program's name, on standard error.
pub(super) fn say(level: Level, line: &str) {
    // Whoever asks for nothing in particular, as `replay` does, hears what matters.
    if log::max_level() == LevelFilter::Off {
        set(Level::Info);
    }
    let level = match level {
        Level::Debug => log::Level::Debug,
        Level::Info => log::Level::Info,
        Level::Warn => log::Level::Warn,
        Level::Error => log::Level::Error,
    };
    log::log!(level, "{line}");
}

impl Log for Terminal {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Libraries below ours are heard when something is wrong.
        metadata.target().starts_with("openclaw_prometheus") || metadata.level() <= log::Level::Warn
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let _ = writeln!(io::stderr(), "openclaw-prometheus: {}", record.args());
        }
    }

    fn flush(&self) {}
}
