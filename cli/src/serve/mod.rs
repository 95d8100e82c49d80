//! `serve`: what a Gateway answers, a recording, or the built-in sample, in a registry that is scraped.

use std::io::{BufRead, Cursor};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use openclaw_prometheus::SystemClock;
use openclaw_prometheus::config::{Config, WebConfig};
use openclaw_prometheus::exporter::{self, Exporter, Sidecar};
use openclaw_prometheus::openclaw::OpenClaw;
use openclaw_prometheus::serve::{Address, Server};

mod pace;

use super::terminal::{self, Level, say};
use super::{CliError, Serve, name, open, settings};
use pace::{Pace, Rounds, Stop};

/// Events of a real Gateway.
const SAMPLE: &str = include_str!("../../data/sample.jsonl");
/// Threads that replay the sample, each its share of the lines.
const DEMO_THREADS: usize = 4;

/// What the families of a Gateway that is only asked do not show.
const NOT_SEEN: &str =
    "diagnostic events, hooks and Node's own figures are seen by the plugin inside the Gateway alone";

/// Serves until a signal comes. Returns how many lines of a recording were skipped.
pub(super) fn run(serve: &Serve) -> Result<u64, CliError> {
    terminal::set(serve.level);
    let (config, web) = settings::read(serve)?;
    match config.gateway().url() {
        Some(url) if serve.demo || serve.replay.is_some() => Err(CliError::TwoSources { url: url.into() }),
        Some(url) => serve_gateway(url, &config, &web).map(|()| 0),
        None => serve_recording(serve, &config, &web),
    }
}

/// Serves what a Gateway answers.
fn serve_gateway(url: &str, config: &Config, web: &WebConfig) -> Result<(), CliError> {
    let Sidecar { rpc, publisher, site, .. } = Sidecar::new(config, SystemClock::new())?;
    let site = Arc::new(site.headers(web.headers()));
    site.remarks().tell("not seen", NOT_SEEN);
    // What is wrong with the address or the token's file is an error before anything runs.
    rpc.begin(config.snapshot_interval());
    let client = exporter::ask(url, config.gateway(), &rpc)?;
    let ticker = publisher.start()?;
    let server = Server::start(exporter::listen(config)?, site.clone())?;
    say(Level::Info, &format!("open {}", place(server.address(), site.metrics_path())));
    say(Level::Info, &format!("asking {url}; {NOT_SEEN}"));
    let outcome = wait_for_signal();
    drop(client);
    server.stop();
    ticker.stop();
    outcome
}

/// Serves what was recorded.
fn serve_recording(serve: &Serve, config: &Config, web: &WebConfig) -> Result<u64, CliError> {
    let sources = sources(serve)?;
    let Exporter { openclaw, publisher, site, .. } = Exporter::new(config, SystemClock::new())?;
    let site = Arc::new(site.headers(web.headers()));
    let ticker = publisher.start()?;
    let server = Server::start(exporter::listen(config)?, site.clone())?;
    let stop = Arc::new(Stop::new());
    let replays = sources.into_iter().enumerate().map(|(number, source)| {
        let (openclaw, stop, speed) = (openclaw.clone(), stop.clone(), serve.speed);
        let thread = std::thread::Builder::new().name(format!("replay-{number}"));
        thread.spawn(move || source.replay(&openclaw, speed, &stop)).map_err(CliError::Thread)
    });
    let replays = replays.collect::<Result<Vec<_>, _>>()?;
    say(Level::Info, &format!("open {}", place(server.address(), site.metrics_path())));
    let outcome = wait_for_signal();
    stop.set();
    let mut skipped = 0;
    for replay in replays {
        // Who opens or reads what is no file may be held for ever, and ends with the process.
        if replay.is_finished() || !may_block(serve) {
            skipped += replay.join().unwrap_or(0);
        }
    }
    server.stop();
    ticker.stop();
    outcome.map(|()| skipped)
}

/// The metrics' address, as `probe` takes it.
fn place(address: &Address, path: &str) -> String {
    match address {
        Address::Unix(_) => format!("{address}:{path}"),
        _ => format!("{address}{path}"),
    }
}

fn is_stdin(serve: &Serve) -> bool {
    serve.replay.as_deref() == Some(Path::new("-"))
}

/// Whether the recording is a pipe, a terminal or the like, which is waited for.
fn may_block(serve: &Serve) -> bool {
    is_stdin(serve) || serve.replay.as_deref().is_some_and(|path| path.metadata().is_ok_and(|is| !is.is_file()))
}

/// Where a thread's events come from.
enum Source {
    /// One share of the built-in sample, again and again.
    Sample {
        lines: String,
    },
    File {
        path: PathBuf,
        is_loop: bool,
        first: Option<Box<dyn BufRead + Send>>,
    },
}

fn sources(serve: &Serve) -> Result<Vec<Source>, CliError> {
    match &serve.replay {
        Some(_) if is_stdin(serve) && serve.is_loop => Err(CliError::LoopedInput),
        // To open a pipe is to wait for who writes into it: its thread does, and scrapes are answered meanwhile.
        Some(path) if !is_stdin(serve) && is_pipe(path) => {
            Ok(vec![Source::File { path: path.clone(), is_loop: serve.is_loop, first: None }])
        }
        // Opened here, so that an unreadable file is an error before anything runs.
        Some(path) => Ok(vec![Source::File { path: path.clone(), is_loop: serve.is_loop, first: Some(open(path)?) }]),
        None if serve.demo => Ok((0..DEMO_THREADS).map(Source::share).collect()),
        None => Err(CliError::NothingToServe),
    }
}

fn is_pipe(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.file_type().is_fifo())
}

impl Source {
    fn share(number: usize) -> Self {
        let lines = SAMPLE.lines().skip(number).step_by(DEMO_THREADS).flat_map(|line| [line, "\n"]).collect();
        Self::Sample { lines }
    }

    /// Replays to the end, or until it is time to stop. Returns how many lines were skipped.
    fn replay(self, openclaw: &OpenClaw, speed: f64, stop: &Stop) -> u64 {
        match self {
            Self::Sample { lines } => {
                // Once at once, so that the first scrape has something to show; then at its pace.
                let mut rounds = Rounds::new(stop, "the sample");
                rounds.pass(Cursor::new(&lines), openclaw, &mut Pace::at_once(stop));
                while rounds.go_on(speed) {
                    rounds.pass(Cursor::new(&lines), openclaw, &mut Pace::recorded(stop, speed));
                }
                0
            }
            Self::File { path, is_loop, mut first } => {
                let name = name(&path);
                let mut rounds = Rounds::new(stop, &name);
                while rounds.go_on(speed) {
                    let reader = match first.take().map_or_else(|| open(&path), Ok) {
                        Ok(reader) => reader,
                        Err(error) => {
                            say(Level::Error, &error.to_string());
                            return rounds.skipped() + 1;
                        }
                    };
                    rounds.pass(reader, openclaw, &mut Pace::recorded(stop, speed));
                    if !is_loop {
                        say(Level::Info, &format!("{name} is replayed; still serving"));
                        break;
                    }
                }
                rounds.skipped()
            }
        }
    }
}

/// Waits for SIGINT or SIGTERM.
fn wait_for_signal() -> Result<(), CliError> {
    use tokio::signal::unix::{SignalKind, signal};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().map_err(CliError::Thread)?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).map_err(CliError::Thread)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(CliError::Thread)?;
        std::future::poll_fn(|cx| {
            if terminate.poll_recv(cx).is_ready() || interrupt.poll_recv(cx).is_ready() {
                return std::task::Poll::Ready(());
            }
            std::task::Poll::Pending
        })
        .await;
        Ok(())
    })
}
