//! A server whose address may be taken: then it is tried again until it is free.
//!
//! Whoever starts it never waits: one try is a few system calls, and the next ones are made on the thread `ocp-listen`, which
//! is there as long as nobody listens and no longer. Until then `/health` warns, with the address and what is wrong with it, and
//! [`Pages::listens`](crate::publish::Pages::listens) says no. Not for a program that somebody starts by hand: it had better
//! refuse, as [`Listener`] does.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Server;
use super::address::Address;
use super::error::ServeError;
use super::limits::Limits;
use super::listener::Listener;
use crate::foreign::{self, say};
use crate::publish::{ListenerNote, PanicSite};
use crate::serve::site::Site;
use crate::thread::Thread;

/// What `/health` calls it, and further ones of the same site.
const SUBJECTS: [&str; 17] = [
    "listener",
    "listener 2",
    "listener 3",
    "listener 4",
    "listener 5",
    "listener 6",
    "listener 7",
    "listener 8",
    "listener 9",
    "listener 10",
    "listener 11",
    "listener 12",
    "listener 13",
    "listener 14",
    "listener 15",
    "listener 16",
    "listener 17",
];

/// A server that listens as soon as it can. Dropping it stops it, at once while it waits.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use openclaw_prometheus::serve::{Listener, PatientServer, Site};
/// use openclaw_prometheus::{Registry, SystemClock, publish::Publisher};
///
/// let registry = Registry::builder().build()?;
/// let publisher = Publisher::new(&registry, Duration::from_secs(1), SystemClock::new())?;
/// let site = Arc::new(Site::new(publisher.pages()));
/// let taken = Listener::tcp(([127, 0, 0, 1], 0).into())?;
/// let address = taken.address()?.tcp().expect("an address and port");
/// let server = PatientServer::start(move || Listener::tcp(address), site.clone(), Duration::from_millis(10));
/// assert!(server.address().is_none() && site.remarks().warnings()[0].contains("is taken by another process"));
/// drop(taken);
/// while server.address().is_none() {}
/// assert!(site.remarks().warnings().is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct PatientServer {
    shared: Arc<Shared>,
    thread: Option<Thread>,
}

#[derive(Debug)]
struct Shared {
    subject: &'static str,
    site: Arc<Site>,
    state: Mutex<State>,
    stopped: Condvar,
}

#[derive(Debug, Default)]
struct State {
    server: Option<Server>,
    /// There as long as there is no server.
    _waiting: Option<ListenerNote>,
    is_stopped: bool,
}

impl PatientServer {
    /// Serves `site` on what `open` opens: now, or as soon as a later try succeeds, one after each `pause`.
    pub fn start(
        open: impl Fn() -> Result<Listener, ServeError> + Send + 'static,
        site: Arc<Site>,
        pause: Duration,
    ) -> Self {
        Self::start_further(0, open, site, Limits::default(), pause)
    }

    /// The same with limits of your own, for the place of this number of several that the site is served at, from 0.
    pub fn start_further(
        number: usize,
        open: impl Fn() -> Result<Listener, ServeError> + Send + 'static,
        site: Arc<Site>,
        limits: Limits,
        pause: Duration,
    ) -> Self {
        let waiting = site.pages().note_listener(false);
        let mut server = Self::new(number, site, State { _waiting: Some(waiting), ..State::default() });
        let shared = server.shared.clone();
        let again = format!("it is tried again every {} s", pause.as_secs_f64());
        let mut told = String::new();
        let mut is_done = move || shared.try_once(&open, &limits, &again, &mut told);
        if !is_done() {
            let shared = server.shared.clone();
            let thread = Thread::spawn("ocp-listen", move || while !shared.pause(pause) && !is_done() {});
            match thread {
                Ok(thread) => server.thread = Some(thread),
                Err(error) => {
                    server.shared.warn(&format!("the system gives no thread to wait for its address: {error}"))
                }
            }
        }
        server
    }

    /// One that is never to listen, and why: health and metric tell it like one that cannot.
    pub fn refused(site: Arc<Site>, why: &str) -> Self {
        let waiting = site.pages().note_listener(false);
        let server = Self::new(0, site, State { _waiting: Some(waiting), ..State::default() });
        server.shared.warn(why);
        server
    }

    fn new(number: usize, site: Arc<Site>, state: State) -> Self {
        let subject = SUBJECTS[number.min(SUBJECTS.len() - 1)];
        let shared = Shared { subject, site, state: Mutex::new(state), stopped: Condvar::new() };
        Self { shared: Arc::new(shared), thread: None }
    }

    /// Where it listens; none as long as it waits.
    pub fn address(&self) -> Option<Address> {
        self.shared.lock().server.as_ref().map(|server| server.address().clone())
    }
}

impl Drop for PatientServer {
    fn drop(&mut self) {
        self.shared.lock().is_stopped = true;
        self.shared.stopped.notify_one();
        if let Some(thread) = self.thread.take() {
            thread.join();
        }
        // The server's thread is joined without the lock: an answer may ask where it listens.
        let server = self.shared.lock().server.take();
        drop(server);
        self.shared.site.remarks().forget(self.shared.subject);
    }
}

impl Shared {
    /// Waits for the time of the next try. Whether it was told to stop meanwhile.
    fn pause(&self, pause: Duration) -> bool {
        let waits = |state: &mut State| !state.is_stopped;
        let ended = self.stopped.wait_timeout_while(self.lock(), pause, waits);
        ended.unwrap_or_else(PoisonError::into_inner).0.is_stopped
    }

    /// Whether nothing is left to try. What is wrong is told when it is another thing than was `told`.
    fn try_once(
        &self,
        open: &impl Fn() -> Result<Listener, ServeError>,
        limits: &Limits,
        again: &str,
        told: &mut String,
    ) -> bool {
        let start = || Server::with_limits(open()?, self.site.clone(), limits.clone());
        let server = match foreign::call(start) {
            Ok(Ok(server)) => server,
            Ok(Err(error)) => {
                let error = error.to_string();
                if *told != error {
                    self.warn(&format!("{}; {again}", error.trim_start_matches("serve: ")));
                    *told = error;
                }
                return false;
            }
            Err(panic) => {
                self.site.pages().note_panic(PanicSite::Server, panic);
                return false;
            }
        };
        let place = format!("listening on {}", server.address());
        let mut state = self.lock();
        if state.is_stopped {
            return true;
        }
        *state = State { server: Some(server), ..State::default() };
        drop(state);
        self.site.remarks().tell(self.subject, &place);
        if !told.is_empty() {
            say!(unlimited, info, "serve: {place} after all");
        }
        true
    }

    fn warn(&self, sentence: &str) {
        if self.site.remarks().warn(self.subject, sentence) {
            say!(unlimited, warn, "serve: {sentence}");
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
