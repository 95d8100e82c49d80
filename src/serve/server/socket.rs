//! A connection's socket, which tells its [`Connection`] what goes on.

use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

use super::super::exchange::Ends;
use super::state::{Connection, Input};

/// Bytes that may lie unsent in the system for one connection, at most: a client that stops reading costs the system this,
/// not the megabytes that its buffers grow to, and half of it is what a slow one has to take at a time to count as alive.
/// With 1 MiB sixteen that read pages of 2 MB at once are served as by a server without a limit; with 128 KiB the
/// slowest of a hundred waits twice as long, as the server has to come back for each half of it.
const UNSENT_MOST: usize = 1 << 20;
/// And however many there are.
const UNSENT_LEAST: usize = 128 << 10;
/// Between these the connections share this, so that 512 that stop reading cost the system 200 MB.
const UNSENT_SHARED: usize = 64 << 20;
/// Bytes of a connection's rest that are read and thrown away at most.
const REST_BYTES: usize = 256 << 10;

/// MSG_NOSIGNAL: to write to a client that has gone is an error. A plain vectored write sends SIGPIPE too, which ends a
/// host that does not ignore it, as Rust programs do and C programs do not.
#[cfg(any(target_os = "linux", target_os = "android"))]
const NO_SIGNAL: i32 = 0x4000;
/// Elsewhere the sockets themselves are told.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const NO_SIGNAL: i32 = 0;

pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// Calls the same method of either stream.
macro_rules! either {
    ($self:expr, $stream:ident => $call:expr) => {
        match $self {
            Stream::Tcp($stream) => $call,
            Stream::Unix($stream) => $call,
        }
    };
}

impl Stream {
    /// Where it begins and ends.
    pub(super) fn ends(&self) -> Ends {
        match self {
            Self::Tcp(stream) => Ends {
                local: stream.local_addr().ok().map(|address| address.ip()),
                peer: stream.peer_addr().ok().map(|address| address.ip()),
            },
            Self::Unix(_) => Ends { local: None, peer: None },
        }
    }
}

/// Bytes that may lie unsent for one of so many connections.
fn unsent_bytes(connections: usize) -> u32 {
    (UNSENT_SHARED / connections.max(1)).clamp(UNSENT_LEAST, UNSENT_MOST) as u32
}

impl Stream {
    /// Reads what is there.
    fn poll_read(&self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => loop {
            match stream.poll_read_ready(cx) {
                Poll::Ready(Ok(())) => {}
                outcome => return outcome,
            }
            match stream.try_read(buffer.initialize_unfilled()) {
                Ok(count) => {
                    buffer.advance(count);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        })
    }

    /// Waits until the system takes bytes, and tells `connection` meanwhile that it does not. An error is found by who writes.
    pub(super) async fn writable(&self, connection: &Connection) {
        let ready = |descriptor: std::os::fd::BorrowedFd<'_>| {
            // The runtime may believe what was so before the last write.
            let mut asked = [PollFd::from_borrowed_fd(descriptor, PollFlags::OUT)];
            match poll(&mut asked, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })) {
                Ok(0) => Err(io::ErrorKind::WouldBlock.into()),
                _ => Ok(()),
            }
        };
        let mut wait = std::pin::pin!(async {
            let _ = either!(self, stream => stream.async_io(Interest::WRITABLE, || ready(stream.as_fd())).await);
        });
        poll_fn(|cx| {
            let outcome = wait.as_mut().poll(cx);
            connection.note_write(outcome.is_pending());
            outcome
        })
        .await;
    }
}

/// A stream, and the connection that it tells.
pub(super) struct TrackedSocket {
    /// Shared with the service, which waits until it can be written.
    stream: Rc<Stream>,
    /// What was read ahead of its time.
    ahead: Bytes,
    connection: Rc<Connection>,
}

impl TrackedSocket {
    /// The socket of one of `connections`.
    pub(super) fn new(stream: Stream, connection: Rc<Connection>, connections: usize) -> Self {
        if let Stream::Tcp(stream) = &stream {
            // Answers are written whole: nothing is gained by waiting for more. A socket that refuses works all the same.
            let _ = stream.set_nodelay(true);
            #[cfg(any(target_os = "linux", target_os = "android"))]
            let _ = SockRef::from(stream).set_tcp_notsent_lowat(unsent_bytes(connections));
        }
        #[cfg(target_vendor = "apple")]
        let _ = either!(&stream, stream => SockRef::from(stream).set_nosigpipe(true));
        Self { stream: Rc::new(stream), ahead: Bytes::new(), connection }
    }

    pub(super) fn stream(&self) -> Rc<Stream> {
        self.stream.clone()
    }

    /// Puts back what was read and not used.
    pub(super) fn put_back(&mut self, rest: Bytes) {
        self.ahead = rest;
    }

    /// Waits until there is more to read than what was put back, or the end.
    pub(super) async fn readable(&self) -> io::Result<()> {
        either!(&*self.stream, stream => stream.readable().await)
    }

    /// Waits until there is something to read, or the end.
    pub(super) async fn first_bytes(&self) {
        let mut first = [MaybeUninit::uninit()];
        // Looked at, as the system may say that there is something when there is nothing. An error is found by who reads.
        let _ = either!(&*self.stream, stream =>
            stream.async_io(Interest::READABLE, || SockRef::from(stream).peek(&mut first)).await);
    }

    /// Says that no more will be written, then reads on for a while: to close a socket with unread bytes resets it, and
    /// the client would lose the answer.
    pub(super) async fn linger(&mut self) {
        let _ = either!(&*self.stream, stream => SockRef::from(stream).shutdown(Shutdown::Write));
        let mut rest = REST_BYTES;
        poll_fn(|cx| {
            while rest > 0 {
                let mut space = [MaybeUninit::uninit(); 4 << 10];
                let mut buffer = ReadBuf::uninit(&mut space);
                let outcome = self.stream.poll_read(cx, &mut buffer);
                match (outcome, buffer.filled().len()) {
                    (Poll::Pending, _) => return Poll::Pending,
                    (Poll::Ready(Err(_)), _) | (_, 0) => break,
                    (_, count) => rest = rest.saturating_sub(count),
                }
            }
            Poll::Ready(())
        })
        .await;
    }

    /// Closes so that the system drops what it has not sent, too.
    pub(super) fn reset(self) {
        if let Stream::Tcp(stream) = &*self.stream {
            let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
        }
    }
}

impl AsyncRead for TrackedSocket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if !self.ahead.is_empty() {
            let count = self.ahead.len().min(buf.remaining());
            buf.put_slice(&self.ahead[..count]);
            self.ahead.advance(count);
            return Poll::Ready(Ok(()));
        }
        let outcome = self.stream.poll_read(cx, buf);
        self.connection.note_read(if outcome.is_pending() { Input::Dry } else { Input::Open });
        outcome
    }
}

impl AsyncWrite for TrackedSocket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.connection.may_write()?;
        let outcome = either!(&*self.stream, stream => loop {
            match stream.poll_write_ready(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => break Poll::Ready(Err(error)),
                Poll::Pending => break Poll::Pending,
            }
            let send = || SockRef::from(stream).send_vectored_with_flags(slices, NO_SIGNAL);
            match stream.try_io(Interest::WRITABLE, send) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                outcome => break Poll::Ready(outcome),
            }
        });
        self.connection.note_write(outcome.is_pending());
        if let Poll::Ready(Ok(bytes)) = &outcome {
            self.connection.note_sent(*bytes);
        }
        outcome
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Sockets have nothing to flush: what was written is with the system.
        self.connection.note_flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(either!(&*self.stream, stream => SockRef::from(stream).shutdown(Shutdown::Write)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_that_stop_cost_the_system_two_hundred_megabytes_at_most() {
        assert_eq!([1, 64, 128, 512, 100_000].map(unsent_bytes), [1 << 20, 1 << 20, 1 << 19, 1 << 17, 1 << 17]);
        // Each has the share that it had when it came.
        let all: u64 = (1..=512).map(|connections| u64::from(unsent_bytes(connections))).sum();
        assert!(all < 210_000_000, "{all}");
    }
}
