//! What the kernel says of a connection whose stream is the crate's: bytes that came, bytes that it has taken.

use std::io;
use std::net::Shutdown;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

use socket2::SockRef;

/// A connection's descriptor, open as long as this is used: see `Factory::new_service`.
pub(super) type Socket = BorrowedFd<'static>;

/// Bytes of `struct tcp_info` up to what is read of it, in words. Their places are fixed by the kernel's interface.
const INFO_WORDS: usize = 17;
const BYTES_ACKED: usize = 15;
const BYTES_RECEIVED: usize = 16;
/// Bytes that may lie unsent in the kernel: a client that stops reading costs the system no more.
const UNSENT_BYTES: u32 = 128 << 10;
/// How long what was sent may stay unacknowledged: a host that is gone says nothing.
const USER_TIME: Duration = Duration::from_secs(30);
/// How often a connection is looked at again on which bytes are acknowledged meanwhile.
const TRIES: usize = 100;

/// What has gone over a connection since it was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Traffic {
    /// Bytes that the client has sent.
    pub(super) received: u64,
    /// Bytes that it has acknowledged.
    pub(super) acknowledged: u64,
    /// Bytes that the kernel has taken and the client has not acknowledged.
    pub(super) queued: u64,
}

impl Traffic {
    pub(super) fn of(socket: Socket) -> io::Result<Self> {
        for _ in 0..TRIES {
            let before = info(socket)?;
            let queued = queued(socket)?;
            let after = info(socket)?;
            // What is acknowledged between the two leaves the queue: then the two would not fit together.
            if before[BYTES_ACKED] == after[BYTES_ACKED] {
                return Ok(Self { received: after[BYTES_RECEIVED], acknowledged: after[BYTES_ACKED], queued });
            }
        }
        Err(io::ErrorKind::WouldBlock.into())
    }

    /// Bytes that the kernel has taken to send.
    pub(super) fn written(&self) -> u64 {
        self.acknowledged + self.queued
    }
}

fn info(socket: Socket) -> io::Result<[u64; INFO_WORDS]> {
    let mut info = [0; INFO_WORDS];
    let mut bytes = size_of_val(&info) as libc::socklen_t;
    // SAFETY: the kernel writes as many bytes as `bytes` says at most, and the array has them.
    let outcome = unsafe {
        libc::getsockopt(socket.as_raw_fd(), libc::IPPROTO_TCP, libc::TCP_INFO, info.as_mut_ptr().cast(), &mut bytes)
    };
    match outcome {
        0 if bytes as usize == size_of_val(&info) => Ok(info),
        0 => Err(io::ErrorKind::Unsupported.into()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// SIOCOUTQ.
fn queued(socket: Socket) -> io::Result<u64> {
    let mut bytes: libc::c_int = 0;
    // SAFETY: this request writes one int.
    let outcome = unsafe { libc::ioctl(socket.as_raw_fd(), libc::TIOCOUTQ, &mut bytes) };
    if outcome == 0 { Ok(u64::try_from(bytes).unwrap_or(0)) } else { Err(io::Error::last_os_error()) }
}

/// Prepares a connection that was just accepted. One that refuses works all the same.
pub(super) fn prepare(socket: Socket) {
    let socket = SockRef::from(&socket);
    let _ = socket.set_tcp_nodelay(true);
    let _ = socket.set_tcp_user_timeout(Some(USER_TIME));
    let _ = socket.set_tcp_notsent_lowat(UNSENT_BYTES);
}

/// Ends a connection: its coroutine wakes up, finds it so, and closes it. Nobody else may close it.
pub(super) fn end(socket: Socket) {
    let _ = SockRef::from(&socket).shutdown(Shutdown::Both);
}

/// Ends a connection whose client takes nothing, and has the kernel forget what it has for it.
pub(super) fn cut(socket: Socket) {
    let _ = SockRef::from(&socket).set_linger(Some(Duration::ZERO));
    end(socket);
}
