//! One connection, as the crate hands it to us: made when it is accepted, called with each request, dropped before it is
//! closed.

use std::io;
use std::os::fd::{BorrowedFd, RawFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use may_minihttp::{HttpService, HttpServiceFactory, Request, Response};

use super::answer::{PersistentReply, last_head};
use super::direct;
use super::request::Head;
use super::socket::{Socket, end, prepare};
use super::table::Admission;
use super::wait::{Pause, wait_for};
use super::watchdog::Shared;
use crate::serve::reply::Reply;

/// Makes the services of a server's connections, in the coroutine that accepts them.
pub(super) struct Factory(pub(super) Arc<Shared>);

impl HttpServiceFactory for Factory {
    type Service = Connection;

    /// Waits until there is a place, so that further connections wait in the system's backlog.
    fn new_service(&self, id: usize) -> Connection {
        // SAFETY: `id` is the descriptor of a connection that was just accepted. The crate closes it after it has dropped
        // the service, and with the service goes all that has a copy: the table's entry. (Where the system has no memory
        // for a stack it is the other way round, and the process is about to end.)
        let socket = unsafe { BorrowedFd::borrow_raw(id as RawFd) };
        let mut pause = Pause::up_to(Duration::from_millis(16));
        loop {
            let mut table = self.0.table();
            match table.admit(socket, &self.0.limits) {
                Admission::Admitted => break self.0.notify(table),
                Admission::Full => drop(table),
                Admission::Stopping => {
                    drop(table);
                    return self.refuse(socket);
                }
            }
            pause.wait();
            self.0.table().paused();
        }
        prepare(socket);
        Connection { shared: self.0.clone(), socket, is_over: false }
    }
}

impl Factory {
    /// Ends the coroutine that accepts, and with it the listener. The crate has no other way out of its loop than to
    /// unwind; no hook is called, and `may` catches it at the coroutine's end.
    #[cfg(panic = "unwind")]
    fn refuse(&self, _: Socket) -> Connection {
        std::panic::resume_unwind(Box::new("the server is stopped"))
    }

    /// Where unwinding ends the process, the listener stays, and whoever connects is sent away.
    #[cfg(not(panic = "unwind"))]
    fn refuse(&self, socket: Socket) -> Connection {
        end(socket);
        Connection { shared: self.0.clone(), socket, is_over: true }
    }
}

pub(super) struct Connection {
    shared: Arc<Shared>,
    socket: Socket,
    /// The last answer was sent; what else the crate finds in its buffer is no request any more.
    is_over: bool,
}

impl HttpService for Connection {
    /// Never an error, which the crate would tell the client, and never a panic.
    fn call(&mut self, request: Request<'_, '_, '_>, response: &mut Response<'_>) -> io::Result<()> {
        if !self.is_over {
            self.is_over = !self.answer(&request, response);
        }
        Ok(())
    }
}

impl Connection {
    /// Answers; whether the connection goes on.
    fn answer(&self, request: &Request<'_, '_, '_>, response: &mut Response<'_>) -> bool {
        let begun = Instant::now();
        let head = Head::read(request);
        let is_known = self.shared.table().begin(self.socket, head.bytes);
        let reply = is_known.then(|| head.reply(&self.shared.site, &self.shared.limits));
        let Some(mut reply) = reply.and_then(|reply| self.ready(reply, begun)) else {
            end(self.socket);
            return false;
        };
        let kept = if head.is_last { None } else { PersistentReply::new(&reply) };
        if let Some(kept) = kept
            && self.keeps(&kept)
        {
            // As far as can be told here, it is sent.
            drop(reply.timer.take());
            kept.give(response);
            return true;
        }
        let unsent = self.shared.table().take_unsent(self.socket);
        let last = last_head(&reply, head.version);
        let pieces = [&unsent[..], &last[..]].into_iter().chain(reply.pieces());
        direct::send(self.socket, pieces, begun, &self.shared.limits);
        false
    }

    /// Whether the crate may write this, and the connection go on.
    fn keeps(&self, kept: &PersistentReply) -> bool {
        let bytes = kept.bytes();
        let mut table = self.shared.table();
        let is_kept = table.keep(self.socket, bytes);
        self.shared.notify(table);
        is_kept
    }

    /// The answer when its bytes are there. The coroutine waits, its worker does not.
    fn ready(&self, reply: Reply, begun: Instant) -> Option<Reply> {
        if reply.is_ready() {
            return Some(reply);
        }
        let limit = self.shared.limits.answer;
        wait_for(reply.ready(), || begun.elapsed() >= limit || self.shared.table().is_ended(self.socket))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.shared.table().release(self.socket);
    }
}
