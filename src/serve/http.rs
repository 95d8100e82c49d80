//! The HTTP server: hyper on one current-thread tokio runtime, in the thread `ocp-http`.
//!
//! It hands out what [`respond`] says and holds no state of its own. Heads, connections and standing writes are
//! limited; a client can hurt its own connection and nothing else.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::respond::{Body, Reply, RequestHead, respond};
use super::stall::Stall;
use crate::publish::{Page, Pages};

/// Connections at most; further ones wait in the backlog.
const CONNECTIONS: usize = 512;
const HEAD_TIME: Duration = Duration::from_secs(5);
const HEAD_BYTES: usize = 16 << 10;
const HEAD_LINES: usize = 100;
/// How long a write may stand still.
const STALL_TIME: Duration = Duration::from_secs(10);
/// How long open answers may go on after a stop.
const DRAIN_TIME: Duration = Duration::from_millis(500);
/// Pause after a failed accept, so that a process out of descriptors does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Why the server could not be started.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServeError {
    /// The address cannot be listened on.
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// The system gave no thread or no event queue.
    Thread(io::Error),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen { address, error } if error.kind() == io::ErrorKind::AddrInUse => {
                write!(f, "serve: {address} is taken by another process; choose another port, or 0 for any")
            }
            Self::Listen { address, error } => write!(f, "serve: cannot listen on {address}: {error}"),
            Self::Thread(error) => write!(f, "serve: the system gave no thread for the server: {error}"),
        }
    }
}

impl std::error::Error for ServeError {}

/// A running server. Dropping it stops it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens on `address` (port 0 for any) and serves `pages` from a thread of its own.
    ///
    /// # Errors
    /// [`ServeError`]; after one nothing is left running.
    pub fn start(address: SocketAddr, pages: Arc<Pages>) -> Result<Self, ServeError> {
        let listen = |error| ServeError::Listen { address, error };
        let listener = TcpListener::bind(address).map_err(listen)?;
        listener.set_nonblocking(true).map_err(listen)?;
        let bound = listener.local_addr().map_err(listen)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .enable_time()
            .build()
            .map_err(ServeError::Thread)?;
        let (stop, stopping) = watch::channel(false);
        let thread = std::thread::Builder::new().name("ocp-http".into()).spawn(move || {
            runtime.block_on(serve(listener, pages, stopping));
        });
        Ok(Self { address: bound, stop, thread: Some(thread.map_err(ServeError::Thread)?) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more connections, lets open answers go on for half a second, and joins the thread.
    pub fn stop(mut self) {
        self.join();
    }

    fn join(&mut self) {
        let _ = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.join();
    }
}

async fn serve(listener: TcpListener, pages: Arc<Pages>, mut stopping: watch::Receiver<bool>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let Some(accepted) = or_stop(accept(&listener, &places), &mut stopping).await else { break };
        match accepted {
            Ok((stream, place)) => {
                let (pages, stopping) = (pages.clone(), stopping.clone());
                connections.spawn(async move {
                    converse(stream, pages, stopping).await;
                    drop(place);
                });
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(DRAIN_TIME, drained).await;
}

/// A place first, then a connection: those beyond the limit wait in the backlog.
async fn accept(
    listener: &tokio::net::TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
}

/// What `work` gives, or none once it is time to stop.
async fn or_stop<T>(work: impl Future<Output = T>, stopping: &mut watch::Receiver<bool>) -> Option<T> {
    let mut work = pin!(work);
    let mut stop = pin!(stopping.wait_for(|is_stopping| *is_stopping));
    poll_fn(|cx| match (stop.as_mut().poll(cx), work.as_mut().poll(cx)) {
        (Poll::Ready(_), _) => Poll::Ready(None),
        (_, Poll::Ready(value)) => Poll::Ready(Some(value)),
        _ => Poll::Pending,
    })
    .await
}

/// One connection, to its end.
async fn converse(stream: TcpStream, pages: Arc<Pages>, mut stopping: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<hyper::body::Incoming>| {
        let pages = pages.clone();
        async move {
            let head = RequestHead::new(request.method().as_str(), request.uri().path());
            Ok::<_, Infallible>(response(respond(&pages, &head)).await)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEAD_LINES)
        .serve_connection(TokioIo::new(Stall::new(stream, STALL_TIME)), service);
    let mut connection = pin!(connection);
    if or_stop(connection.as_mut(), &mut stopping).await.is_none() {
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}

/// A reply as hyper sends it.
async fn response(reply: Reply) -> Response<ReplyBody> {
    let Reply { status, content_type, allow, body, is_head } = reply;
    let body = match body {
        Body::Text(text) => ReplyBody::Text(Some(text)),
        Body::Page(page) => ReplyBody::Page { page, next: 0 },
        Body::Fresh(fresh) => ReplyBody::Page { page: fresh.await, next: 0 },
    };
    let length = body.len();
    let mut response = Response::new(if is_head { ReplyBody::Text(None) } else { body });
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(allow) = allow {
        headers.insert(ALLOW, HeaderValue::from_static(allow));
    }
    response
}

/// A body whose bytes lie ready: nothing is copied, a page is held until it is sent.
enum ReplyBody {
    Text(Option<&'static str>),
    Page { page: Arc<Page>, next: usize },
}

/// One segment of a page.
struct Segment {
    page: Arc<Page>,
    index: usize,
}

impl AsRef<[u8]> for Segment {
    fn as_ref(&self) -> &[u8] {
        self.page.segment(self.index)
    }
}

impl ReplyBody {
    fn len(&self) -> u64 {
        match self {
            Self::Text(text) => text.map_or(0, str::len) as u64,
            Self::Page { page, next } => (*next..page.segment_count()).map(|at| page.segment(at).len() as u64).sum(),
        }
    }
}

impl http_body::Body for ReplyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = match &mut *self {
            Self::Text(text) => text.take().map(|text| Bytes::from_static(text.as_bytes())),
            Self::Page { page, next } => {
                let index = (*next..page.segment_count()).find(|index| !page.segment(*index).is_empty());
                index.map(|index| {
                    *next = index + 1;
                    Bytes::from_owner(Segment { page: page.clone(), index })
                })
            }
        };
        Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.len() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.len())
    }
}
