//! The servers that the suite runs against. To add one, write how it starts.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use openclaw_prometheus::serve::{Limits, Listener, Server, Site};

/// A server of the site.
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    /// The names of its threads.
    pub(crate) threads: &'static str,
    pub(crate) start: Start,
}

/// Starts a server there; or a sentence why not.
type Start = fn(SocketAddr, Arc<Site>, Limits) -> Result<Box<dyn Running>, String>;

/// A server that runs. Dropping it stops it.
pub(crate) trait Running {
    fn address(&self) -> SocketAddr;
    fn stop(self: Box<Self>);
}

pub(crate) const SUBJECTS: &[Subject] = &[Subject { name: "hyper", threads: "ocp-http", start: hyper }];

/// Any port that is free.
pub(crate) const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn hyper(address: SocketAddr, site: Arc<Site>, limits: Limits) -> Result<Box<dyn Running>, String> {
    let listener = Listener::tcp(address).map_err(|error| error.to_string())?;
    let server = Server::with_limits(listener, site, limits).map_err(|error| error.to_string())?;
    Ok(Box::new(server))
}

impl Running for Server {
    fn address(&self) -> SocketAddr {
        Server::address(self).tcp().expect("a port")
    }

    fn stop(self: Box<Self>) {
        Server::stop(*self);
    }
}
