//! Who is connected, and who has to go when there is no room.
//!
//! Lives in the serving thread. A connection that is being answered is never closed for another one's sake; of the
//! others those go first that cost nobody anything: what is over, what never asked, what is idle longest.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use tokio::sync::Notify;

use super::limits::Limits;
use super::state::{AFTER_ANSWER, Connection, State};
use super::tls::Turns;
use crate::foreign::{LogLimit, say};

/// Turns of others for which one that comes waits before it is accepted all the same.
const MOST_WAITS: u32 = 64;

/// All connections.
#[derive(Debug)]
pub(super) struct ConnectionTable {
    pub(super) limits: Limits,
    connections: RefCell<Vec<Rc<Connection>>>,
    /// Told when one has gone, or can go, or has had its turn. One waits: whoever accepts.
    changed: Rc<Notify>,
    is_stopping: Cell<bool>,
    evictions: LogLimit,
    /// Whose turn it is to shake hands.
    #[cfg_attr(not(feature = "web-config"), allow(dead_code, reason = "nobody shakes hands"))]
    pub(super) turns: Turns,
    /// Of what is said of handshakes that failed.
    #[cfg_attr(not(feature = "web-config"), allow(dead_code, reason = "nobody shakes hands"))]
    pub(super) handshakes: LogLimit,
}

/// Leave to be one of the connections, until this is dropped.
#[derive(Debug)]
pub(super) struct Permit {
    pub(super) connection: Rc<Connection>,
    pub(super) table: Rc<ConnectionTable>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.table.connections.borrow_mut().retain(|connection| !Rc::ptr_eq(connection, &self.connection));
        self.table.changed.notify_one();
    }
}

impl ConnectionTable {
    pub(super) fn new(limits: Limits) -> Rc<Self> {
        let changed = Rc::<Notify>::default();
        Rc::new(Self {
            limits,
            connections: RefCell::default(),
            changed: changed.clone(),
            is_stopping: Cell::default(),
            evictions: LogLimit::default(),
            turns: Turns::new(changed),
            handshakes: LogLimit::default(),
        })
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.is_stopping.get()
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.connections.borrow().len()
    }

    /// Whether more requests are being answered than may be, of which the caller's is one.
    pub(super) fn is_crowded(&self) -> bool {
        let Some(most) = self.limits.requests else { return false };
        let is_answered =
            |connection: &Rc<Connection>| matches!(connection.state(), State::Answering | State::Flushing);
        self.connections.borrow().iter().filter(|connection| is_answered(connection)).count() > most
    }

    fn is_full(&self) -> bool {
        self.count() >= self.limits.connections.max(1)
    }

    fn has_one_that_can_go(&self) -> bool {
        self.connections.borrow().iter().any(|connection| connection.rank().is_some())
    }

    fn has(&self, state: State) -> bool {
        self.connections.borrow().iter().any(|connection| connection.state() == state)
    }

    /// Waits until there is room, or somebody who can make some, and time for who comes.
    pub(super) async fn until_worth_accepting(&self) {
        // However many have the next turn again and again, one is accepted now and then.
        let mut waits = 0;
        while (self.turns.are_many() && waits < MOST_WAITS) || (self.is_full() && !self.has_one_that_can_go()) {
            self.changed.notified().await;
            waits += 1;
        }
    }

    /// A permit for one more; makes room for it first if there is none.
    pub(super) async fn admit(self: &Rc<Self>) -> Permit {
        while self.is_full() {
            if !self.make_room("there are as many connections as may be").await {
                self.changed.notified().await;
            }
        }
        let connection = Rc::new(Connection::new(self.changed.clone()));
        self.connections.borrow_mut().push(connection.clone());
        Permit { connection, table: self.clone() }
    }

    /// Closes the connection whose end costs nobody anything, and waits until it is closed. False if all are being
    /// answered.
    pub(super) async fn make_room(&self, reason: &str) -> bool {
        while self.is_better_later() {
            self.changed.notified().await;
        }
        let is_there = self.evict(reason);
        while self.has(State::Evicted) {
            self.changed.notified().await;
        }
        is_there
    }

    /// Whether only somebody who was answered once could go now, while others have just come and in a moment count as
    /// silent.
    fn is_better_later(&self) -> bool {
        let connections = self.connections.borrow();
        let is_silent = |connection: &Rc<Connection>| connection.rank().is_some_and(|rank| rank < AFTER_ANSWER);
        self.has(State::New) && !connections.iter().any(is_silent)
    }

    fn evict(&self, reason: &str) -> bool {
        let connections = self.connections.borrow();
        let ranked = connections.iter().filter_map(|one| Some(((one.rank()?, one.since()), one)));
        let Some(connection) = ranked.min_by_key(|(order, _)| *order).map(|(_, connection)| connection.clone()) else {
            return false;
        };
        let (state, age) = (connection.state(), connection.since().elapsed());
        connection.evict();
        drop(connections);
        say!(&self.evictions, debug, "serve: {reason}: a connection is closed that is in {state:?} for {age:?}");
        true
    }

    /// Closes what waits for requests; no answer is followed by another one.
    pub(super) fn stop(&self) {
        self.is_stopping.set(true);
        for connection in self.connections.borrow().iter() {
            match connection.state() {
                State::New | State::FirstHead(_) | State::Answered(_) | State::Idle | State::NextHead(_) => {
                    connection.evict();
                }
                State::Answering | State::Flushing | State::Closing | State::Evicted => {}
            }
        }
    }
}
