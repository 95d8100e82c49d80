//! Where a server listens: a TCP port or a Unix socket, opened here or handed over.
//!
//! A port is never shared: a second server on it is refused. The socket file of a server that is dead is replaced; one
//! of a server that lives stays, and so does any other file.

use std::fs::{self, Metadata, Permissions};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use socket2::{Domain, SockAddr, SockRef, Socket, Type};

use super::address::Address;
use super::error::ServeError;
use crate::thread::Process;

/// Connections that may wait to be accepted. std's 128 overflow when a fleet of scrapers comes at once.
const BACKLOG: i32 = 1024;
/// Who may connect to a socket file that we make: its owner and its group.
const MODE: u32 = 0o660;

/// Something that listens, for [`Server::start`](super::Server::start).
///
/// A std listener can be one too, with the backlog it was made with: one that a service manager hands over, or a test's.
///
/// ```
/// use openclaw_prometheus::serve::Listener;
///
/// let listener = Listener::tcp("127.0.0.1:0".parse()?)?;
/// assert_ne!(listener.address()?.port(), Some(0));
/// let taken = Listener::tcp(listener.address()?.tcp().expect("an address and port")).unwrap_err();
/// assert!(taken.to_string().contains("127.0.0.1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Listener {
    pub(super) kind: ListenerKind,
    /// The socket's file, if it is ours. Behind the socket: the file goes when nobody listens any more.
    pub(super) file: Option<SocketFile>,
    /// Whether it was opened here, so that nobody else listens on it.
    pub(super) is_ours: bool,
}

#[derive(Debug)]
pub(super) enum ListenerKind {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self { kind: ListenerKind::Tcp(listener), file: None, is_ours: false }
    }
}

/// Its file is not removed: whoever made it may hand it over again.
impl From<UnixListener> for Listener {
    fn from(listener: UnixListener) -> Self {
        Self { kind: ListenerKind::Unix(listener), file: None, is_ours: false }
    }
}

impl Listener {
    /// Listens on an address and port; port 0 takes any that is free. `[::]` takes IPv4 too where the system does so.
    ///
    /// # Errors
    /// [`ServeError::Listen`].
    pub fn tcp(address: SocketAddr) -> Result<Self, ServeError> {
        let open = || {
            let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
            // Connections of the server before may still be closing; that is no reason to refuse the next. SO_REUSEPORT
            // would let two servers have half of the scrapes each.
            socket.set_reuse_address(true)?;
            socket.bind(&address.into())?;
            socket.listen(BACKLOG)?;
            Ok(socket)
        };
        let socket = open().map_err(|error| ServeError::Listen { address: Address::Tcp(address), error })?;
        Ok(Self { is_ours: true, ..TcpListener::from(socket).into() })
    }

    /// Listens on a Unix socket that its owner and its group may connect to (mode 0660, whatever the umask), and whose
    /// file is removed when the server stops.
    ///
    /// A socket that nobody listens on is replaced. Two servers that are started for one dead socket at the same moment
    /// may both succeed; the one that came last is then reached.
    ///
    /// # Errors
    /// [`ServeError::Listen`], also if a server listens there; [`ServeError::NoSocket`] if another file is there.
    pub fn unix(path: impl Into<PathBuf>) -> Result<Self, ServeError> {
        Self::unix_with_mode(path, MODE)
    }

    /// The same with other rights of the file, such as 0600.
    ///
    /// # Errors
    /// As for [`unix`](Self::unix).
    pub fn unix_with_mode(path: impl Into<PathBuf>, mode: u32) -> Result<Self, ServeError> {
        let path = path.into();
        let fail = |error| ServeError::Listen { address: Address::Unix(path.clone()), error };
        let address = SockAddr::unix(&path).map_err(fail)?;
        if let Ok(found) = fs::symlink_metadata(&path) {
            if !found.file_type().is_socket() {
                return Err(ServeError::NoSocket(path));
            }
            remove_dead(&path, &address, &found).map_err(fail)?;
        }
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None).map_err(fail)?;
        socket.bind(&address).map_err(fail)?;
        let file = SocketFile::of(&path).map_err(fail)?;
        // Nobody can connect before `listen`, so nobody does with the rights that the umask gave.
        fs::set_permissions(&path, Permissions::from_mode(mode)).map_err(fail)?;
        socket.listen(BACKLOG).map_err(fail)?;
        Ok(Self { kind: ListenerKind::Unix(socket.into()), file: Some(file), is_ours: true })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// Those of the system, for a listener that was handed over and is none.
    pub fn address(&self) -> io::Result<Address> {
        Ok(match &self.kind {
            ListenerKind::Tcp(listener) => Address::Tcp(listener.local_addr()?),
            ListenerKind::Unix(listener) => {
                Address::Unix(listener.local_addr()?.as_pathname().map(Path::to_owned).unwrap_or_default())
            }
        })
    }

    /// Makes what was handed over like what is opened here: it does not block, and children do not inherit it.
    pub(super) fn prepare(&self) -> io::Result<()> {
        let socket = match &self.kind {
            ListenerKind::Tcp(listener) => SockRef::from(listener),
            ListenerKind::Unix(listener) => SockRef::from(listener),
        };
        socket.set_cloexec(true)?;
        socket.set_nonblocking(true)
    }
}

/// Removes a socket's file if nobody listens on it.
fn remove_dead(path: &Path, address: &SockAddr, found: &Metadata) -> io::Result<()> {
    let probe = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // A server whose backlog is full lives: to wait for it is no use.
    probe.set_nonblocking(true)?;
    match probe.connect(address) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            let is_same = fs::symlink_metadata(path).is_ok_and(|now| identity(&now) == identity(found));
            if is_same { fs::remove_file(path) } else { Err(io::ErrorKind::AddrInUse.into()) }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(error),
        _ => Err(io::ErrorKind::AddrInUse.into()),
    }
}

/// The file of a socket, removed when it is dropped, unless another has taken its place.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    identity: (u64, u64),
    /// Whose it is: a child that was forked leaves it.
    process: Process,
}

impl SocketFile {
    fn of(path: &Path) -> io::Result<Self> {
        let identity = identity(&fs::symlink_metadata(path)?);
        Ok(Self { path: path.into(), identity, process: Process::current() })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let is_same = || fs::symlink_metadata(&self.path).is_ok_and(|now| identity(&now) == self.identity);
        if self.process.is_current() && is_same() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Device and inode: which file it is, by whatever name.
fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}
