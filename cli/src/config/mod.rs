//! `config`: what an operator asks of settings before anything serves: whether files are right, and what holds and why.

mod check;
mod print;
mod reference;

use clap::{ArgMatches, Args, Subcommand};

use openclaw_prometheus::config as settings;

use super::CliError;
use super::terminal::print;

#[derive(Debug, Args)]
#[command(arg_required_else_help = false)]
pub(super) struct Config {
    #[command(subcommand)]
    ask: Ask,
}

#[derive(Debug, Subcommand)]
enum Ask {
    /// Say whether configuration files are right; each mistake is a line with its place, what is there and what is allowed.
    Check(check::Check),
    /// Print the settings that hold, and where each comes from: default, file, variable or flag. No secret is printed.
    ///
    /// It takes what `serve` takes: put `config print` in its place in a command line or a unit, and see what it would serve with.
    Print(Box<print::Print>),
    /// Print the JSON Schema of a configuration.
    Schema {
        /// Leave out what refuses a value, as the plugin's manifest does: the Gateway would not start over a mistake.
        #[arg(long)]
        advisory: bool,
    },
    /// Print the reference of all settings in Markdown.
    Docs(reference::Reference),
}

/// Answers. `given` is the command line that asks.
pub(super) fn run(config: &Config, given: &ArgMatches) -> Result<u64, CliError> {
    match &config.ask {
        Ask::Check(check) => check::run(check),
        Ask::Print(asked) => print::run(asked, given),
        Ask::Schema { advisory } => schema(*advisory),
        Ask::Docs(asked) => reference::run(asked),
    }
}

fn schema(is_advisory: bool) -> Result<u64, CliError> {
    let schema = if is_advisory { settings::Config::advisory_schema() } else { settings::Config::schema() };
    let text = serde_json::to_string_pretty(&schema).map_err(|error| CliError::Write(error.into()))?;
    print(&(text + "\n"))?;
    Ok(0)
}
