//! The connections of one server: what each is doing, which of them must end, and how many there may be.
//!
//! An entry is made when the crate accepts a connection and taken out before the crate closes it, both under the lock;
//! so a descriptor that is found here is open, and no other connection has its number.

use std::collections::HashMap;
use std::os::fd::{AsRawFd, RawFd};
use std::time::{Duration, Instant};

use super::socket::{Socket, Traffic, cut, end};
use super::{PROGRESS_BYTES, UNSENT_BYTES};
use crate::serve::Limits;

/// How long a head may be seen to be too large before its connection is ended: one that came in one go is being answered
/// with 431 by then.
const LARGE_TIME: Duration = Duration::from_millis(10);
/// Connections that are accepted at once at most, before those that are there get a turn.
const AT_ONCE: usize = 32;
/// Connections for which there always is room.
const ROOM: usize = 16;
/// Bytes that the buffers of all connections have held at most. The crate gives none back before its connection ends.
const BUFFER_BYTES: usize = 32 << 20;

/// All connections of a server.
#[derive(Debug, Default)]
pub(super) struct ConnectionTable {
    connections: HashMap<RawFd, Connection>,
    /// INVARIANT: the sum of all connections' `most_unsent`.
    buffered: usize,
    /// How often the accepting coroutine has paused, and what it has accepted since.
    pauses: u64,
    accepted: usize,
    /// No more connections, and none goes on after its answer.
    pub(super) is_stopping: bool,
    /// The watchdog looks often enough.
    pub(super) is_watched: bool,
    /// The watchdog is to end.
    pub(super) is_stopped: bool,
}

/// Whether a connection has a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    Admitted,
    /// Not now: another has to go first.
    Full,
    /// Not any more.
    Stopping,
}

/// What goes on among the connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activity {
    /// There is nobody.
    Empty,
    /// All wait for requests.
    Idle,
    /// A head is coming or an answer is going.
    Busy,
}

impl ConnectionTable {
    pub(super) fn is_empty(&self) -> bool {
        self.connections.is_empty()
    }

    /// Gives a connection a place, or ends one that can best be done without.
    pub(super) fn admit(&mut self, socket: Socket, limits: &Limits) -> Admission {
        if self.is_stopping {
            return Admission::Stopping;
        }
        let is_full = self.connections.len() >= limits.connections && !self.has_room(limits);
        if is_full || self.accepted >= AT_ONCE {
            return Admission::Full;
        }
        self.connections.insert(socket.as_raw_fd(), Connection::new(socket, self.pauses));
        self.accepted += 1;
        Admission::Admitted
    }

    /// Notes that the accepting coroutine has let all others run.
    pub(super) fn paused(&mut self) {
        self.pauses += 1;
        self.accepted = 0;
    }

    /// Ends a connection for the next, and says whether it has to be waited for: some may be on their way out.
    fn has_room(&mut self, limits: &Limits) -> bool {
        let leaving = self.connections.values().filter(|connection| connection.is_ended).count();
        if leaving > limits.connections / 8 {
            return false;
        }
        self.connections.len() - leaving < limits.connections || self.evict()
    }

    /// Ends the connection that never asked for anything, or else the one that has been idle longest, but none that is
    /// being answered. Whether there was one.
    fn evict(&mut self) -> bool {
        let idle = self.connections.values_mut().filter(|connection| connection.is_idle());
        // Until the accepting coroutine has paused its coroutine may not have run, and its request lie there already.
        let idle = idle.filter(|connection| connection.pauses < self.pauses);
        let least = idle.min_by_key(|connection| (connection.has_asked, connection.since));
        least.map(Connection::end).is_some()
    }

    /// Takes the place back.
    pub(super) fn release(&mut self, socket: Socket) {
        if let Some(connection) = self.connections.remove(&socket.as_raw_fd()) {
            self.buffered -= connection.most_unsent;
        }
        if self.connections.is_empty() {
            // After a flood the room for it is given back.
            self.connections.shrink_to(ROOM);
        }
    }

    /// Notes that a head of so many bytes came; false if nothing can be known of the connection any more.
    pub(super) fn begin(&mut self, socket: Socket, head_bytes: usize) -> bool {
        let connection = self.connections.get_mut(&socket.as_raw_fd());
        connection.is_some_and(|connection| connection.begin(head_bytes as u64).is_ok())
    }

    /// Notes that these bytes are given to the crate to write, after which the connection goes on; false if it may not.
    pub(super) fn keep(&mut self, socket: Socket, bytes: Vec<u8>) -> bool {
        let Some(connection) = self.connections.get_mut(&socket.as_raw_fd()) else { return false };
        let unsent = connection.unsent.len() + bytes.len();
        let growth = unsent.saturating_sub(connection.most_unsent);
        let is_refused = self.is_stopping || connection.is_ended;
        if is_refused || unsent > UNSENT_BYTES || self.buffered + growth > BUFFER_BYTES {
            return false;
        }
        self.buffered += growth;
        connection.most_unsent += growth;
        connection.keep(bytes);
        true
    }

    /// Whether a connection was ended by somebody else than its coroutine.
    pub(super) fn is_ended(&self, socket: Socket) -> bool {
        self.connections.get(&socket.as_raw_fd()).is_none_or(|connection| connection.is_ended)
    }

    /// What was given to the crate and is not written, for a connection whose last answer follows.
    pub(super) fn take_unsent(&mut self, socket: Socket) -> Vec<u8> {
        let connection = self.connections.get_mut(&socket.as_raw_fd());
        connection.map(|connection| std::mem::take(&mut connection.unsent)).unwrap_or_default()
    }

    /// Ends the connections whose time is over.
    pub(super) fn check(&mut self, now: Instant, limits: &Limits) -> Activity {
        let mut activity = if self.is_empty() { Activity::Empty } else { Activity::Idle };
        for connection in self.connections.values_mut() {
            match connection.check(now, limits) {
                Ok(false) => {}
                Ok(true) => activity = Activity::Busy,
                Err(MustEnd) => connection.end(),
            }
        }
        activity
    }

    /// Ends the connections of which nobody waits for an answer.
    pub(super) fn end_idle(&mut self) {
        self.connections.values_mut().filter(|connection| connection.is_idle()).for_each(Connection::end);
    }

    /// Ends them all, whatever their clients still wait for.
    pub(super) fn end_all(&mut self) {
        self.connections.values_mut().for_each(Connection::end);
    }
}

#[derive(Debug)]
struct Connection {
    socket: Socket,
    /// A request is being answered: its coroutine watches over itself.
    is_answering: bool,
    /// It was ended, and its coroutine has not noticed yet.
    is_ended: bool,
    has_asked: bool,
    /// The table's, when it was accepted.
    pauses: u64,
    /// When it was accepted, or the last answer was given to the crate.
    since: Instant,
    /// Bytes of the heads that were taken.
    taken: u64,
    /// When more than those had come, or might have: from the first moment on.
    head_since: Option<Instant>,
    /// When it was more than a head has.
    large_since: Option<Instant>,
    /// Bytes of those that were given to the crate which it has written.
    written: u64,
    /// The bytes that it has been given after those.
    unsent: Vec<u8>,
    /// The most that there were.
    most_unsent: usize,
    /// Whether the client had not acknowledged all when it was last looked at.
    is_sending: bool,
    /// How much it had acknowledged when that counted as progress, and when.
    progress: (u64, Instant),
}

/// A connection is to end: the client took too long, sent too much, or is gone.
struct MustEnd;

impl Connection {
    fn new(socket: Socket, pauses: u64) -> Self {
        let now = Instant::now();
        Self {
            socket,
            is_answering: false,
            is_ended: false,
            has_asked: false,
            pauses,
            since: now,
            taken: 0,
            head_since: Some(now),
            large_since: None,
            written: 0,
            unsent: Vec::new(),
            most_unsent: 0,
            is_sending: false,
            progress: (0, now),
        }
    }

    fn is_idle(&self) -> bool {
        !self.is_answering && !self.is_ended && !self.is_sending
    }

    /// Ends it. What the client has not taken by now it never will. One that sends a head without end is told so by a
    /// reset: with the window closed it would not see a usual end before the kernel forgets the connection.
    fn end(&mut self) {
        self.is_ended = true;
        let is_in_flow = self.is_sending || self.is_answering || self.large_since.is_some();
        if is_in_flow { cut(self.socket) } else { end(self.socket) }
    }

    fn begin(&mut self, head_bytes: u64) -> Result<(), MustEnd> {
        self.is_answering = true;
        self.has_asked = true;
        (self.head_since, self.large_since) = (None, None);
        let traffic = Traffic::of(self.socket).map_err(|_| MustEnd)?;
        self.taken = (self.taken + head_bytes).min(traffic.received);
        self.note_sent(traffic, Instant::now())
    }

    fn keep(&mut self, bytes: Vec<u8>) {
        self.is_answering = false;
        self.since = Instant::now();
        if !self.is_sending {
            self.is_sending = true;
            self.progress.1 = self.since;
        }
        if self.unsent.is_empty() {
            self.unsent = bytes;
        } else {
            self.unsent.extend_from_slice(&bytes);
        }
    }

    /// INVARIANT: `written` and the length of `unsent` are what was given to the crate, together.
    fn note_sent(&mut self, traffic: Traffic, now: Instant) -> Result<(), MustEnd> {
        let news = traffic.written().checked_sub(self.written).and_then(|news| usize::try_from(news).ok());
        let news = news.filter(|news| *news <= self.unsent.len()).ok_or(MustEnd)?;
        self.written = traffic.written();
        self.unsent.drain(..news);
        if self.unsent.is_empty() {
            self.unsent = Vec::new();
        }
        self.is_sending = traffic.queued > 0 || !self.unsent.is_empty();
        if !self.is_sending || traffic.acknowledged - self.progress.0 >= PROGRESS_BYTES {
            self.progress = (traffic.acknowledged, now);
        }
        Ok(())
    }

    /// Whether something is going on; or it has gone on for too long.
    fn check(&mut self, now: Instant, limits: &Limits) -> Result<bool, MustEnd> {
        if self.is_answering || self.is_ended {
            return Ok(false);
        }
        let traffic = Traffic::of(self.socket).map_err(|_| MustEnd)?;
        self.note_sent(traffic, now)?;
        let head_bytes = traffic.received.saturating_sub(self.taken);
        note(&mut self.head_since, head_bytes > 0 || !self.has_asked, now);
        note(&mut self.large_since, head_bytes > limits.head_bytes as u64, now);
        let is_over = |since: Option<Instant>, limit| since.is_some_and(|since| now.duration_since(since) >= limit);
        let is_busy = self.is_sending || self.head_since.is_some();
        if is_over(self.head_since, limits.head)
            || is_over(self.large_since, LARGE_TIME)
            || is_over(self.is_sending.then_some(self.progress.1), limits.stall)
            || is_over((!is_busy).then_some(self.since), limits.idle)
        {
            return Err(MustEnd);
        }
        Ok(is_busy)
    }
}

/// Keeps since when something `is_so`.
fn note(since: &mut Option<Instant>, is_so: bool, now: Instant) {
    *since = if is_so { since.or(Some(now)) } else { None };
}
