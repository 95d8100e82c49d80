//! Where a Gateway is: `ws://HOST:PORT/PATH`, or `wss://` for TLS.
//!
//! No user, no password and no query may stand in it: addresses are logged, and what they carry would be too.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Bytes of the longest address.
const MOST_BYTES: usize = 2048;
/// Bytes of the longest host name.
const MOST_HOST_BYTES: usize = 253;

/// The address of a Gateway's WebSocket.
///
/// ```
/// use openclaw_prometheus::openclaw::rpc::websocket::Endpoint;
///
/// let endpoint: Endpoint = "ws://127.0.0.1:18789".parse()?;
/// assert_eq!((endpoint.to_string(), endpoint.is_exposed()), ("ws://127.0.0.1:18789/".to_owned(), false));
/// # Ok::<(), openclaw_prometheus::openclaw::rpc::websocket::EndpointError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    is_tls: bool,
    /// INVARIANT: an address, or a name of letters, digits, dots, hyphens and underscores.
    host: Host,
    port: u16,
    /// INVARIANT: begins with a slash; visible ASCII without `?` and `#`.
    path: String,
    ca_file: Option<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    Address(IpAddr),
    Name(String),
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
            Self::Address(address) => write!(f, "{address}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// Why a text is no address of a Gateway. The text is not repeated where it may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndpointError {
    /// It is longer than 2048 bytes, or has spaces or characters that are not ASCII.
    Characters,
    /// Another scheme than `ws` and `wss`, or none.
    Scheme,
    /// No host.
    NoHost,
    /// The host is neither an address nor a name.
    Host,
    /// The port is no number from 1 to 65535.
    Port,
    /// A user or a password stands before the host.
    UserInfo,
    /// A query or a fragment stands at its end.
    Query,
}

impl fmt::Display for EndpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Characters => "is no address; write \"ws://127.0.0.1:18789\"",
            Self::Scheme => {
                "is not the address of a WebSocket; write \"ws://HOST:PORT\" instead of http://, or \"wss://HOST\" instead \
                 of https://"
            }
            Self::NoHost => "names no host; write \"ws://127.0.0.1:18789\"",
            Self::Host => "has no host that can be looked up; write a name, an IPv4 address, or an IPv6 address in brackets",
            Self::Port => "has no port from 1 to 65535; write \"ws://127.0.0.1:18789\"",
            Self::UserInfo => "has a user or a password in it; give the token on its own, best in a file",
            Self::Query => "has a query or a fragment; leave it out, and give the token on its own, best in a file",
        })
    }
}

impl std::error::Error for EndpointError {}

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        if text.len() > MOST_BYTES || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(EndpointError::Characters);
        }
        let (scheme, rest) = text.split_once("://").ok_or(EndpointError::Scheme)?;
        let is_tls = match scheme.to_ascii_lowercase().as_str() {
            "ws" => false,
            "wss" => true,
            _ => return Err(EndpointError::Scheme),
        };
        if rest.contains(['?', '#']) {
            return Err(EndpointError::Query);
        }
        let at = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at(at);
        if authority.contains('@') {
            return Err(EndpointError::UserInfo);
        }
        let (host, port) = split_port(authority)?;
        let port = match port {
            None if is_tls => 443,
            None => 80,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok().filter(|port| *port != 0).ok_or(EndpointError::Port)?
            }
            Some(_) => return Err(EndpointError::Port),
        };
        let path = if path.is_empty() { "/" } else { path }.to_owned();
        Ok(Self { is_tls, host, port, path, ca_file: None })
    }
}

/// The host, and what stands behind its colon.
fn split_port(authority: &str) -> Result<(Host, Option<&str>), EndpointError> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (address, rest) = rest.split_once(']').ok_or(EndpointError::Host)?;
        let address: Ipv6Addr = address.parse().map_err(|_| EndpointError::Host)?;
        let port = match rest {
            "" => None,
            rest => Some(rest.strip_prefix(':').ok_or(EndpointError::Port)?),
        };
        return Ok((Host::Address(address.into()), port));
    }
    let (host, port) = match authority.split_once(':') {
        // An IPv6 address without its brackets.
        Some((_, port)) if port.contains(':') => return Err(EndpointError::Host),
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    if host.is_empty() {
        return Err(EndpointError::NoHost);
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    if let Ok(address) = host.parse() {
        Ok((Host::Address(address), port))
    } else if host.len() <= MOST_HOST_BYTES && host.bytes().all(is_plain) {
        Ok((Host::Name(host.to_ascii_lowercase()), port))
    } else {
        Err(EndpointError::Host)
    }
}

impl Endpoint {
    /// Trusts the certificates of this file, in PEM, beside those that the system trusts. It is read at each connect, and
    /// for `wss://` only.
    #[must_use]
    pub fn with_ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// Whether it speaks TLS.
    pub fn is_tls(&self) -> bool {
        self.is_tls
    }

    /// Whether it is this machine: a loopback address, or `localhost`.
    pub fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Address(address) => address.to_canonical().is_loopback(),
            Host::Name(name) => name.trim_end_matches('.') == "localhost",
        }
    }

    /// Whether a token would go over a network without TLS.
    pub fn is_exposed(&self) -> bool {
        !self.is_tls && !self.is_loopback()
    }

    pub(super) fn host(&self) -> &Host {
        &self.host
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn ca_file(&self) -> Option<&Path> {
        self.ca_file.as_deref()
    }

    /// As a header names it.
    pub(super) fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_tls { "wss" } else { "ws" };
        write!(f, "{scheme}://{}:{}{}", self.host, self.port, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_it_is_written() {
        for (text, shown, is_loopback, is_exposed) in [
            ("ws://127.0.0.1:18789", "ws://127.0.0.1:18789/", true, false),
            ("WS://LocalHost:1/a/b", "ws://localhost:1/a/b", true, false),
            ("ws://[::1]:18789/", "ws://[::1]:18789/", true, false),
            ("ws://[::ffff:127.0.0.1]", "ws://[::ffff:127.0.0.1]:80/", true, false),
            ("wss://gateway.example", "wss://gateway.example:443/", false, false),
            ("ws://gateway_1.lan:65535", "ws://gateway_1.lan:65535/", false, true),
            ("ws://10.0.0.7:80", "ws://10.0.0.7:80/", false, true),
        ] {
            let endpoint: Endpoint = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            let found = (endpoint.to_string(), endpoint.is_loopback(), endpoint.is_exposed());
            assert_eq!(found, (shown.to_owned(), is_loopback, is_exposed));
            assert_eq!(shown.parse::<Endpoint>(), Ok(endpoint), "what is shown reads back");
        }
    }

    #[test]
    fn what_is_no_address_is_told_by_what_is_wrong_and_never_repeated() {
        use EndpointError as E;
        for (text, error) in [
            ("http://127.0.0.1:18789", E::Scheme),
            ("https://gateway.example", E::Scheme),
            ("127.0.0.1:18789", E::Scheme),
            ("", E::Scheme),
            ("ws://", E::NoHost),
            ("ws://:18789", E::NoHost),
            ("ws:///path", E::NoHost),
            ("ws://user:s3cret@host:1", E::UserInfo),
            ("ws://s3cret@host:1", E::UserInfo),
            ("ws://host:1/?token=s3cret", E::Query),
            ("ws://host:1#token=s3cret", E::Query),
            ("ws://host:0", E::Port),
            ("ws://host:65536", E::Port),
            ("ws://host:", E::Port),
            ("ws://host:+1", E::Port),
            ("ws://[::1]18789", E::Port),
            ("ws://::1:18789", E::Host),
            ("ws://[::1", E::Host),
            ("ws://[gateway]:1", E::Host),
            ("ws://ho%20st:1", E::Host),
            ("ws://host:1/ s3cret", E::Characters),
            ("ws://høst:1", E::Characters),
        ] {
            assert_eq!(text.parse::<Endpoint>(), Err(error.clone()), "{text}");
            assert!(!error.to_string().contains("s3cret"));
        }
        assert_eq!(format!("ws://{}", "x".repeat(MOST_BYTES)).parse::<Endpoint>(), Err(E::Characters));
        assert_eq!(format!("ws://{}", "x".repeat(MOST_HOST_BYTES + 1)).parse::<Endpoint>(), Err(E::Host));
    }
}
