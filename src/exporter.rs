//! The exporter for one Gateway, put together from a [`Config`]: registry, catalogue, publisher and site.
//!
//! Binary and plugin differ in where events come from and in where the site is mounted, and in nothing else. A [`Sidecar`] is
//! beside the Gateway, where no event comes to: it has none of the families that events feed, for their zeros would be false.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::clock::Clock;
use crate::collector::{self, OwnMetrics, Reloads};
#[cfg(feature = "rpc")]
use crate::config::Gateway;
use crate::config::{Config, Listen, TokenSource};
use crate::encode::ViewOptions;
#[cfg(feature = "live")]
use crate::live;
use crate::openclaw::catalogue::{Section, section_of};
#[cfg(feature = "rpc")]
use crate::openclaw::rpc::Client;
#[cfg(feature = "rpc")]
use crate::openclaw::rpc::websocket::{Credentials, CredentialsError, Endpoint, EndpointError};
use crate::openclaw::rpc::{CallObserver, Method, Rpc, Way};
use crate::openclaw::{self, Host, OpenClaw, ServiceLevels};
use crate::publish::{Collect, CollectError, Collector, Ours, Pages, PublishError, Publisher};
use crate::registry::{BuildError, RegisterError, Registry, SectionSet, Sections};
use crate::serve::{
    About, Answered, Auth, HostError, Limits, Listener, PathError, PatientServer, Remarks, RequestObserver, ServeError,
    Server, ServerBuilder, Site,
};

#[cfg(feature = "live")]
pub use crate::live::span;

/// The one version of crate, binary and plugin.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The optional features that this library was built with.
pub const FEATURES: &[&str] = &[
    "openclaw",
    "serve",
    "config",
    #[cfg(feature = "live")]
    "live",
    #[cfg(feature = "rpc")]
    "rpc",
    #[cfg(feature = "web-config")]
    "web-config",
    #[cfg(feature = "may")]
    "may",
    #[cfg(feature = "may-server")]
    "may-server",
];
/// What it is called where it shows itself.
const NAME: &str = "openclaw-prometheus";
/// What health calls the events that the Gateway does not tell.
const UNTOLD: &str = "events";
/// What its own families begin with.
const PREFIX: &str = "openclaw_metrics";

/// The time between two tries to listen on an address that another process has.
const LISTEN_PAUSE: Duration = Duration::from_secs(5);

/// An exporter that is ready to be started: feed `openclaw`, start `publisher`, serve `site`.
///
/// ```
/// use openclaw_prometheus::{SystemClock, config::Config, exporter::Exporter};
/// use openclaw_prometheus::serve::{RequestHead, respond};
///
/// let config = Config::from_json5("{ instance: 'attic', collectIntervalMs: 500 }")?;
/// let exporter = Exporter::new(&config, SystemClock::new())?;
/// assert_eq!(respond(&exporter.site, &RequestHead::new("GET", "/metrics")).status(), 200);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Exporter {
    /// The registry, for families of your own.
    pub registry: Registry,
    /// What events are told to.
    pub openclaw: OpenClaw,
    /// What answers of the Gateway's RPC are told to; nothing is asked before [`Rpc::begin`].
    pub rpc: Rpc,
    /// What makes the pages.
    pub publisher: Publisher,
    /// What servers serve.
    pub site: Site,
    /// What the live page has kept, for an exporter that goes on after this one.
    pub history: History,
    /// What is told when the configuration is read again.
    pub reloads: Reloads,
}

/// What the live page keeps of the last day, beside a registry that outlives its exporter: 1 MiB at most, and nothing while there
/// is no page. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct History {
    #[cfg(feature = "live")]
    kept: live::Kept,
}

/// An exporter that only asks: start `publisher`, serve `site`, and have the Gateway asked for `rpc`.
#[derive(Debug)]
#[non_exhaustive]
pub struct Sidecar {
    /// The registry, for families of your own.
    pub registry: Registry,
    /// What answers of the Gateway's RPC are told to; nothing is asked before [`Rpc::begin`].
    pub rpc: Rpc,
    /// What makes the pages.
    pub publisher: Publisher,
    /// What servers serve.
    pub site: Site,
    /// What is told when the configuration is read again.
    pub reloads: Reloads,
}

/// Why an exporter could not be put together.
#[derive(Debug)]
#[non_exhaustive]
pub enum ExporterError {
    /// The registry could not be built.
    Build(BuildError),
    /// There is not the memory for so many series.
    Memory {
        /// What `maxSeries` is.
        max_series: u32,
        /// What there is no memory for.
        error: BuildError,
    },
    /// A family could not be registered.
    Register(RegisterError),
    /// The publisher could not be made.
    Publish(PublishError),
    /// The path cannot be served.
    Path(PathError),
    /// What is to be answered as a host is none.
    Host(HostError),
}

impl fmt::Display for ExporterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Build(error) => error.fmt(f),
            Self::Memory { max_series, error: _ } => write!(
                f,
                "config: maxSeries: there is not the memory for {max_series} series; write a smaller number, or let the \
                 process have more memory"
            ),
            Self::Register(error) => error.fmt(f),
            Self::Publish(error) => error.fmt(f),
            Self::Path(error) => error.fmt(f),
            Self::Host(error) => error.fmt(f),
        }
    }
}

/// Its sentence is that of the part that failed, and so is what stands behind it.
impl std::error::Error for ExporterError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Build(error) => error.source(),
            Self::Memory { max_series: _, error } => Some(error),
            Self::Register(error) => error.source(),
            Self::Publish(error) => error.source(),
            Self::Path(error) => error.source(),
            Self::Host(error) => error.source(),
        }
    }
}

macro_rules! from {
    ($($error:ty => $variant:ident),*) => {$(
        impl From<$error> for ExporterError {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        }
    )*};
}
from!(BuildError => Build, RegisterError => Register, PublishError => Publish, PathError => Path, HostError => Host);

impl Exporter {
    /// Puts an exporter together. Starts nothing.
    ///
    /// # Errors
    /// [`ExporterError`].
    pub fn new(config: &Config, clock: impl Clock + 'static) -> Result<Self, ExporterError> {
        Self::inside(Host::any(), config, clock)
    }

    /// Puts one together for the events of `host`. Starts nothing.
    ///
    /// # Errors
    /// [`ExporterError`].
    pub fn inside(host: Host, config: &Config, clock: impl Clock + 'static) -> Result<Self, ExporterError> {
        let clock: Arc<dyn Clock> = Arc::new(clock);
        // What exists from the start is not the Gateway's doing.
        let registry = registry(config, openclaw::seeded_series(), clock.clone())?;
        let (openclaw, rpc) = (OpenClaw::inside(&registry, host)?, Rpc::new(&registry, clock.clone())?);
        Self::again(registry, openclaw, rpc, History::default(), config, clock)
    }

    /// Puts one together around the registry, the recorders and the history of one that has ended, so that totals and curves go
    /// on. What a registry is built with stays: its room, and whether it keeps creation times. History is a gap where no exporter
    /// was; without the live page it is forgotten.
    ///
    /// # Errors
    /// [`ExporterError`]; also if the other one has not ended.
    pub fn again(
        registry: Registry,
        openclaw: OpenClaw,
        rpc: Rpc,
        history: History,
        config: &Config,
        clock: impl Clock + 'static,
    ) -> Result<Self, ExporterError> {
        let levels = openclaw.service_levels().clone();
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let reloads = Reloads::register(&registry, "openclaw_exporter", clock.clone())?;
        let (publisher, site) = pages(&registry, Some(&openclaw), levels, &rpc, &history, config, clock)?;
        Ok(Self { registry, openclaw, rpc, publisher, site, history, reloads })
    }
}

impl Sidecar {
    /// Puts an exporter together that only asks. Starts nothing.
    ///
    /// # Errors
    /// [`ExporterError`].
    pub fn new(config: &Config, clock: impl Clock + 'static) -> Result<Self, ExporterError> {
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let registry = registry(config, 0, clock.clone())?;
        let rpc = Rpc::new(&registry, clock.clone())?;
        let levels = ServiceLevels::without_events(&registry)?;
        let reloads = Reloads::register(&registry, "openclaw_exporter", clock.clone())?;
        let (publisher, site) = pages(&registry, None, levels, &rpc, &History::default(), config, clock)?;
        Ok(Self { registry, rpc, publisher, site, reloads })
    }
}

/// An empty registry, with room for so many series beside those of the configuration.
fn registry(config: &Config, reserved: u32, clock: Arc<dyn Clock>) -> Result<Registry, ExporterError> {
    let builder = Registry::builder()
        .series(config.max_series())
        .reserved_series(reserved)
        .rejections_family(Some("openclaw_metrics_refused_total"))
        .created_times(config.formats().created)
        .sections(Section::NAMES, section_of)
        .clock(clock);
    builder.build().map_err(|error| match error {
        BuildError::Memory { .. } => ExporterError::Memory { max_series: config.max_series(), error },
        error => error.into(),
    })
}

/// Why the Gateway of the configuration cannot be asked.
#[cfg(feature = "rpc")]
#[derive(Debug)]
#[non_exhaustive]
pub enum AskError {
    /// Its address is none.
    Endpoint(EndpointError),
    /// What lets us in is not usable.
    Credentials(CredentialsError),
    /// The system gives no thread.
    Thread(std::io::Error),
}

#[cfg(feature = "rpc")]
impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(error) => write!(f, "gateway.url: {error}"),
            Self::Credentials(error) => write!(f, "gateway: {error}"),
            Self::Thread(_) => write!(f, "the system gives no thread to ask the Gateway on"),
        }
    }
}

#[cfg(feature = "rpc")]
impl std::error::Error for AskError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // These say it all by themselves.
            Self::Endpoint(_) | Self::Credentials(_) => None,
            Self::Thread(error) => Some(error),
        }
    }
}

/// Asks the Gateway at `url` over a WebSocket, with what the configuration has to be let in, until the client is dropped.
///
/// # Errors
/// [`AskError`]. That nobody answers there, or refuses us, is none: health and log tell it, and it is tried again.
#[cfg(feature = "rpc")]
pub fn ask(url: &str, gateway: &Gateway, rpc: &Rpc) -> Result<Client, AskError> {
    let mut endpoint: Endpoint = url.parse().map_err(AskError::Endpoint)?;
    if let Some(file) = gateway.ca_file() {
        endpoint = endpoint.with_ca_file(file);
    }
    let credentials = match (gateway.token_file(), gateway.token(), gateway.password()) {
        (Some(file), ..) => Ok(Credentials::token_file(file)),
        (None, Some(token), _) => Credentials::token(token.as_str()),
        (None, None, Some(password)) => Credentials::password(password.as_str()),
        (None, None, None) => Ok(Credentials::none()),
    };
    Client::start(rpc, endpoint, credentials.map_err(AskError::Credentials)?).map_err(AskError::Thread)
}

/// What makes the pages of a registry, and what serves them.
fn pages(
    registry: &Registry,
    openclaw: Option<&OpenClaw>,
    levels: ServiceLevels,
    rpc: &Rpc,
    #[cfg_attr(not(feature = "live"), allow(unused_variables, reason = "it is the live page's"))] history: &History,
    config: &Config,
    clock: Arc<dyn Clock>,
) -> Result<(Publisher, Site), ExporterError> {
    let formats = config.formats();
    let instance = config.instance().unwrap_or("");
    collector::build_info(
        registry,
        "openclaw_exporter_build_info",
        "Which exporter this is, and the name of its instance if it was given one.",
        // `instance` would be taken by Prometheus for the target.
        [("version", VERSION), ("instance_name", instance), ("plugin", NAME)],
    )?;
    rpc.budget(config.budget_per_day());
    switch(config, registry.sections(), rpc);
    let mut publisher = Publisher::new(registry, config.collect_interval(), clock.clone())?;
    let own = OwnMetrics::register(registry, PREFIX, &publisher.pages())?;
    publisher.observer(Arc::new(own.clone()));
    publisher.collect(Box::new(own.clone()));
    if !config.workload_window().is_zero() {
        levels.set_window(config.workload_window());
    }
    publisher.collect(Box::new(Levels { levels: levels.clone(), clock: clock.clone() }));
    publisher.collect(Box::new(Ages { openclaw: openclaw.cloned(), rpc: rpc.clone(), clock: clock.clone() }));
    #[cfg(target_os = "linux")]
    if config.includes_runtime() {
        publisher.collect(Box::new(collector::Process::register(registry, clock)?));
    }
    let meta = [("name", NAME), ("version", VERSION), ("instance", instance)];
    publisher.views(ViewOptions::new(openclaw::OBJECTS, &meta));
    let site = Site::new(publisher.pages())
        .path(config.path())?
        .route_prefix(config.route_prefix(), config.external_path())?
        .allowed_hosts(config.allowed_hosts().iter().map(String::as_str))?
        .auth(auth(config))
        .about(About::new(NAME, VERSION, "Prometheus metrics of an OpenClaw Gateway."))
        .formats(formats.offered, formats.gzip)
        .observer(Arc::new(Requests { own, levels }));
    if let Some((sentence, is_warning)) = openclaw.and_then(|openclaw| openclaw.host().remark()) {
        let remarks = site.remarks();
        if is_warning {
            remarks.warn(UNTOLD, &sentence)
        } else {
            remarks.tell(UNTOLD, &sentence)
        };
    }
    #[cfg(feature = "live")]
    let site = if config.has_ui() {
        let about =
            live::About { name: NAME, version: VERSION, instance: instance.into(), has_events: openclaw.is_some() };
        let live = live::Live::new(history.kept.clone(), about, site.remarks().clone(), site.pages());
        publisher.documents(Arc::new(live.clone()));
        publisher.follow(Box::new(live));
        let page = live::page().map_err(|error| PublishError::Memory { bytes: error.bytes as u64 })?;
        site.live(page)
    } else {
        history.kept.forget();
        site
    };
    rpc.observer(Arc::new(CallReports::new(site.pages().clone(), site.remarks().clone())));
    // Whoever comes first finds all of it, and what happens from now on is new.
    publisher.tick();
    Ok((publisher, site))
}

/// Shows and asks for what the configuration has not disabled, from the next render on, while it serves.
pub fn switch_collectors(config: &Config, site: &Site, rpc: &Rpc) {
    switch(config, site.pages().sections(), rpc);
}

fn switch(config: &Config, sections: &Sections, rpc: &Rpc) {
    let disabled = config.disabled_collectors().filter_map(|name| sections.find(name));
    let disabled = disabled.fold(SectionSet::NONE, SectionSet::with);
    sections.hide(disabled);
    rpc.ask_for(|method| !disabled.contains(method.section() as usize));
}

/// Counts requests to the exporter, in its own families and in service levels.
struct Requests {
    own: OwnMetrics,
    levels: ServiceLevels,
}

impl RequestObserver for Requests {
    fn began(&self) {
        self.own.began();
    }

    fn answered(&self, answer: &Answered) {
        self.own.answered(answer);
        self.levels.count_request(answer.route == "metrics", answer.status, answer.time);
    }
}

/// Brings service levels up to date before each render, and as their windows move.
struct Levels {
    levels: ServiceLevels,
    clock: Arc<dyn Clock>,
}

impl Collect for Levels {
    fn name(&self) -> &str {
        "service_levels"
    }

    fn runs_inline(&self, _: Ours) -> bool {
        true
    }

    fn next_turn(&self, _: Ours) -> Option<Duration> {
        self.levels.next_refresh()
    }

    fn collect(&mut self) -> Result<(), CollectError> {
        self.levels.refresh(self.clock.now());
        Ok(())
    }
}

/// Brings what grows old by itself up to date before each render.
struct Ages {
    openclaw: Option<OpenClaw>,
    rpc: Rpc,
    clock: Arc<dyn Clock>,
}

impl Collect for Ages {
    fn name(&self) -> &str {
        "ages"
    }

    fn runs_inline(&self, _: Ours) -> bool {
        true
    }

    fn collect(&mut self) -> Result<(), CollectError> {
        if let Some(openclaw) = &self.openclaw {
            if let Some((answered_at, queued)) = self.rpc.take_queued() {
                openclaw.keep_waiting(answered_at, &queued);
            }
            openclaw.refresh(self.clock.now(), self.clock.unix());
        }
        self.rpc.refresh();
        Ok(())
    }
}

/// Has pages, health and log tell how it goes with asking the Gateway.
struct CallReports {
    pages: Arc<Pages>,
    remarks: Remarks,
    /// By the place of their method; of one that was never asked nothing is told.
    collectors: [OnceLock<Arc<Collector>>; Method::ALL.len()],
}

impl CallReports {
    fn new(pages: Arc<Pages>, remarks: Remarks) -> Self {
        Self { pages, remarks, collectors: Default::default() }
    }
}

impl CallObserver for CallReports {
    fn answered(&self, method: Method, at: Duration, took: Duration, outcome: Result<(), &str>) {
        let add = || self.pages.collectors().add_optional(method.name());
        let collector = self.collectors[method as usize].get_or_init(add);
        collector.report(at, took, outcome.map_err(Into::into));
    }

    fn reached(&self, way: Way, outcome: Result<(), &str>) {
        let subject = subject(way);
        let is_told = match outcome {
            Ok(()) => self.remarks.tell(subject, "the Gateway answers"),
            Err(why) => self.remarks.warn(subject, why),
        };
        match outcome {
            _ if !is_told => {}
            Ok(()) => log::info!("{subject}: the Gateway answers"),
            Err(why) => log::warn!("{subject}: {why}; it is tried again"),
        }
    }

    fn left(&self, way: Way) {
        self.remarks.forget(subject(way));
    }

    fn left_out(&self, method: Method) {
        if let Some(collector) = self.collectors[method as usize].get() {
            collector.rest();
        }
    }
}

/// What a way is called in health and log.
fn subject(way: Way) -> &'static str {
    match way {
        Way::InProcess => "rpc in process",
        Way::WebSocket => "rpc over a WebSocket",
    }
}

/// Who may scrape, as the configuration says.
pub fn auth(config: &Config) -> Auth {
    match config.token_source() {
        None => Auth::everybody(),
        Some(TokenSource::Token(token)) => Auth::token(token.as_str()),
        Some(TokenSource::File(path)) => Auth::token_file(path),
        Some(TokenSource::Missing(sentence)) => Auth::missing(&sentence),
    }
}

/// Listens everywhere the configuration says.
///
/// # Errors
/// [`ServeError`]; after one nothing is listened on.
pub fn listen(config: &Config) -> Result<Vec<Listener>, ServeError> {
    places(config).map(|listen| open(&listen, config.unix_socket_mode())).collect()
}

/// A server of the site on these, within the limits of the configuration.
///
/// # Errors
/// [`ServeError`].
pub fn serve(
    config: &Config,
    listeners: impl IntoIterator<Item = Listener>,
    site: &Arc<Site>,
) -> Result<Server, ServeError> {
    let server = Server::builder(site.clone()).limits(limits(config));
    listeners.into_iter().fold(server, ServerBuilder::listen).start()
}

fn limits(config: &Config) -> Limits {
    Limits { requests: config.max_requests(), ..Limits::default() }
}

fn places(config: &Config) -> impl Iterator<Item = Listen> {
    std::iter::once(config.listen()).chain(config.also_listen())
}

/// Serves where the configuration says, as soon as nobody else has that address: for who cannot refuse to start. Beyond this
/// machine without a token or a password nothing is served, nor with a web configuration that is of no use, and health says why.
pub fn listen_patiently(config: &Config, site: &Arc<Site>) -> Vec<PatientServer> {
    let refused = |why: &dyn fmt::Display| vec![PatientServer::refused(site.clone(), &why.to_string())];
    #[cfg(feature = "web-config")]
    let asks_who = match config.web_config() {
        Ok(web) => match web.web() {
            Ok(secured) => {
                site.replace_headers(web.headers());
                site.replace_web(secured);
                web.asks_who()
            }
            Err(error) => return refused(&error),
        },
        Err(errors) => return refused(&errors),
    };
    #[cfg(not(feature = "web-config"))]
    let asks_who = if config.web_config_file().is_some() {
        return refused(&"webConfigFile is given, and this was built without the feature web-config");
    } else {
        false
    };
    if let Err(error) = config.check_exposure(asks_who) {
        return refused(&error);
    }
    let mode = config.unix_socket_mode();
    let serve = |(number, listen): (usize, Listen)| {
        let open = move || open(&listen, mode);
        PatientServer::start_further(number, open, site.clone(), limits(config), LISTEN_PAUSE)
    };
    places(config).enumerate().map(serve).collect()
}

fn open(listen: &Listen, mode: u32) -> Result<Listener, ServeError> {
    match listen {
        // All addresses, on a machine that has none of the newer ones.
        Listen::Tcp(address) if address.ip() == Ipv6Addr::UNSPECIFIED => Listener::tcp(*address)
            .or_else(|error| Listener::tcp((Ipv4Addr::UNSPECIFIED, address.port()).into()).map_err(|_| error)),
        Listen::Tcp(address) => Listener::tcp(*address),
        Listen::Unix(path) => Listener::unix_with_mode(path, mode),
    }
}
