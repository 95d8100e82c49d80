//! What `serve` was asked for: flags over the environment over the file over the defaults.

use std::ffi::OsString;

use openclaw_prometheus::config::{Config, WebConfig};

use super::logging::{Level, say};
use super::{CliError, Serve};

/// Reads all of it, and refuses what is not to be served.
pub(super) fn read(serve: &Serve) -> Result<(Config, WebConfig), CliError> {
    let mut builder = Config::builder();
    if let Some(file) = &serve.config {
        builder = builder.file(file);
    }
    builder = builder.environment(environment());
    for (flag, value) in serve.settings() {
        builder = builder.flag(flag, value);
    }
    for (name, is_enabled) in serve.collectors.settings() {
        builder = builder.collector(name, is_enabled);
    }
    let config = builder.build();
    let web = serve.web_config.as_deref().map_or_else(|| Ok(WebConfig::default()), WebConfig::load);
    let (config, web) = match (config, web) {
        (Ok(config), Ok(web)) => (config, web),
        (config, web) => return Err(CliError::Config(config.err().into_iter().chain(web.err()).collect())),
    };
    config.check_exposure(serve.allow_unauthenticated)?;
    Ok((config, web))
}

/// Says what is remarkable about it.
pub(super) fn tell(config: &Config) {
    for warning in config.warnings() {
        say(Level::Warn, &warning);
    }
    say(Level::Debug, &format!("the configuration is {}", config.to_value()));
}

/// What the Gateway itself calls its token and its password, beside our names for them.
const GATEWAY_SECRETS: [(&str, &str); 2] = [
    ("OPENCLAW_GATEWAY_TOKEN", "OPENCLAW_PROMETHEUS_GATEWAY_TOKEN"),
    ("OPENCLAW_GATEWAY_PASSWORD", "OPENCLAW_PROMETHEUS_GATEWAY_PASSWORD"),
];

/// The variables of the environment. The Gateway's own are read where ours are not set, so that one environment does for
/// both.
fn environment() -> impl Iterator<Item = (OsString, OsString)> {
    let others = GATEWAY_SECRETS.into_iter().filter_map(|(its, ours)| {
        let is_ours_set = std::env::var_os(ours).is_some_and(|value| !value.is_empty());
        let value = std::env::var_os(its).filter(|_| !is_ours_set)?;
        Some((ours.into(), value))
    });
    std::env::vars_os().chain(others.collect::<Vec<_>>())
}
