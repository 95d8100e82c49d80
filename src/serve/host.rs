//! Which host a request is for, so that no web page reads what is on loopback.
//!
//! A page in a browser on this machine may have its own name lead to 127.0.0.1 (DNS rebinding) and then read what it gets
//! from there as its own. The browser tells that name in `Host`. So without a token only those are answered who name
//! `localhost`, the address that their connection arrived at, or a host that the operator allows. Ports say nothing: a
//! tunnel has another.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use super::refusal::Refusal;

/// Bytes of the longest name, as DNS has it.
const NAME_BYTES: usize = 253;

/// The host that a request names, or that the operator allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Host<'a> {
    Ip(IpAddr),
    /// Without the dot at its end that says that it is whole.
    Name(&'a str),
}

/// A text that is no host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostError(Box<str>);

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "serve: allowed host {:?} given; write a name or an address, such as metrics.example.org", self.0)
    }
}

impl std::error::Error for HostError {}

/// The hosts that are answered beside `localhost` and the address that is listened on.
#[derive(Debug, Default)]
pub(super) struct AllowedHosts(Box<[Box<str>]>);

impl AllowedHosts {
    pub(super) fn new<'a>(hosts: impl IntoIterator<Item = &'a str>) -> Result<Self, HostError> {
        let read = |host: &str| match Host::parse(host) {
            Some(_) => Ok(host.into()),
            None => Err(HostError(host.into())),
        };
        hosts.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a request for `host` may be answered on a connection that arrived at `local`; on none that is not known.
    pub(super) fn check(&self, host: Option<&str>, local: Option<IpAddr>) -> Result<(), Refusal> {
        // Who names none is no browser.
        let Some(host) = host else { return Ok(()) };
        let host = Host::parse(host).ok_or(Refusal::NoHost)?;
        let Some(local) = local else { return Ok(()) };
        let is_ours = match host {
            Host::Ip(ip) => ip == local.to_canonical(),
            Host::Name(name) => name.eq_ignore_ascii_case("localhost"),
        };
        let is_allowed = || self.0.iter().filter_map(|known| Host::parse(known)).any(|known| known.is(host));
        if is_ours || is_allowed() { Ok(()) } else { Err(Refusal::OtherHost) }
    }
}

impl<'a> Host<'a> {
    /// The host of a `Host` header, RFC 9110 §7.2. The port has to be one, and is forgotten.
    fn parse(text: &'a str) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (inside, behind) = rest.split_once(']')?;
                let ip = IpAddr::from(inside.parse::<Ipv6Addr>().ok()?);
                (Self::Ip(ip.to_canonical()), if behind.is_empty() { "" } else { behind.strip_prefix(':')? })
            }
            None => {
                let (host, port) = text.split_once(':').unwrap_or((text, ""));
                (Self::name(host)?, port)
            }
        };
        let is_port =
            port.bytes().all(|byte| byte.is_ascii_digit()) && (port.is_empty() || port.parse::<u16>().is_ok());
        is_port.then_some(host)
    }

    fn name(text: &'a str) -> Option<Self> {
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Some(Self::Ip(ip));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let fits = (1..=NAME_BYTES).contains(&name.len());
        (fits && name.bytes().all(is_legal)).then_some(Self::Name(name))
    }

    fn is(self, other: Host<'_>) -> bool {
        match (self, other) {
            (Self::Name(one), Host::Name(other)) => one.eq_ignore_ascii_case(other),
            (Self::Ip(one), Host::Ip(other)) => one == other,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_host_is_a_name_or_an_address_and_its_port_is_forgotten() {
        let ip = |text: &str| Some(Host::Ip(text.parse().unwrap()));
        for (text, host) in [
            ("localhost", Some(Host::Name("localhost"))),
            ("localhost:19464", Some(Host::Name("localhost"))),
            ("Metrics_1.example.org.:80", Some(Host::Name("Metrics_1.example.org"))),
            ("x:", Some(Host::Name("x"))),
            ("127.0.0.1", ip("127.0.0.1")),
            ("127.0.0.1:65535", ip("127.0.0.1")),
            ("[::1]", ip("::1")),
            ("[::1]:19464", ip("::1")),
            ("[0:0::1]:", ip("::1")),
            ("[::ffff:127.0.0.1]:9", ip("127.0.0.1")),
            // As a name: it is no address that anybody writes.
            ("127.1", Some(Host::Name("127.1"))),
        ] {
            assert_eq!(Host::parse(text), host, "{text}");
        }
        let long = "x".repeat(254);
        for text in [
            "",
            ":80",
            ".",
            " x",
            "a b",
            "a, b",
            "@",
            "u@x",
            "x:y",
            "x:-1",
            "x:+1",
            "x:99999",
            "x:1:2",
            "::1",
            "[::1",
            "[x]",
            "[127.0.0.1]",
            "[::1]x",
            "[::1]:x",
            "[fe80::1%25eth0]",
            "x/y",
            "x?y",
            "x#y",
            "x\\y",
            "é",
            "x\0",
            &long,
        ] {
            assert_eq!(Host::parse(text), None, "{text}");
        }
    }

    #[test]
    fn only_our_hosts_are_answered_where_it_is_known_where_a_connection_arrived() {
        let allowed = AllowedHosts::new(["metrics.example.org", "[2001:db8::7]", "10.0.0.7"]).unwrap();
        let check = |host, local: &str| allowed.check(Some(host), Some(local.parse().unwrap()));
        for (host, local) in [
            ("localhost:1", "127.0.0.1"),
            ("LOCALHOST.", "::1"),
            ("127.0.0.1:19464", "127.0.0.1"),
            ("127.0.0.1", "::ffff:127.0.0.1"),
            ("[::1]:19464", "::1"),
            ("Metrics.Example.Org:443", "127.0.0.1"),
            ("metrics.example.org.", "192.168.1.7"),
            ("[2001:DB8:0::7]:1", "::1"),
            ("10.0.0.7:80", "127.0.0.1"),
        ] {
            assert_eq!(check(host, local), Ok(()), "{host} at {local}");
        }
        for (host, local) in [
            ("evil.example:19464", "127.0.0.1"),
            ("localhost.evil.example", "127.0.0.1"),
            ("evil.localhost", "127.0.0.1"),
            ("127.0.0.2", "127.0.0.1"),
            ("127.0.0.1", "192.168.1.7"),
            ("[::1]", "127.0.0.1"),
            ("example.org", "127.0.0.1"),
            ("x.metrics.example.org", "127.0.0.1"),
        ] {
            assert_eq!(check(host, local), Err(Refusal::OtherHost), "{host} at {local}");
        }
        // A Unix socket, or a server of somebody else.
        assert_eq!(allowed.check(Some("evil.example"), None), Ok(()));
        assert_eq!(allowed.check(Some("a, b"), None), Err(Refusal::NoHost));
        assert_eq!(allowed.check(None, Some([127, 0, 0, 1].into())), Ok(()));
        for wrong in ["", "http://x/", "a b", "*", "x:port"] {
            let error = AllowedHosts::new([wrong]).unwrap_err().to_string();
            assert!(error.starts_with(&format!("serve: allowed host {wrong:?} given; write ")), "{error}");
        }
    }

    proptest! {
        #[test]
        fn an_address_is_read_back_however_it_stands_in_a_header(ip: IpAddr, port: u16) {
            let written = std::net::SocketAddr::new(ip, port).to_string();
            prop_assert_eq!(Host::parse(&written), Some(Host::Ip(ip.to_canonical())));
        }

        #[test]
        fn any_text_is_a_host_or_none(text: String) {
            let _ = Host::parse(&text);
        }
    }
}
