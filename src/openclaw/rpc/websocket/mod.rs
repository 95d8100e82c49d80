//! The Gateway's RPC over a WebSocket: the way from outside of its process.
//!
//! [`Connection::open`] connects to an [`Endpoint`] with [`Credentials`] and shakes hands; [`Connection::call`] asks, one
//! question at a time, and [`Connection::idle`] minds the connection between them. All of it blocks the calling thread,
//! never beyond the time that it was given, and a [`Stop`] from another thread ends it at once. What came from the Gateway
//! is bounded in size, and what is wrong with it is an error with a sentence for the operator; none shows a secret.
//!
//! Nothing here connects again, waits between attempts or has a thread of its own: that is for whoever asks.

mod connection;
mod credentials;
mod endpoint;
mod error;
mod frame;
mod hello;
mod refusal;
mod stop;
mod text;
mod tls;
mod trust;
mod wire;

pub use connection::Connection;
pub use credentials::{Credentials, CredentialsError};
pub use endpoint::{Endpoint, EndpointError};
pub use error::{CallError, ConnectError, Lost};
pub use hello::Hello;
pub use refusal::Refusal;
pub use stop::Stop;
pub use trust::{CertificateProblem, TrustError};
