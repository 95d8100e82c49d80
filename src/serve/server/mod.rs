//! The HTTP server: hyper on one current-thread tokio runtime, in the thread `ocp-http`.
//!
//! It hands out what [`respond`](super::respond) says and holds no state of its own. Heads, connections, standing writes
//! and memory are limited ([`Limits`]); a client can hurt its own connection and nothing else, and neither can a panic in
//! an answer. A process out of descriptors is served on by closing idle connections. Nothing is written to the host's
//! streams: what there is to say goes to its logger.

mod connection;
mod error;
mod limits;
pub(super) mod listener;
mod socket;
mod table;

use std::cell::Cell;
use std::fs::File;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Notify;
use tokio::task::{JoinError, JoinSet, LocalSet};
use tokio::time::Instant;

use super::site::Site;
use connection::converse;
pub use error::ServeError;
pub use limits::Limits;
pub use listener::{Address, Listener};
use listener::{Kind, SocketFile};
use socket::Stream;
use table::{Places, Seat};

/// Pause after a failed accept that nothing can be done about, so that it is not tried in a circle.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// A failure is told again after this time at the earliest: they come by the thousand.
const TELL_AGAIN: Duration = Duration::from_secs(10);
/// EMFILE and ENFILE of the Unixes: no descriptor is left to the process, or to the system.
const NO_DESCRIPTOR: [i32; 2] = [24, 23];

/// A running server. Dropping it stops it.
#[derive(Debug)]
pub struct Server {
    address: Address,
    stop: Arc<Notify>,
    thread: Option<JoinHandle<()>>,
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
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
        let runtime = runtime.map_err(ServeError::Thread)?;
        let door = {
            let _inside = runtime.enter();
            Door::new(listener).map_err(|error| ServeError::Listen { address: address.clone(), error })?
        };
        let stop = Arc::new(Notify::new());
        let (stopping, at) = (stop.clone(), address.clone());
        let thread = std::thread::Builder::new().name("ocp-http".into()).spawn(move || {
            log::debug!("serve: listening on {at}");
            LocalSet::new().block_on(&runtime, serve(door, site, limits, &stopping));
            log::debug!("serve: stopped listening on {at}");
        });
        Ok(Self { address, stop, thread: Some(thread.map_err(ServeError::Thread)?) })
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
        self.stop.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.join();
    }
}

/// Where connections come in.
struct Door {
    listener: AsyncListener,
    _file: Option<SocketFile>,
    /// Given up for a moment when no other descriptor is left, to see who is there.
    spare: Option<File>,
    failures: Sparse,
}

enum AsyncListener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Door {
    fn new(listener: Listener) -> io::Result<Self> {
        listener.prepare()?;
        let file = listener.file;
        let listener = match listener.kind {
            Kind::Tcp(listener) => AsyncListener::Tcp(TcpListener::from_std(listener)?),
            Kind::Unix(listener) => AsyncListener::Unix(UnixListener::from_std(listener)?),
        };
        Ok(Self { listener, _file: file, spare: spare(), failures: Sparse::default() })
    }

    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<Stream>> {
        match &self.listener {
            AsyncListener::Tcp(listener) => listener.poll_accept(cx).map_ok(|(stream, _)| Stream::Tcp(stream)),
            AsyncListener::Unix(listener) => listener.poll_accept(cx).map_ok(|(stream, _)| Stream::Unix(stream)),
        }
    }

    /// The next connection and its place. Waits while all places are being answered, and however long accepting fails.
    async fn next(&mut self, places: &Rc<Places>) -> (Stream, Seat) {
        loop {
            places.until_worth_accepting().await;
            let error = match poll_fn(|cx| self.poll_accept(cx)).await {
                Ok(stream) => return (stream, places.take().await),
                Err(error) => error,
            };
            if error.kind() == io::ErrorKind::ConnectionAborted {
                // It has gone again.
                continue;
            }
            if self.failures.is_time() {
                log::warn!("serve: cannot accept connections: {error}; idle ones are closed to make room");
            }
            let is_out = error.raw_os_error().is_some_and(|code| NO_DESCRIPTOR.contains(&code));
            if !is_out {
                tokio::time::sleep(ACCEPT_PAUSE).await;
            } else if let Some(stream) = self.squeeze(places).await {
                return (stream, places.take().await);
            }
        }
    }

    /// Accepts although no descriptor is left: with the spare one, in whose place one of our idle connections goes.
    ///
    /// The system reports the lack also when nobody waits; without the spare one an idle connection would go for nobody.
    async fn squeeze(&mut self, places: &Rc<Places>) -> Option<Stream> {
        let outcome = match self.spare.take() {
            Some(spare) => {
                drop(spare);
                poll_fn(|cx| Poll::Ready(self.poll_accept(cx))).await
            }
            None => Poll::Ready(Err(io::ErrorKind::Other.into())),
        };
        let is_in = !matches!(outcome, Poll::Ready(Err(_)));
        if !outcome.is_pending() {
            places.make_room("no descriptor is left").await;
        }
        self.spare = spare();
        if !is_in {
            tokio::time::sleep(ACCEPT_PAUSE).await;
        }
        match outcome {
            Poll::Ready(Ok(stream)) => Some(stream),
            _ => None,
        }
    }
}

fn spare() -> Option<File> {
    File::open("/dev/null").ok()
}

/// Tells when it is time to tell again.
#[derive(Debug, Default)]
struct Sparse(Cell<Option<Instant>>);

impl Sparse {
    fn is_time(&self) -> bool {
        let is_time = self.0.get().is_none_or(|last| last.elapsed() >= TELL_AGAIN);
        if is_time {
            self.0.set(Some(Instant::now()));
        }
        is_time
    }
}

/// Accepts and serves until it is told to stop.
async fn serve(mut door: Door, site: Arc<Site>, limits: Limits, stopping: &Notify) {
    let places = Places::new(limits);
    let mut connections = JoinSet::new();
    let panics = Sparse::default();
    let mut stop = pin!(stopping.notified());
    loop {
        let mut next = pin!(door.next(&places));
        let next = poll_fn(|cx| {
            while let Poll::Ready(Some(ended)) = connections.poll_join_next(cx) {
                note(ended, &panics);
            }
            match stop.as_mut().poll(cx) {
                Poll::Ready(()) => Poll::Ready(None),
                Poll::Pending => next.as_mut().poll(cx).map(Some),
            }
        });
        let Some((stream, seat)) = next.await else { break };
        let place = seat.place.clone();
        place.note_task(connections.spawn_local(converse(stream, site.clone(), seat)));
    }
    drop(door);
    places.stop();
    let drained = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(places.limits.drain, drained).await;
}

/// A connection whose task panicked is gone, and nothing else is.
fn note(ended: Result<(), JoinError>, panics: &Sparse) {
    if ended.is_err_and(|error| error.is_panic()) && panics.is_time() {
        log::error!("serve: a panic ended a connection while it was answered; the server goes on");
    }
}
