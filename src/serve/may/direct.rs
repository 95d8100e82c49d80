//! An answer that is the last of its connection, sent past the crate: straight from the page to the socket.
//!
//! Nothing is copied, whatever the size, and the head is ours, so that HEAD, `Connection: close` and any header are
//! possible. After it our side of the connection is closed: what the crate still wants to send goes nowhere (EPIPE).

use std::io::{self, ErrorKind, IoSlice};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::time::{Duration, Instant};

use socket2::SockRef;

use super::PROGRESS_BYTES;
use super::socket::{Socket, cut};
use super::wait::Pause;
use crate::serve::Limits;

/// Bytes that are read and not listened to at most, once all is sent.
const LINGER_BYTES: usize = 256 << 10;
/// Pieces that are handed over in one call; at 16 KiB each it is one mebibyte.
const PIECES: usize = 64;

/// Sends all pieces in order, then no more.
pub(super) fn send<'a>(socket: Socket, pieces: impl Iterator<Item = &'a [u8]>, begun: Instant, limits: &Limits) {
    if write(socket, pieces, begun, limits).is_ok() {
        let _ = SockRef::from(&socket).shutdown(Shutdown::Write);
        linger(socket, limits);
    } else {
        cut(socket);
    }
}

fn write<'a>(
    socket: Socket,
    pieces: impl Iterator<Item = &'a [u8]>,
    begun: Instant,
    limits: &Limits,
) -> io::Result<()> {
    let mut all: Vec<IoSlice<'_>> = pieces.filter(|piece| !piece.is_empty()).map(IoSlice::new).collect();
    let mut rest = &mut all[..];
    // When so much had been taken that it counted as progress, and what has been since.
    let (mut progress, mut taken) = (Instant::now(), 0);
    let mut pause = Pause::up_to(Duration::from_millis(64));
    while !rest.is_empty() {
        if progress.elapsed() >= limits.stall || begun.elapsed() >= limits.answer {
            return Err(ErrorKind::TimedOut.into());
        }
        let some = &rest[..rest.len().min(PIECES)];
        match SockRef::from(&socket).send_vectored_with_flags(some, libc::MSG_NOSIGNAL) {
            Ok(count) => {
                IoSlice::advance_slices(&mut rest, count);
                taken += count as u64;
                if taken >= PROGRESS_BYTES {
                    (progress, taken) = (Instant::now(), 0);
                    pause.reset();
                }
                if !rest.is_empty() {
                    may::coroutine::yield_now();
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => pause.wait(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads on until the client has closed its side too: a reset would take the answer from it.
fn linger(socket: Socket, limits: &Limits) {
    let begun = Instant::now();
    let mut pause = Pause::up_to(Duration::from_millis(16));
    let mut bytes = 0;
    let mut buffer = [MaybeUninit::uninit(); 4096];
    while bytes < LINGER_BYTES && begun.elapsed() < limits.linger {
        match SockRef::from(&socket).recv(&mut buffer) {
            Ok(0) => return,
            Ok(count) => bytes += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => pause.wait(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}
