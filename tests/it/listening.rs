//! Promise: a server listens where it is told to, on nothing that belongs to somebody else, and blocks nothing behind.
#![cfg(feature = "serve")]

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::serve::{Address, Listener, PatientServer, ServeError, Server, Site};
use openclaw_prometheus::{ManualClock, Registry};
use support::deadline;

fn site() -> Arc<Site> {
    let registry = Registry::builder().build().unwrap();
    registry.counter("calls_total", "").register().unwrap();
    let mut publisher = Publisher::new(&registry, Duration::from_secs(1), ManualClock::new()).unwrap();
    publisher.tick();
    Arc::new(Site::new(publisher.pages()))
}

/// What `/health` warns of, and what it says of the listener.
fn told(site: &Site) -> (Vec<String>, Option<String>) {
    let listener = site.remarks().all().into_iter().find(|(subject, _)| *subject == "listener");
    (site.remarks().warnings(), listener.map(|(_, sentence)| sentence))
}

/// A pause between two tries that no test waits out.
const NEVER: Duration = Duration::from_secs(1_000_000);

#[test]
fn a_taken_port_is_told_and_served_on_when_it_is_free() {
    let foreign = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = foreign.local_addr().unwrap();
    let site = site();
    assert_eq!(site.pages().listens(), None);
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = tries.clone();
    let open = move || {
        counted.fetch_add(1, Ordering::Relaxed);
        Listener::tcp(address)
    };
    let server = PatientServer::start(open, site.clone(), Duration::from_millis(5));
    assert_eq!((server.address(), site.pages().listens()), (None, Some(false)));
    let warning = format!(
        "listener: {address} is taken by another process; choose another port, or 0 for any; it is tried again every \
         0.005 s"
    );
    assert_eq!(told(&site).0, std::slice::from_ref(&warning));
    let (_, document) = site.health();
    assert!(String::from_utf8(document).unwrap().contains(&warning));
    deadline::until("it is tried again", || tries.load(Ordering::Relaxed) > 5);
    assert_eq!(told(&site).0, [warning]);
    drop(foreign);
    deadline::until("the port is taken back", || server.address().is_some());
    assert!(is_served(TcpStream::connect(address).unwrap()));
    deadline::until("it is told", || told(&site).0.is_empty());
    assert_eq!(told(&site).1, Some(format!("listening on http://{address}")));
    assert_eq!(site.pages().listens(), Some(true));
    drop(server);
    assert_eq!((told(&site).1, site.pages().listens()), (None, None));
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_server_that_waits_for_its_port_stops_at_once_and_leaves_it_alone() {
    let foreign = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = foreign.local_addr().unwrap();
    let site = site();
    for _ in 0..20 {
        // It would be waited for beyond the end of the test if stopping waited for the next try.
        let server = PatientServer::start(move || Listener::tcp(address), site.clone(), NEVER);
        assert_eq!(site.pages().listens(), Some(false));
        drop(server);
        assert_eq!((told(&site), site.pages().listens()), ((Vec::new(), None), None));
    }
    drop(foreign);
    let server = PatientServer::start(move || Listener::tcp(address), site.clone(), NEVER);
    assert!(is_served(TcpStream::connect(address).unwrap()), "a free one is taken by the caller's own try");
    assert_eq!(server.address().and_then(|address| address.tcp()), Some(address));
    let refused = PatientServer::refused(site.clone(), "nobody may");
    assert_eq!((site.pages().listens(), refused.address()), (Some(false), None));
    assert_eq!(told(&site).0, ["listener: nobody may"]);
}

/// Whether a request on this connection is answered with a page.
fn is_served(mut stream: impl Read + Write) -> bool {
    stream.write_all(b"GET /-/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.starts_with("HTTP/1.1 ") && answer.contains("content-type: text/plain")
}

/// A directory of its own, removed at the end.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ocp-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn socket(&self) -> PathBuf {
        self.0.join("metrics.sock")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn an_address_is_shown_as_a_client_writes_it() {
    let server = Server::start(Listener::tcp((Ipv4Addr::LOCALHOST, 0).into()).unwrap(), site()).unwrap();
    let port = server.address().port().unwrap();
    assert_eq!(server.address().to_string(), format!("http://127.0.0.1:{port}"));
    let six = Address::Tcp(SocketAddr::from((Ipv6Addr::LOCALHOST, 80)));
    assert_eq!((six.to_string(), six.port()), ("http://[::1]:80".into(), Some(80)));
    let unix = Address::Unix("/run/metrics.sock".into());
    assert_eq!((unix.to_string(), unix.port(), unix.tcp()), ("unix:/run/metrics.sock".into(), None, None));
}

#[test]
fn all_addresses_of_both_families_are_one_listener() {
    // Where the system has no IPv6 there is nothing to see.
    let Ok(listener) = Listener::tcp((Ipv6Addr::UNSPECIFIED, 0).into()) else { return };
    let server = Server::start(listener, site()).unwrap();
    let port = server.address().port().unwrap();
    assert!(is_served(TcpStream::connect((Ipv6Addr::LOCALHOST, port)).unwrap()));
    let is_dual = fs::read_to_string("/proc/sys/net/ipv6/bindv6only").is_ok_and(|only| only.trim() == "0");
    assert_eq!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok_and(is_served), is_dual);
}

#[test]
fn a_host_is_read_as_it_stands_in_brackets_and_a_unix_socket_answers_any() {
    let status = |mut stream: Box<dyn Stream>, host: &str| {
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer[9..12].parse::<u16>().unwrap()
    };
    let directory = Directory::new("hosts");
    let path = directory.socket();
    let server = Server::start(Listener::unix(&path).unwrap(), site()).unwrap();
    for (host, expected) in [("localhost", 200), ("other.example", 200), ("[::1]", 200), ("a b", 400), ("", 400)] {
        assert_eq!(status(Box::new(UnixStream::connect(&path).unwrap()), host), expected, "{host}");
    }
    server.stop();
    // Where the system has no IPv6 there is nothing to see.
    let Ok(listener) = Listener::tcp((Ipv6Addr::UNSPECIFIED, 0).into()) else { return };
    let server = Server::start(listener, site()).unwrap();
    let port = server.address().port().unwrap();
    let six = |host: &str| status(Box::new(TcpStream::connect((Ipv6Addr::LOCALHOST, port)).unwrap()), host);
    for (host, expected) in [
        ("[::1]", 200),
        (&format!("[::1]:{port}"), 200),
        ("[0:0:0:0:0:0:0:1]:1", 200),
        ("localhost", 200),
        ("127.0.0.1", 403),
        ("[::2]", 403),
        ("::1", 400),
        ("[::1", 400),
        ("[::1]x", 400),
    ] {
        assert_eq!(six(host), expected, "{host}");
    }
    let Ok(four) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { return };
    assert_eq!(status(Box::new(four), "127.0.0.1"), 200, "an IPv4 connection of a socket for both");
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

#[test]
fn a_unix_socket_is_served_to_owner_and_group_and_removed_at_the_end() {
    let directory = Directory::new("unix");
    let path = directory.socket();
    for _ in 0..3 {
        let server = Server::start(Listener::unix(&path).unwrap(), site()).unwrap();
        assert_eq!(server.address(), &Address::Unix(path.clone()));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
        for _ in 0..20 {
            assert!(is_served(UnixStream::connect(&path).unwrap()));
        }
        server.stop();
        assert!(!path.exists(), "the file goes with the server");
    }
    // So does that of a listener that never served.
    drop(Listener::unix(&path).unwrap());
    assert!(!path.exists());
}

#[test]
fn the_socket_of_a_dead_server_is_replaced() {
    let directory = Directory::new("dead");
    let path = directory.socket();
    // std's listener blocks its file, as a killed process does.
    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let server = Server::start(Listener::unix(&path).unwrap(), site()).unwrap();
    assert!(is_served(UnixStream::connect(&path).unwrap()));
    drop(server);
    assert!(!path.exists());
}

#[test]
fn the_socket_of_a_living_server_stays_its_own() {
    let directory = Directory::new("living");
    let path = directory.socket();
    let server = Server::start(Listener::unix(&path).unwrap(), site()).unwrap();
    let error = Listener::unix(&path).unwrap_err().to_string();
    let shown = path.display();
    assert_eq!(
        error,
        format!("serve: unix:{shown} belongs to a server that runs; stop that one, or choose another path")
    );
    assert!(is_served(UnixStream::connect(&path).unwrap()));
    server.stop();
    // One whose socket is of another kind lives, too.
    let _datagrams = UnixDatagram::bind(&path).unwrap();
    assert!(matches!(Listener::unix(&path), Err(ServeError::Listen { .. })));
    assert!(path.exists());
}

#[test]
fn a_file_that_is_no_socket_is_never_touched() {
    let directory = Directory::new("file");
    let path = directory.socket();
    let sentence =
        format!("serve: unix:{} is there and is no socket; remove it, or choose another path", path.display());
    fs::write(&path, "somebody's").unwrap();
    assert_eq!(Listener::unix(&path).unwrap_err().to_string(), sentence);
    assert_eq!(fs::read(&path).unwrap(), b"somebody's");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(Listener::unix(&path).unwrap_err().to_string(), sentence);
    fs::remove_dir(&path).unwrap();
    std::os::unix::fs::symlink("/nowhere", &path).unwrap();
    assert_eq!(Listener::unix(&path).unwrap_err().to_string(), sentence);
    assert!(path.is_symlink());
}

#[test]
fn a_file_that_has_taken_the_sockets_place_is_left_there() {
    let directory = Directory::new("taken");
    let path = directory.socket();
    let server = Server::start(Listener::unix(&path).unwrap(), site()).unwrap();
    // Written beside it first, so that it is another file for sure.
    let other = directory.0.join("other");
    fs::write(&other, "another's").unwrap();
    fs::rename(&other, &path).unwrap();
    server.stop();
    assert_eq!(fs::read(&path).unwrap(), b"another's");
}

#[test]
fn listeners_that_are_handed_over_are_served_and_their_files_stay() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let server = Server::start(listener, site()).unwrap();
    assert_eq!(server.address().tcp(), Some(address));
    assert!(is_served(TcpStream::connect(address).unwrap()));
    let directory = Directory::new("handed");
    let path = directory.socket();
    let server = Server::start(UnixListener::bind(&path).unwrap(), site()).unwrap();
    assert!(is_served(UnixStream::connect(&path).unwrap()));
    drop(server);
    assert!(path.exists(), "whoever made it may hand it over again");
}

#[test]
fn a_reader_on_a_unix_socket_that_goes_away_disturbs_nobody() {
    let directory = Directory::new("gone");
    let path = directory.socket();
    let server = Server::start(Listener::unix(&path).unwrap(), site()).unwrap();
    for _ in 0..300 {
        let mut stream = UnixStream::connect(&path).unwrap();
        stream.write_all("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(50).as_bytes()).unwrap();
    }
    assert!(is_served(UnixStream::connect(&path).unwrap()));
    server.stop();
}
