//! SIGHUP: the configuration is read again, and what can change while it serves is taken over: who may scrape, the headers of
//! answers, the budget, the collectors. What cannot is said by name. A configuration with a mistake changes nothing, and is told by
//! the log and by `openclaw_exporter_config_last_reload_successful`.

use std::sync::Arc;

use openclaw_prometheus::collector::Reloads;
use openclaw_prometheus::config::{Config, Key, WebConfig};
use openclaw_prometheus::exporter;
use openclaw_prometheus::openclaw::rpc::Rpc;
use openclaw_prometheus::serve::Site;

use crate::logging::{Level, say};
use crate::{CliError, Serve, settings};

/// Keys that take effect while it serves.
const TAKEN: [&str; 5] = [
    "scrapeAuth.enabled",
    "scrapeAuth.bearerTokenFile",
    "scrapeAuth.bearerToken",
    "budget.perDay",
    "collectors.disabled",
];

/// What is served, by which configuration.
pub(super) struct Reload<'s> {
    serve: &'s Serve,
    config: Config,
    served: Vec<Served>,
}

/// One exporter.
pub(super) struct Served {
    pub(super) site: Arc<Site>,
    pub(super) rpc: Rpc,
    pub(super) reloads: Reloads,
}

impl<'s> Reload<'s> {
    pub(super) fn new(serve: &'s Serve, config: &Config, served: Vec<Served>) -> Self {
        Self { serve, config: config.clone(), served }
    }

    /// Reads it again.
    pub(super) fn reload(&mut self) {
        let outcome = settings::read(self.serve);
        let is_taken = outcome.is_ok();
        match outcome {
            Ok((config, web)) => self.take(config, &web),
            Err(error) => self.refuse(&error),
        }
        for Served { reloads, .. } in &self.served {
            reloads.tell(is_taken);
        }
    }

    fn take(&mut self, config: Config, web: &WebConfig) {
        let differs = |key: &&Key| key.value(&self.config) != key.value(&config);
        let (taken, waiting): (Vec<&str>, Vec<&str>) =
            Key::all().iter().filter(differs).map(Key::name).partition(|name| TAKEN.contains(name));
        for Served { site, rpc, .. } in &self.served {
            site.replace_auth(exporter::auth(&config));
            site.replace_headers(web.headers());
            rpc.budget(config.budget_per_day());
            exporter::switch_collectors(&config, site, rpc);
        }
        let changed = if taken.is_empty() { String::new() } else { format!("; changed: {}", taken.join(", ")) };
        say(Level::Info, &format!("reload: the configuration is taken{changed}"));
        if !waiting.is_empty() {
            let names = waiting.join(", ");
            say(Level::Warn, &format!("reload: {names} changed too, and takes effect with a restart"));
        }
        // What waits for a restart is told again until there was one.
        settings::tell(&config);
    }

    fn refuse(&self, error: &CliError) {
        for line in error.to_string().lines() {
            say(Level::Error, &format!("reload: nothing is changed: {line}"));
        }
    }
}
