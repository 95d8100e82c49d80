//! The exporter for one Gateway, put together from a [`Config`]: registry, catalogue, publisher and site.
//!
//! Binary and plugin differ in where events come from and in where the site is mounted, and in nothing else.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use crate::clock::Clock;
use crate::collector::{self, OwnMetrics};
use crate::config::{Config, Listen, TokenSource};
use crate::encode::ViewOptions;
use crate::openclaw::{self, OpenClaw};
use crate::publish::{Collect, CollectError, Ours, PublishError, Publisher};
use crate::registry::{BuildError, RegisterError, Registry};
use crate::serve::{About, Auth, HostError, Listener, PathError, ServeError, Site};

/// The one version of crate, binary and plugin.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// What it is called where it shows itself.
const NAME: &str = "openclaw-prometheus";
/// What its own families begin with.
const PREFIX: &str = "openclaw_metrics";

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
    /// What makes the pages.
    pub publisher: Publisher,
    /// What servers serve.
    pub site: Site,
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
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let registry = Registry::builder()
            .series(config.max_series())
            // What exists from the start is not the Gateway's doing.
            .reserved_series(openclaw::seeded_series())
            .rejections_family(Some("openclaw_metrics_refused_total"))
            .created_times(config.formats().created)
            .clock(clock.clone())
            .build()
            .map_err(|error| match error {
                BuildError::Memory { .. } => ExporterError::Memory { max_series: config.max_series(), error },
                error => error.into(),
            })?;
        let openclaw = OpenClaw::new(&registry)?;
        Self::again(registry, openclaw, config, clock)
    }

    /// Puts one together around the registry and the recorder of one that has ended, so that totals go on. What a
    /// registry is built with stays: its room, and whether it keeps creation times.
    ///
    /// # Errors
    /// [`ExporterError`]; also if the other one has not ended.
    pub fn again(
        registry: Registry,
        openclaw: OpenClaw,
        config: &Config,
        clock: impl Clock + 'static,
    ) -> Result<Self, ExporterError> {
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let formats = config.formats();
        let instance = config.instance().unwrap_or("");
        collector::build_info(
            &registry,
            "openclaw_exporter_build_info",
            "Which exporter this is, and the name of its instance if it was given one.",
            [("version", VERSION), ("instance", instance)],
        )?;
        let mut publisher = Publisher::new(&registry, config.collect_interval(), clock.clone())?;
        let own = OwnMetrics::register(&registry, PREFIX, &publisher.pages())?;
        publisher.observer(Arc::new(own.clone()));
        publisher.collect(Box::new(own.clone()));
        publisher.collect(Box::new(Ages { openclaw: openclaw.clone(), clock: clock.clone() }));
        #[cfg(target_os = "linux")]
        if config.includes_runtime() {
            publisher.collect(Box::new(collector::Process::register(&registry, clock)?));
        }
        let meta = [("name", NAME), ("version", VERSION), ("instance", instance)];
        publisher.views(ViewOptions::new(openclaw::OBJECTS, &meta));
        // Whoever comes first finds all of it.
        publisher.tick();
        let site = Site::new(publisher.pages())
            .path(config.path())?
            .allowed_hosts(config.allowed_hosts().iter().map(String::as_str))?
            .auth(auth(config))
            .about(About::new(NAME, VERSION, "Prometheus metrics of an OpenClaw Gateway."))
            .formats(formats.offered, formats.gzip)
            .observer(Arc::new(own));
        Ok(Self { registry, openclaw, publisher, site })
    }
}

/// Brings what grows old by itself up to date before each render.
struct Ages {
    openclaw: OpenClaw,
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
        self.openclaw.refresh(self.clock.unix());
        Ok(())
    }
}

/// Who may scrape.
fn auth(config: &Config) -> Auth {
    match config.token_source() {
        None => Auth::everybody(),
        Some(TokenSource::Token(token)) => Auth::token(token.as_str()),
        Some(TokenSource::File(path)) => Auth::token_file(path),
        Some(TokenSource::Missing(sentence)) => Auth::missing(&sentence),
    }
}

/// Listens where the configuration says.
///
/// # Errors
/// [`ServeError`].
pub fn listen(config: &Config) -> Result<Listener, ServeError> {
    match config.listen() {
        // All addresses, on a machine that has none of the newer ones.
        Listen::Tcp(address) if address.ip() == Ipv6Addr::UNSPECIFIED => Listener::tcp(address)
            .or_else(|error| Listener::tcp((Ipv4Addr::UNSPECIFIED, address.port()).into()).map_err(|_| error)),
        Listen::Tcp(address) => Listener::tcp(address),
        Listen::Unix(path) => Listener::unix(path),
    }
}
