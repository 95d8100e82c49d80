//! The command line: what can be asked, and one sentence for whatever goes wrong.

mod replay;
mod serve;

use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use openclaw_prometheus::publish::PublishError;
use openclaw_prometheus::serve::ServeError;
use openclaw_prometheus::{BuildError, RegisterError};

/// Done, but lines were skipped.
const SKIPPED: u8 = 1;
/// Not done.
const FAILED: u8 = 2;

/// Prometheus metrics for the OpenClaw Gateway. Without a command: serve --demo.
#[derive(Debug, Parser)]
#[command(version, about, after_help = "Exit status: 0 done, 1 done but some lines were skipped, 2 not done.")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the metrics that recorded events give.
    ///
    /// Each line is an object with an `event` and the host's `metadata`; events that nobody vouches for are left out.
    /// A line that cannot be used is reported with its number and skipped.
    Replay {
        /// The recording; `-` or nothing reads standard input.
        file: Option<PathBuf>,
    },
    /// Serve metrics over HTTP until SIGINT or SIGTERM.
    Serve(Serve),
}

#[derive(Debug, Args)]
struct Serve {
    /// Serve a small recorded sample that is built in, replayed in real time by several threads.
    #[arg(long, conflicts_with = "replay")]
    demo: bool,
    /// Serve a recording, replayed at its own pace; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// How many times faster than it was recorded.
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// Start again when the recording ends.
    #[arg(long = "loop", requires = "replay")]
    is_loop: bool,
    /// Where to listen; port 0 takes any.
    #[arg(long = "web.listen-address", value_name = "ADDRESS", default_value = DEFAULT_ADDRESS)]
    listen: SocketAddr,
    /// Milliseconds between two looks at the metrics; 0 looks at every scrape.
    #[arg(long, value_name = "MS", default_value_t = 1000)]
    collect_interval_ms: u64,
}

const DEFAULT_ADDRESS: &str = "127.0.0.1:19464";

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed > 0.0 && speed.is_finite() => Ok(speed),
        _ => Err("write a number above 0, such as 1 or 10".into()),
    }
}

/// What may go wrong, each with a sentence that says where and what instead.
#[derive(Debug)]
enum CliError {
    Usage(String),
    NothingToServe,
    LoopedInput,
    Read { path: PathBuf, error: io::Error },
    Write(io::Error),
    Thread(io::Error),
    Build(BuildError),
    Register(RegisterError),
    Publish(PublishError),
    Serve(ServeError),
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(sentence) => f.write_str(sentence),
            Self::NothingToServe => write!(f, "serve: nothing to serve; add --demo or --replay FILE"),
            Self::LoopedInput => {
                write!(f, "serve: standard input cannot be read again; name a file, or leave out --loop")
            }
            Self::Read { path, error } => write!(f, "cannot read {}: {error}", name(path)),
            Self::Write(error) => write!(f, "cannot write the metrics: {error}"),
            Self::Thread(error) => write!(f, "the system gave no thread or signal: {error}"),
            Self::Build(error) => error.fmt(f),
            Self::Register(error) => error.fmt(f),
            Self::Publish(error) => error.fmt(f),
            Self::Serve(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CliError {}

macro_rules! from {
    ($($error:ty => $variant:ident),*) => {$(
        impl From<$error> for CliError {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        }
    )*};
}
from!(BuildError => Build, RegisterError => Register, PublishError => Publish, ServeError => Serve);

/// Runs the program.
pub(crate) fn run() -> ExitCode {
    let outcome = match Cli::try_parse() {
        Ok(cli) => match cli.command {
            None => serve::run(&Serve::default_demo()),
            Some(Command::Serve(serve)) => serve::run(&serve),
            Some(Command::Replay { file }) => replay::run(file.as_deref().unwrap_or(Path::new("-"))),
        },
        // Help and version are no errors, and clap knows where to print them.
        Err(asked) if !asked.use_stderr() => {
            let _ = asked.print();
            return ExitCode::SUCCESS;
        }
        Err(error) => Err(CliError::Usage(sentence(&error.to_string()))),
    };
    match outcome {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(SKIPPED),
        Err(error) => {
            say(&format!("openclaw-prometheus: {error}"));
            ExitCode::from(FAILED)
        }
    }
}

/// The first sentence of what clap says; the rest is the usage, which `--help` has.
fn sentence(message: &str) -> String {
    let lines = message.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let text = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    format!(
        "{}; see --help",
        text.trim_start_matches("error: ").trim_end_matches("For more information, try '--help'.").trim()
    )
}

/// One line for the person at the terminal.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

impl Serve {
    fn default_demo() -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 19464));
        Self { demo: true, replay: None, speed: 1.0, is_loop: false, listen, collect_interval_ms: 1000 }
    }

    fn interval(&self) -> Duration {
        Duration::from_millis(self.collect_interval_ms)
    }
}

/// What a recording is called in a sentence.
fn name(path: &Path) -> String {
    if path == Path::new("-") { "standard input".into() } else { path.display().to_string() }
}

/// A recording to read from.
fn open(path: &Path) -> Result<Box<dyn io::BufRead + Send>, CliError> {
    if path == Path::new("-") {
        return Ok(Box::new(io::BufReader::new(io::stdin())));
    }
    let read = |error| CliError::Read { path: path.into(), error };
    let file = std::fs::File::open(path).map_err(read)?;
    if file.metadata().map_err(read)?.is_dir() {
        return Err(read(io::ErrorKind::IsADirectory.into()));
    }
    Ok(Box::new(io::BufReader::with_capacity(1 << 16, file)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
        assert_eq!(Serve::default_demo().listen.to_string(), DEFAULT_ADDRESS);
    }

    #[test]
    fn a_bad_flag_is_one_sentence() {
        let error = Cli::try_parse_from(["openclaw-prometheus", "serve", "--speed", "fast"]).unwrap_err();
        let sentence = sentence(&error.to_string());
        assert_eq!(
            sentence,
            "invalid value 'fast' for '--speed <N>': write a number above 0, such as 1 or 10; see --help"
        );
    }
}
