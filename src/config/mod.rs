//! One configuration for plugin, binary and library.
//!
//! A JSON or JSON5 file, or the same as a parsed value, under variables of the environment, under flags: flags win over
//! the environment, the environment over the file, the file over the defaults, key by key. A [`Config`] that exists is
//! valid; whatever is wrong is told at once, one line each, with its place and what to write instead. An empty variable
//! counts as not set. Nothing here reads the environment by itself.
//!
//! | key | type | default | allowed | variable | flag |
//! |---|---|---|---|---|---|
//! | `path` | string | `/metrics` | a path such as /metrics: segments of letters, digits and -._~!$&'()*+,;=:@, at most 256 bytes | `OPENCLAW_PROMETHEUS_PATH` | `--web.telemetry-path` |
//! | `port` | integer | `19464` | a whole number from 0 to 65535 | `OPENCLAW_PROMETHEUS_PORT` | `--web.listen-address` |
//! | `listenAddress` | string | `127.0.0.1` | an IP address, localhost or unix:/path/to.sock; the port is a key of its own | `OPENCLAW_PROMETHEUS_LISTEN_ADDRESS` | `--web.listen-address` |
//! | `collectIntervalMs` | integer | `1000` | 0 or a whole number from 10 to 3600000 | `OPENCLAW_PROMETHEUS_COLLECT_INTERVAL_MS` | `--collect-interval-ms` |
//! | `snapshotIntervalMs` | integer | `60000` | a whole number from 5000 to 86400000 | `OPENCLAW_PROMETHEUS_SNAPSHOT_INTERVAL_MS` |  |
//! | `workloadWindowMs` | integer | `300000` | a whole number from 10000 to 86400000 | `OPENCLAW_PROMETHEUS_WORKLOAD_WINDOW_MS` |  |
//! | `includeRuntime` | boolean | `true` | true or false | `OPENCLAW_PROMETHEUS_INCLUDE_RUNTIME` |  |
//! | `monitoredProviders` | array of strings | `[]` | an array of at most 64 names of 1 to 128 bytes without control characters |  |  |
//! | `instance` | string | none | a name of 1 to 256 bytes without control characters | `OPENCLAW_PROMETHEUS_INSTANCE` |  |
//! | `maxSeries` | integer | `8192` | a whole number from 1 to 1000000 | `OPENCLAW_PROMETHEUS_MAX_SERIES` |  |
//! | `formats.openMetrics` | boolean | `true` | true or false | `OPENCLAW_PROMETHEUS_FORMATS_OPEN_METRICS` |  |
//! | `formats.created` | boolean | `false` | true or false | `OPENCLAW_PROMETHEUS_FORMATS_CREATED` |  |
//! | `formats.gzip` | boolean | `true` | true or false | `OPENCLAW_PROMETHEUS_FORMATS_GZIP` |  |
//! | `scrapeAuth.enabled` | boolean | `false` | true or false | `OPENCLAW_PROMETHEUS_SCRAPE_AUTH_ENABLED` |  |
//! | `scrapeAuth.bearerTokenFile` | string | none | an absolute path of at most 4096 bytes | `OPENCLAW_PROMETHEUS_BEARER_TOKEN_FILE` |  |
//! | `scrapeAuth.bearerToken` | string | none | 1 to 4096 visible ASCII characters without spaces | `OPENCLAW_PROMETHEUS_BEARER_TOKEN` |  |
//!
//! `--web.listen-address` is address and port at once. `instance` is shown by the info metric and is no label of other
//! series. `OPENCLAW_PROMETHEUS_BEARER_TOKEN` wins over the token's file, and that over the key `bearerToken`, which is
//! for development only. Variables that begin with `OPENCLAW_PROMETHEUS_` and are not in the table are refused, but for
//! those that Kubernetes sets for a service of that name.
//!
//! A secret is never shown, not in an error and not by `Debug`: where a token may have been written by mistake, the
//! error says `(not shown)`.

mod builder;
mod error;
mod given;
mod key;
mod listen;
mod nearest;
mod token;
#[cfg(feature = "web-config")]
mod web;

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::encode::{Format, FormatSet};

pub use builder::ConfigBuilder;
pub use error::{ConfigError, ConfigErrors, Place};
pub use key::Key;
use listen::Host;
pub use listen::{Listen, ListenError};
pub use token::Token;
#[cfg(feature = "web-config")]
pub use web::WebConfig;

/// The variable that holds the token itself.
pub const TOKEN_VARIABLE: &str = "OPENCLAW_PROMETHEUS_BEARER_TOKEN";
/// What that variable was called by the plugin before this one. No shell can set it, but a service manager can; it is
/// read when the other is not set.
pub const TOKEN_VARIABLE_BEFORE: &str = "openclaw-prometheus_BEARER_TOKEN";

/// A valid configuration.
///
/// ```
/// use openclaw_prometheus::config::Config;
///
/// let config = Config::from_json5("{ port: 0, formats: { gzip: false } }")?;
/// assert_eq!(config.listen().to_string(), "127.0.0.1:0");
///
/// let errors = Config::from_json5("{ scrapeAuth: { enabled: 'yes' }, colectIntervalMs: 1000 }").unwrap_err();
/// assert_eq!(
///     errors.to_string(),
///     "config: scrapeAuth.enabled: \"yes\" given; write true or false\n\
///      config: colectIntervalMs: not a key; did you mean collectIntervalMs?"
/// );
/// # Ok::<(), openclaw_prometheus::config::ConfigErrors>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    path: String,
    host: Host,
    port: u16,
    collect_interval_ms: u64,
    snapshot_interval_ms: u64,
    workload_window_ms: u64,
    include_runtime: bool,
    monitored_providers: Vec<String>,
    instance: Option<String>,
    max_series: u32,
    formats: Formats,
    has_scrape_auth: bool,
    environment_token: Option<Token>,
    token_file: Option<PathBuf>,
    token: Option<Token>,
}

/// Where a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenSource<'a> {
    /// Here.
    Token(&'a Token),
    /// In a file, whose content may change.
    File(&'a Path),
    /// Nowhere, though one is asked for: one sentence that says what to set.
    Missing(String),
}

/// What a page may be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Formats {
    /// The formats, for clients that ask for them.
    pub offered: FormatSet,
    /// `_created` lines in OpenMetrics: when each series began, at the price of a line for each.
    pub created: bool,
    /// Pages packed with gzip, for clients that ask for it.
    pub gzip: bool,
}

impl Formats {
    fn offer(&mut self, format: Format, is_offered: bool) {
        self.offered = if is_offered { self.offered.with(format) } else { self.offered.without(format) };
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            path: "/metrics".into(),
            host: Host::Ip(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            port: 19464,
            collect_interval_ms: 1_000,
            snapshot_interval_ms: 60_000,
            workload_window_ms: 300_000,
            include_runtime: true,
            monitored_providers: Vec::new(),
            instance: None,
            max_series: 8_192,
            formats: Formats { offered: FormatSet::ALL, created: false, gzip: true },
            has_scrape_auth: false,
            environment_token: None,
            token_file: None,
            token: None,
        }
    }
}

impl Config {
    /// Lays several sources over one another.
    pub fn builder() -> ConfigBuilder {
        ConfigBuilder::default()
    }

    /// The configuration that a JSON or JSON5 text gives.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn from_json5(text: &str) -> Result<Self, ConfigErrors> {
        Self::builder().json5(text).build()
    }

    /// The configuration that parsed JSON gives.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn from_value(value: &Value) -> Result<Self, ConfigErrors> {
        Self::builder().value(value).build()
    }

    /// The configuration in a file: JSON or JSON5, at most 1 MiB.
    ///
    /// # Errors
    /// That the file cannot be read, or everything that is wrong with it.
    pub fn load(path: &Path) -> Result<Self, ConfigErrors> {
        Self::builder().file(path).build()
    }

    /// The object that gives this configuration again: every key with its value, but for the tokens.
    pub fn to_value(&self) -> Value {
        key::to_value(self)
    }

    /// Where the metrics are on the server.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The port as it was given: to a plugin 0 means no listener of its own, to the binary any free port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where to listen: address and port, or a Unix socket, which needs no port.
    pub fn listen(&self) -> Listen {
        self.host.with_port(self.port)
    }

    /// Time between two looks at the metrics; zero looks at every scrape.
    pub fn collect_interval(&self) -> Duration {
        Duration::from_millis(self.collect_interval_ms)
    }

    /// Time between two questions to the host, which cost it up to 1.3 s each.
    pub fn snapshot_interval(&self) -> Duration {
        Duration::from_millis(self.snapshot_interval_ms)
    }

    /// How far windowed figures look back.
    pub fn workload_window(&self) -> Duration {
        Duration::from_millis(self.workload_window_ms)
    }

    /// Whether figures of the host's process and runtime are there.
    pub fn includes_runtime(&self) -> bool {
        self.include_runtime
    }

    /// Providers that have series before their first call.
    pub fn monitored_providers(&self) -> &[String] {
        &self.monitored_providers
    }

    /// What this instance is called on the info metric. It is no label of other series: Prometheus names the instance
    /// by its target.
    pub fn instance(&self) -> Option<&str> {
        self.instance.as_deref()
    }

    /// Series with labels of an open set, over all families.
    pub fn max_series(&self) -> u32 {
        self.max_series
    }

    /// What pages may be written in.
    pub fn formats(&self) -> Formats {
        self.formats
    }

    /// Whether a scrape needs the token.
    pub fn has_scrape_auth(&self) -> bool {
        self.has_scrape_auth
    }

    /// Where the token is that a scrape needs; none if it needs none. The environment wins over the file, and that over
    /// the key `bearerToken`.
    pub fn token_source(&self) -> Option<TokenSource<'_>> {
        if !self.has_scrape_auth {
            return None;
        }
        Some(match (&self.environment_token, &self.token_file, &self.token) {
            (Some(token), ..) | (None, None, Some(token)) => TokenSource::Token(token),
            (None, Some(file), _) => TokenSource::File(file),
            (None, None, None) => TokenSource::Missing(format!(
                "config: scrapeAuth.enabled: true given, but no token; set {TOKEN_VARIABLE} or \
                 scrapeAuth.bearerTokenFile"
            )),
        })
    }

    /// What is allowed and most likely not meant, a sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let has_token = self.environment_token.is_some() || self.token_file.is_some() || self.token.is_some();
        if self.token.is_some() {
            warnings.push(format!(
                "config: scrapeAuth.bearerToken: development only; set {TOKEN_VARIABLE} or scrapeAuth.bearerTokenFile"
            ));
        }
        if has_token && !self.has_scrape_auth {
            warnings.push("config: scrapeAuth.enabled: false, so nobody is asked for the token".into());
        }
        warnings
    }

    /// Refuses to let other machines read the metrics without a token, unless that was asked for.
    ///
    /// # Errors
    /// What to change.
    pub fn check_exposure(&self, allow_unauthenticated: bool) -> Result<(), ConfigError> {
        let listen = self.listen();
        if listen.is_local() || self.has_scrape_auth || allow_unauthenticated {
            return Ok(());
        }
        Err(ConfigError::Exposed { listen })
    }

    fn set_listen(&mut self, listen: Listen) {
        match listen {
            Listen::Tcp(address) => {
                self.host = Host::Ip(address.ip());
                self.port = address.port();
            }
            Listen::Unix(path) => self.host = Host::Unix(path),
        }
    }
}
