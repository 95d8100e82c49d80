//! A connection's socket, which tells its [`Connection`] what goes on.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes};
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::state::{Connection, Input};
use super::stream::Stream;
use super::tls::Session;

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

/// Bytes that may lie unsent for one of so many connections.
fn unsent_bytes(connections: usize) -> u32 {
    (UNSENT_SHARED / connections.max(1)).clamp(UNSENT_LEAST, UNSENT_MOST) as u32
}

/// A stream, and the connection that it tells.
pub(super) struct TrackedSocket {
    /// Shared with the service, which waits until it can be written.
    stream: Rc<Stream>,
    tls: Option<Box<Session>>,
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
        stream.ignore_gone_readers();
        Self { stream: Rc::new(stream), tls: None, ahead: Bytes::new(), connection }
    }

    /// Writes a few bytes as they are, if the system takes them.
    #[cfg(feature = "web-config")]
    pub(super) fn write_plain(&self, bytes: &[u8]) {
        let _ = self.stream.try_write(&[IoSlice::new(bytes)]);
    }

    /// Has what is read and written from now on go through TLS.
    #[cfg(feature = "web-config")]
    pub(super) fn secure(&mut self, session: Session) {
        self.tls = Some(Box::new(session));
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
        self.stream.readable().await
    }

    /// Waits until there is something to read, or the end.
    pub(super) async fn first_bytes(&self) {
        self.stream.first_bytes().await;
    }

    /// Says that no more will be written, then reads on for a while: to close a socket with unread bytes resets it, and
    /// the client would lose the answer.
    pub(super) async fn linger(&mut self) {
        if let Some(tls) = &mut self.tls {
            tls.say_end(&self.stream);
        }
        let _ = self.stream.shut();
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
        let Self { stream, tls, .. } = &mut *self;
        let outcome = match tls {
            Some(tls) => tls.poll_read(stream, cx, buf),
            None => stream.poll_read(cx, buf),
        };
        self.connection.note_read(if outcome.is_pending() { Input::Dry } else { Input::Open });
        outcome
    }
}

impl AsyncWrite for TrackedSocket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.connection.may_write()?;
        let Self { stream, tls, connection, .. } = &mut *self;
        if let Some(tls) = tls {
            return tls.poll_write(stream, connection, cx, slices);
        }
        let outcome = stream.poll_write_with(cx, || stream.try_write(slices));
        connection.note_write(outcome.is_pending());
        if let Poll::Ready(Ok(bytes)) = &outcome {
            connection.note_sent(*bytes);
        }
        outcome
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, tls, connection, .. } = &mut *self;
        // Sockets have nothing to flush: what was written is with the system. TLS has what the system did not take.
        if let Some(tls) = tls {
            connection.may_write()?;
            std::task::ready!(tls.poll_flush(stream, connection, cx))?;
        }
        connection.note_flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, tls, .. } = &mut *self;
        if let Some(tls) = tls {
            tls.say_end(stream);
        }
        Poll::Ready(stream.shut())
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
