//! Where connections come in. A process out of descriptors is served on by closing idle connections.

use std::fs::File;
use std::future::poll_fn;
use std::io;
use std::net::Shutdown;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpListener, UnixListener};

use super::listener::{Listener, ListenerKind, SocketFile};
use super::stream::Stream;
use super::table::{ConnectionTable, Permit};
use crate::foreign::{LogLimit, say};

/// Pause after a failed accept that nothing can be done about, so that it is not tried in a circle.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// EMFILE and ENFILE of the Unixes: no descriptor is left to the process, or to the system.
const NO_DESCRIPTOR: [i32; 2] = [24, 23];

/// Accepts connections, each with a permit.
pub(super) struct Acceptor {
    places: Vec<Place>,
    /// Whose turn it is to be asked first, so that none is forgotten for another.
    first: usize,
    /// Given up for a moment when no other descriptor is left, to see who is there.
    spare: Option<File>,
    failures: LogLimit,
}

/// One place where connections come in.
pub(super) struct Place {
    listener: AsyncListener,
    is_ours: bool,
    _file: Option<SocketFile>,
}

impl Place {
    /// Opens it, inside of the runtime.
    pub(super) fn new(listener: Listener) -> io::Result<Self> {
        listener.prepare()?;
        let (file, is_ours) = (listener.file, listener.is_ours);
        let listener = match listener.kind {
            ListenerKind::Tcp(listener) => AsyncListener::Tcp(TcpListener::from_std(listener)?),
            ListenerKind::Unix(listener) => AsyncListener::Unix(UnixListener::from_std(listener)?),
        };
        Ok(Self { listener, is_ours, _file: file })
    }

    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<Stream>> {
        match &self.listener {
            AsyncListener::Tcp(listener) => listener.poll_accept(cx).map_ok(|(stream, _)| Stream::Tcp(stream)),
            AsyncListener::Unix(listener) => listener.poll_accept(cx).map_ok(|(stream, _)| Stream::Unix(stream)),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_ours {
            // A child that was forked may have the socket still, and would hold the port and its clients up.
            let socket = match &self.listener {
                AsyncListener::Tcp(listener) => SockRef::from(listener),
                AsyncListener::Unix(listener) => SockRef::from(listener),
            };
            let _ = socket.shutdown(Shutdown::Both);
        }
    }
}

enum AsyncListener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Acceptor {
    pub(super) fn new(places: Vec<Place>) -> Self {
        Self { places, first: 0, spare: spare(), failures: LogLimit::default() }
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Stream>> {
        let count = self.places.len();
        for turn in 0..count {
            let index = (self.first + turn) % count;
            if let Poll::Ready(outcome) = self.places[index].poll_accept(cx) {
                self.first = (index + 1) % count;
                return Poll::Ready(outcome);
            }
        }
        Poll::Pending
    }

    /// The next connection and its permit. Waits while all connections are being answered, and however long accepting fails.
    pub(super) async fn accept(&mut self, table: &Rc<ConnectionTable>) -> (Stream, Permit) {
        loop {
            table.until_worth_accepting().await;
            let error = match poll_fn(|cx| self.poll_accept(cx)).await {
                Ok(stream) => return (stream, table.admit().await),
                Err(error) => error,
            };
            if error.kind() == io::ErrorKind::ConnectionAborted {
                // It has gone again.
                continue;
            }
            say!(&self.failures, warn, "serve: cannot accept connections: {error}; idle ones are closed to make room");
            let is_out = error.raw_os_error().is_some_and(|code| NO_DESCRIPTOR.contains(&code));
            if !is_out {
                tokio::time::sleep(ACCEPT_PAUSE).await;
            } else if let Some(stream) = self.accept_with_spare(table).await {
                return (stream, table.admit().await);
            }
        }
    }

    /// Accepts although no descriptor is left: with the spare one, for which one of our idle connections goes.
    ///
    /// The system reports the lack also when nobody waits; without the spare one an idle connection would go for nobody.
    async fn accept_with_spare(&mut self, table: &ConnectionTable) -> Option<Stream> {
        let outcome = match self.spare.take() {
            Some(spare) => {
                drop(spare);
                poll_fn(|cx| Poll::Ready(self.poll_accept(cx))).await
            }
            None => Poll::Ready(Err(io::ErrorKind::Other.into())),
        };
        let is_in = !matches!(outcome, Poll::Ready(Err(_)));
        if !outcome.is_pending() {
            table.make_room("no descriptor is left").await;
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
