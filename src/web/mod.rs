//! What a server does before it answers: TLS, passwords, and how many requests there may be.
//!
//! These are the things that the file of `--web.config.file` asks for, as the exporters of Prometheus know it (the format of
//! prometheus/exporter-toolkit, `docs/web-configuration.md`), apart from how they are written there. Nothing here waits for a
//! client or for a password: a handshake is stepped by the server, and passwords are compared in a thread of their own.

mod client;
mod password;
mod rate;
mod tls;
mod users;

pub use client::ClientAuth;
pub use password::{PasswordError, PasswordHash};
pub use rate::RateLimit;
pub(crate) use tls::Change;
pub use tls::{CipherSuite, Curve, Pem, Tls, TlsError, TlsSettings, TlsVersion};
pub(crate) use users::Outcome;
pub use users::Users;

/// What a server does before it answers. The default is nothing: plain HTTP, for everybody, as often as they like.
///
/// ```
/// use std::time::Duration;
/// use openclaw_prometheus::web::{RateLimit, Web};
///
/// let mut web = Web::default();
/// web.rate = Some(RateLimit::new(Duration::from_millis(100), 20));
/// assert!(!web.asks_who());
/// ```
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Web {
    /// TLS; without it HTTP is plain.
    pub tls: Option<Tls>,
    /// Who may ask, by password.
    pub users: Option<Users>,
    /// How many requests are answered.
    pub rate: Option<RateLimit>,
}

impl Web {
    /// Whether it lets in only whom it knows: by a password, or by a certificate that was verified.
    pub fn asks_who(&self) -> bool {
        self.users.is_some() || self.tls.as_ref().is_some_and(|tls| tls.settings().client_auth.is_verified_always())
    }
}
