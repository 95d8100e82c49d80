//! A gateway on axum that serves its metrics under its own router, on its own port.
//!
//! ```sh
//! cargo run --example axum -- 127.0.0.1:3000
//! curl http://127.0.0.1:3000/hello
//! curl http://127.0.0.1:3000/metrics
//! ```
#![allow(clippy::print_stdout, reason = "a program says where it listens")]

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{any, get};
use axum::{Router, body::Body};
use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::serve::{Auth, Site, answer};
use openclaw_prometheus::{Bounds, Histogram, Registry, SystemClock};

/// The gateway's work, and the metric it records.
async fn hello(State(seconds): State<Histogram>) -> &'static str {
    let started = std::time::Instant::now();
    let greeting = "Hello.\n";
    seconds.observe(started.elapsed().as_secs_f64());
    greeting
}

/// Everything under the metrics' path. GET, HEAD, methods that are not allowed: the site knows.
async fn metrics(State(site): State<Arc<Site>>, request: Request) -> Response {
    answer(&site, request).await.map(Body::new)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let registry = Registry::builder().build()?;
    let seconds = registry.histogram("hello_seconds", "How long a greeting takes.", Bounds::seconds()).register()?;
    let ticker = Publisher::new(&registry, Duration::from_secs(1), SystemClock::new())?.start()?;
    let auth = std::env::var("METRICS_TOKEN").map_or(Auth::everybody(), |token| Auth::token(&token));
    let site = Arc::new(Site::new(ticker.pages()).auth(auth));

    let routes = Router::new().route("/metrics", any(metrics)).route("/metrics/{*view}", any(metrics)).with_state(site);
    let gateway = Router::new().route("/hello", get(hello)).with_state(seconds).merge(routes);

    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:3000".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("open http://{}/metrics", listener.local_addr()?);
    axum::serve(listener, gateway).await?;
    Ok(())
}
