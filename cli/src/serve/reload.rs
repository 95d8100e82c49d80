//! SIGHUP, or `POST /-/reload`: the configuration is read again, and what can change while it serves is taken over: who may scrape,
//! what the file of `--web.config.file` says, the budget, the collectors. What cannot is said by name. A configuration with a mistake
//! changes nothing, and is told by the log and by
//! `openclaw_exporter_config_last_reload_successful`.

use std::sync::Arc;

use openclaw_prometheus::collector::Reloads;
use openclaw_prometheus::config::{Config, ConfigError, Key, WebConfig};
use openclaw_prometheus::exporter;
use openclaw_prometheus::openclaw::rpc::Rpc;
use openclaw_prometheus::serve::Site;
use openclaw_prometheus::web::Web;

use crate::logging::{Level, say};
use crate::{Serve, settings};

/// Keys that take effect while it serves.
pub(crate) const TAKEN: [&str; 6] = [
    "scrapeAuth.enabled",
    "scrapeAuth.bearerTokenFile",
    "scrapeAuth.bearerToken",
    "webConfigFile",
    "budget.perDay",
    "collectors.disabled",
];

/// What is served, by which configuration.
pub(super) struct Reload<'s> {
    serve: &'s Serve,
    /// The one that it was started with.
    begun: Config,
    /// The one that was taken last.
    taken: Config,
    /// The site that servers serve, with all others behind it.
    front: Arc<Site>,
    served: Vec<Served>,
}

/// One exporter.
pub(super) struct Served {
    pub(super) site: Arc<Site>,
    pub(super) rpc: Rpc,
    pub(super) reloads: Reloads,
}

impl<'s> Reload<'s> {
    pub(super) fn new(serve: &'s Serve, config: &Config, front: &Arc<Site>, served: Vec<Served>) -> Self {
        Self { serve, begun: config.clone(), taken: config.clone(), front: front.clone(), served }
    }

    /// Reads it again. An error is why nothing is changed.
    pub(super) fn reload(&mut self) -> Result<(), String> {
        let outcome = settings::read(self.serve).and_then(|(config, web)| {
            let secured = web.web().map_err(ConfigError::Tls)?;
            Ok(self.take(config, &web, secured))
        });
        // Before it is said: whoever reads the line finds the metrics as they are now.
        for Served { reloads, .. } in &self.served {
            reloads.tell(outcome.is_ok());
        }
        match outcome {
            Ok(lines) => {
                lines.iter().for_each(|(level, line)| say(*level, line));
                settings::tell(&self.taken);
                Ok(())
            }
            Err(error) => {
                for line in error.to_string().lines() {
                    say(Level::Error, &format!("reload: nothing is changed: {line}"));
                }
                Err(error.to_string())
            }
        }
    }

    /// Takes it over, and gives what is to be said of it.
    fn take(&mut self, config: Config, web: &WebConfig, secured: Web) -> Vec<(Level, String)> {
        let named = |before: &Config, is_taken: bool| -> Vec<&str> {
            let keys = Key::all().iter().filter(|key| TAKEN.contains(&key.name()) == is_taken);
            keys.filter(|key| key.value(before) != key.value(&config)).map(Key::name).collect()
        };
        // What waits for a restart is told again until there was one.
        let (taken, waiting) = (named(&self.taken, true), named(&self.begun, false));
        self.front.replace_web(secured);
        for Served { site, rpc, .. } in &self.served {
            site.replace_auth(exporter::auth(&config));
            site.replace_headers(web.headers());
            rpc.budget(config.budget_per_day());
            exporter::switch_collectors(&config, site, rpc);
        }
        let changed = if taken.is_empty() { String::new() } else { format!("; changed: {}", taken.join(", ")) };
        let mut lines = vec![(Level::Info, format!("reload: the configuration is taken{changed}"))];
        if !waiting.is_empty() {
            let names = waiting.join(", ");
            lines.push((Level::Warn, format!("reload: {names} changed too, and takes effect with a restart")));
        }
        self.taken = config;
        lines
    }
}
