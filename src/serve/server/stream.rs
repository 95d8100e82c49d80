//! A connection's stream, of either kind, read and written without waiting.

use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::task::{Context, Poll, ready};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::SockRef;
use tokio::io::{Interest, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

use super::super::exchange::Ends;
use super::state::Connection;

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
                is_crowded: false,
            },
            Self::Unix(_) => Ends { local: None, peer: None, is_crowded: false },
        }
    }

    /// Reads what is there.
    pub(super) fn poll_read(&self, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let count = self.poll_read_with(cx, || self.try_read(buffer.initialize_unfilled()));
        count.map_ok(|count| buffer.advance(count))
    }

    /// Has `read` read, until it does not ask for more than there is.
    pub(super) fn poll_read_with<T>(
        &self,
        cx: &mut Context<'_>,
        read: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        poll_until(|| either!(self, stream => stream.poll_read_ready(cx)), read)
    }

    /// Has `write` write, until it does not ask for more room than there is.
    pub(super) fn poll_write_with<T>(
        &self,
        cx: &mut Context<'_>,
        write: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        poll_until(|| either!(self, stream => stream.poll_write_ready(cx)), write)
    }

    /// Reads what is there, without waiting.
    pub(super) fn try_read(&self, space: &mut [u8]) -> io::Result<usize> {
        either!(self, stream => stream.try_read(space))
    }

    /// Hands over what the system takes, without waiting.
    pub(super) fn try_write(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        either!(self, stream => {
            let send = || SockRef::from(stream).send_vectored_with_flags(slices, NO_SIGNAL);
            stream.try_io(Interest::WRITABLE, send)
        })
    }

    /// Waits until there is something to read, or the end.
    pub(super) async fn first_bytes(&self) {
        let mut first = [MaybeUninit::uninit()];
        // Looked at, as the system may say that there is something when there is nothing. An error is found by who reads.
        let _ = either!(self, stream =>
            stream.async_io(Interest::READABLE, || SockRef::from(stream).peek(&mut first)).await);
    }

    /// Waits until there may be something to read, or the end.
    pub(super) async fn readable(&self) -> io::Result<()> {
        either!(self, stream => stream.readable().await)
    }

    /// Waits until the system may take bytes.
    #[cfg(feature = "web-config")]
    pub(super) async fn takes_bytes(&self) -> io::Result<()> {
        either!(self, stream => stream.writable().await)
    }

    /// Has a write to a reader that has gone be an error, and no signal that ends the process.
    #[cfg(target_vendor = "apple")]
    pub(super) fn ignore_gone_readers(&self) {
        let _ = either!(self, stream => SockRef::from(stream).set_nosigpipe(true));
    }

    /// Says that no more will be written.
    pub(super) fn shut(&self) -> io::Result<()> {
        either!(self, stream => SockRef::from(stream).shutdown(Shutdown::Write))
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

/// What `act` comes to once the stream is ready for it. That it would block after all is news: it is waited for again.
fn poll_until<T>(
    mut is_ready: impl FnMut() -> Poll<io::Result<()>>,
    mut act: impl FnMut() -> io::Result<T>,
) -> Poll<io::Result<T>> {
    loop {
        ready!(is_ready())?;
        match act() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            outcome => return Poll::Ready(outcome),
        }
    }
}
