//! What is asked next, and what becomes of the answers.
//!
//! Whoever asks does these steps again and again: [`Rpc::next`], the call, [`Rpc::answered`] or [`Rpc::failed`]. Beside that
//! [`Rpc::refresh`] is called before each render. Reading an answer takes up to a few milliseconds a megabyte and allocates:
//! it belongs on a thread that nobody waits for.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use super::figures::{self, AnswerError, Figures, Queued, Waiting};
use super::loose;
use super::method::Method;
use super::schedule::{self, Schedule};
use crate::clock::Clock;
use crate::openclaw::catalogue::rpc::Families;
use crate::openclaw::policy::{self, UNKNOWN};
use crate::{RegisterError, Registry};

/// The families that grow by themselves are brought up to date this often.
const REFRESH: Duration = Duration::from_secs(1);
/// A Gateway that has told of its event loop and then tells nothing for this long is late.
const SILENT: Duration = Duration::from_secs(3);
/// A Gateway that is late is left alone so long at least.
const LATE_PAUSE: Duration = Duration::from_secs(1);

/// A way to the Gateway's RPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Way {
    /// The plugin asks in the Gateway's own process.
    InProcess,
    /// A client asks over a WebSocket.
    WebSocket,
}

impl Way {
    /// Every way.
    pub const ALL: [Self; 2] = [Self::InProcess, Self::WebSocket];

    /// Its name in metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InProcess => "in_process",
            Self::WebSocket => "websocket",
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InProcess => "in process",
            Self::WebSocket => "WebSocket",
        })
    }
}

/// Told how asking goes, by whoever asks; it may not wait.
pub trait CallObserver: Send + Sync {
    /// A method was asked: when that ended, how long it took, and why it gave nothing if it did not.
    fn answered(&self, method: Method, at: Duration, took: Duration, outcome: Result<(), &str>);

    /// Whether a way works now, and why not.
    fn reached(&self, way: Way, outcome: Result<(), &str>);

    /// A way is not used any more.
    fn left(&self, way: Way);

    /// A method is not asked any more, and what went wrong with it last is no matter.
    fn left_out(&self, method: Method);
}

/// The Gateway's RPC as families. Cheap to clone.
///
/// ```
/// use std::time::Duration;
/// use openclaw_prometheus::openclaw::rpc::{Method, Rpc};
/// use openclaw_prometheus::{ManualClock, Registry, testing};
///
/// let registry = Registry::builder().build()?;
/// let rpc = Rpc::new(&registry, ManualClock::new())?;
/// rpc.begin(Duration::from_secs(60));
/// let method = rpc.next().expect("all are due");
/// assert_eq!(method, Method::LastHeartbeat);
/// rpc.answered(method, "null", Duration::from_millis(2));
/// assert_eq!(testing::value(&registry, "openclaw_rpc_cost_seconds", &[("method", "last-heartbeat")]), Some(0.002));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Rpc(Arc<Shared>);

struct Shared {
    clock: Arc<dyn Clock>,
    families: Families,
    /// By the place of their method.
    figures: [Mutex<Box<dyn Figures>>; Method::ALL.len()],
    waiting: Waiting,
    state: Mutex<State>,
    observer: Mutex<Option<Arc<dyn CallObserver>>>,
}

/// What is known of the calls.
struct State {
    schedule: Schedule,
    /// When the open call began.
    asked_at: Duration,
    /// When the event loop was last told of, and its delay.
    loop_told: Option<(Duration, Duration)>,
    refreshed_at: Option<Duration>,
    /// US dollars a day.
    budget: Option<f64>,
    methods: [MethodState; Method::ALL.len()],
    ways: [Option<bool>; Way::ALL.len()],
}

#[derive(Debug, Clone, Copy, Default)]
struct MethodState {
    cost: Option<Duration>,
    interval: Option<Duration>,
    misfits: u64,
}

impl State {
    /// How late the event loop is, as far as is known.
    fn loop_delay(&self, now: Duration) -> Duration {
        self.loop_told.map_or(Duration::ZERO, |(at, delay)| delay.max(now.saturating_sub(at + SILENT)))
    }
}

impl fmt::Debug for Rpc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rpc").finish_non_exhaustive()
    }
}

impl Rpc {
    /// Registers the families. Nothing is due before [`begin`](Self::begin).
    ///
    /// # Errors
    /// A family is registered already, or the registry has no room for it.
    pub fn new(registry: &Registry, clock: impl Clock + 'static) -> Result<Self, RegisterError> {
        let waiting = Waiting::default();
        let mut all = Vec::with_capacity(Method::ALL.len());
        for method in Method::ALL {
            all.push(Mutex::new(figures::register(method, registry, &waiting)?));
        }
        let Ok(figures) = all.try_into() else { unreachable!("one for each method") };
        let state = State {
            schedule: Schedule::idle(),
            asked_at: Duration::ZERO,
            loop_told: None,
            refreshed_at: None,
            budget: None,
            methods: Default::default(),
            ways: Default::default(),
        };
        let families = Families::register(registry)?;
        let (state, observer) = (Mutex::new(state), Mutex::default());
        Ok(Self(Arc::new(Shared { clock: Arc::new(clock), families, figures, waiting, state, observer })))
    }

    /// Has every method asked from now on, at cadences that are right for an interval (`snapshotIntervalMs`) of a minute and
    /// scaled for others.
    pub fn begin(&self, interval: Duration) {
        let mut state = self.state();
        state.schedule = state.schedule.again(interval, self.0.clock.now());
        (state.loop_told, state.ways) = (None, Default::default());
        drop(state);
        self.0.families.up.replace([]);
    }

    /// Ends asking: nothing is due, and what was answered is taken away, for nobody knows whether it is still so.
    pub fn end(&self) {
        let mut state = self.state();
        state.schedule = state.schedule.again(schedule::USUAL_INTERVAL, Duration::MAX);
        drop(state);
        for method in Method::ALL {
            self.figures(method).clear();
        }
        self.0.families.clear();
        let budget = self.state().budget;
        self.budget(budget);
    }

    /// Says what may be spent a day, in US dollars, for whoever compares.
    pub fn budget(&self, per_day: Option<f64>) {
        self.state().budget = per_day;
        self.0.families.budget.replace(per_day.map(|dollars| (["day"], dollars)));
    }

    /// Asks for what `is_wanted` from now on and for nothing else: of the rest nothing is shown, and what is wanted anew is asked
    /// as soon as it is due.
    pub fn ask_for(&self, is_wanted: impl Fn(Method) -> bool) {
        let mut state = self.state();
        let is_new = |method: &Method| state.schedule.leave_out(*method, !is_wanted(*method)) && !is_wanted(*method);
        let left_out: Vec<Method> = Method::ALL.into_iter().filter(is_new).collect();
        for method in &left_out {
            let of = &mut state.methods[*method as usize];
            (of.cost, of.interval) = (None, None);
        }
        self.show_methods(state);
        for method in left_out {
            self.figures(method).clear();
            if let Some(observer) = self.observer_now() {
                observer.left_out(method);
            }
        }
    }

    /// Says which version of the Gateway answers.
    pub fn identify(&self, version: &str) {
        self.0.families.gateway.replace([([policy::value(version, UNKNOWN)], 1.0)]);
    }

    /// Has `observer` told how it goes, instead of the one before.
    pub fn observer(&self, observer: Arc<dyn CallObserver>) {
        *self.0.observer.lock().unwrap_or_else(PoisonError::into_inner) = Some(observer);
    }

    /// Notes how late the Gateway's event loop is. While it is late, or was told of and is silent, nothing is asked.
    pub fn note_loop_delay(&self, delay: Duration) {
        let now = self.0.clock.now();
        self.state().loop_told = Some((now, delay));
    }

    /// The method to ask now, if one is due: one at a time.
    pub fn next(&self) -> Option<Method> {
        let now = self.0.clock.now();
        let overdue = self.state().schedule.overdue(now);
        if let Some(method) = overdue {
            self.failed(method, &format!("no answer within {} s", method.deadline().as_secs()));
        }
        let mut state = self.state();
        let delay = state.loop_delay(now);
        let method = state.schedule.next(now, delay)?;
        state.asked_at = now;
        Some(method)
    }

    /// How long [`next`](Self::next) has nothing: to wait for. A second while the event loop is late, and a moment while a call
    /// is open.
    pub fn pause(&self) -> Duration {
        let now = self.0.clock.now();
        let state = self.state();
        let pause = state.schedule.pause(now);
        if schedule::is_late(state.loop_delay(now)) { pause.max(LATE_PAUSE) } else { pause }
    }

    /// Takes the answer of a method that [`next`](Self::next) gave: its payload, in JSON, and what it cost the Gateway's main
    /// thread. One that was given up meanwhile is discarded.
    pub fn answered(&self, method: Method, payload: &str, cost: Duration) {
        let now = self.0.clock.now();
        if !self.state().schedule.is_open(method) {
            return;
        }
        let outcome = {
            let mut figures = self.figures(method);
            loose::take_misfits();
            figures.take(payload, self.0.clock.unix().as_secs_f64())
        };
        let misfits = loose::take_misfits();
        let mut state = self.state();
        let of = &mut state.methods[method as usize];
        (of.cost, of.misfits) = (Some(cost), of.misfits + misfits);
        match outcome {
            Ok(()) => state.schedule.succeeded(method, cost, now),
            Err(AnswerError::NotCounted) => state.schedule.postponed(method, cost, now),
            Err(_) => state.schedule.failed(method, now),
        }
        self.note_end(state, method, now, outcome.map_err(|error| error.to_string()));
    }

    /// Notes that a method that [`next`](Self::next) gave was not answered, and why, in words for the operator.
    pub fn failed(&self, method: Method, why: &str) {
        let now = self.0.clock.now();
        let mut state = self.state();
        if !state.schedule.is_open(method) {
            return;
        }
        state.schedule.failed(method, now);
        self.note_end(state, method, now, Err(why.to_owned()));
    }

    /// Notes that a call ended.
    fn note_end(&self, mut state: MutexGuard<'_, State>, method: Method, now: Duration, outcome: Result<(), String>) {
        let asked_at = state.asked_at;
        state.methods[method as usize].interval = Some(state.schedule.plan(method).0.saturating_sub(asked_at));
        self.show_methods(state);
        if let Some(observer) = self.observer_now() {
            observer.answered(
                method,
                now,
                now.saturating_sub(asked_at),
                outcome.as_ref().map_err(String::as_str).copied(),
            );
        }
    }

    fn show_methods(&self, state: MutexGuard<'_, State>) {
        let methods = state.methods;
        drop(state);
        let by_method = |figure: fn(&MethodState) -> Option<f64>| {
            let rows = Method::ALL.into_iter().zip(methods);
            rows.filter_map(move |(method, state)| Some(([method.name()], figure(&state)?)))
        };
        self.0.families.cost.replace(by_method(|state| Some(state.cost?.as_secs_f64())));
        self.0.families.interval.replace(by_method(|state| Some(state.interval?.as_secs_f64())));
        self.0.families.misfits.replace(by_method(|state| state.cost.map(|_| state.misfits as f64)));
    }

    /// Notes whether a way to the Gateway works, and why not. With one that has begun to work what has failed is asked again
    /// at once; with one that has ceased to, the open call is given up.
    pub fn reached(&self, way: Way, outcome: Result<(), &str>) {
        let now = self.0.clock.now();
        let mut state = self.state();
        match outcome {
            Ok(()) if state.ways[way as usize] != Some(true) => state.schedule.retry(now),
            Ok(()) => {}
            Err(_) => state.schedule.abandon(),
        }
        state.ways[way as usize] = Some(outcome.is_ok());
        self.show_ways(state);
        if let Some(observer) = self.observer_now() {
            observer.reached(way, outcome);
        }
    }

    /// Notes that a way is not used any more. Its open call is given up: the next way asks that method again.
    pub fn left(&self, way: Way) {
        let mut state = self.state();
        state.ways[way as usize] = None;
        state.schedule.abandon();
        self.show_ways(state);
        if let Some(observer) = self.observer_now() {
            observer.left(way);
        }
    }

    fn show_ways(&self, state: MutexGuard<'_, State>) {
        let ways = state.ways;
        drop(state);
        let known = Way::ALL.into_iter().zip(ways).filter_map(|(way, is_up)| Some((way, is_up?)));
        self.0.families.up.replace(known.map(|(way, is_up)| ([way.name()], f64::from(u8::from(is_up)))));
    }

    /// Before a render: takes away what is too old to be shown, and brings up to date what grows by itself. Waits for nobody:
    /// a method whose answer is being read is left for the next time.
    pub fn refresh(&self) {
        let (now, unix) = (self.0.clock.now(), self.0.clock.unix().as_secs_f64());
        let mut state = self.state();
        if state.refreshed_at.is_some_and(|at| now < at + REFRESH && now >= at) {
            return;
        }
        state.refreshed_at = Some(now);
        drop(state);
        for method in Method::ALL {
            let mut figures = match self.0.figures[method as usize].try_lock() {
                Ok(figures) => figures,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => continue,
            };
            if self.state().schedule.expire(method, now) {
                figures.clear();
            } else {
                figures.refresh(unix);
            }
        }
    }

    /// How many wait in each lane, if that was answered since the last call.
    #[cfg_attr(not(all(feature = "serve", feature = "config")), allow(dead_code, reason = "for the exporter"))]
    pub(crate) fn take_queued(&self) -> Option<Queued> {
        self.0.waiting.take()
    }

    fn observer_now(&self) -> Option<Arc<dyn CallObserver>> {
        self.0.observer.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Of a panic while it was held at most one answer is shown half.
    fn figures(&self, method: Method) -> MutexGuard<'_, Box<dyn Figures>> {
        self.0.figures[method as usize].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ManualClock, testing};

    const MINUTE: Duration = Duration::from_secs(60);
    const MODELS: &str = r#"{"models":[{"id":"a","provider":"p","available":true}]}"#;

    /// One that has been told an answer to `models.list`, and its clock.
    fn told() -> (Registry, Rpc, Arc<ManualClock>) {
        let (registry, clock) = (Registry::builder().build().unwrap(), Arc::new(ManualClock::new()));
        let rpc = Rpc::new(&registry, clock.clone()).unwrap();
        rpc.begin(MINUTE);
        while ask(&rpc, &clock) != Some(Method::Models) {}
        (registry, rpc, clock)
    }

    /// Asks what is due now; only models are answered.
    fn ask(rpc: &Rpc, clock: &ManualClock) -> Option<Method> {
        clock.advance(Duration::from_millis(100));
        let method = rpc.next()?;
        match method {
            Method::Models => rpc.answered(method, MODELS, Duration::from_millis(20)),
            _ => rpc.failed(method, "not here"),
        }
        Some(method)
    }

    fn models(registry: &Registry) -> Option<f64> {
        testing::value(registry, "openclaw_models", &[("available", "true")])
    }

    #[test]
    fn what_was_answered_goes_one_cadence_after_the_next_answer_was_due() {
        let (registry, rpc, clock) = told();
        assert_eq!(models(&registry), Some(1.0));
        clock.advance(Method::Models.cadence() * 2 - Duration::from_secs(5));
        rpc.refresh();
        assert_eq!(models(&registry), Some(1.0));
        clock.advance(Duration::from_secs(6));
        rpc.refresh();
        assert_eq!(models(&registry), None);
    }

    #[test]
    fn an_answer_that_comes_after_it_was_given_up_is_discarded() {
        let (registry, rpc, clock) = told();
        clock.advance(Method::Models.cadence() * 3);
        rpc.refresh();
        while rpc.next() != Some(Method::Models) {
            Method::ALL.into_iter().for_each(|method| rpc.failed(method, "not here"));
            clock.advance(Duration::from_millis(100));
        }
        clock.advance(Method::Models.deadline());
        assert_ne!(rpc.next(), Some(Method::Models), "it was given up, and waits");
        rpc.answered(Method::Models, MODELS, Duration::ZERO);
        assert_eq!(models(&registry), None);
    }

    #[test]
    fn while_the_loop_is_late_or_silent_nothing_is_asked() {
        let (_, rpc, clock) = told();
        clock.advance(MINUTE);
        rpc.note_loop_delay(Duration::from_millis(80));
        assert_eq!(rpc.next(), None);
        rpc.note_loop_delay(Duration::from_millis(8));
        let method = rpc.next().unwrap();
        rpc.failed(method, "not here");
        clock.advance(SILENT + Duration::from_secs(1));
        assert_eq!(rpc.next(), None, "it was told of, and is no more");
    }

    #[test]
    fn a_way_that_is_left_takes_its_call_and_its_figure_with_it() {
        let (registry, rpc, clock) = told();
        clock.advance(Duration::from_secs(1));
        let up = |way| testing::value(&registry, "openclaw_rpc_up", &[("way", way)]);
        rpc.reached(Way::InProcess, Err("not here"));
        rpc.reached(Way::WebSocket, Ok(()));
        let method = rpc.next().unwrap();
        rpc.left(Way::WebSocket);
        assert_eq!((up("in_process"), up("websocket")), (Some(0.0), None));
        assert_eq!(rpc.next(), Some(method), "it was not answered, and did not fail");
        // What it answers is taken, though the way is told of first.
        rpc.reached(Way::InProcess, Ok(()));
        rpc.answered(method, "null", Duration::from_millis(1));
        assert_ne!(rpc.next(), Some(method));
        assert_eq!(up("in_process"), Some(1.0));
    }

    #[test]
    fn with_the_end_everything_goes_but_the_budget() {
        let (registry, rpc, _) = told();
        rpc.budget(Some(20.0));
        rpc.reached(Way::InProcess, Ok(()));
        rpc.end();
        let value = |family, labels| testing::value(&registry, family, labels);
        assert_eq!((models(&registry), value("openclaw_rpc_up", &[("way", "in_process")])), (None, None));
        assert_eq!(value("openclaw_budget_usd", &[("window", "day")]), Some(20.0));
        assert_eq!(rpc.next(), None);
    }
}
