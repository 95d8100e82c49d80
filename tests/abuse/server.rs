//! The servers that the suite runs against. To add one, write how it starts.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use openclaw_prometheus::serve::{Limits, Listener, Server, Site};
use openclaw_prometheus::web::Web;

use crate::tls;

/// A server of the site.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// The names of its threads.
    pub(crate) threads: &'static str,
    pub(crate) is_tls: bool,
    pub(crate) start: Start,
}

/// Starts a server there; or a sentence why not.
type Start = fn(SocketAddr, Arc<Site>, Limits) -> Result<Box<dyn Running>, String>;

/// A server that runs. Dropping it stops it.
pub(crate) trait Running {
    fn address(&self) -> Place;
    fn stop(self: Box<Self>);
}

/// Where a server listens, and what it speaks there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) at: SocketAddr,
    pub(crate) is_tls: bool,
}

/// Of a server that speaks plain HTTP.
impl From<SocketAddr> for Place {
    fn from(at: SocketAddr) -> Self {
        Self { at, is_tls: false }
    }
}

pub(crate) const PLAIN: Subject = Subject { name: "hyper", threads: "ocp-http", is_tls: false, start: hyper };
pub(crate) const TLS: Subject = Subject { name: "hyper over TLS", threads: "ocp-http", is_tls: true, start: hyper_tls };

pub(crate) const SUBJECTS: &[Subject] = &[PLAIN, TLS];

/// Any port that is free.
pub(crate) const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn hyper(address: SocketAddr, site: Arc<Site>, limits: Limits) -> Result<Box<dyn Running>, String> {
    if site.scheme() != "http" {
        site.replace_web(Web::default());
    }
    start(address, site, limits)
}

fn hyper_tls(address: SocketAddr, site: Arc<Site>, limits: Limits) -> Result<Box<dyn Running>, String> {
    if site.scheme() != "https" {
        site.replace_web(tls::web(tls::Key::P256));
    }
    start(address, site, limits)
}

fn start(address: SocketAddr, site: Arc<Site>, limits: Limits) -> Result<Box<dyn Running>, String> {
    let is_tls = site.scheme() == "https";
    let listener = Listener::tcp(address).map_err(|error| error.to_string())?;
    let server = Server::with_limits(listener, site, limits).map_err(|error| error.to_string())?;
    Ok(Box::new(Started { server, is_tls }))
}

struct Started {
    server: Server,
    is_tls: bool,
}

impl Running for Started {
    fn address(&self) -> Place {
        Place { at: self.server.address().tcp().expect("a port"), is_tls: self.is_tls }
    }

    fn stop(self: Box<Self>) {
        self.server.stop();
    }
}
