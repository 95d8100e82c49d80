//! What the Gateway tells when it is asked: its RPC, and the families that the answers feed.
//!
//! [`Method`] lists what is asked, how often and how long an answer may take; `figures` makes families of each answer.
//! Whoever can reach the Gateway asks ([`Rpc`]): the plugin in the Gateway's own process, or a client over a WebSocket.
//!
//! The Gateway changes weekly. An answer is read as what is used of it, every field optional: one that is gone or
//! has another shape costs itself and nothing else.

#[cfg(feature = "rpc")]
mod client;
mod figures;
mod inbox;
mod loose;
mod method;
mod poll;
mod schedule;
#[cfg(feature = "rpc")]
pub mod websocket;

#[cfg(feature = "rpc")]
pub use client::Client;
pub use inbox::Inbox;
pub use method::Method;
pub use poll::{CallObserver, Rpc, Way};
