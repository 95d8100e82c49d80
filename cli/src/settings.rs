//! What `serve` was asked for: flags over the environment over the file over the defaults.

use std::ffi::OsString;
use std::path::Path;

use openclaw_prometheus::config::{Config, ConfigBuilder, WebConfig};

use super::logging::{Level, say};
use super::{CliError, Serve};

/// Reads all of it, and refuses what is not to be served.
pub(super) fn read(serve: &Serve) -> Result<(Config, WebConfig), CliError> {
    let (config, web) = match layers(serve).build() {
        Ok(config) => {
            let web = config.web_config().map_err(|errors| CliError::Config(vec![errors]))?;
            (config, web)
        }
        // All that is wrong at once: the file of the flag is known all the same.
        Err(errors) => {
            let web = serve.web_config.as_ref().and_then(|file| WebConfig::load(Path::new(file)).err());
            return Err(CliError::Config([errors].into_iter().chain(web).collect()));
        }
    };
    // What systemd hands over is looked at when it is there.
    if !serve.systemd_socket {
        config.check_exposure(serve.allow_unauthenticated || web.asks_who())?;
    }
    Ok((config, web))
}

/// File, environment and flags, laid over one another.
pub(super) fn layers(serve: &Serve) -> ConfigBuilder {
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
    builder
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

/// What the variable is called that was read as `name`.
pub(super) fn variable(name: &str) -> &str {
    let its = GATEWAY_SECRETS.iter().find(|(_, ours)| *ours == name).filter(|(_, ours)| !is_set(ours));
    its.map_or(name, |(its, _)| its)
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// The variables of the environment. The Gateway's own are read where ours are not set, so that one environment does for
/// both.
fn environment() -> impl Iterator<Item = (OsString, OsString)> {
    let others = GATEWAY_SECRETS.into_iter().filter_map(|(its, ours)| {
        let value = std::env::var_os(its).filter(|_| !is_set(ours))?;
        Some((ours.into(), value))
    });
    std::env::vars_os().chain(others.collect::<Vec<_>>())
}
