//! Where a server listens: an address and port, or a Unix socket.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::raw_value::quoted;

/// Bytes of a socket's path: what fits into the system's address.
const MAX_SOCKET_BYTES: usize = 107;

/// Where a server listens.
///
/// ```
/// use openclaw_prometheus::config::Listen;
///
/// let all: Listen = ":19464".parse()?;
/// assert_eq!(all.to_string(), "[::]:19464");
/// let socket: Listen = "unix:/run/metrics.sock".parse()?;
/// assert!(socket.is_local());
/// # Ok::<(), openclaw_prometheus::config::ListenError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Listen {
    /// An address and port; port 0 takes any that is free.
    Tcp(SocketAddr),
    /// A Unix socket, by its absolute path.
    Unix(PathBuf),
}

impl Listen {
    /// Whether only this machine can connect: loopback, in either family and as IPv4 in IPv6, or a Unix socket.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Self::Unix(_) => true,
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// A text that is no place to listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenError {
    given: String,
}

impl ListenError {
    /// What can be written.
    pub(super) const ALLOWED: &'static str = "127.0.0.1:19464, [::1]:19464, [fe80::1%eth0]:19464, localhost:19464, \
                                              :19464 for all addresses, or unix:/path/to.sock";
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is no place to listen; write {}", self.given, Self::ALLOWED)
    }
}

impl std::error::Error for ListenError {}

impl FromStr for Listen {
    type Err = ListenError;

    /// `ADDRESS:PORT`, `[ADDRESS]:PORT`, `[ADDRESS%ZONE]:PORT`, `localhost:PORT`, `:PORT` for all addresses of both families,
    /// `unix:PATH`. A zone is an interface of this machine, by its name or number.
    fn from_str(text: &str) -> Result<Self, ListenError> {
        let parsed = match text.strip_prefix("unix:") {
            Some(path) => socket(path).map(Self::Unix),
            None => tcp(text).map(Self::Tcp),
        };
        parsed.ok_or_else(|| ListenError { given: quoted(text) })
    }
}

fn tcp(text: &str) -> Option<SocketAddr> {
    let (host, port) = text.rsplit_once(':')?;
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let port = is_number.then(|| port.parse().ok())??;
    let Host::Ip { ip, zone } = (match host {
        "" => Host::Ip { ip: Ipv6Addr::UNSPECIFIED.into(), zone: 0 },
        // Without brackets nobody knows where the address ends.
        _ if host.contains(':') && !host.starts_with('[') => return None,
        _ => ip(host)?,
    }) else {
        return None;
    };
    Some(address(ip, zone, port))
}

/// The host half: no name but `localhost` is looked up, so that what is listened on is what is written.
fn ip(text: &str) -> Option<Host> {
    if text.eq_ignore_ascii_case("localhost") {
        return Some(Host::Ip { ip: Ipv4Addr::LOCALHOST.into(), zone: 0 });
    }
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    match (inner.unwrap_or(text).split_once('%'), inner) {
        (Some((ip, name)), _) => Some(Host::Ip { ip: ip.parse::<Ipv6Addr>().ok()?.into(), zone: zone(name)? }),
        (None, Some(inner)) => Some(Host::Ip { ip: inner.parse::<Ipv6Addr>().ok()?.into(), zone: 0 }),
        (None, None) => Some(Host::Ip { ip: text.parse().ok()?, zone: 0 }),
    }
}

/// The number of an interface (RFC 4007 §11), which the system knows by its name; never 0.
fn zone(name: &str) -> Option<u32> {
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    let number = match name.parse::<u32>() {
        Ok(number) => number,
        Err(_) if is_name(name) && name.bytes().any(|byte| byte != b'.') => {
            std::fs::read_to_string(format!("/sys/class/net/{name}/ifindex")).ok()?.trim().parse().ok()?
        }
        Err(_) => return None,
    };
    (number > 0).then_some(number)
}

fn address(ip: IpAddr, zone: u32, port: u16) -> SocketAddr {
    match ip {
        IpAddr::V6(ip) if zone > 0 => SocketAddrV6::new(ip, port, 0, zone).into(),
        ip => SocketAddr::new(ip, port),
    }
}

fn socket(path: &str) -> Option<PathBuf> {
    let is_file = Path::new(path).is_absolute() && !path.ends_with('/');
    let is_printable = !path.chars().any(char::is_control);
    (is_file && is_printable && path.len() <= MAX_SOCKET_BYTES).then(|| path.into())
}

/// `listenAddress`: where, without the port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    Ip {
        ip: IpAddr,
        /// The number of the interface that an address of a link belongs to; 0 for none.
        zone: u32,
    },
    Unix(PathBuf),
}

impl Host {
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix("unix:") {
            Some(path) => socket(path).map(Self::Unix),
            None => ip(text),
        }
    }

    pub(super) fn with_port(&self, port: u16) -> Listen {
        match self {
            Self::Ip { ip, zone } => Listen::Tcp(address(*ip, *zone, port)),
            Self::Unix(path) => Listen::Unix(path.clone()),
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip { ip, zone: 0 } => ip.fmt(f),
            Self::Ip { ip, zone } => write!(f, "{ip}%{zone}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_place_to_listen_is_written_as_prometheus_exporters_take_it() {
        for (text, shown) in [
            ("127.0.0.1:19464", "127.0.0.1:19464"),
            (":19464", "[::]:19464"),
            ("[::1]:9", "[::1]:9"),
            ("localhost:1", "127.0.0.1:1"),
            ("LocalHost:1", "127.0.0.1:1"),
            ("0.0.0.0:0", "0.0.0.0:0"),
            ("[::ffff:127.0.0.1]:65535", "[::ffff:127.0.0.1]:65535"),
            ("unix:/run/x.sock", "unix:/run/x.sock"),
            ("[fe80::1%2]:9", "[fe80::1%2]:9"),
            // The loopback interface is there, and is the first.
            ("[::1%lo]:9", "[::1%1]:9"),
        ] {
            assert_eq!(text.parse::<Listen>().unwrap().to_string(), shown);
        }
        let long = format!("unix:/{}", "x".repeat(107));
        for text in [
            "",
            "9090",
            ":",
            ":65536",
            ":+1",
            ":-1",
            "127.0.0.1",
            "::1",
            "::1:9",
            "[::1]",
            "[127.0.0.1]:9",
            "example.org:9",
            "127.0.0.1:9 ",
            "http://127.0.0.1:9",
            "unix:",
            "unix:relative",
            "unix:/run/",
            "unix:/a\nb",
            "[fe80::1%]:9",
            "[fe80::1%0]:9",
            "[fe80::1%..]:9",
            "[fe80::1%../lo]:9",
            "[fe80::1%nosuch0]:9",
            "127.0.0.1%lo:9",
            &long,
        ] {
            let error = text.parse::<Listen>().unwrap_err().to_string();
            assert!(error.contains("is no place to listen; write 127.0.0.1:19464, "), "{error}");
        }
    }

    #[test]
    fn an_address_has_no_port() {
        for (text, shown) in [
            ("127.0.0.1", "127.0.0.1"),
            ("localhost", "127.0.0.1"),
            ("[::1]", "::1"),
            ("::", "::"),
            ("unix:/a", "unix:/a"),
            ("fe80::1%3", "fe80::1%3"),
            ("[fe80::1%3]", "fe80::1%3"),
        ] {
            assert_eq!(Host::parse(text).unwrap().to_string(), shown);
        }
        for text in ["", "127.0.0.1:80", "9090", "[127.0.0.1]", "*", "unix:a", "host"] {
            assert_eq!(Host::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(ip: IpAddr, port: u16, name in "/[a-zA-Z0-9._ -]{1,99}") {
            for listen in [Listen::Tcp(SocketAddr::new(ip, port)), Listen::Unix(name.into())] {
                prop_assert_eq!(listen.to_string().parse::<Listen>(), Ok(listen));
            }
        }

        #[test]
        fn any_text_is_a_place_or_an_error(text: String) {
            if let Ok(listen) = text.parse::<Listen>() {
                prop_assert_eq!(listen.to_string().parse::<Listen>(), Ok(listen));
            }
        }
    }
}
