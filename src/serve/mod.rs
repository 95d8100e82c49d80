//! Serving: a pure function from a request's head to a reply, and thin HTTP servers under it.
//!
//! A scrape is a pointer load and a write of bytes that lie ready. Nothing here has heard of a metric. To serve the routes
//! from a server of your own, hand its requests to [`respond`].

mod auth;
mod body;
mod connection;
mod error;
mod exchange;
mod health;
mod landing;
mod limits;
mod listener;
#[cfg(all(feature = "may", target_os = "linux"))]
mod may;
mod negotiate;
mod places;
mod reply;
mod respond;
mod server;
mod site;
mod wire;

pub use auth::{Auth, Denied};
pub use body::ReplyBody;
pub use error::ServeError;
pub use exchange::answer;
pub use limits::Limits;
pub use listener::{Address, Listener};
#[cfg(all(feature = "may", target_os = "linux"))]
pub use may::MayServer;
pub use reply::{Answered, HeaderText, Reply, Watch};
pub use respond::{RequestHead, respond};
pub use server::Server;
pub use site::{About, DEFAULT_PATH, PathError, Site};
