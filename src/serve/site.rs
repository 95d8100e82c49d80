//! What a server serves: the pages of one registry under their paths, and who may see them.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::about::About;
use super::auth::Auth;
use super::host::{AllowedHosts, HostError};
use super::instances::{InstanceError, Instances};
use super::landing::Frame;
use super::lifecycle::{Lifecycle, ReloadRequest};
use super::live::LivePage;
use super::remarks::Remarks;
use super::reply::RequestObserver;
use super::throttle::Throttle;
use crate::encode::{Format, FormatSet};
#[cfg(feature = "web-config")]
use crate::foreign::say;
use crate::publish::Pages;
use crate::sync::Published;
#[cfg(feature = "web-config")]
use crate::web::{Change, Web};

/// Where the exposition is unless it is said otherwise.
pub const DEFAULT_PATH: &str = "/metrics";

/// What a server serves. Made once, then shared by all its connections.
///
/// ```
/// use std::time::Duration;
/// use openclaw_prometheus::serve::{Auth, Site};
/// use openclaw_prometheus::{Registry, SystemClock, publish::Publisher};
///
/// let registry = Registry::builder().build()?;
/// let publisher = Publisher::new(&registry, Duration::from_secs(1), SystemClock::new())?;
/// let site = Site::new(publisher.pages()).path("/gateway/metrics")?.auth(Auth::token("s3cret"));
/// assert_eq!(site.metrics_path(), "/gateway/metrics");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Site {
    pub(super) pages: Arc<Pages>,
    /// What every path begins with. Without a slash at its end; empty for nothing.
    prefix: Box<str>,
    /// The same where others see it.
    external: Box<str>,
    /// Behind the prefix. Without a slash at its end; empty for the root.
    base: Box<str>,
    auth: Published<Auth>,
    pub(super) throttle: Throttle,
    pub(super) allowed_hosts: AllowedHosts,
    pub(super) about: About,
    pub(super) landing: Arc<Frame>,
    pub(super) live: Option<LivePage>,
    /// Others that are served behind the same address.
    pub(super) instances: Instances<Self>,
    pub(super) offered: FormatSet,
    pub(super) has_gzip: bool,
    pub(super) observer: Option<ObserverBox>,
    /// Further headers of every answer.
    headers: Published<FurtherHeaders>,
    /// What a server does before it answers.
    #[cfg(feature = "web-config")]
    web: Published<Web>,
    /// Who is asked to read the configuration again.
    pub(super) lifecycle: Lifecycle,
    /// Who is let in where a host serves it too.
    pub(super) host_auth: Option<&'static str>,
    pub(super) remarks: Remarks,
    /// When it was made, after the Unix epoch.
    pub(super) started_at: Duration,
    /// When the exposition was last handed out, in milliseconds since the Unix epoch; 0 for never. Relaxed: it orders nothing.
    scraped_at: AtomicU64,
}

impl From<Arc<Pages>> for Site {
    fn from(pages: Arc<Pages>) -> Self {
        Self::new(pages)
    }
}

/// What health calls what is wrong with certificates.
#[cfg(feature = "web-config")]
const TLS_SUBJECT: &str = "tls";

#[derive(Debug, Default)]
struct FurtherHeaders(Arc<[(&'static str, Box<str>)]>);

pub(super) struct ObserverBox(pub(super) Arc<dyn RequestObserver>);

impl fmt::Debug for ObserverBox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestObserver")
    }
}

/// Why a path cannot be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathError(Box<str>);

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let allowed =
            "write a path of printable ASCII that begins with / and has no ? # % and no spaces, such as /metrics";
        write!(f, "serve: path {:?} given; {allowed}", self.0)
    }
}

impl std::error::Error for PathError {}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    Metrics,
    PerObject,
    Detailed,
    Health,
    Healthy,
    Ready,
    Landing,
    Live,
    LiveData,
    LiveFamilies,
    Targets,
    Reload,
}

impl Route {
    /// Its name in metrics.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Metrics => "metrics",
            Self::PerObject => "per-object",
            Self::Detailed => "detailed",
            Self::Health => "health",
            Self::Healthy => "healthy",
            Self::Ready => "ready",
            Self::Landing => "landing",
            Self::Live => "ui",
            Self::LiveData => "ui_data",
            Self::LiveFamilies => "ui_families",
            Self::Targets => "sd",
            Self::Reload => "reload",
        }
    }

    /// Whether it shows anything that a token protects. What tells only that the exporter runs is for everybody, as load
    /// balancers have no token.
    pub(super) fn is_protected(self) -> bool {
        match self {
            Self::Metrics
            | Self::PerObject
            | Self::Detailed
            | Self::Health
            | Self::LiveData
            | Self::LiveFamilies
            | Self::Targets
            | Self::Reload => true,
            Self::Healthy | Self::Ready | Self::Landing | Self::Live => false,
        }
    }
}

impl Site {
    /// A site with the pages of a publisher under [`DEFAULT_PATH`], for everybody.
    pub fn new(pages: Arc<Pages>) -> Self {
        let started_at = pages.clock().unix();
        let mut site = Self {
            pages,
            prefix: Box::default(),
            external: Box::default(),
            base: DEFAULT_PATH.into(),
            auth: Published::new(Arc::new(Auth::everybody())),
            throttle: Throttle::default(),
            allowed_hosts: AllowedHosts::default(),
            about: About::default(),
            landing: Arc::default(),
            live: None,
            instances: Instances::default(),
            offered: FormatSet::ALL,
            has_gzip: true,
            observer: None,
            headers: Published::new(Arc::default()),
            #[cfg(feature = "web-config")]
            web: Published::new(Arc::default()),
            lifecycle: Lifecycle::default(),
            host_auth: None,
            remarks: Remarks::default(),
            started_at,
            scraped_at: AtomicU64::new(0),
        };
        site.frame_landing();
        site
    }

    /// Serves under another path.
    ///
    /// # Errors
    /// [`PathError`] if it is not one.
    pub fn path(mut self, path: &str) -> Result<Self, PathError> {
        self.base = checked(path)?;
        self.frame_landing();
        Ok(self)
    }

    /// Has all paths begin with `prefix`, and with `external` where others see them: a proxy in front may take one for the
    /// other. Empty for nothing.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use openclaw_prometheus::serve::{RequestHead, Site, respond};
    /// # use openclaw_prometheus::{Registry, SystemClock, publish::Publisher};
    /// # let registry = Registry::builder().build()?;
    /// # let publisher = Publisher::new(&registry, Duration::from_secs(1), SystemClock::new())?;
    /// let site = Site::new(publisher.pages()).route_prefix("/exporter", "/exporter")?;
    /// let status = |path| respond(&site, &RequestHead::new("GET", path)).status();
    /// assert_eq!([status("/exporter/metrics"), status("/exporter/-/healthy"), status("/metrics")], [200, 200, 404]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`PathError`] if one of them is no path.
    pub fn route_prefix(mut self, prefix: &str, external: &str) -> Result<Self, PathError> {
        let part = |path: &str| if path.is_empty() { Ok(Box::default()) } else { checked(path) };
        (self.prefix, self.external) = (part(prefix)?, part(external)?);
        self.frame_landing();
        Ok(self)
    }

    /// Lets only some in.
    pub fn auth(self, auth: Auth) -> Self {
        self.replace_auth(auth);
        self
    }

    /// Lets others in from the next request on, while it serves.
    pub fn replace_auth(&self, auth: Auth) {
        self.auth.store(Arc::new(auth));
    }

    /// Answers also those who call it by one of these names or addresses, without their ports.
    ///
    /// Without a token a server answers only who asks for `localhost`, for the address that the connection arrived at, or
    /// for one of these, and others get 403: a web page that leads its own name to this machine is not to read it. With a
    /// token, and on a Unix socket, every host is answered. It costs a comparison with each of them.
    ///
    /// # Errors
    /// [`HostError`] if one of them is no host.
    pub fn allowed_hosts<'a>(mut self, hosts: impl IntoIterator<Item = &'a str>) -> Result<Self, HostError> {
        self.allowed_hosts = AllowedHosts::new(hosts)?;
        Ok(self)
    }

    /// Says what the site is.
    pub fn about(mut self, about: About) -> Self {
        self.about = about;
        self.frame_landing();
        self
    }

    #[cfg_attr(not(feature = "live"), allow(dead_code, reason = "for the live page"))]
    /// Serves a live page, under the path of the metrics and under `/ui`.
    pub(crate) fn live(mut self, page: LivePage) -> Self {
        self.live = Some(page);
        self.frame_landing();
        self
    }

    /// Serves other sites too, each under `/i/NAME` with all its paths, and at `/sd` the list of them that Prometheus' HTTP
    /// service discovery reads: each by the host that the list was asked for at, with its path and the label `instance`.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Duration;
    /// use openclaw_prometheus::serve::{RequestHead, Site, respond};
    /// use openclaw_prometheus::{Registry, SystemClock, publish::Publisher};
    ///
    /// let publisher = || Publisher::new(&Registry::builder().build().unwrap(), Duration::from_secs(1), SystemClock::new());
    /// let (front, attic) = (publisher()?, publisher()?);
    /// let site = Site::new(front.pages()).instances([("attic", Arc::new(Site::new(attic.pages())))])?;
    /// assert_eq!(respond(&site, &RequestHead::new("GET", "/i/attic/metrics")).status(), 200);
    /// assert_eq!(respond(&site, &RequestHead::new("GET", "/i/cellar/metrics")).status(), 404);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`InstanceError`].
    pub fn instances(
        mut self,
        sites: impl IntoIterator<Item = (impl Into<Box<str>>, Arc<Self>)>,
    ) -> Result<Self, InstanceError> {
        for (name, site) in sites {
            let path = site.metrics_path().to_owned();
            self.instances.add(name.into(), site, &path)?;
        }
        Ok(self)
    }

    /// Which formats are given to those who ask, and whether gzip is. All are, unless this says otherwise;
    /// [`Format::FALLBACK`] always is.
    pub fn formats(mut self, offered: FormatSet, has_gzip: bool) -> Self {
        (self.offered, self.has_gzip) = (offered.with(Format::FALLBACK), has_gzip);
        self
    }

    /// Tells `observer` of requests and answers.
    pub fn observer(mut self, observer: Arc<dyn RequestObserver>) -> Self {
        self.observer = Some(ObserverBox(observer));
        self
    }

    /// Has `POST /-/reload` ask `hook` to reload, for whoever may scrape. The hook hands the request on and does not wait; false
    /// if it cannot. Without one the answer is 403.
    pub fn lifecycle(mut self, hook: impl Fn(ReloadRequest) -> bool + Send + Sync + 'static) -> Self {
        self.lifecycle = Lifecycle::new(hook);
        self
    }

    /// Adds headers to every answer; a name in lower case replaces the same of ours.
    pub fn headers(self, headers: &[(&'static str, String)]) -> Self {
        self.replace_headers(headers);
        self
    }

    /// Adds these headers and no others from the next answer on, while it serves.
    pub fn replace_headers(&self, headers: &[(&'static str, String)]) {
        let headers = headers.iter().map(|(name, value)| (*name, value.as_str().into())).collect();
        self.headers.store(Arc::new(FurtherHeaders(headers)));
    }

    /// Has servers of this site speak TLS, ask for passwords and limit rates. A host that serves the site by
    /// [`respond`](super::respond) or [`answer`](super::answer) does so itself.
    #[cfg(feature = "web-config")]
    pub fn secured(self, web: Web) -> Self {
        self.replace_web(web);
        self
    }

    /// Has them do so otherwise, while they serve: TLS from the next connection on, the rest from the next request on.
    #[cfg(feature = "web-config")]
    pub fn replace_web(&self, web: Web) {
        self.remarks.forget(TLS_SUBJECT);
        self.web.store(Arc::new(web));
    }

    /// What servers do before they answer.
    #[cfg(feature = "web-config")]
    pub(super) fn web(&self) -> Arc<Web> {
        self.web.load()
    }

    /// What the URLs of its servers begin with: `http` or `https`.
    pub fn scheme(&self) -> &'static str {
        if self.speaks_tls() { "https" } else { "http" }
    }

    /// Whether servers of it speak TLS.
    pub(super) fn speaks_tls(&self) -> bool {
        #[cfg(feature = "web-config")]
        return self.web().tls.is_some();
        #[cfg(not(feature = "web-config"))]
        false
    }

    /// What whoever asks a server of it needs: `open` for nothing, `token`, `password`, `client certificate`, `password or token`,
    /// or `client certificate and token`.
    pub fn access(&self) -> &'static str {
        #[cfg(feature = "web-config")]
        {
            let web = self.web();
            match (web.users.is_some(), web.asks_who(), self.guard().is_on()) {
                (true, _, true) => return "password or token",
                (true, _, false) => return "password",
                (false, true, true) => return "client certificate and token",
                (false, true, false) => return "client certificate",
                _ => {}
            }
        }
        if self.guard().is_on() { "token" } else { "open" }
    }

    /// Whether servers of it, or it itself, let in only whom they know.
    pub(super) fn asks_who(&self) -> bool {
        #[cfg(feature = "web-config")]
        let by_server = self.web().asks_who();
        #[cfg(not(feature = "web-config"))]
        let by_server = false;
        by_server || self.guard().is_on()
    }

    /// Ends the thread that compares passwords, until one comes again.
    pub(super) fn rest(&self) {
        #[cfg(feature = "web-config")]
        if let Some(users) = &self.web().users {
            users.rest();
        }
    }

    /// Tells what became of certificates that changed.
    #[cfg(feature = "web-config")]
    pub(super) fn tell_tls(&self, change: &Change) {
        match change {
            Change::Taken => {
                self.remarks.forget(TLS_SUBJECT);
                say!(unlimited, info, "serve: the certificate has changed, and is served from now on");
            }
            Change::Refused(problem) => {
                let sentence = format!("{problem}; what was served before is served on");
                self.remarks.warn(TLS_SUBJECT, &sentence);
                say!(unlimited, warn, "serve: the certificate has changed: {sentence}");
            }
        }
    }

    /// Has `/health` say in one word who is let in where a host serves the site on its own port too.
    pub fn host_auth(mut self, name: &'static str) -> Self {
        self.host_auth = Some(name);
        self
    }

    /// Where the exposition is, behind the prefix of all paths.
    pub fn metrics_path(&self) -> &str {
        if self.base.is_empty() { "/" } else { &self.base }
    }

    /// What every path begins with where others see it.
    pub(super) fn external_prefix(&self) -> &str {
        &self.external
    }

    /// A path without the prefix of all paths, if it has that.
    pub(super) fn within<'p>(&self, path: &'p str) -> Option<&'p str> {
        let rest = path.strip_prefix(&*self.prefix)?;
        match rest {
            "" if !self.prefix.is_empty() => Some("/"),
            rest => rest.starts_with(['/', '*', '%']).then_some(rest),
        }
    }

    /// Who may see the metrics.
    pub fn guard(&self) -> Arc<Auth> {
        self.auth.load()
    }

    /// Further headers of every answer.
    pub(super) fn further_headers(&self) -> Arc<[(&'static str, Box<str>)]> {
        self.headers.load().0.clone()
    }

    /// What the host says in `/health`.
    pub fn remarks(&self) -> &Remarks {
        &self.remarks
    }

    /// The pages.
    pub fn pages(&self) -> &Arc<Pages> {
        &self.pages
    }

    /// Its pages, and those of its instances.
    #[cfg_attr(not(feature = "serve"), allow(dead_code, reason = "for servers"))]
    pub(super) fn all_pages(&self) -> impl Iterator<Item = &Arc<Pages>> {
        std::iter::once(&self.pages).chain(self.instances.sites().map(|site| &site.pages))
    }

    fn frame_landing(&mut self) {
        self.landing = Arc::new(Frame::new(&self.about, &self.external, self.metrics_path(), self.live.is_some()));
    }

    /// Notes that the exposition is handed out.
    pub(super) fn note_scrape(&self) {
        self.scraped_at.store(self.pages.clock().unix().as_millis() as u64, Ordering::Relaxed);
    }

    /// When the exposition was last handed out, since the Unix epoch; none if never.
    pub(super) fn scraped_at(&self) -> Option<Duration> {
        Some(self.scraped_at.load(Ordering::Relaxed)).filter(|at| *at > 0).map(Duration::from_millis)
    }

    /// Where a path leads, however its characters are written: RFC 3986 §6.2.2.
    pub(super) fn route(&self, path: &str) -> Option<Route> {
        let path = &*decoded(path)?;
        if let Some(rest) = path.strip_prefix(&*self.base) {
            match rest {
                "" => return Some(Route::Metrics),
                "/" if self.base.is_empty() => return Some(Route::Metrics),
                "/per-object" => return Some(Route::PerObject),
                "/detailed" => return Some(Route::Detailed),
                "/health" => return Some(Route::Health),
                _ => {
                    if let Some(route) = self.live_route(rest) {
                        return Some(route);
                    }
                }
            }
        }
        Some(match path {
            "/" => Route::Landing,
            "/-/healthy" => Route::Healthy,
            "/-/ready" => Route::Ready,
            "/-/reload" => Route::Reload,
            "/sd" if !self.instances.is_empty() => Route::Targets,
            path => return self.live_route(path),
        })
    }

    /// Where a path leads that is the live page's, if there is one.
    fn live_route(&self, path: &str) -> Option<Route> {
        self.live.as_ref()?;
        match path {
            "/ui" => Some(Route::Live),
            "/ui/data" => Some(Route::LiveData),
            "/ui/families" => Some(Route::LiveFamilies),
            _ => None,
        }
    }
}

/// A path to serve, without a slash at its end.
fn checked(path: &str) -> Result<Box<str>, PathError> {
    let is_legal = |byte: u8| byte.is_ascii_graphic() && !b"?#%\\\"<>".contains(&byte);
    if !path.starts_with('/') || !path.bytes().all(is_legal) {
        return Err(PathError(path.into()));
    }
    Ok(path.trim_end_matches('/').into())
}

/// A path without percent-encoding; none if it is none of ours for certain. A slash that is encoded is no separator, and no
/// path of ours has one that separates nothing.
fn decoded(path: &str) -> Option<Cow<'_, str>> {
    if !path.contains('%') {
        return Some(path.into());
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let mut decoded = Vec::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => (digit(bytes.next()?)? << 4) | digit(bytes.next()?)?,
            plain => plain,
        });
        if byte == b'%' && decoded.last() == Some(&b'/') {
            return None;
        }
    }
    String::from_utf8(decoded).ok().map(Cow::Owned)
}
