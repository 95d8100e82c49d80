//! Collectors: whoever brings data into the registry that nobody records, and how that went.
//!
//! Those that are called ([`Collect`]) have a worker each. Others run wherever they like, replace their snapshot families,
//! and report here, so that health and pages tell of both alike.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::foreign::{SAY_AGAIN, say};

/// Brings data into the registry before each render, on a thread of its own (`ocp-collect`).
///
/// Each round the collector is called, and the page waits 5 ms for it; what comes later is on the next page. It is not
/// called again before it has come back. A publisher that is ticked by hand waits a second instead, so that what an ordinary
/// collector brings is on the page.
///
/// One that has not come back by its [`deadline`](Self::deadline) counts as failed. The
/// [snapshot families](crate::SnapshotFamily) that it has replaced keep their series for one more interval, to the nearest
/// round, and then lose them, until it succeeds again; those that it replaces after its deadline are left as they are.
/// Counters and gauges take what it still records. Whatever it does, pages go on, other collectors too, and stopping waits a
/// second for it and then leaves it behind.
///
/// [The guide](crate::guide::collect) has an example.
pub trait Collect: Send {
    /// Its name, as a label value.
    fn name(&self) -> &str;

    /// Brings the data up to date. After a panic it is called again, after two intervals, then four, and so on up to five
    /// minutes: what it left half done is for itself to put right.
    ///
    /// # Errors
    /// Why there is nothing new. The data of the last success stays unless the collector takes it away.
    fn collect(&mut self) -> Result<(), CollectError>;

    /// How long a call may take; none for the publisher's interval, or a second where pages are made on demand. Asked once,
    /// when the collector is registered.
    fn deadline(&self) -> Option<Duration> {
        None
    }

    /// Whether it runs on the render thread itself: of ours, and cannot hang.
    #[doc(hidden)]
    fn runs_inline(&self, _: Ours) -> bool {
        false
    }

    /// For one that runs inline: when it wants its turn, by the publisher's clock, even if nothing is rendered until then.
    #[doc(hidden)]
    fn next_turn(&self, _: Ours) -> Option<Duration> {
        None
    }
}

/// What only this crate can name, so that no other says that its collectors run inline.
#[derive(Debug, Clone, Copy)]
pub struct Ours(pub(super) ());

/// Why a collector has nothing new: a sentence for the operator, which health shows and the log, and the error behind it.
///
/// ```
/// use std::error::Error;
/// use openclaw_prometheus::publish::CollectError;
///
/// let error = CollectError::from("the remote gives no figures; is its port 9000 open?");
/// assert!(error.source().is_none());
///
/// let behind = std::fs::read("/nowhere/figures").unwrap_err();
/// let error = CollectError::because("the figures cannot be read", behind);
/// assert_eq!(error.to_string(), "the figures cannot be read");
/// assert!(error.source().is_some());
/// ```
#[derive(Debug)]
pub struct CollectError {
    sentence: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl CollectError {
    /// An error with another behind it, which the sentence need not repeat.
    pub fn because(sentence: impl Into<String>, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { sentence: sentence.into(), source: Some(source.into()) }
    }

    /// The sentence, and what is behind it.
    pub(super) fn whole(&self) -> String {
        let mut whole = self.sentence.clone();
        let mut next = self.source();
        while let Some(error) = next {
            whole.push_str(": ");
            whole.push_str(&error.to_string());
            next = error.source();
        }
        whole
    }
}

impl From<String> for CollectError {
    fn from(sentence: String) -> Self {
        Self { sentence, source: None }
    }
}

impl From<&str> for CollectError {
    fn from(sentence: &str) -> Self {
        sentence.to_owned().into()
    }
}

impl fmt::Display for CollectError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.sentence)
    }
}

impl Error for CollectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|error| error as &(dyn Error + 'static))
    }
}

/// All collectors of a publisher.
///
/// ```
/// use std::time::Duration;
/// use openclaw_prometheus::{ManualClock, Registry, publish::Publisher};
///
/// let registry = Registry::builder().build()?;
/// let publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new())?;
/// // One that has a thread of its own says how it went.
/// let remote = publisher.pages().collectors().add("remote");
/// remote.report(publisher.pages().clock().now(), Duration::from_millis(30), Err("no answer".into()));
/// assert_eq!(remote.last().error.as_deref(), Some("no answer"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Collectors {
    all: Mutex<Vec<Arc<Collector>>>,
}

/// One collector's state.
#[derive(Debug)]
pub struct Collector {
    name: Box<str>,
    is_optional: bool,
    state: Mutex<CollectorState>,
}

#[derive(Debug, Default)]
struct CollectorState {
    last: CollectorStatus,
    /// What the log was last told, and when.
    told: Option<String>,
    told_at: Option<Duration>,
}

/// What the log is to be told, once no lock is held.
#[derive(Debug)]
#[must_use = "to be told by `tell`"]
pub(super) struct Change(Option<String>);

/// How collecting went.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct CollectorStatus {
    /// When it last succeeded, by the publisher's clock; none if never.
    pub succeeded_at: Option<Duration>,
    /// What went wrong last time; none if it succeeded, or was not tried yet.
    pub error: Option<String>,
    /// How long it last took.
    pub took: Duration,
    /// How often it was tried, and how often that failed.
    pub tries: u64,
    /// How often it failed.
    pub failures: u64,
    /// When the call began that is past its deadline and has not come back, by the publisher's clock; none if none is.
    pub hanging_since: Option<Duration>,
}

impl CollectorStatus {
    /// Whether the last try succeeded; none if there was none.
    pub fn is_success(&self) -> Option<bool> {
        (self.tries > 0).then(|| self.error.is_none())
    }
}

impl Collectors {
    /// Adds a collector that reports by itself, from whatever thread.
    pub fn add(&self, name: &str) -> Arc<Collector> {
        self.push(name, false)
    }

    /// The same for one whose failures are no reason to call the exporter unhealthy: what it asks may be away, and the rest of
    /// the page is as good without it. Health lists them as warnings.
    pub fn add_optional(&self, name: &str) -> Arc<Collector> {
        self.push(name, true)
    }

    fn push(&self, name: &str, is_optional: bool) -> Arc<Collector> {
        let collector = Arc::new(Collector { name: name.into(), is_optional, state: Mutex::default() });
        self.lock().push(collector.clone());
        collector
    }

    /// All of them, in the order in which they were added.
    pub fn all(&self) -> Vec<Arc<Collector>> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Collector>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Collector {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the exporter is healthy while it fails.
    pub fn is_optional(&self) -> bool {
        self.is_optional
    }

    /// Notes how a try went that ended at `now` (by the publisher's clock) and took `took`.
    pub fn report(&self, now: Duration, took: Duration, outcome: Result<(), CollectError>) {
        let change = self.note(now, took, outcome.map_err(|error| error.whole()));
        self.tell(change);
    }

    /// Notes that it is not tried any more, so that what went wrong last is no matter.
    pub fn rest(&self) {
        let last = &mut self.lock().last;
        (last.error, last.hanging_since) = (None, None);
    }

    /// How it went last.
    pub fn last(&self) -> CollectorStatus {
        self.lock().last.clone()
    }

    /// Notes how a try went. Calls nobody, so that locks may be held.
    pub(super) fn note(&self, now: Duration, took: Duration, outcome: Result<(), String>) -> Change {
        let mut state = self.lock();
        let last = &mut state.last;
        (last.took, last.hanging_since) = (took, None);
        last.tries += 1;
        last.error = outcome.err();
        match last.error {
            None => last.succeeded_at = Some(now),
            Some(_) => last.failures += 1,
        }
        state.change(now)
    }

    /// Notes that a try that began at `since` is past its deadline: it has failed, and goes on.
    pub(super) fn note_late(&self, now: Duration, since: Duration, deadline: Duration) -> Change {
        let within = deadline.as_secs_f64();
        let error = format!("has not come back within {within} s; what it brings later is discarded");
        let change = self.note(now, now.saturating_sub(since), Err(error));
        self.lock().last.hanging_since = Some(since);
        change
    }

    /// Notes that the late try has come back.
    pub(super) fn note_back(&self, took: Duration) {
        let mut state = self.lock();
        (state.last.took, state.last.hanging_since) = (took, None);
    }

    /// Tells the log. No lock may be held: a logger may ask for anything.
    pub(super) fn tell(&self, change: Change) {
        match change.0 {
            None => {}
            // How often is decided by `change`, for each collector.
            Some(error) if error.is_empty() => {
                say!(unlimited, info, "collector {}: works again", self.name);
            }
            Some(error) => {
                say!(unlimited, warn, "collector {}: {error}", self.name);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, CollectorState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CollectorState {
    /// What the log is to be told: each change, unless it was told something only now. What is then left out is told later.
    fn change(&mut self, now: Duration) -> Change {
        let is_too_soon = self.told_at.is_some_and(|at| now.saturating_sub(at) < SAY_AGAIN);
        if is_too_soon || self.told == self.last.error {
            return Change(None);
        }
        self.told_at = Some(now);
        self.told.clone_from(&self.last.error);
        Change(Some(self.last.error.clone().unwrap_or_default()))
    }
}
