//! One connection, from its first byte to its last.
//!
//! hyper is there only while there is something to work on: a connection that waits is a socket, a timer, a few words and
//! what came of a head, and none of the 25 KiB of buffers that hyper keeps. For that, a head that comes in pieces is parsed
//! from its start with each of them, and it is at most 16 KiB long. Whatever a client does, its connection waits for it no longer than
//! the [`Limits`](super::Limits) say.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

use super::super::body::{Pieces, WholeBody};
use super::super::exchange::{Ends, answer_whole};
use super::super::site::Site;
use super::limits::Limits;
use super::socket::TrackedSocket;
use super::state::{Connection, FIRST_BYTE, Input, State};
use super::stream::Stream;
use super::table::{ConnectionTable, Permit};
#[cfg(feature = "web-config")]
use super::tls::{self, Session};
#[cfg(feature = "web-config")]
use crate::foreign::say;

/// The least that hyper takes for its buffer.
const BUFFER_BYTES: usize = 8 << 10;

/// What a while with hyper ended with.
enum Outcome {
    /// All heads that were whole are answered; this came of the next.
    Waiting(Bytes),
    /// Nothing more will be answered.
    Over,
}

/// Serves one connection.
pub(super) async fn serve_connection(stream: Stream, site: Arc<Site>, permit: Permit) {
    let (connection, table) = (&permit.connection, &permit.table);
    let ends = stream.ends();
    let mut socket = TrackedSocket::new(stream, connection.clone(), table.count());
    // Until then nobody sends it away, however little room there is.
    let _ = tokio::time::timeout(FIRST_BYTE, socket.first_bytes()).await;
    connection.expect_head();
    #[cfg(feature = "web-config")]
    if !secure(&mut socket, &site, ends, connection, table).await {
        connection.enter(State::Closing);
        in_time(connection, &table.limits, socket.linger()).await;
        return;
    }
    while !table.is_stopping() {
        let Some(Ok(())) = in_time(connection, &table.limits, socket.readable()).await else { return };
        if connection.state() == State::Idle {
            connection.enter(State::NextHead(Input::Open));
        }
        // In a box, so that it takes memory only while it is there.
        let exchange = Box::pin(exchange(&mut socket, &site, ends, connection, table));
        match in_time(connection, &table.limits, exchange).await {
            Some(Outcome::Waiting(rest)) => match connection.state() {
                State::Answered(_) if rest.is_empty() => connection.enter(State::Idle),
                _ => socket.put_back(rest),
            },
            Some(Outcome::Over) => break,
            None => {
                if let Some(reason) = connection.reset_reason(&table.limits).filter(|_| !connection.is_revoked()) {
                    site.pages().note_reset(reason);
                }
                return socket.reset();
            }
        }
    }
    connection.enter(State::Closing);
    in_time(connection, &table.limits, socket.linger()).await;
}

/// What a client is told that speaks HTTP without TLS.
#[cfg(feature = "web-config")]
const NOT_TLS: &[u8] =
    b"HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n\
                         This port speaks TLS: ask for https.\n";

/// Begins TLS, if it is spoken here. False if the connection is of no use.
#[cfg(feature = "web-config")]
async fn secure(
    socket: &mut TrackedSocket,
    site: &Site,
    ends: Ends,
    connection: &Connection,
    table: &ConnectionTable,
) -> bool {
    let web = site.web();
    let Some(tls) = &web.tls else { return true };
    let (config, change) = tls.current();
    if let Some(change) = change {
        site.tell_tls(&change);
    }
    let stream = socket.stream();
    let accepting = Session::accept(&stream, config, &table.turns, connection);
    let error = match in_time(connection, &table.limits, accepting).await {
        Some(Ok(session)) => {
            // What it asks may have come with its end of the handshake, or comes now.
            if !session.has_bytes() {
                let _ = tokio::time::timeout(FIRST_BYTE, socket.first_bytes()).await;
            }
            connection.expect_head();
            socket.secure(session);
            return true;
        }
        Some(Err(error)) => error,
        None => std::io::ErrorKind::TimedOut.into(),
    };
    if tls::is_plain(&error) {
        socket.write_plain(NOT_TLS);
    }
    if let Some(peer) = ends.peer {
        say!(&table.handshakes, debug, "serve: no TLS session with {peer}: {error}");
    }
    false
}

/// What `work` gives, or none once the patience with this connection has ended, or what it is sent has to be given up.
async fn in_time<T>(connection: &Connection, limits: &Limits, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut timer = pin!(tokio::time::sleep_until(connection.deadline(limits)));
    poll_fn(|cx| {
        if let Poll::Ready(value) = work.as_mut().poll(cx) {
            return Poll::Ready(Some(value));
        }
        if connection.poll_revoked(cx) {
            return Poll::Ready(None);
        }
        let deadline = connection.deadline(limits);
        if timer.deadline() != deadline {
            timer.as_mut().reset(deadline);
        }
        timer.as_mut().poll(cx).map(|()| None)
    })
    .await
}

/// Lets hyper answer the requests that have come.
async fn exchange(
    socket: &mut TrackedSocket,
    site: &Arc<Site>,
    ends: Ends,
    connection: &Rc<Connection>,
    table: &ConnectionTable,
) -> Outcome {
    let (stream, is_first) = (socket.stream(), Cell::new(true));
    let service = service_fn(|request: Request<Incoming>| {
        connection.enter(State::Answering);
        let is_first = is_first.replace(false);
        let stream = stream.clone();
        async move {
            if !is_first {
                // It came together with the one before, whose answer may lie unsent for long. What this one is answered
                // with is taken when it can be sent.
                poll_fn(|cx| connection.poll_sent(cx)).await;
                stream.writable(connection).await;
            }
            let ends = Ends { is_crowded: table.is_crowded(), ..ends };
            let mut response = answer_whole(site, request, ends).await;
            if table.is_stopping() {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            connection.begin_answer(response.body().outgoing());
            Ok::<_, Infallible>(response.map(|body| TrackedBody { body, connection: connection.clone() }))
        }
    });
    let limits = &table.limits;
    let mut serving = http1::Builder::new()
        // A client that asks and closes its half gets its answer.
        .half_close(true)
        // Time is our own: hyper would count what is idle as a slow head.
        .header_read_timeout(None)
        .max_header_size(limits.head_bytes)
        .max_headers(limits.head_lines)
        .max_buf_size(limits.head_bytes.max(BUFFER_BYTES))
        .serve_connection(TokioIo::new(socket), service);
    let is_over = poll_fn(|cx| match Pin::new(&mut serving).poll(cx) {
        Poll::Ready(_) => Poll::Ready(true),
        Poll::Pending if connection.is_out_of_bytes() => Poll::Ready(false),
        Poll::Pending => Poll::Pending,
    });
    if is_over.await {
        return Outcome::Over;
    }
    // A copy, as it is the end of a large buffer.
    Outcome::Waiting(Bytes::copy_from_slice(&serving.into_parts().read_buf))
}

/// The body of an answer on its way.
struct TrackedBody {
    body: WholeBody,
    connection: Rc<Connection>,
}

impl Drop for TrackedBody {
    fn drop(&mut self) {
        self.connection.end_body();
    }
}

impl Body for TrackedBody {
    type Data = Pieces;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Pieces>, Infallible>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
