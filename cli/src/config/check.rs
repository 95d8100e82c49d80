//! `config check`: whether files are right, without serving anything.

use std::path::{Path, PathBuf};

use clap::Args;
use openclaw_prometheus::config::{Config, ConfigErrors, Key, Origin, WebConfig};

use crate::CliError;
use crate::terminal::{print, tell};

#[derive(Debug, Args)]
pub(super) struct Check {
    /// A configuration: JSON or JSON5.
    #[arg(value_name = "FILE", required_unless_present = "web_config")]
    config: Option<PathBuf>,
    /// A web configuration: YAML.
    #[arg(long = "web.config.file", value_name = "FILE")]
    web_config: Option<PathBuf>,
}

/// Says of each file that it is right, or all that is wrong.
pub(super) fn run(check: &Check) -> Result<u64, CliError> {
    let config = check.config.as_deref().map(|file| (file, configuration(file)));
    let web = check.web_config.as_deref().map(|file| (file, web_configuration(file)));
    let mut is_right = true;
    for (file, outcome) in [config, web].into_iter().flatten() {
        match outcome {
            Ok(what) => _ = print(&format!("{}: {what}\n", file.display()))?,
            Err(errors) => {
                errors.placed().for_each(|line| tell(&line));
                is_right = false;
            }
        }
    }
    if is_right { Ok(0) } else { Err(CliError::Told) }
}

fn configuration(file: &Path) -> Result<String, ConfigErrors> {
    let (config, origins) = Config::builder().file(file).build_with_origins()?;
    let given = Key::all().iter().filter(|key| *origins.of(key) != Origin::Default).count();
    // The file of `webConfigFile` is as much part of it as what it has itself.
    let web = config.web_config()?;
    let exposed = config.check_exposure(web.asks_who()).err().map(|error| error.to_string());
    for warning in config.warnings().into_iter().chain(exposed) {
        tell(&format!("{}: warning: {}", file.display(), warning.trim_start_matches("config: ")));
    }
    Ok(format!("right, {given} of {} settings given", Key::all().len()))
}

fn web_configuration(file: &Path) -> Result<String, ConfigErrors> {
    WebConfig::load(file).map(|_| "right".to_owned())
}
