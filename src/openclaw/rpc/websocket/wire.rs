//! The socket to a Gateway, plain or with TLS, on which nothing outlives its time.
//!
//! Each read and write waits until the time that was set before, however little comes in between: a peer that sends a byte
//! a second gains nothing by it. What would wait longer is [`io::ErrorKind::WouldBlock`], and can be done again later.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustls::{ClientConnection, StreamOwned};
use socket2::{Domain, Protocol, Socket, Type};

use super::endpoint::{Endpoint, Host};
use super::error::{ConnectError, Lost};
use super::stop::{Stop, Watched};
use super::text::shown;
use super::tls;

/// How often whoever waits for a name looks whether it was stopped.
const LOOK_UP: Duration = Duration::from_millis(50);

/// What frames go over.
#[derive(Debug)]
pub(super) enum Wire {
    Plain(Timed),
    Tls(Box<StreamOwned<ClientConnection, Timed>>),
}

/// A socket with a time until when it waits.
#[derive(Debug)]
pub(super) struct Timed {
    stream: TcpStream,
    until: Instant,
    watched: Watched,
}

impl Timed {
    fn left(&self) -> io::Result<Duration> {
        if self.watched.is_stopped() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(left) }
    }
}

/// Whether there may be time left.
fn is_again(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(error.kind(), K::WouldBlock | K::TimedOut | K::Interrupted)
}

impl Read for Timed {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        loop {
            self.stream.set_read_timeout(Some(self.left()?))?;
            match self.stream.read(bytes) {
                Err(error) if is_again(&error) => {}
                outcome => return outcome,
            }
        }
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            self.stream.set_write_timeout(Some(self.left()?))?;
            match self.stream.write(bytes) {
                Err(error) if is_again(&error) => {}
                outcome => return outcome,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Wire {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(bytes),
            Self::Tls(stream) => match stream.read(bytes) {
                // The other side went without a word of TLS. Its frames have words of their own for that.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
                outcome => outcome,
            },
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

impl Wire {
    /// Connects, and shakes hands if there is TLS. Each of both has until `until`.
    pub(super) fn connect(endpoint: &Endpoint, stop: &Stop, until: Instant) -> Result<Self, ConnectError> {
        // Before anything is sent: what is missing here is told without the Gateway.
        let client = endpoint.is_tls().then(|| tls::client(endpoint)).transpose()?;
        let stream = connect(endpoint, stop, until)?;
        let Some(mut client) = client else { return Ok(Self::Plain(stream)) };
        let mut stream = stream;
        while client.is_handshaking() {
            if let Err(error) = client.complete_io(&mut stream) {
                return Err(match tls::problem(&error, endpoint) {
                    Some(problem) => problem,
                    None if error.kind() == io::ErrorKind::UnexpectedEof && !stop.is_asked() => {
                        ConnectError::Tls { problem: "it closed the connection".to_owned() }
                    }
                    None => ConnectError::Lost(lost(&error, stop, "the hand-shake of TLS")),
                });
            }
        }
        Ok(Self::Tls(Box::new(StreamOwned::new(client, stream))))
    }

    fn timed(&mut self) -> &mut Timed {
        match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => &mut stream.sock,
        }
    }

    /// Until when reads and writes wait from now on.
    pub(super) fn set_until(&mut self, until: Instant) {
        self.timed().until = until;
    }

    pub(super) fn is_stopped(&mut self) -> bool {
        self.timed().watched.is_stopped()
    }
}

/// What an error of the socket is.
fn lost(error: &io::Error, stop: &Stop, step: &'static str) -> Lost {
    match error.kind() {
        _ if stop.is_asked() => Lost::Stopped,
        io::ErrorKind::WouldBlock => Lost::TimedOut { step },
        _ => Lost::Io { problem: shown(&error.to_string(), None) },
    }
}

/// The first address of the endpoint that takes a connection.
fn connect(endpoint: &Endpoint, stop: &Stop, until: Instant) -> Result<Timed, ConnectError> {
    let addresses = resolve(endpoint, stop, until)?;
    let mut tried = Vec::new();
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    let mut is_refused = !addresses.is_empty();
    for (at, address) in addresses.iter().enumerate() {
        let left = until.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(addresses.len() - at).unwrap_or(u32::MAX);
        match connect_to(*address, stop, Instant::now() + share) {
            Ok((stream, watched)) => return Ok(Timed { stream, until, watched }),
            Err(_) if stop.is_asked() => return Err(ConnectError::Lost(Lost::Stopped)),
            Err(error) => {
                is_refused &= error.kind() == io::ErrorKind::ConnectionRefused;
                tried.push(address.to_string());
                last = error;
            }
        }
    }
    Err(ConnectError::Unreachable { at: tried.join(" and "), is_refused, problem: shown(&last.to_string(), None) })
}

fn connect_to(address: SocketAddr, stop: &Stop, until: Instant) -> io::Result<(TcpStream, Watched)> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    let begun = socket.connect(&address.into());
    // Only now: a stop shuts a socket that is on its way, and one that is not would go on.
    let watched = stop.watch(&socket)?;
    match begun {
        Err(error) if is_on_its_way(&error) => wait_for_connection(&socket, stop, until)?,
        outcome => outcome?,
    }
    socket.set_nonblocking(false)?;
    // Questions are small and wait for answers.
    socket.set_tcp_nodelay(true)?;
    Ok((socket.into(), watched))
}

fn is_on_its_way(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
        || error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error())
}

fn wait_for_connection(socket: &Socket, stop: &Stop, until: Instant) -> io::Result<()> {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if stop.is_asked() || left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let time = left.try_into().ok();
        match poll(&mut [PollFd::new(socket, PollFlags::OUT)], time.as_ref()) {
            Ok(0) | Err(rustix::io::Errno::INTR) => {}
            Ok(_) => return socket.take_error()?.map_or_else(|| socket.peer_addr().map(drop), Err),
            Err(error) => return Err(error.into()),
        }
    }
}

/// The addresses of the endpoint's host. The system may look a name up for as long as it likes: it does so on a thread of
/// its own, which is left alone when the time is over.
fn resolve(endpoint: &Endpoint, stop: &Stop, until: Instant) -> Result<Vec<SocketAddr>, ConnectError> {
    let port = endpoint.port();
    let name = match endpoint.host() {
        Host::Address(address) => return Ok(vec![SocketAddr::new(*address, port)]),
        Host::Name(name) => name.clone(),
    };
    let unresolved = |problem: String| ConnectError::Unresolved { host: name.clone(), problem: shown(&problem, None) };
    let (sender, receiver) = mpsc::channel();
    let host = name.clone();
    let look_up = move || {
        let addresses = (host.as_str(), port).to_socket_addrs().map(Vec::from_iter);
        // Nobody waits any more.
        let _ = sender.send(addresses);
    };
    let thread = std::thread::Builder::new().name("ocp-resolve".to_owned()).spawn(look_up);
    thread.map_err(|error| unresolved(error.to_string()))?;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if stop.is_asked() {
            return Err(ConnectError::Lost(Lost::Stopped));
        }
        match receiver.recv_timeout(left.min(LOOK_UP)) {
            Ok(Ok(addresses)) if addresses.is_empty() => return Err(unresolved("none is known".to_owned())),
            Ok(addresses) => return addresses.map_err(|error| unresolved(error.to_string())),
            Err(RecvTimeoutError::Timeout) if !left.is_zero() => {}
            Err(_) => return Err(unresolved("no answer in time".to_owned())),
        }
    }
}
