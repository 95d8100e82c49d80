//! Starting and stopping.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use may::coroutine::{self, JoinHandle};
use may_minihttp::HttpServiceFactory;
use socket2::{Domain, Socket, Type};

use super::service::{Factory, Shared};
use crate::serve::site::Site;
use crate::serve::{Address, Limits, ServeError};

/// Words of a coroutine's stack at least; one that overflows ends the process. What is touched of them is a few pages.
const STACK_WORDS: usize = 0x8000;
/// How long a stop takes beyond the time that answers are given.
const STOP_TIME: Duration = Duration::from_millis(400);
/// How often it is looked whether a stop is done. Also a coroutine may stop the server: its worker goes on meanwhile.
const STOP_TICK: Duration = Duration::from_millis(2);

/// A running server on `may`. Dropping it stops it.
///
/// ```
/// use std::time::Duration;
/// use openclaw_prometheus::serve::{MayServer, Site};
/// use openclaw_prometheus::{Registry, SystemClock, publish::Publisher};
///
/// let registry = Registry::builder().build()?;
/// let publisher = Publisher::new(&registry, Duration::from_secs(1), SystemClock::new())?;
/// let server = MayServer::start(([127, 0, 0, 1], 0).into(), Site::new(publisher.pages()))?;
/// println!("http://{}/metrics", server.address());
/// server.stop();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct MayServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

impl std::fmt::Debug for MayServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MayServer").field("address", &self.address).finish_non_exhaustive()
    }
}

impl MayServer {
    /// Listens on `address` (port 0 for any) and serves `site` from the coroutines of `may`.
    ///
    /// Coroutines that are spawned from then on have stacks of 0x8000 words, unless the program has set more.
    ///
    /// # Errors
    /// [`ServeError`]; after one nothing is left running.
    pub fn start(address: SocketAddr, site: impl Into<Arc<Site>>) -> Result<Self, ServeError> {
        Self::with_limits(address, site, Limits::default())
    }

    /// The same with limits of one's own. Of these `connections`, `answer` and `drain` hold; whoever comes when all
    /// connections are taken is closed on.
    ///
    /// # Errors
    /// [`ServeError`].
    pub fn with_limits(address: SocketAddr, site: impl Into<Arc<Site>>, limits: Limits) -> Result<Self, ServeError> {
        if may::config().get_stack_size() < STACK_WORDS {
            may::config().set_stack_size(STACK_WORDS);
        }
        let listen = |error| ServeError::Listen { address: Address::Tcp(address), error };
        // The crate would share a port that is taken. This one refuses it, and keeps the port until the crate is there.
        let placeholder = reserve(address).map_err(listen)?;
        let bound = placeholder.local_addr().map_err(listen)?.as_socket().unwrap_or(address);
        let shared = Arc::new(Shared::new(site.into(), limits));
        let accepting = Factory(shared.clone()).start(bound).map_err(listen)?;
        Ok(Self { address: bound, shared, accepting })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more connections, and ends those that are open: within a second, as far as the process has a descriptor
    /// left for the crate to come to itself.
    pub fn stop(self) {}

    fn end(&self) {
        let begun = Instant::now();
        self.shared.stop();
        self.end_accepting(begun);
        // A connection that was accepted before may become one only now.
        while self.shared.end_all() > 0 && begun.elapsed() < self.shared.limits.drain.saturating_add(STOP_TIME) {
            coroutine::sleep(STOP_TICK);
        }
    }

    /// Waits until the accepting coroutine has ended. It looks up when somebody connects, so we do.
    fn end_accepting(&self, begun: Instant) {
        if cfg!(not(panic = "unwind")) {
            return;
        }
        let address = reachable(self.address);
        let mut calls = 0;
        while !self.accepting.is_done() && begun.elapsed() < self.shared.limits.drain.saturating_add(STOP_TIME) {
            // One is enough unless the system loses it.
            if begun.elapsed() >= STOP_TICK * 50 * calls {
                let _ = TcpStream::connect_timeout(&address, STOP_TICK * 50);
                calls += 1;
            }
            coroutine::sleep(STOP_TICK);
        }
    }
}

impl Drop for MayServer {
    fn drop(&mut self) {
        self.end();
    }
}

/// A socket that has the address and does not listen: nobody else can have it, but for whom shares it too.
fn reserve(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // Connections of a server before may still be closing; that is no reason to refuse the next.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

/// An address under which a server can be reached from its own process.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}
