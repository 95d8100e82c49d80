//! Requests and replies as the `http` crate has them: what hyper, axum and everything on them speak.

use http_body::Body;
use hyper::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};

use super::body::{ReplyBody, WholeBody};
use super::reply::{HeaderText, Reply};
use super::respond::{RequestHead, respond};
use super::site::Site;

/// Answers a request of hyper, axum or another server of the `http` crate's types. Its body is not read.
///
/// Waits only for an answer whose bytes have to be made first; what it sends is the page itself, not a copy.
pub async fn answer<B: Body>(site: &Site, request: Request<B>) -> Response<ReplyBody> {
    answer_with(site, request).await
}

/// The same for our own server, in one frame.
pub(super) async fn answer_whole<B: Body>(site: &Site, request: Request<B>) -> Response<WholeBody> {
    answer_with(site, request).await
}

async fn answer_with<B: Body, R: From<Reply>>(site: &Site, request: Request<B>) -> Response<R> {
    let (parts, body) = request.into_parts();
    let has_body = !body.is_end_stream();
    let reply = respond_to(site, &parts, has_body);
    drop(parts);
    response(reply.ready().await)
}

fn respond_to(site: &Site, parts: &Parts, has_body: bool) -> Reply {
    let joined = |name: &HeaderName| {
        let mut values = parts.headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        let first = values.next().unwrap_or("");
        // Nobody sends two; whoever does gets both read.
        values.fold(std::borrow::Cow::Borrowed(first), |all, next| format!("{all}, {next}").into())
    };
    let (accept, accept_encoding) = (joined(&ACCEPT), joined(&ACCEPT_ENCODING));
    let mut head = RequestHead::new(parts.method.as_str(), parts.uri.path());
    head.query = parts.uri.query().unwrap_or("");
    head.accept = &accept;
    head.accept_encoding = &accept_encoding;
    // A header that is no text is a token all the same, and a wrong one.
    head.authorization = parts.headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or(""));
    head.has_body = has_body;
    respond(site, &head)
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
