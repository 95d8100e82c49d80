//! Requests and replies as the `http` crate has them: what hyper, axum and everything on them speak.

use std::borrow::Cow;
use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::pin;
use std::time::Duration;

use bytes::Buf;
use http_body::Body;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, EXPECT, HOST, HeaderName, HeaderValue, ORIGIN,
    TRANSFER_ENCODING,
};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode, Version};

use super::body::{ReplyBody, WholeBody};
use super::reply::{HeaderText, Reply};
use super::respond::{Holder, RequestHead, Visitor, respond_to};
use super::site::Site;
#[cfg(feature = "web-config")]
use crate::web::Outcome;

/// How long the end of a body may take that came behind its head and is empty.
const BODY_TIME: Duration = Duration::from_millis(250);

/// Where a connection of our own server begins and ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    /// The address that it arrived at; none on a Unix socket.
    pub(super) local: Option<IpAddr>,
    /// Where it comes from; none on a Unix socket.
    pub(super) peer: Option<IpAddr>,
    /// Whether as many requests as may be are being answered.
    pub(super) is_crowded: bool,
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
    let visitor = match ends {
        Some(ends) => visitor(site, &parts, ends).await,
        None => Visitor::Unasked,
    };
    let reply = reply_to(site, &parts, has_body, ends, visitor);
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

/// What is known of who asks, after the wait for a password that is compared.
async fn visitor(site: &Site, parts: &Parts, ends: Ends) -> Visitor {
    if ends.is_crowded {
        return Visitor::TooMany;
    }
    #[cfg(feature = "web-config")]
    {
        let web = site.web();
        if web.rate.as_ref().is_some_and(|rate| !rate.allows(site.pages().clock().now())) {
            return Visitor::TooOften;
        }
        if let Some(users) = &web.users {
            return match users.check(authorization(parts), ends.peer) {
                Outcome::None => Visitor::NoPassword,
                Outcome::Right => Visitor::LetIn,
                Outcome::TooMany => Visitor::Crowded,
                Outcome::Waits(outcome) => match outcome.await {
                    Ok(true) => Visitor::LetIn,
                    Ok(false) => Visitor::WrongPassword,
                    Err(_) => Visitor::Crowded,
                },
            };
        }
    }
    let _ = (site, parts);
    Visitor::Unasked
}

/// The header Authorization. One that is no text is a token all the same, and a wrong one.
fn authorization(parts: &Parts) -> Option<&str> {
    parts.headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or(""))
}

fn reply_to(site: &Site, parts: &Parts, has_body: bool, ends: Option<Ends>, visitor: Visitor) -> Reply {
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
    head.authorization = authorization(parts);
    head.visitor = visitor;
    // Programs send no Origin; browsers do with all that changes something (WHATWG Fetch §3.2).
    head.is_from_page = parts.headers.contains_key(ORIGIN);
    head.has_body = has_body;
    let host = ends.and_then(|_| host(parts));
    head.host = host.as_deref();
    // Who asks for a password or speaks TLS is not read by a web page that calls us by a name of its own.
    head.local = ends.and_then(|ends| ends.local).filter(|_| visitor == Visitor::Unasked && !site.speaks_tls());
    head.peer = ends.and_then(|ends| ends.peer);
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
