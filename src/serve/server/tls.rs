//! TLS on a connection: rustls between hyper and the socket.
//!
//! A handshake is cryptography on the serving thread, a fraction of a millisecond to one each. So they take turns, one step at a
//! time, and between two steps everybody else is seen to: a flood of handshakes waits for itself, and scrapes on connections that
//! are there go on. Where many wait for a turn nobody else is accepted, and who waits for one is not sent away for those that come:
//! it would be the next one's turn each time. How long one may take is the connection's business, as for any head.

use std::cell::Cell;
use std::io::{self, IoSlice, Read, Write};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use rustls::{InvalidMessage, ServerConfig, ServerConnection};
use tokio::io::ReadBuf;
use tokio::sync::{Notify, Semaphore, SemaphorePermit};

use super::state::Connection;
use super::stream::Stream;

/// Bytes that are encrypted and that the system has not taken, at most: four records.
const UNSENT_BYTES: usize = 64 << 10;

/// Handshakes that may wait for a turn before others are accepted. 16 steps with a key of RSA-2048 take 10 ms.
const WAITING: usize = 16;

/// Whose turn it is to make a step of a handshake.
#[derive(Debug)]
pub(super) struct Turns {
    turn: Semaphore,
    waiting: Cell<usize>,
    /// Told when there are fewer.
    changed: Rc<Notify>,
}

/// One that waits for its turn, until this is dropped.
struct Waiting<'a>(&'a Turns);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.set(self.0.waiting.get() - 1);
        self.0.changed.notify_one();
    }
}

impl Turns {
    pub(super) fn new(changed: Rc<Notify>) -> Self {
        Self { turn: Semaphore::new(1), waiting: Cell::default(), changed }
    }

    /// Whether so many wait that nobody else is to come.
    pub(super) fn are_many(&self) -> bool {
        self.waiting.get() >= WAITING
    }

    /// Waits for a turn, which is over when this is dropped.
    async fn take(&self) -> io::Result<SemaphorePermit<'_>> {
        self.waiting.set(self.waiting.get() + 1);
        let _waiting = Waiting(self);
        self.turn.acquire().await.map_err(io::Error::other)
    }
}

/// Whether an error says that what came is no TLS at all: most likely HTTP.
pub(super) fn is_plain(error: &io::Error) -> bool {
    let error = error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>());
    matches!(error, Some(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)))
}

/// One session.
pub(super) struct Session {
    tls: ServerConnection,
}

/// The socket as rustls reads and writes it: it never waits.
struct Raw<'a> {
    stream: &'a Stream,
    sent: usize,
}

impl Read for Raw<'_> {
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        self.stream.try_read(space)
    }
}

impl Write for Raw<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let count = self.stream.try_write(slices)?;
        self.sent += count;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Session {
    /// Shakes hands with a client.
    pub(super) async fn accept(
        stream: &Stream,
        config: Arc<ServerConfig>,
        turns: &Turns,
        connection: &Connection,
    ) -> io::Result<Self> {
        let mut tls = ServerConnection::new(config).map_err(io::Error::other)?;
        tls.set_buffer_limit(Some(UNSENT_BYTES));
        let mut session = Self { tls };
        while session.tls.is_handshaking() || session.tls.wants_write() {
            // Without a turn, as a client may take its time.
            if session.tls.wants_write() {
                connection.patiently(stream.takes_bytes()).await?;
            } else {
                connection.patiently(stream.readable()).await?;
            }
            connection.keep();
            let turn = turns.take().await?;
            let outcome = session.step(stream);
            // Everybody else, and what has come meanwhile, is seen to before the next step is made.
            tokio::task::yield_now().await;
            drop(turn);
            outcome?;
        }
        Ok(session)
    }

    /// Whether there is something to read that has come already.
    pub(super) fn has_bytes(&self) -> bool {
        !self.tls.wants_read()
    }

    /// Goes on with what is there.
    fn step(&mut self, stream: &Stream) -> io::Result<()> {
        if self.tls.wants_read() {
            match self.tls.read_tls(&mut Raw { stream, sent: 0 }) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => self.process(stream)?,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        self.hand_over(stream).map(drop)
    }

    /// Works on what was read. A client that speaks TLS and is refused is told why.
    fn process(&mut self, stream: &Stream) -> io::Result<()> {
        let Err(error) = self.tls.process_new_packets() else { return Ok(()) };
        let error = io::Error::new(io::ErrorKind::InvalidData, error);
        if !is_plain(&error) {
            let _ = self.hand_over(stream);
        }
        Err(error)
    }

    /// Hands over what the system takes, and tells how many bytes that were.
    fn hand_over(&mut self, stream: &Stream) -> io::Result<usize> {
        let mut raw = Raw { stream, sent: 0 };
        while self.tls.wants_write() {
            match self.tls.write_tls(&mut raw) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(raw.sent)
    }

    /// Reads what there is.
    pub(super) fn poll_read(
        &mut self,
        stream: &Stream,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            match self.tls.reader().read(buffer.initialize_unfilled()) {
                Ok(count) => {
                    buffer.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
            ready!(stream.poll_read_with(cx, || self.tls.read_tls(&mut Raw { stream, sent: 0 })))?;
            self.process(stream)?;
            // What TLS itself answers goes with the next answer if it does not go now.
            self.hand_over(stream)?;
        }
    }

    /// Takes what there is room for.
    pub(super) fn poll_write(
        &mut self,
        stream: &Stream,
        connection: &Connection,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut count = self.tls.writer().write_vectored(slices)?;
        while count == 0 && slices.iter().any(|slice| !slice.is_empty()) {
            ready!(self.poll_some(stream, connection, cx))?;
            count = self.tls.writer().write_vectored(slices)?;
        }
        connection.note_sent(self.hand_over(stream)?);
        connection.note_write(false);
        Poll::Ready(Ok(count))
    }

    /// Hands some over, and waits for room for it.
    fn poll_some(&mut self, stream: &Stream, connection: &Connection, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = stream.poll_write_with(cx, || {
            let mut raw = Raw { stream, sent: 0 };
            self.tls.write_tls(&mut raw)
        });
        connection.note_write(outcome.is_pending());
        outcome.map_ok(|bytes| connection.note_sent(bytes))
    }

    /// Hands all of it over.
    pub(super) fn poll_flush(
        &mut self,
        stream: &Stream,
        connection: &Connection,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while self.tls.wants_write() {
            ready!(self.poll_some(stream, connection, cx))?;
        }
        Poll::Ready(Ok(()))
    }

    /// Tells the client that nothing follows, if the system takes it now.
    pub(super) fn say_end(&mut self, stream: &Stream) {
        self.tls.send_close_notify();
        let _ = self.hand_over(stream);
    }
}
