//! Requests and replies as the `http` crate has them: what hyper, axum and everything on them speak.

use std::borrow::Cow;
use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::pin;
use std::time::Duration;

use bytes::Buf;
use http_body::Body;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, EXPECT, HOST, HeaderName, HeaderValue, TRANSFER_ENCODING,
};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode, Version};

use super::body::{ReplyBody, WholeBody};
use super::reply::{HeaderText, Reply};
use super::respond::{Holder, RequestHead, respond_to};
use super::site::Site;

/// How long the end of a body may take that came behind its head and is empty.
const BODY_TIME: Duration = Duration::from_millis(250);

/// Where a connection of our own server begins and ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    /// The address that it arrived at; none on a Unix socket.
    pub(super) local: Option<IpAddr>,
    /// Where it comes from; none on a Unix socket.
    pub(super) peer: Option<IpAddr>,
}

/// Answers a request of hyper, axum or another server of the `http` crate's types. Its body is not
/// read, but for one in chunks: to see whether there is anything in it.
///
/// Waits only for an answer whose bytes have to be made first. Its body copies a piece of the page at a time, so that a
/// client that reads slowly holds no more than your server's buffers of it when it is made to give up
/// ([`BodyError`](super::BodyError)). Which hosts are answered is that server's business: without a token, see to it that
/// `Host` is one of yours.
pub async fn answer<B: Body>(site: &Site, request: Request<B>) -> Response<ReplyBody> {
    response(reply(site, request, None).await.ready().await)
}

/// The same for our own server, in one frame, and with a clock for pages that are late.
pub(super) async fn answer_whole<B: Body>(site: &Site, request: Request<B>, ends: Ends) -> Response<WholeBody> {
    let reply = reply(site, request, Some(ends)).await;
    if !reply.delay().is_zero() {
        tokio::time::sleep(reply.delay()).await;
    }
    let patience = reply.patience();
    let mut ready = pin!(reply.ready());
    if let Some(patience) = patience
        && let Ok(reply) = tokio::time::timeout(patience, &mut ready).await
    {
        return response(reply);
    }
    response(ready.await)
}

async fn reply<B: Body>(site: &Site, request: Request<B>, ends: Option<Ends>) -> Reply {
    let (parts, body) = request.into_parts();
    let is_chunked = parts.headers.contains_key(TRANSFER_ENCODING);
    let has_body = match is_chunked && may_be_empty(&parts) {
        // Until something comes or the end does.
        true if ends.is_some() => tokio::time::timeout(BODY_TIME, has_bytes(body)).await.unwrap_or(true),
        true => has_bytes(body).await,
        false => !body.is_end_stream(),
    };
    let reply = reply_to(site, &parts, has_body, ends);
    // A length that stood beside the chunks may have told others another end.
    if is_chunked { reply.last() } else { reply }
}

/// Whether it is worth a look whether a body is empty: where one is never taken, and where nobody waits to be told to send it.
fn may_be_empty(parts: &Parts) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS].contains(&parts.method) && !parts.headers.contains_key(EXPECT)
}

/// Whether there is a byte in a body. It is read up to that one.
async fn has_bytes<B: Body>(body: B) -> bool {
    let mut body = pin!(body);
    loop {
        match poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            None => return false,
            Some(Ok(frame)) if frame.data_ref().is_none_or(|data| !data.has_remaining()) => {}
            Some(_) => return true,
        }
    }
}

fn reply_to(site: &Site, parts: &Parts, has_body: bool, ends: Option<Ends>) -> Reply {
    let joined = |name: &HeaderName| {
        let mut values = parts.headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        let first = values.next().unwrap_or("");
        // Nobody sends two; whoever does gets both read.
        values.fold(Cow::Borrowed(first), |all, next| format!("{all}, {next}").into())
    };
    let (accept, accept_encoding) = (joined(&ACCEPT), joined(&ACCEPT_ENCODING));
    let mut head = RequestHead::new(parts.method.as_str(), parts.uri.path());
    head.query = parts.uri.query().unwrap_or("");
    head.accept = &accept;
    head.accept_encoding = &accept_encoding;
    // A header that is no text is a token all the same, and a wrong one.
    head.authorization = parts.headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or(""));
    head.has_body = has_body;
    let host = ends.and_then(|_| host(parts));
    head.host = host.as_deref();
    (head.local, head.peer) = ends.map_or((None, None), |ends| (ends.local, ends.peer));
    respond_to(site, &head, Holder::Revocable)
}

/// The host that a request is for, as [`RequestHead::host`] has it.
fn host(parts: &Parts) -> Option<Cow<'_, str>> {
    let mut hosts = parts.headers.get_all(HOST).iter().map(|value| value.to_str().unwrap_or(""));
    match (hosts.next(), hosts.next()) {
        (None, _) => (parts.version >= Version::HTTP_11).then_some(Cow::Borrowed("")),
        (Some(first), Some(second)) => Some(format!("{first}, {second}").into()),
        // What a whole URL names comes before the header, RFC 9112 §3.2.2.
        (Some(only), None) => Some(match (parts.uri.scheme(), parts.uri.authority()) {
            (Some(_), Some(authority)) => {
                let authority = authority.as_str();
                authority.rsplit_once('@').map_or(authority, |(_, host)| host).into()
            }
            _ => only.into(),
        }),
    }
}

/// A reply that is ready, as a response.
fn response<R: From<Reply>>(reply: Reply) -> Response<R> {
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_u16(reply.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    for (name, value) in reply.headers() {
        let value = match value {
            HeaderText::Fixed(text) => Ok(HeaderValue::from_static(text)),
            HeaderText::Text(text) => HeaderValue::from_str(text),
            HeaderText::Bytes(bytes) => Ok(HeaderValue::from(bytes)),
        };
        // A header that cannot be sent was refused where it was given.
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), value) {
            headers.insert(name, value);
        }
    }
    if reply.is_last() {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response.map(|()| reply.into())
}
