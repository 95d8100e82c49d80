//! `replay`: the metrics of a recording, printed.

use std::io::{self, BufRead, IsTerminal, Read};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use openclaw_prometheus::config::Config;
use openclaw_prometheus::openclaw::{OpenClaw, Replay, seeded_series};
use openclaw_prometheus::{Registry, encode};

use super::logging::{Level, say};
use super::terminal::print;
use super::{CliError, name, open};

/// Recordings from this size on get a progress bar, on a terminal.
const LONG_BYTES: u64 = 8 << 20;

/// Replays `path` and prints the exposition. Returns how many lines were skipped.
pub(super) fn run(path: &Path) -> Result<u64, CliError> {
    let registry = registry(Config::default().max_series())?;
    let openclaw = OpenClaw::new(&registry)?;
    let progress = progress(path);
    let reader = io::BufReader::with_capacity(1 << 16, Counted { reader: open(path)?, progress: progress.clone() });
    let summary = Replay::new(reader)
        .run(&openclaw, |line| progress.suspend(|| say(Level::Warn, &format!("{}: {line}", name(path)))))
        .map_err(|error| CliError::Read { path: path.into(), error })?;
    progress.finish_and_clear();
    print(&encode::text(&registry))?;
    Ok(summary.bad)
}

/// A registry with room for one Gateway.
fn registry(series: u32) -> Result<Registry, CliError> {
    Ok(Registry::builder()
        .series(series)
        .reserved_series(seeded_series())
        .rejections_family(Some("openclaw_metrics_refused_total"))
        .build()?)
}

fn progress(path: &Path) -> ProgressBar {
    let bytes = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    if bytes < LONG_BYTES || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {eta}").unwrap_or(ProgressStyle::default_bar());
    ProgressBar::new(bytes).with_style(style)
}

/// Tells the progress bar what was read.
struct Counted {
    reader: Box<dyn BufRead + Send>,
    progress: ProgressBar,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.progress.inc(read as u64);
        Ok(read)
    }
}
