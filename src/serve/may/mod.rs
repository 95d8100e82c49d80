//! The other HTTP server: `may_minihttp` on stackful coroutines, with a guard around it (feature `may`, Linux).
//!
//! It gives the answers that the default server gives. The crate alone has no limits, no time-outs, and no notion of
//! HEAD or of closing; the guard adds the [`Limits`](super::Limits) from outside, through what the crate makes public and
//! the connections' descriptors. A place for each connection: when there is none left the one that is least needed gives
//! way. A watchdog thread that asks the kernel what has gone over each connection (TCP_INFO, SIOCOUTQ), and ends those that
//! take too long, take nothing, or send too much. Answers that the crate cannot write, or that are large, are sent past it,
//! without a copy, and are the last of their connection; nothing that waits for a page or a client holds a worker up. Of
//! answers to requests that were sent ahead the crate is given 256 KiB a connection, and 32 MiB in all. A request's body
//! is never read.
//!
//! What no guard can mend, as of 0.1.11; `tests/abuse/may.rs` lists the cases:
//! - more than 16 headers in a request: the connection ends without an answer (some browsers and proxies send more);
//! - what is no HTTP gets no 400 but a closed connection, and a line on standard error from the crate; a head that is too
//!   large gets its 431 only if it comes in one go, and takes memory for 20 ms, or 250 ms on a connection that waited;
//! - a client that closes its sending side together with its request may get no answer;
//! - an answer of more than 256 KiB, to HEAD, or to HTTP/1.0 ends its connection;
//! - 68 KB of buffers for each connection, and three copies of an answer that goes through the crate;
//! - a process without descriptors: the crate then tries to accept over and over, and serves nobody until one is free. So
//!   half of them are never taken for connections; what else takes them is the program's own;
//! - no Unix sockets, and no listener from elsewhere;
//! - the crate tells `log` of every connection that ends as an error: switch `may_minihttp` off there;
//! - `may` is for ever: [`MayServer::stop`] closes the port and all connections within a second, but the threads `ocp-may`
//!   (a timer, a worker) stay and sleep. With `panic = "abort"` the listener stays too, and sends everybody away;
//! - a coroutine that overflows its stack ends the process, as a thread does; the stacks have 256 KiB;
//! - what a [`RequestObserver`](super::RequestObserver) is told of an answer ends when the crate has it, not when the system has.
//!
//! The first start in a process changes its signal actions and its panic hook for a moment: see `process`. After a fork
//! the child has no server. Choose it in a program of your own that is built on `may` already. Choose the default server
//! in all other cases, and always in the process of another runtime.

mod answer;
mod connection;
mod direct;
mod process;
mod request;
mod server;
mod socket;
mod table;
mod wait;
mod watchdog;

pub use server::MayServer;

/// Bytes of answers that wait in the crate's buffers for one connection, at most.
const UNSENT_BYTES: usize = 256 << 10;
/// What a client has to take, or else all that is left, to count as reading.
const PROGRESS_BYTES: u64 = 64 << 10;
