//! The `openclaw-prometheus` program: serves, replays and probes metrics, and lists the catalogue.
//!
//! This file is the command line: what can be asked, and one sentence for whatever goes wrong. Exit status: 0 done, 1 done
//! but some lines were skipped, 2 not done.

#![forbid(unsafe_code)]

mod catalogue;
mod collectors;
pub mod exposition;
mod fetch;
mod logging;
mod probe;
mod replay;
mod serve;
mod settings;
mod status;
mod terminal;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use openclaw_prometheus::config::{ConfigError, ConfigErrors};
use openclaw_prometheus::exporter::{AskError, ExporterError};
use openclaw_prometheus::publish::PublishError;
use openclaw_prometheus::serve::{InstanceError, ServeError};
use openclaw_prometheus::{BuildError, RegisterError};

use logging::{Format, Level, say};

/// Done, but lines were skipped.
const SKIPPED: u8 = 1;
/// Not done.
const FAILED: u8 = 2;

/// Prometheus metrics for the OpenClaw Gateway. Without a command: serve; --demo shows it with a recording of its own.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
#[command(after_help = "Exit status: 0 done, 1 done but some lines were skipped, 2 not done.")]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
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
    ///
    /// A flag wins over the environment, the environment over the file of --config, and that over the defaults.
    Serve(Box<Serve>),
    /// List every metric: what it tells, its type, labels and buckets, where it comes from, what it replaces.
    Catalogue(catalogue::Catalogue),
    /// Fetch a metrics page as Prometheus does, and say what is wrong with it.
    Probe(probe::Probe),
    /// Say how a Gateway is: what is wrong and since when, and its vital signs.
    Status(status::Status),
}

#[derive(Debug, Args)]
struct Serve {
    /// Serve a small recording that is built in, in a loop and in real time, as if it were a Gateway of now.
    #[arg(long, conflicts_with = "replay")]
    demo: bool,
    /// Have so many Gateways in the demo, each under /i/NAME/metrics, named gw-001 and so on; /sd lists them for Prometheus.
    #[arg(long, value_name = "N", requires = "demo", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    instances: Option<u32>,
    /// Have something go wrong in the demo, after a minute or when it is said, with all instances or one: NAME[@INSTANCE][:after=60s].
    #[arg(long, value_name = "NAME", requires = "demo")]
    fault: Vec<serve::PlannedFault>,
    /// Serve a recording, replayed at its own pace; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// How many times faster than it was recorded.
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// Start again when the recording ends: after a second at the least, divided by the speed.
    #[arg(long = "loop", requires = "replay")]
    is_loop: bool,
    /// Ask this Gateway, such as ws://127.0.0.1:18789, for what it tells over its RPC. Its token is that of --token-file or of
    /// OPENCLAW_GATEWAY_TOKEN.
    #[arg(long, value_name = "URL", conflicts_with_all = ["demo", "replay"])]
    gateway: Option<String>,
    /// A file that holds the Gateway's token; read again at each connection.
    #[arg(long, value_name = "FILE", value_parser = absolute)]
    token_file: Option<String>,
    /// A file of certificates that are trusted beside the system's, for wss://.
    #[arg(long, value_name = "FILE", value_parser = absolute)]
    gateway_ca_file: Option<String>,
    /// The configuration: JSON or JSON5, all keys optional.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to listen: 127.0.0.1:19464 if nothing says otherwise; :PORT for all addresses, port 0 for any that is free.
    #[arg(long = "web.listen-address", value_name = "ADDRESS")]
    listen: Option<String>,
    /// Where the metrics are: /metrics if nothing says otherwise.
    #[arg(long = "web.telemetry-path", value_name = "PATH")]
    path: Option<String>,
    /// A web configuration as Prometheus exporters have it (YAML); what is not done here is refused.
    #[arg(long = "web.config.file", value_name = "FILE")]
    web_config: Option<PathBuf>,
    #[command(flatten)]
    collectors: collectors::CollectorFlags,
    /// Listen beyond this machine though nobody is asked for a token.
    #[arg(long)]
    allow_unauthenticated: bool,
    /// Milliseconds between two renders of the page: 1000 if nothing says otherwise; 0 renders at every scrape.
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    collect_interval_ms: Option<String>,
    /// Leave out lines that weigh less.
    #[arg(long = "log.level", value_name = "LEVEL", value_enum, default_value_t = Level::Info)]
    level: Level,
    /// How lines are written.
    #[arg(long = "log.format", value_name = "FORMAT", value_enum, default_value_t = Format::Logfmt)]
    format: Format,
}

/// A file from where the program was started.
fn absolute(text: &str) -> Result<String, String> {
    let path = std::path::absolute(text).map_err(|error| error.to_string())?;
    path.into_os_string().into_string().map_err(|_| "its folder's name is not UTF-8".into())
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed > 0.0 && speed.is_finite() => Ok(speed),
        _ => Err("write a number above 0, such as 1 or 10".into()),
    }
}

/// What may go wrong, each with a sentence that says where and what instead.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error("{0}")]
    Usage(String),
    #[error("serve: nothing to serve; add --gateway URL, --demo or --replay FILE")]
    NothingToServe,
    #[error("serve: {url} is to be asked (gateway.url) and a recording to be replayed; leave one of them out")]
    TwoSources { url: String },
    #[error("serve: --fault: {instance:?} is named, and there is one instance; leave out the @, or add --instances N")]
    OneInstance { instance: Box<str> },
    #[error("serve: --fault: there is no instance {instance:?}; they are {first} to {last}")]
    NoInstance { instance: Box<str>, first: String, last: String },
    #[error("serve: standard input cannot be read again; name a file, or leave out --loop")]
    LoopedInput,
    #[error("{}", .0.iter().flatten().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Config(Vec<ConfigErrors>),
    #[error(transparent)]
    Setting(#[from] ConfigError),
    #[error("cannot read {}: {error}", name(.path))]
    Read {
        path: PathBuf,
        #[source]
        error: io::Error,
    },
    #[error("cannot write the metrics: {0}")]
    Write(#[source] io::Error),
    #[error("the system gave no thread or signal: {0}")]
    Thread(#[source] io::Error),
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error(transparent)]
    Register(#[from] RegisterError),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(transparent)]
    Exporter(#[from] ExporterError),
    #[error(transparent)]
    Instance(#[from] InstanceError),
    #[error(transparent)]
    Probe(probe::ProbeError),
    #[error(transparent)]
    Status(status::StatusError),
}

/// Runs the program.
pub fn run() -> ExitCode {
    let outcome = match Cli::try_parse() {
        Ok(cli) => match cli.command {
            None => serve::run(&cli.serve),
            Some(Command::Serve(serve)) => serve::run(&serve),
            Some(Command::Probe(probe)) => probe::run(&probe),
            Some(Command::Status(status)) => status::run(&status),
            Some(Command::Catalogue(catalogue)) => catalogue::run(&catalogue),
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
            error.to_string().lines().for_each(|line| say(Level::Error, line));
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

impl Serve {
    /// The flags that are settings, as far as they were given.
    fn settings(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("--web.listen-address", &self.listen),
            ("--web.telemetry-path", &self.path),
            ("--collect-interval-ms", &self.collect_interval_ms),
            ("--gateway", &self.gateway),
            ("--token-file", &self.token_file),
            ("--gateway-ca-file", &self.gateway_ca_file),
        ]
        .into_iter()
        .filter_map(|(flag, value)| Some((flag, value.as_deref()?)))
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
