//! The HTTP server: hyper on one current-thread tokio runtime, in the thread `ocp-http`.
//!
//! It hands out what [`respond`](super::respond) says and holds no state of its own. Heads, connections, standing writes
//! and memory are limited ([`Limits`]); a client can hurt its own connection and nothing else, and neither can a panic in
//! an answer. Nothing is written to the host's streams: what there is to say goes to its logger.

mod acceptor;
mod address;
mod connection;
mod error;
mod limits;
mod listener;
mod patient;
mod socket;
mod state;
mod stream;
mod table;
#[cfg_attr(not(feature = "web-config"), path = "no_tls.rs")]
mod tls;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::{JoinError, JoinSet, LocalSet};

use super::site::Site;
use crate::foreign::{self, say};
use crate::publish::{ListenerNote, Pages, PanicSite};
use crate::thread::Thread;
use acceptor::{Acceptor, Place};
pub use address::Address;
use connection::serve_connection;
pub use error::ServeError;
pub use limits::Limits;
pub use listener::Listener;
pub use patient::PatientServer;
use table::ConnectionTable;

/// Between a panic of the server and its next try.
const PAUSE: Duration = Duration::from_millis(100);

/// A running server. Dropping it stops it; in a child that was forked it does nothing, as the server is the parent's.
#[derive(Debug)]
pub struct Server {
    /// INVARIANT: one at least.
    addresses: Vec<Address>,
    site: Arc<Site>,
    stop: Arc<Notify>,
    thread: Option<Thread>,
    _notes: Vec<ListenerNote>,
}

/// A server that is to be started, with more than one place to listen or with limits of your own.
///
/// ```
/// use std::time::Duration;
/// use openclaw_prometheus::serve::{Listener, Server, Site};
/// use openclaw_prometheus::{Registry, SystemClock, publish::Publisher};
///
/// let registry = Registry::builder().build()?;
/// let ticker = Publisher::new(&registry, Duration::from_secs(1), SystemClock::new())?.start()?;
/// let listen = || Listener::tcp(([127, 0, 0, 1], 0).into());
/// let server = Server::builder(Site::new(ticker.pages())).listen(listen()?).listen(listen()?).start()?;
/// assert_eq!(server.addresses().len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "a server has to be started"]
pub struct ServerBuilder {
    site: Arc<Site>,
    listeners: Vec<Listener>,
    limits: Limits,
}

impl ServerBuilder {
    /// Listens here too.
    pub fn listen(mut self, listener: impl Into<Listener>) -> Self {
        self.listeners.push(listener.into());
        self
    }

    /// With limits of your own.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Serves from a thread of its own.
    ///
    /// # Errors
    /// [`ServeError`]; after one nothing is left running.
    pub fn start(self) -> Result<Server, ServeError> {
        let Self { site, listeners, limits } = self;
        if listeners.is_empty() {
            return Err(ServeError::Nowhere);
        }
        let addresses: Result<Vec<_>, _> = listeners.iter().map(Listener::address).collect();
        let addresses = addresses.map_err(ServeError::Thread)?;
        site.all_pages().for_each(|pages| pages.bound_in_flight(limits.in_flight_bytes));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
        let runtime = runtime.map_err(ServeError::Thread)?;
        let acceptor = {
            let _inside = runtime.enter();
            let open = |(listener, address): (Listener, &Address)| {
                Place::new(listener).map_err(|error| ServeError::Listen { address: address.clone(), error })
            };
            Acceptor::new(listeners.into_iter().zip(&addresses).map(open).collect::<Result<_, _>>()?)
        };
        let notes = site.all_pages().map(|pages| pages.note_listener(true)).collect();
        let stop = Arc::new(Notify::new());
        let (stopping, served) = (stop.clone(), site.clone());
        let at = addresses.iter().map(Address::to_string).collect::<Vec<_>>().join(", ");
        let thread = Thread::spawn("ocp-http", move || {
            say!(unlimited, debug, "serve: listening on {at}");
            let mut acceptor = Some(acceptor);
            // Nobody listens any more once it was told to stop, whatever happens then.
            while acceptor.is_some() {
                let serving = || LocalSet::new().block_on(&runtime, serve(&mut acceptor, &served, &limits, &stopping));
                if let Err(panic) = foreign::call(serving) {
                    served.pages().note_panic(PanicSite::Server, panic);
                    // What panics each time is not to keep a core busy.
                    std::thread::sleep(PAUSE);
                }
            }
            say!(unlimited, debug, "serve: stopped listening on {at}");
        });
        let thread = Some(thread.map_err(ServeError::Thread)?);
        Ok(Server { addresses, site, stop, thread, _notes: notes })
    }
}

impl Server {
    /// Serves `site` from a thread of its own.
    ///
    /// ```
    /// use std::time::Duration;
    /// use openclaw_prometheus::serve::{Listener, Server, Site};
    /// use openclaw_prometheus::{Registry, SystemClock, publish::Publisher};
    ///
    /// let registry = Registry::builder().build()?;
    /// let ticker = Publisher::new(&registry, Duration::from_secs(1), SystemClock::new())?.start()?;
    /// let server = Server::start(Listener::tcp(([127, 0, 0, 1], 0).into())?, Site::new(ticker.pages()))?;
    /// println!("open {}/metrics", server.address());
    /// server.stop();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`ServeError`]; after one nothing is left running.
    pub fn start(listener: impl Into<Listener>, site: impl Into<Arc<Site>>) -> Result<Self, ServeError> {
        Self::with_limits(listener, site, Limits::default())
    }

    /// The same with limits of your own.
    ///
    /// # Errors
    /// [`ServeError`].
    pub fn with_limits(
        listener: impl Into<Listener>,
        site: impl Into<Arc<Site>>,
        limits: Limits,
    ) -> Result<Self, ServeError> {
        Self::builder(site).listen(listener).limits(limits).start()
    }

    /// One that is still to be told where to listen.
    pub fn builder(site: impl Into<Arc<Site>>) -> ServerBuilder {
        ServerBuilder { site: site.into(), listeners: Vec::new(), limits: Limits::default() }
    }

    /// Where it listens, with the port it got; the first of several.
    pub fn address(&self) -> &Address {
        &self.addresses[0]
    }

    /// Everywhere it listens.
    pub fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    /// Takes no more connections, lets answers on their way go on for half a second, and joins the thread.
    pub fn stop(mut self) {
        self.join();
    }

    fn join(&mut self) {
        // In a child that was forked there is no such thread.
        if let Some(thread) = self.thread.take().filter(Thread::is_here) {
            self.stop.notify_one();
            thread.join();
            self.site.rest();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.join();
    }
}

/// Accepts and serves until it is told to stop, and then takes the acceptor away.
async fn serve(acceptor: &mut Option<Acceptor>, site: &Arc<Site>, limits: &Limits, stopping: &Notify) {
    let table = ConnectionTable::new(limits.clone());
    let mut connections = JoinSet::new();
    let mut stop = pin!(stopping.notified());
    while let Some(accepting) = acceptor {
        let mut next = pin!(accepting.accept(&table));
        let next = poll_fn(|cx| {
            while let Poll::Ready(Some(ended)) = connections.poll_join_next(cx) {
                note(ended, site.pages());
            }
            match stop.as_mut().poll(cx) {
                Poll::Ready(()) => Poll::Ready(None),
                Poll::Pending => next.as_mut().poll(cx).map(Some),
            }
        });
        let Some((stream, permit)) = next.await else { break };
        let connection = permit.connection.clone();
        connection.note_task(connections.spawn_local(serve_connection(stream, site.clone(), permit)));
    }
    drop(acceptor.take());
    table.stop();
    let drained = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(table.limits.drain, drained).await;
}

/// A connection whose task panicked is gone, and nothing else is.
fn note(ended: Result<(), JoinError>, pages: &Pages) {
    if let Err(Ok(panic)) = ended.map_err(JoinError::try_into_panic) {
        pages.note_panic(PanicSite::Server, foreign::message(panic));
    }
}
