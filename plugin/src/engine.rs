//! The exporter of the process.
//!
//! There is one, whatever number of copies of the plugin and of Workers has loaded the addon: it is a `static`, and one
//! path is one library. Totals live as long as the process, and so does the room that the first start asked for. Threads
//! and listener live from [`start`] to [`stop`], or until the last load is gone.
//!
//! Each load counts ([`enter`]) and has its environment's clean-up hook count back ([`leave`]). So a Worker that ends
//! takes nothing from the others, the main environment, which ends last, has the threads joined, and nobody has to know
//! which one is the main one. `process.exit()` runs no hook: the threads then end with the process, wherever they are,
//! and hold nothing that could be left half done.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use openclaw_prometheus::config::{self, Config, RouteAuth};
use openclaw_prometheus::encode::Format;
use openclaw_prometheus::exporter::{self, AskError, Exporter, ExporterError, History};
use openclaw_prometheus::openclaw::rpc::websocket::{Credentials, Endpoint};
use openclaw_prometheus::openclaw::rpc::{Client, Inbox, Rpc, Way};
use openclaw_prometheus::openclaw::{Host, OpenClaw};
use openclaw_prometheus::publish::{Coding, Page, PublishError, Ticker};
use openclaw_prometheus::serve::{PatientServer, Site};
use openclaw_prometheus::{Registry, SystemClock};

static ENGINE: OnceLock<Engine> = OnceLock::new();
static LIFE: Mutex<Life> = Mutex::new(Life { loads: 0, running: None });

/// What lives as long as the process.
struct Engine {
    registry: Registry,
    openclaw: OpenClaw,
    rpc: Rpc,
    history: History,
}

/// What comes and goes. One lock over all of it: a start never meets a stop half way.
struct Life {
    loads: usize,
    running: Option<Running>,
}

/// The threads. Dropping joins them, and the server first: its open answers may still wait for a page.
struct Running {
    servers: Vec<PatientServer>,
    asking: Asking,
    ticker: Ticker,
    site: Arc<Site>,
    started: Started,
}

/// The Gateway's RPC, the thread that reads what JavaScript was answered, and the one that asks instead of it.
struct Asking {
    rpc: Rpc,
    inbox: Inbox,
    client: Option<Client>,
    /// The Gateway of the configuration.
    gateway: config::Gateway,
}

/// The Gateway that JavaScript has found, and what lets it in.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) url: String,
    pub(crate) token: Option<String>,
    pub(crate) password: Option<String>,
    /// A file of certificates that are trusted beside the system's.
    pub(crate) ca_file: Option<String>,
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.client = None;
        self.rpc.end();
    }
}

/// What a start came to.
#[derive(Debug, Clone)]
pub(crate) struct Started {
    /// Where the addon listens, if it does.
    pub(crate) address: Option<String>,
    pub(crate) port: u16,
    /// The path of the metrics.
    pub(crate) path: String,
    /// Who may scrape on the Gateway's port.
    pub(crate) auth: RouteAuth,
    /// Sentences for the operator.
    pub(crate) warnings: Vec<String>,
    /// What of the configuration concerns JavaScript.
    pub(crate) options: Options,
}

/// What JavaScript is asked to observe.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// Whether Node's own figures are wanted.
    pub(crate) includes_runtime: bool,
    /// How often the host is asked for what it does not tell.
    pub(crate) snapshot_interval: Duration,
    /// The providers whose authentication is watched.
    pub(crate) providers: Vec<String>,
}

/// The recorder, from the first start on.
#[inline]
pub(crate) fn openclaw() -> Option<&'static OpenClaw> {
    ENGINE.get().map(|engine| &engine.openclaw)
}

/// The registry, from the first start on.
#[cfg(test)]
pub(crate) fn registry() -> Option<&'static Registry> {
    ENGINE.get().map(|engine| &engine.registry)
}

/// Counts a load of the addon.
pub(crate) fn enter() {
    life().loads += 1;
}

/// Counts a load back; the last one stops the engine.
pub(crate) fn leave() {
    let mut life = life();
    life.loads = life.loads.saturating_sub(1);
    if life.loads == 0 {
        life.running = None;
    }
}

/// Starts threads and, unless its port is 0, the listener. One that cannot listen is a warning, and tried again: the routes
/// of the host work meanwhile. What runs already goes on as it is; `host` is the first start's.
pub(crate) fn start(config: &Config, host: Host) -> Result<Started, EngineError> {
    let mut life = life();
    if let Some(running) = &life.running {
        return Ok(running.told());
    }
    let exporter = match ENGINE.get() {
        None => Exporter::inside(host, config, SystemClock::new()),
        Some(Engine { registry, openclaw, rpc, history }) => {
            let (registry, openclaw, rpc) = (registry.clone(), openclaw.clone(), rpc.clone());
            Exporter::again(registry, openclaw, rpc, history.clone(), config, SystemClock::new())
        }
    };
    let Exporter { registry, openclaw, rpc, mut publisher, site, history, .. } =
        exporter.map_err(EngineError::Exporter)?;
    // Under the lock of `LIFE` nobody else comes first.
    let inbox = Inbox::start(&rpc).map_err(EngineError::Thread)?;
    rpc.begin(config.snapshot_interval());
    let _ = ENGINE.set(Engine { registry, openclaw, rpc: rpc.clone(), history });
    // The event loop may ask for it at any time, and does not wait.
    publisher.keep(Format::Text);
    let auth = config.route_auth();
    let site = Arc::new(site.host_auth(auth.name()));
    let servers = if config.port() == 0 { Vec::new() } else { exporter::listen_patiently(config, &site) };
    let ticker = publisher.start().map_err(EngineError::Publish)?;
    let options = Options {
        includes_runtime: config.includes_runtime(),
        snapshot_interval: config.snapshot_interval(),
        providers: config.monitored_providers().to_vec(),
    };
    let (path, warnings) = (format!("{}{}", config.route_prefix(), site.metrics_path()), config.warnings());
    let started = Started { address: None, port: 0, path, auth, warnings, options };
    let running = Running {
        servers,
        asking: Asking { rpc, inbox, client: None, gateway: config.gateway().clone() },
        ticker,
        site,
        started,
    };
    let told = running.told();
    life.running = Some(running);
    Ok(told)
}

impl Running {
    /// What the start came to, where the addon listens by now, and what is wrong at this time: no logger of the Gateway's is
    /// here, so what the library logs is told this way.
    fn told(&self) -> Started {
        let mut started = self.started.clone();
        if let Some(address) = self.servers.first().and_then(PatientServer::address) {
            started.port = address.port().unwrap_or_default();
            let tcp = address.tcp().map(|tcp| format!("{}://{tcp}", self.site.scheme()));
            started.address = Some(tcp.unwrap_or_else(|| address.to_string()));
        }
        let guard = self.site.guard();
        let unusable = |problem| format!("{problem}; until then scrapes are answered with 503");
        started.warnings.extend(guard.problem().map(unusable));
        started.warnings.extend(guard.warnings());
        started.warnings.extend(self.site.remarks().warnings());
        started
    }
}

/// Closes the listener and joins the threads. Totals stay, and [`start`] goes on with them.
pub(crate) fn stop() {
    life().running = None;
}

/// What answers requests while the engine runs.
pub(crate) fn site() -> Option<Arc<Site>> {
    life().running.as_ref().map(|running| running.site.clone())
}

/// What answers a request on the Gateway's port while the engine runs. None for one that the Gateway has not let in, if
/// letting in is the Gateway's: after a reload, routes may be those of another configuration for a moment.
pub(crate) fn site_for(is_vouched: bool) -> Option<Arc<Site>> {
    let life = life();
    let running = life.running.as_ref()?;
    (is_vouched || running.started.auth != RouteAuth::Gateway).then(|| running.site.clone())
}

/// What `use_it` makes of the Gateway's RPC, while the engine runs.
pub(crate) fn with_rpc<R>(use_it: impl FnOnce(&Rpc, &Inbox) -> R) -> Option<R> {
    life().running.as_ref().map(|running| use_it(&running.asking.rpc, &running.asking.inbox))
}

/// Starts asking over a WebSocket, unless that is done already: the Gateway of the configuration, or the one that was found.
/// Which one it is.
pub(crate) fn connect(found: &Found) -> Result<String, EngineError> {
    let mut life = life();
    let asking = life.running.as_mut().map(|running| &mut running.asking).ok_or(EngineError::NotRunning)?;
    let url = asking.gateway.url().unwrap_or(&found.url).to_owned();
    if asking.client.is_none() {
        asking.client = Some(asking.start_client(&url, found).map_err(EngineError::Ask)?);
    }
    Ok(url)
}

impl Asking {
    fn start_client(&self, url: &str, found: &Found) -> Result<Client, AskError> {
        // What lets in here is told to nobody elsewhere.
        if url != found.url || self.gateway.has_credentials() {
            return exporter::ask(url, &self.gateway, &self.rpc);
        }
        let mut endpoint: Endpoint = url.parse().map_err(AskError::Endpoint)?;
        if let Some(file) = self.gateway.ca_file().or(found.ca_file.as_deref().map(Path::new)) {
            endpoint = endpoint.with_ca_file(file);
        }
        let credentials = match (&found.token, &found.password) {
            (Some(token), _) => Credentials::token(token),
            (None, Some(password)) => Credentials::password(password),
            (None, None) => Ok(Credentials::none()),
        };
        Client::start(&self.rpc, endpoint, credentials.map_err(AskError::Credentials)?).map_err(AskError::Thread)
    }
}

/// Notes whether the Gateway can be asked in process, and if not why. While it can be, nothing is asked over a WebSocket.
pub(crate) fn reached_in_process(outcome: Result<(), &str>) {
    let mut life = life();
    let Some(Running { asking, .. }) = &mut life.running else { return };
    if outcome.is_ok() {
        asking.client = None;
    }
    asking.rpc.reached(Way::InProcess, outcome);
}

/// What the start came to, while it runs.
pub(crate) fn started() -> Option<Started> {
    life().running.as_ref().map(Running::told)
}

/// The newest page; with a collect interval of 0 one made now, for which the caller waits.
pub(crate) fn page() -> Result<Arc<Page>, EngineError> {
    let pages = life().running.as_ref().map(|running| running.ticker.pages()).ok_or(EngineError::NotRunning)?;
    Ok(if pages.is_on_demand() { pages.fresh(Format::Text, Coding::Identity).wait() } else { pages.current() })
}

fn life() -> MutexGuard<'static, Life> {
    // A panic under the lock blocks either no engine or a whole one.
    LIFE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug)]
pub(crate) enum EngineError {
    Exporter(ExporterError),
    Publish(PublishError),
    Thread(std::io::Error),
    Ask(AskError),
    NotRunning,
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exporter(error) => error.fmt(f),
            Self::Publish(error) => error.fmt(f),
            Self::Thread(error) => write!(f, "the system gives no thread for the answers of the Gateway: {error}"),
            Self::Ask(error) => error.fmt(f),
            Self::NotRunning => write!(f, "the engine is not running; call start() first"),
        }
    }
}

impl std::error::Error for EngineError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Exporter(error) => error.source(),
            Self::Publish(error) => error.source(),
            Self::Thread(error) => Some(error),
            Self::Ask(error) => error.source(),
            Self::NotRunning => None,
        }
    }
}
