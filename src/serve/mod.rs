//! Serving: a pure function from a request's head to a reply, and thin HTTP servers under it.
//!
//! A scrape is a pointer load and a write of bytes that lie ready. Nothing here has heard of a metric. To serve the routes
//! from a server of your own, hand its requests to [`respond`].

mod about;
mod auth;
mod body;
mod exchange;
mod greeting;
mod health;
mod host;
mod instances;
mod landing;
mod lifecycle;
mod live;
#[cfg(all(feature = "may-server", target_os = "linux"))]
mod may;
mod negotiate;
mod outgoing;
mod refusal;
mod remarks;
mod reply;
mod respond;
mod server;
mod site;
mod throttle;

pub use about::About;
pub use auth::{Auth, Denied};
pub use body::ReplyBody;
pub use exchange::answer;
#[cfg_attr(not(feature = "live"), allow(unused_imports, reason = "for the live page"))]
pub(crate) use health::failure;
pub use host::HostError;
pub use instances::InstanceError;
pub use lifecycle::ReloadRequest;
#[cfg_attr(not(feature = "live"), allow(unused_imports, reason = "for the live page"))]
pub(crate) use live::LivePage;
#[cfg(all(feature = "may-server", target_os = "linux"))]
pub use may::MayServer;
pub use outgoing::BodyError;
pub use refusal::Refusal;
pub use remarks::Remarks;
pub use reply::{Answered, HeaderText, Reply, RequestObserver};
pub use respond::{RequestHead, respond};
pub use server::{Address, Limits, Listener, PatientServer, ServeError, Server, ServerBuilder};
pub use site::{DEFAULT_PATH, PathError, Site};
