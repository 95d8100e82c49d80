//! A small HTTP server on stackful coroutines (`may_minihttp`), for programs that are built on `may` already (feature
//! `may-server`, Linux). On loopback or behind a proxy only; the [default server](super::Server) is for everything else.
//!
//! It gives the answers of the default server to `GET`, and no coroutine that waits for a page holds a worker up. It counts
//! its connections, ends them when it stops, and lets no body hide a request. The rest is the crate's, as of 0.1.11, and
//! **it does not guard against**:
//! - clients that are slow or silent, that send heads or pages of requests without end, or that do not read: no time ends
//!   them and no limit but [`Limits::connections`](super::Limits), and what waits for them stays in memory;
//! - more than 16 headers, or what is no HTTP: the connection ends without an answer, and the crate says so on standard
//!   error and to `log`;
//! - `HEAD`, whose answer tells a length of 0; chunked bodies, whose connection ends without an answer; a client that wants
//!   the connection closed has to close it;
//! - three copies of a page for each connection, 68 KB of buffers beside, and a process without descriptors, in which the
//!   crate tries to accept over and over;
//! - what `may` does to a process when its first coroutine runs: it takes SIGSEGV and SIGBUS over, wraps the panic hook, and
//!   starts threads that stay as long as the process, also after [`MayServer::stop`]. With `panic = "abort"` the listener
//!   stays too, and sends everybody away.
//!
//! The abuse suite runs against the default server only; `tests/may_server.rs` names its cases that are not covered here.
//! After a fork the child has no server.

mod server;
mod service;

pub use server::MayServer;
