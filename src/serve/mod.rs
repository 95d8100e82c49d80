//! Serving: a pure function from a request's head to a reply, and a thin HTTP server under it.
//!
//! A scrape is a pointer load and a write of bytes that lie ready. Nothing here has heard of a metric.

mod http;
mod respond;
mod stall;

pub use http::{ServeError, Server};
pub use respond::{Body, Reply, RequestHead, respond};
