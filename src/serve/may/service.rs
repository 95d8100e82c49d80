//! One connection, as the crate hands it to us: made when it is accepted, called with each request, dropped before it is
//! closed.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::future::Future;
use std::io;
use std::net::{IpAddr, Shutdown};
use std::os::fd::{BorrowedFd, RawFd};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake};
use std::time::{Duration, Instant};

use hyper::StatusCode;
use may::coroutine;
use may_minihttp::{HttpService, HttpServiceFactory, Request, Response};
use socket2::{SockAddr, SockRef};

use crate::serve::Limits;
use crate::serve::reply::Reply;
use crate::serve::respond::{RequestHead, respond};
use crate::serve::site::Site;

/// Lines of headers that a response of the crate has room for; it panics beyond.
const HEADER_LINES: usize = 16;
/// Different lines that are kept at most.
const KNOWN_LINES: usize = 256;
/// Bytes of a body that are read to find the next request behind it.
const BODY_BYTES: u64 = 1 << 20;
/// How often a coroutine that waits for a page sees whether it has waited too long.
const CHECK_TIME: Duration = Duration::from_millis(50);

/// What a server and its connections share.
pub(super) struct Shared {
    site: Arc<Site>,
    pub(super) limits: Limits,
    /// The descriptors of the connections that are open.
    open: Mutex<HashSet<RawFd>>,
    is_stopping: AtomicBool,
}

impl Shared {
    pub(super) fn new(site: Arc<Site>, limits: Limits) -> Self {
        Self { site, limits, open: Mutex::default(), is_stopping: AtomicBool::new(false) }
    }

    fn open(&self) -> MutexGuard<'_, HashSet<RawFd>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets nobody in any more.
    pub(super) fn stop(&self) {
        // ORDERING: Release, with the Acquire in `new_service`: nothing else is passed along.
        self.is_stopping.store(true, Ordering::Release);
    }

    /// Ends the connections that are open; how many there were.
    pub(super) fn end_all(&self) -> usize {
        let open = self.open();
        open.iter().for_each(|connection| end(*connection));
        open.len()
    }
}

/// Has the crate find the connection's end, whichever way it looks.
fn end(connection: RawFd) {
    // SAFETY: it is the descriptor of a connection whose service is not dropped yet, so the crate has not closed it: the
    // caller holds the lock under which that service would take it out of the set, or is that service.
    let socket = unsafe { BorrowedFd::borrow_raw(connection) };
    // It may have ended by itself.
    let _ = SockRef::from(&socket).shutdown(Shutdown::Both);
}

/// Makes the services of a server's connections, in the coroutine that accepts them.
pub(super) struct Factory(pub(super) Arc<Shared>);

impl HttpServiceFactory for Factory {
    type Service = Connection;

    fn new_service(&self, id: usize) -> Connection {
        // ORDERING: Acquire, with the Release in `Shared::stop`.
        if self.0.is_stopping.load(Ordering::Acquire) {
            stop_accepting();
        }
        let descriptor = id as RawFd;
        let mut open = self.0.open();
        open.insert(descriptor);
        if open.len() > self.0.limits.connections {
            end(descriptor);
        }
        drop(open);
        Connection { shared: self.0.clone(), descriptor, ends: ends(descriptor), is_over: false }
    }
}

/// The address that a connection arrived at, and where it comes from.
fn ends(connection: RawFd) -> (Option<IpAddr>, Option<IpAddr>) {
    // SAFETY: it is the descriptor of a connection whose service is being made, so the crate has not closed it.
    let socket = unsafe { BorrowedFd::borrow_raw(connection) };
    let socket = SockRef::from(&socket);
    let ip = |address: io::Result<SockAddr>| Some(address.ok()?.as_socket()?.ip());
    (ip(socket.local_addr()), ip(socket.peer_addr()))
}

/// Ends the coroutine that accepts, and with it the listener. The crate has no other way out of its loop than to unwind;
/// no hook is called, and `may` catches it at the coroutine's end. Where unwinding ends the process, the listener stays.
fn stop_accepting() {
    #[cfg(panic = "unwind")]
    std::panic::resume_unwind(Box::new("the server is stopped"))
}

pub(super) struct Connection {
    shared: Arc<Shared>,
    descriptor: RawFd,
    ends: (Option<IpAddr>, Option<IpAddr>),
    /// What else the crate finds in its buffer is no request any more.
    is_over: bool,
}

impl HttpService for Connection {
    /// Never an error, which the crate would tell the client, and never a panic.
    fn call(&mut self, request: Request<'_, '_, '_>, response: &mut Response<'_>) -> io::Result<()> {
        if self.is_over {
            return Ok(());
        }
        let head = Head::read(&request);
        let Some(body_bytes) = head.body else {
            // Where its body ends cannot be told.
            self.is_over = true;
            end(self.descriptor);
            return Ok(());
        };
        write(self.ready(head.reply(&self.shared.site, self.ends)), response);
        if body_bytes > 0 {
            // Read to its end, and forgotten.
            drop(request.body());
        }
        Ok(())
    }
}

impl Connection {
    /// The answer when its bytes are there. The coroutine waits, its worker does not.
    fn ready(&self, reply: Reply) -> Reply {
        if !reply.delay().is_zero() {
            coroutine::sleep(reply.delay());
        }
        if reply.is_ready() {
            return reply;
        }
        let late = || Reply::text(503, "The page was not made in time.\n");
        wait_for(reply.ready(), self.shared.limits.answer).unwrap_or_else(late)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.shared.open().remove(&self.descriptor);
    }
}

/// What of a request decides its answer.
struct Head<'a> {
    method: &'a str,
    target: &'a str,
    accept: Cow<'a, str>,
    accept_encoding: Cow<'a, str>,
    authorization: Option<&'a str>,
    host: Option<Cow<'a, str>>,
    /// Bytes of the body; none if that cannot be told, or if it is too long to be read for nothing.
    body: Option<u64>,
}

impl<'a> Head<'a> {
    fn read(request: &'a Request<'_, '_, '_>) -> Self {
        let mut head = Self {
            method: request.method(),
            target: request.path(),
            accept: Cow::Borrowed(""),
            accept_encoding: Cow::Borrowed(""),
            authorization: None,
            host: None,
            body: Some(0),
        };
        let mut length = None;
        for header in request.headers() {
            // A header that is no text says nothing, but for a token, which is a wrong one.
            let text = std::str::from_utf8(header.value).unwrap_or("").trim();
            match header.name {
                name if name.eq_ignore_ascii_case("accept") => join(&mut head.accept, text),
                name if name.eq_ignore_ascii_case("accept-encoding") => join(&mut head.accept_encoding, text),
                name if name.eq_ignore_ascii_case("authorization") => {
                    head.authorization = head.authorization.or(Some(text));
                }
                name if name.eq_ignore_ascii_case("host") => match &mut head.host {
                    Some(host) => join(host, text),
                    host => *host = Some(text.into()),
                },
                name if name.eq_ignore_ascii_case("content-length") => {
                    // The crate reads the first length as it stands, so it has to be a plain number, and the only one.
                    let is_plain = length.is_none() && header.value.iter().all(u8::is_ascii_digit);
                    length = Some(text.parse().ok().filter(|bytes| is_plain && *bytes <= BODY_BYTES));
                }
                name if name.eq_ignore_ascii_case("transfer-encoding") => length = Some(None),
                _ => {}
            }
            if length == Some(None) {
                head.body = None;
            }
        }
        head.body = head.body.and(length.unwrap_or(Some(0)));
        if request.version() > 0 {
            head.host.get_or_insert_default();
        }
        head
    }

    fn reply(&self, site: &Site, ends: (Option<IpAddr>, Option<IpAddr>)) -> Reply {
        let (path, query) = self.target.split_once('?').unwrap_or((self.target, ""));
        let mut head = RequestHead::new(self.method, path);
        head.query = query;
        head.accept = &self.accept;
        head.accept_encoding = &self.accept_encoding;
        head.authorization = self.authorization;
        head.host = self.host.as_deref();
        (head.local, head.peer) = ends;
        head.has_body = self.body != Some(0);
        respond(site, &head)
    }
}

/// Adds what a further header of the same name says.
fn join<'a>(all: &mut Cow<'a, str>, text: &'a str) {
    *all = if all.is_empty() { Cow::Borrowed(text) } else { format!("{all}, {text}").into() };
}

/// Gives the crate an answer to write. As far as can be told here, it is sent then.
fn write(reply: Reply, response: &mut Response<'_>) {
    let (reply, body) = match copy(&reply) {
        Some(body) => (reply, body),
        None => {
            let text = "There is no memory to send the page; ask again in a while.\n";
            (Reply::text(503, text), text.into())
        }
    };
    let reason = StatusCode::from_u16(reply.status()).ok().and_then(|status| status.canonical_reason());
    response.status_code(reply.status().into(), reason.unwrap_or("Unknown"));
    // The crate writes the length itself.
    let lines = reply.headers().filter(|(name, _)| *name != "content-length");
    let lines = lines.map(|(name, value)| format!("{name}: {value}")).filter_map(|line| known(&line));
    lines.take(HEADER_LINES).for_each(|line| {
        response.header(line);
    });
    if !reply.is_head() {
        response.body_vec(body);
    }
}

/// The body in one piece, as the crate wants it; none without memory for it.
fn copy(reply: &Reply) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    body.try_reserve_exact(reply.pieces().map(<[u8]>::len).sum()).ok()?;
    reply.pieces().for_each(|piece| body.extend_from_slice(piece));
    Some(body)
}

/// The lines of headers that were given to the crate, which wants them for ever. They come from our code and the
/// operator's configuration, never from a client, so there are a few in a program.
static KNOWN: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());

/// This line, for ever; none if there are too many.
fn known(line: &str) -> Option<&'static str> {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(line) = known.get(line) {
        return Some(line);
    }
    if known.len() >= KNOWN_LINES {
        return None;
    }
    let line: &'static str = Box::leak(line.into());
    known.insert(line);
    Some(line)
}

struct Unpark(coroutine::Coroutine);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// What `future` gives, or none after `limit`. In a coroutine only: its worker goes on with others meanwhile.
fn wait_for<T>(future: impl Future<Output = T>, limit: Duration) -> Option<T> {
    let mut future = pin!(future);
    let waker = Arc::new(Unpark(coroutine::current())).into();
    let mut context = Context::from_waker(&waker);
    let begun = Instant::now();
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return Some(value);
        }
        if begun.elapsed() >= limit {
            return None;
        }
        coroutine::park_timeout(CHECK_TIME);
        // Woken by its time it is on the timer's thread, which is not to serve anybody.
        coroutine::yield_now();
    }
}
