//! The engine of the process.
//!
//! There is one, whatever number of copies of the plugin and of Workers has loaded the addon: it is a `static`, and one
//! path is one library. Totals and label numbers live as long as the process. Threads and listener live from [`start`]
//! to [`stop`], or until the last load is gone.
//!
//! Each load counts ([`enter`]) and has its environment's clean-up hook count back ([`leave`]). So a Worker that ends
//! takes nothing from the others, the main environment, which ends last, has the threads joined, and nobody has to know
//! which one is the main one. `process.exit()` runs no hook: the threads then end with the process, wherever they are,
//! and hold nothing that could be left half done.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use openclaw_prometheus::encode::Format;
use openclaw_prometheus::publish::{Coding, Page, PublishError, Publisher, Ticker};
use openclaw_prometheus::serve::{Listener, ServeError, Server, Site};
use openclaw_prometheus::{
    Bounds, BuildError, CounterFamily, HistogramFamily, LabelId, Reason, RegisterError, Registry, SystemClock,
};

use crate::ids::{Ids, MAX_IDS};

static ENGINE: OnceLock<Engine> = OnceLock::new();
static LIFE: Mutex<Life> = Mutex::new(Life { loads: 0, running: None });

/// What lives as long as the process.
pub(crate) struct Engine {
    registry: Registry,
    pub(crate) ids: Ids,
    calls: CounterFamily<3>,
    seconds: HistogramFamily<3>,
}

/// What comes and goes. One lock over all of it: a start never meets a stop half way.
struct Life {
    loads: usize,
    running: Option<Running>,
}

/// The threads. Dropping joins them, and the server first: its open answers may still wait for a page.
struct Running {
    server: Server,
    ticker: Ticker,
}

impl Engine {
    pub(crate) fn new() -> Result<Self, EngineError> {
        let registry = Registry::builder().build().map_err(EngineError::Build)?;
        let labels = ["provider", "model", "outcome"];
        let calls = registry.counter("spike_calls_total", "Calls recorded through the addon.").labels(labels);
        let seconds = registry.histogram("spike_call_seconds", "Length of a call.", Bounds::seconds()).labels(labels);
        Ok(Self {
            calls: calls.register().map_err(EngineError::Register)?,
            seconds: seconds.register().map_err(EngineError::Register)?,
            registry,
            ids: Ids::new(),
        })
    }

    /// Records one call and its length. A length that is negative or not finite is refused by the histogram, which
    /// counts the refusal; the call counts all the same.
    #[inline]
    pub(crate) fn record(&self, labels: [LabelId; 3], seconds: f64) {
        self.calls.with_ids(labels).inc();
        self.seconds.with_ids(labels).observe(seconds);
    }
}

/// The engine, if anything was interned or started yet.
#[inline]
pub(crate) fn existing() -> Option<&'static Engine> {
    ENGINE.get()
}

fn engine() -> Result<&'static Engine, EngineError> {
    match ENGINE.get() {
        Some(engine) => Ok(engine),
        None => {
            let engine = Engine::new()?;
            // Of two threads that come first at the same time, one uses the other's.
            Ok(ENGINE.get_or_init(|| engine))
        }
    }
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

/// Listens on 127.0.0.1 and renders once per `interval`, or with an interval of 0 whenever asked. The port in use; that
/// of the engine that runs already, if one does.
pub(crate) fn start(port: u16, interval: Duration) -> Result<u16, EngineError> {
    let mut life = life();
    if let Some(running) = &life.running {
        return Ok(running.server.address().port().unwrap_or_default());
    }
    let mut publisher =
        Publisher::new(&engine()?.registry, interval, SystemClock::new()).map_err(EngineError::Publish)?;
    // The event loop may ask for it at any time, and does not wait.
    publisher.keep(Format::Text);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = Listener::tcp(address).map_err(EngineError::Serve)?;
    let server = Server::start(listener, Site::new(publisher.pages())).map_err(EngineError::Serve)?;
    let ticker = publisher.start().map_err(EngineError::Publish)?;
    let port = server.address().port().unwrap_or_default();
    life.running = Some(Running { server, ticker });
    Ok(port)
}

/// Closes the listener and joins the threads. Totals stay, and [`start`] goes on with them.
pub(crate) fn stop() {
    life().running = None;
}

/// The newest page; with a collect interval of 0 one made now, for which the caller waits.
pub(crate) fn page() -> Result<Arc<Page>, EngineError> {
    let pages = life().running.as_ref().map(|running| running.ticker.pages()).ok_or(EngineError::NotRunning)?;
    Ok(if pages.is_on_demand() { pages.fresh(Format::Text, Coding::Identity).wait() } else { pages.current() })
}

/// The number of a label value.
pub(crate) fn intern(text: &str) -> Result<u32, EngineError> {
    let engine = engine()?;
    let number = engine.ids.intern(&engine.registry, text).map_err(EngineError::Value)?;
    number.ok_or(EngineError::IdsFull)
}

fn life() -> MutexGuard<'static, Life> {
    // A panic under the lock leaves either no engine or a whole one.
    LIFE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug)]
pub(crate) enum EngineError {
    Build(BuildError),
    Register(RegisterError),
    Publish(PublishError),
    Serve(ServeError),
    Value(Reason),
    IdsFull,
    NotRunning,
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Build(error) => error.fmt(f),
            Self::Register(error) => error.fmt(f),
            Self::Publish(error) => error.fmt(f),
            Self::Serve(error) => error.fmt(f),
            Self::Value(reason) => write!(f, "intern: the value is refused ({})", reason.as_str()),
            Self::IdsFull => write!(f, "intern: all {MAX_IDS} ids are given out; use fewer distinct label values"),
            Self::NotRunning => write!(f, "page: the engine is not running; call start() first"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::alloc::{GlobalAlloc, Layout, System};
    use std::cell::Cell;

    use super::*;

    thread_local!(static ALLOCATIONS: Cell<u64> = const { Cell::new(0) });

    /// The system's allocator, counting what each thread asks of it.
    struct Counting;

    #[global_allocator]
    static ALLOCATOR: Counting = Counting;

    // SAFETY: every call is passed on to the system's allocator unchanged.
    unsafe impl GlobalAlloc for Counting {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
            // SAFETY: the caller's promise about `layout` is passed on.
            unsafe { System.alloc(layout) }
        }

        unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
            // SAFETY: the memory is the system's, because `alloc` is.
            unsafe { System.dealloc(memory, layout) }
        }
    }

    #[test]
    fn recording_by_numbers_allocates_nothing() {
        let engine = Engine::new().expect("default capacities");
        let numbers = ["p", "m", "ok"].map(|text| engine.ids.intern(&engine.registry, text));
        let record = || {
            let labels = numbers.map(|number| engine.ids.get(number.ok()??.into()));
            if let [Some(provider), Some(model), Some(outcome)] = labels {
                engine.record([provider, model, outcome], 0.25);
                engine.record([provider, model, outcome], f64::NAN);
            }
        };
        record();
        let before = ALLOCATIONS.get();
        (0..10_000).for_each(|_| record());
        assert_eq!(ALLOCATIONS.get() - before, 0);
        let labels = [("provider", "p"), ("model", "m"), ("outcome", "ok")];
        let count = |family| openclaw_prometheus::testing::value(&engine.registry, family, &labels);
        assert_eq!(count("spike_calls_total"), Some(20_002.0));
        assert_eq!(count("spike_call_seconds"), Some(10_001.0));
    }
}
