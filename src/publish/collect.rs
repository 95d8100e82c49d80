//! Collectors: whoever brings data into the registry that nobody records, and how that went.
//!
//! Quick ones ([`Collect`]) run on the render thread before each render. Slow ones run wherever they like, replace their
//! snapshot families, and report here, so that health and pages tell of both alike.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Clock;

/// Brings data into the registry, quickly: it runs on the render thread before each render, and a page waits for it.
///
/// [The guide](crate::guide::collect) has an example.
pub trait Collect: Send {
    /// Its name, as a label value.
    fn name(&self) -> &str;

    /// Brings the data up to date. One that panics is not run again: what it left half done is nothing to build on.
    ///
    /// # Errors
    /// Why there is nothing new. The data of the last success stays unless the collector takes it away.
    fn collect(&mut self) -> Result<(), CollectError>;
}

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
    fn whole(&self) -> String {
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
    last: Mutex<CollectorStatus>,
}

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
        let collector = Arc::new(Collector { name: name.into(), last: Mutex::default() });
        self.lock().push(collector.clone());
        collector
    }

    /// All of them, in the order in which they were added.
    pub fn all(&self) -> Vec<Arc<Collector>> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Collector>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Collector {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Notes how a try went that ended at `now` (by the publisher's clock) and took `took`.
    pub fn report(&self, now: Duration, took: Duration, outcome: Result<(), CollectError>) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.took = took;
        last.tries += 1;
        match outcome {
            Ok(()) => {
                if last.error.take().is_some() {
                    log::info!("collector {}: works again", self.name);
                }
                last.succeeded_at = Some(now);
            }
            Err(error) => {
                let error = error.whole();
                last.failures += 1;
                // Once for each change, not at each tick.
                if last.error.as_ref() != Some(&error) {
                    log::warn!("collector {}: {error}", self.name);
                }
                last.error = Some(error);
            }
        }
    }

    /// How it went last.
    pub fn last(&self) -> CollectorStatus {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A collector that runs on the render thread, with its state.
pub(super) struct InlineCollector {
    collect: Box<dyn Collect>,
    state: Arc<Collector>,
    has_panicked: bool,
}

impl InlineCollector {
    pub(super) fn new(collect: Box<dyn Collect>, state: Arc<Collector>) -> Self {
        Self { collect, state, has_panicked: false }
    }

    /// Has it try once, and notes how that went. The thread survives its panic.
    pub(super) fn run(&mut self, clock: &dyn Clock) {
        if self.has_panicked {
            return;
        }
        let before = clock.now();
        let collect = &mut self.collect;
        // Nobody calls it again, and what it shares with others guards itself.
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| collect.collect())).unwrap_or_else(|panic| {
            self.has_panicked = true;
            Err(format!("panicked: {}; it is not run again", message(&*panic)).into())
        });
        let now = clock.now();
        self.state.report(now, now.saturating_sub(before), outcome);
    }
}

/// What a panic said.
fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}

impl fmt::Debug for InlineCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InlineCollector").field(&self.state.name).finish()
    }
}
