//! Where to fetch from: `http://host[:port]/path`, the same with `https`, `host:port`, or `unix:/path.sock[:/path]`.

use std::path::PathBuf;

use hyper::Uri;
use hyper::http::uri::PathAndQuery;

use super::FetchError;

/// What a URL without a path means, as in a scrape configuration.
const DEFAULT_PATH: &str = "/metrics";

/// A place to fetch from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Url {
    pub(crate) place: Place,
    pub(crate) path: PathAndQuery,
}

/// Who is asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Place {
    Tcp { host: String, port: u16, is_tls: bool },
    Unix(PathBuf),
}

impl Url {
    pub(crate) fn read(text: &str) -> Result<Self, FetchError> {
        let refused = |why: &'static str| FetchError::Url { url: printable(text), why };
        if let Some(rest) = text.strip_prefix("unix:") {
            let (socket, path) =
                rest.rsplit_once(":/").map_or((rest, DEFAULT_PATH), |(socket, _)| (socket, &rest[socket.len() + 1..]));
            let socket = socket.strip_prefix("//").unwrap_or(socket);
            if !socket.starts_with('/') {
                return Err(refused("a socket has an absolute path: unix:/run/metrics.sock"));
            }
            let path = path.parse().map_err(|_| refused("what follows the socket is not a path"))?;
            return Ok(Self { place: Place::Unix(socket.into()), path });
        }
        let with_scheme;
        let text = match text.contains("://") {
            true => text,
            // As in a list of targets.
            false => {
                with_scheme = format!("http://{text}");
                &with_scheme
            }
        };
        let uri: Uri = text.parse().map_err(|_| refused("write http://HOST:PORT/PATH"))?;
        let is_tls = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(refused("write http://HOST:PORT/PATH, https://HOST:PORT/PATH, unix:/PATH or -")),
        };
        let authority = uri.authority().ok_or_else(|| refused("write http://HOST:PORT/PATH"))?;
        if authority.as_str().contains('@') {
            return Err(refused("a URL carries no credentials here; use the token's variable or file"));
        }
        let host = authority.host();
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() {
            return Err(refused("the host is missing"));
        }
        if authority.port().is_none()
            && authority.as_str().ends_with(|char: char| char.is_ascii_digit() || char == ':')
            && authority.as_str().len() > authority.host().len()
        {
            return Err(refused("the port is a number from 1 to 65535"));
        }
        let port = authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let place = Place::Tcp { host: host.to_ascii_lowercase(), port, is_tls };
        let is_bare = text.ends_with(authority.as_str());
        let path = uri.path_and_query().filter(|_| !is_bare).cloned();
        Ok(Self { place, path: path.unwrap_or(PathAndQuery::from_static(DEFAULT_PATH)) })
    }

    /// Where a `Location` leads, if to the same host.
    pub(crate) fn follow(&self, location: &str) -> Option<Self> {
        if location.starts_with('/') && !location.starts_with("//") {
            return Some(Self { place: self.place.clone(), path: location.parse().ok()? });
        }
        Self::read(location).ok().filter(|other| other.place == self.place)
    }

    pub(crate) fn is_tls(&self) -> bool {
        matches!(self.place, Place::Tcp { is_tls: true, .. })
    }

    /// The Host header.
    pub(crate) fn host(&self) -> String {
        match &self.place {
            Place::Tcp { host, port, .. } if host.contains(':') => format!("[{host}]:{port}"),
            Place::Tcp { host, port, .. } => format!("{host}:{port}"),
            Place::Unix(_) => "localhost".into(),
        }
    }
}

impl std::fmt::Display for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.place {
            Place::Tcp { is_tls, .. } => {
                write!(f, "{}://{}{}", if *is_tls { "https" } else { "http" }, self.host(), self.path)
            }
            Place::Unix(socket) => write!(f, "unix:{}:{}", socket.display(), self.path),
        }
    }
}

/// What may be printed of a URL: somebody may have put a password in.
pub(crate) fn printable(text: &str) -> String {
    match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => format!("{}://…{}", &text[..scheme], &text[at..]),
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_or_refused_with_a_reason() {
        for (text, read) in [
            ("http://127.0.0.1:19464/metrics", "http://127.0.0.1:19464/metrics"),
            ("http://localhost:1", "http://localhost:1/metrics"),
            ("http://localhost:1/", "http://localhost:1/"),
            ("http://Example.org/a?b=c", "http://example.org:80/a?b=c"),
            ("http://[::1]:9/m", "http://[::1]:9/m"),
            ("https://localhost/metrics", "https://localhost:443/metrics"),
            ("https://localhost:9", "https://localhost:9/metrics"),
            ("localhost:19464", "http://localhost:19464/metrics"),
            ("127.0.0.1:9100/other", "http://127.0.0.1:9100/other"),
            ("[::1]:9", "http://[::1]:9/metrics"),
            ("unix:/run/a.sock", "unix:/run/a.sock:/metrics"),
            ("unix:///run/a.sock", "unix:/run/a.sock:/metrics"),
            ("unix:/run/a.sock:/other?x", "unix:/run/a.sock:/other?x"),
        ] {
            assert_eq!(Url::read(text).map(|url| url.to_string()).ok().as_deref(), Some(read), "{text}");
        }
        for (text, why) in [
            ("ftp://localhost/", "write http://"),
            ("http://me:secret@localhost/", "credentials"),
            ("http://localhost:99999/", "port"),
            ("unix:run/a.sock", "absolute"),
            ("", "write http://"),
        ] {
            let error = Url::read(text).map(|url| url.to_string()).expect_err(text).to_string();
            assert!(error.contains(why), "{text}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_redirect_is_followed_on_the_same_host_only() {
        let url = Url::read("http://localhost:1/a").unwrap();
        let to = |location| url.follow(location).map(|url| url.to_string());
        assert_eq!(to("/b").as_deref(), Some("http://localhost:1/b"));
        assert_eq!(to("http://LOCALHOST:1/c").as_deref(), Some("http://localhost:1/c"));
        for elsewhere in
            ["http://localhost:2/c", "//other/c", "http://other:1/c", "https://localhost:1/c", "unix:/c", "c"]
        {
            assert_eq!(to(elsewhere), None, "{elsewhere}");
        }
    }
}
