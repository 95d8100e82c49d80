//! The `openclaw-prometheus` program: serves, replays and probes metrics, and lists the catalogue.
//!
//! This file is the command line: what can be asked, and one sentence for whatever goes wrong. Exit status: 0 done, 1 done
//! but some lines were skipped, 2 not done.

#![forbid(unsafe_code)]

mod catalogue;
mod collectors;
mod config;
pub mod exposition;
mod fetch;
mod logging;
mod manual;
mod probe;
mod replay;
pub mod scraper;
mod serve;
mod settings;
mod status;
mod terminal;
mod usage;
mod version;

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Arg, ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use openclaw_prometheus::config::{Config, ConfigError, ConfigErrors, Key};
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
#[command(name = "openclaw-prometheus", version, args_conflicts_with_subcommands = true)]
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
    /// Check a configuration, print the settings that hold, or describe them all.
    Config(config::Config),
    /// Print what a shell needs to complete the command line, as `. <(openclaw-prometheus completions bash)`.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page of the program, or of a command, as `openclaw-prometheus man serve | man -l -`.
    Man {
        /// The command, such as `serve` or `config check`.
        command: Vec<String>,
    },
}

/// What a flag without words here does, its key tells.
#[derive(Debug, Args)]
struct Serve {
    /// Serve a small recording that is built in, in a loop and in real time, as if it were a Gateway of now.
    #[arg(long, conflicts_with = "replay")]
    demo: bool,
    /// Have so many Gateways in the demo, each under /i/NAME/metrics, named gw-001 and so on; /sd lists them for Prometheus.
    #[arg(long, value_name = "N", requires = "demo", value_parser = instances)]
    instances: Option<u32>,
    /// Have something go wrong in the demo, after a minute or when it is said, with all instances or one: NAME[@INSTANCE][:after=60s].
    #[arg(long, value_name = "NAME", requires = "demo")]
    fault: Vec<serve::PlannedFault>,
    /// Serve a recording, replayed at its own pace; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
    /// How many times faster than it was recorded.
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = speed, allow_negative_numbers = true)]
    speed: f64,
    /// Start again when the recording ends: after a second at the least, divided by the speed.
    #[arg(long = "loop", requires = "replay")]
    is_loop: bool,
    #[arg(long, value_name = "URL", conflicts_with_all = ["demo", "replay"])]
    gateway: Option<String>,
    #[arg(long, value_name = "FILE", value_parser = absolute)]
    token_file: Option<String>,
    #[arg(long, value_name = "FILE", value_parser = absolute)]
    gateway_ca_file: Option<String>,
    /// The configuration: JSON or JSON5, all keys optional.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where to listen: 127.0.0.1:19464 if nothing says otherwise; :PORT for all addresses, port 0 for any that is free.
    /// May be given several times.
    #[arg(long = "web.listen-address", value_name = "ADDRESS")]
    listen: Vec<String>,
    /// Serve on the sockets that systemd hands over (LISTEN_FDS), and listen nowhere else.
    #[arg(long = "web.systemd-socket", conflicts_with = "listen")]
    systemd_socket: bool,
    #[arg(long = "web.unix-socket-mode", value_name = "MODE")]
    unix_socket_mode: Option<String>,
    #[arg(long = "web.route-prefix", value_name = "PATH")]
    route_prefix: Option<String>,
    #[arg(long = "web.external-url", value_name = "URL")]
    external_url: Option<String>,
    #[arg(long = "web.max-requests", value_name = "N")]
    max_requests: Option<String>,
    /// Reload at POST /-/reload too, for whoever may scrape.
    #[arg(long = "web.enable-lifecycle")]
    enable_lifecycle: bool,
    #[arg(long = "web.telemetry-path", value_name = "PATH")]
    path: Option<String>,
    #[arg(long = "web.config.file", value_name = "FILE", value_parser = absolute)]
    web_config: Option<String>,
    #[command(flatten)]
    collectors: collectors::CollectorFlags,
    /// Listen beyond this machine though nobody is asked for a token.
    #[arg(long)]
    allow_unauthenticated: bool,
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

fn instances(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (1..=10_000).contains(number));
    number.ok_or_else(|| "write a whole number from 1 to 10000".into())
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
    #[error(
        "serve: --web.systemd-socket: no socket was handed over (LISTEN_FDS); have a .socket unit of systemd start this"
    )]
    NothingHandedOver,
    #[error(
        "serve: --web.systemd-socket: socket {index} of those handed over is no stream that listens; write ListenStream="
    )]
    HandedOver { index: usize },
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
    /// What is wrong was told already.
    #[error("")]
    Told,
}

/// Runs the program.
pub fn run() -> ExitCode {
    let parsed = command().try_get_matches().and_then(|given| Ok((Cli::from_arg_matches(&given)?, given)));
    let outcome = match parsed {
        Ok((cli, given)) => match cli.command {
            None => serve::run(&cli.serve),
            Some(Command::Serve(serve)) => serve::run(&serve),
            Some(Command::Probe(probe)) => probe::run(&probe),
            Some(Command::Status(status)) => status::run(&status),
            Some(Command::Catalogue(catalogue)) => catalogue::run(&catalogue),
            Some(Command::Config(config)) => config::run(&config, innermost(&given)),
            Some(Command::Completions { shell }) => manual::completions(shell),
            Some(Command::Man { command }) => manual::man(&command),
            Some(Command::Replay { file }) => replay::run(file.as_deref().unwrap_or(Path::new("-"))),
        },
        // Help and version are no errors, and clap knows where to print them.
        Err(asked) if !asked.use_stderr() => {
            let _ = asked.print();
            return ExitCode::SUCCESS;
        }
        Err(error) => Err(CliError::Usage(usage::sentence(&error))),
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

/// The command line.
fn command() -> clap::Command {
    with_keys(Cli::command().long_version(version::long()))
}

/// What keys tell of the flags that set them.
fn with_keys(command: clap::Command) -> clap::Command {
    let told = |arg: Arg| {
        let flag = arg.get_long().map(|long| format!("--{long}"));
        let key = Key::all().iter().find(|key| key.flag() == flag.as_deref() && flag.is_some());
        match key.filter(|_| arg.get_help().is_none()) {
            Some(key) => {
                let default =
                    key.value(&Config::default()).map(|value| format!(" [default: {value}]").replace('"', ""));
                let variable = key.variable().map(|variable| format!(" [env: {variable}]")).unwrap_or_default();
                arg.help(format!("{}{} [key: {}]{variable}", key.help(), default.unwrap_or_default(), key.name()))
            }
            None => arg,
        }
    };
    command.mut_args(told).mut_subcommands(with_keys)
}

/// What was given to the command that was asked for.
fn innermost(given: &ArgMatches) -> &ArgMatches {
    given.subcommand().map_or(given, |(_, given)| innermost(given))
}

impl Serve {
    /// The flags that are settings, as far as they were given.
    fn settings(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let listen = self.listen.iter().map(|address| ("--web.listen-address", address.as_str()));
        let others = [
            ("--web.unix-socket-mode", &self.unix_socket_mode),
            ("--web.route-prefix", &self.route_prefix),
            ("--web.external-url", &self.external_url),
            ("--web.max-requests", &self.max_requests),
            ("--web.config.file", &self.web_config),
            ("--web.telemetry-path", &self.path),
            ("--collect-interval-ms", &self.collect_interval_ms),
            ("--gateway", &self.gateway),
            ("--token-file", &self.token_file),
            ("--gateway-ca-file", &self.gateway_ca_file),
        ];
        listen.chain(others.into_iter().filter_map(|(flag, value)| Some((flag, value.as_deref()?))))
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

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }
}
