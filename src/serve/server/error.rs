//! Why a server could not be started.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::address::Address;

/// Why the server could not be started.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServeError {
    /// The address cannot be listened on.
    Listen {
        /// The address.
        address: Address,
        /// What the system said.
        error: io::Error,
    },
    /// What stands at the path of a Unix socket is something else, and stays.
    NoSocket(PathBuf),
    /// There is no place to listen.
    Nowhere,
    /// The system gave no thread or no event queue.
    Thread(io::Error),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen { address: Address::Tcp(address), error } if error.kind() == io::ErrorKind::AddrInUse => {
                write!(f, "serve: {address} is taken by another process; choose another port, or 0 for any")
            }
            Self::Listen { address: Address::Tcp(address), error } => {
                write!(f, "serve: cannot listen on {address}: {error}")
            }
            Self::Listen { address, error } if error.kind() == io::ErrorKind::AddrInUse => {
                write!(f, "serve: {address} belongs to a server that runs; stop that one, or choose another path")
            }
            Self::Listen { address, error } => write!(f, "serve: cannot listen on {address}: {error}"),
            Self::NoSocket(path) => {
                let path = path.display();
                write!(f, "serve: unix:{path} is there and is no socket; remove it, or choose another path")
            }
            Self::Nowhere => f.write_str("serve: no place to listen is given; give one at least"),
            Self::Thread(error) => write!(f, "serve: the system gave no thread for the server: {error}"),
        }
    }
}

impl std::error::Error for ServeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen { error, .. } | Self::Thread(error) => Some(error),
            Self::NoSocket(_) | Self::Nowhere => None,
        }
    }
}
