//! The metrics of a program that has hyper already: its own listener and accept loop, and `respond` for the answers.
//!
//! ```sh
//! cargo run --example hyper -- 127.0.0.1:9464
//! curl http://127.0.0.1:9464/metrics
//! ```
#![allow(clippy::print_stdout, reason = "a program says where it listens")]

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::serve::{HeaderText, RequestHead, Site, respond};
use openclaw_prometheus::{Registry, SystemClock};
use tokio::net::TcpListener;

/// Any server can do this: name what decides the answer, wait until it is there, send its parts.
async fn answer(site: &Site, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let mut head = RequestHead::new(request.method().as_str(), request.uri().path());
    head.query = request.uri().query().unwrap_or("");
    head.accept = text(header::ACCEPT).unwrap_or("");
    head.accept_encoding = text(header::ACCEPT_ENCODING).unwrap_or("");
    head.authorization = text(header::AUTHORIZATION);
    head.has_body = !request.body().is_end_stream();
    let reply = respond(site, &head).ready().await;

    let mut response = Response::builder().status(reply.status());
    for (name, value) in reply.headers() {
        response = match value {
            HeaderText::Bytes(bytes) => response.header(name, bytes),
            text => response.header(name, text.to_string()),
        };
    }
    if reply.is_last() {
        response = response.header(header::CONNECTION, "close");
    }
    // A copy, for brevity; `serve::answer` sends the page itself.
    let body = reply.pieces().collect::<Vec<_>>().concat();
    response.body(Full::from(body)).expect("headers of ours")
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let registry = Registry::builder().build()?;
    let connections = registry.counter("connections_total", "Connections accepted.").register()?;
    let ticker = Publisher::new(&registry, Duration::from_secs(1), SystemClock::new())?.start()?;
    let site = Arc::new(Site::new(ticker.pages()));

    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:9464".into());
    let listener = TcpListener::bind(address).await?;
    println!("open http://{}/metrics", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        connections.inc();
        let site = site.clone();
        let service = service_fn(move |request| {
            let site = site.clone();
            async move { Ok::<_, Infallible>(answer(&site, request).await) }
        });
        tokio::spawn(http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service));
    }
}
