//! A configuration that is valid: what it holds, and what follows from it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::ConfigError;
use super::listen::{Host, Listen};
use super::token::{Password, TOKEN_VARIABLE, Token};
use crate::encode::{Format, FormatSet};
use crate::section::Section;

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
    pub(super) path: String,
    pub(super) host: Host,
    pub(super) port: u16,
    pub(super) also_listen: Vec<String>,
    pub(super) unix_socket_mode: u32,
    pub(super) route_prefix: Option<String>,
    pub(super) external_url: Option<String>,
    pub(super) max_requests: u32,
    pub(super) web_config_file: Option<PathBuf>,
    pub(super) allowed_hosts: Vec<String>,
    pub(super) collect_interval_ms: u64,
    pub(super) snapshot_interval_ms: u64,
    pub(super) workload_window_ms: u64,
    pub(super) include_runtime: bool,
    pub(super) ui: bool,
    pub(super) monitored_providers: Vec<String>,
    pub(super) instance: Option<String>,
    pub(super) max_series: u32,
    pub(super) formats: Formats,
    /// None as long as nobody has said whether a token is asked for.
    pub(super) scrape_auth: Option<bool>,
    pub(super) environment_token: Option<Token>,
    pub(super) token_file: Option<PathBuf>,
    pub(super) token: Option<Token>,
    pub(super) gateway: Gateway,
    pub(super) budget_per_day: Option<f64>,
    /// INVARIANT: each once, in the order of `Section::ALL`.
    pub(super) disabled: Vec<Section>,
}

/// Where the Gateway is whose RPC is asked over a WebSocket, and how it is asked to let us in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gateway {
    pub(super) url: Option<String>,
    pub(super) token_file: Option<PathBuf>,
    pub(super) token: Option<Token>,
    pub(super) password: Option<Password>,
    pub(super) ca_file: Option<PathBuf>,
}

impl Gateway {
    /// Its address, such as `ws://127.0.0.1:18789`; none if none is asked.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// A file that holds the token; it wins over [`token`](Self::token).
    pub fn token_file(&self) -> Option<&Path> {
        self.token_file.as_deref()
    }

    /// The token itself.
    pub fn token(&self) -> Option<&Token> {
        self.token.as_ref()
    }

    /// The password, for a Gateway that asks for one instead of a token.
    pub fn password(&self) -> Option<&Password> {
        self.password.as_ref()
    }

    /// A file of certificates that are trusted beside the system's, for `wss://`.
    pub fn ca_file(&self) -> Option<&Path> {
        self.ca_file.as_deref()
    }

    /// Whether anything is given that lets us in.
    pub fn has_credentials(&self) -> bool {
        self.token_file.is_some() || self.token.is_some() || self.password.is_some()
    }
}

/// Where a token is.
///
/// ```
/// use openclaw_prometheus::config::{Config, TokenSource};
/// let config = Config::from_json5("{ scrapeAuth: { enabled: true, bearerTokenFile: '/run/secrets/token' } }")?;
/// assert_eq!(config.token_source(), Some(TokenSource::File("/run/secrets/token".as_ref())));
/// # Ok::<(), openclaw_prometheus::config::ConfigErrors>(())
/// ```
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

/// Who may scrape where a host serves the metrics on its own port, beside a listener of the exporter's.
///
/// ```
/// use openclaw_prometheus::config::{Config, RouteAuth};
/// assert_eq!(Config::from_json5("{}")?.route_auth(), RouteAuth::Gateway);
/// assert_eq!(Config::from_json5("{ scrapeAuth: { enabled: false } }")?.route_auth(), RouteAuth::Open);
/// # Ok::<(), openclaw_prometheus::config::ConfigErrors>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RouteAuth {
    /// Whoever the host lets in: nothing was said.
    Gateway,
    /// Whoever has the token of the exporter: `scrapeAuth.enabled` is true.
    Token,
    /// Everybody: `scrapeAuth.enabled` is false, and somebody wrote that down.
    Open,
}

impl RouteAuth {
    /// `gateway`, `token` or `open`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Token => "token",
            Self::Open => "open",
        }
    }
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
    pub(super) fn offer(&mut self, format: Format, is_offered: bool) {
        self.offered = if is_offered { self.offered.with(format) } else { self.offered.without(format) };
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            path: "/metrics".into(),
            host: Host::Ip { ip: Ipv4Addr::LOCALHOST.into(), zone: 0 },
            port: 19464,
            also_listen: Vec::new(),
            unix_socket_mode: 0o660,
            route_prefix: None,
            external_url: None,
            max_requests: 0,
            web_config_file: None,
            allowed_hosts: Vec::new(),
            collect_interval_ms: 1_000,
            snapshot_interval_ms: 60_000,
            workload_window_ms: 300_000,
            include_runtime: true,
            ui: true,
            monitored_providers: Vec::new(),
            instance: None,
            max_series: 8_192,
            formats: Formats { offered: FormatSet::ALL, created: false, gzip: true },
            scrape_auth: None,
            environment_token: None,
            token_file: None,
            token: None,
            gateway: Gateway::default(),
            budget_per_day: None,
            disabled: Vec::new(),
        }
    }
}

impl Config {
    /// The same for one of several instances in a process: with a name of its own, and without `rings` with neither live page
    /// nor service levels over a window, which take more memory than all else.
    pub fn of_instance(&self, name: &str, rings: bool) -> Self {
        // What its paths begin with is the matter of who serves them all.
        let mut config = Self { instance: Some(name.into()), route_prefix: None, external_url: None, ..self.clone() };
        if !rings {
            (config.ui, config.workload_window_ms) = (false, 0);
        }
        config
    }

    /// Where it listens too.
    pub fn also_listen(&self) -> impl Iterator<Item = Listen> {
        self.also_listen.iter().filter_map(|text| text.parse().ok())
    }

    /// The rights of a Unix socket's file.
    pub fn unix_socket_mode(&self) -> u32 {
        self.unix_socket_mode
    }

    /// What every path that is answered begins with; empty for nothing. What is not given is the path of the external URL.
    pub fn route_prefix(&self) -> &str {
        let given = self.route_prefix.as_deref().unwrap_or_else(|| self.external_path());
        given.trim_end_matches('/')
    }

    /// What every path begins with where others see it; empty for nothing. Without an external URL they see what is answered.
    pub fn external_path(&self) -> &str {
        let Some(url) = self.external_url.as_deref() else {
            return self.route_prefix.as_deref().unwrap_or("").trim_end_matches('/');
        };
        let behind = url.split_once("://").map_or(url, |(_, behind)| behind);
        behind.find('/').map_or("", |at| &behind[at..]).trim_end_matches('/')
    }

    /// The URL under which others reach the server, if it is another one than where it listens.
    pub fn external_url(&self) -> Option<&str> {
        self.external_url.as_deref()
    }

    /// How many requests are answered at a time at most; none for as many as come.
    pub fn max_requests(&self) -> Option<usize> {
        (self.max_requests > 0).then_some(self.max_requests as usize)
    }

    /// The file of `--web.config.file`: TLS, passwords, rates and headers.
    pub fn web_config_file(&self) -> Option<&Path> {
        self.web_config_file.as_deref()
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

    /// Names and addresses that clients may call the server by, beside `localhost` and the address it is reached at. They
    /// matter only as long as nobody is asked for a token.
    pub fn allowed_hosts(&self) -> &[String] {
        &self.allowed_hosts
    }

    /// Time between two renders; zero renders at every scrape.
    pub fn collect_interval(&self) -> Duration {
        Duration::from_millis(self.collect_interval_ms)
    }

    /// What scales the time between two questions to the Gateway: with a minute, the default, each is asked at its own cadence,
    /// from 30 s to 10 min.
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

    /// Whether there is a live page, with its history.
    pub fn has_ui(&self) -> bool {
        self.ui
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
        self.scrape_auth == Some(true)
    }

    /// Who may scrape on the port of a host. What nobody has said leaves it to the host; on a listener of the exporter's
    /// own that is the same as false.
    pub fn route_auth(&self) -> RouteAuth {
        match self.scrape_auth {
            None => RouteAuth::Gateway,
            Some(true) => RouteAuth::Token,
            Some(false) => RouteAuth::Open,
        }
    }

    /// Where the token is that a scrape needs; none if it needs none. The environment wins over the file, and that over
    /// the key `bearerToken`.
    pub fn token_source(&self) -> Option<TokenSource<'_>> {
        if !self.has_scrape_auth() {
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

    /// The Gateway whose RPC is asked over a WebSocket.
    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// What the Gateway's models may cost a day, in US dollars, if somebody set a budget.
    pub fn budget_per_day(&self) -> Option<f64> {
        self.budget_per_day
    }

    /// The collectors that are disabled, by their names: their families are not shown, and what feeds them alone is not asked of
    /// the Gateway.
    pub fn disabled_collectors(&self) -> impl Iterator<Item = &'static str> {
        self.disabled.iter().map(|section| section.name())
    }

    pub(super) fn disable(&mut self, sections: &[Section]) {
        self.disabled = Section::ALL.iter().copied().filter(|section| sections.contains(section)).collect();
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
        if has_token && !self.has_scrape_auth() {
            let given = if self.scrape_auth.is_none() { "not given" } else { "false" };
            warnings.push(format!("config: scrapeAuth.enabled: {given}, so nobody is asked for the token; write true"));
        }
        warnings
    }

    /// Does not let other machines read the metrics without a token, unless that was asked for.
    ///
    /// # Errors
    /// What to change.
    pub fn check_exposure(&self, allow_unauthenticated: bool) -> Result<(), ConfigError> {
        let places = std::iter::once(self.listen()).chain(self.also_listen());
        self.check_exposure_of(places, allow_unauthenticated)
    }

    /// The same for other places, such as those that a service manager hands over.
    ///
    /// # Errors
    /// What to change.
    pub fn check_exposure_of(
        &self,
        places: impl IntoIterator<Item = Listen>,
        allow_unauthenticated: bool,
    ) -> Result<(), ConfigError> {
        if self.has_scrape_auth() || allow_unauthenticated {
            return Ok(());
        }
        match places.into_iter().find(|listen| !listen.is_local()) {
            Some(listen) => Err(ConfigError::Exposed { listen }),
            None => Ok(()),
        }
    }

    pub(super) fn set_listen(&mut self, listen: Listen) {
        match listen {
            Listen::Tcp(address) => {
                let zone = if let SocketAddr::V6(address) = address { address.scope_id() } else { 0 };
                self.host = Host::Ip { ip: address.ip(), zone };
                self.port = address.port();
            }
            Listen::Unix(path) => self.host = Host::Unix(path),
        }
    }
}
