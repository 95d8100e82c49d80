//! `config`: what an operator asks of settings before anything serves: whether files are right, and what holds and why.

mod check;

use clap::{Args, Subcommand};

use super::CliError;

#[derive(Debug, Args)]
pub(super) struct Config {
    #[command(subcommand)]
    ask: Ask,
}

#[derive(Debug, Subcommand)]
enum Ask {
    /// Say whether configuration files are right; each mistake is a line with its place, what is there and what is allowed.
    Check(check::Check),
}

/// Answers.
pub(super) fn run(config: &Config) -> Result<u64, CliError> {
    match &config.ask {
        Ask::Check(check) => check::run(check),
    }
}
