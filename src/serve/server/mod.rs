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
mod table;

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
use acceptor::Acceptor;
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
    address: Address,
    stop: Arc<Notify>,
    thread: Option<Thread>,
    _notes: Vec<ListenerNote>,
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
        let (listener, site) = (listener.into(), site.into());
        let address = listener.address().map_err(ServeError::Thread)?;
        site.all_pages().for_each(|pages| pages.bound_in_flight(limits.in_flight_bytes));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
        let runtime = runtime.map_err(ServeError::Thread)?;
        let acceptor = {
            let _inside = runtime.enter();
            Acceptor::new(listener).map_err(|error| ServeError::Listen { address: address.clone(), error })?
        };
        let notes = site.all_pages().map(|pages| pages.note_listener(true)).collect();
        let stop = Arc::new(Notify::new());
        let (stopping, at) = (stop.clone(), address.clone());
        let thread = Thread::spawn("ocp-http", move || {
            say!(unlimited, debug, "serve: listening on {at}");
            let mut acceptor = Some(acceptor);
            // Nobody listens any more once it was told to stop, whatever happens then.
            while acceptor.is_some() {
                let serving = || LocalSet::new().block_on(&runtime, serve(&mut acceptor, &site, &limits, &stopping));
                if let Err(panic) = foreign::call(serving) {
                    site.pages().note_panic(PanicSite::Server, panic);
                    // What panics each time is not to keep a core busy.
                    std::thread::sleep(PAUSE);
                }
            }
            say!(unlimited, debug, "serve: stopped listening on {at}");
        });
        Ok(Self { address, stop, thread: Some(thread.map_err(ServeError::Thread)?), _notes: notes })
    }

    /// Where it listens, with the port it got.
    pub fn address(&self) -> &Address {
        &self.address
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
