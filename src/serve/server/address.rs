//! Where a server is reached.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Where a server listens.
///
/// ```
/// use openclaw_prometheus::serve::Address;
///
/// let address = Address::Tcp(([127, 0, 0, 1], 9464).into());
/// assert_eq!(address.to_string(), "http://127.0.0.1:9464");
/// assert_eq!(address.port(), Some(9464));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Address {
    /// A TCP address and port.
    Tcp(SocketAddr),
    /// A Unix socket by its path; empty for one without.
    Unix(PathBuf),
}

impl Address {
    /// The TCP address; none for a Unix socket.
    pub fn tcp(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) => Some(*address),
            Self::Unix(_) => None,
        }
    }

    /// The TCP port; none for a Unix socket.
    pub fn port(&self) -> Option<u16> {
        self.tcp().map(|address| address.port())
    }
}

/// `http://127.0.0.1:9464`, ready for a path behind it, or `unix:/path`.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "http://{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}
