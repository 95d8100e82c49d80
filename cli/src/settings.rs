//! What `serve` was asked for: flags over the environment over the file over the defaults.

use openclaw_prometheus::config::{Config, WebConfig};

use super::terminal::{self, Level};
use super::{CliError, Serve};

/// Reads all of it, and refuses what is not to be served.
pub(super) fn read(serve: &Serve) -> Result<(Config, WebConfig), CliError> {
    let mut builder = Config::builder();
    if let Some(file) = &serve.config {
        builder = builder.file(file);
    }
    builder = builder.environment(std::env::vars_os());
    for (flag, value) in serve.settings() {
        builder = builder.flag(flag, value);
    }
    let config = builder.build();
    let web = serve.web_config.as_deref().map_or_else(|| Ok(WebConfig::default()), WebConfig::load);
    let (config, web) = match (config, web) {
        (Ok(config), Ok(web)) => (config, web),
        (config, web) => return Err(CliError::Config(config.err().into_iter().chain(web.err()).collect())),
    };
    config.check_exposure(serve.allow_unauthenticated)?;
    for warning in config.warnings() {
        terminal::say(Level::Warn, &warning);
    }
    terminal::say(Level::Debug, &format!("the configuration is {}", config.to_value()));
    Ok((config, web))
}
